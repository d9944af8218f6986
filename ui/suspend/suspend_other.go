//go:build !unix

// Package suspend stops the program for a while, where a shell could bring it
// back.
package suspend

import "os"

// Catch has nothing to catch: no shell here stops a program.
func Catch() (stops, back chan os.Signal, release func()) { return nil, nil, func() {} }

// Now does nothing: there is no shell that could bring the program back.
func Now(<-chan os.Signal) error { return nil }

//go:build !unix

package tui

import "os"

func catchStops() (stops chan os.Signal, release func()) { return nil, func() {} }

// Run does nothing: there is no shell that could bring the program back.
func (pause) Run() error { return nil }

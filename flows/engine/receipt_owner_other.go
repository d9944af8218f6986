//go:build !unix

package engine

import "io/fs"

// othersWrite is not known here: access lists decide, not bits.
func othersWrite(fs.FileInfo) bool { return false }

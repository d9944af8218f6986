//go:build unix

package engine

import (
	"io/fs"
	"os"
	"syscall"
)

// othersWrite tells whether others than this user and root may write to a file
// or a folder: by its bits, or because it is theirs.
func othersWrite(info fs.FileInfo) bool {
	if info.Mode().Perm()&0o022 != 0 {
		return true
	}
	is, ok := info.Sys().(*syscall.Stat_t)
	return ok && is.Uid != 0 && int(is.Uid) != os.Geteuid()
}

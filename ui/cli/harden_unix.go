//go:build unix

package cli

import "golang.org/x/sys/unix"

// forbidCoreDumps keeps the memory, in which a token is, off the disk. Where
// that is refused there is nothing more to be done about it.
func forbidCoreDumps() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	undumpable()
}

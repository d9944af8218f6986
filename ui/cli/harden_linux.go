package cli

import "golang.org/x/sys/unix"

// undumpable reaches the dumps that go to a collector by way of a pipe, for
// which the limit does not count; see prctl(2) and core(5).
func undumpable() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }

//go:build unix

// Package suspend stops the program for a while, as a shell's user wants with
// ctrl+z, in a state that its front end has prepared.
package suspend

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ignoredAfter is when a stop is taken to be ignored. A program that was
// stopped finds, when it goes on, that it is over.
const ignoredAfter = 300 * time.Millisecond

// Catch lets signals that would stop the program there and then, with the
// terminal as it is, come in: stops asks to stop, and back tells that the
// program goes on after a stop. Once it has been called, a stop is ignored by
// Go's runtime where nobody receives it, release or not.
func Catch() (stops, back chan os.Signal, release func()) {
	stops, back = make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(stops, syscall.SIGTSTP)
	signal.Notify(back, syscall.SIGCONT)
	return stops, back, func() { signal.Stop(stops); signal.Stop(back) }
}

// Now stops the program, with all that the shell has started along with it,
// until it goes on; back is Catch's. Where no shell is there to bring it back,
// as in "ssh -t HOST upstreamauth", the system ignores the stop. It cannot be by
// SIGTSTP, which Go's runtime would ignore; SIGTTIN stops in the same way, and,
// unlike SIGSTOP, is not heeded where nobody could bring the program back.
func Now(back <-chan os.Signal) error {
	select {
	case <-back: // from an earlier stop
	default:
	}
	if err := syscall.Kill(0, syscall.SIGTTIN); err != nil {
		return err
	}
	ignored := time.NewTimer(ignoredAfter)
	defer ignored.Stop()
	select {
	case <-back:
	case <-ignored.C:
	}
	return nil
}

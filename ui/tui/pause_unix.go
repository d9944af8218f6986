//go:build unix

package tui

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ignoredAfter is when a stop is taken to be ignored. A program that was
// stopped finds, when it goes on, that it is over.
const ignoredAfter = 300 * time.Millisecond

// catchStops lets signals that would stop the program in the middle of a frame,
// with the terminal as it is then, come in as messages.
func catchStops() (stops chan os.Signal, release func()) {
	stops = make(chan os.Signal, 1)
	signal.Notify(stops, syscall.SIGTSTP)
	return stops, func() { signal.Stop(stops) }
}

// Run stops the program, with all that the shell has started along with it. It
// cannot be by SIGTSTP: once that has been caught, Go's runtime ignores it
// where nobody waits for it. SIGTTIN stops in the same way, and, unlike
// SIGSTOP, is not heeded where nobody could bring the program back.
func (pause) Run() error {
	back := make(chan os.Signal, 1)
	signal.Notify(back, syscall.SIGCONT)
	defer signal.Stop(back)
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

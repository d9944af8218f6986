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

// Run stops the program, as the key does in every other one: with all that the
// shell has started along with it.
func (p pause) Run() error {
	back := make(chan os.Signal, 1)
	signal.Notify(back, syscall.SIGCONT)
	defer signal.Stop(back)
	if p.stops != nil {
		signal.Stop(p.stops)
		defer signal.Notify(p.stops, syscall.SIGTSTP)
	}
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
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

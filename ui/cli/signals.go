package cli

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"golang.org/x/term"
)

// endings are the signals that ask the program to end. All of them would
// otherwise end it there and then, with the terminal as the front end has set
// it. Faults are among them because others can send them; a fault of our own is
// a panic, not a signal.
var endings = []os.Signal{
	os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT,
	syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP,
}

// leave switches off what a full screen may have switched on: the mouse, the
// brackets around pastes, the hidden cursor, the other screen.
const leave = "\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l\x1b[0m"

// screenTaken is whether a full screen has the terminal.
var screenTaken atomic.Bool

// untilSignal is a context that ends at the first signal: the program comes to
// an end by itself then, and what is being written is finished. A second one
// does not wait for that: the terminal is put back, and the program is gone.
func untilSignal(parent context.Context, s Streams) (ctx context.Context, stop context.CancelFunc) {
	// A reader that goes away must not end a run in the middle of a write.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(parent)
	putBack := remember(s.In)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, endings...)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			cancel()
		case <-done:
			return
		}
		select {
		case second := <-signals:
			if screenTaken.Load() {
				_, _ = s.Err.WriteString(leave)
			}
			putBack()
			code := 1
			if n, ok := second.(syscall.Signal); ok {
				code = 128 + int(n)
			}
			os.Exit(code)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

// remember notes the modes of a terminal; putBack sets them again.
func remember(f *os.File) (putBack func()) {
	if !isTerminal(f) {
		return func() {}
	}
	usual, err := term.GetState(int(f.Fd()))
	if err != nil {
		return func() {}
	}
	return func() { _ = term.Restore(int(f.Fd()), usual) }
}

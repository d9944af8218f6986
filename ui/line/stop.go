package line

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"

	"example.com/upstreamauth/ui/suspend"
)

// stoppable lets a shell stop the program while the terminal is not in its
// usual mode: it is put back for as long as that lasts.
type stoppable struct {
	stops, back chan os.Signal
	release     func()
	asked       chan struct{} // to stop, by a key
	closed      chan struct{}

	mu     sync.Mutex // guards the terminal's mode
	prompt *prompt
}

// prompt is the question that changed the terminal's mode.
type prompt struct {
	ask   func()
	usual *term.State
	typed typing
}

// open switches the echo off. In its usual mode a terminal cuts a line
// at 4,096 bytes, or at 1,024; in the other one all keys come to us.
func (c *Console) open(ask func()) (*prompt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed == nil {
		// From now on, as a stop that is not received would be ignored.
		c.stops, c.back, c.release = suspend.Catch()
		c.asked, c.closed = make(chan struct{}, 1), make(chan struct{})
		go c.watch(c.closed)
	}
	usual, err := term.MakeRaw(int(c.in.Fd()))
	if err != nil {
		return nil, fmt.Errorf("switch the terminal's echo off: %w", err)
	}
	c.prompt = &prompt{ask: ask, usual: usual, typed: typing{stop: c.stop}}
	_, _ = io.WriteString(c.out, pastesMarked)
	return c.prompt, nil
}

// close switches the echo on.
func (c *Console) close(p *prompt) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.prompt = nil
	_, _ = io.WriteString(c.out, pastesUnmarked)
	if err := term.Restore(int(c.in.Fd()), p.usual); err != nil {
		return fmt.Errorf("switch the terminal's echo on: %w", err)
	}
	return nil
}

// stop asks to stop.
func (c *Console) stop() {
	select {
	case c.asked <- struct{}{}:
	default:
	}
}

// Close ends what the console does beside reading.
func (c *Console) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed != nil {
		close(c.closed)
		c.release()
		c.closed = nil
	}
}

// watch stops the program when it is to stop, and makes up for a stop that
// nothing can catch.
func (c *Console) watch(closed <-chan struct{}) {
	for {
		select {
		case <-c.stops:
			c.suspend(true)
		case <-c.asked:
			c.suspend(true)
		case <-c.back:
			c.suspend(false)
		case <-closed:
			return
		}
	}
}

// suspend stops the program, or finds that it was stopped, and asks again. What
// was typed until then is dropped, the part of it too that was not read: a shell
// must not find half a token. Of what fails on the way nobody can be told.
func (c *Console) suspend(now bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fd := int(c.in.Fd())
	if c.prompt != nil {
		_ = flush(fd)
	}
	if c.prompt != nil && now {
		_, _ = io.WriteString(c.out, pastesUnmarked)
		_ = term.Restore(fd, c.prompt.usual)
		_, _ = fmt.Fprintln(c.out)
	}
	if now {
		_ = suspend.Now(c.back)
	}
	if c.prompt != nil {
		_, _ = term.MakeRaw(fd)
		_, _ = io.WriteString(c.out, pastesMarked)
		c.prompt.typed.forget()
		c.prompt.ask()
	}
}

//go:build unix

package security

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// person sits at a real terminal, as far as the program can tell, and sees
// what is on its screen. All that was sent to it is kept.
type person struct {
	t      *testing.T
	cmd    *exec.Cmd
	ptmx   *os.File
	screen vt10x.Terminal
	news   chan struct{}
	gone   chan struct{}

	mu  sync.Mutex
	raw bytes.Buffer
}

// sits runs a program in a terminal.
func sits(t *testing.T, h home, env []string, program string, args ...string) *person {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	p := &person{t: t, cmd: h.command(ctx, program, args...), screen: vt10x.New(vt10x.WithSize(100, 40)), news: make(chan struct{}, 1), gone: make(chan struct{})}
	p.cmd.Env = append(p.cmd.Env, env...)
	ptmx, err := pty.StartWithSize(p.cmd, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		cancel()
		t.Skipf("no pseudo terminal here: %v", err)
	}
	p.ptmx = ptmx
	go p.read()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		_ = ptmx.Close()
		<-p.gone
		cancel()
	})
	return p
}

func (p *person) read() {
	defer close(p.gone)
	buf := make([]byte, 4096)
	for {
		n, err := p.ptmx.Read(buf)
		p.mu.Lock()
		p.raw.Write(buf[:n])
		_, _ = p.screen.Write(buf[:n])
		p.mu.Unlock()
		select {
		case p.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (p *person) shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

func (p *person) sent() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.raw.Bytes())
}

// sees waits until a text is on the screen, or was sent where the screen has
// scrolled on.
func (p *person) sees(text string) *person {
	p.t.Helper()
	limit := time.After(patience)
	for !strings.Contains(p.shown(), text) && !bytes.Contains(p.sent(), []byte(text)) {
		select {
		case <-p.news:
		case <-p.gone:
			if !strings.Contains(p.shown(), text) && !bytes.Contains(p.sent(), []byte(text)) {
				p.t.Fatalf("the program is gone, and %q was never seen:\n%s\n%q", text, p.shown(), p.sent())
			}
		case <-limit:
			p.t.Fatalf("%q does not appear:\n%s\n%q", text, p.shown(), p.sent())
		}
	}
	return p
}

func (p *person) types(s string) *person {
	p.t.Helper()
	if _, err := p.ptmx.WriteString(s); err != nil {
		p.t.Fatal(err)
	}
	return p
}

// presses presses a key until it has shown its effect: what is pressed before
// a question is ready is refused.
func (p *person) presses(key, text string) *person {
	p.t.Helper()
	limit := time.After(patience)
	for p.types(key); !strings.Contains(p.shown(), text); {
		select {
		case <-p.news:
		case <-time.After(200 * time.Millisecond):
			p.types(key)
		case <-limit:
			p.t.Fatalf("%q does not appear:\n%s", text, p.shown())
		}
	}
	return p
}

// pastes gives a text as a terminal with bracketed paste does.
func (p *person) pastes(s string) *person { return p.types("\x1b[200~" + s + "\x1b[201~") }

// ends waits for the program to end.
func (p *person) ends() *os.ProcessState {
	p.t.Helper()
	_ = p.cmd.Wait() // the state tells
	<-p.gone
	return p.cmd.ProcessState
}

func (p *person) signal(sig syscall.Signal) { _ = p.cmd.Process.Signal(sig) }

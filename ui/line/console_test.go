package line

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestTyping(t *testing.T) {
	for _, c := range []struct{ name, typed, want string }{
		{"plain", "token\r", "token"},
		{"newline", "token\n", "token"},
		{"backspace", "tokem\x7fn\r", "token"},
		{"backspace on nothing", "\x7f\x08token\r", "token"},
		{"start again", "wrong\x15token\r", "token"},
		{"arrow keys", "to\x1b[Dk\x1b[1;5Cen\x1bOP\r", "token"},
		{"bracketed paste", "\x1b[200~token\x1b[201~\r", "token"},
		{"a paste of several lines", "\x1b[200~{\r  \"a\": 1\r\n}\r\x1b[201~\r", "{\n  \"a\": 1\n}\n"},
		{"a paste and more", "to\x1b[200~ke\x1b[201~n\r", "token"},
		{"tabs and other controls", "\tto\x01ken\r", "token"},
		{"other alphabets", "tökén\r", "tökén"},
		{"longer than a terminal's line", strings.Repeat("x", 5000) + "\r", strings.Repeat("x", 5000)},
	} {
		got, err := new(typing).read(bufio.NewReader(strings.NewReader(c.typed)))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	for name, typed := range map[string]string{"ctrl-c": "tok\x03", "ctrl-d": "\x04", "end": "tok"} {
		if _, err := new(typing).read(bufio.NewReader(strings.NewReader(typed))); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := new(typing).read(bufio.NewReader(strings.NewReader(strings.Repeat("x", maxLine+1)))); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
}

// A program that goes on after a stop asks again, and what was typed before is
// gone.
func TestTypingBeginsAnew(t *testing.T) {
	stopped := 0
	var typed typing
	typed.stop = func() { stopped++ }
	if got, err := typed.read(bufio.NewReader(strings.NewReader("wrong\x1atoken\r"))); err != nil || string(got) != "token" || stopped != 1 {
		t.Errorf("%q, %v, stopped %d times", got, err, stopped)
	}
	r, w := io.Pipe()
	read := make(chan string)
	go func() {
		b, err := typed.read(bufio.NewReader(r))
		read <- fmt.Sprint(string(b), err)
	}()
	_, _ = io.WriteString(w, "wrong")
	_, _ = io.WriteString(w, "\x00") // whoever reads this has taken all before
	typed.forget()
	_, _ = io.WriteString(w, "token\r")
	if got := <-read; got != "token<nil>" {
		t.Errorf("got %q", got)
	}
}

func FuzzTyping(f *testing.F) {
	f.Add([]byte("to\x1b[Dken\x7f\r"))
	f.Fuzz(func(t *testing.T, typed []byte) {
		got, err := new(typing).read(bufio.NewReader(strings.NewReader(string(typed))))
		if err != nil && len(got) > 0 {
			t.Error("bytes beside an error")
		}
		for _, b := range got {
			if b < ' ' && (b != '\n' || !strings.Contains(string(typed), "\x1b[200~")) || b == del {
				t.Errorf("a control character got through: %q", got)
			}
		}
	})
}

// pipe returns a console that reads what is given, and what it has written.
func pipe(t *testing.T, input string) (*Console, *strings.Builder) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	go func() {
		_, _ = io.WriteString(w, input)
		_ = w.Close()
	}()
	out := &strings.Builder{}
	return NewConsole(r, out), out
}

func TestConsoleOnAPipe(t *testing.T) {
	c, out := pipe(t, "first\r\nsec\x1b[31mond\ndckr_pat_0123\nlast")
	for _, want := range []string{"first", `sec\x1b[31mond`} {
		if got, err := c.Line(t.Context()); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	secret, err := c.Secret(t.Context(), func() {})
	if err != nil || string(secret.Reveal()) != "dckr_pat_0123" {
		t.Errorf("the secret: %v", err)
	}
	if got, err := c.Line(t.Context()); err != nil || got != "last" {
		t.Errorf("a last line without an end: %q, %v", got, err)
	}
	if _, err := c.Line(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if strings.Contains(out.String(), "dckr") {
		t.Error("the secret was shown")
	}
	buffered, _ := c.r.Peek(c.r.Size())
	if strings.Contains(string(buffered), "dckr") {
		t.Error("the secret was left in the buffer")
	}
}

func TestConsoleRefusesALongLine(t *testing.T) {
	c, _ := pipe(t, strings.Repeat("x", maxLine+10))
	if _, err := c.Secret(t.Context(), func() {}); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

func TestConsoleEndsWithItsContext(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewConsole(r, io.Discard).Line(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSecretIsNotEchoed(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	defer master.Close()
	ready, ended := make(chan struct{}), make(chan string)
	go func() { // what the terminal shows, until the other side is closed
		var all strings.Builder
		b := make([]byte, 256)
		for {
			n, err := master.Read(b)
			if all.Write(b[:n]); strings.Contains(all.String(), "Token:") && ready != nil {
				close(ready)
				ready = nil
			}
			if err != nil || strings.Contains(all.String(), "after") {
				ended <- all.String()
				return
			}
		}
	}()
	started := ready
	c := NewConsole(slave, slave)
	go func() {
		<-started
		_, _ = io.WriteString(master, "dckr_pat_0123\r")
	}()
	secret, err := func() (s interface{ Reveal() []byte }, err error) {
		prompt := &promptOnRead{Reader: slave, prompt: func() { _, _ = io.WriteString(slave, "Token:") }}
		c.r = bufio.NewReaderSize(prompt, maxLine+2)
		return c.Secret(t.Context(), func() {})
	}()
	if err != nil || string(secret.Reveal()) != "dckr_pat_0123" {
		t.Fatalf("read %v, %v", secret, err)
	}
	_, _ = io.WriteString(slave, "after")
	if shown := <-ended; strings.Contains(shown, "dckr") {
		t.Errorf("the terminal shows %q", shown)
	}
	_ = slave.Close()
}

// promptOnRead shows a prompt once the terminal is in the state it is read in.
type promptOnRead struct {
	io.Reader
	prompt func()
}

func (p *promptOnRead) Read(b []byte) (int, error) {
	if p.prompt != nil {
		p.prompt()
		p.prompt = nil
	}
	return p.Reader.Read(b)
}

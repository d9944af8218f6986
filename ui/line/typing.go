package line

import (
	"bufio"
	"io"
	"sync"
)

// The keys that mean something while a token is typed.
const (
	ctrlC, ctrlD, ctrlU, ctrlZ = 0x03, 0x04, 0x15, 0x1a
	backspace, del, esc        = 0x08, 0x7f, 0x1b
)

// typing is a token being typed in a terminal that leaves all keys to us.
type typing struct {
	// stop, if set, is called when the program is to stop for a while.
	stop func()

	mu sync.Mutex
	b  []byte
	// pasting is set between the marks of a bracketed paste: a line end there is
	// part of what is pasted, as in a configuration file.
	pasting bool
}

// What switches a terminal's marks around a paste on and off. A terminal that
// knows none ignores it.
const (
	pastesMarked   = "\x1b[?2004h"
	pastesUnmarked = "\x1b[?2004l"
)

// read reads a line. io.EOF says that the person has left.
func (t *typing) read(r *bufio.Reader) ([]byte, error) {
	t.mu.Lock()
	t.b = make([]byte, 0, maxLine)
	t.mu.Unlock()
	for {
		key, err := r.ReadByte()
		if key == esc && err == nil {
			t.sequence(skipSequence(r))
			continue
		}
		if done, err := t.take(key, err); done {
			return t.give(err)
		}
	}
}

// take takes a key, and tells whether it was the last one; io.EOF then says that
// what was typed is no answer.
func (t *typing) take(key byte, err error) (done bool, _ error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil, key == ctrlC, key == ctrlD && len(t.b) == 0:
		return true, io.EOF
	case len(t.b) == cap(t.b) && key >= ' ' && key != del || t.pasting && len(t.b) == cap(t.b):
		return true, ErrTooLong
	case key == '\r' && t.pasting:
		t.b = append(t.b, '\n') // where a terminal sends both, the line end counts once
	case key == '\n' && t.pasting:
		if n := len(t.b); n == 0 || t.b[n-1] != '\n' {
			t.b = append(t.b, '\n')
		}
	case key == '\r', key == '\n':
		return true, nil
	case key == ctrlU:
		t.wipe()
	case key == ctrlZ:
		t.wipe()
		if t.stop != nil {
			t.stop()
		}
	case key == backspace, key == del:
		if len(t.b) > 0 {
			t.b[len(t.b)-1] = 0
			t.b = t.b[:len(t.b)-1]
		}
	case key < ' ': // a tab or another control key: not part of a token
	default:
		t.b = append(t.b, key)
	}
	return false, nil
}

// sequence takes what a key or a paste sent behind an escape.
func (t *typing) sequence(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch s {
	case "[200~":
		t.pasting = true
	case "[201~":
		t.pasting = false
	}
}

// give gives away what was typed, or wipes it.
func (t *typing) give(err error) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.wipe()
		return nil, err
	}
	b := t.b
	t.b = nil // whoever has it now must not find it wiped
	return b, nil
}

// forget begins anew.
func (t *typing) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wipe()
}

func (t *typing) wipe() {
	clear(t.b[:cap(t.b)])
	t.b, t.pasting = t.b[:0], false
}

// skipSequence drops what a function or arrow key sends after its escape, and
// returns as much of it as tells a paste's marks.
func skipSequence(r *bufio.Reader) string {
	if r.Buffered() == 0 {
		return "" // the escape key itself
	}
	next, err := r.ReadByte()
	if err != nil || (next != '[' && next != 'O') {
		return ""
	}
	s := []byte{next}
	for {
		b, err := r.ReadByte()
		if len(s) < 8 {
			s = append(s, b)
		}
		if err != nil || b >= 0x40 {
			return string(s)
		}
	}
}

package tui

import (
	"bytes"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// name is what a key is called, and nothing for text: a pasted token is never
// made a string.
func name(k tea.KeyMsg) string {
	if k.Type == tea.KeyRunes && (k.Paste || len(k.Runes) != 1) {
		return ""
	}
	return k.String()
}

// editor is one line of text being edited. It keeps bytes, not a string, and
// overwrites what it no longer needs, so that a token can be typed into it.
type editor struct {
	buf []byte
	at  int // the cursor, in bytes
}

// key edits. It tells whether the text has changed and whether the key meant
// anything to it.
func (e *editor) key(k tea.KeyMsg) (changed, handled bool) {
	before := len(e.buf)
	switch name(k) {
	case "left", "ctrl+b":
		e.at -= e.width(-1)
	case "right":
		e.at += e.width(+1)
	case "home", "ctrl+a":
		e.at = 0
	case "end", "ctrl+e":
		e.at = len(e.buf)
	case "backspace", "ctrl+h":
		e.remove(e.at-e.width(-1), e.at)
	case "delete", "ctrl+d":
		e.remove(e.at, e.at+e.width(+1))
	case "ctrl+u":
		e.remove(0, e.at)
	case "ctrl+k":
		e.remove(e.at, len(e.buf))
	case "ctrl+w", "alt+backspace":
		e.remove(e.wordStart(), e.at)
	default:
		if (k.Type != tea.KeyRunes && k.Type != tea.KeySpace) || (k.Alt && !k.Paste) {
			return false, false
		}
		var typed []byte
		for _, r := range k.Runes {
			typed = utf8.AppendRune(grow(typed, utf8.UTFMax), r)
		}
		e.insert(typed)
		clear(typed[:cap(typed)])
		if k.Type == tea.KeyRunes {
			clear(k.Runes) // a space's rune is one that Bubble Tea uses again
		}
	}
	return len(e.buf) != before, true
}

// insert puts bytes at the cursor.
func (e *editor) insert(p []byte) {
	e.buf = grow(e.buf, len(p))
	e.buf = e.buf[:len(e.buf)+len(p)]
	copy(e.buf[e.at+len(p):], e.buf[e.at:])
	copy(e.buf[e.at:], p)
	e.at += len(p)
}

// remove takes out the bytes from a to b.
func (e *editor) remove(a, b int) {
	n := copy(e.buf[a:], e.buf[b:])
	clear(e.buf[a+n:])
	e.buf = e.buf[:a+n]
	e.at = a
}

// set replaces the text by a copy.
func (e *editor) set(p []byte) {
	e.wipe()
	e.insert(p)
}

// wipe overwrites everything.
func (e *editor) wipe() {
	clear(e.buf[:cap(e.buf)])
	e.buf, e.at = nil, 0
}

// width is the size of the character before (-1) or after (+1) the cursor.
func (e *editor) width(dir int) int {
	var n int
	if dir < 0 {
		_, n = utf8.DecodeLastRune(e.buf[:e.at])
	} else {
		_, n = utf8.DecodeRune(e.buf[e.at:])
	}
	return n
}

func (e *editor) wordStart() int {
	trimmed := bytes.TrimRight(e.buf[:e.at], " ")
	return bytes.LastIndexByte(trimmed, ' ') + 1
}

// grow makes room for n more bytes and overwrites the array that is left.
func grow(b []byte, n int) []byte {
	if len(b)+n <= cap(b) {
		return b
	}
	bigger := make([]byte, len(b), 2*cap(b)+n+256)
	copy(bigger, b)
	clear(b[:cap(b)])
	return bigger
}

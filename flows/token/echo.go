package token

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"sync"
)

// window is how many characters in a row of a secret are too many. What is
// shorter than that is looked for whole.
const window = 8

// maxEchoText is how long a text may be to be looked through at all.
const maxEchoText = 256 << 10

// Echo recognises secrets in texts from outside: an upstream, or Google on its
// behalf, may repeat what it was sent, as it is or written in another way. The
// zero value knows no secret. It may be used by several goroutines at once.
//
// It errs on the side of silence: a text is held back for eight characters in
// a row, in any case and whatever stands between them, and where it can't be
// told.
type Echo struct {
	mu sync.Mutex
	// known are the windows of every form of every secret, by their length up
	// to window. They are mixed with a key, so that no piece of a secret stays
	// readable in memory.
	known  [window + 1]map[uint64]struct{}
	key, k uint64
}

// Add makes e know a secret from now on. username is the name that is sent
// with it, as part of a pair; it may be empty, and is no secret itself.
func (e *Echo) Add(username string, s Secret) {
	secret := s.Reveal()
	if len(secret) < minSecret {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.k == 0 {
		var seed [16]byte
		_, _ = rand.Read(seed[:])                                                                // never fails
		e.key, e.k = binary.NativeEndian.Uint64(seed[:]), binary.NativeEndian.Uint64(seed[8:])|1 // an odd factor keeps windows apart
	}
	eachForm(username, secret, func(form []byte, least int) {
		e.remember(form, least)
		clear(form)
	})
}

// remember keeps the windows of a form, or all of it where it is short, but
// nothing that is shorter than least.
func (e *Echo) remember(form []byte, least int) {
	n := min(window, len(form))
	if n < least {
		return
	}
	if e.known[n] == nil {
		e.known[n] = map[uint64]struct{}{}
	}
	var w uint64
	for i, b := range form {
		w = w<<8 | uint64(b)
		if i+1 >= n {
			e.known[n][e.mixed(w, n)] = struct{}{}
		}
	}
}

// mixed is the window of the last n bytes of w, made unreadable.
func (e *Echo) mixed(w uint64, n int) uint64 {
	return (w<<(64-8*n) ^ e.key) * e.k
}

// In reports whether a text holds a piece of a secret, or may hold one. It
// takes time in proportion to the length of the text.
func (e *Echo) In(text string) bool {
	found, _ := e.look(text)
	return found
}

// look is In, with how many windows were compared.
func (e *Echo) look(text string) (found bool, work int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.k == 0 || text == "" {
		return false, 0
	}
	if len(text) > maxEchoText {
		return true, 0
	}
	layer := []byte(text)
	for range maxLayers {
		for _, reading := range readings(layer) {
			held, compared := e.holds(reading)
			if work += compared; held {
				return true, work
			}
		}
		under, changed := unescape(layer)
		if !changed {
			return false, work
		}
		layer = under
	}
	return true, work // who wraps a text that often hides something
}

// holds reports whether b has one of the windows, and how many were compared.
func (e *Echo) holds(b []byte) (held bool, compared int) {
	var w uint64
	for i, c := range b {
		w = w<<8 | uint64(c)
		for n := minSecret; n <= min(window, i+1); n++ {
			if len(e.known[n]) == 0 {
				continue
			}
			compared++
			if _, ok := e.known[n][e.mixed(w, n)]; ok {
				return true, compared
			}
		}
	}
	return false, compared
}

// Wipe makes e forget every secret.
func (e *Echo) Wipe() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, windows := range e.known {
		clear(windows)
	}
	e.known, e.key, e.k = [window + 1]map[uint64]struct{}{}, 0, 0
}

// readings are the ways in which one layer of a text is compared: as it is; as
// a form's fields write it, with a plus for a space; its letters and digits
// alone; and the bytes that lists of numbers in it stand for.
func readings(layer []byte) [][]byte {
	lower := bytes.ToLower(layer)
	all := [][]byte{lower, spaced(lower), folded(layer)}
	for _, base := range []int{2, 8, 10, 16} {
		listed := numbers(layer, base)
		all = append(all, bytes.ToLower(listed), folded(listed))
	}
	return all
}

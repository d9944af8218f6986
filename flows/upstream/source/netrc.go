package source

import (
	"bytes"
	"net/url"
)

// netrc are the files that curl, pip, Go and many more read for any upstream.
func (m Machine) netrc() []file {
	if path := m.Getenv("NETRC"); path != "" {
		return in(".netrc", readNetrc, path)
	}
	return in(".netrc", readNetrc, m.home(".netrc"), m.home("_netrc"))
}

// readNetrc reads a .netrc. An entry names a host and no port, so that it fits
// every port of its host, and the default one fits everything.
func readNetrc(b []byte, s *search, each func(login)) error {
	port := ""
	if u, err := url.Parse(s.target.BaseURL()); err == nil && u.Port() != "" {
		port = ":" + u.Port()
	}
	words := netrcWords{rest: b, python: s.target.Format == "PYTHON"}
	var l login
	open := false
	done := func() {
		if open && len(l.secret) > 0 {
			if l.fit == 0 && port != "" {
				l.fit = s.kind.Fits(l.address + port)
			}
			each(l)
		}
		clear(l.secret)
		l, open = login{}, false
	}
	defer done()
	for {
		word, ok := words.next()
		if !ok {
			return nil
		}
		switch string(word) {
		case "machine":
			done()
			name, _ := words.next()
			l, open = login{address: string(name)}, true
		case "default":
			done()
			l, open = login{address: "default", fit: 1}, true
		case "macdef":
			done()
			words.skipMacro()
		case "login", "user":
			name, _ := words.next()
			l.username = string(name)
			if l.fit == 1 && l.username == "anonymous" {
				l.fit = 0 // for public files
			}
		case "password":
			clear(l.secret)
			l.secret, _ = words.next()
		case "account":
			account, _ := words.next()
			clear(account)
		default:
			if bytes.HasPrefix(word, []byte("#")) {
				words.skipLine()
			}
			clear(word)
		}
	}
}

// netrcWords cuts a .netrc into words, each with bytes of its own.
type netrcWords struct {
	rest []byte
	// python takes off backslashes outside quotes as well, as Python's netrc
	// does and curl doesn't.
	python bool
}

func (w *netrcWords) next() ([]byte, bool) {
	w.rest = bytes.TrimLeft(w.rest, " \t\r\n")
	if len(w.rest) == 0 {
		return nil, false
	}
	quoted := w.rest[0] == '"'
	word := make([]byte, 0, 64)
	grow := func(c byte) {
		if len(word) == cap(word) { // leave no copy behind
			grown := append(make([]byte, 0, 2*cap(word)), word...)
			clear(word)
			word = grown
		}
		word = append(word, c)
	}
	i := 0
	if quoted {
		i = 1
	}
	for ; i < len(w.rest); i++ {
		c := w.rest[i]
		switch {
		case quoted && c == '"':
			w.rest = w.rest[i+1:]
			return word, true
		case !quoted && bytes.IndexByte([]byte(" \t\r\n"), c) >= 0:
			w.rest = w.rest[i:]
			return word, true
		case c == '\\' && (quoted || w.python) && i+1 < len(w.rest):
			i++
			if c = w.rest[i]; quoted && !w.python {
				c = netrcEscape(c)
			}
		}
		grow(c)
	}
	w.rest = nil
	return word, true
}

// netrcEscape is what curl takes an escaped character in quotes for.
func netrcEscape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return c
	}
}

func (w *netrcWords) skipLine() {
	_, w.rest, _ = bytes.Cut(w.rest, []byte("\n"))
}

// skipMacro leaves out a macro, which ends with an empty line.
func (w *netrcWords) skipMacro() {
	for len(w.rest) > 0 {
		line, rest, _ := bytes.Cut(w.rest, []byte("\n"))
		w.rest = rest
		if len(bytes.TrimRight(line, "\r")) == 0 {
			return
		}
	}
}

package upstream

import (
	"net/http"
	"strings"
)

// challenge is one way of signing in that an answer offers (RFC 9110, 11.6.1).
type challenge struct {
	scheme string            // in lower case
	params map[string]string // names in lower case
}

// challenges reads every WWW-Authenticate header of an answer. A header may
// hold several challenges, with a comma between them as between the parameters
// of one; what cannot be read is passed over.
func challenges(h http.Header) []challenge {
	var all []challenge
	for _, line := range h.Values("WWW-Authenticate") {
		s := scanner{rest: line}
		for {
			s.skip(" \t,")
			word := s.token()
			if word == "" {
				if s.rest == "" {
					break
				}
				s.rest = s.rest[1:] // not a name: pass over one byte and go on
				continue
			}
			s.skip(" \t")
			if !s.next('=') || len(all) == 0 {
				all = append(all, challenge{scheme: strings.ToLower(word), params: map[string]string{}})
				continue
			}
			s.skip(" \t")
			last := all[len(all)-1].params
			if name, value := strings.ToLower(word), s.value(); last[name] == "" {
				last[name] = value // the first one counts
			}
		}
	}
	return all
}

// scanner reads a header from left to right.
type scanner struct{ rest string }

func (s *scanner) skip(chars string) { s.rest = strings.TrimLeft(s.rest, chars) }

// next takes c if it comes next.
func (s *scanner) next(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// token takes a name (RFC 9110, 5.6.2); empty where none comes next.
func (s *scanner) token() string {
	n := strings.IndexFunc(s.rest, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
	if n < 0 {
		n = len(s.rest)
	}
	word := s.rest[:n]
	s.rest = s.rest[n:]
	return word
}

// value takes a name or a quoted text, whose last quote may be missing.
func (s *scanner) value() string {
	if !s.next('"') {
		// Some servers leave the quotes out around an address.
		n := strings.IndexAny(s.rest, " \t,")
		if n < 0 {
			n = len(s.rest)
		}
		word := s.rest[:n]
		s.rest = s.rest[n:]
		return word
	}
	var b strings.Builder
	for s.rest != "" {
		c := s.rest[0]
		s.rest = s.rest[1:]
		if c == '"' {
			break
		}
		if c == '\\' && s.rest != "" {
			c = s.rest[0]
			s.rest = s.rest[1:]
		}
		b.WriteByte(c)
	}
	return b.String()
}

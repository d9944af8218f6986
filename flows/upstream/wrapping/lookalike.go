package wrapping

import (
	"bytes"
	"unicode/utf8"

	"example.com/upstreamauth/flows/text"
)

// lookalikes is text in which a word processor or a web page put typographic
// characters for those of ASCII.
var lookalikes = wrapping{
	Layer: Layer{"typographic-characters", text.New("text with typographic characters, such as a long hyphen, " +
		"instead of plain ones")},
	read: func(b []byte, _ About) (found, bool) {
		if !utf8.Valid(b) {
			return found{}, false
		}
		rest := bytes.Map(asciiTwin, b)
		if bytes.Equal(rest, b) || bytes.ContainsFunc(rest, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return found{}, false // a password in another script
		}
		defer clear(rest)
		f, ok := one(rest)
		return f, ok
	},
}

// asciiTwin is the character of ASCII that r looks like; r where there is none.
func asciiTwin(r rune) rune {
	switch {
	case r >= '\uff01' && r <= '\uff5e': // full width
		return r - 0xfee0
	case r >= '\u2010' && r <= '\u2015', r == '\u2212', r == '\ufe58', r == '\ufe63', r == '\u2043':
		return '-'
	case r >= '\u2018' && r <= '\u201b', r == '\u2032', r == '\u02bc':
		return '\''
	case r >= '\u201c' && r <= '\u201f', r == '\u2033':
		return '"'
	}
	switch r {
	case '\u2026':
		return r // three dots were cut off there; none of them is the token's
	case '\u2044', '\u2215':
		return '/'
	case '\u2217':
		return '*'
	case '\u223c', '\u02dc':
		return '~'
	case '\u2236', '\ua789':
		return ':'
	case '\u02c6':
		return '^'
	case '\u2024':
		return '.'
	case '\u2017':
		return '_'
	}
	return r
}

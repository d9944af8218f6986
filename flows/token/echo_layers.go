package token

import (
	"bytes"
	"encoding/hex"
	"html"
	"unicode"
	"unicode/utf8"
)

// maxLayers is how often a text may be escaped.
const maxLayers = 8

// unescape undoes one layer of the escapes of addresses, JSON and programming
// languages, pages, and mail (RFC 2045, 6.7), and reports whether there were any.
func unescape(b []byte) (out []byte, changed bool) {
	out = make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		var n int
		switch b[i] {
		case '%':
			out, n = percent(out, b[i:])
		case '\\':
			out, n = backslash(out, b[i:])
		case '=':
			out, n = printable(out, b[i:])
		case '&':
			out, n = entity(out, b[i:])
		}
		if n == 0 {
			out = append(out, b[i])
			n = 1
		} else {
			changed = true
		}
		i += n
	}
	return out, changed
}

// maxEntity is how long a character reference of HTML is at most, with its
// ampersand and its semicolon.
const maxEntity = 33

// entity undoes a character reference of HTML, and returns how much of b it was;
// 0: none. Nothing but the reference becomes a string, which nobody can wipe.
func entity(out, b []byte) ([]byte, int) {
	n := 1
	for n < min(len(b), maxEntity) && (b[n] == '#' && n == 1 || letterOrDigit(b[n])) {
		n++
	}
	if n < len(b) && b[n] == ';' {
		n++
	}
	reference := string(b[:n])
	plain := html.UnescapeString(reference)
	if plain == reference {
		return out, 0
	}
	return append(out, plain...), n
}

func letterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// percent undoes %HH and %uHHHH, and returns how much of b it was; 0: none.
func percent(out, b []byte) ([]byte, int) {
	if v, ok := hexValue(b, 1, 2); ok {
		return append(out, v[0]), 3
	}
	if len(b) > 1 && b[1]|0x20 == 'u' {
		if v, ok := hexValue(b, 2, 4); ok {
			return utf8.AppendRune(out, runeOf(v)), 6
		}
	}
	return out, 0
}

// backslash undoes an escape, however many backslashes it begins with: a text
// that was escaped twice has more of them.
func backslash(out, b []byte) ([]byte, int) {
	n := 0
	for n < len(b) && b[n] == '\\' {
		n++
	}
	if n == len(b) {
		return out, n
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[b[n]]
	if v, ok := hexValue(b, n+1, digits); ok {
		if digits == 2 {
			return append(out, v[0]), n + 3
		}
		return utf8.AppendRune(out, runeOf(v)), n + 1 + digits
	}
	switch c := b[n]; {
	case c >= '0' && c <= '7':
		v, octal := 0, n
		for ; n < len(b) && n < octal+3 && b[n] >= '0' && b[n] <= '7'; n++ {
			v = v<<3 | int(b[n]-'0')
		}
		return append(out, byte(v&0xff)), n
	case bytes.IndexByte([]byte("nrtbfv"), c) >= 0:
		return append(out, ' '), n + 1
	}
	return out, n
}

// printable undoes =HH, and a line that was folded by a = at its end.
func printable(out, b []byte) ([]byte, int) {
	switch {
	case bytes.HasPrefix(b, []byte("=\r\n")):
		return out, 3
	case bytes.HasPrefix(b, []byte("=\n")):
		return out, 2
	}
	if v, ok := hexValue(b, 1, 2); ok {
		return append(out, v[0]), 3
	}
	return out, 0
}

// hexValue reads n hexadecimal digits at b[at:], as bytes, the highest first.
func hexValue(b []byte, at, n int) ([]byte, bool) {
	if n == 0 || at+n > len(b) {
		return nil, false
	}
	v := make([]byte, n/2)
	_, err := hex.Decode(v, b[at:at+n])
	return v, err == nil
}

// runeOf is the character of a number; what is no character becomes the sign
// for that.
func runeOf(number []byte) rune {
	var r rune
	for _, b := range number {
		if r > unicode.MaxRune {
			return utf8.RuneError
		}
		r = r<<8 | rune(b)
	}
	return r
}

// numbers are the bytes that a list of numbers stands for, whatever stands
// between them: [100, 99], 64:63, 0x64 0x63, U+0064.
func numbers(b []byte, base int) []byte {
	var out []byte
	for i := 0; i < len(b); {
		if !digit(b[i], base) {
			i++
			continue
		}
		v := 0
		for ; i < len(b) && digit(b[i], base); i++ {
			v = min(v*base+value(b[i]), 1<<16)
		}
		if v > 0 && v <= 0xff {
			out = append(out, byte(v))
		}
	}
	return out
}

func digit(c byte, base int) bool { v := value(c); return v >= 0 && v < base }

// value is what a digit stands for; -1: it is none.
func value(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	default:
		return -1
	}
}

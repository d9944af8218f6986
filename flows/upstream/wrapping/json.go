package wrapping

import (
	"bytes"
	"encoding/json"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a JSON string as bytes, so that a token in it never becomes a string.
type Text []byte

// UnmarshalJSON takes strings, and leaves other values out.
func (t *Text) UnmarshalJSON(b []byte) error {
	*t = nil
	if len(b) >= 2 && b[0] == '"' {
		*t = unescape(b[1 : len(b)-1])
	}
	return nil
}

// unescape undoes the escapes of a valid JSON string (RFC 8259 section 7), into
// bytes of its own.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\\')
		if i < 0 || i+1 >= len(b) {
			return append(out, b...)
		}
		out, b = append(out, b[:i]...), b[i+1:]
		c := b[0]
		b = b[1:]
		switch c {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			r, rest := hex4(b)
			b = rest
			if utf16.IsSurrogate(r) && bytes.HasPrefix(b, []byte(`\u`)) {
				low, rest := hex4(b[2:])
				r, b = utf16.DecodeRune(r, low), rest
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
	}
	return out
}

// hex4 reads four hexadecimal digits.
func hex4(b []byte) (rune, []byte) {
	var r rune
	for i := range 4 {
		if i >= len(b) {
			return utf8.RuneError, nil
		}
		switch c := b[i]; {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return utf8.RuneError, b[i:]
		}
	}
	return r, b[4:]
}

// object reads a JSON object's members into v; false where b is none.
func object(b []byte, v any) bool {
	if len(b) == 0 || b[0] != '{' || !json.Valid(b) {
		return false
	}
	// A member of another sort than expected stays empty, and the rest is read.
	_ = json.Unmarshal(b, v)
	return true
}

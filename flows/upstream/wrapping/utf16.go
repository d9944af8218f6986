package wrapping

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"example.com/upstreamauth/flows/text"
)

// utf16Text is what Windows' Notepad and PowerShell's > write.
var utf16Text = wrapping{
	Layer: Layer{"utf-16", text.New("text saved as UTF-16")},
	read: func(b []byte, _ About) (found, bool) {
		order, rest := utf16Order(b)
		if order == nil {
			return found{}, false
		}
		plain := make([]byte, 0, len(rest)*3/2+utf8.UTFMax) // at most three bytes for two
		defer func() { clear(plain[:cap(plain)]) }()
		for len(rest) >= 2 {
			r := rune(order.Uint16(rest))
			rest = rest[2:]
			if utf16.IsSurrogate(r) {
				if len(rest) < 2 {
					return found{}, false
				}
				r = utf16.DecodeRune(r, rune(order.Uint16(rest)))
				rest = rest[2:]
			}
			if r == utf8.RuneError || r == 0 {
				return found{}, false
			}
			plain = utf8.AppendRune(plain, r)
		}
		return one(plain)
	},
}

// utf16Order finds the byte order of UTF-16: from its byte order mark, or from
// the zeros in ASCII text. Half a character at the end is what is left of a line
// end that was taken off.
func utf16Order(b []byte) (binary.ByteOrder, []byte) {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return binary.LittleEndian, b[2:]
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return binary.BigEndian, b[2:]
	case len(b) < 8:
		return nil, nil
	}
	var zeros [2]int
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(b) / 2; {
	case zeros[0] == 0 && zeros[1] == half:
		return binary.LittleEndian, b
	case zeros[1] == 0 && zeros[0] == len(b)-half:
		return binary.BigEndian, b
	}
	return nil, nil
}

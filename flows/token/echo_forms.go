package token

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// minSecret is the length of the shortest secret that is looked for: shorter
// ones are in every text.
const minSecret = 3

const (
	// minFolded is the shortest row of letters and digits alone that is looked
	// for, minEncoded that of an encoding.
	minFolded, minEncoded = 4, 6
	// longSecret is how long a secret may be to be looked for in rarer forms
	// too: a piece of a longer one is found by the common forms.
	longSecret = 1 << 10
)

// eachForm hands out the ways in which a secret may be written, in lower case,
// each with the least length that says something. Ways that a reader of texts
// undoes, such as escapes, are not among them. What is handed out may be cleared.
func eachForm(username string, secret []byte, form func(b []byte, least int)) {
	encoded := func(b []byte) {
		for _, e := range encodings(b) {
			form(folded(e), minEncoded)
			clear(e)
		}
	}
	form(bytes.ToLower(secret), minSecret)
	form(spaced(bytes.ToLower(secret)), minSecret)
	form(folded(secret), minFolded)
	plain, changed := unescape(secret)
	defer clear(plain)
	if changed { // as it looks once a text was read
		form(bytes.ToLower(plain), minSecret)
		form(folded(plain), minFolded)
	}
	encoded(secret)
	if len(secret) > longSecret {
		return
	}
	pair := slices.Concat([]byte(username), []byte(":"), secret) // RFC 7617
	defer clear(pair)
	encoded(pair)
	for _, other := range [][]byte{backwards(secret), rot13(secret), wide(secret, false), wide(secret, true)} {
		form(folded(other), minEncoded)
		encoded(other)
		clear(other)
	}
	for _, once := range encodings(secret) {
		encoded(once)
		encoded(bytes.ToUpper(once))
		clear(once)
	}
}

// encodings are a text in hexadecimal, base64 and base32, at every offset that
// it may have in a longer text. The characters at the ends, which hold bits of
// its neighbours too, are left out.
func encodings(b []byte) [][]byte {
	all := [][]byte{hex.AppendEncode(nil, b)}
	shifted := func(group, bits int, enc func(dst, src []byte) []byte) {
		for offset := range group {
			padded := append(make([]byte, offset), b...)
			e := enc(nil, padded)
			first := (offset*8 + bits - 1) / bits
			last := len(padded) * 8 / bits
			if first < last {
				all = append(all, bytes.Clone(e[first:last]))
			}
			clear(padded)
			clear(e)
		}
	}
	// The letters of base64 for addresses differ in signs alone, which folding
	// leaves out.
	shifted(3, 6, base64.RawStdEncoding.AppendEncode)
	shifted(5, 5, base32.StdEncoding.WithPadding(base32.NoPadding).AppendEncode)
	return all
}

// spaced takes a plus for a space, as the fields of a form are written.
func spaced(b []byte) []byte { return bytes.ReplaceAll(b, []byte("+"), []byte(" ")) }

// folded keeps letters and digits, in lower case: whatever stands between them
// is left out, and so is how wide they are.
func folded(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			out = append(out, c)
		case c >= 'A' && c <= 'Z':
			out = append(out, c|0x20)
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(b[i:])
			if r >= 0xff01 && r <= 0xff5e { // full width
				r -= 0xfee0
			}
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				out = utf8.AppendRune(out, unicode.ToLower(r))
			}
			i += size
			continue
		}
		i++
	}
	return out
}

func backwards(b []byte) []byte {
	out := bytes.Clone(b)
	slices.Reverse(out)
	return out
}

func rot13(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		switch lower := c | 0x20; {
		case lower >= 'a' && lower <= 'm':
			out[i] += 13
		case lower >= 'n' && lower <= 'z':
			out[i] -= 13
		}
	}
	return out
}

// wide is a text in UTF-16.
func wide(b []byte, bigEndian bool) []byte {
	runes := []rune(string(b))
	units := utf16.Encode(runes)
	clear(runes)
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		if bigEndian {
			out = binary.BigEndian.AppendUint16(out, u)
		} else {
			out = binary.LittleEndian.AppendUint16(out, u)
		}
	}
	clear(units)
	return out
}

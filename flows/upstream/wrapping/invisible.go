package wrapping

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"example.com/upstreamauth/flows/text"
)

// invisibleText is text with characters that show nothing, as they come along
// from web pages and chats.
var invisibleText = wrapping{
	Layer: Layer{"invisible-characters", text.New("text with invisible characters")},
	read: func(b []byte, a About) (found, bool) {
		if !utf8.Valid(b) || !bytes.ContainsFunc(b, Invisible) {
			return found{}, false
		}
		drop := func(r rune) rune {
			if Invisible(r) {
				return -1
			}
			return r
		}
		rest := bytes.Map(drop, b)
		defer clear(rest)
		if a.Known(rest) {
			return one(rest)
		}
		// A space that is none most likely stands for one.
		clear(rest)
		rest = bytes.Map(func(r rune) rune {
			if unicode.Is(unicode.Zs, r) && r != '\u1680' {
				return ' '
			}
			return drop(r)
		}, b)
		return one(rest)
	},
}

// Invisible reports whether r shows nothing, or is a space that is none. Line
// ends and tabs are neither.
func Invisible(r rune) bool {
	return r != ' ' && !unicode.IsControl(r) && (!unicode.IsGraphic(r) || unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point))
}

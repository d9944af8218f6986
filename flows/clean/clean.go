// Package clean makes text from outside fit to be shown: names, descriptions,
// error bodies of Google and of upstreams pass through it where they enter.
package clean

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxRunes is how much of one text is kept.
const MaxRunes = 4096

// Text returns s as one line of harmless text. Control, escape, bidirectional
// and invisible characters are not dropped but made visible, as in "\x1b" and
// "\u202e", so that a reader sees that they were there; line ends and tabs
// become spaces; anything over MaxRunes is cut with a mark. User name, password
// and query of every address in it are masked: nobody who shows a text can
// forget that.
func Text(s string) string { return run(s, false) }

// Lines is Text for several lines: line ends are kept, as "\n" alone.
func Lines(s string) string { return run(strings.ReplaceAll(s, "\r\n", "\n"), true) }

func run(s string, lines bool) string {
	s = addresses(s)
	if harmless(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if n++; n > MaxRunes {
			b.WriteString(" [cut]")
			break
		}
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' && lines:
			b.WriteByte('\n')
		case r == '\n', r == '\t':
			b.WriteByte(' ')
		case r < 0x20, r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hidden(r):
			if r > 0xffff {
				fmt.Fprintf(&b, `\U%08x`, r)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// harmless is the common case: short printable ASCII.
func harmless(s string) bool {
	if len(s) > MaxRunes {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// hidden reports whether r shows nothing of its own or changes how its
// neighbours are shown. The zero-width joiner, non-joiner and variation
// selectors are among them: an emoji that falls apart does no harm, a name
// that looks like another does.
func hidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) ||
		unicode.Is(unicode.Co, r) || unicode.Is(unicode.Variation_Selector, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		(unicode.IsSpace(r) && r != ' ') || r == '\uFFFC'
}

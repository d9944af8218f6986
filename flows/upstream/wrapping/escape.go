package wrapping

import (
	"bytes"

	"example.com/upstreamauth/flows/text"
)

// escapedEnd is text whose line end was written out instead of being taken off.
var escapedEnd = wrapping{
	Layer: Layer{"escaped-line-end", text.New("text that ends in an escaped line break")},
	read: func(b []byte, a About) (found, bool) {
		rest := b
		for cut := true; cut; {
			cut = false
			for _, end := range []string{`\n`, `\r`, `\t`, "%0A", "%0D", "%0a", "%0d", "&#10;", "&#13;", `\u000a`, `\u000d`} {
				if r, ok := bytes.CutSuffix(rest, []byte(end)); ok {
					rest, cut = r, true
				}
			}
		}
		// zsh shows a % where output has no line end; a password may end in one.
		if r, ok := bytes.CutSuffix(rest, []byte("%")); ok && a.Known(r) {
			rest = r
		}
		if len(rest) == len(b) {
			return found{}, false
		}
		f, ok := one(rest)
		f.doubtful = !a.Known(rest)
		return f, ok
	},
}

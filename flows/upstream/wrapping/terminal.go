package wrapping

import (
	"bytes"
	"regexp"

	"example.com/upstreamauth/flows/text"
)

// terminal is what a terminal adds: the marks of a bracketed paste, as they are
// or as a shell echoes them, and colours.
var terminal = wrapping{
	Layer: Layer{"terminal-marks", text.New("text with terminal control sequences")},
	read: func(b []byte, a About) (found, bool) {
		rest := escapeSequence.ReplaceAll(b, nil)
		if len(rest) < len(b) && !bytes.ContainsRune(rest, 0x1b) {
			if cut, ok := bytes.CutSuffix(rest, []byte("~")); ok && a.Known(cut) {
				rest = cut
			}
			return one(rest)
		}
		// A password may hold what is left of such a mark.
		if m := pasteRest.FindSubmatch(b); m != nil && len(m[1]) < len(b) && a.Known(m[1]) {
			return one(m[1])
		}
		return found{}, false
	},
}

var (
	escapeSequence = regexp.MustCompile(`(?:\x1b|\x{9b}|\^\[|\\e|\\033|\\x1b)\[[0-9;?]*[A-Za-z~]|^\[200~|\[201~$`)
	pasteRest      = regexp.MustCompile(`^(?:2?0?0?~)?(.+?)(?:(?:2?0?1)?~)?$`)
)

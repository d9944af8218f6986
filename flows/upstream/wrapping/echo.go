package wrapping

import (
	"bytes"
	"slices"

	"example.com/upstreamauth/flows/text"
)

// printCommand is echo or printf with what it prints, or its options alone, as
// a file holds them where /bin/sh's echo knows no options.
var printCommand = wrapping{
	Layer: Layer{"echo-command", text.New("an echo command or its arguments")},
	read: func(b []byte, a About) (found, bool) {
		words := shellWords(b)
		defer wipe(words)
		words = withoutPrompt(words)
		if len(words) < 2 {
			return found{}, false
		}
		first := string(words[0])
		switch {
		case first == "echo" || first == "printf" || first == "Write-Output" || first == "Write-Host":
		case isEchoOption(words[0]) && len(words) == 2:
		default:
			return found{}, false
		}
		if i := slices.IndexFunc(words, func(w []byte) bool { return string(w) == "|" || string(w) == ";" }); i > 0 {
			words = words[:i]
		}
		tok := printed(words)
		if len(tok) == 0 {
			return found{}, false
		}
		f, ok := one(tok)
		f.doubtful = first == "echo" && !a.Known(tok) && bytes.IndexByte(tok, ' ') >= 0
		return f, ok
	},
}

func isEchoOption(w []byte) bool {
	return len(w) > 1 && len(w) <= 4 && w[0] == '-' && len(bytes.Trim(w[1:], "neE")) == 0
}

// printed is the one word that echo or printf prints; nil where it is not one.
func printed(words [][]byte) []byte {
	var rest [][]byte
	for i, w := range words {
		switch {
		case i == 0 && slices.Contains([]string{"echo", "printf", "Write-Output", "Write-Host"}, string(w)):
		case isEchoOption(w) && len(rest) == 0:
		case i > 0 && string(words[0]) == "printf" && bytes.HasPrefix(w, []byte("%")) && len(rest) == 0:
		default:
			rest = append(rest, w)
		}
	}
	if len(rest) != 1 {
		return nil
	}
	return rest[0]
}

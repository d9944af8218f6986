package wrapping

import (
	"bytes"
	"encoding/json"

	"example.com/upstreamauth/flows/text"
)

// quotes are the marks that come along from a shell, a JSON or YAML file or a
// chat.
var quotes = wrapping{
	Layer: Layer{"quotes", text.New("text in quotes")},
	read: func(b []byte, _ About) (found, bool) {
		if len(b) > 2 && b[0] == '"' && bytes.IndexByte(b, '\\') >= 0 && json.Valid(b) {
			plain := unescape(b[1 : len(b)-1])
			defer clear(plain)
			return one(plain)
		}
		for _, q := range marks {
			rest, ok := bytes.CutPrefix(b, []byte(q[0]))
			if !ok {
				continue
			}
			// Only the end may be missing a comma: what has marks inside is
			// more than one text.
			rest, ok = bytes.CutSuffix(bytes.TrimRight(rest, ",; "), []byte(q[1]))
			if first, more, fenced := bytes.Cut(rest, []byte("\n")); fenced && q[0] == "```" && nameLike(first) {
				rest = more // the language of a fenced block
			}
			if ok && len(rest) > 0 && !bytes.Contains(rest, []byte(q[1])) {
				return one(rest)
			}
		}
		return found{}, false
	},
}

var marks = [][2]string{
	{"```", "```"}, {`"`, `"`}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"„", "“"}, {"„", "”"}, {"”", "”"}, {"‘", "’"}, {"‚", "‘"}, {"’", "’"},
	{"«", "»"}, {"»", "«"}, {"‹", "›"}, {"「", "」"}, {"『", "』"}, {"＂", "＂"}, {"<", ">"}, {"[", "]"},
}

// unquoted is b without the quotes around it, sharing b's bytes.
func unquoted(b []byte) []byte {
	b = bytes.TrimSpace(b)
	if n := len(b); n >= 2 && b[0] == b[n-1] && (b[0] == '"' || b[0] == '\'' || b[0] == '`') {
		return b[1 : n-1]
	}
	return b
}

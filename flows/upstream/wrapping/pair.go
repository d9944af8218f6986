package wrapping

import (
	"bytes"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// pair is user:token. It is certain where the part before the colon is the user
// name given, or the part behind it a token that some vendor issues; else a
// password of somebody's own may hold a colon.
var pair = wrapping{
	Layer: Layer{"user-and-token", text.New("a user name and token joined by a colon")},
	read: func(b []byte, a About) (found, bool) {
		name, tok, ok := cutPair(b)
		if !ok || bytes.HasPrefix(tok, []byte("//")) {
			return found{}, false
		}
		certain := a.Username != "" && bytes.EqualFold(name, []byte(a.Username)) || a.Known(tok)
		return found{parts: []Part{{Username: string(name), Token: bytes.Clone(tok)}}, doubtful: !certain}, true
	},
}

// cutPair cuts user:token in two.
func cutPair(b []byte) (name, tok []byte, ok bool) {
	name, tok, ok = bytes.Cut(b, []byte(":"))
	return name, tok, ok && len(tok) > 0 && nameLike(name)
}

// nameLike reports whether b can be a user name in front of a colon.
func nameLike(b []byte) bool {
	return len(b) > 0 && len(b) <= 128 && !bytes.ContainsFunc(b, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-+@$|/~", r))
	})
}

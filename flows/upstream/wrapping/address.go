package wrapping

import (
	"bytes"
	"encoding/hex"

	"example.com/upstreamauth/flows/text"
)

// address is a web address with user name and token in it. What git and others
// write with a token as its only user part is one, too.
var address = wrapping{
	Layer: Layer{"address", text.New("an address with a user name and token in it")},
	read: func(b []byte, a About) (found, bool) {
		b = unquoted(b)
		scheme, rest, ok := bytes.Cut(b, []byte("://"))
		if !ok || len(scheme) == 0 || len(scheme) > 24 || bytes.ContainsAny(scheme, " \t\n:@/\"'") {
			if rest, ok = bytes.CutPrefix(b, []byte("//")); !ok {
				return found{}, false
			}
		}
		if bytes.ContainsAny(rest, " \t\r\n") {
			return found{}, false
		}
		// A token may hold a slash that nobody escaped: the last @ before the
		// path is the one that counts, unless the path has one of its own.
		authority := rest
		if i := bytes.IndexAny(authority, "/?#"); i >= 0 && bytes.IndexByte(authority[:i], '@') >= 0 {
			authority = authority[:i]
		}
		at := bytes.LastIndexByte(authority, '@')
		if at < 1 {
			return found{}, false
		}
		name, tok, isPair := bytes.Cut(authority[:at], []byte(":"))
		p := Part{For: string(rest[at+1:])}
		switch {
		case isPair && len(tok) > 0:
			p.Username, p.Token = string(percentDecoded(name)), percentDecoded(tok)
		case a.Known(name) || isPair && len(name) > 0: // https://TOKEN@host, https://TOKEN:@host
			p.Token = percentDecoded(name)
		default:
			return found{}, false
		}
		return found{parts: []Part{p}}, true
	},
}

// withoutUser is an address without its user part.
func withoutUser(b []byte) []byte {
	_, rest, _ := bytes.Cut(b, []byte("://"))
	if end := bytes.IndexAny(rest, "/?#"); end >= 0 {
		if at := bytes.LastIndexByte(rest[:end], '@'); at >= 0 {
			return rest[at+1:]
		}
		return rest
	}
	return rest[bytes.LastIndexByte(rest, '@')+1:]
}

// percentDecoded undoes the escapes of an address, into bytes of its own. What
// is no escape stays.
func percentDecoded(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		var c [1]byte
		if b[i] == '%' && i+2 < len(b) {
			if _, err := hex.Decode(c[:], b[i+1:i+3]); err == nil {
				out = append(out, c[0])
				i += 2
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

package wrapping

import (
	"bytes"

	"example.com/upstreamauth/flows/text"
)

// curlCommand is a curl or wget command that signs in.
var curlCommand = wrapping{
	Layer: Layer{"curl-command", text.New("a curl command")},
	read: func(b []byte, a About) (found, bool) {
		words := shellWords(b)
		defer wipe(words)
		words = withoutPrompt(words)
		if len(words) < 2 {
			return found{}, false
		}
		command, user := string(words[0]), option(words, "--user", "-u")
		switch {
		case command == "curl" || command == "wget" || command == "http":
		case (command == "-u" || command == "--user") && bytes.IndexByte(user, ':') > 0:
		case command == "-H" || command == "--header":
		default:
			return found{}, false
		}
		p := Part{}
		for _, w := range words[1:] {
			if bytes.Contains(w, []byte("://")) {
				p.For = string(withoutUser(w))
			}
		}
		if name, tok, ok := bytes.Cut(user, []byte(":")); ok && len(tok) > 0 {
			p.Username, p.Token = string(name), bytes.Clone(tok)
			return found{parts: []Part{p}}, true
		}
		if tok := option(words, "--password", "--http-password", "--oauth2-bearer"); len(tok) > 0 {
			p.Username, p.Token = string(option(words, "--user", "--http-user")), bytes.Clone(tok)
			return found{parts: []Part{p}}, true
		}
		for i, w := range words {
			if (string(w) == "-H" || string(w) == "--header") && i+1 < len(words) {
				if f, ok := header.read(words[i+1], a); ok {
					f.is = text.Text{}
					return f, true
				}
			}
			if f, ok := address.read(w, a); ok {
				return f, true
			}
		}
		return found{}, false
	},
}

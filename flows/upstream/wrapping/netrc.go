package wrapping

import (
	"bytes"

	"example.com/upstreamauth/flows/text"
)

// netrc is curl's and pip's .netrc: machine, login and password, in one line or
// several.
var netrc = wrapping{
	Layer: Layer{"netrc", text.New("a line of .netrc")},
	read: func(b []byte, _ About) (found, bool) {
		if !bytes.HasPrefix(b, []byte("machine ")) && !bytes.HasPrefix(b, []byte("default ")) &&
			!bytes.HasPrefix(b, []byte("login ")) && !bytes.Contains(b, []byte("\nmachine ")) {
			return found{}, false
		}
		var f found
		var p Part
		done := func() {
			if len(p.Token) > 0 {
				f.parts = append(f.parts, p)
			}
			p = Part{}
		}
		words := shellWords(b)
		for i := 0; i < len(words); i++ {
			next := func() []byte {
				if i++; i < len(words) {
					return words[i]
				}
				return nil
			}
			switch string(words[i]) {
			case "machine":
				done()
				p.For = string(next())
			case "default":
				done()
			case "login":
				p.Username = string(next())
			case "password":
				p.Token = bytes.Clone(next())
			}
		}
		done()
		return f, len(f.parts) > 0
	},
}

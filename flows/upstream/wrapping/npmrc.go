package wrapping

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// npmrc is npm's or pnpm's .npmrc, whole or a line of it. Its _password and
// _auth are base64, https://docs.npmjs.com/cli/configuring-npm/npmrc.
var npmrc = wrapping{
	Layer: Layer{"npmrc", text.New("a line of .npmrc")},
	read: func(b []byte, _ About) (found, bool) {
		type entry struct {
			username string
			token    []byte
		}
		entries := map[string]*entry{}
		lines := 0
		for line := range bytes.Lines(b) {
			line = bytes.TrimSpace(line)
			if len(line) == 0 || line[0] == '#' || line[0] == ';' {
				continue
			}
			lines++
			line, _ = bytes.CutPrefix(line, []byte("npm config set "))
			key, value, ok := bytes.Cut(line, []byte("="))
			if k, v, spaced := bytes.Cut(line, []byte(" ")); spaced && (!ok || len(k) < len(key)) && !bytes.HasPrefix(bytes.TrimSpace(v), []byte("=")) {
				key, value, ok = k, v, true // npm config set //host/:_authToken TOKEN
			}
			key, value = bytes.TrimSpace(key), unquoted(value)
			i := bytes.LastIndexByte(key, ':')
			name := strings.ToLower(string(bytes.TrimSpace(key[i+1:])))
			switch name {
			case "_authtoken", "_password", "_auth", "username":
			default:
				continue
			}
			if !ok || len(value) == 0 || name == "username" && i < 0 && lines == 1 && bytes.IndexByte(b, '\n') < 0 {
				continue
			}
			host := string(bytes.Trim(unquotedKey(key[:max(i, 0)]), `/`))
			if entries[host] == nil {
				entries[host] = &entry{}
			}
			e := entries[host]
			switch name {
			case "_authtoken":
				e.token = bytes.Clone(value)
			case "_password":
				e.token = orAsIs(value)
			case "_auth":
				pair := orAsIs(value)
				if user, tok, ok := bytes.Cut(pair, []byte(":")); ok && len(tok) > 0 {
					e.username, e.token = string(user), bytes.Clone(tok)
					clear(pair)
				} else {
					clear(pair)
					e.token = bytes.Clone(value)
				}
			case "username":
				e.username = string(value)
			}
		}
		var f found
		for _, host := range slices.Sorted(maps.Keys(entries)) {
			if e := entries[host]; len(e.token) > 0 {
				f.parts = append(f.parts, Part{Username: e.username, Token: e.token, For: host})
			}
		}
		if lines > 1 {
			f.is = text.New("npm's .npmrc")
		}
		return f, len(f.parts) > 0
	},
}

// unquotedKey is a key without the quotes that .yarnrc.yml has around it.
func unquotedKey(b []byte) []byte { return bytes.Trim(b, `"' `) }

// orAsIs is what base64 stands for, or a copy of b where it is none.
func orAsIs(b []byte) []byte {
	if plain, ok := decoded(b); ok && plainText(plain) {
		return plain
	}
	return bytes.Clone(b)
}

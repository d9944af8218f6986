package wrapping

import (
	"bytes"
	"slices"

	"example.com/upstreamauth/flows/text"
)

// loginCommand is a command that signs in to a registry, or its options alone:
// docker, podman, helm, skopeo, crane, oras login; kubectl create secret;
// poetry config. What feeds --password-stdin counts.
var loginCommand = wrapping{
	Layer: Layer{"login-command", text.New("a login command")},
	read: func(b []byte, a About) (found, bool) {
		if !bytes.ContainsAny(b, " \t") || bytes.ContainsFunc(b, func(r rune) bool { return r == 0 }) {
			return found{}, false
		}
		words := shellWords(b)
		defer wipe(words)
		words = withoutPrompt(words)
		if f, ok := poetryConfig(words); ok {
			return f, true
		}
		login := slices.IndexFunc(words, func(w []byte) bool { return string(w) == "login" || string(w) == "registry-login" })
		create := slices.IndexFunc(words, func(w []byte) bool { return string(w) == "docker-registry" })
		options := len(words) > 1 && len(words[0]) > 1 && words[0][0] == '-'
		if login < 0 && create < 0 && !options {
			return found{}, false
		}
		user := option(words, "--username", "--docker-username", "-u", "--user", "-Username")
		tok := option(words, "--password", "--docker-password", "-p", "--token", "--access-token", "-Password", "--pass")
		if user == nil && (tok == nil || login < 0) && !slices.ContainsFunc(words, isStdin) {
			return found{}, false
		}
		p := Part{Username: string(user), For: string(option(words, "--docker-server", "--url"))}
		if p.For == "" && login >= 0 {
			p.For = string(operand(words[login+1:]))
		}
		if tok == nil && slices.ContainsFunc(words, isStdin) {
			var file string
			if tok, file = fed(words); file != "" {
				return found{elsewhere: text.New("The token is in the file %q: give that with --token-file", shown(file))}, true
			}
		}
		if colon := bytes.IndexByte(user, ':'); tok == nil && colon > 0 && login >= 0 { // -u U:P
			p.Username, tok = string(user[:colon]), user[colon+1:]
		}
		if len(tok) == 0 {
			return found{elsewhere: text.New("The command asks for the token and doesn't contain it")}, login >= 0
		}
		p.Token = bytes.Clone(tok)
		return found{parts: []Part{p}}, true
	},
}

func isStdin(w []byte) bool { return string(w) == "--password-stdin" }

// withoutPrompt drops a shell's prompt and sudo from the front.
func withoutPrompt(words [][]byte) [][]byte {
	for len(words) > 1 && slices.Contains([]string{"$", "#", ">", "%", "sudo", "PS>"}, string(words[0])) {
		words = words[1:]
	}
	return words
}

// operand is the first word that is neither an option nor an option's value.
func operand(words [][]byte) []byte {
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case len(w) == 0:
		case w[0] == '|' || w[0] == '<' || w[0] == ';':
			return nil
		case w[0] != '-':
			return w
		case !bytes.Contains(w, []byte("=")) && !isStdin(w) && string(w) != "--tls-verify" && string(w) != "--insecure":
			i++ // its value
		}
	}
	return nil
}

// fed is what a login command reads as its password: what echo or printf print
// into a pipe, a here string, or else the file that is named.
func fed(words [][]byte) (tok []byte, file string) {
	index := func(operator string) int {
		return slices.IndexFunc(words, func(w []byte) bool { return string(w) == operator })
	}
	if i := index("<<<"); i >= 0 && i+1 < len(words) {
		return words[i+1], ""
	}
	if i := index("<"); i >= 0 && i+1 < len(words) {
		return nil, string(words[i+1])
	}
	i := index("|")
	if i < 1 {
		return nil, ""
	}
	if string(words[0]) == "cat" && i > 1 {
		return nil, string(words[1])
	}
	return printed(words[:i]), ""
}

// poetryConfig is `poetry config http-basic.NAME USER PASSWORD`, or
// `poetry config pypi-token.NAME TOKEN`.
func poetryConfig(words [][]byte) (found, bool) {
	for i, w := range words {
		name, isBasic := bytes.CutPrefix(w, []byte("http-basic."))
		if isBasic && i+2 < len(words) {
			return found{parts: []Part{{Username: string(words[i+1]), Token: bytes.Clone(words[i+2]), For: string(name)}}}, true
		}
		name, isToken := bytes.CutPrefix(w, []byte("pypi-token."))
		if isToken && i+1 < len(words) {
			return found{parts: []Part{{Token: bytes.Clone(words[i+1]), For: string(name)}}}, true
		}
	}
	return found{}, false
}

package source

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/flows/upstream/wrapping"
)

// npm are npm's files, https://docs.npmjs.com/cli/configuring-npm/npmrc: a
// project's counts before its person's.
func (m Machine) npm() []file {
	user := m.home(".npmrc")
	for _, variable := range []string{"npm_config_userconfig", "NPM_CONFIG_USERCONFIG"} {
		if path := m.Getenv(variable); path != "" {
			user = path
			break
		}
	}
	project := ""
	if m.Project != "" {
		project = filepath.Join(m.Project, ".npmrc")
	}
	return in("npm", readNpm, project, user)
}

// npmLogin is what .npmrc has for one registry. Each value is a copy.
type npmLogin struct {
	address                         string
	token, auth, username, password []byte
}

func (l *npmLogin) wipe() {
	for _, value := range [][]byte{l.token, l.auth, l.username, l.password} {
		clear(value)
	}
}

// readNpm reads .npmrc. What stands before any address is for the registry that
// the file names, as it was for npm up to version 8.
func readNpm(b []byte, _ *search, each func(login)) error {
	var logins []*npmLogin
	defer func() {
		for _, l := range logins {
			l.wipe()
		}
	}()
	registry := upstream.Target{Format: "NPM", Preset: "NPMJS"}.BaseURL()
	npmValues(b, func(key string, value []byte) {
		if key == "registry" {
			registry = string(value)
			return
		}
		address, name := key[:max(0, strings.LastIndexByte(key, ':'))], key[strings.LastIndexByte(key, ':')+1:]
		switch name {
		case "_authToken", "_auth", "username", "_password":
		default:
			return
		}
		i := slices.IndexFunc(logins, func(l *npmLogin) bool { return l.address == address })
		if i < 0 {
			i, logins = len(logins), append(logins, &npmLogin{address: address})
		}
		field := map[string]*[]byte{"_authToken": &logins[i].token, "_auth": &logins[i].auth,
			"username": &logins[i].username, "_password": &logins[i].password}[name]
		clear(*field) // the last one counts
		*field = bytes.Clone(value)
	})
	for _, l := range logins {
		if l.address == "" {
			l.address = registry
		}
		each(l.login())
	}
	return nil
}

// login is what npm signs in with: a token, else a pair, else a user name and
// password. What is in a variable is named and not read.
func (l *npmLogin) login() login {
	found := login{address: l.address}
	inVariable := func(values ...[]byte) bool {
		for _, value := range values {
			if name := npmVariable(value); name != "" {
				found.elsewhere = variable(name)
				return true
			}
		}
		return false
	}
	switch {
	case len(l.token) > 0:
		if !inVariable(l.token) {
			found.secret = bytes.Clone(l.token)
		}
	case len(l.auth) > 0:
		if inVariable(l.auth) {
			break
		}
		pair, err := unbase64(l.auth)
		if err != nil {
			break
		}
		defer clear(pair)
		if name, password, ok := bytes.Cut(pair, []byte(":")); ok {
			found.username, found.secret = string(name), bytes.Clone(password)
		}
	case len(l.username) > 0 && len(l.password) > 0:
		if inVariable(l.username, l.password) {
			break
		}
		found.username = string(l.username)
		if password, err := unbase64(l.password); err == nil {
			found.secret = password
		}
	}
	return found
}

// variable says that a token is in an environment variable.
func variable(name string) text.Text {
	return text.New("it's in the environment variable %q; --token-command 'printenv NAME' reads one", shown(name))
}

// npmVariable is the name of the first environment variable in a value, as in
// ${NPM_TOKEN}; a backslash before it makes it text.
func npmVariable(value []byte) string {
	for i := 0; ; {
		at := bytes.Index(value[i:], []byte("${"))
		if at < 0 {
			return ""
		}
		at += i
		i = at + len("${")
		end := bytes.IndexAny(value[i:], "${}")
		if end <= 0 || value[i+end] != '}' {
			continue
		}
		backslashes := len(value[:at]) - len(bytes.TrimRight(value[:at], `\`))
		if name := bytes.TrimSuffix(value[i:i+end], []byte("?")); backslashes%2 == 0 && len(name) > 0 {
			return string(name)
		}
	}
}

// npmValues reads the lines of an .npmrc up to its first section, which npm
// doesn't know, as npm's ini does. A value is valid only during each.
func npmValues(b []byte, each func(key string, value []byte)) {
	for line := range bytes.FieldsFuncSeq(b, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == ';' || line[0] == '#' {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' {
			return
		}
		key, value, ok := bytes.Cut(line, []byte("="))
		if !ok {
			continue
		}
		name, plain := npmPlain(key), npmPlain(value)
		each(string(name), plain)
		clear(plain)
	}
}

// npmPlain takes off quotes, escapes and a comment, into bytes of its own.
func npmPlain(b []byte) []byte {
	b = bytes.TrimSpace(b)
	if n := len(b); n >= 2 && b[0] == b[n-1] && (b[0] == '"' || b[0] == '\'') {
		if b[0] == '\'' {
			return bytes.Clone(b[1 : n-1])
		}
		return npmQuoted(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == ';', c == '#':
			return bytes.TrimSpace(out)
		case c == '\\' && i+1 < len(b) && bytes.IndexByte([]byte(`\;#`), b[i+1]) >= 0:
			i++
			out = append(out, b[i])
		default:
			out = append(out, c)
		}
	}
	return bytes.TrimSpace(out)
}

// npmQuoted is what a JSON string stands for; the text with its quotes where it
// isn't valid.
func npmQuoted(b []byte) []byte {
	if !validString(b) {
		return bytes.Clone(b)
	}
	var plain wrapping.Text
	_ = plain.UnmarshalJSON(b) // never fails
	return plain
}

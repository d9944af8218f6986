package wrapping

import (
	"bytes"
	"regexp"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// assignment is a variable or a member with its value, as shells, .env files,
// PowerShell, YAML, JSON and properties files write it; several lines of them,
// too. It is certain where the name says that it holds a secret, or the value is
// a token that some vendor issues.
var assignment = wrapping{
	Layer: Layer{"assignment", text.New("a variable and its value")},
	read: func(b []byte, a About) (found, bool) {
		var f found
		username, lines := "", 0
		var names []string
		for line := range bytes.Lines(b) {
			if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' || string(line) == "---" {
				continue
			}
			lines++
			m := assigned.FindSubmatch(line)
			if m == nil {
				f.parts = wipeParts(f.parts)
				return found{}, false
			}
			name, value := string(unquoted(m[2])), unquoted(bytes.TrimRight(m[4], ",; "))
			sure := len(m[1]) > 0 || a.Known(value)
			switch {
			case len(value) == 0:
			case aboutUser(name):
				username = string(value)
			case aboutSecret(name) || sure:
				f.parts = append(f.parts, Part{Token: bytes.Clone(value), For: name})
				names = append(names, name)
				f.doubtful = f.doubtful || !sure && string(m[3]) == "=" && !screaming.MatchString(name)
			}
		}
		for i := range f.parts {
			f.parts[i].Username = username
		}
		if len(f.parts) == 1 {
			f.parts[0].For = ""
			f.is = text.New("the variable %q and its value", shown(names[0]))
		} else if len(f.parts) > 1 {
			f.is = text.New("the variables %s and their values", shownAll(names))
		}
		return f, len(f.parts) > 0
	},
}

var (
	// A value that begins with "=" is base64's end, and "//" an address.
	assigned = regexp.MustCompile(`^(export |set -gx |set -x |set |setx |ENV |ARG |\$env:|\$Env:|\$|env:|- |-D|--set )? *("[A-Za-z_.][A-Za-z0-9_.-]*"|'[A-Za-z_.][A-Za-z0-9_.-]*'|[A-Za-z_.][A-Za-z0-9_.-]*) *(=|: |:= | |:"|:$)(?: *)((?:[^=/ ]|/[^/]).*)$`)
	// The names of environment variables.
	screaming = regexp.MustCompile(`^[A-Z][A-Z0-9_]{2,}$`)
)

func wipeParts(parts []Part) []Part {
	for _, p := range parts {
		clear(p.Token)
	}
	return nil
}

// aboutSecret reports whether a variable's name says that it holds a secret.
func aboutSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"token", "pass", "pwd", "secret", "key", "auth", "cred"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "pat" || strings.HasSuffix(name, "_pat") || strings.HasPrefix(name, "pat_")
}

// aboutUser reports whether a variable's name says that it holds a user name.
func aboutUser(name string) bool {
	name = strings.ToLower(name)
	return !aboutSecret(name) && (strings.Contains(name, "user") || strings.Contains(name, "login"))
}

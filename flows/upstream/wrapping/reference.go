package wrapping

import (
	"regexp"

	"example.com/upstreamauth/flows/text"
)

// reference is the name of a variable that holds the token, where a shell or a
// pipeline would have put its value.
var reference = wrapping{
	Layer: Layer{"reference", text.New("the name of a variable, not its value")},
	read: func(b []byte, _ About) (found, bool) {
		for _, form := range references {
			if m := form.FindSubmatch(b); m != nil {
				return found{
					doubtful:  len(m[0]) > 0 && m[0][0] == '$' && len(m[0]) > 1 && m[0][1] != '{' && m[0][1] != '(' && m[0][1] != 'e',
					elsewhere: text.New("Nothing replaces %q by its value here: give the value itself", shown(string(m[1]))),
				}, true
			}
		}
		return found{}, false
	},
}

var references = []*regexp.Regexp{
	regexp.MustCompile(`^\$\{\{ *([\w. -]{1,100}?) *\}\}$`),             // GitHub Actions
	regexp.MustCompile(`^\{\{ *([\w. $-]{1,100}?) *\}\}$`),              // Helm, Ansible
	regexp.MustCompile(`^\$\{(?:env[.:])?([A-Za-z_][\w.]{0,99})\??\}$`), // a shell, npm, Maven
	regexp.MustCompile(`^\$env:([A-Za-z_]\w{0,99})$`),
	regexp.MustCompile(`^\$\(([A-Za-z_][\w./ -]{0,99})\)$`), // a command, or Azure Pipelines
	regexp.MustCompile(`^\$([A-Z_][A-Z0-9_]{2,99})$`),
	regexp.MustCompile(`^%([A-Z_][A-Z0-9_]{2,99})%$`),
}

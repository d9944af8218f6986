package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// readerLanguage is the language to speak, and whether --lang asked for it. It
// is needed before the arguments are parsed: help and the parser's own errors
// are in it, too.
func readerLanguage(args []string, getenv func(string) string) (l text.Language, asked bool) {
	l = text.Environment(getenv)
	for i, arg := range args {
		value, given := strings.CutPrefix(arg, "--lang=")
		switch {
		case arg == "--":
			return l, asked
		case arg == "--lang" && i+1 < len(args):
			value, given = args[i+1], true
		}
		if known, ok := text.Parse(value); given && ok {
			l, asked = known, true
		}
	}
	return l, asked
}

// outputLanguage is the language of a result: what scripts read is English
// unless --lang asks otherwise, whatever the machine's locale is.
func (a *app) outputLanguage(format string) text.Language {
	if format != "text" && !a.langAsked {
		return text.English
	}
	return a.lang
}

// checkLanguage rejects a language that there is no translation to.
func checkLanguage(fs *pflag.FlagSet) error {
	flag := fs.Lookup("lang")
	if flag == nil || !flag.Changed {
		return nil
	}
	if _, ok := text.Parse(flag.Value.String()); ok {
		return nil
	}
	return usage(text.New("%s takes en or ja, not %s", named(flag), strconv.Quote(flag.Value.String())),
		check.Hint{Says: text.Verbatim("--lang en")})
}

// worded is a place in cobra's structures where a message stands.
type worded struct {
	at   *string
	says text.Text
}

// say puts a message where cobra wants a string: its English at once, which
// costs nothing, and the reader's language when translate is called.
func (a *app) say(at *string, says text.Text) {
	*at = says.In(text.English)
	a.wordings = append(a.wordings, worded{at, says})
}

// translate puts all help texts into the reader's language.
func (a *app) translate() {
	for _, w := range a.wordings {
		*w.at = w.says.In(a.lang)
	}
}

// flagSet declares flags whose usage is a message. The name of a flag's value
// stands between backquotes in it.
type flagSet struct {
	*pflag.FlagSet
	app *app
}

func (s flagSet) usage(name string, says text.Text) { s.app.say(&s.Lookup(name).Usage, says) }

func (s flagSet) bool(p *bool, name string, says text.Text) {
	s.BoolVar(p, name, false, "")
	s.usage(name, says)
}

func (s flagSet) string(p *string, name string, says text.Text) {
	s.StringVar(p, name, "", "")
	s.usage(name, says)
}

func (s flagSet) list(p *[]string, name string, says text.Text) {
	s.StringSliceVar(p, name, nil, "")
	s.usage(name, says)
}

package cli

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/report"
)

// problem prints an error with its hints on standard error. What it quotes of
// the command line may hold anything, and is cleaned.
func (a *app) problem(p *engine.Problem) {
	if p == nil {
		return
	}
	c := engine.Problem{Title: text.Verbatim(shown(p.Title.In(text.English))), Detail: text.Verbatim(shown(p.Detail.In(text.English)))}
	for _, h := range p.Hints {
		c.Hints = append(c.Hints, check.Hint{Says: text.Verbatim(shown(h.Sentence().In(text.English))), Command: shown(h.Command)})
	}
	report.Problem(a.Err, &c)
}

// maxShown is how much is shown of one text, in characters.
const maxShown = 1000

// shown makes a text fit to be shown. A long one loses its middle: what it
// quotes is there, and what is wrong with it stands at the ends.
func shown(s string) string {
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown/2]) + " […] " + string(r[len(r)-maxShown/2:])
	}
	return clean.Text(s)
}

func warn(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, "upstreamauth: warning: %s\n", clean.Text(fmt.Sprintf(format, args...)))
}

// unwritten is what it means that a result could not be written; nil stays nil.
func unwritten(what string, err error) error {
	if err == nil {
		return nil
	}
	return &engine.Problem{Title: text.New("%s could not be written to standard output", what), Detail: text.Verbatim(plain(err)), Kind: cloud.Internal,
		Hints: []check.Hint{{Says: text.New("make room there, or send it elsewhere, and run the same command again")}}}
}

// usage is a wrong use of the command line.
func usage(title text.Text, hints ...check.Hint) error {
	return &engine.Usage{Title: title, Hints: hints}
}

// flagError turns what the flag parser says into one clear error. A value is
// not quoted where the flag is not known: it may be a token.
func flagError(c *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if words := c.Flags().Args(); c.Parent() == nil && len(words) > 0 {
		return unknownCommand(c, words[0]) // whose flag this would be
	}
	help := c.CommandPath() + " --help lists all flags"
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return valueError(bad, help)
	}
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usage(text.Verbatim(err.Error()), check.Hint{Says: text.Verbatim(help)})
	}
	name := unknown.GetSpecifiedName()
	dashes := "--"
	if unknown.GetSpecifiedShortnames() != "" {
		dashes = "-"
	}
	title := text.New("unknown flag: %s%s", dashes, name)
	switch name {
	case "token", "password", "pass", "p":
		return usage(title, check.Hint{Says: text.New("a token has no flag of its own, because a command line can be read by others")}, check.Hint{Says: text.New("use --token-file PATH, or --token-file - for standard input")})
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if near := closest(name, names); near != "" {
		return usage(title, check.Hint{Says: text.New("did you mean --%s?", near)}, check.Hint{Says: text.Verbatim(help)})
	}
	return usage(title, check.Hint{Says: text.Verbatim(help)})
}

// valueError says of which form a flag's value should have been.
func valueError(bad *pflag.InvalidValueError, help string) error {
	flag := bad.GetFlag()
	is, example := "what it takes", help
	switch flag.Value.Type() {
	case "bool":
		is, example = "true or false", "--"+flag.Name+" alone says yes"
	case "duration":
		is, example = "a duration", "it needs a unit, as in --"+flag.Name+" 90s or --"+flag.Name+" 5m"
	case "int", "int64":
		is, example = "a number that it takes", "one looks like this: --"+flag.Name+" 42"
	case "stringSlice":
		is, example = "a list", "its parts are separated by commas, and a quotation mark is closed again"
	}
	return usage(text.New("--%s: %s is not %s", flag.Name, strconv.Quote(bad.GetValue()), is), check.Hint{Says: text.Verbatim(example)}, check.Hint{Says: text.Verbatim(help)})
}

func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			names = append(names, c.Name())
		}
	}
	title := text.New("unknown command: %q", name)
	if near := closest(name, names); near != "" {
		return usage(title, check.Hint{Says: text.New("did you mean upstreamauth %s?", near)})
	}
	return usage(title, check.Hint{Says: text.New("the commands are %s", strings.Join(names, ", "))})
}

// noArgs refuses arguments without quoting them: one may be a token.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(text.New("%s takes no arguments, %d given", c.CommandPath(), len(args)), check.Hint{Says: text.New("%s --help lists its flags", c.CommandPath())})
}

// closest is the name that is most like the word: one that starts with it, or
// differs in at most a third of its letters.
func closest(word string, names []string) string {
	best, least := "", len(word)/3+2
	for _, n := range names {
		d := distance(strings.ToLower(word), n)
		if len(word) > 2 && strings.HasPrefix(n, word) {
			d = 1
		}
		if d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of letters to add, drop, change or swap with a
// neighbour to turn one word into the other.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	previous, before := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := previous[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, previous[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, previous = previous, row
	}
	return previous[len(b)]
}

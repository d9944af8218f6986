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
	show := func(t text.Text) text.Text { return text.Verbatim(shown(t.In(a.lang))) }
	c := engine.Problem{Title: show(p.Title), Detail: show(p.Detail)}
	for _, h := range p.Hints {
		c.Hints = append(c.Hints, check.Hint{Says: show(h.Sentence()), Command: shown(h.Command)})
	}
	report.Problem(a.Err, &c, a.style())
}

// maxShown is how much is shown of one text, in characters.
const maxShown = 1000

// shown makes text safe to show. A long one loses its middle: that is what it
// quotes, and what is wrong with it stands at the ends.
func shown(s string) string {
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown/2]) + " […] " + string(r[len(r)-maxShown/2:])
	}
	return clean.Text(s)
}

// tell writes a line to the reader.
func (a *app) tell(w io.Writer, says text.Text) {
	_, _ = fmt.Fprintln(w, clean.Text(says.In(a.lang)))
}

func (a *app) warn(says text.Text) { a.tell(a.Err, text.New("upstreamauth: warning: %s", says)) }

// unwritten is the problem of a result that couldn't be written; nil stays nil.
func unwritten(what text.Text, err error) error {
	if err == nil {
		return nil
	}
	return &engine.Problem{
		Title: text.New("%s couldn't be written to standard output", what), Detail: plain(err), Kind: cloud.Internal,
		Hints: []check.Hint{{Says: text.New("make room there, or redirect the output, and run the same command again")}},
	}
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
	help := check.Hint{Says: text.New("%s --help lists all flags", c.CommandPath())}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return valueError(bad, help)
	}
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usage(unparsed(err), help)
	}
	name := unknown.GetSpecifiedName()
	dashes := "--"
	if unknown.GetSpecifiedShortnames() != "" {
		dashes = "-"
	}
	title := text.New("unknown flag: %s%s", dashes, name)
	switch name {
	case "token", "password", "pass", "p":
		return usage(title, check.Hint{Says: text.New("a token has no flag of its own, because others can read a command line")},
			check.Hint{Says: text.New("use --token-file PATH, or --token-file - for standard input")})
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if near := closest(name, names); near != "" {
		return usage(title, check.Hint{Says: text.New("did you mean --%s?", near)}, help)
	}
	return usage(title, help)
}

// unparsed is the error of a flag that the parser has no type for.
func unparsed(err error) text.Text {
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return text.New("--%s needs a value", missing.GetFlag().Name)
	}
	if syntax, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return text.New("%s is not a flag", strconv.Quote(syntax.GetSpecifiedFlag()))
	}
	return text.New("the flags can't be parsed: %s", err)
}

// valueError says which form a flag's value should have.
func valueError(bad *pflag.InvalidValueError, help check.Hint) error {
	flag, value := bad.GetFlag(), strconv.Quote(bad.GetValue())
	switch flag.Value.Type() {
	case "bool":
		return usage(text.New("--%s: %s is not true or false", flag.Name, value),
			check.Hint{Says: text.New("--%s alone means yes", flag.Name)}, help)
	case "duration":
		return usage(text.New("--%s: %s is not a duration", flag.Name, value),
			check.Hint{Says: text.New("it needs a unit, as in --%[1]s 90s or --%[1]s 5m", flag.Name)}, help)
	case "int", "int64":
		return usage(text.New("--%s: %s is not a number that it takes", flag.Name, value),
			check.Hint{Says: text.New("for example --%s 42", flag.Name)}, help)
	case "stringSlice":
		return usage(text.New("--%s: %s is not a list", flag.Name, value),
			check.Hint{Says: text.New("separate its parts by commas, and close every quotation mark")}, help)
	default:
		return usage(text.New("--%s doesn't take the value %s", flag.Name, value), help)
	}
}

// unknownCommand is the error of a word that is no command.
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
	return usage(title, check.Hint{Says: text.New("the commands are %s", text.Words(names))})
}

// noArgs rejects arguments without quoting them: one may be a token.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usage(text.New("%s takes no arguments; %d were given", c.CommandPath(), len(args)),
		check.Hint{Says: text.New("%s --help lists all flags", c.CommandPath())})
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

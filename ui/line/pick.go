package line

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// shown is how many choices are listed at once, and few how many more are not
// worth another question.
const shown, few = 20, 5

// list is the choices of one question, as far as they have been narrowed.
type list struct {
	session *Session
	filter  string
	from    int // the first one on show, among those that match
}

// matches are the choices that the filter leaves, and whether more may come.
func (l *list) matches() (options []engine.Option, complete bool) {
	s := l.session
	p, _, complete := s.Machine.Prompt()
	if l.filter == "" {
		return p.Options, complete
	}
	for _, o := range p.Options {
		if strings.Contains(strings.ToLower(bare(o.Label, s.Language)+" "+o.Value+" "+bare(o.Note, s.Language)), l.filter) {
			options = append(options, o)
		}
	}
	return options, complete
}

// bare is a text without quotation marks around its names.
func bare(t text.Text, l text.Language) string {
	return t.Marked(l, func(name string) string { return name })
}

// ownNumbers reports whether the choices have numbers of their own, as the versions
// of a secret have: whoever types 2 then means the choice of that number,
// wherever it stands.
func ownNumbers(p engine.Prompt) bool {
	return slices.ContainsFunc(p.Options, func(o engine.Option) bool { _, err := strconv.Atoi(o.Value); return err == nil })
}

// show lists the choices, by their own numbers or names, or else numbered by
// their place among those that match.
func (l *list) show() {
	s := l.session
	options, complete := l.matches()
	p, _, _ := s.Machine.Prompt()
	own := ownNumbers(p)
	if l.filter != "" {
		s.tellLine(text.Plural(len(options), "%d choice matches:", "%d choices match:"))
	}
	end := min(l.from+shown, len(options))
	if complete && len(options)-end <= few {
		end = len(options)
	}
	for i, o := range options[min(l.from, end):end] {
		number := strconv.Itoa(l.from + i + 1)
		if own {
			number = o.Value
		}
		says := o.Label
		if !o.Note.Empty() {
			says = text.New("%s, %s", says, o.Note)
		}
		if !o.Off.Empty() {
			says = text.New("%s (can't be chosen: %s)", says, o.Off)
		}
		s.tellLine(text.New("  %s. %s", number, says))
	}
	rest := len(options) - end
	switch {
	case rest > 0 && !complete:
		s.tellLine(text.New("  %d more so far; still reading. Type more, or /TEXT to filter the list.", rest))
	case rest > 0:
		s.tellLine(text.New("  %d more. Type more, or /TEXT to filter the list.", rest))
	case !complete:
		s.tellLine(text.New("  Still reading the list. Type more to see the rest."))
	}
}

// choose takes a number, a name, or text to narrow the list with.
func (l *list) choose(ctx context.Context, given string) (value string, chosen bool) {
	p, _, _ := l.session.Machine.Prompt()
	if given == "more" {
		l.more(ctx)
		return "", false
	}
	if filter, narrow := strings.CutPrefix(given, "/"); narrow {
		l.narrow(ctx, filter)
		return "", false
	}
	options, _ := l.matches()
	if n, err := strconv.Atoi(given); err == nil && n >= 1 && n <= len(options) && !ownNumbers(p) {
		return l.take(options[n-1])
	}
	named := l.named(given)
	switch {
	case len(named) == 1:
		return l.take(named[0])
	case p.Free:
		return given, true
	default:
		l.narrow(ctx, given)
		return "", false
	}
}

func (l *list) named(given string) (named []engine.Option) {
	p, _, _ := l.session.Machine.Prompt()
	for _, o := range p.Options {
		if o.Value == given {
			return []engine.Option{o}
		}
		if bare(o.Label, l.session.Language) == given {
			named = append(named, o)
		}
	}
	return named
}

func (l *list) take(o engine.Option) (string, bool) {
	if !o.Off.Empty() {
		l.session.tellLine(text.New("  %s can't be chosen: %s", o.Label, o.Off))
		return "", false
	}
	return o.Value, true
}

// more shows the next choices, and waits for them where they are still coming.
func (l *list) more(ctx context.Context) {
	if options, complete := l.matches(); l.from+2*shown > len(options) && !complete {
		l.all(ctx)
	}
	if options, _ := l.matches(); l.from+shown < len(options) {
		l.from += shown
	} else {
		l.from = 0
	}
	l.show()
}

// narrow shows the choices with the text in them. The text is not repeated:
// it may be a token that was meant for another question.
func (l *list) narrow(ctx context.Context, given string) {
	l.all(ctx)
	l.filter, l.from = strings.ToLower(given), 0
	if options, _ := l.matches(); len(options) == 0 {
		l.session.tellLine(text.New("No choice matches."))
		l.filter = ""
	}
	l.show()
}

// all waits until the whole list is there.
func (l *list) all(ctx context.Context) {
	s := l.session
	s.driver.Enough = nil
	s.settle(ctx, nil)
	s.driver.Enough = s.enough
}

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
	p, _, complete := l.session.Machine.Prompt()
	if l.filter == "" {
		return p.Options, complete
	}
	for _, o := range p.Options {
		if strings.Contains(strings.ToLower(o.Label.In(text.English)+" "+o.Value+" "+o.Note.In(text.English)), l.filter) {
			options = append(options, o)
		}
	}
	return options, complete
}

// ownNumbers tells that the choices have numbers of their own, as the versions
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
		s.printf("Choices with that in them: %d\n", len(options))
	}
	end := min(l.from+shown, len(options))
	if complete && len(options)-end <= few {
		end = len(options)
	}
	for i, o := range options[min(l.from, end):end] {
		line := strconv.Itoa(l.from+i+1) + ". " + o.Label.In(text.English)
		if own {
			line = o.Value + ". " + o.Label.In(text.English)
		}
		if !o.Note.Empty() {
			line += ", " + o.Note.In(text.English)
		}
		if !o.Off.Empty() {
			line += " (cannot be chosen: " + o.Off.In(text.English) + ")"
		}
		s.printf("  %s\n", line)
	}
	rest := len(options) - end
	switch {
	case rest > 0 && !complete:
		s.printf("  %d more so far, and the list is still being read. Type more, or /TEXT to narrow it.\n", rest)
	case rest > 0:
		s.printf("  %d more. Type more, or /TEXT to narrow the list.\n", rest)
	case !complete:
		s.printf("  The list is still being read. Type more to go on.\n")
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
		if o.Label.In(text.English) == given {
			named = append(named, o)
		}
	}
	return named
}

func (l *list) take(o engine.Option) (string, bool) {
	if !o.Off.Empty() {
		l.session.printf("  %s cannot be chosen: %s\n", o.Label.In(text.English), o.Off.In(text.English))
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
		l.session.printf("No choice has that in it.\n")
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

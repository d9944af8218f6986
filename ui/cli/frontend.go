package cli

import (
	"os"

	"golang.org/x/term"

	"example.com/upstreamauth/ui/report"
)

// frontEnd is one of the three ways to lead through a flow.
type frontEnd int

const (
	headless frontEnd = iota
	lineByLine
	fullScreen
)

// choose picks the front end: nobody is asked with --output json, without a
// terminal, or where every answer and --yes are given.
func (a *app) choose(f *flowFlags, complete bool) frontEnd {
	switch {
	case f.output == "json", complete:
		return headless
	case f.plain:
		return lineByLine
	case !a.terminal():
		return headless
	case os.Getenv("ACCESSIBLE") != "", os.Getenv("TERM") == "dumb", a.FullScreen == nil:
		return lineByLine
	default:
		return fullScreen
	}
}

// terminal reports whether there is somebody to ask.
func (a *app) terminal() bool { return isTerminal(a.In) && (isTerminal(a.Err) || isTerminal(a.Out)) }

// conversation is where questions go: standard error, or the terminal if that
// is redirected.
func (a *app) conversation() *os.File {
	if !isTerminal(a.Err) && isTerminal(a.Out) {
		return a.Out
	}
	return a.Err
}

func isTerminal(f *os.File) bool { return f != nil && term.IsTerminal(int(f.Fd())) }

// style is the reader's language, in ASCII where a sign could be missing or of
// another width.
func (a *app) style() report.Style {
	locale := os.Getenv("LC_ALL")
	if locale == "" {
		locale = os.Getenv("LC_CTYPE")
	}
	if locale == "" {
		locale = os.Getenv("LANG")
	}
	return report.Style{ASCII: report.NeedsASCII(os.Getenv("TERM"), os.Getenv("NO_UNICODE"), locale), Language: a.lang}
}

package tui

import (
	"strings"

	"github.com/muesli/termenv"

	"example.com/upstreamauth/flows/text"
)

// A name stands between two characters that take no cell until the frame is
// drawn, so that lines are broken and cut as if it were plain text.
const (
	nameBegins = '\x0e'
	nameEnds   = '\x0f'
)

// drawn puts what a terminal understands in the place of both: cyan, and the
// colour from before. Weight stays as it is around the name.
var drawn = strings.NewReplacer(string(nameBegins), "\x1b[36m", string(nameEnds), "\x1b[39m")

// in is a message in the reader's language. Its names are set apart by colour,
// or by quotation marks where there is none.
func (t theme) in(x text.Text) string {
	if t.profile == termenv.Ascii {
		return x.In(t.lang)
	}
	return x.Marked(t.lang, func(name string) string { return string(nameBegins) + name + string(nameEnds) })
}

// bare is a message without anything that sets its names apart, as it is found
// by what a person types.
func (t theme) bare(x text.Text) string {
	return x.Marked(t.lang, func(name string) string { return name })
}

// tidy cleans a text, and leaves its names set apart.
func tidy(s string, clean func(string) string) string {
	at := strings.IndexAny(s, string(nameBegins)+string(nameEnds))
	if at < 0 {
		return clean(s)
	}
	return clean(s[:at]) + s[at:at+1] + tidy(s[at+1:], clean)
}

// closed ends a name that a cut has left open.
func closed(line string) string { return wholeNames([]string{line})[0] }

// wholeNames ends a name at the end of each line, and goes on with it in the
// next.
func wholeNames(lines []string) []string {
	open := false
	for i, line := range lines {
		if open {
			line = string(nameBegins) + line
		}
		open = strings.LastIndexByte(line, nameBegins) > strings.LastIndexByte(line, nameEnds)
		if open {
			line += string(nameEnds)
		}
		lines[i] = line
	}
	return lines
}

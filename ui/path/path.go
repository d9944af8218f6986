// Package path draws the way of a pull: the repository, whose service agent
// reads the secret, whose token opens the upstream. Every front end draws the
// same value, each as its room allows.
package path

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// Style is how a path is drawn.
type Style struct {
	Language text.Language
	// ASCII draws without signs that a terminal may lack.
	ASCII bool
	// Sign and Name, if set, colour a sign and what a person named. They change
	// no width.
	Sign func(s engine.Sign, drawn string) string
	Name func(drawn string) string
	// Working is the sign of a link that is being written, a frame of a spinner;
	// empty: a sign that stands still.
	Working string
}

var signs = map[engine.Sign][2]string{
	engine.SignOpen: {"○", "o"}, engine.SignHolds: {"✓", "v"}, engine.SignCreates: {"+", "+"}, engine.SignChanges: {"~", "~"},
	engine.SignWorking: {"…", ">"}, engine.SignUnchecked: {"·", "?"}, engine.SignWarning: {"!", "!"}, engine.SignBroken: {"✗", "x"},
}

// words are the signs for a reader who hears them.
var words = map[engine.Sign]text.Text{
	engine.SignOpen: text.New("not known yet"), engine.SignHolds: text.New("ok"), engine.SignCreates: text.New("will be created"),
	engine.SignChanges: text.New("will be changed"), engine.SignWorking: text.New("in progress"),
	engine.SignUnchecked: text.New("not checked"), engine.SignWarning: text.New("warning"), engine.SignBroken: text.New("problem"),
}

// margin is what is left free before the picture, in cells.
const margin = 2

// Draw is the path in lines that are at most width cells wide: names and signs,
// and below them what is known of each, where there is room for that.
func Draw(p engine.Path, width int, s Style) []string {
	names := make([]string, len(p.Stations))
	for i, station := range p.Stations {
		names[i] = station.Name.In(s.Language)
	}
	if rule := s.rule(len(names), width-margin, names); rule >= 1 {
		return s.wide(p, names, rule, width)
	}
	return []string{strings.Repeat(" ", margin) + s.narrow(p, width-margin)}
}

// rule is how long the lines left and right of a sign are, at most two cells;
// below 1 the names do not fit.
func (s Style) rule(stations, width int, names []string) int {
	left := width
	for _, n := range names {
		left -= ansi.StringWidth(n)
	}
	links := stations - 1
	return min(2, (left-links*3)/(links*2)) // a sign and a space at each of its ends
}

func (s Style) sign(sign engine.Sign) string {
	drawn := signs[sign][0]
	if s.ASCII {
		drawn = signs[sign][1]
	}
	if sign == engine.SignWorking && s.Working != "" {
		drawn = s.Working
	}
	if s.Sign != nil {
		return s.Sign(sign, drawn)
	}
	return drawn
}

func (s Style) name(st engine.Station, drawn string) string {
	if st.Named && s.Name != nil {
		return s.Name(drawn)
	}
	return drawn
}

func (s Style) line(n int) string {
	if s.ASCII {
		return strings.Repeat("-", n)
	}
	return strings.Repeat("─", n)
}

// wide draws the names in a row, and the notes below.
func (s Style) wide(p engine.Path, names []string, rule, width int) []string {
	var row strings.Builder
	row.WriteString(strings.Repeat(" ", margin))
	at := margin
	notes := newBelow(width)
	for i, station := range p.Stations {
		notes.put(at, station.Note.In(s.Language))
		row.WriteString(s.name(station, names[i]))
		at += ansi.StringWidth(names[i])
		if i == len(p.Links) {
			break
		}
		link := p.Links[i]
		row.WriteString(" " + s.line(rule) + s.sign(link.Sign) + s.line(rule) + " ")
		notes.under(at+1+rule, link.Note.In(s.Language))
		at += 2*rule + 3
	}
	lines := []string{strings.TrimRight(row.String(), " ")}
	return append(lines, notes.lines()...)
}

// narrow draws short names, each with the sign of the link that follows.
func (s Style) narrow(p engine.Path, width int) string {
	short := []string{text.New("repo").In(s.Language), text.New("agent").In(s.Language), text.New("secret").In(s.Language), text.New("upstream").In(s.Language)}
	var b strings.Builder
	for i, n := range short {
		b.WriteString(n)
		if i < len(p.Links) {
			b.WriteString(" " + s.sign(p.Links[i].Sign) + s.line(1) + " ")
		}
	}
	return ansi.Truncate(b.String(), width, "")
}

// Sentence is the path for whoever reads line by line.
func Sentence(p engine.Path, l text.Language) string {
	link := func(i int) text.Text { return words[p.Links[i].Sign] }
	return text.New("Path: %s → (%s) → %s → (%s) → %s → (%s) → %s", p.Stations[0].Name, link(0), p.Stations[1].Name, link(1),
		p.Stations[2].Name, link(2), p.Stations[3].Name).In(l)
}

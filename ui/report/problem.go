package report

import (
	"fmt"
	"io"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// Problem writes what ended a run as "upstreamauth: problem: …", each hint on a
// line of its own, and each command alone on its line. It belongs on standard
// error.
func Problem(w io.Writer, p *engine.Problem, s Style) {
	if p == nil {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "upstreamauth: %s: %s\n", s.in(marks[check.Block].word), s.in(p.Text()))
	for i := range p.Hints {
		for _, line := range s.hint(&p.Hints[i]) {
			b.WriteString(line + "\n")
		}
	}
	_, _ = fmt.Fprint(w, b.String())
}

// hint is what can be done, a sentence a line, and the command alone on the last
// one.
func (s Style) hint(h *check.Hint) []string {
	if h == nil {
		return nil
	}
	var lines []string
	said := *h
	said.Command = ""
	for _, sentence := range said.Lines(s.Language) {
		lines = append(lines, s.in(text.New("hint: %s", text.Verbatim(sentence))))
	}
	if h.Command != "" {
		lines = append(lines, "  "+h.Command)
	}
	return lines
}

// Finding is a finding in a few lines: its kind and what was noticed, why, and
// what to do about it.
func Finding(f check.Finding, s Style) []string {
	lines := []string{s.MarkOf(f) + ": " + s.in(f.Says)}
	if !f.Why.Empty() {
		lines = append(lines, "  "+s.in(f.Why))
	}
	for _, line := range s.hint(f.Remedy) {
		lines = append(lines, "  "+line)
	}
	return lines
}

// Package report says how a flow ended: as text for a person, as JSON for a
// script. It goes to standard output, the conversation before it does not.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/shell"
	"example.com/upstreamauth/flows/text"
)

// Text writes the summary that stays in the terminal's scrollback: how it
// ended, what was done, what was noticed, and how to go on. The problem that
// ended the run is an error and belongs elsewhere, see Problem.
func Text(w io.Writer, r engine.Report, s Style) error {
	t := &page{style: s, told: map[string]bool{}}
	level, says := headline(r)
	t.line("%s: %s", s.Mark(level), s.in(says))
	if r.Chain {
		t.cause(r)
	}
	t.about(r)
	t.actions(r)
	if r.Chain {
		t.links(r)
	} else {
		t.findings(r)
	}
	t.after(r)
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// page is a report being written.
type page struct {
	strings.Builder
	style Style
	told  map[string]bool // reasons and remedies that stand on the page already
}

func (t *page) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// say writes a text, indented.
func (t *page) say(indent int, says text.Text) {
	t.line("%*s%s", indent, "", t.style.in(says))
}

// once writes lines that don't stand on the page already, indented.
func (t *page) once(indent int, lines ...string) {
	for _, l := range lines {
		if key := strings.TrimSpace(l); key != "" && !t.told[key] {
			t.told[key] = true
			t.line("%*s%s", indent, "", l)
		}
	}
}

// about names the things that the report speaks of, as far as they are known.
func (t *page) about(r engine.Report) {
	a := r.About
	type row struct {
		label text.Text
		value string
	}
	project := a.Project
	if a.ProjectNumber != "" && a.ProjectNumber != a.Project {
		project = t.style.in(text.New("%s (number %s)", text.Verbatim(a.Project), a.ProjectNumber))
	}
	repository := ""
	if a.Repository.Name.ID != "" {
		repository = a.Repository.Name.String()
	}
	rows := []row{
		{text.New("Emulator"), r.Emulator}, {text.New("Project"), project}, {text.New("Repository"), repository},
		{text.New("Upstream"), a.Upstream}, {text.New("User name"), a.Username}, {text.New("Secret version"), a.SecretVersion},
	}
	width := 0
	for _, row := range rows {
		width = max(width, ansi.StringWidth(t.style.in(row.label)))
	}
	for _, row := range rows {
		if row.value != "" {
			t.line("  %s  %s", pad(t.style.in(row.label), width), row.value)
		}
	}
}

func (t *page) actions(r engine.Report) {
	if len(r.Actions) == 0 {
		return
	}
	t.line("")
	for _, a := range r.Actions {
		t.line("  %s", Action(a, t.style))
		if a.Problem != nil && a.Problem != r.Problem {
			t.say(6, a.Problem.Text())
		}
		if a.Command != "" && a.State == engine.Planned {
			t.line("      %s", a.Command)
		}
	}
}

// findings lists what a person should know of: all but what is well, and but
// what the problem says.
func (t *page) findings(r engine.Report) {
	first := true
	for _, f := range r.Checks {
		if f.Level == check.OK || f.Level == check.Block && r.Problem != nil && r.Problem.Title.Equal(f.Says) {
			continue
		}
		if first {
			t.line("")
			first = false
		}
		for _, line := range Finding(f, t.style) {
			t.line("  %s", line)
		}
	}
}

// undo is the command that undoes a run, where it was made.
func undo(r engine.Report) string {
	if r.Emulator != "" {
		return fmt.Sprintf("upstreamauth undo %s --emulator %s", shell.Quote(r.Receipt), r.Emulator)
	}
	return "upstreamauth undo " + shell.Quote(r.Receipt)
}

// after says how to go on and how to undo the run.
func (t *page) after(r engine.Report) {
	if next := r.NextSteps(); len(next) > 0 {
		t.line("")
		t.say(2, text.New("To use it now:"))
		for _, step := range check.Lines(next, t.style.Language) {
			t.line("    %s", step)
		}
	}
	if r.Receipt == "" {
		return
	}
	t.line("")
	t.say(2, text.New("Receipt: %s", text.Verbatim(r.Receipt)))
	if r.Changed {
		t.say(2, text.New("To undo this run:"))
		t.line("    %s", undo(r))
	}
}

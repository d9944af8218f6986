// Package report says how a flow ended: as text for a person, as JSON for a
// script. It goes to standard output, the conversation before it does not.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/wording"
)

// Style is how text may look.
type Style struct {
	// ASCII keeps to signs that every terminal and screen reader knows.
	ASCII bool
}

// headlines say in a few words how a flow ended.
var headlines = map[engine.Status]string{
	engine.StatusDone:    "done",
	engine.StatusPlanned: "planned, nothing has been changed",
	engine.StatusFailed:  "failed, nothing has been changed",
	engine.StatusPartial: "partly done",
	engine.StatusRefused: "the upstream refuses the credential",
	engine.StatusHealthy: "no fault found",
	engine.StatusBroken:  "broken",
}

// Text writes the summary that stays in the terminal's scrollback: what was
// done, what was noticed, and how to go on. The problem that ended the run is
// an error and belongs elsewhere, see Problem.
func Text(w io.Writer, r engine.Report, s Style) error {
	t := &page{style: s}
	t.headline(r)
	t.about(r)
	t.actions(r)
	if r.Chain {
		t.chain(r)
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
}

func (t *page) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

func (t *page) headline(r engine.Report) {
	says := headlines[r.Status]
	switch {
	case r.Status == engine.StatusDone && len(r.Actions) == 0:
		says = "there was nothing to do, nothing has been changed"
	case r.Status == engine.StatusDone && changesNothing(r):
		says = "everything was as it should be, nothing has been changed"
	case r.Status == engine.StatusRefused && r.Changed:
		says += "; what was done until then is listed"
	case r.Status == engine.StatusRefused:
		says += ", nothing has been changed"
	case r.Interrupted && !r.Changed && r.Status != engine.StatusDone:
		says = "interrupted, nothing has been changed"
	case r.Status == engine.StatusFailed && slices.ContainsFunc(r.Actions, func(a engine.Action) bool { return a.State == engine.Done }):
		says = "failed, and what it had done has been taken back"
	}
	if r.Status == engine.StatusBroken {
		says += " at: " + r.Broken
	}
	if n := len(r.Unknown); r.Chain && n > 0 {
		says += fmt.Sprintf(", %d not looked at", n)
	}
	t.line("%s: %s", r.Flow, says)
}

// chain lists all links, the healthy ones too: that they were looked at is
// what a person wants to know.
func (t *page) chain(r engine.Report) {
	t.line("")
	for _, f := range r.Checks {
		lines := Finding(f)
		t.line("  %s %-17s %s", level(f.Level, t.style), f.ID, lines[0])
		for _, line := range lines[1:] {
			t.line("    %s", line)
		}
	}
}

func level(l check.Level, s Style) string {
	switch l {
	case check.OK:
		return sign(engine.Done, s)
	case check.Block:
		return sign(engine.Failed, s)
	case check.Unknown:
		return "?"
	default:
		return "!"
	}
}

func changesNothing(r engine.Report) bool {
	for _, a := range r.Actions {
		if a.State != engine.Already && a.ID != engine.ActVerify {
			return false
		}
	}
	return len(r.Actions) > 0
}

// about names the things that the report speaks of, as far as they are known.
func (t *page) about(r engine.Report) {
	a := r.About
	rows := []struct{ label, value string }{
		{"emulator", r.Emulator}, {"project", a.Project}, {"repository", ""}, {"upstream", a.Upstream},
		{"user name", a.Username}, {"secret version", a.SecretVersion}, {"service agent", a.ServiceAgent},
	}
	if a.ProjectNumber != "" && a.ProjectNumber != a.Project {
		rows[1].value += " (number " + a.ProjectNumber + ")"
	}
	if a.Repository.Name.ID != "" {
		rows[2].value = a.Repository.Name.String()
	}
	for _, row := range rows {
		if row.value != "" {
			t.line("  %-15s %s", row.label, row.value)
		}
	}
	if r.Chain {
		for _, g := range doctor.Gaps(r.Checks) {
			t.line("  %-15s %s: %s", "not looked at", strings.Join(g.Links, ", "), g.Why.In(text.English))
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
			t.line("      %s", a.Problem.Error())
		}
		if a.Command != "" && a.State == engine.Planned {
			t.line("      $ %s", a.Command)
		}
	}
}

// Action is one action in one line: a sign, its state, what it does, how it
// ended.
func Action(a engine.Action, s Style) string {
	line := fmt.Sprintf("%s %-8s %s", sign(a.State, s), a.State, a.Says.In(text.English))
	if !a.Note.Empty() {
		line += " (" + a.Note.In(text.English) + ")"
	}
	return line
}

func sign(state engine.State, s Style) string {
	signs := map[engine.State][2]string{
		engine.Done: {"✓", "+"}, engine.Already: {"=", "="}, engine.Failed: {"✗", "x"},
		engine.Skipped: {"-", "-"}, engine.Planned: {"·", "."}, engine.Running: {"…", ">"},
	}
	if s.ASCII {
		return signs[state][1]
	}
	return signs[state][0]
}

// findings lists what a person should know of: all but what is well.
func (t *page) findings(r engine.Report) {
	first := true
	for _, f := range r.Checks {
		if f.Level == check.OK || (f.Level == check.Block && r.Problem != nil && r.Problem.Title.In(text.English) == f.Says.In(text.English)) {
			continue
		}
		if first {
			t.line("")
			first = false
		}
		for _, line := range Finding(f) {
			t.line("  %s", line)
		}
	}
}

// Finding is a finding in a few lines, its level in words.
func Finding(f check.Finding) []string {
	words := map[check.Level]string{check.OK: "ok: ", check.Note: "note: ", check.Warning: "warning: ", check.Block: "error: ", check.Unknown: "not looked at: "}
	if f.Says.Equal(engine.NotLookedAt) && !f.Why.Empty() {
		f.Says, f.Why = f.Why, text.Text{}
	}
	lines := []string{words[f.Level] + f.Says.In(text.English)}
	if !f.Why.Empty() {
		lines = append(lines, "  "+f.Why.In(text.English))
	}
	if r := f.Remedy; r != nil {
		if says := r.Sentence().In(text.English); says != "" {
			lines = append(lines, "  hint: "+says)
		}
		if r.Command != "" {
			lines = append(lines, "  $ "+r.Command)
		}
	}
	return lines
}

// undo is the command that takes a run back, where it was made.
func undo(r engine.Report) string {
	if r.Emulator != "" {
		return fmt.Sprintf("upstreamauth undo %s --emulator %s", wording.Quote(r.Receipt), r.Emulator)
	}
	return "upstreamauth undo " + wording.Quote(r.Receipt)
}

// after says how to go on and how to take the run back.
func (t *page) after(r engine.Report) {
	if next := r.NextSteps(); len(next) > 0 {
		t.line("")
		t.line("  to use it now:")
		for _, step := range check.Lines(next, text.English) {
			t.line("    %s", step)
		}
	}
	if r.Receipt == "" {
		return
	}
	t.line("")
	t.line("  receipt: %s", r.Receipt)
	if r.Changed {
		t.line("  to take this back: %s", undo(r))
	}
}

package tui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/flows"
	"example.com/upstreamauth/flows/check"
)

// done is the last screen: what was done, and what to do next.
type done struct {
	sheet
	m      *Model
	report flows.Report
}

func newDone(m *Model) *done {
	d := &done{m: m, report: m.machine.Report()}
	d.lines = d.text
	return d
}

// Title says how it ended.
func (d *done) Title() string {
	switch d.report.Status {
	case flows.StatusDone:
		for _, a := range d.report.Actions {
			if a.ID == flows.ActVerify && a.State == flows.Done {
				return "Done and verified"
			}
		}
		return "Done"
	case flows.StatusPlanned:
		return "Planned; nothing was changed"
	case flows.StatusPartial:
		return "Stopped part of the way"
	case flows.StatusRefused:
		return "The credential was refused"
	case flows.StatusHealthy:
		return "No fault found"
	case flows.StatusBroken:
		return "A link is broken"
	default:
		return "It did not work; nothing was changed"
	}
}

// Leave has nothing to do.
func (d *done) Leave() {}

// Status says which part is on show.
func (d *done) Status() string { return d.where() }

// Key scrolls where there is more to see; any other key leaves.
func (d *done) Key(k tea.KeyMsg) tea.Cmd {
	if d.scrolls() && d.scroll(k) {
		return nil
	}
	if name(k) == "?" {
		d.m.toggleDetails()
		return nil
	}
	return d.m.quit()
}

// Keys are those that work now.
func (d *done) Keys() []hint { return append([]hint{{"enter", "leave"}}, d.hints()...) }

// noticed are the findings worth telling: all of them where there was nothing
// to do, else those that are not as they should be.
func (d *done) noticed() []check.Finding {
	if len(d.report.Actions) == 0 {
		return d.report.Checks
	}
	return slices.DeleteFunc(slices.Clone(d.report.Checks), func(f check.Finding) bool { return f.Level == check.OK })
}

func (d *done) text(w int) []string {
	t, r := d.m.theme, d.report
	var lines []string
	part := func(title string, body []string) {
		if len(body) == 0 {
			return
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		if title != "" {
			lines = append(lines, t.accent.Render(t.cut(title, w)))
		}
		lines = append(lines, body...)
	}
	if r.Problem != nil {
		part("", t.problem(r.Problem, w))
	}
	if r.Status == flows.StatusDone {
		var next []string
		for _, step := range r.About.NextSteps() {
			next = append(next, t.hint(step, w)...)
		}
		part("What to do next", next)
	}
	var actions []string
	for _, a := range r.Actions {
		if a.Problem == r.Problem {
			a.Problem = nil // it stands above
		}
		actions = append(actions, t.action(a, t.glyph.dot, w)...)
	}
	part("What was done", actions)
	kept := d.m.options.Demo == nil // a demonstration is gone when it is left
	if r.Receipt != "" && kept {
		part("The receipt of what was changed", wrap(r.Receipt, w))
	}
	if r.Changed && kept {
		part("To take it back", t.command("upstreamauth undo", w))
	}
	part("What was noticed", t.findings(d.noticed(), w))
	return lines
}

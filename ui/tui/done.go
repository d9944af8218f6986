package tui

import (
	"slices"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/flows/check"
)

// done is the last screen: what was done, and what to do next.
type done struct {
	sheet
	m      *Model
	report engine.Report
}

func newDone(m *Model) *done {
	d := &done{m: m, report: m.machine.Report()}
	d.lines = d.text
	return d
}

// Title says how it ended.
func (d *done) Title() string { return ending(d.report) }

// ending is how a flow ended, in a few words.
func ending(r engine.Report) string {
	switch r.Status {
	case engine.StatusDone:
		if len(r.Actions) == 0 {
			return "Nothing was changed"
		}
		for _, a := range r.Actions {
			if a.ID == engine.ActVerify && a.State == engine.Done {
				return "Done and verified"
			}
		}
		return "Done"
	case engine.StatusPlanned:
		return "Planned; nothing was changed"
	case engine.StatusPartial:
		return "Stopped part of the way"
	case engine.StatusRefused:
		return "The credential was refused"
	case engine.StatusHealthy:
		return "No fault found"
	case engine.StatusBroken:
		return "A link is broken"
	default:
		if slices.ContainsFunc(r.Actions, func(a engine.Action) bool { return a.State == engine.Done }) {
			return "Failed; the repository is as before"
		}
		return "Failed; nothing was changed"
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
	var p parts
	if r.Problem != nil {
		p.add("", t.problem(r.Problem, w))
	}
	var next []string
	for _, step := range r.NextSteps() {
		next = append(next, t.hint(step, w)...)
	}
	p.add(t.heading("What to do next", w), next)
	d.m.deeds(&p, r, w)
	p.add(t.heading("What was noticed", w), t.findings(d.noticed(), w))
	return p.lines
}

// deeds are what was done, and how it is taken back.
func (m *Model) deeds(p *parts, r engine.Report, w int) {
	t := m.theme
	var actions []string
	title := "What was done"
	if r.Status == engine.StatusPlanned {
		title = "What would be done"
	}
	for _, a := range r.Actions {
		if a.Problem == r.Problem {
			a.Problem = nil // it stands above
		}
		if r.Status == engine.StatusPlanned {
			actions = append(actions, item(t.dim, t.glyph.dot, "planned", a.Says.In(text.English), w)...)
			continue
		}
		actions = append(actions, t.action(a, t.glyph.dot, w)...)
	}
	p.add(t.heading(title, w), actions)
	if m.options.Demo != nil {
		return // a demonstration is gone when it is left
	}
	if r.Receipt != "" {
		p.add(t.heading("The receipt of what was changed", w), wrap(r.Receipt, w))
	}
	if r.Changed {
		p.add(t.heading("To take it back", w), t.command(m.undo(), w))
	}
}

// undo is the command that takes the last run back, where it was made.
func (m *Model) undo() string {
	if m.options.Emulator != "" {
		return "upstreamauth undo --emulator " + m.options.Emulator
	}
	return "upstreamauth undo"
}

func (t theme) heading(says string, w int) string { return t.accent.Render(t.cut(says, w)) }

// parts are lines in parts with an empty line between them.
type parts struct{ lines []string }

// add adds a part and its heading, if there is anything in it.
func (p *parts) add(heading string, body []string) {
	if len(body) == 0 {
		return
	}
	if len(p.lines) > 0 {
		p.lines = append(p.lines, "")
	}
	if heading != "" {
		p.lines = append(p.lines, heading)
	}
	p.lines = append(p.lines, body...)
}

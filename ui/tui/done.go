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
func (d *done) Title() text.Text { return ending(d.report) }

// ending is how a flow ended, in a few words.
func ending(r engine.Report) text.Text {
	switch r.Status {
	case engine.StatusDone:
		if len(r.Actions) == 0 {
			return text.New("Nothing was changed")
		}
		for _, a := range r.Actions {
			if a.ID == engine.ActVerify && a.State == engine.Done {
				return pulls(r.About)
			}
		}
		return text.New("Done")
	case engine.StatusPlanned:
		return text.New("Dry run: nothing was changed")
	case engine.StatusPartial:
		return text.New("Stopped before the end: some changes are made, some aren't")
	case engine.StatusRefused:
		return text.New("The upstream rejected these credentials")
	case engine.StatusHealthy:
		return text.New("No problem found")
	case engine.StatusBroken:
		return text.New("A check found a problem")
	default:
		if slices.ContainsFunc(r.Actions, func(a engine.Action) bool { return a.State == engine.Done }) {
			return text.New("Failed; the repository is as before")
		}
		return text.New("Failed; nothing was changed")
	}
}

// pulls says what a real pull has proved.
func pulls(a engine.About) text.Text {
	if a.Username == "" {
		return text.New("%q pulls again", a.Repository.Name.ID)
	}
	return text.New("%q now pulls as %q", a.Repository.Name.ID, a.Username)
}

// Leave has nothing to do.
func (d *done) Leave() {}

// Status says which part is on show.
func (d *done) Status() text.Text { return d.where() }

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
func (d *done) Keys() []hint { return append([]hint{{"enter", text.New("leave")}}, d.hints()...) }

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
	p.add(t.heading(text.New("What to do next"), w), next)
	d.m.summary(&p, r, w)
	p.add(t.heading(text.New("Findings"), w), t.findings(d.noticed(), w))
	return p.lines
}

// summary is what was done, and how to undo it.
func (m *Model) summary(p *parts, r engine.Report, w int) {
	t := m.theme
	var actions []string
	title := text.New("What was done")
	if r.Status == engine.StatusPlanned {
		title = text.New("What would be done")
	}
	for _, a := range r.Actions {
		if a.Problem == r.Problem {
			a.Problem = nil // it stands above
		}
		if r.Status == engine.StatusPlanned {
			actions = append(actions, t.item(mark{t.glyph.todo, text.New("planned"), t.dim}, a.Says, w)...)
			continue
		}
		actions = append(actions, t.action(a, t.glyph.dot, w)...)
	}
	p.add(t.heading(title, w), actions)
	if m.options.Demo != nil {
		return // a demonstration is gone when it is left
	}
	if r.Receipt != "" {
		p.add(t.heading(text.New("Receipt"), w), wrap(r.Receipt, w))
	}
	if r.Changed {
		p.add(t.heading(text.New("To undo this run"), w), t.command(m.undo(), w))
	}
}

// undo is the command that undoes the last run, where it was made.
func (m *Model) undo() string {
	if m.options.Emulator != "" {
		return "upstreamauth undo --emulator " + m.options.Emulator
	}
	return "upstreamauth undo"
}

func (t theme) heading(says text.Text, w int) string { return t.accent.Render(t.cut(t.in(says), w)) }

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

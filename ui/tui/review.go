package tui

import (
	"fmt"
	"time"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"example.com/upstreamauth/flows/check"
)

// planning is shown while the plan is made, or could not be made.
type planning struct {
	sheet
	m *Model
}

func newPlanning(m *Model) *planning {
	p := &planning{m: m}
	p.lines = p.text
	return p
}

// Title names what comes next.
func (p *planning) Title() text.Text { return text.New("Review") }

// Status says how long it takes.
func (p *planning) Status() text.Text { return p.m.waits() }

// Leave has nothing to do.
func (p *planning) Leave() {}

// Key goes back, or tries again.
func (p *planning) Key(k tea.KeyMsg) tea.Cmd { return p.m.beforeWriting(&p.sheet, k) }

// Keys are those that work now.
func (p *planning) Keys() []hint { return p.m.keysBeforeWriting(&p.sheet, nil) }

func (p *planning) text(w int) []string {
	if problem := p.m.machine.Problem(); problem != nil {
		return p.m.theme.problem(problem, w)
	}
	return wrap(p.m.in(text.New("Reading what is configured now, to plan what has to change. Nothing is changed yet.")), w)
}

// beforeWriting takes the keys that planning and review share.
func (m *Model) beforeWriting(s *sheet, k tea.KeyMsg) tea.Cmd {
	switch name(k) {
	case "esc":
		return m.back()
	case "?":
		m.toggleDetails()
	case "r":
		if m.machine.Problem() != nil {
			return m.start(m.machine.Retry())
		}
	default:
		s.scroll(k)
	}
	return nil
}

func (m *Model) keysBeforeWriting(s *sheet, first []hint) []hint {
	if m.machine.Problem() != nil {
		first = append(first, hint{"r", text.New("try again")})
	}
	first = append(first, hint{"esc", text.New("back")}, helpKey)
	return append(append(first, s.hints()...), quitKey)
}

// settleTime is how long the plan must have been on show before it can be
// approved, so that a second Enter of the question before cannot approve it.
const settleTime = 100 * time.Millisecond

// review shows the plan. Nothing has been written before it is approved.
type review struct {
	sheet
	m     *Model
	since time.Time
}

func newReview(m *Model) *review {
	r := &review{m: m, since: m.clock}
	r.lines = r.text
	return r
}

// Title names the screen.
func (r *review) Title() text.Text { return text.New("Review") }

// Leave has nothing to do.
func (r *review) Leave() {}

// Status says which part is on show.
func (r *review) Status() text.Text { return r.where() }

// blocked is why the plan can't be applied; nil: it can.
func (r *review) blocked() *engine.Problem {
	if p := r.m.machine.Plan().Blocked; p != nil {
		return p
	}
	return r.m.machine.Problem()
}

// Key approves, goes back or scrolls.
func (r *review) Key(k tea.KeyMsg) tea.Cmd {
	if name(k) != "enter" {
		return r.m.beforeWriting(&r.sheet, k)
	}
	switch {
	case r.blocked() != nil:
		r.m.said = text.New("These changes can't be applied; esc goes back")
	case r.m.clock.Sub(r.since) < settleTime:
		r.m.said = text.New("Review the changes first, then press enter")
	default:
		return r.m.start(r.m.machine.Approve())
	}
	return nil
}

// Keys are those that work now.
func (r *review) Keys() []hint {
	var first []hint
	switch {
	case r.blocked() != nil:
	case r.m.machine.Plan().Writes():
		first = []hint{{"enter", text.New("apply")}}
	case len(r.m.machine.Plan().Actions) == 0:
		first = []hint{{"enter", text.New("continue")}}
		if r.m.machine.DryRun {
			first[0].does = text.New("finish")
		}
	default:
		first = []hint{{"enter", text.New("verify")}}
	}
	return r.m.keysBeforeWriting(&r.sheet, first)
}

func (r *review) text(w int) []string {
	t, plan := r.m.theme, r.m.machine.Plan()
	says := text.New("Nothing has been changed yet.")
	if r.m.machine.DryRun {
		says = text.New("This is a dry run: nothing will be changed.")
	}
	lines := styled(t.strong, wrap(t.in(says), w))
	if p := r.blocked(); p != nil {
		lines = append(append(lines, ""), t.problem(p, w)...)
	} else if len(plan.Actions) == 0 {
		lines = append(lines, wrap(t.in(text.New("Nothing to do.")), w)...)
	} else if !plan.Writes() {
		lines = append(lines, wrap(t.in(text.New("Everything is set up already: nothing to change.")), w)...)
	}
	part := func(title text.Text, body []string) {
		if len(body) > 0 {
			lines = append(append(lines, "", t.heading(title, w)), body...)
		}
	}
	part(text.New("What changes"), t.rows(plan.Rows, w))
	var noticed []check.Finding
	for _, f := range plan.Checks {
		if f.Level != check.OK {
			noticed = append(noticed, f)
		}
	}
	if !plan.Chain {
		part(text.New("Worth knowing"), t.findings(noticed, w))
	}
	var actions []string
	for i, a := range plan.Actions {
		says := a.Says
		if a.State == engine.Already {
			says = text.New("%s (already so)", says)
		}
		actions = append(actions, wrap(fmt.Sprintf("%d. %s", i+1, t.in(says)), w)...)
		if a.Command != "" {
			actions = append(actions, indent(3, t.command(a.Command, w-3))...)
		}
	}
	part(text.New("What will be done, and the same with gcloud"), actions)
	if plan.Chain { // the plan answers most of it
		part(text.New("Findings"), t.findings(noticed, w))
	}
	part(text.New("Your answers"), r.answers(w))
	return lines
}

func (r *review) answers(w int) []string {
	var lines []string
	for _, mark := range r.m.machine.Trail() {
		lines = append(lines, wrap(r.m.in(told(mark)), w)...)
	}
	return lines
}

// rows draws what is beside what will be.
func (t theme) rows(rows []engine.Row, w int) []string {
	label := 0
	for _, r := range rows {
		label = max(label, lipgloss.Width(t.in(r.Label)))
	}
	var lines []string
	for _, r := range rows {
		before, after := orNone(r.Before), orNone(r.After)
		says := t.in(before) + " " + t.glyph.then + " " + t.in(after)
		if before.Equal(after) {
			says = t.in(text.New("%s (unchanged)", before))
		}
		if w < narrow {
			lines = append(append(lines, wrap(t.in(text.New("%s:", r.Label)), w)...), indent(2, wrap(says, w-2))...)
			continue
		}
		body := indent(label+2, wrap(says, w-label-2))
		body[0] = pad(t.cut(t.in(r.Label), label), label+2) + body[0][label+2:]
		lines = append(lines, body...)
	}
	return lines
}

func orNone(value text.Text) text.Text {
	if value.Empty() {
		return text.New("none")
	}
	return value
}

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
func (p *planning) Title() string { return "Review" }

// Status says how long it takes.
func (p *planning) Status() string { return p.m.waits() }

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
	return wrap("Reading what is there now, to work out what has to change. Nothing is written.", w)
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
		first = append(first, hint{"r", "try again"})
	}
	first = append(first, hint{"esc", "back"}, hint{"?", "help"})
	return append(append(first, s.hints()...), hint{"ctrl+c", "quit"})
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
func (r *review) Title() string { return "Review" }

// Leave has nothing to do.
func (r *review) Leave() {}

// Status says which part is on show.
func (r *review) Status() string { return r.where() }

// blocked is why the plan cannot be applied; nil: it can.
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
		r.m.said = "this plan cannot be applied; esc goes back"
	case r.m.clock.Sub(r.since) < settleTime:
		r.m.said = "look at the plan first; then press enter"
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
		first = []hint{{"enter", "apply"}}
	case len(r.m.machine.Plan().Actions) == 0:
		first = []hint{{"enter", "go on"}}
		if r.m.machine.DryRun {
			first[0].does = "end"
		}
	default:
		first = []hint{{"enter", "verify"}}
	}
	return r.m.keysBeforeWriting(&r.sheet, first)
}

func (r *review) text(w int) []string {
	t, plan := r.m.theme, r.m.machine.Plan()
	says := "Nothing has been written yet."
	if r.m.machine.DryRun {
		says = "This is a dry run: nothing will be written."
	}
	lines := styled(t.strong, wrap(says, w))
	if p := r.blocked(); p != nil {
		lines = append(append(lines, ""), t.problem(p, w)...)
	} else if len(plan.Actions) == 0 {
		lines = append(lines, wrap("There is nothing that this could do.", w)...)
	} else if !plan.Writes() {
		lines = append(lines, wrap("It is all as it should be: there is nothing to change.", w)...)
	}
	part := func(title string, body []string) {
		if len(body) > 0 {
			lines = append(append(lines, "", t.accent.Render(t.cut(title, w))), body...)
		}
	}
	part("What changes", t.rows(plan.Rows, w))
	var noticed []check.Finding
	for _, f := range plan.Checks {
		if f.Level != check.OK {
			noticed = append(noticed, f)
		}
	}
	if !plan.Chain {
		part("Worth knowing", t.findings(noticed, w))
	}
	var actions []string
	for i, a := range plan.Actions {
		says := fmt.Sprintf("%d. %s", i+1, a.Says.In(text.English))
		if a.State == engine.Already {
			says += " (already so)"
		}
		actions = append(actions, wrap(says, w)...)
		if a.Command != "" {
			actions = append(actions, indent(3, t.command(a.Command, w-3))...)
		}
	}
	part("What will be done, and the same with gcloud", actions)
	if plan.Chain { // the plan answers most of it
		part("What was found", t.findings(noticed, w))
	}
	part("Your answers", r.answers(w))
	return lines
}

func (r *review) answers(w int) []string {
	var lines []string
	for _, mark := range r.m.machine.Trail() {
		lines = append(lines, wrap(told(mark), w)...)
	}
	return lines
}

// rows draws what is beside what will be.
func (t theme) rows(rows []engine.Row, w int) []string {
	label := 0
	for _, r := range rows {
		label = max(label, lipgloss.Width(r.Label.In(text.English)))
	}
	var lines []string
	for _, r := range rows {
		before, after := orNone(r.Before.In(text.English)), orNone(r.After.In(text.English))
		says := before + " " + t.glyph.then + " " + after
		if before == after {
			says = before + " (stays)"
		}
		if w < narrow {
			lines = append(append(lines, wrap(r.Label.In(text.English)+":", w)...), indent(2, wrap(says, w-2))...)
			continue
		}
		body := indent(label+2, wrap(says, w-label-2))
		body[0] = pad(t.cut(r.Label.In(text.English), label), label+2) + body[0][label+2:]
		lines = append(lines, body...)
	}
	return lines
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

package tui

import (
	"time"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"
)

// progress shows a plan being applied: a row per action.
type progress struct {
	sheet
	m        *Model
	stopping bool
	began    map[int]time.Time // when an action was first seen to run
	scrolled bool
}

func newProgress(m *Model) *progress {
	p := &progress{m: m, began: map[int]time.Time{}}
	p.lines = p.text
	return p
}

// Title names the screen.
func (p *progress) Title() text.Text { return text.New("Applying") }

// Leave has nothing to do.
func (p *progress) Leave() {}

// SetSize keeps the running action in view.
func (p *progress) SetSize(w, h int) {
	for i, a := range p.m.machine.Plan().Actions {
		if _, seen := p.began[i]; a.State == engine.Running && !seen {
			p.began[i] = p.m.clock
		}
	}
	p.sheet.SetSize(w, h)
	if p.scrolled {
		return
	}
	var lines int
	for i, a := range p.m.machine.Plan().Actions {
		n := len(p.action(i, a, w))
		if a.State == engine.Running {
			p.reveal(lines, lines+n)
		}
		lines += n
	}
}

// Key scrolls. What is being written is not left.
func (p *progress) Key(k tea.KeyMsg) tea.Cmd {
	switch name(k) {
	case "esc":
		p.m.said = text.New("Changes under way can't go back; ctrl+c stops after this one")
	case "?":
		p.m.toggleDetails()
	default:
		p.scrolled = p.scroll(k) || p.scrolled
	}
	return nil
}

// Keys are those that work now.
func (p *progress) Keys() []hint {
	first := []hint{{"ctrl+c", text.New("stop after this change")}, helpKey}
	if p.stopping {
		first = first[1:]
	}
	return append(first, p.hints()...)
}

// Status says that it is ending, if it is.
func (p *progress) Status() text.Text {
	if p.stopping {
		return text.New("%s Finishing this change, then stopping", p.m.spin())
	}
	return p.where()
}

func (p *progress) text(w int) []string {
	var lines []string
	for i, a := range p.m.machine.Plan().Actions {
		lines = append(lines, p.action(i, a, w)...)
	}
	return lines
}

// action draws one action; one that runs has a sign that moves, and its age.
func (p *progress) action(i int, a engine.Action, w int) []string {
	if a.State == engine.Running && a.Note.Empty() {
		if age := p.m.clock.Sub(p.began[i]); age >= ageAfter {
			a.Note = text.New("%d s so far", int(age.Seconds()))
		}
	}
	return p.m.theme.action(a, p.m.spin(), w)
}

// action draws one action with its state, its note and what went wrong.
func (t theme) action(a engine.Action, spin string, w int) []string {
	lines := t.item(t.state(a.State, spin), a.Says, w)
	in := t.hanging(w)
	if !a.Note.Empty() {
		lines = append(lines, indent(in, styled(t.dim, wrap(t.in(a.Note), w-in)))...)
	}
	if a.Problem != nil && a.State == engine.Failed {
		lines = append(lines, indent(in, wrap(t.in(a.Problem.Text()), w-in))...)
	}
	return lines
}

// state is the mark of an action's state.
func (t theme) state(s engine.State, spin string) mark {
	switch s {
	case engine.Running:
		return mark{spin, text.New("running"), t.accent}
	case engine.Done:
		return mark{t.glyph.ok, text.New("done"), t.ok}
	case engine.Already:
		return mark{t.glyph.ok, text.New("already so"), t.ok}
	case engine.Failed:
		return mark{t.glyph.block, text.New("failed"), t.block}
	case engine.Skipped:
		return mark{t.glyph.dot, text.New("skipped"), t.dim}
	default:
		return mark{t.glyph.todo, text.New("waiting"), t.dim}
	}
}

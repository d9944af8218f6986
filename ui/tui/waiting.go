package tui

import (
	"time"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"
)

// Nothing is said about a wait that is over at once; a longer one moves, and
// a long one has its age.
const (
	spinAfter = 150 * time.Millisecond
	ageAfter  = 3 * time.Second
	tickEvery = 100 * time.Millisecond
)

// waiting is what is being waited for, and since when.
type waiting struct {
	what  text.Text
	round int // a new check starts the clock anew
	since time.Time
}

// watch notices what is being waited for now.
func (m *Model) watch() {
	w := waiting{what: m.waitsFor(), since: m.clock}
	if q, ok := m.screen.(*question); ok {
		w.round = q.looks
	}
	if !w.what.Equal(m.waiting.what) || w.round != m.waiting.round {
		m.waiting = w
	}
}

func (m *Model) waitsFor() text.Text {
	switch m.machine.Phase() {
	case engine.Planning:
		if m.machine.Problem() != nil {
			return text.Text{}
		}
		return text.New("Planning the changes")
	case engine.Applying:
		return text.New("Applying")
	case engine.Asking:
	default:
		return text.Text{}
	}
	_, ready, complete := m.machine.Prompt()
	checking, submitted := m.machine.Checking()
	switch {
	case checking && submitted:
		return text.New("Checking your answer")
	case checking:
		return text.New("Checking")
	case m.machine.Step().Ask == nil, m.machine.Problem() != nil:
		return text.Text{}
	case !ready:
		return text.New("Reading")
	case !complete:
		return text.New("Reading more")
	default:
		return text.Text{}
	}
}

// tick moves the spinner on while something is being waited for.
func (m *Model) tick() tea.Cmd {
	if m.waiting.what.Empty() || m.ticking {
		return nil
	}
	m.ticking = true
	return m.later()
}

func later() tea.Cmd {
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tickMsg{} })
}

// waits says what is being waited for, once that is worth saying.
func (m *Model) waits() text.Text {
	age := m.clock.Sub(m.waiting.since)
	switch {
	case m.waiting.what.Empty() || age < spinAfter:
		return text.Text{}
	case age < ageAfter:
		return text.New("%s %s%s", m.spin(), m.waiting.what, m.glyph.more)
	default:
		return text.New("%s %s%s %d s", m.spin(), m.waiting.what, m.glyph.more, int(age.Seconds()))
	}
}

func (m *Model) spin() string { return m.glyph.spinner[m.frame%len(m.glyph.spinner)] }

package tui

import (
	"fmt"
	"time"

	"example.com/upstreamauth/flows/engine"

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
	what  string
	round int // a new check starts the clock anew
	since time.Time
}

// watch notices what is being waited for now.
func (m *Model) watch() {
	w := waiting{what: m.waitsFor(), since: m.clock}
	if q, ok := m.screen.(*question); ok {
		w.round = q.looks
	}
	if w.what != m.waiting.what || w.round != m.waiting.round {
		m.waiting = w
	}
}

func (m *Model) waitsFor() string {
	switch m.machine.Phase() {
	case engine.Planning:
		if m.machine.Problem() != nil {
			return ""
		}
		return "working out the plan"
	case engine.Applying:
		return "applying"
	case engine.Asking:
	default:
		return ""
	}
	_, ready, complete := m.machine.Prompt()
	checking, submitted := m.machine.Checking()
	switch {
	case checking && submitted:
		return "checking before going on"
	case checking:
		return "checking"
	case m.machine.Step().Ask == nil, m.machine.Problem() != nil:
		return ""
	case !ready:
		return "reading"
	case !complete:
		return "reading more"
	default:
		return ""
	}
}

// tick moves the spinner on while something is being waited for.
func (m *Model) tick() tea.Cmd {
	if m.waiting.what == "" || m.ticking {
		return nil
	}
	m.ticking = true
	return m.later()
}

func later() tea.Cmd {
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tickMsg{} })
}

// waits says what is being waited for, once that is worth saying.
func (m *Model) waits() string {
	age := m.clock.Sub(m.waiting.since)
	if m.waiting.what == "" || age < spinAfter {
		return ""
	}
	says := m.spin() + " " + m.waiting.what + m.glyph.more
	if age >= ageAfter {
		says = fmt.Sprintf("%s still %s, %d s", m.spin(), m.waiting.what, int(age.Seconds()))
	}
	return says
}

func (m *Model) spin() string { return m.glyph.spinner[m.frame%len(m.glyph.spinner)] }

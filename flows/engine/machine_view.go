package engine

import (
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// Phase is where the machine stands.
func (m *Machine) Phase() Phase { return m.phase }

// Flow is the flow that is under way.
func (m *Machine) Flow() *Flow { return m.flow }

// Step is the question that is open, or the last one.
func (m *Machine) Step() Step {
	if len(m.steps) == 0 {
		return Step{}
	}
	return m.steps[min(max(m.at, 0), len(m.steps)-1)]
}

// Prompt is how the open question is asked, as far as it is known; ready is
// false until it can be answered, complete when all options are there.
func (m *Machine) Prompt() (p Prompt, ready, complete bool) { return m.prompt, m.ready, m.complete }

// Previous is the answer from before going back, to start from.
func (m *Machine) Previous() Answer { return m.previous }

// Findings are what was noticed about the answer on show.
func (m *Machine) Findings() []check.Finding { return m.found[m.Step().ID] }

// Checking tells whether an answer is being checked, and whether it was
// submitted (the machine then goes on by itself).
func (m *Machine) Checking() (checking, submitted bool) { return m.checking, m.submitted }

// Looking is the answer that the findings speak of, whoever gave it; the zero
// Answer if there is none.
func (m *Machine) Looking() Answer {
	if m.looking == nil {
		return Answer{}
	}
	return *m.looking
}

// Confirming tells that warnings wait to be accepted by submitting again.
func (m *Machine) Confirming() bool { return m.confirm }

// Problem is what stands in the way; nil: nothing.
func (m *Machine) Problem() *Problem { return m.problem }

// Draft is the answers so far.
func (m *Machine) Draft() Draft { return m.draft }

// Plan is what will be, or was, done; nil before Reviewing.
func (m *Machine) Plan() *Plan { return m.result }

// Done tells whether there is nothing more to do.
func (m *Machine) Done() bool { return m.phase == Finished }

// Mark is one answer on the trail.
type Mark struct {
	Step        string
	Title, Says text.Text
	From        Source
}

// Trail is the answers that led here, oldest first.
func (m *Machine) Trail() []Mark {
	var trail []Mark
	for i, s := range m.steps {
		if i >= m.at && m.phase == Asking {
			break
		}
		from, ok := m.draft.From[s.ID]
		if !ok || s.Ask == nil || from == Only && (s.Default != "" || s.Settles) || (s.When != nil && !s.When(m.draft)) {
			continue
		}
		trail = append(trail, Mark{Step: s.ID, Title: s.Title, Says: m.show(s), From: from})
	}
	return trail
}

func (m *Machine) show(s Step) text.Text {
	if s.Show != nil {
		return s.Show(m.draft)
	}
	return text.Verbatim(m.answers[s.ID].Text)
}

// Position is the number of the open question and how many there are, the
// review and the work after it counted.
func (m *Machine) Position() (at, of int) {
	for i, s := range m.steps {
		// What may need no person is counted only if it is really asked.
		optional := (s.Default != "" || s.Settles) && m.answers[s.ID].From != Asked
		if i != m.at && (optional || s.When != nil && !s.When(m.draft)) {
			continue
		}
		of++
		if i <= m.at {
			at = of
		}
	}
	if m.plan == nil {
		return at, of
	}
	switch m.phase {
	case Planning, Reviewing:
		at = of + 1
	case Applying, Finished:
		at = of + 2
	default:
	}
	return at, of + 2
}

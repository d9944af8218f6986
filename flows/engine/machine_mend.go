package engine

import (
	"slices"

	"example.com/upstreamauth/flows/check"
)

// CanMend tells whether doctor has found something that its own plan mends.
func (m *Machine) CanMend() bool {
	if m.phase != Finished || m.result == nil || !m.result.Chain || m.unfinished() {
		return false
	}
	return slices.ContainsFunc(m.result.Checks, func(f check.Finding) bool {
		return f.Level == check.Block && f.Remedy != nil && f.Remedy.Action != ""
	})
}

// Mend goes on from doctor's chain to the plan that mends it: with the answers
// so far, asking only for what mending needs. Until that plan is applied, the
// report stays the one of the chain, and Back leads to it.
func (m *Machine) Mend() []Job {
	if !m.CanMend() {
		return nil
	}
	past := &past{report: m.Report(), result: m.result, run: m.run, at: m.at, fix: m.draft.Options.Fix}
	m.at = len(m.steps) - 1
	if first := slices.IndexFunc(m.steps, func(s Step) bool { return s.Settles }); first >= 0 {
		m.at = first - 1
	}
	for _, s := range m.steps {
		if s.Settles && m.answers[s.ID].From == Only { // an answer may be needed now
			delete(m.answers, s.ID)
		}
	}
	past.first = m.at + 1
	m.past, m.result, m.run, m.receipt, m.changed = past, nil, nil, "", false
	m.draft.Options.Fix, m.phase = true, Asking
	m.env.Refresh()
	return m.forward()
}

// past is the chain that a mending goes on from.
type past struct {
	report    Report
	result    *Plan
	run       *Run
	at, first int // the question then, and the first one of the mending
	fix       bool
}

// pending tells that a mending is under way and has not been approved.
func (m *Machine) pending() bool { return m.past != nil && m.run == nil && m.phase != Finished }

// backToChain ends a mending that was not approved.
func (m *Machine) backToChain() {
	p := m.past
	m.move()
	m.past, m.result, m.run, m.receipt, m.changed = nil, p.result, p.run, p.report.Receipt, p.report.Changed
	m.at, m.draft.Options.Fix, m.phase = p.at, p.fix, Finished
}

package flows

import (
	"context"
	"runtime/debug"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
)

// planning builds the plan.
func (m *Machine) planning() []Job {
	m.move()
	m.phase, m.result, m.interrupted = Planning, nil, false
	d := m.draft
	return []Job{job(m, "plan", func(ctx context.Context) (*Plan, error) { return m.plan(ctx, m.env, d) },
		func(p *Plan, err error) []Job {
			if err != nil {
				m.problem = Explain(err)
				return nil
			}
			p.Flow = m.flow.ID
			if !p.Chain {
				p.Checks = append(m.allFindings(), p.Checks...)
			}
			m.result, m.phase, m.problem = p, Reviewing, p.Blocked
			if p.Chain && !p.Writes() && p.Blocked == nil {
				m.phase = Finished
				return nil
			}
			if m.Approved {
				return m.Approve()
			}
			return nil
		})}
}

// allFindings are the steps' findings in the order of the steps.
func (m *Machine) allFindings() []check.Finding {
	var fs []check.Finding
	for _, s := range m.steps {
		fs = append(fs, m.found[s.ID]...)
	}
	return fs
}

// Approve applies the plan that was reviewed, or ends a dry run.
func (m *Machine) Approve() []Job {
	if m.phase != Reviewing || m.result.Blocked != nil {
		return nil
	}
	if m.DryRun {
		m.phase = Finished
		return nil
	}
	m.phase = Applying
	m.run = newRun(m.env, m.result)
	return []Job{m.progress()}
}

// progress waits for the run's next event. What has begun to write is not
// cancelled when the machine closes.
func (m *Machine) progress() Job {
	run, seq := m.run, m.seq
	return Job{run: func() Result {
		ev, more := run.Next(context.Background())
		return Result{seq: seq, apply: func() []Job {
			if !more {
				m.finish()
				return nil
			}
			m.happened(ev)
			return []Job{m.progress()}
		}}
	}}
}

func (m *Machine) happened(ev Event) {
	if ev.About != nil {
		m.result.About = *ev.About
	}
	m.changed = ev.Changed
	if m.result.Chain && len(ev.Checks) > 0 {
		m.result.Checks = ev.Checks
	} else {
		m.result.Checks = append(m.result.Checks, ev.Checks...)
	}
	if ev.Action < 0 {
		return
	}
	a := &m.result.Actions[ev.Action]
	a.State = ev.State
	if ev.Note != "" || ev.State != Running {
		a.Note = ev.Note // what it waited for is over with it
	}
	if ev.Err != nil {
		a.Problem = Explain(ev.Err)
		if m.problem == nil {
			m.problem = a.Problem
		}
	}
	if ev.Receipt != "" {
		m.receipt = clean.Text(ev.Receipt)
	}
}

func (m *Machine) finish() {
	m.phase = Finished
	if v := m.run.Version(); v.ID != "" && m.changed && !m.result.Chain {
		m.result.About.SecretVersion = v.String()
	}
	if !m.unfinished() { // nobody will need the token again
		m.wipe()
		debug.FreeOSMemory() // and with it go copies that libraries let go of
	}
}

// Interrupt lets the actions under way end and starts no further.
func (m *Machine) Interrupt() {
	m.interrupted = true
	if m.run != nil {
		m.run.Stop()
	}
}

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
	Title, Says string
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

func (m *Machine) show(s Step) string {
	if s.Show != nil {
		return s.Show(m.draft)
	}
	return m.answers[s.ID].Text
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

package engine

import (
	"context"
	"runtime/debug"
	"slices"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
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
	if !ev.Note.Empty() || ev.State != Running {
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
	if m.problem == nil {
		m.problem = m.result.Remains
	}
	if v := m.run.Version(); v.ID != "" && m.changed && !m.result.Chain {
		m.result.About.SecretVersion = v.String()
	}
	m.tellRest()
	if !m.unfinished() { // nobody will need the token again
		m.wipe()
		debug.FreeOSMemory() // and with it go copies that libraries let go of
	}
}

// tellRest adds to the problem of a run that is partly done how it comes to an
// end, unless to run it again is enough.
func (m *Machine) tellRest() {
	stopped := m.problem
	if stopped == nil || !m.changed || m.result.Chain || repeatable(stopped.Kind) {
		return
	}
	told := *stopped
	told.Hints = append(slices.Clone(stopped.Hints), sentences(text.New("Then run the same command again to finish the rest"))...)
	if m.result.Undoes == "" {
		told.Hints = append(told.Hints, check.Hint{Says: text.New("Or undo what this run changed:"), Command: "upstreamauth undo"})
	}
	for i := range m.result.Actions {
		if m.result.Actions[i].Problem == stopped {
			m.result.Actions[i].Problem = &told
		}
	}
	m.problem = &told
}

// repeatable reports whether running the same command again may be enough after a
// failure of that kind.
func repeatable(k cloud.Kind) bool {
	switch k {
	case cloud.GrantPending, cloud.AlreadyExists, "":
		return true
	default:
		return cloud.Passing(&cloud.Error{Kind: k})
	}
}

// Interrupt lets the actions under way end and starts no further.
func (m *Machine) Interrupt() {
	m.interrupted = true
	if m.run != nil {
		m.run.Stop()
	}
}

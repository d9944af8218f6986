package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// Look tells the machine what the person is looking at: the highlighted choice
// or the text so far. It is checked once it has stayed the same for LookDelay.
func (m *Machine) Look(a Answer) []Job {
	if m.phase != Asking || !m.ready || m.submitted || (m.looking != nil && same(*m.looking, a)) {
		return nil
	}
	m.forgetLook()
	if a.Text == "" && a.Secret.Empty() {
		return nil
	}
	if err := m.consider(a); err != nil {
		m.refuse(err)
		return nil
	}
	m.tentative.Looking = true
	return m.check(m.LookDelay)
}

// forgetLook drops what was noticed about another answer.
func (m *Machine) forgetLook() {
	if cancel := m.cancels["check"]; cancel != nil {
		cancel()
		delete(m.cancels, "check")
	}
	m.looking, m.checking, m.confirm, m.problem = nil, false, false, nil
	delete(m.found, m.steps[m.at].ID)
}

// consider takes an answer tentatively.
func (m *Machine) consider(a Answer) error {
	d := m.draft.clone()
	if err := m.steps[m.at].Record(&d, a); err != nil {
		return err
	}
	m.looking, m.tentative = &a, d
	return nil
}

func same(a, b Answer) bool { return a.Text == b.Text && a.Secret.Equal(b.Secret) }

// Submit answers the question. It refuses an answer to a question that is not
// ready (ErrNotReady), one whose form is wrong, and one that a finding stands
// against (ErrBlocked). With ErrConfirm, submitting the same answer once more
// accepts its warnings. With nil the machine moves on, now or when its check,
// which is among the jobs, is over.
func (m *Machine) Submit(a Answer) ([]Job, error) {
	if m.phase != Asking || !m.ready || m.submitted {
		return nil, ErrNotReady
	}
	if a.From == "" {
		a.From = Asked
	}
	if m.prompt.Kind == Token && a.Secret.Empty() && !m.previous.Secret.Empty() {
		a = m.previous
	}
	if m.looking == nil || !same(*m.looking, a) {
		m.forgetLook()
		if err := m.consider(a); err != nil {
			m.refuse(err)
			return nil, err
		}
	} else if !m.checking && m.problem == nil && !m.half() {
		if m.confirm {
			m.accepted[m.steps[m.at].ID] = warnings(m.Findings())
		}
		m.submitted = true
		return m.settle()
	}
	m.looking.From, m.tentative.Looking = a.From, false
	m.submitted = true
	return m.check(0), nil
}

// half tells that the check may have left something out because the answer was
// only looked at.
func (m *Machine) half() bool {
	worst := check.Worst(m.Findings())
	return m.tentative.Looking && (worst == check.Warning || worst == check.Block && m.prompt.Kind == Token)
}

// check runs the step's check on the tentative draft.
func (m *Machine) check(delay time.Duration) []Job {
	s, d := m.steps[m.at], m.tentative
	if s.Check == nil {
		return m.checked(nil, nil)
	}
	m.checking, m.problem = true, nil
	return []Job{job(m, "check", func(ctx context.Context) ([]check.Finding, error) {
		if err := cloud.Rest(ctx, delay); err != nil {
			return nil, err
		}
		return s.Check(ctx, m.env, d)
	}, m.checked)}
}

func (m *Machine) checked(fs []check.Finding, err error) []Job {
	s := m.steps[m.at]
	m.checking = false
	if err != nil {
		m.problem = Explain(err)
		m.found[s.ID] = []check.Finding{{ID: s.ID, Level: check.Block, Says: m.problem.Title, Why: m.problem.Detail}}
		m.submitted = false
		return m.ask()
	}
	m.found[s.ID] = fs
	if m.submitted {
		jobs, _ := m.settle()
		return jobs
	}
	if check.Worst(fs) != check.Block {
		return m.warmNext()
	}
	return nil
}

// settle decides about a submitted answer whose findings are known.
func (m *Machine) settle() ([]Job, error) {
	s := m.steps[m.at]
	fs := m.found[s.ID]
	m.submitted = false
	switch check.Worst(fs) {
	case check.Block:
		return m.ask(), ErrBlocked
	case check.Warning:
		if s.Ask != nil && !m.AcceptWarnings && m.accepted[s.ID] != warnings(fs) {
			m.confirm = true
			return m.ask(), ErrConfirm
		}
	default:
	}
	m.draft, m.draft.Looking = m.tentative, false
	if s.Ask != nil {
		if old := m.answers[s.ID].Secret; !old.Is(m.looking.Secret) {
			old.Wipe() // another token took its place
		}
		m.answers[s.ID] = *m.looking
	}
	return m.forward(), nil
}

// warnings is what a person accepts: the same warnings are not asked about
// twice, others are.
func warnings(fs []check.Finding) string {
	var b strings.Builder
	for _, f := range fs {
		if f.Level == check.Warning {
			b.WriteString(f.Says.In(text.English) + "\n" + f.Why.In(text.English) + "\n")
		}
	}
	return b.String()
}

// Correct takes the right part of an answer that held more than it should, as
// a finding's remedy offers it.
func (m *Machine) Correct(c check.Correction) []Job {
	if m.phase != Asking || m.looking == nil {
		return nil
	}
	a := *m.looking
	if c.AllowRealm != "" && !slices.Contains(m.draft.Options.AllowRealms, c.AllowRealm) {
		m.draft.Options.AllowRealms = append(slices.Clone(m.draft.Options.AllowRealms), c.AllowRealm)
	}
	if c.Username != "" {
		if m.prompt.Kind == Token {
			m.draft = m.draft.clone()
			m.draft.Username = c.Username
			m.answers["username"] = Answer{Text: c.Username, From: Asked}
			m.draft.From["username"] = Asked
		} else {
			a.Text = c.Username
		}
	}
	if !c.Token.Empty() {
		a.Secret = c.Token
	}
	a.AsIs = c.AsIs
	m.forgetLook()
	if err := m.consider(a); err != nil {
		m.refuse(err)
		return nil
	}
	return m.check(0)
}

// CanBack tells whether there is a question to go back to.
func (m *Machine) CanBack() bool { return m.before() >= 0 && m.open() }

// open tells whether the answers can still be changed: before anything is
// applied, and again after a run that did not get through.
func (m *Machine) open() bool {
	return m.phase < Applying || m.phase == Finished && m.result != nil && m.unfinished()
}

func (m *Machine) before() int {
	for i := min(m.at, len(m.steps)) - 1; i >= 0; i-- {
		s := m.steps[i]
		settled := m.answers[s.ID].From == Only
		if s.Ask != nil && !settled && (s.When == nil || s.When(m.draft)) {
			return i
		}
	}
	return -1
}

// Back goes to the question before. Later answers are kept and checked again
// on the way forward.
func (m *Machine) Back() []Job {
	i := m.before()
	if i < 0 || !m.open() {
		return nil
	}
	if m.pending() && i < m.past.first {
		m.backToChain()
		return nil
	}
	if m.phase == Finished {
		m.env.Refresh()
	}
	m.at, m.result = i, nil
	m.move()
	if m.root.Then != nil && i < len(m.root.Steps) {
		m.flow, m.steps, m.plan, m.draft.Flow = m.root, m.root.Steps, m.root.Plan, m.root.ID
	}
	m.phase = Asking
	return m.ask()
}

// Retry does again what ended in a problem, asking Google anew.
func (m *Machine) Retry() []Job {
	if !m.open() {
		return nil
	}
	m.env.Refresh()
	m.env.refused.Forget() // what was wrong may have been put right
	if m.phase == Asking {
		return m.enter()
	}
	return m.planning()
}

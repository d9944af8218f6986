package engine

import (
	"errors"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// Status is how a run ended, in one word.
type Status string

// The statuses. Healthy and Broken are doctor's.
const (
	StatusDone    Status = "done"
	StatusPlanned Status = "planned"
	StatusFailed  Status = "failed"
	StatusPartial Status = "partial"
	StatusRefused Status = "refused"
	StatusHealthy Status = "healthy"
	StatusBroken  Status = "broken"
)

// Ending is what a run came to, in one of the ways that a caller tells apart.
type Ending string

// The endings.
const (
	EndedDone        Ending = "done"
	EndedFailed      Ending = "failed" // and changed nothing
	EndedPartial     Ending = "partial"
	EndedNotSignedIn Ending = "not-signed-in"
	EndedRejected    Ending = "rejected"    // the credential was, or something is broken
	EndedInterrupted Ending = "interrupted" // before the first write
)

// Report is how a flow ended, for the text and the JSON on standard output.
type Report struct {
	Flow string
	// Emulator is the host and port of the emulator that stood in for Google;
	// empty: Google.
	Emulator string
	Status   Status
	About    About
	Rows     []Row
	Actions  []Action
	Checks   []check.Finding
	Problem  *Problem
	// Receipt is the path of the run's receipt; empty where nothing was begun.
	Receipt string
	// Interrupted tells that the person ended the run, and At where it was then,
	// unless it was applying: which actions were left the report tells.
	Interrupted bool
	At          text.Text
	// Changed tells that something was written.
	Changed bool
	// Broken is the first broken link of doctor's chain, Unknown are those that
	// could not be looked at. Chain tells that Checks are such a chain.
	Chain   bool
	Broken  string
	Unknown []string
	// Faults are errors of Google's in full, for a support ticket.
	Faults []Fault
}

// Report says how the flow stands: what is planned, was done or stopped it.
func (m *Machine) Report() Report {
	if m.pending() {
		return m.past.report
	}
	r := Report{Flow: m.flow.ID, Problem: m.problem, Receipt: m.receipt, Interrupted: m.interrupted, Changed: m.changed}
	if m.interrupted {
		r.At = m.where()
	}
	if m.result == nil {
		r.Checks = m.allFindings()
		r.About = m.About().shown()
		r.Status = m.stopped(&r)
		return r
	}
	r.About, r.Rows, r.Actions, r.Checks = m.result.About.shown(), m.result.Rows, m.result.Actions, m.result.Checks
	if r.Chain = m.result.Chain; r.Chain {
		r.Broken, r.Unknown, r.Faults = Broken(r.Checks), Unseen(r.Checks), m.result.Faults
	}
	switch {
	case r.Chain && m.phase == Finished && m.problem == nil && !m.unfinished():
		r.Status = StatusHealthy
		if r.Broken != "" {
			r.Status = StatusBroken
		}
	case m.run == nil && m.problem == nil:
		r.Status = StatusPlanned
	case m.run == nil:
		r.Status = StatusFailed
	case m.problem == nil && !m.unfinished():
		r.Status = StatusDone
	case m.problem != nil && m.problem.Kind == cloud.UpstreamRejected:
		r.Status = StatusRefused
	case m.changed:
		r.Status = StatusPartial
	default:
		r.Status = StatusFailed
	}
	if r.Status == StatusPartial && r.Problem == nil {
		r.Problem = Explain(ErrInterrupted)
	}
	return r
}

// where is what the machine has come to, in words.
func (m *Machine) where() text.Text {
	switch m.phase {
	case Asking:
		return text.New("at the step %s", m.Step().Title)
	case Planning:
		return text.New("while the plan was being made")
	case Reviewing:
		return text.New("at the review")
	default:
		return text.Text{}
	}
}

// unfinished reports whether an action of the plan isn't done.
func (m *Machine) unfinished() bool {
	for _, a := range m.result.Actions {
		if a.State == Skipped || a.State == Failed || a.State == Planned {
			return true
		}
	}
	return false
}

// About is what can be said of the things before there is a plan.
func (m *Machine) About() About {
	d := m.draft
	if d.Project == "" {
		d = m.tentative
	}
	a := About{Project: d.Project, Username: d.Username}
	if p, ok := cloud.Known[cloud.Project](m.env.reads, cloud.Key("project", d.Project)); ok {
		a.Project, a.ProjectNumber, a.ServiceAgent = p.ID, p.Number, m.env.Cloud.ServiceAgent(p.Number)
	}
	if d.Repository == "" || d.Location == "" {
		return a
	}
	a.Repository.Name = cloud.RepositoryName{Project: d.Project, Location: d.Location, ID: d.Repository}
	if r, ok := cloud.Known[cloud.Repository](m.env.reads, cloud.Key("repository", a.Repository.Name.String())); ok {
		a.Repository, a.Upstream = r, TargetOf(r).BaseURL()
	}
	return a
}

// stopped is the status of a flow that ended at a question, with the finding
// that stopped it as the problem.
func (m *Machine) stopped(r *Report) Status {
	for _, f := range m.Findings() {
		if f.Level != check.Block {
			continue
		}
		if r.Problem == nil {
			r.Problem = &Problem{Title: f.Says, Detail: f.Why, Hints: HintsOf(f), Code: f.Code}
		}
		if ofCredential(m.Step().ID) && r.Problem.Kind == "" && f.Code != check.UpstreamNotRegistry {
			return StatusRefused
		}
	}
	return StatusFailed
}

// ofCredential tells whether a step's answer is a part of the credential.
func ofCredential(step string) bool { return step == StepUsername || step == StepToken }

// HintsOf are the hints of a problem that a finding becomes.
func HintsOf(f check.Finding) []check.Hint {
	if f.Remedy.Empty() {
		return nil
	}
	return []check.Hint{*f.Remedy}
}

// Ending is what the run came to.
func (r Report) Ending() Ending {
	switch {
	case r.Problem != nil && r.Problem.Kind == cloud.NotSignedIn && r.Status != StatusPartial:
		return EndedNotSignedIn
	case r.Interrupted && !r.Changed && r.Status != StatusDone:
		return EndedInterrupted
	}
	switch r.Status {
	case StatusDone, StatusPlanned, StatusHealthy:
		return EndedDone
	case StatusPartial:
		return EndedPartial
	case StatusRefused, StatusBroken:
		return EndedRejected
	default:
		return EndedFailed
	}
}

// Usage is an answer whose form is wrong.
type Usage struct {
	Title, Detail text.Text
	Hints         []check.Hint
	// Code names the kind of mistake; empty: any wrong form.
	Code check.Code
}

// Error gives the title and the detail.
func (u *Usage) Error() string {
	if u.Detail.Empty() {
		return u.Title.In(text.English)
	}
	return u.Title.In(text.English) + ": " + u.Detail.In(text.English)
}

// IsUsage tells whether an error is about an answer's form.
func IsUsage(err error) bool {
	_, ok := errors.AsType[*Usage](err)
	return ok
}

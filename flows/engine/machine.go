// Package engine is how any flow runs: its questions one after another, its plan,
// the run that applies it, the receipt that it leaves and the report at its end.
// It knows no flow.
package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/parallel"
)

// Phase is where a machine stands.
type Phase int

// The phases in their order.
const (
	Asking Phase = iota
	Planning
	Reviewing
	Applying
	Finished
)

// ErrNotReady refuses an answer to a question that is not asked yet, so that
// an Enter typed too early cannot answer it.
var ErrNotReady = errors.New("the question is not ready yet")

// ErrBlocked says that a finding stands against the answer.
var ErrBlocked = errors.New("this answer cannot be used")

// ErrConfirm says that a warning stands against the answer; submitting it
// once more accepts it.
var ErrConfirm = errors.New("submit again to go on all the same")

// Machine steps through a flow. It does no input or output and starts no
// goroutine: what takes time is handed out as Jobs, whose Results the front
// end delivers. It is not safe for concurrent use; its jobs are.
type Machine struct {
	// AcceptWarnings goes on in spite of warnings; they stay among the findings.
	AcceptWarnings bool
	// Approved applies the plan as soon as it is made; DryRun ends the flow
	// where it would be applied.
	Approved, DryRun bool
	// Unattended takes the default where only a person can answer.
	Unattended bool
	// LookDelay is how long an answer must stay the same before it is checked
	// while the person looks at it.
	LookDelay time.Duration

	env      *Env
	root     *Flow // the first flow
	flow     *Flow // the one that it led to
	steps    []Step
	plan     func(ctx context.Context, e *Env, d Draft) (*Plan, error)
	draft    Draft
	answers  map[string]Answer // given by flags or in person; kept when going back
	accepted map[string]string // the warnings that were accepted, by step
	found    map[string][]check.Finding

	phase Phase
	at    int
	// seq is the number of the question; results of an earlier one are stale.
	seq     uint64
	cancels map[string]context.CancelFunc // of this question's jobs
	warms   map[string]context.CancelFunc // of jobs that read ahead
	ahead   *ahead

	prompt    Prompt
	ready     bool // the first batch is there
	complete  bool // the last batch is there
	source    *puller
	previous  Answer  // what was answered before going back
	looking   *Answer // what the findings on show are about
	tentative Draft   // the draft with that answer in it
	checking  bool
	submitted bool // the answer under check was submitted
	confirm   bool // warnings stand against the answer that was submitted
	problem   *Problem

	result      *Plan
	run         *Run
	receipt     string // the path of the run's receipt
	changed     bool   // the run has written something
	interrupted bool
	past        *past // what a mending goes on from
}

// New makes a machine for a flow. Answers that are given are not asked for.
func New(e *Env, f *Flow, given map[string]Answer, o Options) *Machine {
	m := &Machine{
		LookDelay: 300 * time.Millisecond,
		env:       e, root: f, flow: f, steps: f.Steps, plan: f.Plan,
		draft:    Draft{Flow: f.ID, Options: o}.clone(),
		answers:  maps.Clone(given),
		accepted: map[string]string{}, found: map[string][]check.Finding{},
		cancels: map[string]context.CancelFunc{}, warms: map[string]context.CancelFunc{}, ahead: &ahead{},
	}
	if m.answers == nil {
		m.answers = map[string]Answer{}
	}
	return m
}

// TakeDefaults answers, where nobody can be asked, what has a default and was
// not given. It is called before Begin.
func (m *Machine) TakeDefaults() {
	for _, s := range m.steps {
		if _, ok := m.answers[s.ID]; !ok && s.Default != "" {
			m.answers[s.ID] = Answer{Text: s.Default, From: Default}
		}
	}
}

// Unneeded are the flags whose answers were given and whose questions do not
// arise, or have turned out to need no answer.
func (m *Machine) Unneeded() []string {
	var flags []string
	for _, s := range m.steps {
		left := slices.ContainsFunc(m.found[s.ID], func(f check.Finding) bool { return f.ID == Unneeded })
		if m.answers[s.ID].From == Flag && (left || s.When != nil && !s.When(m.draft)) {
			flags = append(flags, s.Flag)
		}
	}
	return flags
}

// Job is something that takes time. Run may be called once, from any goroutine.
type Job struct {
	run func() Result
	// Ahead tells that nothing waits for the job: it only reads what will be
	// needed later.
	Ahead bool
}

// Run does the job.
func (j Job) Run() Result { return j.run() }

// Result is what a job found out, for Deliver.
type Result struct {
	seq   uint64
	apply func() []Job
}

// job makes a job whose result is dropped if the machine has moved on. Another
// one of the same name cancels it.
func job[T any](m *Machine, name string, work func(ctx context.Context) (T, error), deliver func(T, error) []Job) Job {
	if cancel := m.cancels[name]; cancel != nil {
		cancel()
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancels[name] = cancel
	seq := m.seq
	return Job{run: func() Result {
		defer cancel()
		value, err := parallel.Guard(func() (T, error) { return work(ctx) })
		if ctx.Err() != nil {
			return Result{}
		}
		return Result{seq: seq, apply: func() []Job { return deliver(value, err) }}
	}}
}

// Deliver takes a job's result and returns the jobs that follow from it.
func (m *Machine) Deliver(r Result) []Job {
	if r.apply == nil || r.seq != m.seq {
		return nil
	}
	return r.apply()
}

// move leaves the question: results that are still to come are stale, and
// their jobs are cancelled.
func (m *Machine) move() {
	m.seq++
	for name, cancel := range m.cancels {
		cancel()
		delete(m.cancels, name)
	}
	if m.source != nil {
		m.source.stop()
		m.source = nil
	}
	m.prompt, m.ready, m.complete, m.previous = Prompt{}, false, false, Answer{}
	m.looking, m.checking, m.submitted, m.confirm, m.problem = nil, false, false, false, nil
}

// Leave cancels everything that is under way.
func (m *Machine) Leave() {
	m.move()
	for _, cancel := range m.warms {
		cancel()
	}
}

// Close cancels everything that is under way and wipes the token.
func (m *Machine) Close() {
	m.Leave()
	m.wipe()
}

// wipe overwrites every token.
func (m *Machine) wipe() {
	m.stopAhead()
	m.draft.Token.Wipe()
	m.tentative.Token.Wipe()
	for _, a := range m.answers {
		a.Secret.Wipe()
	}
	m.env.Close()
}

// Begin starts the flow.
func (m *Machine) Begin() []Job {
	m.phase, m.at = Asking, -1
	ahead := m.warmGiven()
	return append(m.forward(), ahead...)
}

// forward enters the next step that arises, or the planning after the last.
func (m *Machine) forward() []Job {
	for m.at++; m.at < len(m.steps); m.at++ {
		if s := m.steps[m.at]; s.When == nil || s.When(m.draft) {
			return m.enter()
		}
	}
	if then := m.then(); then != nil {
		m.flow, m.plan, m.draft.Flow = then, then.Plan, then.ID
		m.steps = append(m.steps[:len(m.steps):len(m.steps)], then.Steps...)
		m.at--
		return m.forward()
	}
	m.move()
	if m.plan == nil {
		m.phase = Finished
		return nil
	}
	return m.planning()
}

// Outside tells that what was chosen goes on without the machine, as which
// command.
func (m *Machine) Outside() (command string, outside bool) {
	return m.flow.ID, m.phase == Finished && m.flow.Outside
}

func (m *Machine) then() *Flow {
	if m.flow.Then == nil {
		return nil
	}
	return m.flow.Then(m.draft)
}

// enter opens the step at m.at: by the answer that is known already, or by
// asking.
func (m *Machine) enter() []Job {
	m.move()
	m.phase = Asking
	s := m.steps[m.at]
	a, known := m.answers[s.ID]
	if !known && s.InPerson && m.Unattended {
		a, known = Answer{Text: s.Default, From: Default}, true
	}
	if !known && s.Ask != nil {
		return m.ask()
	}
	d := m.draft.clone()
	if err := s.Record(&d, a); err != nil {
		m.refuse(err)
		return m.ask()
	}
	m.looking, m.tentative, m.submitted = &a, d, true
	return m.check(0)
}

// Record takes an answer, and records where it comes from.
func (s Step) Record(d *Draft, a Answer) error {
	if s.Ask == nil {
		return nil
	}
	if err := s.Take(d, a); err != nil {
		return err
	}
	d.From[s.ID] = a.From
	return nil
}

// refuse shows why an answer's form is wrong.
func (m *Machine) refuse(err error) {
	p := Explain(err)
	s := m.steps[m.at]
	f := check.Finding{ID: s.ID, Level: check.Block, Says: p.Title, Why: p.Detail}
	if len(p.Hints) > 0 {
		f.Remedy = &p.Hints[0]
	}
	m.found[s.ID] = []check.Finding{f}
}

// ask starts to read what the prompt needs, unless that goes on already.
func (m *Machine) ask() []Job {
	s := m.steps[m.at]
	if s.Ask == nil || m.source != nil {
		return nil
	}
	m.previous = m.answers[s.ID]
	ctx, cancel := context.WithCancel(context.Background())
	m.source = pull(s.Ask(ctx, m.env, m.draft), cancel)
	return []Job{m.batch()}
}

// batch reads one batch of the prompt.
func (m *Machine) batch() Job {
	source, seq := m.source, m.seq
	return Job{run: func() Result {
		p, more, err := source.next()
		return Result{seq: seq, apply: func() []Job {
			if err != nil {
				m.problem = Explain(err)
			}
			if err != nil || !more {
				m.ready, m.complete = true, true
				return nil
			}
			if p.Settled != "" && m.looking == nil {
				return m.settled(p)
			}
			m.merge(p)
			return []Job{m.batch()}
		}}
	}}
}

// settled takes the only answer that makes sense.
func (m *Machine) settled(p Prompt) []Job {
	m.merge(p)
	jobs, err := m.Submit(Answer{Text: p.Settled, From: Only})
	if err != nil {
		m.problem = Explain(err)
	}
	return jobs
}

// merge adds a batch to the prompt.
func (m *Machine) merge(p Prompt) {
	if !m.ready {
		m.prompt, m.ready = p, true
		return
	}
	if p.Sorted {
		m.prompt.Options, m.prompt.Sorted = p.Options, true
	} else {
		m.prompt.Options = append(m.prompt.Options, p.Options...)
	}
	m.prompt.Notes = append(m.prompt.Notes, p.Notes...)
	if p.Empty != nil {
		m.prompt.Empty = p.Empty
	}
	if p.Proposal != "" {
		m.prompt.Proposal = p.Proposal
	}
}

package engine

import (
	"context"
	"errors"
	"slices"
	"sync"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
)

// Run is a plan being applied. Actions that do not need each other run side by
// side; a failure or Stop lets those under way end and starts no further.
type Run struct {
	Env  *Env
	Plan *Plan

	events  chan Event
	stop    chan struct{}
	stopped sync.Once
	begun   sync.Once

	mu      sync.Mutex
	version cloud.VersionName // the version to use, once it is known
	adopted bool              // it is another run's
	changed bool              // something was written
	unsure  text.Text         // why no pull has proven what was changed

	// receipt is being written; nil before the run begins.
	receipt *openReceipt
}

// Event is news of one action.
type Event struct {
	// Action is the index in the plan; negative: news of the whole.
	Action  int
	State   State
	Note    text.Text
	Err     error
	Checks  []check.Finding
	About   *About
	Receipt string // the receipt's path, with the first event
	// Changed tells whether the run has written anything so far.
	Changed bool
}

// newRun works on a copy of the plan: the plan on show changes with each event.
// Its actions reach Google through a recorder of writes.
func newRun(e *Env, p *Plan) *Run {
	own, seen := *p, *e
	own.Actions, own.Checks = slices.Clone(p.Actions), slices.Clone(p.Checks)
	r := &Run{Env: &seen, Plan: &own, events: make(chan Event), stop: make(chan struct{})}
	seen.Cloud = cloud.RecordWrites(e.Cloud, r.wrote)
	return r
}

// wrote notes that something was, or may have been, written.
func (r *Run) wrote() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = true
}

// Next waits for the next event; more is false when the run is over. The
// first call starts the run.
func (r *Run) Next(ctx context.Context) (ev Event, more bool) {
	r.begun.Do(func() { go r.apply(ctx) })
	ev, more = <-r.events
	return ev, more
}

// Stop lets the actions under way end, and starts no further.
func (r *Run) Stop() { r.stopped.Do(func() { close(r.stop) }) }

// Version is the secret version that the repository is to use.
func (r *Run) Version() cloud.VersionName {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.version
}

// SetVersion records it.
func (r *Run) SetVersion(v cloud.VersionName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version = v
}

// Adopt records that the version to use is one that another run relies on.
func (r *Run) Adopt(v cloud.VersionName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version, r.adopted = v, true
}

// Adopted tells whether the version to use is another run's.
func (r *Run) Adopted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.adopted
}

// Doubt notes what a proof could not prove, for doubts.
func (r *Run) Doubt(proof []check.Finding, skipped bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case skipped:
		r.unsure = text.New("The pull that would verify the new version was skipped")
	case check.Worst(proof) != check.OK && check.Worst(proof) != check.Note:
		r.unsure = Merge(proof).Says
	}
}

// Doubts is why no pull has proven what was changed; empty: one has.
func (r *Run) Doubts() text.Text {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unsure
}

// Changed tells whether any action has written something.
func (r *Run) Changed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// actionKey carries the key of the action that is under way.
type actionKey struct{}

// withAction names the action that a call is made for.
func withAction(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, actionKey{}, key)
}

func (r *Run) isStopped() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// apply runs the actions and owns the receipt.
func (r *Run) apply(ctx context.Context) {
	defer close(r.events)
	c := &course{Run: r, results: make(chan result)}
	for _, a := range r.Plan.Actions {
		c.states = append(c.states, a.State)
	}
	if _, err := parallel.Guard(func() (struct{}, error) { return struct{}{}, c.follow(ctx) }); err != nil {
		c.giveUp(err)
	}
}

// course is how far a run is. It belongs to the goroutine that applies it.
type course struct {
	*Run
	states  []State // of the plan's actions
	running int     // how many actions are under way
	broken  bool    // one has failed: no further one starts
	results chan result
}

// result is how the action at an index has ended.
type result struct {
	index   int
	outcome Outcome
	err     error
}

// follow leads the run to its end. An error is one that no action has met.
func (c *course) follow(ctx context.Context) (err error) {
	if c.receipt, err = c.Env.Receipts.open(c.Env.Now, c.Plan); err != nil {
		return err
	}
	for c.startReady(ctx); c.running > 0; c.startReady(ctx) {
		c.end(<-c.results)
	}
	skipped := c.skipRest(nil)
	if c.Plan.Look != nil && skipped {
		if o, err := parallel.Guard(func() (Outcome, error) { return c.Plan.Look(ctx, c.Run) }); err == nil {
			c.send(Event{Action: -1, Checks: o.Checks, About: o.About, Changed: c.Changed()})
		}
	}
	return nil
}

// giveUp lets what is under way come to its end, of which nothing can be
// written down any more.
func (c *course) giveUp(why error) {
	for ; c.running > 0; c.running-- {
		<-c.results
	}
	for i, s := range c.states {
		if s == Running {
			c.send(Event{Action: i, State: Failed, Err: why, Changed: c.Changed()})
		}
	}
	c.skipRest(why)
}

// startReady starts every action whose needs are met.
func (c *course) startReady(ctx context.Context) {
	for i, a := range c.Plan.Actions {
		if c.broken || c.isStopped() {
			return
		}
		if c.states[i] != Planned || !c.satisfied(a, c.states) {
			continue
		}
		if err := c.receipt.begin(i); err != nil {
			c.broken, c.states[i] = true, Failed
			c.send(Event{Action: i, State: Failed, Err: err, Changed: c.Changed()})
			return
		}
		c.states[i] = Running
		c.running++
		c.send(Event{Action: i, State: Running, Receipt: c.receipt.path, Changed: c.Changed()})
		go func() {
			o, err := parallel.Guard(func() (Outcome, error) { return a.Do(withAction(ctx, a.Unique()), c.Run) })
			c.results <- result{i, o, err}
		}()
	}
}

// end takes in how an action has ended, and writes it down.
func (c *course) end(e result) {
	c.running--
	o, err := e.outcome, e.err
	if err != nil {
		c.broken = true
		o.State = Failed
	}
	c.mu.Lock()
	c.changed = (c.changed || len(o.Changes) > 0) && !o.TakenBack
	c.mu.Unlock()
	c.states[e.index] = o.State
	if unkept := c.receipt.end(e.index, o, c.Version()); unkept != nil && err == nil {
		c.broken = true
		err = unkept
	}
	c.send(Event{Action: e.index, State: o.State, Note: o.Note, Err: err, Checks: o.Checks, About: o.About, Receipt: c.receipt.path, Changed: c.Changed()})
}

// skipRest gives up what was not begun. The first of it carries the reason, if
// there is one.
func (c *course) skipRest(why error) (skipped bool) {
	for i, s := range c.states {
		if s != Planned {
			continue
		}
		c.send(Event{Action: i, State: Skipped, Err: why, Changed: c.Changed()})
		why, skipped = nil, true
	}
	return skipped
}

func (r *Run) satisfied(a Action, states []State) bool {
	for i, other := range r.Plan.Actions {
		if slices.Contains(a.Needs, other.Unique()) && states[i] != Done && states[i] != Already {
			return false
		}
	}
	return true
}

func (r *Run) send(e Event) { r.events <- e }

// Say tells what an action is waiting for.
func (r *Run) Say(id string, note text.Text) {
	for i, a := range r.Plan.Actions {
		if a.Unique() == id {
			r.send(Event{Action: i, State: Running, Note: note, Changed: r.Changed()})
		}
	}
}

// ErrInterrupted ends a wait because the run was stopped.
var ErrInterrupted = errors.New("interrupted")

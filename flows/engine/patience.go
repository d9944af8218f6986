package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"example.com/upstreamauth/flows/text"
)

// Patience is a bounded wait with growing pauses.
type Patience struct {
	Limit time.Duration
	Now   func() time.Time
	began time.Time
	step  time.Duration
}

// Pause waits a while, with full jitter, and says so; it fails when patience
// is at its end, or the run was stopped.
func (r *Run) Pause(ctx context.Context, p *Patience, id string, why text.Text) error {
	if p.began.IsZero() {
		p.began, p.step = p.Now(), 250*time.Millisecond
	}
	waited := p.Now().Sub(p.began)
	if waited >= p.Limit {
		return context.DeadlineExceeded
	}
	if key, ok := ctx.Value(actionKey{}).(string); ok {
		id = key // several actions of a plan may do the same
	}
	r.Say(id, text.New("%s (%s so far)", why, waited))
	d := p.step/2 + rand.N(p.step/2+1) //nolint:gosec // jitter needs no secrecy
	p.step = min(2*p.step, 10*time.Second)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-r.stop:
		return ErrInterrupted
	case <-ctx.Done():
		return ctx.Err()
	}
}

package flows

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// grantAccess lets the service agent read the secret.
func grantAccess(s secretState, agent string, policy Policy, project string) *Action {
	member := memberPrefix + agent
	a := &Action{ID: ActGrant, State: Planned, Needs: []string{ActCreateSecret},
		Says: "let " + agent + " read the secret " + s.name.ID,
		Command: fmt.Sprintf("gcloud secrets add-iam-policy-binding %s --project=%s --member=%s --role=%s",
			s.name.ID, s.name.Project, member, AccessorRole)}
	if grants(policy, AccessorRole, member) {
		a.State, a.Note = Already, "it may read it"
		return a
	}
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) {
		changed, note, err := r.grant(ctx, s.name, member, project)
		if err != nil {
			return Outcome{}, err
		}
		if !changed {
			return Outcome{State: Already, Note: "it may read it"}, nil
		}
		return Outcome{State: Done, Note: note, Changes: []Change{{Kind: AccessGranted, Resource: s.name.String(), Member: member}}}, nil
	}
	return a
}

// agentAppears is how long a service agent that was just made may still be
// unknown to IAM.
const agentAppears = time.Minute

// grant grants, and makes the service agent first where IAM does not know it:
// Google makes it with the first repository, or when asked.
func (r *Run) grant(ctx context.Context, name SecretName, member, project string) (changed bool, note string, err error) {
	wait := patience{limit: agentAppears, now: r.Env.Now}
	for made := false; ; {
		changed, err = r.Env.Cloud.Grant(ctx, name, AccessorRole, member)
		if KindOf(err) != AgentMissing {
			return changed, note, err
		}
		if !made {
			r.Say(ActGrant, "making the service agent, which does not exist yet")
			if err := r.Env.Cloud.CreateServiceAgent(ctx, project); err != nil {
				return false, "", err
			}
			made, note = true, "the service agent was made first"
			continue
		}
		if r.pause(ctx, &wait, ActGrant, "waiting for the new service agent to be known") != nil {
			return false, "", err
		}
	}
}

// patience is a bounded wait with growing pauses.
type patience struct {
	limit time.Duration
	now   func() time.Time
	began time.Time
	step  time.Duration
}

// pause waits a while, with full jitter, and says so; it fails when patience
// is at its end, or the run was stopped.
func (r *Run) pause(ctx context.Context, p *patience, id, why string) error {
	if p.began.IsZero() {
		p.began, p.step = p.now(), 250*time.Millisecond
	}
	waited := p.now().Sub(p.began)
	if waited >= p.limit {
		return context.DeadlineExceeded
	}
	if key, ok := ctx.Value(actionKey{}).(string); ok {
		id = key // several actions of a plan may do the same
	}
	r.Say(id, fmt.Sprintf("%s, %d s so far", why, int(waited.Seconds())))
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

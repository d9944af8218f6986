package flows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// grantAccess lets the service agent read the secret.
func grantAccess(s secretState, agent string, policy Policy, project string) *Action {
	member := memberPrefix + agent
	a := &Action{ID: ActGrant, State: Planned, Needs: []string{ActCreateSecret},
		Says:    "let " + agent + " read the secret " + s.name.ID,
		Command: grantCommand(s.name, agent)}
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
	made, err := r.withAgent(ctx, ActGrant, project, ArtifactRegistryAPI, func() (err error) {
		changed, err = r.Env.Cloud.Grant(ctx, name, AccessorRole, member)
		return err
	})
	if made {
		note = "the service agent was made first"
	}
	return changed, note, err
}

// withAgent does what a service's agent is needed for, and creates the agent
// first where it doesn't exist.
func (r *Run) withAgent(ctx context.Context, id, project, service string, do func() error) (made bool, err error) {
	wait := patience{limit: agentAppears, now: r.Env.Now}
	for {
		err := do()
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != AgentMissing || cmp.Or(e.Service, service) != service {
			return made, err
		}
		if !made {
			r.Say(id, "making the service agent, which does not exist yet")
			if err := r.Env.Cloud.CreateServiceAgent(ctx, project, service); err != nil {
				return false, err
			}
			made = true
			continue
		}
		if r.pause(ctx, &wait, id, "waiting for the new service agent to be known") != nil {
			return made, err
		}
	}
}

// ungranted says why a refusal to read the secret would not pass with time:
// this run grants nothing, and there is no grant that could be spreading. Where
// that cannot be seen, it is nil, and worth the wait.
func (r *Run) ungranted(ctx context.Context, secret SecretName) *Problem {
	agent := r.Plan.About.ServiceAgent
	if agent == "" || slices.ContainsFunc(r.Plan.Actions, func(a Action) bool { return a.ID == ActGrant && a.State == Planned }) {
		return nil
	}
	member := memberPrefix + agent
	own, err := r.Env.Cloud.SecretPolicy(ctx, secret)
	if err != nil || readsBy(own, member) != "" {
		return nil
	}
	above, err := r.Env.Cloud.ProjectPolicy(ctx, secret.Project)
	if err == nil && readsBy(above, member) != "" {
		return nil
	}
	p := &Problem{Title: "The service agent may not read the secret " + secret.ID, Kind: PermissionDenied,
		Detail: "nothing on it gives " + agent + " the role " + AccessorRole,
		Hints:  []string{grantCommand(secret, agent), "then run the same command again"}}
	if condition := cmp.Or(conditionOn(own, member), conditionOn(above, member)); condition != "" {
		p.Detail = agent + " has access only under a condition, which does not hold for it: " + condition
	}
	if err != nil {
		p.Detail += "; what its project grants could not be seen"
	}
	return p
}

// conditionOn is the condition under which alone a policy lets a member read
// secrets.
func conditionOn(p Policy, member string) string {
	for _, b := range p.Bindings {
		if slices.Contains(readerRoles, b.Role) && b.Condition != "" && slices.Contains(b.Members, member) {
			return b.Condition
		}
	}
	return ""
}

func grantCommand(secret SecretName, agent string) string {
	return fmt.Sprintf("gcloud secrets add-iam-policy-binding %s --project=%s --member=%s --role=%s",
		secret.ID, secret.Project, memberPrefix+agent, AccessorRole)
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
		return errInterrupted
	case <-ctx.Done():
		return ctx.Err()
	}
}

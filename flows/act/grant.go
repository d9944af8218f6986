// Package act holds the changes that a plan is made of, one a file. Each looks at
// what is there before it writes, and changes nothing when it is done again.
package act

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// GrantAccess lets the service agent read the secret.
func GrantAccess(s state.SecretState, agent string, policy cloud.Policy, project string) *engine.Action {
	member := cloud.MemberPrefix + agent
	a := &engine.Action{ID: engine.ActGrant, State: engine.Planned, Needs: []string{engine.ActCreateSecret},
		Says:    text.New("grant %s access to secret %q", agent, s.Name.ID),
		Command: cloud.GrantCommand(s.Name, agent)}
	if cloud.Grants(policy, cloud.AccessorRole, member) {
		a.State, a.Note = engine.Already, text.New("It has access")
		return a
	}
	a.Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
		is := r.CreatedOf(ctx, s.Name)
		if engine.Another(s.Info.CreateTime, is) {
			return engine.Outcome{}, engine.SecretMadeAnew(s.Name)
		}
		granted := engine.Change{Kind: engine.AccessGranted, Resource: s.Name.String(), Member: member, Created: engine.When(is)}
		changed, note, err := grant(ctx, r, s.Name, granted, project)
		if err != nil {
			return engine.Outcome{}, err
		}
		if !changed {
			return engine.Outcome{State: engine.Already, Note: text.New("It has access")}, nil
		}
		return engine.Outcome{State: engine.Done, Note: note, Changes: []engine.Change{granted}}, nil
	}
	return a
}

// AgentAppears is how long a service agent that was just made may still be
// unknown to IAM.
const AgentAppears = time.Minute

// grant grants, and makes the service agent first where IAM does not know it:
// Google makes it with the first repository, or when asked.
func grant(ctx context.Context, r *engine.Run, name cloud.SecretName, granted engine.Change, project string) (changed bool, note text.Text, err error) {
	made, err := withAgent(ctx, r, engine.ActGrant, project, cloud.ArtifactRegistryAPI, func() error {
		return r.WriteIf(ctx, granted, func() (bool, error) {
			changed, err = r.Env.Cloud.Grant(ctx, name, cloud.AccessorRole, granted.Member)
			return changed, err
		})
	})
	if made {
		note = text.New("Created the service agent first")
	}
	return changed, note, err
}

// withAgent does what a service's agent is needed for, and creates the agent
// first where it doesn't exist.
func withAgent(ctx context.Context, r *engine.Run, id, project, service string, do func() error) (made bool, err error) {
	wait := engine.Patience{Limit: AgentAppears, Now: r.Env.Now}
	for {
		err := do()
		if e, ok := errors.AsType[*cloud.Error](err); !ok || e.Kind != cloud.AgentMissing || cmp.Or(e.Service, service) != service {
			return made, err
		}
		if !made {
			r.Say(id, text.New("Creating the service agent, which doesn't exist yet"))
			agent := engine.Change{Kind: engine.AgentMade, Resource: "projects/" + project}
			if err := r.Write(ctx, agent, func() error { return r.Env.Cloud.CreateServiceAgent(ctx, project, service) }); err != nil {
				return false, err
			}
			made = true
			continue
		}
		if r.Pause(ctx, &wait, id, text.New("Waiting until IAM knows the new service agent")) != nil {
			return made, err
		}
	}
}

// ungranted says why a refusal to read the secret would not pass with time:
// this run grants nothing, and there is no grant that could be spreading. Where
// that cannot be seen, it is nil, and worth the wait.
func ungranted(ctx context.Context, r *engine.Run, secret cloud.SecretName) *engine.Problem {
	agent := r.Plan.About.ServiceAgent
	if agent == "" || slices.ContainsFunc(r.Plan.Actions, func(a engine.Action) bool { return a.ID == engine.ActGrant && a.State == engine.Planned }) {
		return nil
	}
	member := cloud.MemberPrefix + agent
	own, err := r.Env.Cloud.SecretPolicy(ctx, secret)
	if err != nil {
		return nil
	}
	above, err := r.Env.Cloud.ProjectPolicy(ctx, secret.Project)
	a := state.AccessOf(ctx, r.Env, member, state.Layer{Policy: own}, state.Layer{Policy: above})
	if a.Role != "" {
		return nil
	}
	p := &engine.Problem{Code: check.GrantMissing, Kind: cloud.PermissionDenied,
		Title:  text.New("Artifact Registry may not read the secret %q", secret.ID),
		Detail: text.New("Its service agent %s has no grant of %s", agent, cloud.AccessorRole),
		Hints:  []check.Hint{{Says: text.New("Grant it, then run the same command again:"), Command: cloud.GrantCommand(secret, agent)}}}
	if a.Condition != "" {
		p.Detail = text.New("Its service agent %s only has access under a condition that isn't met: %s", agent, a.Condition)
	} else if len(a.Unsure) > 0 {
		p.Detail = text.Also(append([]text.Text{p.Detail}, a.Unsure...)...)
	}
	if err != nil {
		p.Detail = text.Also(p.Detail, text.New("grants on its project can't be seen"))
	}
	return p
}

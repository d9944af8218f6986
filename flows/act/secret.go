package act

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/wording"
)

// CreateSecret makes the secret where there is none.
func CreateSecret(d engine.Draft, s state.SecretState) *engine.Action {
	spec := SpecOf(d)
	a := &engine.Action{ID: engine.ActCreateSecret, Says: "create the secret " + s.Name.ID, State: engine.Planned, Needs: []string{engine.ActEnableAPIs},
		Command: CreateCommand(s.Name, spec)}
	if s.Exists {
		a.State, a.Note = engine.Already, "it exists"
		return a
	}
	a.Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
		changes, err := createNow(ctx, r, s.Name, spec)
		made := slices.Concat(changes, []engine.Change{{Kind: engine.SecretCreated, Resource: s.Name.String()}})
		switch {
		case err == nil:
			return engine.Outcome{State: engine.Done, Changes: made}, nil
		case cloud.KindOf(err) == cloud.AlreadyExists:
			return engine.Outcome{Changes: changes}, createdMeanwhile(s.Name)
		case cloud.Lost(err):
			// The answer may have been lost: look before anything else.
			if _, again := r.Env.Cloud.Secret(ctx, s.Name); cloud.KindOf(again) == cloud.NotFound {
				if _, err = r.Env.Cloud.CreateSecret(ctx, s.Name, spec); err == nil {
					return engine.Outcome{State: engine.Done, Changes: made}, nil
				}
			}
			switch mine, looked := untouched(ctx, r, s.Name); {
			case looked == nil && mine:
				return engine.Outcome{State: engine.Done, Changes: made}, nil
			case looked == nil:
				return engine.Outcome{Changes: changes}, createdMeanwhile(s.Name)
			}
		}
		return engine.Outcome{Changes: changes}, nearby(d, r.Env.BlameAgent(ctx, err, s.Name, spec.KMSKeys))
	}
	return a
}

// createSecret creates a secret, and first Secret Manager's service agent where
// a KMS key needs one that doesn't exist. What else it changed comes back.
func createNow(ctx context.Context, r *engine.Run, name cloud.SecretName, spec cloud.SecretSpec) ([]engine.Change, error) {
	made, err := withAgent(ctx, r, engine.ActCreateSecret, name.Project, cloud.SecretManagerAPI, func() error {
		return AfterEnabling(ctx, r, engine.ActCreateSecret, func() error {
			_, err := r.Env.Cloud.CreateSecret(ctx, name, spec)
			return err
		})
	})
	if !made {
		return nil, err
	}
	c := engine.Change{Kind: engine.AgentMade, Resource: "projects/" + name.Project}
	if home, err := r.Env.Project(ctx, name.Project); err == nil {
		c.Member = cloud.MemberPrefix + r.Env.Cloud.SecretManagerAgent(home.Number)
	}
	return []engine.Change{c}, err
}

// SpecOf is how the draft's secret is to be made.
func SpecOf(d engine.Draft) cloud.SecretSpec {
	return cloud.SecretSpec{Locations: d.Options.ReplicationLocations, KMSKeys: d.Options.KMSKeys}
}

// region is a location that a secret can have a replica in, which a
// multi-region such as "us" is not.
var region = regexp.MustCompile(`^[a-z]+(?:-[a-z]+)+[0-9]+$`)

// nearby adds, where an organisation policy refuses the secret's locations, one
// that it allows: the repository's own.
func nearby(d engine.Draft, err error) error {
	e, ok := errors.AsType[*cloud.Error](err)
	if !ok || e.Kind != cloud.OrgPolicy || engine.ConstraintOf(e) != engine.RestrictLocations || d.SecretProject() != d.Project ||
		!region.MatchString(d.Location) || slices.Contains(d.Options.ReplicationLocations, d.Location) {
		return err
	}
	p := *engine.Explain(err)
	p.Hints = append([]string{fmt.Sprintf("the repository is in %q, so that is allowed: --replication-locations=%s", d.Location, d.Location)}, p.Hints...)
	return &p
}

// untouched tells whether a secret is as one that was created a moment ago: it
// has no version, and nobody has access to it. Of one that looks otherwise the
// creation was somebody else's.
func untouched(ctx context.Context, r *engine.Run, name cloud.SecretName) (bool, error) {
	versions, err := r.Env.Cloud.Versions(ctx, name)
	if err != nil {
		return false, err
	}
	policy, err := r.Env.Cloud.SecretPolicy(ctx, name)
	return len(versions) == 0 && len(policy.Bindings) == 0, err
}

// createdMeanwhile stops a run before it stores a token in a secret that
// somebody else created after the plan was made: who else reads that one, and
// what for, the plan could not tell.
func createdMeanwhile(name cloud.SecretName) *engine.Problem {
	return &engine.Problem{Title: fmt.Sprintf("The secret %q was created by somebody else meanwhile", name.ID), Kind: cloud.Conflict,
		Detail: "nothing was stored in it",
		Hints:  []string{"look at it, then run the same command again: the plan then says what is in it", "or choose another name for the secret"}}
}

func CreateCommand(name cloud.SecretName, spec cloud.SecretSpec) string {
	c := fmt.Sprintf("gcloud secrets create %s --project=%s", name.ID, name.Project)
	switch {
	case len(spec.Locations) > 0 && len(spec.KMSKeys) > 0:
		return "printf %s " + engine.ReplicationFile(spec) + " | " + c + " --replication-policy-file=-"
	case len(spec.Locations) > 0:
		c += " --replication-policy=user-managed --locations=" + wording.Quote(strings.Join(spec.Locations, ","))
	default:
		c += " --replication-policy=automatic"
	}
	if len(spec.KMSKeys) > 0 {
		c += " --kms-key-name=" + wording.Quote(spec.KMSKeys[0])
	}
	return c
}

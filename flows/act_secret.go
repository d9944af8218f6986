package flows

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/wording"
)

// createSecret makes the secret where there is none.
func createSecret(d Draft, s secretState) *Action {
	spec := d.secretSpec()
	a := &Action{ID: ActCreateSecret, Says: "create the secret " + s.name.ID, State: Planned, Needs: []string{ActEnableAPIs},
		Command: createCommand(s.name, spec)}
	if s.exists {
		a.State, a.Note = Already, "it exists"
		return a
	}
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) {
		changes, err := r.createSecret(ctx, s.name, spec)
		made := append(changes, Change{Kind: SecretCreated, Resource: s.name.String()})
		switch {
		case err == nil:
			return Outcome{State: Done, Changes: made}, nil
		case KindOf(err) == AlreadyExists:
			return Outcome{State: Already, Note: "somebody made it meanwhile", Changes: changes}, nil
		case lost(err):
			// The answer may have been lost: look before anything else.
			if _, again := r.Env.Cloud.Secret(ctx, s.name); again == nil {
				return Outcome{State: Done, Changes: made}, nil
			}
			if _, again := r.Env.Cloud.CreateSecret(ctx, s.name, spec); again == nil || KindOf(again) == AlreadyExists {
				return Outcome{State: Done, Changes: made}, nil
			}
		}
		return Outcome{Changes: changes}, d.nearby(r.Env.blameAgent(ctx, err, s.name, spec.KMSKeys))
	}
	return a
}

// createSecret creates a secret, and first Secret Manager's service agent where
// a KMS key needs one that doesn't exist. What else it changed comes back.
func (r *Run) createSecret(ctx context.Context, name SecretName, spec SecretSpec) ([]Change, error) {
	made, err := r.withAgent(ctx, ActCreateSecret, name.Project, SecretManagerAPI, func() error {
		return r.afterEnabling(ctx, ActCreateSecret, func() error {
			_, err := r.Env.Cloud.CreateSecret(ctx, name, spec)
			return err
		})
	})
	if !made {
		return nil, err
	}
	c := Change{Kind: AgentMade, Resource: "projects/" + name.Project}
	if home, err := r.Env.Project(ctx, name.Project); err == nil {
		c.Member = memberPrefix + r.Env.Cloud.SecretManagerAgent(home.Number)
	}
	return []Change{c}, err
}

// secretSpec is how the draft's secret is to be made.
func (d Draft) secretSpec() SecretSpec {
	return SecretSpec{Locations: d.Options.ReplicationLocations, KMSKeys: d.Options.KMSKeys}
}

// region is a location that a secret can have a replica in, which a
// multi-region such as "us" is not.
var region = regexp.MustCompile(`^[a-z]+(?:-[a-z]+)+[0-9]+$`)

// nearby adds, where an organisation policy refuses the secret's locations, one
// that it allows: the repository's own.
func (d Draft) nearby(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != OrgPolicy || constraintOf(e) != restrictLocations || d.SecretProject() != d.Project ||
		!region.MatchString(d.Location) || slices.Contains(d.Options.ReplicationLocations, d.Location) {
		return err
	}
	p := *Explain(err)
	p.Hints = append([]string{fmt.Sprintf("the repository is in %q, so that is allowed: --replication-locations=%s", d.Location, d.Location)}, p.Hints...)
	return &p
}

func createCommand(name SecretName, spec SecretSpec) string {
	c := fmt.Sprintf("gcloud secrets create %s --project=%s", name.ID, name.Project)
	switch {
	case len(spec.Locations) > 0 && len(spec.KMSKeys) > 0:
		return "printf %s " + replicationFile(spec) + " | " + c + " --replication-policy-file=-"
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

package act

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/shell"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// CreateSecret creates the secret where there is none.
func CreateSecret(d engine.Draft, s state.SecretState) *engine.Action {
	spec := SpecOf(d)
	a := &engine.Action{ID: engine.ActCreateSecret, Says: text.New("create secret %q", s.Name.ID), State: engine.Planned, Needs: []string{engine.ActEnableAPIs},
		Command: CreateCommand(s.Name, spec)}
	if s.Exists {
		a.State, a.Note = engine.Already, text.New("It exists")
		return a
	}
	a.Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
		o, err := createNow(ctx, r, s.Name, spec)
		if err != nil {
			err = nearby(d, r.Env.BlameAgent(ctx, err, s.Name, spec.KMSKeys))
		}
		return o, err
	}
	return a
}

// createNow is createOnce, and creates Secret Manager's service agent first where
// a KMS key needs one that doesn't exist.
func createNow(ctx context.Context, r *engine.Run, name cloud.SecretName, spec cloud.SecretSpec) (o engine.Outcome, err error) {
	made, err := withAgent(ctx, r, engine.ActCreateSecret, name.Project, cloud.SecretManagerAPI, func() error {
		return AfterEnabling(ctx, r, engine.ActCreateSecret, func() (err error) {
			o, err = createOnce(ctx, r, name, spec)
			return err
		})
	})
	if !made {
		return o, err
	}
	c := engine.Change{Kind: engine.AgentMade, Resource: "projects/" + name.Project}
	if home, err := r.Env.Project(ctx, name.Project); err == nil {
		c.Member = cloud.MemberPrefix + r.Env.Cloud.SecretManagerAgent(home.Number)
	}
	o.Changes = append([]engine.Change{c}, o.Changes...)
	return o, err
}

// createOnce creates a secret, which says which run has created it: after a lost
// answer that alone tells it from one that somebody else has created meanwhile.
func createOnce(ctx context.Context, r *engine.Run, name cloud.SecretName, spec cloud.SecretSpec) (engine.Outcome, error) {
	spec.CreatedBy = r.ID()
	created := func(info cloud.SecretInfo) (engine.Outcome, error) {
		return engine.Outcome{State: engine.Done,
			Changes: []engine.Change{{Kind: engine.SecretCreated, Resource: name.String(), Created: engine.When(info.CreateTime)}}}, nil
	}
	for tries := 1; ; tries++ {
		var info cloud.SecretInfo
		err := r.Write(ctx, engine.Change{Kind: engine.SecretCreated, Resource: name.String()}, func() (err error) {
			info, err = r.Env.Cloud.CreateSecret(ctx, name, spec)
			return err
		})
		switch {
		case err == nil:
			return created(info)
		case cloud.KindOf(err) == cloud.AlreadyExists && tries == 1:
			return engine.Outcome{}, createdMeanwhile(name)
		case !cloud.Lost(err) && cloud.KindOf(err) != cloud.AlreadyExists:
			return engine.Outcome{}, err
		}
		info, looked := r.Env.Cloud.Secret(ctx, name)
		switch {
		case looked == nil && info.CreatedBy == spec.CreatedBy:
			return created(info)
		case looked == nil, cloud.KindOf(err) == cloud.AlreadyExists:
			return engine.Outcome{}, createdMeanwhile(name)
		case cloud.KindOf(looked) != cloud.NotFound && cloud.KindOf(looked) != cloud.PermissionDenied, tries == 2:
			return engine.Outcome{}, err
		}
	}
}

// SpecOf is how the draft's secret is created.
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
	p.Hints = append([]check.Hint{{Says: text.New("The repository is in %q, so that location is allowed: --replication-locations=%s", d.Location, d.Location)}}, p.Hints...)
	return &p
}

// createdMeanwhile stops a run before it stores a token in a secret that
// somebody else created after the plan was made: who else reads that one, and
// what for, the plan could not tell.
func createdMeanwhile(name cloud.SecretName) *engine.Problem {
	return &engine.Problem{Code: check.CreatedMeanwhile, Kind: cloud.Conflict,
		Title:  text.New("Someone else created the secret %q in the meantime", name.ID),
		Detail: text.New("Nothing was stored in it"),
		Hints: []check.Hint{{Says: text.New("Check it, then run the same command again; the plan then shows what is in it")},
			{Says: text.New("Or choose another name for the secret")}}}
}

// CreateCommand is the command that creates a secret.
func CreateCommand(name cloud.SecretName, spec cloud.SecretSpec) string {
	c := fmt.Sprintf("gcloud secrets create %s --project=%s", name.ID, name.Project)
	switch {
	case len(spec.Locations) > 0 && len(spec.KMSKeys) > 0:
		return "printf %s " + engine.ReplicationFile(spec) + " | " + c + " --replication-policy-file=-"
	case len(spec.Locations) > 0:
		c += " --replication-policy=user-managed --locations=" + shell.Quote(strings.Join(spec.Locations, ","))
	default:
		c += " --replication-policy=automatic"
	}
	if len(spec.KMSKeys) > 0 {
		c += " --kms-key-name=" + shell.Quote(spec.KMSKeys[0])
	}
	return c
}

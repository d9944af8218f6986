package change

import (
	"cmp"
	"context"
	"slices"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

// Remove removes a repository's credentials, and the access and the version that
// nothing else uses.
func Remove() *engine.Flow {
	return &engine.Flow{
		ID: "remove", Title: text.New("Remove credentials"),
		Why:   text.New("The repository pulls anonymously afterwards. What other repositories use stays."),
		Steps: []engine.Step{step.SignIn(), step.Project(), step.Repository()},
		Plan:  planRemove,
	}
}

func planRemove(ctx context.Context, e *engine.Env, d engine.Draft) (*engine.Plan, error) {
	r, err := state.RepositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	project, err := state.NumberOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	p := &engine.Plan{About: engine.About{
		Project: cmp.Or(project.ID, d.Project), ProjectNumber: project.Number, Repository: r, Upstream: engine.TargetOf(r).BaseURL(),
		ServiceAgent: e.Cloud.ServiceAgent(project.Number), Username: r.Username, SecretVersion: r.SecretVersion,
	}}
	p.Rows = []engine.Row{
		{Label: text.New("User name"), Before: orNone(engine.ShownUsername(r, r.Username)), After: text.New("none")},
		{Label: text.New("Secret version"), Before: orNone(r.SecretVersion), After: text.New("none")},
	}
	p.Add(act.ClearCredentials(r))
	reference := r.SecretVersion
	if reference == "" {
		reference = clearedVersion(e.Receipts, r.Name)
	}
	var secret cloud.SecretInfo
	if v, ok := cloud.WellFormed(reference); ok {
		secret, _ = e.Secret(ctx, v.Secret) // its labels, where they may be seen
		act.Release(ctx, p, e, d, r, v)
	}
	if p.Writes() {
		p.Checks = append(p.Checks, state.AboutOwners(secret, r)...)
	}
	return p, nil
}

// clearedVersion is the secret version that a run which ended early took off a
// repository, so that the next run finishes the rest; empty where none did.
func clearedVersion(rs *engine.Receipts, name cloud.RepositoryName) string {
	for _, r := range rs.Trusted() {
		if r.Repository != name.String() {
			continue
		}
		if r.Flow != "remove" {
			return ""
		}
		for _, a := range r.Actions {
			for _, c := range slices.Concat(a.Changes, a.Intends) {
				if c.Kind == engine.CredentialsSet && c.Resource == r.Repository && c.Before != nil {
					return c.Before.SecretVersion
				}
			}
		}
	}
	return ""
}

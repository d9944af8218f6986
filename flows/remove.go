package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
)

// Remove takes a repository's credentials away, and what only they needed.
func Remove() *Flow {
	return &Flow{
		ID: "remove", Title: "Take the credentials away",
		Why:   "The repository pulls anonymously afterwards. What other repositories use is left alone.",
		Steps: []Step{stepSignIn(), stepProject(), stepRepository()},
		Plan:  planRemove,
	}
}

func planRemove(ctx context.Context, e *Env, d Draft) (*Plan, error) {
	r, err := repositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	project, err := numberOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	p := &Plan{About: About{
		Project: cmp.Or(project.ID, d.Project), ProjectNumber: project.Number, Repository: r, Upstream: targetOf(r).BaseURL(),
		ServiceAgent: e.Cloud.ServiceAgent(project.Number), Username: r.Username, SecretVersion: r.SecretVersion,
	}}
	p.Rows = []Row{{"User name", cmp.Or(r.Username, "none"), "none"}, {"Secret version", cmp.Or(r.SecretVersion, "none"), "none"}}
	p.add(clearCredentials(r))
	reference := r.SecretVersion
	if reference == "" {
		reference = e.Receipts.cleared(r.Name)
	}
	if v, ok := wellFormed(reference); ok {
		p.release(ctx, e, d, r, v)
	}
	return p, nil
}

// cleared is what a run that was ended before its last action took off a
// repository, so that the next run finishes the rest; empty: none did.
func (rs *Receipts) cleared(name RepositoryName) string {
	all, _ := rs.List()
	for _, r := range all {
		if r.Repository != name.String() {
			continue
		}
		if r.Flow != "remove" {
			return ""
		}
		for _, a := range r.Actions {
			for _, c := range slices.Concat(a.Changes, a.Intends) {
				if c.Kind == CredentialsSet && c.Resource == r.Repository && c.Before != nil {
					return c.Before.SecretVersion
				}
			}
		}
	}
	return ""
}

// release plans what only these credentials needed: the service agent's access
// and the version, unless another repository of the project uses them.
func (p *Plan) release(ctx context.Context, e *Env, d Draft, r Repository, v VersionName) {
	keep := func(says, why string) {
		p.Checks = append(p.Checks, check.Finding{ID: "kept", Level: check.Note, Says: says, Why: why})
	}
	home, _ := e.Project(ctx, v.Secret.Project)
	others := allUsersOf(ctx, e, v.Secret, home, r.Name, p.About.ServiceAgent)
	policy, err := e.SecretPolicy(ctx, v.Secret)
	member := memberPrefix + p.About.ServiceAgent
	switch why := others.here().reason(); {
	case err != nil && KindOf(err) != NotFound:
		keep("the service agent's access to "+v.Secret.ID+" stays", Explain(err).Error())
	case why != "":
		keep("the service agent's access to "+v.Secret.ID+" stays", why)
	case grants(policy, AccessorRole, member):
		p.add(revokeAccess(v.Secret, member, func(ctx context.Context, run *Run) users {
			return run.usersNow(ctx, v.Secret, home, r.Name)
		}))
	}
	versions, err := e.Versions(ctx, v.Secret)
	if err == nil {
		v, err = e.numbered(ctx, v, versions)
	}
	is, missing := e.Version(ctx, v)
	if err != nil || missing != nil {
		if KindOf(missing) != NotFound && KindOf(err) != NotFound {
			keep("version "+v.ID+" of "+v.Secret.ID+" stays as it is", "it could not be looked at")
		}
		return
	}
	switch why := others.of(v.ID).reason(); {
	case why != "":
		keep("version "+v.ID+" of "+v.Secret.ID+" stays enabled", why)
	case is.Enabled():
		a := disableUnused(ActDisableVersion, v, func(ctx context.Context, run *Run) users {
			return run.usersNow(ctx, v.Secret, home, r.Name)
		})
		a.Needs = []string{ActClear}
		p.add(a)
	}
}

// revokeAccess takes the service agent's access to a secret away, unless still
// says why it must stay. Where somebody else changes the policy meanwhile, it
// looks again.
func revokeAccess(name SecretName, member string, still func(ctx context.Context, r *Run) users) *Action {
	return &Action{ID: ActRevoke, State: Planned, Needs: []string{ActClear},
		Says: "take " + strings.TrimPrefix(member, memberPrefix) + "'s access to " + name.ID + " away",
		Command: fmt.Sprintf("gcloud secrets remove-iam-policy-binding %s --project=%s --member=%s --role=%s",
			name.ID, name.Project, member, AccessorRole),
		Do: func(ctx context.Context, r *Run) (Outcome, error) { return r.revoke(ctx, name, member, still) }}
}

func (r *Run) revoke(ctx context.Context, name SecretName, member string, still func(ctx context.Context, r *Run) users) (Outcome, error) {
	revoked := Outcome{State: Done, Changes: []Change{{Kind: AccessRevoked, Resource: name.String(), Member: member}}}
	unanswered := false
	for tries := 1; ; tries++ {
		if err := still(ctx, r).here().needs(fmt.Sprintf("The service agent's access to secret %q is in use and stays", name.ID)); err != nil {
			return Outcome{}, err
		}
		policy, err := r.Env.Cloud.SecretPolicy(ctx, name)
		switch has := grants(policy, AccessorRole, member); {
		case err != nil:
			return Outcome{}, err
		case !has && unanswered:
			return revoked, nil
		case !has:
			return Outcome{State: Already, Note: "it has none"}, nil
		}
		changed, err := r.Env.Cloud.Revoke(ctx, name, AccessorRole, member, policy.Etag)
		unanswered = unanswered || changed && err != nil
		switch {
		case err == nil && changed:
			return revoked, nil
		case err == nil:
			return Outcome{State: Already, Note: "it has none"}, nil
		case !lost(err) && KindOf(err) != Conflict, tries == 3:
			return Outcome{}, err
		}
	}
}

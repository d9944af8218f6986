package act

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// Release plans what only these credentials needed: the service agent's access
// and the version, unless another repository of the project uses them.
func Release(ctx context.Context, p *engine.Plan, e *engine.Env, d engine.Draft, r cloud.Repository, v cloud.VersionName) {
	keep := func(c check.Code, says, why text.Text) {
		p.Checks = append(p.Checks, check.Finding{ID: "kept", Code: c, Level: check.Note, Says: says, Why: why})
	}
	accessStays := text.New("Artifact Registry keeps access to secret %q", v.Secret.ID)
	home, _ := e.Project(ctx, v.Secret.Project)
	others := state.AllUsersOf(ctx, e, v.Secret, home, r.Name, p.About.ServiceAgent)
	policy, err := e.SecretPolicy(ctx, v.Secret)
	info, _ := e.Secret(ctx, v.Secret)
	member := cloud.MemberPrefix + p.About.ServiceAgent
	switch why := others.Here().Reason(); {
	case err != nil && cloud.KindOf(err) != cloud.NotFound:
		keep(check.AccessKept, accessStays, engine.Explain(err).Text())
	case !why.Empty():
		keep(check.AccessKept, accessStays, why)
	case cloud.Grants(policy, cloud.AccessorRole, member):
		p.Add(RevokeAccess(v.Secret, info.CreateTime, member, func(ctx context.Context, run *engine.Run) state.Users {
			return state.UsersNow(ctx, run, v.Secret, home, r.Name)
		}))
	}
	versions, err := e.Versions(ctx, v.Secret)
	if err == nil {
		v, err = state.Numbered(ctx, e, v, versions)
	}
	is, missing := e.Version(ctx, v)
	if err != nil || missing != nil {
		if cloud.KindOf(missing) != cloud.NotFound && cloud.KindOf(err) != cloud.NotFound {
			keep(check.VersionKept, text.New("Version %s of secret %q stays as it is", v.ID, v.Secret.ID), text.New("It couldn't be checked"))
		}
		return
	}
	switch why := others.Of(v.ID).Reason(); {
	case !why.Empty():
		keep(check.VersionKept, versionStays(v), why)
	case is.Enabled():
		a := DisableVersion(engine.ActDisableVersion, v, is.CreateTime, func(ctx context.Context, run *engine.Run) state.Users {
			return state.UsersNow(ctx, run, v.Secret, home, r.Name)
		})
		a.Needs = []string{engine.ActClear}
		p.Add(a)
	}
}

// RevokeAccess takes the service agent's access to a secret away, unless still
// says why it must stay. Where somebody else changes the policy meanwhile, it
// looks again.
func RevokeAccess(name cloud.SecretName, created time.Time, member string, still func(ctx context.Context, r *engine.Run) state.Users) *engine.Action {
	return &engine.Action{ID: engine.ActRevoke, State: engine.Planned, Needs: []string{engine.ActClear},
		Says: text.New("revoke %s's access to secret %q", strings.TrimPrefix(member, cloud.MemberPrefix), name.ID),
		Command: fmt.Sprintf("gcloud secrets remove-iam-policy-binding %s --project=%s --member=%s --role=%s",
			name.ID, name.Project, member, cloud.AccessorRole),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			return revoke(ctx, r, name, created, member, still)
		}}
}

// revoke takes the access away where nobody needs it; the secret must be the one
// that was created at that time.
func revoke(ctx context.Context, r *engine.Run, name cloud.SecretName, created time.Time, member string, still func(ctx context.Context, r *engine.Run) state.Users) (engine.Outcome, error) {
	revoked := engine.Outcome{State: engine.Done, Changes: []engine.Change{{Kind: engine.AccessRevoked, Resource: name.String(), Member: member}}}
	unanswered := false
	for tries := 1; ; tries++ {
		if err := still(ctx, r).Here().Needs(text.New("The service agent's access to secret %q is in use and stays", name.ID)); err != nil {
			return engine.Outcome{}, err
		}
		policy, err := r.Env.Cloud.SecretPolicy(ctx, name)
		switch has := cloud.Grants(policy, cloud.AccessorRole, member); {
		case err != nil:
			return engine.Outcome{}, err
		case !has && unanswered:
			return revoked, nil
		case !has:
			return engine.Outcome{State: engine.Already, Note: text.New("It has none")}, nil
		}
		// After the policy, whose etag holds it to this secret from here on.
		is := r.CreatedOf(ctx, name)
		if engine.Another(created, is) {
			return engine.Outcome{}, engine.SecretMadeAnew(name)
		}
		revoked.Changes[0].Created = engine.When(is)
		changed := false
		err = r.WriteIf(ctx, revoked.Changes[0], func() (bool, error) {
			changed, err = r.Env.Cloud.Revoke(ctx, name, cloud.AccessorRole, member, policy.Etag)
			return changed, err
		})
		unanswered = unanswered || changed && err != nil
		switch {
		case err == nil && changed:
			return revoked, nil
		case err == nil:
			return engine.Outcome{State: engine.Already, Note: text.New("It has none")}, nil
		case !cloud.Lost(err) && cloud.KindOf(err) != cloud.Conflict, tries == 3:
			return engine.Outcome{}, err
		}
	}
}

// versionStays is what is said of a version that is left as it is.
func versionStays(v cloud.VersionName) text.Text {
	return text.New("Version %s of secret %q stays enabled", v.ID, v.Secret.ID)
}

// LeftEnabled is how an action ends that leaves a version as it is.
func LeftEnabled(v cloud.VersionName, why text.Text) engine.Outcome {
	return engine.Outcome{State: engine.Already, Note: text.New("Stays enabled: %s", why), Checks: []check.Finding{{ID: "kept", Code: check.VersionKept, Level: check.Note,
		Says: versionStays(v), Why: why}}}
}

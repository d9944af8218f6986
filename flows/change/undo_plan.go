package change

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// usersBut are the repositories of a secret that have come to use it, and are
// not given back what they had before.
func (u *undoing) usersBut(ctx context.Context, secret cloud.SecretName) (state.Users, cloud.Project) {
	home, _ := u.env.Project(ctx, secret.Project)
	all := state.AllUsersOf(ctx, u.env, secret, home, cloud.RepositoryName{Project: u.receipt.Project}, u.plan.About.ServiceAgent)
	var back []cloud.Repository
	for _, r := range all.Repositories {
		if slices.Contains(u.restored, r.Name) && u.leaves(r, secret, home) {
			back = append(back, r)
		}
	}
	return all.Without(append(back, u.before()...)), home
}

// before is the run's repository, if it had its credentials already when the
// run began, and the run has mended what they need: it was broken then, and is
// no reason to leave a change as it is.
func (u *undoing) before() []cloud.Repository {
	name, _ := cloud.ParseRepositoryName(u.receipt.Repository)
	if slices.ContainsFunc(u.receipt.Actions, func(a engine.ReceiptAction) bool {
		return (a.ID == engine.ActUpdate || a.ID == engine.ActClear) && a.State != engine.Already
	}) {
		return nil
	}
	return []cloud.Repository{{Name: name}}
}

// leaves tells whether a repository that is given back what it had does not
// use the secret any more, or not in the version that the run added.
func (u *undoing) leaves(r cloud.Repository, secret cloud.SecretName, home cloud.Project) bool {
	for _, c := range u.net {
		if c.Kind != engine.CredentialsSet || c.Resource != r.Name.String() {
			continue
		}
		v, ok := cloud.ParseVersionName(c.Before.SecretVersion)
		return !ok || v.Secret.ID != secret.ID || !cloud.SameProject(v.Secret.Project, secret.Project, home) || v.Number() > 0
	}
	return false
}

// warn tells of a repository that the run has mended and that is broken again.
func (u *undoing) warn() {
	is := u.plan.About.Repository
	v, ok := cloud.ParseVersionName(is.SecretVersion)
	if !ok || len(u.before()) == 0 {
		return
	}
	home := cloud.Project{ID: u.receipt.Project, Number: u.receipt.ProjectNumber}
	for _, c := range u.net {
		name, _, _ := strings.Cut(c.Resource, "/versions/")
		needs := c.Kind == engine.VersionAdded || c.Kind == engine.VersionOn || c.Kind == engine.AccessGranted
		if s, ok := cloud.ParseSecretName(name); ok && needs && s.ID == v.Secret.ID && cloud.SameProject(s.Project, v.Secret.Project, home) {
			u.plan.Checks = append(u.plan.Checks, check.Finding{ID: engine.LinkPull, Level: check.Warning,
				Says: text.New("pulls through %s fail again, as they did before the run", is.Name.ID), Why: text.New("the run had mended what they need")})
			return
		}
	}
}

// usersNow asks Google anew, for the moment before something is taken away.
func (u *undoing) usersNow(ctx context.Context, r *engine.Run, secret cloud.SecretName, home cloud.Project) state.Users {
	return state.UsersNow(ctx, r, secret, home, cloud.RepositoryName{Project: u.receipt.Project}).Without(u.before())
}

func (u *undoing) Version(ctx context.Context, c engine.Change) error {
	v, ok := cloud.ParseVersionName(c.Resource)
	if !ok || u.deleted[v.Secret.String()] != nil {
		return nil
	}
	is, err := u.env.Version(ctx, v)
	switch {
	case cloud.KindOf(err) == cloud.NotFound:
		return nil
	case err != nil:
		return err
	case u.anew(c, is.CreateTime):
		u.leaveAnew(fmt.Sprintf("version %s of %s", v.ID, v.Secret.ID))
	case c.Kind == engine.VersionOff && is.State == "DISABLED":
		u.act(act.EnableVersion(v, is.CreateTime), c)
	case c.Kind == engine.VersionOff && is.State == "DESTROYED":
		u.leave(check.Warning, c.Resource, text.New("somebody has destroyed it since"))
	case c.Kind != engine.VersionOff && is.Enabled():
		rest, home := u.usersBut(ctx, v.Secret)
		if why, err := rest.Of(v.ID).Stands(); err == nil && why != "" {
			u.leave(check.Note, "version "+v.ID+" of "+v.Secret.ID, text.Verbatim(why))
			return nil
		}
		u.act(act.DisableVersion(engine.ActDisableVersion, v, is.CreateTime, func(ctx context.Context, r *engine.Run) state.Users { return u.usersNow(ctx, r, v.Secret, home) }), c)
	}
	return nil
}

func (u *undoing) access(ctx context.Context, c engine.Change) error {
	name, ok := cloud.ParseSecretName(c.Resource)
	if !ok || u.deleted[name.String()] != nil {
		return nil
	}
	if c.Member != cloud.MemberPrefix+u.plan.About.ServiceAgent {
		u.leave(check.Warning, "the access of "+c.Member+" to "+name.ID, text.New("a run gives and takes access only for the repository's own service agent: the receipt has been changed"))
		return nil
	}
	policy, err := u.env.SecretPolicy(ctx, name)
	switch {
	case cloud.KindOf(err) == cloud.NotFound:
		return nil
	case err != nil:
		return err
	}
	info, err := u.env.Secret(ctx, name)
	if err != nil && cloud.KindOf(err) != cloud.PermissionDenied {
		return err
	}
	if u.anew(c, info.CreateTime) {
		u.leaveAnew("the access to secret " + name.ID)
		return nil
	}
	has := cloud.Grants(policy, cloud.AccessorRole, c.Member)
	switch {
	case c.Kind == engine.AccessRevoked && !has:
		u.act(act.GrantAccess(state.SecretState{Name: name, Exists: true, Info: info}, strings.TrimPrefix(c.Member, cloud.MemberPrefix), policy, u.receipt.Project), c)
	case c.Kind == engine.AccessGranted && has:
		rest, home := u.usersBut(ctx, name)
		for _, r := range u.stillUsing(name, home) {
			rest.Repositories = append(rest.Repositories, cloud.Repository{Name: r})
		}
		// What could not be found out is asked again before anything is taken away.
		if why, err := rest.Here().Stands(); err == nil && why != "" {
			u.leave(check.Note, "the service agent's access to "+name.ID, text.Verbatim(why))
			return nil
		}
		u.act(act.RevokeAccess(name, info.CreateTime, c.Member, func(ctx context.Context, r *engine.Run) state.Users {
			return u.usersNow(ctx, r, name, home)
		}), c)
	}
	return nil
}

// stillUsing are the repositories that use the secret again once they are
// given back what they had.
func (u *undoing) stillUsing(secret cloud.SecretName, home cloud.Project) []cloud.RepositoryName {
	var names []cloud.RepositoryName
	for _, c := range u.net {
		name, _ := cloud.ParseRepositoryName(c.Resource)
		if c.Kind != engine.CredentialsSet || c.Before == nil || !slices.Contains(u.restored, name) {
			continue
		}
		v, ok := cloud.ParseVersionName(c.Before.SecretVersion)
		if ok && v.Secret.ID == secret.ID && cloud.SameProject(v.Secret.Project, secret.Project, home) {
			names = append(names, name)
		}
	}
	return names
}

// created decides about a secret that the run made: it may be deleted if
// nobody has put anything into it since, nobody else was given access, and no
// repository uses it.
func (u *undoing) created(ctx context.Context, c engine.Change) error {
	name, ok := cloud.ParseSecretName(c.Resource)
	if !ok {
		return nil
	}
	info, err := u.env.Secret(ctx, name)
	switch {
	case cloud.KindOf(err) == cloud.NotFound:
		return nil
	case err != nil:
		return err
	case u.anew(c, info.CreateTime):
		u.leaveAnew("the secret " + name.ID)
		return nil
	}
	why, err := u.wanted(ctx, u.env, name, func() state.Users {
		rest, home := u.usersBut(ctx, name)
		for _, r := range u.stillUsing(name, home) {
			rest.Repositories = append(rest.Repositories, cloud.Repository{Name: r})
		}
		return rest
	})
	switch {
	case cloud.KindOf(err) == cloud.NotFound: // another undo was faster
		return nil
	case err != nil:
		return err
	case why != "":
		u.leave(check.Note, "the secret "+name.ID+", which the run created", text.Verbatim(why))
		return nil
	case !u.options.DeleteCreated:
		u.leave(check.Note, "the secret "+name.ID+", which the run created, stays", text.New("nothing else uses it: --delete-created deletes it for good"))
		return nil
	}
	u.deleted[name.String()] = &info.CreateTime
	return nil
}

// wanted says why a secret that the run created must stay; empty: it need not.
// Users are looked at first, because that takes longest.
func (u *undoing) wanted(ctx context.Context, from state.Looker, name cloud.SecretName, using func() state.Users) (string, error) {
	rest := using()
	if rest.Missed == nil {
		rest.Missed = rest.Above // what is deleted cannot be brought back
	}
	policy, err := from.SecretPolicy(ctx, name)
	if err != nil {
		return "", err
	}
	for _, b := range policy.Bindings {
		for _, m := range b.Members {
			if m != cloud.MemberPrefix+u.plan.About.ServiceAgent {
				return m + " was given access by somebody else", nil
			}
		}
	}
	versions, err := from.Versions(ctx, name)
	if err != nil {
		return "", err
	}
	for _, v := range versions {
		if !u.knows(cloud.VersionName{Secret: name, ID: v.Name.ID}) {
			return "version " + v.Name.ID + " was added by somebody else", nil
		}
	}
	return rest.Reason().In(text.English), nil
}

// wantedNow is the problem of deleting a secret that has come to be wanted since
// the plan was made; nil: it has not.
func (u *undoing) wantedNow(ctx context.Context, r *engine.Run, name cloud.SecretName) error {
	home, err := r.Env.Cloud.Project(ctx, name.Project)
	if err != nil && cloud.KindOf(err) != cloud.PermissionDenied {
		return err
	}
	why, err := u.wanted(ctx, r.Env.Cloud, name, func() state.Users { return u.usersNow(ctx, r, name, home) })
	if err != nil || why == "" {
		return err
	}
	return state.InUse(text.New("Secret %q is in use and stays", name.ID), text.Verbatim(why))
}

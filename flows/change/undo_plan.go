package change

import (
	"context"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// usersBut are the repositories that use a secret now, without those that get back
// what they had before.
func (u *undoing) usersBut(ctx context.Context, secret cloud.SecretName) (state.Users, cloud.Project) {
	home, _ := u.env.Project(ctx, secret.Project)
	all := state.AllUsersOf(ctx, u.env, secret, home, cloud.RepositoryName{Project: u.receipt.Project},
		u.plan.About.ServiceAgent)
	var back []cloud.Repository
	for _, r := range all.Repositories {
		if slices.Contains(u.restored, r.Name) && u.leaves(r, secret, home) {
			back = append(back, r)
		}
	}
	return all.Without(append(back, u.before()...)), home
}

// before is the run's repository, if it had its credentials already when the run
// began, and the run has fixed what they need: it was broken then, and is no reason
// to keep a change.
func (u *undoing) before() []cloud.Repository {
	name, _ := cloud.ParseRepositoryName(u.receipt.Repository)
	if slices.ContainsFunc(u.receipt.Actions, func(a engine.ReceiptAction) bool {
		return (a.ID == engine.ActUpdate || a.ID == engine.ActClear) && a.State != engine.Already
	}) {
		return nil
	}
	return []cloud.Repository{{Name: name}}
}

// leaves reports whether a repository that gets back what it had stops using the
// secret, or the version that the run added.
func (u *undoing) leaves(r cloud.Repository, secret cloud.SecretName, home cloud.Project) bool {
	for _, c := range u.net {
		if c.Kind != engine.CredentialsSet || c.Resource != r.Name.String() {
			continue
		}
		v, ok := cloud.ParseVersionName(c.Before.SecretVersion)
		return !ok || v.Number() > 0 || v.Secret.ID != secret.ID ||
			!cloud.SameProject(v.Secret.Project, secret.Project, home)
	}
	return false
}

// warn warns that a repository which the run has fixed will be broken again.
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
		if s, ok := cloud.ParseSecretName(name); ok && needs && s.ID == v.Secret.ID &&
			cloud.SameProject(s.Project, v.Secret.Project, home) {
			u.plan.Checks = append(u.plan.Checks,
				check.Finding{ID: engine.LinkPull, Code: check.UndoBreaks, Level: check.Warning,
					Says: text.New("Pulls through %q will fail again, as they did before the run", is.Name.ID),
					Why:  text.New("The run had fixed what they need")})
			return
		}
	}
}

// usersNow asks Google again, right before something is removed.
func (u *undoing) usersNow(ctx context.Context, r *engine.Run, secret cloud.SecretName,
	home cloud.Project) state.Users {
	return state.UsersNow(ctx, r, secret, home, cloud.RepositoryName{Project: u.receipt.Project}).Without(u.before())
}

// version plans the undoing of a version that was added, enabled or disabled.
func (u *undoing) version(ctx context.Context, c engine.Change) error {
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
		u.leaveAnew(text.New("Version %s of secret %q stays as it is", v.ID, v.Secret.ID))
	case c.Kind == engine.VersionOff && is.State == "DISABLED":
		u.act(act.EnableVersion(v, is.CreateTime), c)
	case c.Kind == engine.VersionOff && is.State == "DESTROYED":
		u.leave(check.UndoImpossible, check.Warning,
			text.New("Version %s of secret %q stays destroyed", v.ID, v.Secret.ID),
			text.New("Someone has destroyed it since, and its token is gone for good"))
	case c.Kind != engine.VersionOff && is.Enabled():
		rest, home := u.usersBut(ctx, v.Secret)
		if why, err := rest.Of(v.ID).Stands(); err == nil && !why.Empty() {
			u.leave(check.UndoInUse, check.Note, text.New("Version %s of secret %q stays enabled", v.ID, v.Secret.ID),
				why)
			return nil
		}
		now := func(ctx context.Context, r *engine.Run) state.Users { return u.usersNow(ctx, r, v.Secret, home) }
		u.act(act.DisableVersion(engine.ActDisableVersion, v, is.CreateTime, now), c)
	}
	return nil
}

// access plans the undoing of access that was granted or revoked.
func (u *undoing) access(ctx context.Context, c engine.Change) error {
	name, ok := cloud.ParseSecretName(c.Resource)
	if !ok || u.deleted[name.String()] != nil {
		return nil
	}
	if c.Member != cloud.MemberPrefix+u.plan.About.ServiceAgent {
		u.leave(check.UndoForged, check.Warning,
			text.New("The access of %q to secret %q stays as it is", c.Member, name.ID),
			text.New("A run changes access only for the repository's own service agent, so someone has edited the receipt"))
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
		u.leaveAnew(text.New("The access to secret %q stays as it is", name.ID))
		return nil
	}
	has := cloud.Grants(policy, cloud.AccessorRole, c.Member)
	switch {
	case c.Kind == engine.AccessRevoked && !has:
		secret := state.SecretState{Name: name, Exists: true, Info: info}
		u.act(act.GrantAccess(secret, strings.TrimPrefix(c.Member, cloud.MemberPrefix), policy, u.receipt.Project), c)
	case c.Kind == engine.AccessGranted && has:
		rest, home := u.usersBut(ctx, name)
		for _, r := range u.stillUsing(name, home) {
			rest.Repositories = append(rest.Repositories, cloud.Repository{Name: r})
		}
		// What couldn't be found out is asked again before anything is removed.
		if why, err := rest.Here().Stands(); err == nil && !why.Empty() {
			u.leave(check.UndoInUse, check.Note, text.New("The service agent keeps its access to secret %q", name.ID),
				why)
			return nil
		}
		u.act(act.RevokeAccess(name, info.CreateTime, c.Member, func(ctx context.Context, r *engine.Run) state.Users {
			return u.usersNow(ctx, r, name, home)
		}), c)
	}
	return nil
}

// stillUsing are the repositories that use the secret again once they have back
// what they had.
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

// created decides about a secret that the run created: it may be deleted if nobody
// has added a version since, nobody else has access, and no repository uses it.
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
		u.leaveAnew(text.New("Secret %q stays", name.ID))
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
	case !why.Empty():
		u.leave(check.UndoInUse, check.Note, text.New("Secret %q, which the run created, stays", name.ID), why)
		return nil
	case !u.options.DeleteCreated:
		u.leave(check.UndoKept, check.Note, text.New("Secret %q, which the run created, stays", name.ID),
			text.New("Nothing else uses it. With --delete-created, undo deletes it for good."))
		return nil
	}
	u.deleted[name.String()] = &info.CreateTime
	return nil
}

// wanted is the reason why a secret that the run created has to stay; empty: it
// may be deleted. Users are looked at first, because that takes longest.
func (u *undoing) wanted(ctx context.Context, from state.Looker, name cloud.SecretName,
	using func() state.Users) (text.Text, error) {
	rest := using()
	if rest.Missed == nil {
		rest.Missed = rest.Above // what is deleted cannot be brought back
	}
	policy, err := from.SecretPolicy(ctx, name)
	if err != nil {
		return text.Text{}, err
	}
	for _, b := range policy.Bindings {
		for _, m := range b.Members {
			if m != cloud.MemberPrefix+u.plan.About.ServiceAgent {
				return text.New("Someone else has given %q access to it", m), nil
			}
		}
	}
	versions, err := from.Versions(ctx, name)
	if err != nil {
		return text.Text{}, err
	}
	for _, v := range versions {
		if !u.knows(cloud.VersionName{Secret: name, ID: v.Name.ID}) {
			return text.New("Someone else has added version %s", v.Name.ID), nil
		}
	}
	return rest.Reason(), nil
}

// wantedNow is the problem of deleting a secret that something has started to use
// since the plan was made; nil: nothing has.
func (u *undoing) wantedNow(ctx context.Context, r *engine.Run, name cloud.SecretName) error {
	home, err := r.Env.Cloud.Project(ctx, name.Project)
	if err != nil && cloud.KindOf(err) != cloud.PermissionDenied {
		return err
	}
	why, err := u.wanted(ctx, r.Env.Cloud, name, func() state.Users { return u.usersNow(ctx, r, name, home) })
	if err != nil || why.Empty() {
		return err
	}
	return state.InUse(text.New("Secret %q is in use and stays", name.ID), why)
}

package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
)

// usersBut are the repositories of a secret that have come to use it, and are
// not given back what they had before.
func (u *undoing) usersBut(ctx context.Context, secret SecretName) (users, Project) {
	home, _ := u.env.Project(ctx, secret.Project)
	all := allUsersOf(ctx, u.env, secret, home, RepositoryName{Project: u.receipt.Project}, u.plan.About.ServiceAgent)
	var back []Repository
	for _, r := range all.repositories {
		if slices.Contains(u.restored, r.Name) && u.leaves(r, secret, home) {
			back = append(back, r)
		}
	}
	return all.without(append(back, u.before()...)), home
}

// before is the run's repository, if it had its credentials already when the
// run began, and the run has mended what they need: it was broken then, and is
// no reason to leave a change as it is.
func (u *undoing) before() []Repository {
	name, _ := ParseRepositoryName(u.receipt.Repository)
	if slices.ContainsFunc(u.receipt.Actions, func(a ReceiptAction) bool {
		return (a.ID == ActUpdate || a.ID == ActClear) && a.State != Already
	}) {
		return nil
	}
	return []Repository{{Name: name}}
}

// leaves tells whether a repository that is given back what it had does not
// use the secret any more, or not in the version that the run added.
func (u *undoing) leaves(r Repository, secret SecretName, home Project) bool {
	for _, c := range u.net {
		if c.Kind != CredentialsSet || c.Resource != r.Name.String() {
			continue
		}
		v, ok := ParseVersionName(c.Before.SecretVersion)
		return !ok || v.Secret.ID != secret.ID || !sameProject(v.Secret.Project, secret.Project, home) || v.Number() > 0
	}
	return false
}

// warn tells of a repository that the run has mended and that is broken again.
func (u *undoing) warn() {
	is := u.plan.About.Repository
	v, ok := ParseVersionName(is.SecretVersion)
	if !ok || len(u.before()) == 0 {
		return
	}
	home := Project{ID: u.receipt.Project, Number: u.receipt.ProjectNumber}
	for _, c := range u.net {
		name, _, _ := strings.Cut(c.Resource, "/versions/")
		needs := c.Kind == VersionAdded || c.Kind == VersionOn || c.Kind == AccessGranted
		if s, ok := ParseSecretName(name); ok && needs && s.ID == v.Secret.ID && sameProject(s.Project, v.Secret.Project, home) {
			u.plan.Checks = append(u.plan.Checks, check.Finding{ID: linkPull, Level: check.Warning,
				Says: "pulls through " + is.Name.ID + " fail again, as they did before the run", Why: "the run had mended what they need"})
			return
		}
	}
}

// usersNow asks Google anew, for the moment before something is taken away.
func (u *undoing) usersNow(ctx context.Context, r *Run, secret SecretName, home Project) users {
	return r.usersNow(ctx, secret, home, RepositoryName{Project: u.receipt.Project}).without(u.before())
}

func (u *undoing) version(ctx context.Context, c Change) error {
	v, ok := ParseVersionName(c.Resource)
	if !ok || u.deleted[v.Secret.String()] {
		return nil
	}
	is, err := u.env.Version(ctx, v)
	switch {
	case KindOf(err) == NotFound:
		return nil
	case err != nil:
		return err
	case c.Kind == VersionOff && is.State == "DISABLED":
		u.act(enableVersion(v), c)
	case c.Kind == VersionOff && is.State == "DESTROYED":
		u.leave(check.Warning, c.Resource, "somebody has destroyed it since")
	case c.Kind != VersionOff && is.Enabled():
		rest, home := u.usersBut(ctx, v.Secret)
		if why, err := rest.of(v.ID).stands(); err == nil && why != "" {
			u.leave(check.Note, "version "+v.ID+" of "+v.Secret.ID, why)
			return nil
		}
		u.act(disableUnused(ActDisableVersion, v, func(ctx context.Context, r *Run) users { return u.usersNow(ctx, r, v.Secret, home) }), c)
	}
	return nil
}

func (u *undoing) access(ctx context.Context, c Change) error {
	name, ok := ParseSecretName(c.Resource)
	if !ok || u.deleted[name.String()] {
		return nil
	}
	if c.Member != memberPrefix+u.plan.About.ServiceAgent {
		u.leave(check.Warning, "the access of "+c.Member+" to "+name.ID, "a run gives and takes access only for the repository's own service agent: the receipt has been changed")
		return nil
	}
	policy, err := u.env.SecretPolicy(ctx, name)
	switch {
	case KindOf(err) == NotFound:
		return nil
	case err != nil:
		return err
	}
	has := grants(policy, AccessorRole, c.Member)
	switch {
	case c.Kind == AccessRevoked && !has:
		u.act(grantAccess(secretState{name: name, exists: true}, strings.TrimPrefix(c.Member, memberPrefix), policy, u.receipt.Project), c)
	case c.Kind == AccessGranted && has:
		rest, home := u.usersBut(ctx, name)
		for _, r := range u.stillUsing(name, home) {
			rest.repositories = append(rest.repositories, Repository{Name: r})
		}
		// What could not be found out is asked again before anything is taken away.
		if why, err := rest.here().stands(); err == nil && why != "" {
			u.leave(check.Note, "the service agent's access to "+name.ID, why)
			return nil
		}
		u.act(revokeAccess(name, c.Member, func(ctx context.Context, r *Run) users {
			return u.usersNow(ctx, r, name, home)
		}), c)
	}
	return nil
}

// stillUsing are the repositories that use the secret again once they are
// given back what they had.
func (u *undoing) stillUsing(secret SecretName, home Project) []RepositoryName {
	var names []RepositoryName
	for _, c := range u.net {
		name, _ := ParseRepositoryName(c.Resource)
		if c.Kind != CredentialsSet || c.Before == nil || !slices.Contains(u.restored, name) {
			continue
		}
		v, ok := ParseVersionName(c.Before.SecretVersion)
		if ok && v.Secret.ID == secret.ID && sameProject(v.Secret.Project, secret.Project, home) {
			names = append(names, name)
		}
	}
	return names
}

// created decides about a secret that the run made: it may be deleted if
// nobody has put anything into it since, nobody else was given access, and no
// repository uses it.
func (u *undoing) created(ctx context.Context, c Change) error {
	name, ok := ParseSecretName(c.Resource)
	if !ok {
		return nil
	}
	_, err := u.env.Secret(ctx, name)
	switch {
	case KindOf(err) == NotFound:
		return nil
	case err != nil:
		return err
	}
	why, err := u.wanted(ctx, u.env, name, func() users {
		rest, home := u.usersBut(ctx, name)
		for _, r := range u.stillUsing(name, home) {
			rest.repositories = append(rest.repositories, Repository{Name: r})
		}
		return rest
	})
	switch {
	case KindOf(err) == NotFound: // another undo was faster
		return nil
	case err != nil:
		return err
	case why != "":
		u.leave(check.Note, "the secret "+name.ID+", which the run created", why)
		return nil
	case !u.options.DeleteCreated:
		u.leave(check.Note, "the secret "+name.ID+", which the run created, stays", "nothing else uses it: --delete-created deletes it for good")
		return nil
	}
	u.deleted[name.String()] = true
	return nil
}

// wanted says why a secret that the run created must stay; empty: it need not.
// Users are looked at first, because that takes longest.
func (u *undoing) wanted(ctx context.Context, from looker, name SecretName, using func() users) (string, error) {
	rest := using()
	if rest.missed == nil {
		rest.missed = rest.above // what is deleted cannot be brought back
	}
	policy, err := from.SecretPolicy(ctx, name)
	if err != nil {
		return "", err
	}
	for _, b := range policy.Bindings {
		for _, m := range b.Members {
			if m != memberPrefix+u.plan.About.ServiceAgent {
				return m + " was given access by somebody else", nil
			}
		}
	}
	versions, err := from.Versions(ctx, name)
	if err != nil {
		return "", err
	}
	for _, v := range versions {
		own := VersionName{name, v.Name.ID}.String()
		if !slices.ContainsFunc(u.receipt.Actions, func(a ReceiptAction) bool {
			return slices.ContainsFunc(a.Changes, func(c Change) bool { return c.Kind == VersionAdded && c.Resource == own })
		}) {
			return "version " + v.Name.ID + " was added by somebody else", nil
		}
	}
	return rest.reason(), nil
}

// wantedNow is the problem of deleting a secret that has come to be wanted since
// the plan was made; nil: it has not.
func (u *undoing) wantedNow(ctx context.Context, r *Run, name SecretName) error {
	home, err := r.Env.Cloud.Project(ctx, name.Project)
	if err != nil && KindOf(err) != PermissionDenied {
		return err
	}
	why, err := u.wanted(ctx, r.Env.Cloud, name, func() users { return u.usersNow(ctx, r, name, home) })
	if err != nil || why == "" {
		return err
	}
	return inUse(fmt.Sprintf("Secret %q is in use and stays", name.ID), why)
}

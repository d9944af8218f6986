package flows

import (
	"context"
	"iter"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
)

// users are the repositories of a project whose credentials are in one secret.
type users struct {
	repositories []Repository
	// missed is why some location could not be looked at; nil: all were.
	missed error
}

// usersOf finds them among the project's repositories, without the one that
// is spoken of itself. home is the secret's project.
func usersOf(list iter.Seq2[RepositoryBatch, error], secret SecretName, home Project, self RepositoryName) users {
	var u users
	for batch, err := range list {
		if err != nil {
			u.missed = err
			break
		}
		if batch.Err != nil {
			u.missed = batch.Err
		}
		for _, r := range batch.Repositories {
			v, ok := ParseVersionName(r.SecretVersion)
			if ok && r.Name != self && v.Secret.ID == secret.ID && sameProject(v.Secret.Project, secret.Project, home) {
				u.repositories = append(u.repositories, r)
			}
		}
	}
	slices.SortFunc(u.repositories, func(a, b Repository) int { return strings.Compare(a.Name.String(), b.Name.String()) })
	return u
}

// of are those that read one version: by its number, or by a name that may
// mean it.
func (u users) of(version string) users {
	some := users{missed: u.missed}
	for _, r := range u.repositories {
		v, _ := ParseVersionName(r.SecretVersion)
		if v.ID == version || v.Number() == 0 {
			some.repositories = append(some.repositories, r)
		}
	}
	return some
}

// without leaves out repositories.
func (u users) without(some []Repository) users {
	rest := users{missed: u.missed}
	for _, r := range u.repositories {
		if !slices.ContainsFunc(some, func(s Repository) bool { return s.Name == r.Name }) {
			rest.repositories = append(rest.repositories, r)
		}
	}
	return rest
}

// reason says why what they use must stay; empty: nobody uses it.
func (u users) reason() string {
	var names []string
	for _, r := range u.repositories {
		names = append(names, r.Name.Location+"/"+r.Name.ID)
	}
	switch {
	case len(names) > 0:
		return "still used by " + strings.Join(names, ", ")
	case u.missed != nil:
		return "whether another repository uses it could not be found out: " + Explain(u.missed).Error()
	}
	return ""
}

// stands says why what they use must stay, as far as that will stay so; what
// failed in passing is an error.
func (u users) stands() (string, error) {
	if len(u.repositories) == 0 && passing(u.missed) {
		return "", u.missed
	}
	return u.reason(), nil
}

// leftEnabled is how an action ends that leaves a version as it is.
func leftEnabled(v VersionName, why string) Outcome {
	return Outcome{State: Already, Note: "left enabled: " + why, Checks: []check.Finding{{ID: "kept", Level: check.Note,
		Says: "version " + v.ID + " of " + v.Secret.ID + " stays enabled", Why: why}}}
}

// strangers are other projects' service agents that may read a secret, under a
// condition or not: repositories that use it may be out of sight.
func strangers(p Policy, agent string) []string {
	var names []string
	domain := agent[strings.IndexByte(agent, '@')+1:]
	for _, b := range p.Bindings {
		for _, m := range b.Members {
			name := strings.TrimPrefix(m, memberPrefix)
			if name != agent && strings.HasSuffix(name, "@"+domain) && slices.Contains(readerRoles, b.Role) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// usersNow asks Google anew, for the moment before something is taken away.
func (r *Run) usersNow(ctx context.Context, secret SecretName, home Project, self RepositoryName) users {
	return usersOf(r.Env.Cloud.Repositories(ctx, self.Project), secret, home, self)
}

package flows

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// looker answers questions about what is there: Google itself at this moment,
// or what an Env has read of it.
type looker interface {
	Project(ctx context.Context, id string) (Project, error)
	ProjectPolicy(ctx context.Context, project string) (Policy, error)
	Repositories(ctx context.Context, project string) iter.Seq2[RepositoryBatch, error]
	Versions(ctx context.Context, name SecretName) ([]Version, error)
	SecretPolicy(ctx context.Context, name SecretName) (Policy, error)
}

// users are those who read their token from one secret.
type users struct {
	// project is the one that was looked at for repositories.
	project      string
	repositories []Repository
	// agents are other projects' service agents that may read the secret: their
	// repositories may be out of sight.
	agents []string
	// missed is why something could not be looked at; nil: all was. What could
	// not be looked at proves nothing.
	missed error
	// above is why nobody can tell which agents a grant on the secret's project
	// lets read it.
	above error
}

// usersOf finds a secret's users among a project's repositories, without the one
// that is spoken of itself. home is the secret's project.
func usersOf(list iter.Seq2[RepositoryBatch, error], secret SecretName, home Project, self RepositoryName) users {
	u := users{project: self.Project}
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
			switch {
			case !ok || r.Name == self || v.Secret.ID != secret.ID:
			case sameProject(v.Secret.Project, secret.Project, home):
				u.repositories = append(u.repositories, r)
			case home == Project{} && u.missed == nil:
				u.missed = &Error{Kind: PermissionDenied, Message: fmt.Sprintf(
					"whether %q is project %q could not be looked up", v.Secret.Project, secret.Project)}
			}
		}
	}
	slices.SortFunc(u.repositories, func(a, b Repository) int { return strings.Compare(a.Name.String(), b.Name.String()) })
	return u
}

// allUsersOf is usersOf with those of other projects, as far as grants tell of
// them. agent is the project's own service agent.
func allUsersOf(ctx context.Context, from looker, secret SecretName, home Project, self RepositoryName, agent string) users {
	u := usersOf(from.Repositories(ctx, self.Project), secret, home, self)
	own, err := from.SecretPolicy(ctx, secret)
	if err != nil && KindOf(err) != NotFound && u.missed == nil {
		u.missed = err
	}
	above, err := from.ProjectPolicy(ctx, secret.Project)
	u.above = err
	own.Bindings = slices.Concat(own.Bindings, above.Bindings)
	u.agents = strangers(own, agent)
	for _, a := range u.agents {
		number, _, _ := strings.Cut(strings.TrimPrefix(a, "service-"), "@")
		theirs, err := from.Project(ctx, number)
		if err != nil || theirs.ID == self.Project {
			continue // out of sight: the agent's name must do
		}
		seen := usersOf(from.Repositories(ctx, theirs.ID), secret, home, RepositoryName{})
		u.repositories = append(u.repositories, seen.repositories...)
	}
	return u
}

// of are those that read one version: by its number, or by a name that may
// mean it.
func (u users) of(version string) users {
	return u.only(func(r Repository) bool {
		v, _ := ParseVersionName(r.SecretVersion)
		return v.ID == version || v.Number() == 0
	})
}

// without leaves out repositories.
func (u users) without(some []Repository) users {
	return u.only(func(r Repository) bool {
		return !slices.ContainsFunc(some, func(s Repository) bool { return s.Name == r.Name })
	})
}

// here leaves out other projects': their agents have access of their own.
func (u users) here() users {
	u.agents, u.above = nil, nil
	return u.only(func(r Repository) bool { return r.Name.Project == u.project })
}

func (u users) only(fit func(Repository) bool) users {
	u.repositories = slices.DeleteFunc(slices.Clone(u.repositories), func(r Repository) bool { return !fit(r) })
	return u
}

// reason says why what they use must stay; empty: nobody uses it.
func (u users) reason() string {
	var names []string
	for _, r := range u.repositories {
		name := r.Name.Location + "/" + r.Name.ID
		if r.Name.Project != u.project {
			name = r.Name.Project + "/" + name
		}
		names = append(names, name)
	}
	switch {
	case len(names) > 0:
		return "still used by " + strings.Join(names, ", ")
	case len(u.agents) > 0:
		return "other projects' service agents may read it: " + strings.Join(u.agents, ", ")
	case u.missed != nil:
		return "whether another repository uses it could not be found out: " + Explain(u.missed).Error()
	}
	return ""
}

// stands says why what they use must stay, as far as that will stay so; what
// failed in passing is an error.
func (u users) stands() (string, error) {
	if len(u.repositories) == 0 && len(u.agents) == 0 && passing(u.missed) {
		return "", u.missed
	}
	return u.reason(), nil
}

// needs is the problem of taking away what they use; nil: nobody uses it. title
// says what stays.
func (u users) needs(title string) error {
	why, err := u.stands()
	switch {
	case err != nil:
		return err
	case why == "":
		return nil
	}
	return inUse(title, why)
}

// inUse is the problem of what was to be taken away when somebody had come to
// use it since the plan was made.
func inUse(title, why string) *Problem {
	return &Problem{Title: title, Detail: why, Kind: Conflict,
		Hints: []string{"run the same command again: its plan leaves alone what others use"}}
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
	return allUsersOf(ctx, r.Env.Cloud, secret, home, self, r.Plan.About.ServiceAgent)
}

// disableUnused is disableVersion with a last look at who uses the version.
func disableUnused(id string, v VersionName, look func(ctx context.Context, r *Run) users) *Action {
	a := disableVersion(id, v)
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) { return r.switchOffUnused(ctx, v, look(ctx, r)) }
	return a
}

func (r *Run) switchOffUnused(ctx context.Context, v VersionName, now users) (Outcome, error) {
	if err := now.of(v.ID).needs(fmt.Sprintf("Version %s of secret %q is in use and stays enabled", v.ID, v.Secret.ID)); err != nil {
		return Outcome{}, err
	}
	return r.switchVersion(ctx, v, false)
}

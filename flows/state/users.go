package state

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// Looker answers questions about what is there: Google itself at this moment,
// or what an Env has read of it.
type Looker interface {
	Project(ctx context.Context, id string) (cloud.Project, error)
	ProjectPolicy(ctx context.Context, project string) (cloud.Policy, error)
	Repositories(ctx context.Context, project string) iter.Seq2[cloud.RepositoryBatch, error]
	Versions(ctx context.Context, name cloud.SecretName) ([]cloud.Version, error)
	SecretPolicy(ctx context.Context, name cloud.SecretName) (cloud.Policy, error)
}

// Users are those who read their token from one secret.
type Users struct {
	// project is the one that was looked at for repositories.
	project      string
	Repositories []cloud.Repository
	// agents are other projects' service agents that may read the secret: their
	// repositories may be out of sight.
	agents []string
	// Missed is why something could not be looked at; nil: all was. What could
	// not be looked at proves nothing.
	Missed error
	// Above is why nobody can tell which agents a grant on the secret's project
	// lets read it.
	Above error
}

// UsersOf finds a secret's users among a project's repositories, without the one
// that is spoken of itself. home is the secret's project.
func UsersOf(list iter.Seq2[cloud.RepositoryBatch, error], secret cloud.SecretName, home cloud.Project, self cloud.RepositoryName) Users {
	u := Users{project: self.Project}
	for batch, err := range list {
		if err != nil {
			u.Missed = err
			break
		}
		if batch.Err != nil {
			u.Missed = batch.Err
		}
		for _, r := range batch.Repositories {
			v, ok := cloud.ParseVersionName(r.SecretVersion)
			switch {
			case !ok || r.Name == self || v.Secret.ID != secret.ID:
			case cloud.SameProject(v.Secret.Project, secret.Project, home):
				u.Repositories = append(u.Repositories, r)
			case home == cloud.Project{} && u.Missed == nil:
				u.Missed = &cloud.Error{Kind: cloud.PermissionDenied, Message: fmt.Sprintf(
					"can't look up whether %q is project %q", v.Secret.Project, secret.Project)}
			}
		}
	}
	slices.SortFunc(u.Repositories, func(a, b cloud.Repository) int { return strings.Compare(a.Name.String(), b.Name.String()) })
	return u
}

// AllUsersOf is UsersOf with those of other projects, as far as grants tell of
// them. agent is the project's own service agent.
func AllUsersOf(ctx context.Context, from Looker, secret cloud.SecretName, home cloud.Project, self cloud.RepositoryName, agent string) Users {
	u := UsersOf(from.Repositories(ctx, self.Project), secret, home, self)
	own, err := from.SecretPolicy(ctx, secret)
	if err != nil && cloud.KindOf(err) != cloud.NotFound && u.Missed == nil {
		u.Missed = err
	}
	above, err := from.ProjectPolicy(ctx, secret.Project)
	u.Above = err
	own.Bindings = slices.Concat(own.Bindings, above.Bindings)
	u.agents = strangers(own, agent)
	for _, a := range u.agents {
		number, _, _ := strings.Cut(strings.TrimPrefix(a, "service-"), "@")
		theirs, err := from.Project(ctx, number)
		if err != nil || theirs.ID == self.Project {
			continue // out of sight: the agent's name must do
		}
		seen := UsersOf(from.Repositories(ctx, theirs.ID), secret, home, cloud.RepositoryName{})
		u.Repositories = append(u.Repositories, seen.Repositories...)
	}
	return u
}

// Of are those that read one version: by its number, or by a name that may
// mean it.
func (u Users) Of(version string) Users {
	return u.only(func(r cloud.Repository) bool {
		v, _ := cloud.ParseVersionName(r.SecretVersion)
		return v.ID == version || v.Number() == 0
	})
}

// Without leaves out repositories.
func (u Users) Without(some []cloud.Repository) Users {
	return u.only(func(r cloud.Repository) bool {
		return !slices.ContainsFunc(some, func(s cloud.Repository) bool { return s.Name == r.Name })
	})
}

// Here leaves out other projects': their agents have access of their own.
func (u Users) Here() Users {
	u.agents, u.Above = nil, nil
	return u.only(func(r cloud.Repository) bool { return r.Name.Project == u.project })
}

func (u Users) only(fit func(cloud.Repository) bool) Users {
	u.Repositories = slices.DeleteFunc(slices.Clone(u.Repositories), func(r cloud.Repository) bool { return !fit(r) })
	return u
}

// Named are the repositories that use it, as far as their names are needed to
// tell them apart.
func (u Users) Named() []text.Text {
	var names []string
	for _, r := range u.Repositories {
		name := r.Name.Location + "/" + r.Name.ID
		if r.Name.Project != u.project {
			name = r.Name.Project + "/" + name
		}
		names = append(names, name)
	}
	return text.Names(names)
}

// Reason says why what they use must stay; empty: nobody uses it.
func (u Users) Reason() text.Text {
	switch {
	case len(u.Repositories) > 0:
		return text.New("Still used by %s", u.Named())
	case len(u.agents) > 0:
		return text.New("Service agents of other projects may read it: %s", text.Words(u.agents))
	case u.Missed != nil:
		return text.New("Other users of it can't be ruled out: %s", engine.Explain(u.Missed))
	}
	return text.Text{}
}

// Stands says why what they use must stay, as far as that will stay so; what
// failed in passing is an error.
func (u Users) Stands() (text.Text, error) {
	if len(u.Repositories) == 0 && len(u.agents) == 0 && cloud.Passing(u.Missed) {
		return text.Text{}, u.Missed
	}
	return u.Reason(), nil
}

// Needs is the problem of taking away what they use; nil: nobody uses it. title
// says what stays.
func (u Users) Needs(title text.Text) error {
	why, err := u.Stands()
	switch {
	case err != nil:
		return err
	case why.Empty():
		return nil
	}
	return InUse(title, why)
}

// InUse is the problem of what was to be taken away when somebody had come to
// use it since the plan was made.
func InUse(title, why text.Text) *engine.Problem {
	return &engine.Problem{Code: check.InUse, Kind: cloud.Conflict, Title: title, Detail: why,
		Hints: []check.Hint{{Says: text.New("Run the same command again; its new plan keeps what others use")}}}
}

// strangers are other projects' service agents that may read a secret, under a
// condition or not: repositories that use it may be out of sight.
func strangers(p cloud.Policy, agent string) []string {
	var names []string
	domain := agent[strings.IndexByte(agent, '@')+1:]
	for _, b := range p.Bindings {
		for _, m := range b.Members {
			name := strings.TrimPrefix(m, cloud.MemberPrefix)
			if name != agent && strings.HasSuffix(name, "@"+domain) && slices.Contains(cloud.ReaderRoles, b.Role) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// UsersNow asks Google anew, for the moment before something is taken away.
func UsersNow(ctx context.Context, r *engine.Run, secret cloud.SecretName, home cloud.Project, self cloud.RepositoryName) Users {
	return AllUsersOf(ctx, r.Env.Cloud, secret, home, self, r.Plan.About.ServiceAgent)
}

// OtherUsers finds the other repositories of a repository's secret.
func OtherUsers(ctx context.Context, e *engine.Env, d engine.Draft, r cloud.Repository) Users {
	v, ok := cloud.ParseVersionName(r.SecretVersion)
	if !ok {
		return Users{}
	}
	home, _ := e.Project(ctx, v.Secret.Project)
	return UsersOf(e.Repositories(ctx, d.Project), v.Secret, home, r.Name)
}

package change

import (
	"context"
	"slices"
	"time"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// Undo undoes exactly what a run changed, newest first, and only where the present
// state is still what the run left.
func Undo() *engine.Flow {
	return &engine.Flow{
		ID: "undo", Title: text.New("Undo a run"),
		Why:   text.New("Undoes what a run changed, by its receipt. What others have changed since then stays."),
		Steps: []engine.Step{step.SignIn(), step.Receipt(), step.Created(createdSecret)},
		Plan:  planUndo,
	}
}

// createdSecret is the action that deletes the secret which the run created; nil
// where it has to stay.
func createdSecret(ctx context.Context, e *engine.Env, d engine.Draft) (*engine.Action, error) {
	d.Options.DeleteCreated = true
	p, err := planUndo(ctx, e, d)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.Actions, func(a engine.Action) bool { return a.ID == engine.ActDeleteSecret })
	if i < 0 {
		return nil, nil
	}
	return &p.Actions[i], nil
}

// undoing is an undo being planned.
type undoing struct {
	env     *engine.Env
	receipt engine.Receipt
	options engine.Options
	plan    *engine.Plan
	net     []engine.Change
	// restored are the repositories that get their former credentials back.
	restored []cloud.RepositoryName
	// deleted are the secrets that are to be deleted, and when they were created.
	deleted map[string]*time.Time
}

func planUndo(ctx context.Context, e *engine.Env, d engine.Draft) (*engine.Plan, error) {
	r, err := step.ReceiptToUndo(ctx, e, d.Options.Receipt)
	if err != nil {
		return nil, err
	}
	name, _ := cloud.ParseRepositoryName(r.Repository)
	about := engine.About{Project: r.Project, ProjectNumber: r.ProjectNumber,
		Repository: cloud.Repository{Name: name}}
	u := &undoing{env: e, receipt: r, options: d.Options, deleted: map[string]*time.Time{},
		plan: &engine.Plan{Undoes: r.Name(), About: about}}
	if is, err := e.Repository(ctx, name); err == nil {
		u.plan.About.Repository, u.plan.About.Upstream = is, engine.TargetOf(is).BaseURL()
		u.plan.About.Username, u.plan.About.SecretVersion = is.Username, is.SecretVersion
	}
	if r.ProjectNumber != "" {
		u.plan.About.ServiceAgent = e.Cloud.ServiceAgent(r.ProjectNumber)
	}
	if err := u.settle(ctx); err != nil {
		return nil, err
	}
	if err := u.credentialsFirst(ctx); err != nil {
		return nil, err
	}
	for _, c := range u.net {
		if c.Kind == engine.SecretCreated {
			if err := u.created(ctx, c); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range u.net {
		if err := u.takeBack(ctx, c); err != nil {
			return nil, err
		}
	}
	u.warn()
	u.owners(ctx)
	return u.plan, nil
}

// owners warns about the tools that manage what is undone.
func (u *undoing) owners(ctx context.Context) {
	if !u.plan.Writes() {
		return
	}
	for _, name := range u.restored {
		if is, err := u.env.Repository(ctx, name); err == nil {
			u.plan.Checks = append(u.plan.Checks, state.AboutOwners(cloud.SecretInfo{}, is)...)
		}
	}
	for _, name := range u.secrets() {
		if is, err := u.env.Secret(ctx, name); err == nil {
			u.plan.Checks = append(u.plan.Checks, state.AboutOwners(is)...)
		}
	}
}

// secrets are those that the run has changed, each once.
func (u *undoing) secrets() []cloud.SecretName {
	var all []cloud.SecretName
	for _, c := range u.net {
		name, ok := cloud.ParseSecretName(c.Resource)
		if v, of := cloud.ParseVersionName(c.Resource); of {
			name, ok = v.Secret, true
		}
		if ok && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// leave notes what isn't undone, and why.
func (u *undoing) leave(c check.Code, l check.Level, says, why text.Text) {
	u.plan.Checks = append(u.plan.Checks, check.Finding{ID: "left-alone", Code: c, Level: l, Says: says, Why: why})
}

// act adds an action after all before it.
func (u *undoing) act(a *engine.Action, c engine.Change) {
	a.Key, a.Needs = a.ID+" "+c.About(), nil
	if n := len(u.plan.Actions); n > 0 {
		a.Needs = []string{u.plan.Actions[n-1].Unique()}
	}
	u.plan.Add(a)
}

// credentialsFirst finds out which repositories are given back what they had:
// only then is it known what nothing uses any more.
func (u *undoing) credentialsFirst(ctx context.Context) error {
	for _, c := range u.net {
		if c.Kind != engine.CredentialsSet || c.Before == nil || c.After == nil {
			continue
		}
		name, _ := cloud.ParseRepositoryName(c.Resource)
		is, err := u.env.Repository(ctx, name)
		if err != nil && cloud.KindOf(err) != cloud.NotFound {
			return err
		}
		if err == nil && !u.anew(c, is.CreateTime) {
			if code, _ := u.restorable(ctx, is, c); code == check.NoCode {
				u.restored = append(u.restored, name)
			}
		}
	}
	return nil
}

// has reports whether a repository has these credentials.
func (u *undoing) has(ctx context.Context, is cloud.Repository, c engine.Creds) bool {
	if is.Username != c.Username {
		return false
	}
	v, ok := cloud.ParseVersionName(c.SecretVersion)
	if !ok {
		return is.SecretVersion == c.SecretVersion
	}
	home, _ := u.env.Project(ctx, v.Secret.Project)
	return cloud.SameVersion(is.SecretVersion, v, home)
}

// restorable is the reason why a repository can't get its former credentials back;
// no code: it can.
func (u *undoing) restorable(ctx context.Context, is cloud.Repository, c engine.Change) (check.Code, text.Text) {
	if !u.has(ctx, is, *c.After) {
		return check.UndoChanged, text.New("Someone has changed it since: its user name is %q, its secret version %q",
			engine.ShownUsername(is, is.Username), is.SecretVersion)
	}
	if *c.Before == (engine.Creds{}) {
		return check.NoCode, text.Text{}
	}
	v, ok := cloud.WellFormed(c.Before.SecretVersion)
	if !ok || c.Before.Username == "" {
		return check.UndoUnrestorable, text.New("Google would reject what it had before: user name %q, secret version %q",
			engine.ShownUsername(is, c.Before.Username), c.Before.SecretVersion)
	}
	home, _ := u.env.Project(ctx, v.Secret.Project)
	enabling := slices.ContainsFunc(u.net, func(n engine.Change) bool {
		return n.Kind == engine.VersionOff && cloud.SameVersion(n.Resource, v, home)
	})
	was, err := u.env.Version(ctx, v)
	switch {
	case enabling:
		return check.NoCode, text.Text{}
	case err != nil && cloud.KindOf(err) != cloud.NotFound:
		return check.NoCode, text.Text{} // it may not be looked at; Google decides
	case err != nil:
		return check.UndoUnrestorable, text.New("The version it had before doesn't exist any more: %q", v.String())
	case !was.Enabled():
		return check.UndoUnrestorable, text.New("The version it had before is %s: %q", state.OfVersion(was),
			v.String())
	case !u.readable(ctx, v.Secret):
		return check.UndoUnrestorable, text.New("Google would reject what it had before, because the service agent may not read %q", v.Secret.String())
	case u.rejected(ctx, is, c.Before.Username, v):
		return check.UndoUnrestorable, text.New("Google would reject what it had before, because the upstream rejects the token in %q", v.String())
	}
	return check.NoCode, text.Text{}
}

// rejected reports whether the upstream rejects what a repository had before, as
// far as the token may be read and tried there.
func (u *undoing) rejected(ctx context.Context, is cloud.Repository, username string, v cloud.VersionName) bool {
	leave, err := state.MayTry(ctx, u.env, is, v, "")
	if err != nil {
		return false
	}
	payload, err := leave.Read(ctx)
	defer payload.Wipe()
	if err != nil {
		return false
	}
	o, err := leave.Send(ctx, username, payload, engine.Options{})
	return err == nil && o.Verdict == upstream.Rejected
}

// readable reports whether the service agent may be able to read a secret, or gets
// access to it again. What can't be looked at counts as readable, and so does a
// condition: Google decides.
func (u *undoing) readable(ctx context.Context, secret cloud.SecretName) bool {
	member := cloud.MemberPrefix + u.plan.About.ServiceAgent
	own, err := u.env.SecretPolicy(ctx, secret)
	if err != nil ||
		slices.ContainsFunc(u.net, func(c engine.Change) bool {
			return c.Kind == engine.AccessRevoked && u.sameSecret(ctx, c.Resource, secret)
		}) {
		return true
	}
	above, err := u.env.ProjectPolicy(ctx, secret.Project)
	a := state.AccessOf(ctx, u.env, member, state.Layer{Policy: own}, state.Layer{Policy: above})
	return err != nil || a.Role != "" || len(a.Unsure) > 0
}

// sameSecret reports whether a name means a secret, by its project's ID or number.
func (u *undoing) sameSecret(ctx context.Context, name string, secret cloud.SecretName) bool {
	s, ok := cloud.ParseSecretName(name)
	home, _ := u.env.Project(ctx, secret.Project)
	return ok && s.ID == secret.ID && cloud.SameProject(s.Project, secret.Project, home)
}

// takeBack plans the undoing of one change.
func (u *undoing) takeBack(ctx context.Context, c engine.Change) error {
	switch c.Kind {
	case engine.CredentialsSet:
		return u.credentials(ctx, c)
	case engine.VersionAdded, engine.VersionOn, engine.VersionOff:
		return u.version(ctx, c)
	case engine.AccessGranted, engine.AccessRevoked:
		return u.access(ctx, c)
	case engine.SecretDeleted:
		u.leave(check.UndoImpossible, check.Warning, text.New("The run deleted %q", c.Resource),
			text.New("A deleted secret can't be restored"))
	case engine.APIsEnabled:
		u.leave(check.UndoImpossible, check.Note, text.New("The APIs that the run turned on stay on"),
			text.New("Others may use them by now: %q", c.Resource))
	case engine.AgentMade:
		u.leave(check.UndoImpossible, check.Note, text.New("The service agent stays"),
			text.New("Google's own accounts can't be deleted"))
	case engine.SecretCreated: // see created
		name, _ := cloud.ParseSecretName(c.Resource)
		if created := u.deleted[name.String()]; created != nil {
			still := func(ctx context.Context, r *engine.Run) error { return u.wantedNow(ctx, r, name) }
			u.act(act.DeleteSecret(name, *created, still), c)
		}
	}
	return nil
}

func (u *undoing) credentials(ctx context.Context, c engine.Change) error {
	name, _ := cloud.ParseRepositoryName(c.Resource)
	is, err := u.env.Repository(ctx, name)
	switch {
	case cloud.KindOf(err) == cloud.NotFound:
		u.leave(check.UndoGone, check.Note, text.New("The credentials of repository %q stay as they are", name.ID),
			text.New("The repository doesn't exist any more"))
		return nil
	case err != nil:
		return err
	case c.Before == nil || c.After == nil || u.has(ctx, is, *c.Before):
		return nil // it has them back already
	}
	if u.anew(c, is.CreateTime) {
		u.leaveAnew(text.New("Repository %q stays as it is", name.ID))
		return nil
	}
	if code, why := u.restorable(ctx, is, c); code != check.NoCode {
		u.leave(code, check.Warning, text.New("The credentials of repository %q stay as they are", name.ID), why)
		return nil
	}
	u.plan.Rows = append(u.plan.Rows,
		engine.Row{Label: text.New("User name of %q", name.ID),
			Before: orNone(engine.ShownUsername(is, is.Username)),
			After:  orNone(engine.ShownUsername(is, c.Before.Username))},
		engine.Row{Label: text.New("Secret version of %q", name.ID), Before: orNone(is.SecretVersion),
			After: orNone(c.Before.SecretVersion)})
	if name == u.plan.About.Repository.Name { // the plan describes it as it will be
		u.plan.About.Username, u.plan.About.SecretVersion = c.Before.Username, c.Before.SecretVersion
	}
	if *c.Before == (engine.Creds{}) {
		u.act(act.ClearCredentials(is), c)
		return nil
	}
	v, _ := cloud.ParseVersionName(c.Before.SecretVersion)
	home, _ := u.env.Project(ctx, v.Secret.Project)
	u.act(act.RestoreCredentials(is, *c.Before, v, home), c)
	return nil
}

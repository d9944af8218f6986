package change

import (
	"cmp"
	"context"
	"slices"
	"strings"
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

// Undo takes back exactly what a run changed, newest first, and only where the
// present state is still what the run left.
func Undo() *engine.Flow {
	return &engine.Flow{
		ID: "undo", Title: text.New("Take a run back"),
		Why:   text.New("Each run leaves a receipt; what it changed is taken back, and what was changed since is left alone."),
		Steps: []engine.Step{step.SignIn(), stepReceipt(), stepCreated()},
		Plan:  planUndo,
	}
}

// The answers to the question about a secret that the run created.
const (
	keepCreated   = "keep"
	deleteCreated = "delete"
)

// stepCreated offers to delete a secret that the run created, where nothing
// else uses it.
func stepCreated() engine.Step {
	return engine.Step{
		ID: engine.StepCreated, Title: text.New("The secret that the run created"), Default: keepCreated,
		Why:  text.New("Nothing else uses it. A secret that is deleted is gone for good."),
		When: func(d engine.Draft) bool { return !d.Options.DeleteCreated || d.From[engine.StepCreated] != "" },
		Ask:  engine.AtOnce(askCreated),
		Take: func(d *engine.Draft, a engine.Answer) error {
			d.Options.DeleteCreated = a.Text == deleteCreated
			return engine.OneOf(a.Text, keepCreated, deleteCreated)
		},
	}
}

func askCreated(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
	d.Options.DeleteCreated = true
	p, err := planUndo(ctx, e, d)
	if err != nil {
		return engine.Prompt{}, err
	}
	i := slices.IndexFunc(p.Actions, func(a engine.Action) bool { return a.ID == engine.ActDeleteSecret })
	if i < 0 {
		return engine.Prompt{Settled: keepCreated}, nil
	}
	return engine.Prompt{Kind: engine.Pick, Options: []engine.Option{
		{Value: keepCreated, Label: text.New("keep it"), Note: text.New("its version is disabled")},
		{Value: deleteCreated, Label: text.New("delete it"), Note: p.Actions[i].Says},
	}}, nil
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
	r, err := receiptToUndo(ctx, e, d.Options.Receipt)
	if err != nil {
		return nil, err
	}
	name, _ := cloud.ParseRepositoryName(r.Repository)
	u := &undoing{env: e, receipt: r, options: d.Options, deleted: map[string]*time.Time{},
		plan: &engine.Plan{Undoes: r.Name(), About: engine.About{Project: r.Project, ProjectNumber: r.ProjectNumber, Repository: cloud.Repository{Name: name}}}}
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

// owners warns of the tools that manage what is taken back.
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

// leave says what is left alone, and why.
func (u *undoing) leave(l check.Level, says string, why text.Text) {
	u.plan.Checks = append(u.plan.Checks, check.Finding{ID: "left-alone", Level: l, Says: text.New("left alone: %s", says), Why: why})
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
		if err == nil && !u.anew(c, is.CreateTime) && u.restorable(ctx, is, c).Empty() {
			u.restored = append(u.restored, name)
		}
	}
	return nil
}

// has tells whether a repository has these credentials.
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

// restorable says why a repository cannot be given back what it had; empty: it
// can.
func (u *undoing) restorable(ctx context.Context, is cloud.Repository, c engine.Change) text.Text {
	if !u.has(ctx, is, *c.After) {
		return text.New("somebody has changed it since: its user name is %q and its secret version %q", engine.ShownUsername(is, is.Username), is.SecretVersion)
	}
	if *c.Before == (engine.Creds{}) {
		return text.Text{}
	}
	v, ok := cloud.WellFormed(c.Before.SecretVersion)
	if !ok || c.Before.Username == "" {
		return text.New("what it had before was broken, and Google would refuse it: user name %q, secret version %q", engine.ShownUsername(is, c.Before.Username), c.Before.SecretVersion)
	}
	home, _ := u.env.Project(ctx, v.Secret.Project)
	enabling := slices.ContainsFunc(u.net, func(n engine.Change) bool {
		return n.Kind == engine.VersionOff && cloud.SameVersion(n.Resource, v, home)
	})
	was, err := u.env.Version(ctx, v)
	switch {
	case enabling:
		return text.Text{}
	case err != nil && cloud.KindOf(err) != cloud.NotFound:
		return text.Text{} // it may not be looked at; Google will tell
	case err != nil:
		return text.New("the version it had before is not there any more: %s", v.String())
	case !was.Enabled():
		return text.New("the version it had before is %s: %s", strings.ToLower(was.State), v.String())
	case !u.readable(ctx, v.Secret):
		return text.New("what it had before was broken, and Google would refuse it: the service agent may not read %s", v.Secret.String())
	case u.refused(ctx, is, c.Before.Username, v):
		return text.New("what it had before was broken, and Google would refuse it: the upstream does not accept the token in %s", v.String())
	}
	return text.Text{}
}

// refused tells whether the upstream refuses what a repository had before, as
// far as the token may be read and tried there.
func (u *undoing) refused(ctx context.Context, is cloud.Repository, username string, v cloud.VersionName) bool {
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

// readable tells whether the service agent may be able to read a secret, or may
// have it granted again. What cannot be looked at is taken to be well, and so
// is a condition: Google will tell.
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

// sameSecret tells whether a name means a secret, by its project's id or number.
func (u *undoing) sameSecret(ctx context.Context, name string, secret cloud.SecretName) bool {
	s, ok := cloud.ParseSecretName(name)
	home, _ := u.env.Project(ctx, secret.Project)
	return ok && s.ID == secret.ID && cloud.SameProject(s.Project, secret.Project, home)
}

// takeBack plans the opposite of one change.
func (u *undoing) takeBack(ctx context.Context, c engine.Change) error {
	switch c.Kind {
	case engine.CredentialsSet:
		return u.credentials(ctx, c)
	case engine.VersionAdded, engine.VersionOn, engine.VersionOff:
		return u.Version(ctx, c)
	case engine.AccessGranted, engine.AccessRevoked:
		return u.access(ctx, c)
	case engine.SecretDeleted:
		u.leave(check.Warning, c.Resource+" was deleted", text.New("what is deleted cannot be brought back"))
	case engine.APIsEnabled:
		u.leave(check.Note, "APIs that the run turned on stay on", text.New("others may rely on them by now: %s", c.Resource))
	case engine.AgentMade:
		u.leave(check.Note, "the service agent stays", text.New("Google's own accounts cannot be deleted"))
	case engine.SecretCreated: // see created
		name, _ := cloud.ParseSecretName(c.Resource)
		if created := u.deleted[name.String()]; created != nil {
			u.act(act.DeleteSecret(name, *created, func(ctx context.Context, r *engine.Run) error { return u.wantedNow(ctx, r, name) }), c)
		}
	}
	return nil
}

func (u *undoing) credentials(ctx context.Context, c engine.Change) error {
	name, _ := cloud.ParseRepositoryName(c.Resource)
	is, err := u.env.Repository(ctx, name)
	switch {
	case cloud.KindOf(err) == cloud.NotFound:
		u.leave(check.Note, "the credentials of "+c.Resource, text.New("the repository is not there any more"))
		return nil
	case err != nil:
		return err
	case c.Before == nil || c.After == nil || u.has(ctx, is, *c.Before):
		return nil // it has them back already
	}
	if u.anew(c, is.CreateTime) {
		u.leaveAnew("the repository " + name.ID)
		return nil
	}
	if why := u.restorable(ctx, is, c); !why.Empty() {
		u.leave(check.Warning, "the credentials of "+name.ID, why)
		return nil
	}
	u.plan.Rows = append(u.plan.Rows, engine.Row{Label: text.New("User name of %s", name.ID), Before: text.Verbatim(cmp.Or(engine.ShownUsername(is, is.Username), "none")), After: text.Verbatim(cmp.Or(engine.ShownUsername(is, c.Before.Username), "none"))},
		engine.Row{Label: text.New("Secret version of %s", name.ID), Before: text.Verbatim(cmp.Or(is.SecretVersion, "none")), After: text.Verbatim(cmp.Or(c.Before.SecretVersion, "none"))})
	if name == u.plan.About.Repository.Name { // it is told of as it is going to be
		u.plan.About.Username, u.plan.About.SecretVersion = c.Before.Username, c.Before.SecretVersion
	}
	if *c.Before == (engine.Creds{}) {
		u.act(act.ClearCredentials(is), c)
		return nil
	}
	v, _ := cloud.ParseVersionName(c.Before.SecretVersion)
	home, _ := u.env.Project(ctx, v.Secret.Project)
	a := act.UpdateRepository(is, c.Before.Username, v, false, home)
	a.Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
		return act.Update(ctx, r, is, c.Before.Username, v, home)
	}
	u.act(a, c)
	return nil
}

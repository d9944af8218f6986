package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/flows/wording"
)

// Undo takes back exactly what a run changed, newest first, and only where the
// present state is still what the run left.
func Undo() *Flow {
	return &Flow{
		ID: "undo", Title: "Take a run back",
		Why:   "Each run leaves a receipt; what it changed is taken back, and what was changed since is left alone.",
		Steps: []Step{stepSignIn(), stepCreated()},
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
func stepCreated() Step {
	return Step{
		ID: StepCreated, Title: "The secret that the run created", Default: keepCreated,
		Why:  "Nothing else uses it. A secret that is deleted is gone for good.",
		When: func(d Draft) bool { return !d.Options.DeleteCreated || d.From[StepCreated] != "" },
		Ask:  atOnce(askCreated),
		Take: func(d *Draft, a Answer) error {
			d.Options.DeleteCreated = a.Text == deleteCreated
			return oneOf(a.Text, keepCreated, deleteCreated)
		},
	}
}

func askCreated(ctx context.Context, e *Env, d Draft) (Prompt, error) {
	d.Options.DeleteCreated = true
	p, err := planUndo(ctx, e, d)
	if err != nil {
		return Prompt{}, err
	}
	i := slices.IndexFunc(p.Actions, func(a Action) bool { return a.ID == ActDeleteSecret })
	if i < 0 {
		return Prompt{Settled: keepCreated}, nil
	}
	return Prompt{Kind: Pick, Options: []Option{
		{Value: keepCreated, Label: "keep it", Note: "its version is disabled"},
		{Value: deleteCreated, Label: "delete it", Note: p.Actions[i].Says},
	}}, nil
}

// undoing is an undo being planned.
type undoing struct {
	env     *Env
	receipt Receipt
	options Options
	plan    *Plan
	net     []Change
	// restored are the repositories that get their former credentials back.
	restored []RepositoryName
	deleted  map[string]bool // secrets that are to be deleted
}

func planUndo(ctx context.Context, e *Env, d Draft) (*Plan, error) {
	r, err := e.receiptToUndo(ctx, d.Options.Receipt)
	if err != nil {
		return nil, err
	}
	name, _ := ParseRepositoryName(r.Repository)
	u := &undoing{env: e, receipt: r, options: d.Options, net: r.net(), deleted: map[string]bool{},
		plan: &Plan{Undoes: r.name(), About: About{Project: r.Project, ProjectNumber: r.ProjectNumber, Repository: Repository{Name: name}}}}
	if is, err := e.Repository(ctx, name); err == nil {
		u.plan.About.Repository, u.plan.About.Upstream = is, targetOf(is).BaseURL()
		u.plan.About.Username, u.plan.About.SecretVersion = is.Username, is.SecretVersion
	}
	if r.ProjectNumber != "" {
		u.plan.About.ServiceAgent = e.Cloud.ServiceAgent(r.ProjectNumber)
	}
	if r.Open {
		u.plan.Checks = append(u.plan.Checks, check.Finding{ID: "receipt", Level: check.Warning,
			Says: "others on this machine can change the receipt, and so what is taken back", Why: "it is kept in " + r.Path,
			Remedy: &check.Remedy{Says: "look at the plan, and keep it from others", Command: "chmod go-w " + wording.Quote(r.Path)}})
	}
	for _, a := range r.Actions {
		if a.State == Running {
			u.leave(check.Warning, a.Says, "the program ended in the middle of it: whether it was done is not known, look at it yourself")
		}
	}
	if err := u.credentialsFirst(ctx); err != nil {
		return nil, err
	}
	for _, c := range u.net {
		if c.Kind == SecretCreated {
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
	return u.plan, nil
}

// receiptToUndo reads the receipt of a run, and holds that it speaks of the
// project that is there now: a number belongs to one project for ever.
func (e *Env) receiptToUndo(ctx context.Context, path string) (r Receipt, err error) {
	if path == "" {
		r, err = e.Receipts.newest()
	} else {
		r, err = e.Receipts.Read(path)
	}
	if err != nil {
		return r, err
	}
	if is, err := e.Project(ctx, r.Project); err == nil && r.ProjectNumber != "" && is.Number != r.ProjectNumber {
		return r, &Problem{Title: "The receipt is of another project", Kind: Conflict,
			Detail: fmt.Sprintf("it was made where %s had the number %s, and here it has %s", r.Project, r.ProjectNumber, is.Number),
			Hints:  []string{"take it back where it was made: with --emulator HOST:PORT if that was an emulator, without if it was not", showAll}}
	}
	return r, nil
}

// leave says what is left alone, and why.
func (u *undoing) leave(l check.Level, says, why string) {
	u.plan.Checks = append(u.plan.Checks, check.Finding{ID: "left-alone", Level: l, Says: "left alone: " + says, Why: why})
}

// act adds an action after all before it.
func (u *undoing) act(a *Action, c Change) {
	a.Key, a.Needs = a.ID+" "+c.about(), nil
	if n := len(u.plan.Actions); n > 0 {
		a.Needs = []string{u.plan.Actions[n-1].key()}
	}
	u.plan.add(a)
}

// credentialsFirst finds out which repositories are given back what they had:
// only then is it known what nothing uses any more.
func (u *undoing) credentialsFirst(ctx context.Context) error {
	for _, c := range u.net {
		if c.Kind != CredentialsSet || c.Before == nil || c.After == nil {
			continue
		}
		name, _ := ParseRepositoryName(c.Resource)
		is, err := u.env.Repository(ctx, name)
		if err != nil && KindOf(err) != NotFound {
			return err
		}
		if err == nil && u.restorable(ctx, is, c) == "" {
			u.restored = append(u.restored, name)
		}
	}
	return nil
}

// has tells whether a repository has these credentials.
func (u *undoing) has(ctx context.Context, is Repository, c Creds) bool {
	if is.Username != c.Username {
		return false
	}
	v, ok := ParseVersionName(c.SecretVersion)
	if !ok {
		return is.SecretVersion == c.SecretVersion
	}
	home, _ := u.env.Project(ctx, v.Secret.Project)
	return sameVersion(is.SecretVersion, v, home)
}

// restorable says why a repository cannot be given back what it had; empty: it
// can.
func (u *undoing) restorable(ctx context.Context, is Repository, c Change) string {
	if !u.has(ctx, is, *c.After) {
		return fmt.Sprintf("somebody has changed it since: its user name is %q and its secret version %q", is.Username, is.SecretVersion)
	}
	if *c.Before == (Creds{}) {
		return ""
	}
	v, ok := wellFormed(c.Before.SecretVersion)
	if !ok || c.Before.Username == "" {
		return fmt.Sprintf("what it had before was broken, and Google would refuse it: user name %q, secret version %q", c.Before.Username, c.Before.SecretVersion)
	}
	home, _ := u.env.Project(ctx, v.Secret.Project)
	enabling := slices.ContainsFunc(u.net, func(n Change) bool { return n.Kind == VersionOff && sameVersion(n.Resource, v, home) })
	was, err := u.env.Version(ctx, v)
	switch {
	case enabling:
		return ""
	case err != nil && KindOf(err) != NotFound:
		return "" // it may not be looked at; Google will tell
	case err != nil:
		return "the version it had before is not there any more: " + v.String()
	case !was.Enabled():
		return "the version it had before is " + strings.ToLower(was.State) + ": " + v.String()
	case !u.readable(ctx, v.Secret):
		return "what it had before was broken, and Google would refuse it: the service agent may not read " + v.Secret.String()
	case u.refused(ctx, is, c.Before.Username, v):
		return "what it had before was broken, and Google would refuse it: the upstream does not accept the token in " + v.String()
	}
	return ""
}

// refused tells whether the upstream refuses what a repository had before, as
// far as the token may be read.
func (u *undoing) refused(ctx context.Context, is Repository, username string, v VersionName) bool {
	payload, err := u.env.Payload(ctx, v)
	defer payload.Wipe()
	if err != nil {
		return false
	}
	o, err := u.env.Try(ctx, targetOf(is), username, payload, "", nil)
	return err == nil && o.Verdict == upstream.Rejected
}

// readable tells whether the service agent may be able to read a secret, or may
// have it granted again. What cannot be looked at is taken to be well, and so
// is a condition: Google will tell.
func (u *undoing) readable(ctx context.Context, secret SecretName) bool {
	member := memberPrefix + u.plan.About.ServiceAgent
	own, err := u.env.SecretPolicy(ctx, secret)
	if err != nil || readsBy(own, member) != "" || conditionOn(own, member) != "" ||
		slices.ContainsFunc(u.net, func(c Change) bool { return c.Kind == AccessRevoked && u.sameSecret(ctx, c.Resource, secret) }) {
		return true
	}
	above, err := u.env.ProjectPolicy(ctx, secret.Project)
	return err != nil || readsBy(above, member) != "" || conditionOn(above, member) != ""
}

// sameSecret tells whether a name means a secret, by its project's id or number.
func (u *undoing) sameSecret(ctx context.Context, name string, secret SecretName) bool {
	s, ok := ParseSecretName(name)
	home, _ := u.env.Project(ctx, secret.Project)
	return ok && s.ID == secret.ID && sameProject(s.Project, secret.Project, home)
}

// takeBack plans the opposite of one change.
func (u *undoing) takeBack(ctx context.Context, c Change) error {
	switch c.Kind {
	case CredentialsSet:
		return u.credentials(ctx, c)
	case VersionAdded, VersionOn, VersionOff:
		return u.version(ctx, c)
	case AccessGranted, AccessRevoked:
		return u.access(ctx, c)
	case SecretDeleted:
		u.leave(check.Warning, c.Resource+" was deleted", "what is deleted cannot be brought back")
	case APIsEnabled:
		u.leave(check.Note, "APIs that the run turned on stay on", "others may rely on them by now: "+c.Resource)
	case AgentMade:
		u.leave(check.Note, "the service agent stays", "Google's own accounts cannot be deleted")
	case SecretCreated: // see created
		if name, _ := ParseSecretName(c.Resource); u.deleted[name.String()] {
			u.act(deleteSecret(name, func(ctx context.Context, r *Run) error { return u.wantedNow(ctx, r, name) }), c)
		}
	}
	return nil
}

func (u *undoing) credentials(ctx context.Context, c Change) error {
	name, _ := ParseRepositoryName(c.Resource)
	is, err := u.env.Repository(ctx, name)
	switch {
	case KindOf(err) == NotFound:
		u.leave(check.Note, "the credentials of "+c.Resource, "the repository is not there any more")
		return nil
	case err != nil:
		return err
	case c.Before == nil || c.After == nil || u.has(ctx, is, *c.Before):
		return nil // it has them back already
	}
	if why := u.restorable(ctx, is, c); why != "" {
		u.leave(check.Warning, "the credentials of "+name.ID, why)
		return nil
	}
	u.plan.Rows = append(u.plan.Rows, Row{"User name of " + name.ID, cmp.Or(is.Username, "none"), cmp.Or(c.Before.Username, "none")},
		Row{"Secret version of " + name.ID, cmp.Or(is.SecretVersion, "none"), cmp.Or(c.Before.SecretVersion, "none")})
	if name == u.plan.About.Repository.Name { // it is told of as it is going to be
		u.plan.About.Username, u.plan.About.SecretVersion = c.Before.Username, c.Before.SecretVersion
	}
	if *c.Before == (Creds{}) {
		u.act(clearCredentials(is), c)
		return nil
	}
	v, _ := ParseVersionName(c.Before.SecretVersion)
	home, _ := u.env.Project(ctx, v.Secret.Project)
	a := updateRepository(is, c.Before.Username, v, false, home)
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) {
		return r.update(ctx, is, c.Before.Username, v, home)
	}
	u.act(a, c)
	return nil
}

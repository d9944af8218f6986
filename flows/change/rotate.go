package change

import (
	"cmp"
	"context"
	"slices"
	"strconv"
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

// Rotate replaces a repository's token by a new one. The old version is
// disabled last, and never destroyed.
func Rotate() *engine.Flow {
	return &engine.Flow{
		ID: "rotate", Title: text.New("Replace a token by a new one"),
		Why: text.New("The new token is tried first, and the old one stays until a pull has proven the new one."),
		Steps: []engine.Step{
			step.SignIn(), step.Project(), step.Repository(), step.PublicSecret(step.PresentSecret), step.Users(), step.KeptUsername(), step.Token(),
		},
		Plan: planRotate,
	}
}

// The answers to the question about the other repositories of a secret.
const ()

// rotation is a rotation being planned.
type rotation struct {
	now     *state.Present
	draft   engine.Draft
	current cloud.VersionName // what the repository reads now, by its number
	target  cloud.VersionName
	added   bool            // target is made by this run
	held    []string        // the repositories that are held to the current one's number
	owned   []check.Finding // the other tools that manage what is changed
	plan    *engine.Plan
}

func planRotate(ctx context.Context, e *engine.Env, d engine.Draft) (*engine.Plan, error) {
	r, err := state.RepositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	p := &engine.Plan{About: engine.About{Project: d.Project, Repository: r, Upstream: engine.TargetOf(r).BaseURL(), Username: cmp.Or(d.Username, r.Username), SecretVersion: r.SecretVersion}}
	reference, ok := cloud.WellFormed(r.SecretVersion)
	if !ok {
		p.Blocked = &engine.Problem{Title: text.New("The repository has no token to replace"), Detail: text.Verbatim(cmp.Or(r.SecretVersion, "it has no credentials")), Kind: cloud.Invalid,
			Hints: []check.Hint{{Says: text.New("give it credentials: upstreamauth setup")}, check.Hint{Says: text.New("or find out what is wrong: upstreamauth doctor")}}}
		return p, nil
	}
	d.Secret, d.Version, d.Username = reference.Secret, "", p.About.Username
	now, err := state.LookAround(ctx, e, d)
	if err != nil {
		return nil, err
	}
	t := &rotation{now: now, draft: d, plan: p, target: now.Stored}
	if t.added = t.target.ID == ""; t.added {
		t.target = cloud.VersionName{Secret: reference.Secret, ID: strconv.Itoa(cloud.NextNumber(now.Secret.Versions))}
	}
	if t.current, err = state.Numbered(ctx, e, reference, now.Secret.Versions); err != nil {
		t.current = cloud.VersionName{} // it cannot be read, so nothing is lost without it
	}
	p.About.Project, p.About.ProjectNumber, p.About.ServiceAgent = cmp.Or(now.Project.ID, d.Project), now.Project.Number, now.Agent
	p.About.SecretVersion = t.target.String()
	if !now.Secret.Exists {
		p.Blocked = &engine.Problem{Title: text.New("There is no secret %s any more", reference.Secret.ID), Kind: cloud.NotFound, Hints: []check.Hint{{Command: "upstreamauth doctor --fix gives the repository a new one"}}}
		return p, nil
	}
	about := step.AboutSecret(d, now.Secret, e.Now())
	if i := slices.IndexFunc(about, func(f check.Finding) bool { return f.Level == check.Block }); i >= 0 {
		p.Blocked = &engine.Problem{Title: about[i].Says, Detail: about[i].Why, Hints: engine.HintsOf(about[i]), Kind: cloud.PermissionDenied}
	}
	p.Checks = append(p.Checks, about...)
	t.build(ctx, e)
	return p, nil
}

// build adds the actions: what is there keeps working until the last of them.
func (t *rotation) build(ctx context.Context, e *engine.Env) {
	p, now := t.plan, t.now
	all := state.AllUsersOf(ctx, e, t.target.Secret, now.SecretProject, now.Repository.Name, now.Agent)
	var others []cloud.Repository
	if t.draft.Options.AllUsers {
		others = t.fit(ctx, e, all.Here().Repositories)
	}
	switched := append([]cloud.Repository{now.Repository}, others...)
	var pins []string
	for _, r := range switched {
		if a := t.pin(r); a != nil {
			pins, t.held = append(pins, a.Key), append(t.held, r.Name.ID)
			p.Add(a)
		}
	}
	for _, r := range all.Without(others).Repositories {
		if v, _ := cloud.ParseVersionName(r.SecretVersion); v.ID == cloud.Latest && t.added {
			p.Checks = append(p.Checks, check.Finding{ID: "old-version", Level: check.Warning,
				Says: text.New("%s follows %q: it reads the new token as soon as that is stored", r.Name.ID, cloud.Latest),
				Why:  text.New("nothing verifies it there, and nothing switches it back; to switch it with this one, choose all")})
		}
	}
	add := act.AddVersion(t.draft, now.Secret, now.Stored, t.target)
	add.Needs = append(add.Needs, pins...)
	p.Add(add)
	p.Add(act.GrantAccess(now.Secret, now.Agent, now.Policy, t.draft.Project))
	last := ""
	for i, r := range switched {
		last = t.switchOver(r, i == 0, last)
	}
	p.Rows = append(p.Rows, engine.Row{Label: text.New("User name"), Before: text.Verbatim(engine.ShownUsername(now.Repository, now.Repository.Username)), After: text.Verbatim(engine.ShownUsername(now.Repository, t.draft.Username))}, engine.Row{Label: text.New("Secret version"), Before: text.Verbatim(now.Repository.SecretVersion), After: text.Verbatim(t.target.String())})
	for _, r := range others {
		p.Rows = append(p.Rows, engine.Row{Label: text.New("%s/%s", r.Name.Location, r.Name.ID), Before: text.Verbatim(r.SecretVersion), After: text.Verbatim(t.target.String())})
	}
	t.owned = state.AboutOwners(now.Secret.Info, switched...)
	if p.Writes() {
		p.Checks = append(p.Checks, t.owned...)
	}
	t.retire(all.Without(others), last)
}

// fit leaves out those whose upstream refuses the new token. It was given for
// another repository, and goes to theirs only where Google may send it too.
func (t *rotation) fit(ctx context.Context, e *engine.Env, rs []cloud.Repository) []cloud.Repository {
	var some []cloud.Repository
	for _, r := range rs {
		d := t.draft
		d.Username = r.Username
		if r.Name.Project == t.now.Repository.Name.Project && engine.TargetOf(r) == engine.TargetOf(t.now.Repository) && r.Username == t.draft.Username {
			some = append(some, r) // tried already
			continue
		}
		leave, err := state.MayTry(ctx, e, r, t.target, "")
		if f := state.AsUntried(err); f != nil {
			t.plan.Checks = append(t.plan.Checks, *f)
		}
		if err != nil {
			some = append(some, r)
			continue
		}
		fs := state.AboutToken(d, r, d.Token, e.Now(), time.Time{}, func() (upstream.Outcome, error) { return leave.Send(ctx, d.Username, d.Token, d.Options) })
		if check.Worst(fs) != check.Block {
			some = append(some, r)
			continue
		}
		f := engine.Merge(fs)
		t.plan.Checks = append(t.plan.Checks, check.Finding{ID: engine.CheckUpstream, Level: check.Warning,
			Says: text.New("%s keeps the old token: its upstream refuses the new one", r.Name.ID), Why: f.Says})
	}
	return some
}

// pin holds a repository that follows "latest" to the version it reads now, so
// that the new one does not take effect before it is verified.
func (t *rotation) pin(r cloud.Repository) *engine.Action {
	v, _ := cloud.ParseVersionName(r.SecretVersion)
	if v.Number() > 0 || t.current.ID == "" || !t.added {
		return nil
	}
	a := act.UpdateRepository(r, r.Username, t.current, false, t.now.SecretProject)
	a.Key, a.Needs = "pin "+r.Name.String(), nil
	a.Says = text.New("hold %s to version %s, which it reads now by the name %q", r.Name.ID, t.current.ID, v.ID)
	a.Do = func(ctx context.Context, run *engine.Run) (engine.Outcome, error) {
		return act.Update(ctx, run, r, r.Username, t.current, t.now.SecretProject)
	}
	return a
}

// before is a repository as the rotation finds it when its turn comes.
func (t *rotation) before(r cloud.Repository) cloud.Repository {
	if t.pin(r) != nil {
		r.SecretVersion, r.UpdateTime = t.current.String(), time.Time{}
	}
	return r
}

// switchOver adds the switch of one repository and its proof, after another's.
func (t *rotation) switchOver(r cloud.Repository, first bool, after string) (verified string) {
	user := r.Username
	if first {
		user = t.draft.Username
	}
	d := t.draft
	d.Username = user
	was := t.before(r)
	update := act.UpdateRepository(was, user, t.target, t.now.Guessed(), t.now.SecretProject)
	proof := act.Verify(r, d, t.now.Agent)
	if !first {
		update.Key, proof.Key = engine.ActUpdate+" "+r.Name.String(), engine.ActVerify+" "+r.Name.String()
		update.Says, proof.Says = text.New("let %s use version %s", r.Name.ID, t.target.ID), text.New("%s %s", proof.Says, r.Name.ID)
		update.Needs = append(update.Needs, after)
		proof.Needs = []string{update.Key}
	}
	if update.State == engine.Planned {
		do := update.Do
		update.Do = func(ctx context.Context, run *engine.Run) (engine.Outcome, error) {
			o, err := do(ctx, run)
			if err != nil && run.Adopted() {
				return o, err // if the repository has that version, another run gave it
			}
			return t.orBack(ctx, run, was, first, o, err)
		}
	}
	prove := proof.Do
	proof.Do = func(ctx context.Context, run *engine.Run) (engine.Outcome, error) {
		o, err := prove(ctx, run)
		if err == nil {
			run.Doubt(o.Checks, d.Options.SkipVerify)
		}
		return t.orBack(ctx, run, was, first, o, err)
	}
	t.plan.Add(update)
	t.plan.Add(proof)
	return proof.Unique()
}

// orBack switches a repository back where its switch or its proof has failed.
// Where no other one relies on the new version, that is disabled.
func (t *rotation) orBack(ctx context.Context, run *engine.Run, was cloud.Repository, first bool, o engine.Outcome, err error) (engine.Outcome, error) {
	if err == nil {
		return o, nil
	}
	problem := *engine.Explain(err)
	back, failed := switchBack(ctx, run, was, t.target, t.now.SecretProject)
	o.Changes = append(o.Changes, back...)
	if failed != nil {
		problem.Detail = text.Also(problem.Detail, text.New("it could not be switched back: %s", engine.Explain(failed).Text()))
		problem.Hints = append([]check.Hint{{Says: text.New("look at it with upstreamauth doctor")}}, problem.Hints...)
		return o, &problem
	}
	problem.Detail = text.Also(problem.Detail, text.New("%s uses %s as before", was.Name.ID, was.SecretVersion))
	if len(t.held) > 0 {
		problem.Detail = text.Also(problem.Detail, text.New("no longer by the name %q but by its number, as that name means the new version: %s", cloud.Latest, strings.Join(t.held, ", ")))
	}
	if !first {
		return o, &problem
	}
	if t.added && !run.Adopted() {
		version := t.target
		if v := run.Version(); v.ID != "" {
			version = v
		}
		off, err := act.SwitchOff(ctx, run, version, time.Time{}, state.UsersNow(ctx, run, version.Secret, t.now.SecretProject, was.Name))
		o.Changes = append(o.Changes, off.Changes...)
		if err != nil {
			problem.Detail = text.New("%s, and the new version %s stays enabled: %s", problem.Detail, version.ID, engine.Explain(err).Detail)
			return o, &problem
		}
		problem.Detail = text.New("%s, and the new version %s is disabled", problem.Detail, version.ID)
	}
	about := t.plan.About
	about.Username, about.SecretVersion = was.Username, was.SecretVersion
	o.TakenBack, o.About = true, &about
	return o, &problem
}

// switchBack gives a repository the credentials it had, if it has the new ones.
func switchBack(ctx context.Context, r *engine.Run, was cloud.Repository, target cloud.VersionName, home cloud.Project) ([]engine.Change, error) {
	if v := r.Version(); v.ID != "" {
		target = v
	}
	is, err := r.Env.Cloud.Repository(ctx, was.Name)
	for again := 0; again < 2 && cloud.Lost(err); again++ {
		is, err = r.Env.Cloud.Repository(ctx, was.Name)
	}
	if err != nil {
		return nil, err
	}
	old, ok := cloud.ParseVersionName(was.SecretVersion)
	if !ok || !cloud.SameVersion(is.SecretVersion, target, home) || cloud.SameVersion(is.SecretVersion, old, home) && is.Username == was.Username {
		return nil, nil
	}
	o, err := act.Update(ctx, r, is, was.Username, old, home)
	return o.Changes, err
}

// retire adds the last action: the old version is disabled where nobody reads
// it any more.
func (t *rotation) retire(rest state.Users, verified string) {
	old := t.old()
	if old.ID == "" || t.draft.Options.KeepOld {
		return
	}
	if keep := rest.Of(old.ID).Reason(); !keep.Empty() {
		t.plan.Checks = append(t.plan.Checks, check.Finding{ID: "old-version", Level: check.Note, Says: text.New("the old version %s stays enabled", old.ID), Why: keep})
		return
	}
	if len(t.owned) > 0 && !t.draft.Options.DisableOld {
		t.plan.Checks = append(t.plan.Checks, check.Finding{ID: "old-version", Code: check.OldVersionOwned, Level: check.Note,
			Says:   text.New("the old version %s stays enabled", old.ID),
			Why:    text.New("%s: until its code has the new version, its next run would switch back to the old one", t.owned[0].Says),
			Remedy: &check.Hint{Says: text.New("once its code has the new version, disable the old one, or rotate with --disable-old"), Command: act.DisableVersion(engine.ActDisableOld, old, time.Time{}, nil).Command}})
		return
	}
	a := act.DisableVersion(engine.ActDisableOld, old, t.created(old), func(ctx context.Context, run *engine.Run) state.Users {
		return state.UsersNow(ctx, run, old.Secret, t.now.SecretProject, t.now.Repository.Name)
	})
	a.Needs = []string{verified}
	do := a.Do
	a.Do = func(ctx context.Context, run *engine.Run) (engine.Outcome, error) {
		if why := run.Doubts(); !why.Empty() {
			return act.LeftEnabled(old, why), nil
		}
		return do(ctx, run)
	}
	t.plan.Add(a)
}

// created is when a version was created, as far as that was read.
func (t *rotation) created(v cloud.VersionName) time.Time {
	for _, is := range t.now.Secret.Versions {
		if is.Name.ID == v.ID {
			return is.CreateTime
		}
	}
	return time.Time{}
}

// old is the version to disable in the end. Where the repository uses the
// target already, an earlier run was ended before its last action.
func (t *rotation) old() cloud.VersionName {
	at := t.current
	if at.ID == t.target.ID && !t.added {
		for _, v := range t.now.Secret.Versions {
			if v.Enabled() && v.Name.Number() < t.target.Number() {
				return cloud.VersionName{Secret: t.target.Secret, ID: v.Name.ID}
			}
		}
		return cloud.VersionName{}
	}
	known := t.now.Secret.Versions
	if len(known) > 0 && !slices.ContainsFunc(known, func(v cloud.Version) bool { return v.Name.ID == at.ID && v.Enabled() }) {
		return cloud.VersionName{}
	}
	return at // where they may not be listed, its state is read before it is changed
}

package flows

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
)

// Rotate replaces a repository's token by a new one. The old version is
// disabled last, and never destroyed.
func Rotate() *Flow {
	return &Flow{
		ID: "rotate", Title: "Replace a token by a new one",
		Why: "The new token is tried first, and the old one stays until a pull has proven the new one.",
		Steps: []Step{
			stepSignIn(), stepProject(), stepRepository(), stepUsers(), stepKeptUsername(), stepToken(),
		},
		Plan: planRotate,
	}
}

// The answers to the question about the other repositories of a secret.
const (
	onlyThis = "only"
	allUsers = "all"
)

// stepUsers asks, where other repositories use the same secret, whether they
// are to be switched as well.
func stepUsers() Step {
	return Step{
		ID: StepUsers, Title: "Other repositories", Default: onlyThis,
		Why:  "Other repositories take their token from the same secret; each is verified by a pull of its own.",
		When: func(d Draft) bool { return !d.Options.AllUsers || d.From[StepUsers] != "" },
		Ask:  atOnce(askUsers),
		Take: func(d *Draft, a Answer) error {
			d.Options.AllUsers = a.Text == allUsers
			return oneOf(a.Text, allUsers, onlyThis)
		},
		Show: func(d Draft) string {
			if d.Options.AllUsers {
				return "all that use the secret"
			}
			return "only this one"
		},
	}
}

func askUsers(ctx context.Context, e *Env, d Draft) (Prompt, error) {
	r, err := repositoryOf(ctx, e, d)
	if err != nil {
		return Prompt{}, err
	}
	u := e.otherUsers(ctx, d, r)
	if len(u.repositories) == 0 {
		return Prompt{Settled: onlyThis}, nil
	}
	return Prompt{Kind: Pick, Help: []string{"The secret is " + u.reason()}, Options: []Option{
		{Value: allUsers, Label: fmt.Sprintf("all %d", len(u.repositories)+1), Note: "switch these too: " + strings.TrimPrefix(u.reason(), "still used by ")},
		{Value: onlyThis, Label: "only this one", Note: "the old version stays enabled as long as another one uses it"},
	}}, nil
}

// otherUsers finds the other repositories of a repository's secret.
func (e *Env) otherUsers(ctx context.Context, d Draft, r Repository) users {
	v, ok := ParseVersionName(r.SecretVersion)
	if !ok {
		return users{}
	}
	home, _ := e.Project(ctx, v.Secret.Project)
	return usersOf(e.Repositories(ctx, d.Project), v.Secret, home, r.Name)
}

// stepKeptUsername keeps the repository's user name unless another is given.
func stepKeptUsername() Step {
	s := stepUsername()
	ask := s.Ask
	s.Settles = true
	s.Ask = func(ctx context.Context, e *Env, d Draft) iter.Seq2[Prompt, error] {
		return func(yield func(Prompt, error) bool) {
			r, err := repositoryOf(ctx, e, d)
			if err != nil || r.Username != "" {
				yield(Prompt{Settled: r.Username}, err)
				return
			}
			ask(ctx, e, d)(yield)
		}
	}
	return s
}

// rotation is a rotation being planned.
type rotation struct {
	now     *present
	draft   Draft
	current VersionName // what the repository reads now, by its number
	target  VersionName
	added   bool     // target is made by this run
	held    []string // the repositories that are held to the current one's number
	plan    *Plan
}

func planRotate(ctx context.Context, e *Env, d Draft) (*Plan, error) {
	r, err := repositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	p := &Plan{About: About{Project: d.Project, Repository: r, Upstream: targetOf(r).BaseURL(), Username: cmp.Or(d.Username, r.Username), SecretVersion: r.SecretVersion}}
	reference, ok := wellFormed(r.SecretVersion)
	if !ok {
		p.Blocked = &Problem{Title: "The repository has no token to replace", Detail: cmp.Or(r.SecretVersion, "it has no credentials"), Kind: Invalid,
			Hints: []string{"give it credentials: upstreamauth setup", "or find out what is wrong: upstreamauth doctor"}}
		return p, nil
	}
	d.Secret, d.Version, d.Username = reference.Secret, "", p.About.Username
	now, err := lookAround(ctx, e, d)
	if err != nil {
		return nil, err
	}
	t := &rotation{now: now, draft: d, plan: p, target: now.stored}
	if t.added = t.target.ID == ""; t.added {
		t.target = VersionName{reference.Secret, strconv.Itoa(nextNumber(now.secret.versions))}
	}
	if t.current, err = e.numbered(ctx, reference, now.secret.versions); err != nil {
		t.current = VersionName{} // it cannot be read, so nothing is lost without it
	}
	p.About.Project, p.About.ProjectNumber, p.About.ServiceAgent = cmp.Or(now.project.ID, d.Project), now.project.Number, now.agent
	p.About.SecretVersion = t.target.String()
	if !now.secret.exists {
		p.Blocked = &Problem{Title: "There is no secret " + reference.Secret.ID + " any more", Kind: NotFound, Hints: []string{"upstreamauth doctor --fix gives the repository a new one"}}
		return p, nil
	}
	about := aboutSecret(d, now.secret, e.Now())
	if i := slices.IndexFunc(about, func(f check.Finding) bool { return f.Level == check.Block }); i >= 0 {
		p.Blocked = &Problem{Title: about[i].Says, Detail: about[i].Why, Hints: hintsOf(about[i]), Kind: PermissionDenied}
	}
	p.Checks = append(p.Checks, about...)
	t.build(ctx, e)
	return p, nil
}

// numbered finds the number that a reference means now.
func (e *Env) numbered(ctx context.Context, v VersionName, known []Version) (VersionName, error) {
	switch {
	case v.Number() > 0:
		return v, nil
	case v.ID == latest && len(known) > 0:
		return VersionName{v.Secret, known[0].Name.ID}, nil
	}
	is, err := e.Version(ctx, v)
	return VersionName{v.Secret, is.Name.ID}, err
}

// build adds the actions: what is there keeps working until the last of them.
func (t *rotation) build(ctx context.Context, e *Env) {
	p, now := t.plan, t.now
	all := allUsersOf(ctx, e, t.target.Secret, now.secretProject, now.repository.Name, now.agent)
	var others []Repository
	if t.draft.Options.AllUsers {
		others = t.fit(ctx, e, all.here().repositories)
	}
	switched := append([]Repository{now.repository}, others...)
	var pins []string
	for _, r := range switched {
		if a := t.pin(r); a != nil {
			pins, t.held = append(pins, a.Key), append(t.held, r.Name.ID)
			p.add(a)
		}
	}
	for _, r := range all.without(others).repositories {
		if v, _ := ParseVersionName(r.SecretVersion); v.ID == latest && t.added {
			p.Checks = append(p.Checks, check.Finding{ID: "old-version", Level: check.Warning,
				Says: fmt.Sprintf("%s follows %q: it reads the new token as soon as that is stored", r.Name.ID, latest),
				Why:  "nothing verifies it there, and nothing switches it back; to switch it with this one, choose all"})
		}
	}
	add := addVersion(t.draft, now.secret, now.stored, t.target)
	add.Needs = append(add.Needs, pins...)
	p.add(add)
	p.add(grantAccess(now.secret, now.agent, now.policy, t.draft.Project))
	last := ""
	for i, r := range switched {
		last = t.switchOver(r, i == 0, last)
	}
	p.Rows = append(p.Rows, Row{"User name", now.repository.Username, t.draft.Username}, Row{"Secret version", now.repository.SecretVersion, t.target.String()})
	for _, r := range others {
		p.Rows = append(p.Rows, Row{r.Name.Location + "/" + r.Name.ID, r.SecretVersion, t.target.String()})
	}
	t.retire(all.without(others), last)
}

// fit leaves out those whose upstream refuses the new token.
func (t *rotation) fit(ctx context.Context, e *Env, rs []Repository) []Repository {
	var some []Repository
	for _, r := range rs {
		d := t.draft
		d.Username = r.Username
		if r.Name.Project == t.now.repository.Name.Project && targetOf(r) == targetOf(t.now.repository) && r.Username == t.draft.Username {
			some = append(some, r) // tried already
			continue
		}
		fs := e.tryToken(ctx, d, r, d.Token)
		if check.Worst(fs) != check.Block {
			some = append(some, r)
			continue
		}
		f := merge(fs)
		t.plan.Checks = append(t.plan.Checks, check.Finding{ID: checkUpstream, Level: check.Warning,
			Says: r.Name.ID + " keeps the old token: its upstream refuses the new one", Why: f.Says})
	}
	return some
}

// pin holds a repository that follows "latest" to the version it reads now, so
// that the new one does not take effect before it is verified.
func (t *rotation) pin(r Repository) *Action {
	v, _ := ParseVersionName(r.SecretVersion)
	if v.Number() > 0 || t.current.ID == "" || !t.added {
		return nil
	}
	a := updateRepository(r, r.Username, t.current, false, t.now.secretProject)
	a.Key, a.Needs = "pin "+r.Name.String(), nil
	a.Says = fmt.Sprintf("hold %s to version %s, which it reads now by the name %q", r.Name.ID, t.current.ID, v.ID)
	a.Do = func(ctx context.Context, run *Run) (Outcome, error) {
		return run.update(ctx, r, r.Username, t.current, t.now.secretProject)
	}
	return a
}

// before is a repository as the rotation finds it when its turn comes.
func (t *rotation) before(r Repository) Repository {
	if t.pin(r) != nil {
		r.SecretVersion, r.UpdateTime = t.current.String(), time.Time{}
	}
	return r
}

// switchOver adds the switch of one repository and its proof, after another's.
func (t *rotation) switchOver(r Repository, first bool, after string) (verified string) {
	user := r.Username
	if first {
		user = t.draft.Username
	}
	d := t.draft
	d.Username = user
	was := t.before(r)
	update := updateRepository(was, user, t.target, t.now.guessed(), t.now.secretProject)
	proof := verify(r, d, t.now.agent)
	if !first {
		update.Key, proof.Key = ActUpdate+" "+r.Name.String(), ActVerify+" "+r.Name.String()
		update.Says, proof.Says = "let "+r.Name.ID+" use version "+t.target.ID, proof.Says+" "+r.Name.ID
		update.Needs = append(update.Needs, after)
		proof.Needs = []string{update.Key}
	}
	if update.State == Planned {
		do := update.Do
		update.Do = func(ctx context.Context, run *Run) (Outcome, error) {
			o, err := do(ctx, run)
			return t.orBack(ctx, run, was, first, o, err)
		}
	}
	prove := proof.Do
	proof.Do = func(ctx context.Context, run *Run) (Outcome, error) {
		o, err := prove(ctx, run)
		if err == nil {
			run.doubt(o.Checks, d.Options.SkipVerify)
		}
		return t.orBack(ctx, run, was, first, o, err)
	}
	t.plan.add(update)
	t.plan.add(proof)
	return proof.key()
}

// orBack switches a repository back where its switch or its proof has failed.
// Where no other one relies on the new version, that is disabled.
func (t *rotation) orBack(ctx context.Context, run *Run, was Repository, first bool, o Outcome, err error) (Outcome, error) {
	if err == nil {
		return o, nil
	}
	problem := *Explain(err)
	back, failed := run.switchBack(ctx, was, t.target, t.now.secretProject)
	o.Changes = append(o.Changes, back...)
	if failed != nil {
		problem.Detail = strings.TrimPrefix(problem.Detail+"; it could not be switched back: "+Explain(failed).Error(), "; ")
		problem.Hints = append([]string{"look at it with upstreamauth doctor"}, problem.Hints...)
		return o, &problem
	}
	problem.Detail = strings.TrimPrefix(problem.Detail+fmt.Sprintf("; %s uses %s as before", was.Name.ID, was.SecretVersion), "; ")
	if len(t.held) > 0 {
		problem.Detail += fmt.Sprintf("; no longer by the name %q but by its number, as that name means the new version: %s", latest, strings.Join(t.held, ", "))
	}
	if !first {
		return o, &problem
	}
	if t.added {
		version := t.target
		if v := run.Version(); v.ID != "" {
			version = v
		}
		off, err := run.switchOffUnused(ctx, version, run.usersNow(ctx, version.Secret, t.now.secretProject, was.Name))
		o.Changes = append(o.Changes, off.Changes...)
		if err != nil {
			problem.Detail += fmt.Sprintf(", and the new version %s stays enabled: %s", version.ID, Explain(err).Detail)
			return o, &problem
		}
		problem.Detail += ", and the new version " + version.ID + " is disabled"
	}
	about := t.plan.About
	about.Username, about.SecretVersion = was.Username, was.SecretVersion
	o.TakenBack, o.About = true, &about
	return o, &problem
}

// switchBack gives a repository the credentials it had, if it has the new ones.
func (r *Run) switchBack(ctx context.Context, was Repository, target VersionName, home Project) ([]Change, error) {
	if v := r.Version(); v.ID != "" {
		target = v
	}
	is, err := r.Env.Cloud.Repository(ctx, was.Name)
	for again := 0; again < 2 && lost(err); again++ {
		is, err = r.Env.Cloud.Repository(ctx, was.Name)
	}
	if err != nil {
		return nil, err
	}
	old, ok := ParseVersionName(was.SecretVersion)
	if !ok || !sameVersion(is.SecretVersion, target, home) || sameVersion(is.SecretVersion, old, home) && is.Username == was.Username {
		return nil, nil
	}
	o, err := r.update(ctx, is, was.Username, old, home)
	return o.Changes, err
}

// retire adds the last action: the old version is disabled where nobody reads
// it any more.
func (t *rotation) retire(rest users, verified string) {
	old := t.old()
	if old.ID == "" || t.draft.Options.KeepOld {
		return
	}
	if keep := rest.of(old.ID).reason(); keep != "" {
		t.plan.Checks = append(t.plan.Checks, check.Finding{ID: "old-version", Level: check.Note, Says: "the old version " + old.ID + " stays enabled", Why: keep})
		return
	}
	a := disableUnused(ActDisableOld, old, func(ctx context.Context, run *Run) users {
		return run.usersNow(ctx, old.Secret, t.now.secretProject, t.now.repository.Name)
	})
	a.Needs = []string{verified}
	do := a.Do
	a.Do = func(ctx context.Context, run *Run) (Outcome, error) {
		if why := run.doubts(); why != "" {
			return leftEnabled(old, why), nil
		}
		return do(ctx, run)
	}
	t.plan.add(a)
}

// old is the version to disable in the end. Where the repository uses the
// target already, an earlier run was ended before its last action.
func (t *rotation) old() VersionName {
	at := t.current
	if at.ID == t.target.ID && !t.added {
		for _, v := range t.now.secret.versions {
			if v.Enabled() && v.Name.Number() < t.target.Number() {
				return VersionName{t.target.Secret, v.Name.ID}
			}
		}
		return VersionName{}
	}
	known := t.now.secret.versions
	if len(known) > 0 && !slices.ContainsFunc(known, func(v Version) bool { return v.Name.ID == at.ID && v.Enabled() }) {
		return VersionName{}
	}
	return at // where they may not be listed, its state is read before it is changed
}

// leftEnabled is how an action ends that leaves a version as it is.
func leftEnabled(v VersionName, why string) Outcome {
	return Outcome{State: Already, Note: "left enabled: " + why, Checks: []check.Finding{{ID: "kept", Level: check.Note,
		Says: "version " + v.ID + " of " + v.Secret.ID + " stays enabled", Why: why}}}
}

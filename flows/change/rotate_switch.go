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
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// fit leaves out those whose upstream rejects the new token. The token was given
// for another repository, and goes to theirs only where Google may send it too.
func (t *rotation) fit(ctx context.Context, e *engine.Env, rs []cloud.Repository) []cloud.Repository {
	var some []cloud.Repository
	for _, r := range rs {
		d := t.draft
		d.Username = r.Username
		if now := t.now.Repository; r.Name.Project == now.Name.Project && engine.TargetOf(r) == engine.TargetOf(now) &&
			r.Username == t.draft.Username {
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
		send := func() (upstream.Outcome, error) { return leave.Send(ctx, d.Username, d.Token, d.Options) }
		fs := state.AboutToken(d, r, d.Token, e.Now(), time.Time{}, send)
		if check.Worst(fs) != check.Block {
			some = append(some, r)
			continue
		}
		f := engine.Merge(fs)
		t.plan.Checks = append(t.plan.Checks, check.Finding{ID: engine.CheckUpstream, Code: check.OldTokenKept,
			Level: check.Warning,
			Says:  text.New("%q keeps the old token, because its upstream rejects the new one", r.Name.ID),
			Why:   f.Says})
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
	return act.PinVersion(r, t.current, t.now.SecretProject)
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
		update.Says = text.New("Switch repository %q to version %s", r.Name.ID, t.target.ID)
		proof.Says = text.New("Verify repository %q with a pull", r.Name.ID)
		if d.Options.SkipVerify {
			proof.Says = text.New("Verify the settings of repository %q", r.Name.ID)
		}
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
func (t *rotation) orBack(
	ctx context.Context, run *engine.Run, was cloud.Repository, first bool, o engine.Outcome, err error,
) (engine.Outcome, error) {
	if err == nil {
		return o, nil
	}
	problem := *engine.Explain(err)
	back, failed := switchBack(ctx, run, was, t.target, t.now.SecretProject)
	o.Changes = append(o.Changes, back...)
	if failed != nil {
		problem.Detail = text.Also(problem.Detail,
			text.New("%q can't be switched back: %s", was.Name.ID, engine.Explain(failed)))
		problem.Hints = append([]check.Hint{{Says: text.New("Diagnose the repository"),
			Command: "upstreamauth doctor"}}, problem.Hints...)
		return o, &problem
	}
	problem.Detail = text.Also(problem.Detail, text.New("%q uses %q again", was.Name.ID, was.SecretVersion))
	if len(t.held) > 0 {
		problem.Detail = text.Also(problem.Detail,
			text.New("this run pinned %s to the old version, because %q means the new one",
				text.Names(t.held), cloud.Latest))
	}
	if !first {
		return o, &problem
	}
	if t.added && !run.Adopted() {
		version := t.target
		if v := run.Version(); v.ID != "" {
			version = v
		}
		users := state.UsersNow(ctx, run, version.Secret, t.now.SecretProject, was.Name)
		off, err := act.SwitchOff(ctx, run, version, time.Time{}, users)
		o.Changes = append(o.Changes, off.Changes...)
		if err != nil {
			problem.Detail = text.Also(problem.Detail,
				text.New("the new version %s stays enabled: %s", version.ID, engine.Explain(err)))
			return o, &problem
		}
		problem.Detail = text.Also(problem.Detail, text.New("the new version %s is disabled", version.ID))
	}
	about := t.plan.About
	about.Username, about.SecretVersion = was.Username, was.SecretVersion
	o.TakenBack, o.About = true, &about
	return o, &problem
}

// switchBack gives a repository the credentials it had, if it has the new ones.
func switchBack(
	ctx context.Context, r *engine.Run, was cloud.Repository, target cloud.VersionName, home cloud.Project,
) ([]engine.Change, error) {
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
	if !ok || !cloud.SameVersion(is.SecretVersion, target, home) ||
		cloud.SameVersion(is.SecretVersion, old, home) && is.Username == was.Username {
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
		t.plan.Checks = append(t.plan.Checks, check.Finding{ID: "old-version", Code: check.OldVersionUsed,
			Level: check.Note,
			Says:  text.New("The old version %s stays enabled", old.ID), Why: keep})
		return
	}
	if len(t.owned) > 0 && !t.draft.Options.DisableOld {
		disable := act.DisableVersion(engine.ActDisableOld, old, time.Time{}, nil).Command
		t.plan.Checks = append(t.plan.Checks, check.Finding{ID: "old-version", Code: check.OldVersionOwned,
			Level:  check.Note,
			Says:   text.New("The old version %s stays enabled", old.ID),
			Why:    text.New("%s. Its next run would switch back to the old version", t.owned[0].Says),
			Remedy: &check.Hint{Says: text.New("Put the new version into its code, then disable the old one, or rotate with --disable-old"), Command: disable}})
		return
	}
	a := act.DisableVersion(engine.ActDisableOld, old, t.created(old),
		func(ctx context.Context, run *engine.Run) state.Users {
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
	enabled := func(v cloud.Version) bool { return v.Name.ID == at.ID && v.Enabled() }
	if len(known) > 0 && !slices.ContainsFunc(known, enabled) {
		return cloud.VersionName{}
	}
	return at // where they may not be listed, its state is read before it is changed
}

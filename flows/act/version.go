package act

import (
	"context"
	"fmt"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// EnableVersion enables a disabled version again. created is when the one that is
// meant was created; zero: whichever has the name.
func EnableVersion(v cloud.VersionName, created time.Time) *engine.Action {
	return &engine.Action{ID: engine.ActEnableVersion, State: engine.Planned, Says: text.New("enable version %s of secret %q", v.ID, v.Secret.ID),
		Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", v.ID, v.Secret.ID, v.Secret.Project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			return switchVersion(ctx, r, v, created, true)
		}}
}

// DisableVersion makes a version unreadable, after a last look at who uses it. It
// can be enabled again: nothing is ever destroyed.
func DisableVersion(id string, v cloud.VersionName, created time.Time, look func(ctx context.Context, r *engine.Run) state.Users) *engine.Action {
	return &engine.Action{ID: id, State: engine.Planned, Says: text.New("disable version %s of secret %q", v.ID, v.Secret.ID),
		Command: fmt.Sprintf("gcloud secrets versions disable %s --secret=%s --project=%s", v.ID, v.Secret.ID, v.Secret.Project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			return SwitchOff(ctx, r, v, created, look(ctx, r))
		}}
}

// SwitchOff disables a version that nobody uses.
func SwitchOff(ctx context.Context, r *engine.Run, v cloud.VersionName, created time.Time, now state.Users) (engine.Outcome, error) {
	if err := now.Of(v.ID).Needs(text.New("Version %s of secret %q is in use and stays enabled", v.ID, v.Secret.ID)); err != nil {
		return engine.Outcome{}, err
	}
	return switchVersion(ctx, r, v, created, false)
}

// switchVersion enables or disables a version that is in the other state, if
// it is still as it was looked at. A lost answer is followed by a look: the etag
// keeps a second write from doing what somebody else has undone.
func switchVersion(ctx context.Context, r *engine.Run, v cloud.VersionName, created time.Time, on bool) (engine.Outcome, error) {
	change, write, done := engine.VersionOff, r.Env.Cloud.DisableVersion, text.New("It's disabled")
	if on {
		change, write, done = engine.VersionOn, r.Env.Cloud.EnableVersion, text.New("It's enabled")
	}
	was, err := r.Env.Cloud.Version(ctx, v)
	switch {
	case err != nil:
		return engine.Outcome{}, err
	case engine.Another(created, was.CreateTime):
		return engine.Outcome{}, engine.MadeAnew(text.New("Someone else deleted version %s of secret %q and created it again", v.ID, v.Secret.ID))
	case was.Enabled() == on:
		return engine.Outcome{State: engine.Already, Note: done}, nil
	case was.State == "DESTROYED":
		return engine.Outcome{}, &engine.Problem{Code: check.VersionDestroyed, Kind: cloud.VersionDisabled,
			Title: text.New("Version %s of secret %q is destroyed", v.ID, v.Secret.ID), Detail: text.New("Its token is gone for good")}
	}
	switched := engine.Outcome{State: engine.Done, Changes: []engine.Change{{Kind: change, Resource: v.String(), Created: engine.When(was.CreateTime)}}}
	unanswered := false
	for tries := 1; ; tries++ {
		err = r.Write(ctx, switched.Changes[0], func() error { return write(ctx, v, was.Etag) })
		if err == nil {
			return switched, nil
		}
		if !cloud.Lost(err) && cloud.KindOf(err) != cloud.Conflict {
			return engine.Outcome{}, err
		}
		unanswered = unanswered || cloud.Lost(err)
		is, looked := r.Env.Cloud.Version(ctx, v)
		switch {
		case looked == nil && is.Enabled() == on && unanswered:
			return switched, nil
		case looked == nil && is.Enabled() == on:
			return engine.Outcome{State: engine.Already, Note: text.New("Someone else did it in the meantime")}, nil
		case looked == nil && (is.Etag != was.Etag || is.State != was.State), cloud.KindOf(err) == cloud.Conflict:
			if is.State == "" {
				is.State = was.State
			}
			return engine.Outcome{}, state.InUse(text.New("Someone else changed version %s of secret %q in the meantime", v.ID, v.Secret.ID),
				text.New("It's %s", StateOf(is)))
		case tries == 3:
			return engine.Outcome{}, err
		}
	}
}

// StateOf is a version's state in words.
func StateOf(v cloud.Version) text.Text {
	switch v.State {
	case "ENABLED":
		return text.New("enabled")
	case "DISABLED":
		return text.New("disabled")
	case "DESTROYED":
		return text.New("destroyed")
	default:
		return text.Verbatim(v.State)
	}
}

// DeleteSecret deletes a secret and all its versions for good, unless still says why
// it must stay. Its etag keeps it from deleting one that was made anew or changed
// since; versions and users do not change the etag, so they are looked at last.
func DeleteSecret(name cloud.SecretName, created time.Time, still func(ctx context.Context, r *engine.Run) error) *engine.Action {
	return &engine.Action{ID: engine.ActDeleteSecret, State: engine.Planned, Says: text.New("delete secret %q for good", name.ID),
		Command: fmt.Sprintf("gcloud secrets delete %s --project=%s", name.ID, name.Project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			deleted := engine.Change{Kind: engine.SecretDeleted, Resource: name.String()}
			info, err := r.Env.Cloud.Secret(ctx, name)
			if err == nil && engine.Another(created, info.CreateTime) {
				err = engine.SecretMadeAnew(name)
			}
			if err == nil {
				err = still(ctx, r)
			}
			if err == nil {
				err = r.Write(ctx, deleted, func() error { return r.Env.Cloud.DeleteSecret(ctx, name, info.Etag) })
			}
			if cloud.Lost(err) {
				if _, gone := r.Env.Cloud.Secret(ctx, name); cloud.KindOf(gone) == cloud.NotFound {
					err = nil
				}
			}
			switch {
			case cloud.KindOf(err) == cloud.NotFound:
				return engine.Outcome{State: engine.Already, Note: text.New("It doesn't exist")}, nil
			case err != nil:
				return engine.Outcome{}, err
			}
			return engine.Outcome{State: engine.Done, Changes: []engine.Change{deleted}}, nil
		}}
}

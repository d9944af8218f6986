package act

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// EnableVersion makes a disabled version readable again. created is when the one
// that is meant was created; zero: whichever has the name.
func EnableVersion(v cloud.VersionName, created time.Time) *engine.Action {
	return &engine.Action{ID: engine.ActEnableVersion, State: engine.Planned, Says: text.New("enable version %s of %s", v.ID, v.Secret.ID),
		Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", v.ID, v.Secret.ID, v.Secret.Project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			return switchVersion(ctx, r, v, created, true)
		}}
}

// DisableVersion makes a version unreadable, after a last look at who uses it. It
// can be enabled again: nothing is ever destroyed.
func DisableVersion(id string, v cloud.VersionName, created time.Time, look func(ctx context.Context, r *engine.Run) state.Users) *engine.Action {
	return &engine.Action{ID: id, State: engine.Planned, Says: text.New("disable version %s of %s", v.ID, v.Secret.ID),
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
	change, write, done := engine.VersionOff, r.Env.Cloud.DisableVersion, text.New("it is disabled")
	if on {
		change, write, done = engine.VersionOn, r.Env.Cloud.EnableVersion, text.New("it is enabled")
	}
	was, err := r.Env.Cloud.Version(ctx, v)
	switch {
	case err != nil:
		return engine.Outcome{}, err
	case engine.Another(created, was.CreateTime):
		return engine.Outcome{}, engine.MadeAnew(fmt.Sprintf("Version %s of secret %q", v.ID, v.Secret.ID))
	case was.Enabled() == on:
		return engine.Outcome{State: engine.Already, Note: done}, nil
	case was.State == "DESTROYED":
		return engine.Outcome{}, &engine.Problem{Title: text.New("Version %s of %s is destroyed", v.ID, v.Secret.ID), Kind: cloud.VersionDisabled,
			Detail: text.New("its token is gone for good")}
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
			return engine.Outcome{State: engine.Already, Note: text.New("somebody else has done it meanwhile")}, nil
		case looked == nil && (is.Etag != was.Etag || is.State != was.State), cloud.KindOf(err) == cloud.Conflict:
			return engine.Outcome{}, state.InUse(text.New("Version %s of secret %q was changed by somebody else meanwhile", v.ID, v.Secret.ID),
				text.New("it is %s", strings.ToLower(cmp.Or(is.State, was.State))))
		case tries == 3:
			return engine.Outcome{}, err
		}
	}
}

// DeleteSecret deletes a secret and all its versions for good, unless still says why
// it must stay. Its etag keeps it from deleting one that was made anew or changed
// since; versions and users do not change the etag, so they are looked at last.
func DeleteSecret(name cloud.SecretName, created time.Time, still func(ctx context.Context, r *engine.Run) error) *engine.Action {
	return &engine.Action{ID: engine.ActDeleteSecret, State: engine.Planned, Says: text.New("delete the secret %s for good", name.ID),
		Command: fmt.Sprintf("gcloud secrets delete %s --project=%s", name.ID, name.Project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			deleted := engine.Change{Kind: engine.SecretDeleted, Resource: name.String()}
			info, err := r.Env.Cloud.Secret(ctx, name)
			if err == nil && engine.Another(created, info.CreateTime) {
				err = engine.MadeAnew(fmt.Sprintf("Secret %q", name.ID))
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
				return engine.Outcome{State: engine.Already, Note: text.New("it is gone")}, nil
			case err != nil:
				return engine.Outcome{}, err
			}
			return engine.Outcome{State: engine.Done, Changes: []engine.Change{deleted}}, nil
		}}
}

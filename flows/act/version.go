package act

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
)

// EnableVersion makes a disabled version readable again.
func EnableVersion(v cloud.VersionName) *engine.Action {
	return &engine.Action{ID: engine.ActEnableVersion, State: engine.Planned, Says: fmt.Sprintf("enable version %s of %s", v.ID, v.Secret.ID),
		Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", v.ID, v.Secret.ID, v.Secret.Project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			return switchVersion(ctx, r, v, true)
		}}
}

// DisableVersion makes a version unreadable. It can be enabled again: nothing
// is ever destroyed.
func DisableVersion(id string, v cloud.VersionName) *engine.Action {
	return &engine.Action{ID: id, State: engine.Planned, Says: fmt.Sprintf("disable version %s of %s", v.ID, v.Secret.ID),
		Command: fmt.Sprintf("gcloud secrets versions disable %s --secret=%s --project=%s", v.ID, v.Secret.ID, v.Secret.Project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			return switchVersion(ctx, r, v, false)
		}}
}

// switchVersion enables or disables a version that is in the other state, if
// it is still as it was looked at. A lost answer is followed by a look: the etag
// keeps a second write from doing what somebody else has undone.
func switchVersion(ctx context.Context, r *engine.Run, v cloud.VersionName, on bool) (engine.Outcome, error) {
	change, write, done := engine.VersionOff, r.Env.Cloud.DisableVersion, "it is disabled"
	if on {
		change, write, done = engine.VersionOn, r.Env.Cloud.EnableVersion, "it is enabled"
	}
	was, err := r.Env.Cloud.Version(ctx, v)
	switch {
	case err != nil:
		return engine.Outcome{}, err
	case was.Enabled() == on:
		return engine.Outcome{State: engine.Already, Note: done}, nil
	case was.State == "DESTROYED":
		return engine.Outcome{}, &engine.Problem{Title: fmt.Sprintf("Version %s of %s is destroyed", v.ID, v.Secret.ID), Kind: cloud.VersionDisabled,
			Detail: "its token is gone for good"}
	}
	switched := engine.Outcome{State: engine.Done, Changes: []engine.Change{{Kind: change, Resource: v.String()}}}
	unanswered := false
	for tries := 1; ; tries++ {
		err = write(ctx, v, was.Etag)
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
			return engine.Outcome{State: engine.Already, Note: "somebody else has done it meanwhile"}, nil
		case looked == nil && (is.Etag != was.Etag || is.State != was.State), cloud.KindOf(err) == cloud.Conflict:
			return engine.Outcome{}, state.InUse(fmt.Sprintf("Version %s of secret %q was changed by somebody else meanwhile", v.ID, v.Secret.ID),
				"it is "+strings.ToLower(cmp.Or(is.State, was.State)))
		case tries == 3:
			return engine.Outcome{}, err
		}
	}
}

// DeleteSecret deletes a secret and all its versions for good, unless still says why
// it must stay. Its etag keeps it from deleting one that was made anew or changed
// since; versions and users do not change the etag, so they are looked at last.
func DeleteSecret(name cloud.SecretName, still func(ctx context.Context, r *engine.Run) error) *engine.Action {
	return &engine.Action{ID: engine.ActDeleteSecret, State: engine.Planned, Says: "delete the secret " + name.ID + " for good",
		Command: fmt.Sprintf("gcloud secrets delete %s --project=%s", name.ID, name.Project),
		Do: func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			info, err := r.Env.Cloud.Secret(ctx, name)
			if err == nil {
				err = still(ctx, r)
			}
			if err == nil {
				err = r.Env.Cloud.DeleteSecret(ctx, name, info.Etag)
			}
			if cloud.Lost(err) {
				if _, gone := r.Env.Cloud.Secret(ctx, name); cloud.KindOf(gone) == cloud.NotFound {
					err = nil
				}
			}
			switch {
			case cloud.KindOf(err) == cloud.NotFound:
				return engine.Outcome{State: engine.Already, Note: "it is gone"}, nil
			case err != nil:
				return engine.Outcome{}, err
			}
			return engine.Outcome{State: engine.Done, Changes: []engine.Change{{Kind: engine.SecretDeleted, Resource: name.String()}}}, nil
		}}
}

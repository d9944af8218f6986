package flows

import (
	"cmp"
	"context"
	"fmt"
	"strings"
)

// enableVersion makes a disabled version readable again.
func enableVersion(v VersionName) *Action {
	return &Action{ID: ActEnableVersion, State: Planned, Says: fmt.Sprintf("enable version %s of %s", v.ID, v.Secret.ID),
		Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", v.ID, v.Secret.ID, v.Secret.Project),
		Do: func(ctx context.Context, r *Run) (Outcome, error) {
			return r.switchVersion(ctx, v, true)
		}}
}

// disableVersion makes a version unreadable. It can be enabled again: nothing
// is ever destroyed.
func disableVersion(id string, v VersionName) *Action {
	return &Action{ID: id, State: Planned, Says: fmt.Sprintf("disable version %s of %s", v.ID, v.Secret.ID),
		Command: fmt.Sprintf("gcloud secrets versions disable %s --secret=%s --project=%s", v.ID, v.Secret.ID, v.Secret.Project),
		Do: func(ctx context.Context, r *Run) (Outcome, error) {
			return r.switchVersion(ctx, v, false)
		}}
}

// switchVersion enables or disables a version that is in the other state, if
// it is still as it was looked at. A lost answer is followed by a look: the etag
// keeps a second write from doing what somebody else has undone.
func (r *Run) switchVersion(ctx context.Context, v VersionName, on bool) (Outcome, error) {
	change, write, done := VersionOff, r.Env.Cloud.DisableVersion, "it is disabled"
	if on {
		change, write, done = VersionOn, r.Env.Cloud.EnableVersion, "it is enabled"
	}
	was, err := r.Env.Cloud.Version(ctx, v)
	switch {
	case err != nil:
		return Outcome{}, err
	case was.Enabled() == on:
		return Outcome{State: Already, Note: done}, nil
	case was.State == "DESTROYED":
		return Outcome{}, &Problem{Title: fmt.Sprintf("Version %s of %s is destroyed", v.ID, v.Secret.ID), Kind: VersionDisabled,
			Detail: "its token is gone for good"}
	}
	switched := Outcome{State: Done, Changes: []Change{{Kind: change, Resource: v.String()}}}
	unanswered := false
	for tries := 1; ; tries++ {
		err = write(ctx, v, was.Etag)
		if err == nil {
			return switched, nil
		}
		if !lost(err) && KindOf(err) != Conflict {
			return Outcome{}, err
		}
		unanswered = unanswered || lost(err)
		is, looked := r.Env.Cloud.Version(ctx, v)
		switch {
		case looked == nil && is.Enabled() == on && unanswered:
			return switched, nil
		case looked == nil && is.Enabled() == on:
			return Outcome{State: Already, Note: "somebody else has done it meanwhile"}, nil
		case looked == nil && (is.Etag != was.Etag || is.State != was.State), KindOf(err) == Conflict:
			return Outcome{}, inUse(fmt.Sprintf("Version %s of secret %q was changed by somebody else meanwhile", v.ID, v.Secret.ID),
				"it is "+strings.ToLower(cmp.Or(is.State, was.State)))
		case tries == 3:
			return Outcome{}, err
		}
	}
}

// deleteSecret deletes a secret and all its versions for good, unless still says why
// it must stay. Its etag keeps it from deleting one that was made anew or changed
// since; versions and users do not change the etag, so they are looked at last.
func deleteSecret(name SecretName, still func(ctx context.Context, r *Run) error) *Action {
	return &Action{ID: ActDeleteSecret, State: Planned, Says: "delete the secret " + name.ID + " for good",
		Command: fmt.Sprintf("gcloud secrets delete %s --project=%s", name.ID, name.Project),
		Do: func(ctx context.Context, r *Run) (Outcome, error) {
			info, err := r.Env.Cloud.Secret(ctx, name)
			if err == nil {
				err = still(ctx, r)
			}
			if err == nil {
				err = r.Env.Cloud.DeleteSecret(ctx, name, info.Etag)
			}
			if lost(err) {
				if _, gone := r.Env.Cloud.Secret(ctx, name); KindOf(gone) == NotFound {
					err = nil
				}
			}
			switch {
			case KindOf(err) == NotFound:
				return Outcome{State: Already, Note: "it is gone"}, nil
			case err != nil:
				return Outcome{}, err
			}
			return Outcome{State: Done, Changes: []Change{{Kind: SecretDeleted, Resource: name.String()}}}, nil
		}}
}

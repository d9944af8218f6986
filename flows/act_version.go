package flows

import (
	"context"
	"fmt"
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

// switchVersion enables or disables a version that is in the other state. A
// lost answer is followed by a look; the same again does no harm.
func (r *Run) switchVersion(ctx context.Context, v VersionName, on bool) (Outcome, error) {
	change, write, done := VersionOff, r.Env.Cloud.DisableVersion, "it is disabled"
	if on {
		change, write, done = VersionOn, r.Env.Cloud.EnableVersion, "it is enabled"
	}
	is, err := r.Env.Cloud.Version(ctx, v)
	switch {
	case err != nil:
		return Outcome{}, err
	case is.Enabled() == on:
		return Outcome{State: Already, Note: done}, nil
	case is.State == "DESTROYED":
		return Outcome{}, &Problem{Title: fmt.Sprintf("Version %s of %s is destroyed", v.ID, v.Secret.ID), Kind: VersionDisabled,
			Detail: "its token is gone for good"}
	}
	err = write(ctx, v, "")
	for again := 0; again < 2 && lost(err); again++ {
		if is, looked := r.Env.Cloud.Version(ctx, v); looked == nil && is.Enabled() == on {
			err = nil
			break
		}
		err = write(ctx, v, "")
	}
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{State: Done, Changes: []Change{{Kind: change, Resource: v.String()}}}, nil
}

// deleteSecret deletes a secret and all its versions for good. Its etag keeps
// it from deleting one that was changed since it was looked at.
func deleteSecret(name SecretName) *Action {
	return &Action{ID: ActDeleteSecret, State: Planned, Says: "delete the secret " + name.ID + " for good",
		Command: fmt.Sprintf("gcloud secrets delete %s --project=%s", name.ID, name.Project),
		Do: func(ctx context.Context, r *Run) (Outcome, error) {
			info, err := r.Env.Cloud.Secret(ctx, name)
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

package act

import (
	"context"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// PinVersion makes a repository that follows "latest" use the version that this
// means now, by its number: a new version doesn't take effect there before it is
// verified.
func PinVersion(r cloud.Repository, now cloud.VersionName, secretProject cloud.Project) *engine.Action {
	follows, _ := cloud.ParseVersionName(r.SecretVersion)
	a := UpdateRepository(r, r.Username, now, false, secretProject)
	a.Key, a.Needs = "pin "+r.Name.String(), nil
	a.Says = text.New("Pin repository %q to version %s, which is %q now", r.Name.ID, now.ID, follows.ID)
	a.Do = func(ctx context.Context, run *engine.Run) (engine.Outcome, error) {
		return Update(ctx, run, r, r.Username, now, secretProject)
	}
	return a
}

// RestoreCredentials gives a repository credentials that it had before. It always
// writes: that it has others was seen when the plan was made.
func RestoreCredentials(is cloud.Repository, before engine.Creds, v cloud.VersionName, home cloud.Project) *engine.Action {
	a := UpdateRepository(is, before.Username, v, false, home)
	a.Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
		return Update(ctx, r, is, before.Username, v, home)
	}
	return a
}

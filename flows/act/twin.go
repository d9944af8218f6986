package act

import (
	"context"
	"strconv"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// twin is the first enabled version that somebody else has added since the plan
// was made and that holds the same token as ours; zero: there is none. Numbers
// are given in the order of the writes, and reading one is strongly consistent,
// so of several runs that store the same token at once all find the same first
// one, and only the run that added it finds none. Where the versions could not
// be listed, nothing tells what is new, and where one can't be read, it counts
// as another token.
func twin(ctx context.Context, r *engine.Run, s state.SecretState, ours cloud.VersionName, secret token.Secret) cloud.VersionName {
	if s.Unlisted {
		return cloud.VersionName{}
	}
	for n := cloud.NextNumber(s.Versions); n < ours.Number(); n++ {
		name := cloud.VersionName{Secret: s.Name, ID: strconv.Itoa(n)}
		if v, err := r.Env.Cloud.Version(ctx, name); err != nil || !v.Enabled() {
			continue
		}
		stored, err := r.Env.Cloud.Payload(ctx, name)
		same := err == nil && stored.Equal(secret)
		stored.Wipe()
		if same {
			return name
		}
	}
	return cloud.VersionName{}
}

// useTwin lets the run go on with the version that another one has added, and
// disables its own, unless a repository reads that by a name that means the
// newest version, enabled or not.
func useTwin(ctx context.Context, r *engine.Run, first, ours cloud.VersionName, o *engine.Outcome) error {
	r.Adopt(first)
	o.Note = text.New("Version %s, which another run stored at the same time", first.ID)
	home, _ := r.Env.Project(ctx, ours.Secret.Project)
	why, err := state.UsersNow(ctx, r, ours.Secret, home, cloud.RepositoryName{Project: r.Plan.About.Repository.Name.Project}).Of(ours.ID).Stands()
	if err == nil && why.Empty() {
		var off engine.Outcome
		off, err = switchVersion(ctx, r, ours, time.Time{}, false)
		o.Changes = append(o.Changes, off.Changes...)
	}
	if cloud.Passing(err) {
		return err
	}
	if err != nil {
		why = engine.Explain(err).Text()
	}
	if !why.Empty() {
		o.Checks = append(o.Checks, check.Finding{ID: "twin", Code: check.TwinVersion, Level: check.Note,
			Says: text.New("Versions %s and %s of secret %q hold the same token, and both stay enabled", first.ID, ours.ID, ours.Secret.ID), Why: why})
	}
	return nil
}

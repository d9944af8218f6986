package flows

import (
	"context"
	"fmt"
	"slices"

	"example.com/upstreamauth/flows/token"
)

// addVersion stores the token where no version holds it yet.
func addVersion(d Draft, s secretState, stored, next VersionName) *Action {
	a := &Action{ID: ActAddVersion, State: Planned, Needs: []string{ActCreateSecret},
		Says:    fmt.Sprintf("store the token as version %s of %s", next.ID, s.name.ID),
		Command: fmt.Sprintf("gcloud secrets versions add %s --project=%s --data-file=-", s.name.ID, s.name.Project)}
	if stored.ID != "" {
		a.State, a.Note, a.Says = Already, "version "+stored.ID+" holds it", "use version "+stored.ID+" of "+s.name.ID
		a.Command = fmt.Sprintf("gcloud secrets versions describe %s --secret=%s --project=%s", stored.ID, s.name.ID, s.name.Project)
		return a
	}
	if s.dormant.ID != "" {
		a.Says += fmt.Sprintf(", or enable version %s again, if it holds it", s.dormant.ID)
		a.Intends = []Change{{Kind: VersionOn, Resource: s.dormant.String()}}
	}
	secret := d.Token
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) {
		return r.add(ctx, s, secret)
	}
	return a
}

// add stores a token, in a version that the run is to use from then on: the
// dormant one if it holds the token, or a new one.
func (r *Run) add(ctx context.Context, s secretState, secret token.Secret) (Outcome, error) {
	var o Outcome
	if s.dormant.ID != "" {
		holds, err := r.wake(ctx, s.dormant, secret, &o)
		if err != nil {
			return o, err
		}
		if holds {
			r.setVersion(s.dormant)
			o.State, o.Note = Done, "version "+s.dormant.ID+", which an earlier run stored, is enabled again"
			return o, nil
		}
	}
	v, err := r.store(ctx, s.name, secret, nextNumber(s.versions)-1)
	if err != nil {
		return o, r.Env.blameAgent(ctx, err, s.name, s.info.KMSKeys)
	}
	v.Name.Secret = s.name
	r.setVersion(v.Name)
	o.State, o.Note = Done, "version "+v.Name.ID
	o.Changes = append(o.Changes, Change{Kind: VersionAdded, Resource: v.Name.String()})
	return o, nil
}

// wake enables a dormant version and keeps it enabled if it holds the token: no
// token is stored twice. Bytes can be read of an enabled version alone. Where
// it may not be enabled, or not be read, it counts as another one.
func (r *Run) wake(ctx context.Context, v VersionName, secret token.Secret, o *Outcome) (holds bool, err error) {
	on, err := r.switchVersion(ctx, v, true)
	switch {
	case passing(err):
		return false, err
	case err != nil:
		return false, nil
	}
	o.Changes = append(o.Changes, on.Changes...)
	stored, unread := r.Env.Cloud.Payload(ctx, v)
	defer stored.Wipe()
	if unread == nil && stored.Equal(secret) {
		return true, nil
	}
	off, err := r.switchVersion(ctx, v, false)
	o.Changes = append(o.Changes, off.Changes...)
	if err == nil && passing(unread) {
		err = unread
	}
	return false, err
}

// dormant is the newest version of a secret where that is disabled, and a run of
// this program has disabled it: by taking back what it could not prove, or by
// removing credentials. What somebody else has disabled stays so.
func (e *Env) dormant(s secretState) VersionName {
	may := func(permission string) bool { return slices.Contains(s.granted, permission) }
	if len(s.versions) == 0 || s.versions[0].State != "DISABLED" || !may("secretmanager.versions.enable") || !may("secretmanager.versions.access") {
		return VersionName{}
	}
	newest := VersionName{s.name, s.versions[0].Name.ID}
	if !e.Receipts.disabled(newest, s.info.Name.Project) {
		return VersionName{}
	}
	return newest
}

// store adds a version once. When the answer is lost it looks for the version
// that appeared since, and adds another only if there is none: reading the
// next number is strongly consistent in Secret Manager, listing is not.
func (r *Run) store(ctx context.Context, name SecretName, secret token.Secret, highest int) (Version, error) {
	for attempt := 1; ; attempt++ {
		v, err := r.Env.Cloud.AddVersion(ctx, name, secret)
		if err == nil || !(lost(err) || KindOf(err) == Exhausted) || attempt == 3 {
			return v, err
		}
		for n := highest + 1; ; n++ {
			v, looked := r.Env.Cloud.Version(ctx, VersionName{name, fmt.Sprint(n)})
			if KindOf(looked) == NotFound {
				highest = n - 1
				break
			}
			if looked != nil {
				return Version{}, err // it may be there: a second write would be blind
			}
			if r.ours(ctx, v.Name, name, secret) {
				return v, nil
			}
		}
	}
}

// ours tells whether a version that appeared holds the token. Where it cannot
// be read, another writer's version would be as likely as ours, but a second
// copy does more harm than a pull that verify will find to fail.
func (r *Run) ours(ctx context.Context, v VersionName, name SecretName, secret token.Secret) bool {
	stored, err := r.Env.Cloud.Payload(ctx, VersionName{name, v.ID})
	if err != nil {
		return KindOf(err) == PermissionDenied
	}
	defer stored.Wipe()
	return stored.Equal(secret)
}

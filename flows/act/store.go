package act

import (
	"context"
	"fmt"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// AddVersion stores the token where no version holds it yet.
func AddVersion(d engine.Draft, s state.SecretState, stored, next cloud.VersionName) *engine.Action {
	a := &engine.Action{ID: engine.ActAddVersion, State: engine.Planned, Needs: []string{engine.ActCreateSecret},
		Says:    text.New("store the token in secret %q as version %s", s.Name.ID, next.ID),
		Command: fmt.Sprintf("gcloud secrets versions add %s --project=%s --data-file=-", s.Name.ID, s.Name.Project)}
	if d.AsIs {
		a.Says = text.New("store the token in secret %q as version %s, byte for byte as given", s.Name.ID, next.ID)
	}
	if stored.ID != "" {
		a.State, a.Note, a.Says = engine.Already, text.New("Version %s holds this token", stored.ID), text.New("use version %s of secret %q", stored.ID, s.Name.ID)
		a.Command = fmt.Sprintf("gcloud secrets versions describe %s --secret=%s --project=%s", stored.ID, s.Name.ID, s.Name.Project)
		return a
	}
	if s.Dormant.ID != "" {
		a.Says = text.New("%s (or enable version %s again if it holds this token)", a.Says, s.Dormant.ID)
	}
	secret := d.Token
	a.Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
		return Add(ctx, r, s, secret)
	}
	return a
}

// Add stores a token, in a version that the run is to use from then on: the
// dormant one if it holds the token, or a new one.
func Add(ctx context.Context, r *engine.Run, s state.SecretState, secret token.Secret) (engine.Outcome, error) {
	var o engine.Outcome
	if s.Dormant.ID != "" {
		holds, err := wake(ctx, r, s.Dormant, secret, &o)
		if err != nil {
			return o, err
		}
		if holds {
			r.SetVersion(s.Dormant)
			o.State, o.Note = engine.Done, text.New("Enabled version %s again, which an earlier run stored", s.Dormant.ID)
			return o, nil
		}
	}
	v, sure, err := store(ctx, r, s.Name, secret, cloud.NextNumber(s.Versions)-1)
	if err != nil {
		return o, r.Env.BlameAgent(ctx, err, s.Name, s.Info.KMSKeys)
	}
	v.Name.Secret = s.Name
	o.State, o.Note = engine.Done, text.New("Version %s", v.Name.ID)
	added := engine.Change{Kind: engine.VersionAdded, Resource: v.Name.String(), Created: engine.When(v.CreateTime)}
	if !sure {
		added.At = engine.When(r.Env.Now())
		o.Possible = append(o.Possible, added)
		r.SetVersion(v.Name)
		return o, nil
	}
	o.Changes = append(o.Changes, added)
	if first := twin(ctx, r, s, v.Name, secret); first.ID != "" {
		err := useTwin(ctx, r, first, v.Name, &o)
		return o, err
	}
	r.SetVersion(v.Name)
	return o, nil
}

// wake enables a dormant version and keeps it enabled if it holds the token: no
// token is stored twice. Bytes can be read of an enabled version alone. Where
// it may not be enabled, or not be read, it counts as another one.
func wake(ctx context.Context, r *engine.Run, v cloud.VersionName, secret token.Secret, o *engine.Outcome) (holds bool, err error) {
	on, err := switchVersion(ctx, r, v, time.Time{}, true)
	switch {
	case cloud.Passing(err):
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
	off, err := switchVersion(ctx, r, v, time.Time{}, false)
	o.Changes = append(o.Changes, off.Changes...)
	if err == nil && cloud.Passing(unread) {
		err = unread
	}
	return false, err
}

// store adds a version once. When the answer is lost it looks for the version
// that appeared since, and adds another only if there is none: reading the
// next number is strongly consistent in Secret Manager, listing is not. sure
// tells whether the version is known to be the one that was added.
func store(ctx context.Context, r *engine.Run, name cloud.SecretName, secret token.Secret, highest int) (v cloud.Version, sure bool, err error) {
	for attempt := 1; ; attempt++ {
		next := engine.Change{Kind: engine.VersionAdded, Resource: cloud.VersionName{Secret: name, ID: fmt.Sprint(highest + 1)}.String()}
		err := r.Write(ctx, next, func() (err error) {
			v, err = r.Env.Cloud.AddVersion(ctx, name, secret)
			return err
		})
		if err == nil || !(cloud.Lost(err) || cloud.KindOf(err) == cloud.Exhausted) || attempt == 3 {
			return v, true, err
		}
		var found cloud.Version
		for n := highest + 1; ; n++ {
			v, looked := r.Env.Cloud.Version(ctx, cloud.VersionName{Secret: name, ID: fmt.Sprint(n)})
			if cloud.KindOf(looked) == cloud.NotFound {
				highest = n - 1
				break
			}
			if looked != nil {
				return cloud.Version{}, false, err // it may be there: a second write would be blind
			}
			if ours, known := ours(ctx, r, v.Name, name, secret); ours {
				found, sure = v, known // where there are two, the first is a twin's
			}
		}
		if found.Name.ID != "" {
			return found, sure, nil
		}
	}
}

// ours tells whether a version that appeared holds the token. Where it cannot
// be read, another writer's version would be as likely as ours, but a second
// copy does more harm than a pull that verify will find to fail; it is not sure
// then.
func ours(ctx context.Context, r *engine.Run, v cloud.VersionName, name cloud.SecretName, secret token.Secret) (ours, sure bool) {
	stored, err := r.Env.Cloud.Payload(ctx, cloud.VersionName{Secret: name, ID: v.ID})
	if err != nil {
		return cloud.KindOf(err) == cloud.PermissionDenied, false
	}
	defer stored.Wipe()
	return stored.Equal(secret), true
}

package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/token"
)

// enableAPIs turns on what is off; nil if nothing is, or nobody knows.
func enableAPIs(project string, on map[string]bool) *Action {
	var off []string
	for name, yes := range on {
		if !yes {
			off = append(off, name)
		}
	}
	if len(off) == 0 {
		return nil
	}
	slices.Sort(off)
	return &Action{
		ID: ActEnableAPIs, State: Planned, Says: "turn on " + strings.Join(off, " and "),
		Command: fmt.Sprintf("gcloud services enable %s --project=%s", strings.Join(off, " "), project),
		Do: func(ctx context.Context, r *Run) (Outcome, error) {
			if err := r.Env.Cloud.EnableServices(ctx, project, off); err != nil {
				return Outcome{}, err
			}
			return Outcome{State: Done, Changes: []Change{{Kind: APIsEnabled, Resource: "projects/" + project + ": " + strings.Join(off, " ")}}}, nil
		},
	}
}

// createSecret makes the secret where there is none.
func createSecret(d Draft, s secretState) *Action {
	spec := SecretSpec{Locations: d.Options.ReplicationLocations, KMSKey: d.Options.KMSKey}
	a := &Action{ID: ActCreateSecret, Says: "create the secret " + s.name.ID, State: Planned, Needs: []string{ActEnableAPIs},
		Command: createCommand(s.name, spec)}
	if s.exists {
		a.State, a.Note = Already, "it exists"
		return a
	}
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) {
		changes := []Change{{Kind: SecretCreated, Resource: s.name.String()}}
		err := r.afterEnabling(ctx, ActCreateSecret, func() error {
			_, err := r.Env.Cloud.CreateSecret(ctx, s.name, spec)
			return err
		})
		switch {
		case err == nil:
			return Outcome{State: Done, Changes: changes}, nil
		case KindOf(err) == AlreadyExists:
			return Outcome{State: Already, Note: "somebody made it meanwhile"}, nil
		case lost(err):
			// The answer may have been lost: look before anything else.
			if _, again := r.Env.Cloud.Secret(ctx, s.name); again == nil {
				return Outcome{State: Done, Changes: changes}, nil
			}
			if _, again := r.Env.Cloud.CreateSecret(ctx, s.name, spec); again == nil || KindOf(again) == AlreadyExists {
				return Outcome{State: Done, Changes: changes}, nil
			}
		}
		return Outcome{}, err
	}
	return a
}

func createCommand(name SecretName, spec SecretSpec) string {
	c := fmt.Sprintf("gcloud secrets create %s --project=%s", name.ID, name.Project)
	switch {
	case len(spec.Locations) > 0:
		c += " --replication-policy=user-managed --locations=" + strings.Join(spec.Locations, ",")
	default:
		c += " --replication-policy=automatic"
	}
	if spec.KMSKey != "" {
		c += " --kms-key-name=" + spec.KMSKey
	}
	return c
}

// enablingTakes is how long an API that was just turned on may still be
// refused; Google says "a few minutes".
const enablingTakes = 3 * time.Minute

// afterEnabling repeats a call that is refused because an API which this run
// turned on is not known to be on everywhere yet.
func (r *Run) afterEnabling(ctx context.Context, id string, call func() error) error {
	enabled := slices.ContainsFunc(r.Plan.Actions, func(a Action) bool { return a.ID == ActEnableAPIs })
	wait := patience{limit: enablingTakes, now: r.Env.Now}
	for {
		err := call()
		if !enabled || KindOf(err) != APIDisabled {
			return err
		}
		if e := r.pause(ctx, &wait, id, "waiting for the API to be on everywhere"); e != nil {
			return err
		}
	}
}

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
	secret := d.Token
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) {
		return r.add(ctx, s, secret)
	}
	return a
}

// add stores a token as a new version, which the run is to use from then on.
func (r *Run) add(ctx context.Context, s secretState, secret token.Secret) (Outcome, error) {
	v, err := r.store(ctx, s.name, secret, nextNumber(s.versions)-1)
	if err != nil {
		return Outcome{}, err
	}
	v.Name.Secret = s.name
	r.SetVersion(v.Name)
	return Outcome{State: Done, Note: "version " + v.Name.ID, Changes: []Change{{Kind: VersionAdded, Resource: v.Name.String()}}}, nil
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

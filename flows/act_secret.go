package flows

import (
	"context"
	"fmt"
	"strings"

	"example.com/upstreamauth/flows/wording"
)

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
		c += " --replication-policy=user-managed --locations=" + wording.Quote(strings.Join(spec.Locations, ","))
	default:
		c += " --replication-policy=automatic"
	}
	if spec.KMSKey != "" {
		c += " --kms-key-name=" + wording.Quote(spec.KMSKey)
	}
	return c
}

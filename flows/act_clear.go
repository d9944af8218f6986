package flows

import (
	"context"
	"fmt"
)

// clearCredentials takes the upstream credentials off a repository.
func clearCredentials(was Repository) *Action {
	a := &Action{ID: ActClear, State: Planned, Says: "take the credentials off " + was.Name.ID,
		Command: fmt.Sprintf("gcloud artifacts repositories update %s --project=%s --location=%s --remote-username= --remote-password-secret-version=",
			was.Name.ID, was.Name.Project, was.Name.Location)}
	if was.Username == "" && was.SecretVersion == "" {
		a.State, a.Note = Already, "it has none"
		return a
	}
	a.Intends = cleared(was)
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) { return r.clear(ctx, was) }
	return a
}

func cleared(was Repository) []Change {
	return []Change{{Kind: CredentialsSet, Resource: was.Name.String(), Before: &Creds{was.Username, was.SecretVersion}, After: &Creds{}}}
}

// clear takes the credentials away if they are still those that were read. It
// needs no grant, so a refusal is never waited out.
func (r *Run) clear(ctx context.Context, was Repository) (Outcome, error) {
	changes := cleared(was)
	wait := patience{limit: grantSpreads, now: r.Env.Now}
	for tries := 0; ; tries++ {
		is, err := r.Env.Cloud.Repository(ctx, was.Name)
		switch {
		case err != nil:
			return Outcome{}, err
		case is.Username == "" && is.SecretVersion == "" && tries > 0:
			return Outcome{State: Done, Changes: changes}, nil
		case is.Username == "" && is.SecretVersion == "":
			return Outcome{State: Already, Note: "it has none"}, nil
		case is.Username != was.Username || is.SecretVersion != was.SecretVersion || !is.UpdateTime.Equal(was.UpdateTime):
			return Outcome{}, changedMeanwhile(is)
		}
		_, err = r.Env.Cloud.ClearCredentials(ctx, was.Name)
		switch {
		case err == nil:
			return Outcome{State: Done, Changes: changes}, nil
		case !lost(err) && KindOf(err) != Exhausted, tries == 3:
			return Outcome{}, err
		}
		if r.pause(ctx, &wait, ActClear, "Google did not answer, trying again") != nil {
			return Outcome{}, err
		}
	}
}

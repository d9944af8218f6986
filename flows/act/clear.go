package act

import (
	"context"
	"fmt"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// ClearCredentials takes the upstream credentials off a repository.
func ClearCredentials(was cloud.Repository) *engine.Action {
	a := &engine.Action{ID: engine.ActClear, State: engine.Planned, Says: text.New("remove the credentials from %q", was.Name.ID),
		Command: fmt.Sprintf("gcloud artifacts repositories update %s --project=%s --location=%s --remote-username= --remote-password-secret-version=",
			was.Name.ID, was.Name.Project, was.Name.Location)}
	if was.Username == "" && was.SecretVersion == "" {
		a.State, a.Note = engine.Already, text.New("It has none")
		return a
	}
	a.Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) { return clearNow(ctx, r, was) }
	return a
}

func cleared(was cloud.Repository) []engine.Change {
	return []engine.Change{{Kind: engine.CredentialsSet, Resource: was.Name.String(), Created: engine.When(was.CreateTime),
		Before: &engine.Creds{Username: was.Username, SecretVersion: was.SecretVersion}, After: &engine.Creds{}}}
}

// clearNow removes the credentials if they are still those that were read. It
// needs no grant, so a refusal is never waited out.
func clearNow(ctx context.Context, r *engine.Run, was cloud.Repository) (engine.Outcome, error) {
	changes := cleared(was)
	wait := engine.Patience{Limit: GrantSpreads, Now: r.Env.Now}
	for tries := 0; ; tries++ {
		is, err := r.Env.Cloud.Repository(ctx, was.Name)
		switch {
		case err != nil:
			return engine.Outcome{}, err
		case is.Username == "" && is.SecretVersion == "" && tries > 0:
			return engine.Outcome{State: engine.Done, Changes: changes}, nil
		case is.Username == "" && is.SecretVersion == "":
			return engine.Outcome{State: engine.Already, Note: text.New("It has none")}, nil
		case is.Username != was.Username || is.SecretVersion != was.SecretVersion || !is.UpdateTime.Equal(was.UpdateTime) || engine.Another(was.CreateTime, is.CreateTime):
			return engine.Outcome{}, changedMeanwhile(is)
		}
		err = r.Write(ctx, changes[0], func() error {
			_, err := r.Env.Cloud.ClearCredentials(ctx, was.Name)
			return err
		})
		switch {
		case err == nil:
			return engine.Outcome{State: engine.Done, Changes: changes}, nil
		case !cloud.Lost(err) && cloud.KindOf(err) != cloud.Exhausted, tries == 3:
			return engine.Outcome{}, err
		}
		if r.Pause(ctx, &wait, engine.ActClear, text.New("Google didn't answer; trying again")) != nil {
			return engine.Outcome{}, err
		}
	}
}

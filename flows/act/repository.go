package act

import (
	"context"
	"fmt"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/shell"
	"example.com/upstreamauth/flows/text"
)

// GrantSpreads is how long a grant may take to take effect before the refusal
// to read the secret is believed: typically two minutes, at times seven.
const GrantSpreads = 5 * time.Minute

// UpdateRepository switches the repository to the user name and version. Of a
// version whose number is only a guess the repository cannot have it already.
func UpdateRepository(was cloud.Repository, username string, version cloud.VersionName, guessed bool, secretProject cloud.Project) *engine.Action {
	a := &engine.Action{ID: engine.ActUpdate, State: engine.Planned, Needs: []string{engine.ActAddVersion, engine.ActGrant},
		Says:    text.New("set the credentials of %q to user name %q and version %s", was.Name.ID, engine.ShownUsername(was, username), version.ID),
		Command: UpdateCommand(was, username, version)}
	if !guessed && was.Username == username && cloud.SameVersion(was.SecretVersion, version, secretProject) {
		a.State, a.Note = engine.Already, text.New("It has them")
		return a
	}
	a.Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
		target := version
		if v := r.Version(); v.ID != "" {
			target = v
		}
		return Update(ctx, r, was, username, target, secretProject)
	}
	return a
}

// changedMeanwhile stops a run before it overwrites somebody else's change.
func changedMeanwhile(is cloud.Repository) *engine.Problem {
	return &engine.Problem{Code: check.ChangedMeanwhile, Kind: cloud.Conflict,
		Title:  text.New("Someone else changed the repository %q in the meantime", is.Name.ID),
		Detail: text.New("Its user name is now %q and its secret version is %q", engine.ShownUsername(is, is.Username), is.SecretVersion),
		Hints:  []check.Hint{{Says: text.New("Check it, then run the same command again")}}}
}

// UpdateCommand is the command that gives a repository a user name and a secret
// version.
func UpdateCommand(r cloud.Repository, username string, version cloud.VersionName) string {
	return fmt.Sprintf("gcloud artifacts repositories update %s --project=%s --location=%s --remote-username=%s --remote-password-secret-version=%s",
		r.Name.ID, r.Name.Project, r.Name.Location, shell.Quote(engine.ShownUsername(r, username)), version)
}

// Update writes the credentials if nobody changed the repository since it was
// read: it has no etag, so the last writer would win. Where the time of its last
// change is not known, its credentials alone are compared.
func Update(ctx context.Context, r *engine.Run, was cloud.Repository, username string, version cloud.VersionName, secretProject cloud.Project) (engine.Outcome, error) {
	changes := []engine.Change{{Kind: engine.CredentialsSet, Resource: was.Name.String(), Created: engine.When(was.CreateTime),
		Before: &engine.Creds{Username: was.Username, SecretVersion: was.SecretVersion}, After: &engine.Creds{Username: username, SecretVersion: version.String()}}}
	wait := engine.Patience{Limit: GrantSpreads, Now: r.Env.Now}
	spreading := false
	for tries := 0; ; {
		is, err := r.Env.Cloud.Repository(ctx, was.Name)
		if err != nil {
			return engine.Outcome{}, err
		}
		if is.Username == username && cloud.SameVersion(is.SecretVersion, version, secretProject) {
			return engine.Outcome{State: engine.Done, Changes: changes}, nil
		}
		if is.Username != was.Username || is.SecretVersion != was.SecretVersion || engine.Another(was.CreateTime, is.CreateTime) ||
			!was.UpdateTime.IsZero() && !is.UpdateTime.Equal(was.UpdateTime) {
			return engine.Outcome{}, changedMeanwhile(is)
		}
		err = r.Write(ctx, changes[0], func() error {
			_, err := r.Env.Cloud.SetCredentials(ctx, was.Name, username, version.String())
			return err
		})
		switch {
		case err == nil:
			return engine.Outcome{State: engine.Done, Changes: changes}, nil
		case cloud.KindOf(err) == cloud.GrantPending:
			if !spreading {
				if why := ungranted(ctx, r, version.Secret); why != nil {
					return engine.Outcome{}, why
				}
				spreading = true
			}
			if r.Pause(ctx, &wait, engine.ActUpdate, text.New("Waiting for the grant to take effect")) != nil {
				return engine.Outcome{}, err
			}
		case (cloud.Lost(err) || cloud.KindOf(err) == cloud.Exhausted) && tries < 3:
			// The same values again do no harm. An answer that never came has
			// been waited for long enough: one more time must do.
			if tries++; cloud.KindOf(err) == cloud.TimedOut {
				tries = 3
			}
			if r.Pause(ctx, &wait, engine.ActUpdate, text.New("Google didn't answer; trying again")) != nil {
				return engine.Outcome{}, err
			}
		default:
			return engine.Outcome{}, err
		}
	}
}

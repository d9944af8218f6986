package flows

import (
	"context"
	"fmt"
	"time"

	"example.com/upstreamauth/flows/wording"
)

// grantSpreads is how long a grant may take to take effect before the refusal
// to read the secret is believed: typically two minutes, at times seven.
const grantSpreads = 5 * time.Minute

// updateRepository switches the repository to the user name and version. Of a
// version whose number is only a guess the repository cannot have it already.
func updateRepository(was Repository, username string, version VersionName, guessed bool, secretProject Project) *Action {
	a := &Action{ID: ActUpdate, State: Planned, Needs: []string{ActAddVersion, ActGrant},
		Says:    "let " + was.Name.ID + " sign in as " + username,
		Command: updateCommand(was, username, version)}
	if !guessed && was.Username == username && sameVersion(was.SecretVersion, version, secretProject) {
		a.State, a.Note = Already, "it does"
		return a
	}
	a.Do = func(ctx context.Context, r *Run) (Outcome, error) {
		target := version
		if v := r.Version(); v.ID != "" {
			target = v
		}
		return r.update(ctx, was, username, target, secretProject)
	}
	return a
}

// changedMeanwhile stops a run before it overwrites somebody else's change.
func changedMeanwhile(is Repository) *Problem {
	return &Problem{Title: "The repository was changed by somebody else meanwhile", Kind: Conflict,
		Detail: fmt.Sprintf("its user name is now %q and its secret version %q", is.Username, is.SecretVersion),
		Hints:  []string{"look at it, then run the same command again"}}
}

func updateCommand(r Repository, username string, version VersionName) string {
	return fmt.Sprintf("gcloud artifacts repositories update %s --project=%s --location=%s --remote-username=%s --remote-password-secret-version=%s",
		r.Name.ID, r.Name.Project, r.Name.Location, wording.Quote(username), version)
}

// update writes the credentials if nobody changed the repository since it was
// read: it has no etag, so the last writer would win. Where the time of its last
// change is not known, its credentials alone are compared.
func (r *Run) update(ctx context.Context, was Repository, username string, version VersionName, secretProject Project) (Outcome, error) {
	changes := []Change{{Kind: CredentialsSet, Resource: was.Name.String(),
		Before: &Creds{was.Username, was.SecretVersion}, After: &Creds{username, version.String()}}}
	wait := patience{limit: grantSpreads, now: r.Env.Now}
	spreading := false
	for tries := 0; ; {
		is, err := r.Env.Cloud.Repository(ctx, was.Name)
		if err != nil {
			return Outcome{}, err
		}
		if is.Username == username && sameVersion(is.SecretVersion, version, secretProject) {
			return Outcome{State: Done, Changes: changes}, nil
		}
		if is.Username != was.Username || is.SecretVersion != was.SecretVersion || !was.UpdateTime.IsZero() && !is.UpdateTime.Equal(was.UpdateTime) {
			return Outcome{}, changedMeanwhile(is)
		}
		_, err = r.Env.Cloud.SetCredentials(ctx, was.Name, username, version.String())
		switch {
		case err == nil:
			return Outcome{State: Done, Changes: changes}, nil
		case KindOf(err) == GrantPending:
			if !spreading {
				if why := r.ungranted(ctx, version.Secret); why != nil {
					return Outcome{}, why
				}
				spreading = true
			}
			if r.pause(ctx, &wait, ActUpdate, "waiting for the grant to take effect") != nil {
				return Outcome{}, err
			}
		case (lost(err) || KindOf(err) == Exhausted) && tries < 3:
			// The same values again do no harm. An answer that never came has
			// been waited for long enough: one more time must do.
			if tries++; KindOf(err) == TimedOut {
				tries = 3
			}
			if r.pause(ctx, &wait, ActUpdate, "Google did not answer, trying again") != nil {
				return Outcome{}, err
			}
		default:
			return Outcome{}, err
		}
	}
}

package flows

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/parallel"
)

// verify reads back what was configured, and pulls through it.
func verify(r Repository, d Draft, agent string) *Action {
	a := &Action{ID: ActVerify, State: Planned, Needs: []string{ActUpdate, ActAddVersion, ActGrant},
		Says:    "read it back, and pull through the repository",
		Command: fmt.Sprintf("gcloud artifacts repositories describe %s --project=%s --location=%s", r.Name.ID, r.Name.Project, r.Name.Location)}
	if d.Options.SkipVerify {
		a.Says = "read it back"
	}
	a.Do = func(ctx context.Context, run *Run) (Outcome, error) {
		checks, err := run.verify(ctx, r, d, agent)
		if err != nil {
			return Outcome{Checks: checks}, err
		}
		if !run.Changed() {
			return Outcome{State: Already, Note: "verified: it holds", Checks: checks}, nil
		}
		return Outcome{State: Done, Note: "verified", Checks: checks}, nil
	}
	return a
}

func (r *Run) verify(ctx context.Context, was Repository, d Draft, agent string) ([]check.Finding, error) {
	version := r.Version()
	if version.ID == "" {
		version, _ = ParseVersionName(r.Plan.About.SecretVersion)
	}
	var (
		is     Repository
		v      Version
		policy Policy
		pulled PullAnswer
		noPull error
	)
	g, together := parallel.WithContext(ctx)
	g.Go(func() (err error) { is, err = r.Env.Cloud.Repository(together, was.Name); return err })
	g.Go(func() (err error) { v, err = r.Env.Cloud.Version(together, version); return err })
	g.Go(func() (err error) { policy, err = r.Env.Cloud.SecretPolicy(together, version.Secret); return err })
	g.Go(func() error {
		if !d.Options.SkipVerify {
			pulled, noPull = r.Env.Cloud.Pull(together, was, d.Options.VerifyWith)
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	project := Project{ID: r.Plan.About.Project, Number: r.Plan.About.ProjectNumber}
	switch {
	case is.Username != d.Username, is.SecretVersion != version.String() && !sameVersion(is.SecretVersion, version, project):
		return nil, &Problem{Title: "The repository does not have what was written", Kind: Conflict,
			Detail: fmt.Sprintf("its user name is %q and its secret version %q", is.Username, is.SecretVersion),
			Hints:  []string{"look at it, then run the same command again"}}
	case !v.Enabled():
		return nil, &Problem{Title: "The secret version is not enabled", Kind: VersionDisabled, Detail: version.String() + " is " + strings.ToLower(v.State),
			Hints: []string{"upstreamauth doctor --fix enables it"}}
	case !grants(policy, AccessorRole, memberPrefix+agent):
		return nil, &Problem{Title: "The service agent's access is gone again", Kind: Conflict, Detail: "somebody changed the secret's policy meanwhile",
			Hints: []string{"run the same command again"}}
	}
	if d.Options.SkipVerify {
		return nil, nil
	}
	f := aboutPull(pulled, noPull, r.proven())
	if f.Level == check.Block {
		return []check.Finding{f}, &Problem{Title: f.Says, Detail: f.Why, Kind: UpstreamFailed, Hints: hintsOf(f)}
	}
	return []check.Finding{f}, nil
}

// proven tells whether the upstream told this credential from a wrong one.
func (r *Run) proven() bool {
	for _, f := range r.Plan.Checks {
		if f.ID == checkUpstream {
			return f.Level == check.OK || f.Level == check.Note
		}
	}
	return false
}

// checkPull is the id of the pull through the repository.
const checkPull = "pull"

// aboutPull reads the answer to a pull. An upstream's 404 for an artifact that
// does not exist proves as much as a 200, if the upstream refuses others.
func aboutPull(a PullAnswer, err error, proven bool) check.Finding {
	f := check.Finding{ID: checkPull, Level: check.OK, Why: a.Detail}
	switch {
	case KindOf(err) == Unimplemented:
		f.Level, f.Says = check.Note, "a pull is not tried for repositories of this format"
		return f
	case err != nil:
		return check.Finding{ID: checkPull, Level: check.Warning, Says: "a pull through the repository could not be tried", Why: Explain(err).Error()}
	case a.Status == http.StatusOK:
		f.Says = "an artifact was pulled through the repository"
	case a.Status == http.StatusNotFound && proven:
		f.Says = "a pull through the repository reaches the upstream, which looked for the artifact"
		f.Why = "there is none of that name, as expected; without a valid credential it would not have looked"
	case a.Status == http.StatusNotFound:
		f.Level, f.Says = check.Note, "a pull through the repository reaches the upstream"
		f.Why = "whether the credential counted cannot be told from its answer (not found); --verify-with NAME pulls a real artifact"
	case a.Status == http.StatusTooManyRequests:
		f.Level, f.Says = check.Warning, "the upstream takes no more pulls for the moment"
	default:
		f.Level, f.Says = check.Block, fmt.Sprintf("a pull through the repository fails with status %d", a.Status)
		f.Remedy = &check.Remedy{Says: pullRemedy(a.Status)}
	}
	return f
}

// pullRemedy says what to do about a pull that fails.
func pullRemedy(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "check the user name and the token, then run the same command again"
	case http.StatusForbidden:
		return "check that the token may read at the upstream, and that you may read from the repository, then run the same command again"
	default:
		return "run the same command again: it finishes the rest; what the upstream or Artifact Registry has against it may pass"
	}
}

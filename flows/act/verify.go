package act

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
)

// Verify reads back what was configured, and pulls through it.
func Verify(r cloud.Repository, d engine.Draft, agent string) *engine.Action {
	a := &engine.Action{ID: engine.ActVerify, State: engine.Planned, Needs: []string{engine.ActUpdate, engine.ActAddVersion, engine.ActGrant},
		Says:    text.New("read it back, and pull through the repository"),
		Command: fmt.Sprintf("gcloud artifacts repositories describe %s --project=%s --location=%s", r.Name.ID, r.Name.Project, r.Name.Location)}
	if d.Options.SkipVerify {
		a.Says = text.New("read it back")
	}
	a.Do = func(ctx context.Context, run *engine.Run) (engine.Outcome, error) {
		checks, err := readBack(ctx, run, r, d, agent)
		if err != nil {
			return engine.Outcome{Checks: checks}, err
		}
		if !run.Changed() {
			return engine.Outcome{State: engine.Already, Note: text.New("verified: it holds"), Checks: checks}, nil
		}
		return engine.Outcome{State: engine.Done, Note: text.New("verified"), Checks: checks}, nil
	}
	return a
}

func readBack(ctx context.Context, r *engine.Run, was cloud.Repository, d engine.Draft, agent string) ([]check.Finding, error) {
	version := r.Version()
	if version.ID == "" {
		version, _ = cloud.ParseVersionName(r.Plan.About.SecretVersion)
	}
	var (
		is     cloud.Repository
		v      cloud.Version
		policy cloud.Policy
		pulled cloud.PullAnswer
		noPull error
	)
	g, together := parallel.WithContext(ctx)
	g.Go(func() (err error) { is, err = r.Env.Cloud.Repository(together, was.Name); return err })
	g.Go(func() (err error) { v, err = r.Env.Cloud.Version(together, version); return err })
	g.Go(func() (err error) { policy, err = r.Env.Cloud.SecretPolicy(together, version.Secret); return err })
	g.Go(func() error {
		if !d.Options.SkipVerify {
			pulled, noPull = r.Env.Cloud.Pull(together, was, d.Options.Artifact(was))
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	project := cloud.Project{ID: r.Plan.About.Project, Number: r.Plan.About.ProjectNumber}
	switch {
	case is.Username != d.Username, is.SecretVersion != version.String() && !cloud.SameVersion(is.SecretVersion, version, project):
		return nil, &engine.Problem{Title: text.New("The repository does not have what was written"), Kind: cloud.Conflict,
			Detail: text.New("its user name is %q and its secret version %q", engine.ShownUsername(is, is.Username), is.SecretVersion),
			Hints:  []check.Hint{{Says: text.New("look at it, then run the same command again")}}}
	case !v.Enabled():
		return nil, &engine.Problem{Title: text.New("The secret version is not enabled"), Kind: cloud.VersionDisabled, Detail: text.New("%s is %s", version.String(), strings.ToLower(v.State)),
			Hints: []check.Hint{{Says: text.New("upstreamauth doctor --fix enables it")}}}
	case !cloud.Grants(policy, cloud.AccessorRole, cloud.MemberPrefix+agent):
		return nil, &engine.Problem{Title: text.New("The service agent's access is gone again"), Kind: cloud.Conflict, Detail: text.New("somebody changed the secret's policy meanwhile"),
			Hints: []check.Hint{{Says: text.New("run the same command again")}}}
	}
	if d.Options.SkipVerify {
		return nil, nil
	}
	f := AboutPull(pulled, noPull, proven(r))
	if f.Level == check.Block {
		return []check.Finding{f}, &engine.Problem{Title: f.Says, Detail: f.Why, Kind: cloud.UpstreamFailed, Hints: engine.HintsOf(f)}
	}
	return []check.Finding{f}, nil
}

// proven tells whether the upstream told this credential from a wrong one.
func proven(r *engine.Run) bool {
	for _, f := range r.Plan.Checks {
		if f.ID == engine.CheckUpstream {
			return f.Level == check.OK || f.Level == check.Note
		}
	}
	return false
}

// AboutPull reads the answer to a pull. An upstream's 404 for an artifact that
// does not exist proves as much as a 200, if the upstream refuses others.
func AboutPull(a cloud.PullAnswer, err error, proven bool) check.Finding {
	f := check.Finding{ID: engine.CheckPull, Level: check.OK, Why: text.Verbatim(a.Detail)}
	switch {
	case cloud.KindOf(err) == cloud.Unimplemented:
		f.Level, f.Says = check.Note, text.New("a pull is not tried for repositories of this format")
		return f
	case err != nil:
		return check.Finding{ID: engine.CheckPull, Level: check.Warning, Says: text.New("a pull through the repository could not be tried"), Why: engine.Explain(err).Text()}
	case a.Status == http.StatusOK:
		f.Says = text.New("an artifact was pulled through the repository")
	case a.Status == http.StatusNotFound && proven:
		f.Says = text.New("a pull through the repository reaches the upstream, which looked for the artifact")
		f.Why = text.New("there is none of that name, as expected; without a valid credential it would not have looked")
	case a.Status == http.StatusNotFound:
		f.Level, f.Says = check.Note, text.New("a pull through the repository reaches the upstream")
		f.Why = text.New("whether the credential counted cannot be told from its answer (not found); --verify-with NAME pulls a real artifact")
	case a.Status == http.StatusTooManyRequests:
		f.Level, f.Says = check.Warning, text.New("the upstream takes no more pulls for the moment")
	default:
		f.Level, f.Says = check.Block, text.New("a pull through the repository fails with status %d", a.Status)
		f.Remedy = &check.Hint{Says: pullRemedy(a.Status)}
	}
	return f
}

// pullRemedy says what to do about a pull that fails.
func pullRemedy(status int) text.Text {
	switch status {
	case http.StatusUnauthorized:
		return text.New("check the user name and the token, then run the same command again")
	case http.StatusForbidden:
		return text.New("check that the token may read at the upstream, and that you may read from the repository, then run the same command again")
	default:
		return text.New("run the same command again: it finishes the rest; what the upstream or Artifact Registry has against it may pass")
	}
}

// AboutLookalikes warns of a grant that looks right and is not: to another
// project's service agent, to a deleted one, to the caller, or under a
// condition.
func AboutLookalikes(p cloud.Policy, agent, caller string) []check.Finding {
	var fs []check.Finding
	domain := agent[strings.IndexByte(agent, '@')+1:]
	for _, b := range p.Bindings {
		if b.Role != cloud.AccessorRole {
			continue
		}
		for _, m := range b.Members {
			name := strings.TrimPrefix(m, cloud.MemberPrefix)
			switch {
			case name == agent && b.Condition != "":
				fs = append(fs, check.Finding{ID: engine.CheckGrant, Level: check.Warning, Says: text.New("the service agent has access only under a condition"), Why: text.Verbatim(b.Condition)})
			case strings.HasPrefix(m, "deleted:") && strings.Contains(m, agent):
				fs = append(fs, check.Finding{ID: engine.CheckGrant, Level: check.Warning, Says: text.New("a deleted account of the service agent's name has access"), Why: text.New("it does not count: %s", m)})
			case caller != "" && (m == "user:"+caller || name == caller):
				fs = append(fs, check.Finding{ID: engine.CheckGrant, Level: check.Note, Says: text.New("your own account has access: %s", caller), Why: text.New("the one that counts is %s", agent)})
			case name != agent && strings.HasSuffix(name, "@"+domain):
				fs = append(fs, check.Finding{ID: engine.CheckGrant, Level: check.Note, Says: text.New("another project's service agent has access: %s", name), Why: text.New("the one that counts is %s", agent)})
			}
		}
	}
	return fs
}

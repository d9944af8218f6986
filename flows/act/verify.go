package act

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
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
		Says:    text.New("read the repository back and pull through it"),
		Command: fmt.Sprintf("gcloud artifacts repositories describe %s --project=%s --location=%s", r.Name.ID, r.Name.Project, r.Name.Location)}
	if d.Options.SkipVerify {
		a.Says = text.New("read the repository back")
	}
	a.Do = func(ctx context.Context, run *engine.Run) (engine.Outcome, error) {
		checks, err := readBack(ctx, run, r, d, agent)
		if err != nil {
			return engine.Outcome{Checks: checks}, err
		}
		if !run.Changed() {
			return engine.Outcome{State: engine.Already, Note: text.New("Verified; nothing had to change"), Checks: checks}, nil
		}
		return engine.Outcome{State: engine.Done, Note: text.New("Verified"), Checks: checks}, nil
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
		return nil, &engine.Problem{Code: check.NotAsWritten, Kind: cloud.Conflict,
			Title:  text.New("The repository %q doesn't have the credentials that were set", was.Name.ID),
			Detail: text.New("Its user name is %q and its secret version is %q", engine.ShownUsername(is, is.Username), is.SecretVersion),
			Hints:  []check.Hint{{Says: text.New("Check it, then run the same command again")}}}
	case !v.Enabled():
		return nil, &engine.Problem{Code: check.VersionOff, Kind: cloud.VersionDisabled,
			Title:  text.New("The secret version isn't enabled"),
			Detail: text.New("%q is %s", version.String(), StateOf(v)),
			Hints:  []check.Hint{{Says: text.New("Enable it:"), Command: "upstreamauth doctor --fix"}}}
	case !cloud.Grants(policy, cloud.AccessorRole, cloud.MemberPrefix+agent):
		return nil, &engine.Problem{Code: check.GrantGone, Kind: cloud.Conflict,
			Title:  text.New("Artifact Registry lost its access to the secret again"),
			Detail: text.New("Someone else changed the secret's policy in the meantime"),
			Hints:  []check.Hint{{Says: text.New("Run the same command again")}}}
	}
	if d.Options.SkipVerify {
		return nil, nil
	}
	f := AboutPull(pulled, noPull, proven(r))
	if f.Level == check.Block {
		return []check.Finding{f}, &engine.Problem{Code: f.Code, Title: f.Says, Detail: f.Why, Kind: cloud.UpstreamFailed, Hints: engine.HintsOf(f)}
	}
	return []check.Finding{f}, nil
}

// proven reports whether the upstream told this credential from a wrong one.
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
		f.Code, f.Level, f.Says = check.PullUntried, check.Note, text.New("Pulls aren't tried for repositories of this format")
		return f
	case err != nil:
		return check.Finding{ID: engine.CheckPull, Code: check.PullUntried, Level: check.Warning,
			Says: text.New("A pull through the repository couldn't be tried"), Why: engine.Explain(err).Text()}
	case a.Status == http.StatusOK:
		f.Code, f.Says = check.PullWorks, text.New("An artifact was pulled through the repository")
	case a.Status == http.StatusNotFound && proven:
		f.Code, f.Says = check.PullWorks, text.New("A pull through the repository reaches the upstream, which accepts the credentials")
		f.Why = text.New("The upstream looked for the artifact, which doesn't exist, as expected")
	case a.Status == http.StatusNotFound:
		f.Code, f.Level, f.Says = check.PullUnproven, check.Note, text.New("A pull through the repository reaches the upstream")
		f.Why = text.New("Its answer (not found) doesn't show whether the credentials were used; --verify-with NAME pulls a real artifact")
	case a.Status == http.StatusTooManyRequests:
		f.Code, f.Level, f.Says = check.UpstreamLimited, check.Warning, text.New("The upstream's rate limit is used up for now")
	default:
		f.Code, f.Level = check.PullFails, check.Block
		f.Says = text.New("A pull through the repository fails with status %s", strconv.Itoa(a.Status))
		f.Remedy = &check.Hint{Says: pullRemedy(a.Status)}
	}
	return f
}

// pullRemedy says what to do about a pull that fails.
func pullRemedy(status int) text.Text {
	switch status {
	case http.StatusUnauthorized:
		return text.New("Check the user name and the token, then run the same command again")
	case http.StatusForbidden:
		return text.New("Check that the token has read access at the upstream and that you may read the repository, then run the same command again")
	default:
		return text.New("This may be temporary: run the same command again to finish the rest")
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
				fs = append(fs, check.Finding{ID: engine.CheckGrant, Code: check.GrantConditional, Level: check.Warning,
					Says: text.New("The service agent only has access under a condition"), Why: text.Verbatim(b.Condition)})
			case strings.HasPrefix(m, "deleted:") && strings.Contains(m, agent):
				fs = append(fs, check.Finding{ID: engine.CheckGrant, Code: check.GrantDeleted, Level: check.Warning,
					Says: text.New("A deleted account with the service agent's name has access"), Why: text.New("This grant has no effect: %s", m)})
			case caller != "" && (m == "user:"+caller || name == caller):
				fs = append(fs, check.Finding{ID: engine.CheckGrant, Code: check.GrantElsewhere, Level: check.Note,
					Says: text.New("Your own account %s has access", caller), Why: text.New("Artifact Registry reads the secret as %s", agent)})
			case name != agent && strings.HasSuffix(name, "@"+domain):
				fs = append(fs, check.Finding{ID: engine.CheckGrant, Code: check.GrantElsewhere, Level: check.Note,
					Says: text.New("Another project's service agent %s has access", name), Why: text.New("Artifact Registry reads the secret as %s", agent)})
			}
		}
	}
	return fs
}

package change

import (
	"cmp"
	"context"
	"strconv"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/wording"
)

// planSetup compares what is with what the answers ask for.
func planSetup(ctx context.Context, e *engine.Env, d engine.Draft) (*engine.Plan, error) {
	now, err := state.LookAround(ctx, e, d)
	if err != nil {
		return nil, err
	}
	p := &engine.Plan{About: engine.About{
		Project: cmp.Or(now.Project.ID, d.Project), ProjectNumber: now.Project.Number, Repository: now.Repository,
		Upstream: engine.TargetOf(now.Repository).BaseURL(), ServiceAgent: now.Agent, Username: d.Username,
	}}
	if f := state.Unusable(now.Repository); f != nil {
		p.Blocked = &engine.Problem{Title: f.Says, Detail: f.Why, Hints: engine.HintsOf(*f)}
	}
	version := now.Stored
	if version.ID == "" {
		version = cloud.VersionName{Secret: now.Secret.Name, ID: strconv.Itoa(cloud.NextNumber(now.Secret.Versions))}
	}
	p.About.SecretVersion = version.String()
	p.Add(act.EnableAPIs(d.SecretProject(), now.On))
	p.Add(act.CreateSecret(d, now.Secret))
	p.Add(act.AddVersion(d, now.Secret, now.Stored, version))
	p.Add(act.GrantAccess(now.Secret, now.Agent, now.Policy, d.Project))
	p.Add(act.UpdateRepository(now.Repository, d.Username, version, now.Guessed(), now.SecretProject))
	p.Add(act.Verify(now.Repository, d, now.Agent))
	p.Rows = setupRows(now, d, version)
	if !cloud.Grants(now.Policy, cloud.AccessorRole, cloud.MemberPrefix+now.Agent) {
		caller, _ := e.Caller(ctx)
		p.Checks = act.AboutLookalikes(now.Policy, now.Agent, caller.Email)
	}
	if p.Writes() {
		p.Checks = append(p.Checks, state.AboutOwners(now.Secret.Info, now.Repository)...)
	}
	return p, nil
}

func setupRows(now *state.Present, d engine.Draft, version cloud.VersionName) []engine.Row {
	secret := "none"
	if now.Secret.Exists {
		secret = wording.Count(len(now.Secret.Versions), "version")
	}
	access := "no"
	if cloud.Grants(now.Policy, cloud.AccessorRole, cloud.MemberPrefix+now.Agent) {
		access = "yes"
	}
	after := "version " + version.ID + ", new"
	if now.Stored.ID != "" {
		after = "version " + version.ID + ", which is there already"
	}
	return []engine.Row{
		{Label: "User name", Before: cmp.Or(engine.ShownUsername(now.Repository, now.Repository.Username), "none"), After: engine.ShownUsername(now.Repository, d.Username)},
		{Label: "Secret version", Before: cmp.Or(now.Repository.SecretVersion, "none"), After: version.String()},
		{Label: "Secret " + d.Secret.ID, Before: secret, After: after},
		{Label: "Service agent may read it", Before: access, After: "yes"},
	}
}

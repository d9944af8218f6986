package change

import (
	"cmp"
	"context"
	"strconv"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// planSetup compares what is configured with what the answers ask for.
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
	secret := text.New("none")
	if now.Secret.Exists {
		secret = text.Plural(len(now.Secret.Versions), "%d version", "%d versions")
	}
	access := text.New("no")
	if cloud.Grants(now.Policy, cloud.AccessorRole, cloud.MemberPrefix+now.Agent) {
		access = text.New("yes")
	}
	after := text.New("version %s (new)", version.ID)
	if now.Stored.ID != "" {
		after = text.New("version %s (exists)", version.ID)
	}
	was, shown := now.Repository, engine.ShownUsername(now.Repository, now.Repository.Username)
	return []engine.Row{
		{Label: text.New("User name"), Before: orNone(shown), After: orNone(engine.ShownUsername(was, d.Username))},
		{Label: text.New("Secret version"), Before: orNone(was.SecretVersion), After: orNone(version.String())},
		{Label: text.New("Secret %q", d.Secret.ID), Before: secret, After: after},
		{Label: text.New("Service agent may read it"), Before: access, After: text.New("yes")},
	}
}

// orNone is what a row of a plan shows of a value that may be missing.
func orNone(s string) text.Text {
	if s == "" {
		return text.New("none")
	}
	return text.Verbatim(s)
}

package change

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

// Rotate switches a repository to a new token. The old version is disabled last,
// and never destroyed.
func Rotate() *engine.Flow {
	return &engine.Flow{
		ID: "rotate", Title: text.New("Rotate the token"),
		Why: text.New("The new token is tested first. The old one stays until a pull with the new one succeeds."),
		Steps: []engine.Step{
			step.SignIn(), step.Project(), step.Repository(), step.PublicSecret(step.PresentSecret),
			step.Users(), step.KeptUsername(), step.Token(),
		},
		Plan: planRotate,
	}
}

// rotation is a rotation being planned.
type rotation struct {
	now     *state.Present
	draft   engine.Draft
	current cloud.VersionName // what the repository reads now, by its number
	target  cloud.VersionName
	added   bool            // target is made by this run
	held    []string        // the repositories that are held to the current one's number
	owned   []check.Finding // the other tools that manage what is changed
	plan    *engine.Plan
}

func planRotate(ctx context.Context, e *engine.Env, d engine.Draft) (*engine.Plan, error) {
	r, err := state.RepositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	p := &engine.Plan{About: engine.About{
		Project: d.Project, Repository: r, Upstream: engine.TargetOf(r).BaseURL(),
		Username: cmp.Or(d.Username, r.Username), SecretVersion: r.SecretVersion,
	}}
	reference, ok := cloud.WellFormed(r.SecretVersion)
	if !ok {
		p.Blocked = &engine.Problem{Title: text.New("The repository has no token to rotate"), Kind: cloud.Invalid,
			Detail: text.New("It has no credentials"),
			Hints: []check.Hint{
				{Says: text.New("Set up credentials"), Command: "upstreamauth setup"},
				{Says: text.New("Or diagnose the repository"), Command: "upstreamauth doctor"},
			}}
		if r.SecretVersion != "" {
			p.Blocked.Detail = text.New("%q is not a secret version", r.SecretVersion)
		}
		return p, nil
	}
	d.Secret, d.Version, d.Username = reference.Secret, "", p.About.Username
	now, err := state.LookAround(ctx, e, d)
	if err != nil {
		return nil, err
	}
	t := &rotation{now: now, draft: d, plan: p, target: now.Stored}
	if t.added = t.target.ID == ""; t.added {
		t.target = cloud.VersionName{Secret: reference.Secret,
			ID: strconv.Itoa(cloud.NextNumber(now.Secret.Versions))}
	}
	if t.current, err = state.Numbered(ctx, e, reference, now.Secret.Versions); err != nil {
		t.current = cloud.VersionName{} // it cannot be read, so nothing is lost without it
	}
	p.About.Project, p.About.ProjectNumber = cmp.Or(now.Project.ID, d.Project), now.Project.Number
	p.About.ServiceAgent = now.Agent
	p.About.SecretVersion = t.target.String()
	if !now.Secret.Exists {
		p.Blocked = &engine.Problem{Title: text.New("Secret %q doesn't exist any more", reference.Secret.ID),
			Kind: cloud.NotFound,
			Hints: []check.Hint{{Says: text.New("Set up the repository with a new secret"),
				Command: "upstreamauth doctor --fix"}}}
		return p, nil
	}
	about := step.AboutSecret(d, now.Secret, e.Now())
	if i := slices.IndexFunc(about, func(f check.Finding) bool { return f.Level == check.Block }); i >= 0 {
		p.Blocked = &engine.Problem{Title: about[i].Says, Detail: about[i].Why, Hints: engine.HintsOf(about[i]),
			Kind: cloud.PermissionDenied}
	}
	p.Checks = append(p.Checks, about...)
	t.build(ctx, e)
	return p, nil
}

// build adds the actions: what is there keeps working until the last of them.
func (t *rotation) build(ctx context.Context, e *engine.Env) {
	p, now := t.plan, t.now
	all := state.AllUsersOf(ctx, e, t.target.Secret, now.SecretProject, now.Repository.Name, now.Agent)
	var others []cloud.Repository
	if t.draft.Options.AllUsers {
		others = t.fit(ctx, e, all.Here().Repositories)
	}
	switched := append([]cloud.Repository{now.Repository}, others...)
	var pins []string
	for _, r := range switched {
		if a := t.pin(r); a != nil {
			pins, t.held = append(pins, a.Key), append(t.held, r.Name.ID)
			p.Add(a)
		}
	}
	for _, r := range all.Without(others).Repositories {
		if v, _ := cloud.ParseVersionName(r.SecretVersion); v.ID == cloud.Latest && t.added {
			p.Checks = append(p.Checks, check.Finding{ID: "old-version", Code: check.VersionFollowsLatest,
				Level: check.Warning,
				Says: text.New("%q uses the version %q: it gets the new token as soon as it is stored",
					r.Name.ID, cloud.Latest),
				Why: text.New("The token isn't tested there, and a failure isn't undone there. " +
					"To switch it in this run, choose all repositories.")})
		}
	}
	add := act.AddVersion(t.draft, now.Secret, now.Stored, t.target)
	add.Needs = append(add.Needs, pins...)
	p.Add(add)
	p.Add(act.GrantAccess(now.Secret, now.Agent, now.Policy, t.draft.Project))
	last := ""
	for i, r := range switched {
		last = t.switchOver(r, i == 0, last)
	}
	was := now.Repository
	p.Rows = append(p.Rows,
		engine.Row{Label: text.New("User name"),
			Before: orNone(engine.ShownUsername(was, was.Username)),
			After:  orNone(engine.ShownUsername(was, t.draft.Username))},
		engine.Row{Label: text.New("Secret version"), Before: orNone(was.SecretVersion),
			After: orNone(t.target.String())})
	for _, r := range others {
		p.Rows = append(p.Rows, engine.Row{Label: text.Verbatim(r.Name.Location + "/" + r.Name.ID),
			Before: orNone(r.SecretVersion), After: orNone(t.target.String())})
	}
	t.owned = state.AboutOwners(now.Secret.Info, switched...)
	if p.Writes() {
		p.Checks = append(p.Checks, t.owned...)
	}
	t.retire(all.Without(others), last)
}

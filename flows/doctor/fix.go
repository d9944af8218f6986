package doctor

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// repair is what fixes a chain.
type repair struct {
	apis   map[string]map[string]bool // to turn on, by project
	agent  bool                       // create the service agent
	grant  bool                       // let it read the secret
	clear  bool                       // remove the credentials: the upstream takes none
	secret cloud.SecretName           // where the token is, or will be stored
	use    string                     // the number of the version to use; empty: a new one
	enable bool                       // it must be enabled first
	better token.Secret               // the stored token without what is wrong with it
	user   string                     // the user name to use
	// username and token mean that a person has to give another one.
	username, token bool
}

// repair finds out what fixes each broken link. It only reads.
func (x *examination) repair(ctx context.Context, e *engine.Env, d engine.Draft) (repair, error) {
	broken := map[string]bool{}
	for _, f := range x.chain() {
		broken[f.ID] = f.Level == check.Block
	}
	c := repair{}
	if x.shut() != nil { // nothing that we can do helps
		return c, nil
	}
	if broken[linkAPIs] { // nothing behind it can be seen before that is fixed
		c.apis, _ = x.off()
		return c, nil
	}
	if !x.credentials() || !x.repo.is.Remote() {
		return c, nil
	}
	kind := upstream.Recognise(engine.TargetOf(x.repo.is))
	c.username = broken[linkCredentials] && d.Username == "" &&
		(x.repo.is.SecretVersion != "" || check.Worst(kind.CheckUsername(x.repo.is.Username)) == check.Block)
	if !kind.PasswordLess.Empty() {
		c.clear = true
		return c, nil
	}
	c.user = x.repo.is.Username
	if d.Username != "" && (c.user == "" || broken[linkCredentials] || x.rejected()) {
		c.user = d.Username
	}
	c.agent, c.grant = broken[linkAgent], broken[linkGrant] || broken[linkAgent]
	c.secret = x.reference.Secret
	if x.formed {
		c.use = x.reference.ID
	}
	switch {
	case !x.formed:
		c.salvage(ctx, e, x)
	case broken[linkReference]:
		c.secret, c.use, c.token = cloud.SecretName{Project: x.projectID(), ID: x.repo.is.Name.ID + "-upstream-token"}, "", true
	case broken[linkSecret]:
		c.use, c.token = "", true
		if x.secret.ok() { // expired, and about to be deleted by Google
			c.secret = cloud.SecretName{Project: x.projectID(), ID: x.repo.is.Name.ID + "-upstream-token"}
		}
	case broken[linkVersion]:
		c.otherVersion(ctx, e, x, d)
	case broken[linkPayload]:
		c.use, c.better = "", x.better
		c.token = !x.fixable || x.refuses(ctx, x.leave, d, x.better)
	case broken[linkUpstream] && x.rejected():
		if !x.payload.ok() || x.refuses(ctx, x.leave, d, x.payload.is) {
			c.use, c.token = "", true
		}
	}
	if c.use == cloud.Latest {
		c.use = x.version.is.Name.ID
	}
	if c.token && d.Username != "" { // the new token is tried with it
		c.user = d.Username
	}
	return c, ctx.Err()
}

// refuses reports whether the upstream rejects a stored token, or its right part,
// with the user name that the repository will have.
func (x *examination) refuses(ctx context.Context, leave *state.StoredTrial, d engine.Draft, s token.Secret) bool {
	name := cmp.Or(d.Username, x.repo.is.Username)
	shape := upstream.Recognise(engine.TargetOf(x.repo.is)).CheckToken(name, s, x.now)
	var o upstream.Outcome
	if !x.options.SkipTrial {
		if tried, err := leave.Send(ctx, name, s, x.options); err == nil {
			o = tried
		}
	}
	return o.Verdict == upstream.Rejected || check.Worst(upstream.Weigh(shape, o)) == check.Block
}

// otherVersion decides what to do about a version that can't be read: enable it
// if the repository means it, or else use the newest enabled one if its token is
// still good.
func (c *repair) otherVersion(ctx context.Context, e *engine.Env, x *examination, d engine.Draft) {
	v := x.version.is
	if x.version.ok() && v.State == "DISABLED" && x.reference.Number() > 0 {
		c.enable = true
		return
	}
	if good := newestEnabled(x.versions.is); good.Name.ID != "" && holdsGood(ctx, e, x, d, cloud.VersionName{Secret: c.secret, ID: good.Name.ID}) {
		c.use = good.Name.ID
		return
	}
	if x.version.ok() && v.State == "DISABLED" { // "latest" points at it
		c.use, c.enable = v.Name.ID, true
		return
	}
	c.use, c.token = "", true
}

// holdsGood reports whether a version's token can be used. One that may not be
// tried on this upstream can't: a reference can mean anybody's secret.
func holdsGood(ctx context.Context, e *engine.Env, x *examination, d engine.Draft, name cloud.VersionName) bool {
	leave, err := state.MayTry(ctx, e, x.repo.is, name, d.Agreed)
	if err != nil {
		return false
	}
	payload, err := leave.Read(ctx)
	defer payload.Wipe()
	return err == nil && !x.refuses(ctx, leave, d, payload)
}

// salvage looks for the secret that a malformed reference means: the names of
// the secret and the version are often right, and what is between them is not.
func (c *repair) salvage(ctx context.Context, e *engine.Env, x *examination) {
	for _, name := range meant(x.repo.is.SecretVersion, x.projectID()) {
		versions, err := e.Versions(ctx, name.Secret)
		if err != nil {
			continue
		}
		i := slices.IndexFunc(versions, func(v cloud.Version) bool { return v.Enabled() && (name.ID == "" || v.Name.ID == name.ID) })
		if i < 0 {
			continue
		}
		c.secret, c.use, c.grant = name.Secret, versions[i].Name.ID, true
		if holdsGood(ctx, e, x, engine.Draft{}, cloud.VersionName{Secret: c.secret, ID: c.use}) {
			return
		}
	}
	c.secret, c.use, c.token, c.grant = cloud.SecretName{Project: x.projectID(), ID: x.repo.is.Name.ID + "-upstream-token"}, "", true, true
}

// meant are the versions that a malformed reference may mean; a version
// without an id means the newest one that is enabled.
func meant(reference, project string) []cloud.VersionName {
	words := strings.FieldsFunc(reference, func(r rune) bool { return r == '/' || r == ':' || r == ' ' })
	words = slices.DeleteFunc(words, func(w string) bool {
		return w == "projects" || w == "secrets" || w == "versions" || w == cloud.Latest || w == "secretmanager.googleapis.com"
	})
	id := ""
	if n := len(words); n > 1 && cloud.Number(words[n-1]) {
		id, words = words[n-1], words[:n-1]
	}
	var names []cloud.VersionName
	switch len(words) {
	case 2:
		names = append(names, cloud.VersionName{Secret: cloud.SecretName{Project: words[0], ID: words[1]}, ID: id})
	case 1:
		names = append(names, cloud.VersionName{Secret: cloud.SecretName{Project: project, ID: words[0]}, ID: id})
	}
	return slices.DeleteFunc(names, func(v cloud.VersionName) bool {
		return !cloud.ProjectID.MatchString(v.Secret.Project) || !cloud.SecretID.MatchString(v.Secret.ID)
	})
}

// fix plans the repair.
func (x *examination) fix(ctx context.Context, e *engine.Env, d engine.Draft, p *engine.Plan) error {
	if p := x.shut(); p != nil {
		return p
	}
	c, err := x.repair(ctx, e, d)
	if err != nil {
		return err
	}
	for project, apis := range c.apis {
		a := act.EnableAPIs(project, apis)
		a.Key = a.ID + " " + project
		p.Add(a)
	}
	if c.clear {
		p.Add(act.ClearCredentials(x.repo.is))
	}
	if c.agent {
		p.Add(act.CreateAgent(x.projectID(), x.agent))
	}
	if c.secret.ID != "" {
		if err := x.fixSecret(ctx, e, d, c, p); err != nil {
			return err
		}
	}
	p.Actions = slices.DeleteFunc(p.Actions, func(a engine.Action) bool { return a.State == engine.Already })
	if len(p.Actions) == 0 {
		return nil
	}
	var needs []string
	for i := range p.Actions {
		needs = append(needs, p.Actions[i].Unique())
	}
	p.Add(lookAgain(d, needs))
	p.Look = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) { return look(ctx, r, d) }
	for _, f := range state.AboutOwners(x.secret.is, x.repo.is) {
		p.Rows = append(p.Rows, engine.Row{Label: text.New("Managed by"), Before: f.Says, After: f.Remedy.Says})
	}
	for _, f := range p.Checks {
		if f.Level == check.Block && f.Remedy != nil && f.Remedy.Action != "" {
			p.Rows = append(p.Rows, engine.Row{Label: LinkTitle(f.ID), Before: f.Says, After: f.Remedy.Says})
		}
	}
	return nil
}

// fixSecret plans what a setup with the same answers would, as far as the chain
// is broken there.
func (x *examination) fixSecret(ctx context.Context, e *engine.Env, d engine.Draft, c repair, p *engine.Plan) error {
	same := x.formed && c.secret == x.reference.Secret && c.use == x.reference.ID && c.user == x.repo.is.Username
	if same && !c.enable && !c.grant {
		return nil
	}
	md := d
	md.Secret, md.Version, md.Username = c.secret, c.use, c.user
	if c.use == "" && !c.token {
		md.Token = c.better
	}
	if c.use == "" && md.Token.Empty() {
		return &engine.Usage{Title: text.New("This fix needs a new token"), Hints: []check.Hint{{Says: text.New("Give one with --token-file FILE")}}}
	}
	now, err := state.LookAround(ctx, e, md)
	if err != nil {
		return err
	}
	version := now.Stored
	if version.ID == "" {
		version = cloud.VersionName{Secret: c.secret, ID: strconv.Itoa(cloud.NextNumber(now.Secret.Versions))}
	}
	if c.use == "" {
		p.Add(act.CreateSecret(md, now.Secret))
		add := act.AddVersion(md, now.Secret, now.Stored, version)
		if !c.token && add.State == engine.Planned {
			add.Do = x.storeCorrected(now.Secret)
		}
		p.Add(add)
	}
	if c.enable {
		p.Add(act.EnableVersion(version, time.Time{}))
	}
	if c.grant || c.secret != x.reference.Secret || !now.Secret.Exists {
		grant := act.GrantAccess(now.Secret, now.Agent, now.Policy, x.projectID())
		grant.Needs = append(grant.Needs, engine.ActCreateAgent)
		if grant.State == engine.Planned { // whoever edits the repository has chosen both
			grant.Says = text.New("let Artifact Registry read the secret %q; it sends the token in it to %s",
				c.secret.ID, engine.TargetOf(now.Repository).BaseURL())
		}
		p.Add(grant)
	}
	if !same {
		update := act.UpdateRepository(now.Repository, c.user, version, now.Guessed(), now.SecretProject)
		update.Needs = append(update.Needs, engine.ActEnableVersion)
		p.Add(update)
	}
	return nil
}

// storeCorrected stores the right part of the present token. It reads it again
// for that, so that no plan holds a token.
func (x *examination) storeCorrected(s state.SecretState) func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
	from, kind, user := x.reference, upstream.Recognise(engine.TargetOf(x.repo.is)), x.repo.is.Username
	return func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
		stored, err := r.Env.Cloud.Payload(ctx, from)
		if err != nil {
			return engine.Outcome{}, err
		}
		defer stored.Wipe()
		better := corrected(stored, kind.CheckToken(user, stored, r.Env.Now()))
		defer better.Wipe()
		if better.Empty() {
			return engine.Outcome{}, &engine.Problem{Title: text.New("Somebody else changed the stored token meanwhile"), Kind: cloud.Conflict}
		}
		return act.Add(ctx, r, s, better)
	}
}

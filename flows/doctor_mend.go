package flows

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// cure is what mends a chain.
type cure struct {
	apis   map[string]map[string]bool // to turn on, by project
	agent  bool                       // make the service agent
	grant  bool                       // let it read the secret
	clear  bool                       // take the credentials away: the upstream takes none
	secret SecretName                 // where the token is, or is to go
	use    string                     // the number of the version to use; empty: a new one
	enable bool                       // it must be enabled first
	better token.Secret               // the stored token without what is wrong with it
	user   string                     // the user name to use
	// username and token tell that a person must give another one.
	username, token bool
}

// cure finds out what mends each broken link. It reads only.
func (x *examination) cure(ctx context.Context, e *Env, d Draft) (cure, error) {
	broken := map[string]bool{}
	for _, f := range x.chain() {
		broken[f.ID] = f.Level == check.Block
	}
	c := cure{}
	if x.shut() != nil { // nothing that we could do opens it
		return c, nil
	}
	if broken[linkAPIs] { // nothing behind it can be seen before it is mended
		c.apis, _ = x.off()
		return c, nil
	}
	if !x.credentials() || !x.repo.is.Remote() {
		return c, nil
	}
	kind := upstream.Recognise(targetOf(x.repo.is))
	c.username = broken[linkCredentials] && d.Username == "" &&
		(x.repo.is.SecretVersion != "" || check.Worst(kind.CheckUsername(x.repo.is.Username)) == check.Block)
	if kind.PasswordLess != "" {
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
		c.secret, c.use, c.token = SecretName{x.projectID(), x.repo.is.Name.ID + "-upstream-token"}, "", true
	case broken[linkSecret]:
		c.use, c.token = "", true
		if x.secret.ok() { // expired, and about to be deleted by Google
			c.secret = SecretName{x.projectID(), x.repo.is.Name.ID + "-upstream-token"}
		}
	case broken[linkVersion]:
		c.otherVersion(ctx, e, x, d)
	case broken[linkPayload]:
		c.use, c.better = "", x.better
		c.token = !x.mendable || x.refuses(ctx, e, d, x.better)
	case broken[linkUpstream] && x.rejected():
		if !x.payload.ok() || x.refuses(ctx, e, d, x.payload.is) {
			c.use, c.token = "", true
		}
	}
	if c.use == latest {
		c.use = x.version.is.Name.ID
	}
	if c.token && d.Username != "" { // the new token is tried with it
		c.user = d.Username
	}
	return c, ctx.Err()
}

// refuses tells whether the upstream refuses a token with the user name that
// the repository is going to have.
func (x *examination) refuses(ctx context.Context, e *Env, d Draft, s token.Secret) bool {
	name := cmp.Or(d.Username, x.repo.is.Username)
	if check.Worst(upstream.Recognise(targetOf(x.repo.is)).CheckToken(name, s, x.now)) == check.Block {
		return true
	}
	if x.options.SkipTrial {
		return false
	}
	o, err := e.Try(ctx, targetOf(x.repo.is), name, s, x.options.VerifyWith, x.options.AllowRealms)
	return err == nil && o.Verdict == upstream.Rejected
}

// otherVersion decides what to do about a version that cannot be read: enable
// it if it is the one that is meant, or else use the newest enabled one if its
// token is still good.
func (c *cure) otherVersion(ctx context.Context, e *Env, x *examination, d Draft) {
	v := x.version.is
	if x.version.ok() && v.State == "DISABLED" && x.reference.Number() > 0 {
		c.enable = true
		return
	}
	if good := newestEnabled(x.versions.is); good.Name.ID != "" && e.holdsGood(ctx, x, d, VersionName{c.secret, good.Name.ID}) {
		c.use = good.Name.ID
		return
	}
	if x.version.ok() && v.State == "DISABLED" { // "latest" points at it
		c.use, c.enable = v.Name.ID, true
		return
	}
	c.use, c.token = "", true
}

// holdsGood tells whether a version's token is fit to be used.
func (e *Env) holdsGood(ctx context.Context, x *examination, d Draft, name VersionName) bool {
	payload, err := e.Payload(ctx, name)
	defer payload.Wipe()
	return err == nil && !x.refuses(ctx, e, d, payload)
}

// salvage looks for the secret that a malformed reference means: the names of
// the secret and the version are often right, and what is between them is not.
func (c *cure) salvage(ctx context.Context, e *Env, x *examination) {
	for _, name := range meant(x.repo.is.SecretVersion, x.projectID()) {
		versions, err := e.Versions(ctx, name.Secret)
		if err != nil {
			continue
		}
		i := slices.IndexFunc(versions, func(v Version) bool { return v.Enabled() && (name.ID == "" || v.Name.ID == name.ID) })
		if i < 0 {
			continue
		}
		c.secret, c.use, c.grant = name.Secret, versions[i].Name.ID, true
		if e.holdsGood(ctx, x, Draft{}, VersionName{c.secret, c.use}) {
			return
		}
	}
	c.secret, c.use, c.token, c.grant = SecretName{x.projectID(), x.repo.is.Name.ID + "-upstream-token"}, "", true, true
}

// meant are the versions that a malformed reference may mean; a version
// without an id means the newest one that is enabled.
func meant(reference, project string) []VersionName {
	words := strings.FieldsFunc(reference, func(r rune) bool { return r == '/' || r == ':' || r == ' ' })
	words = slices.DeleteFunc(words, func(w string) bool {
		return w == "projects" || w == "secrets" || w == "versions" || w == latest || w == "secretmanager.googleapis.com"
	})
	id := ""
	if n := len(words); n > 1 && number(words[n-1]) {
		id, words = words[n-1], words[:n-1]
	}
	var names []VersionName
	switch len(words) {
	case 2:
		names = append(names, VersionName{SecretName{words[0], words[1]}, id})
	case 1:
		names = append(names, VersionName{SecretName{project, words[0]}, id})
	}
	return slices.DeleteFunc(names, func(v VersionName) bool {
		return !projectID.MatchString(v.Secret.Project) || !secretID.MatchString(v.Secret.ID)
	})
}

// mend plans the cure.
func (x *examination) mend(ctx context.Context, e *Env, d Draft, p *Plan) error {
	if p := x.shut(); p != nil {
		return p
	}
	c, err := x.cure(ctx, e, d)
	if err != nil {
		return err
	}
	for project, apis := range c.apis {
		a := enableAPIs(project, apis)
		a.Key = a.ID + " " + project
		p.add(a)
	}
	if c.clear {
		p.add(clearCredentials(x.repo.is))
	}
	if c.agent {
		p.add(createAgent(x.projectID(), x.agent))
	}
	if c.secret.ID != "" {
		if err := x.mendSecret(ctx, e, d, c, p); err != nil {
			return err
		}
	}
	p.Actions = slices.DeleteFunc(p.Actions, func(a Action) bool { return a.State == Already })
	if len(p.Actions) == 0 {
		return nil
	}
	var needs []string
	for i := range p.Actions {
		needs = append(needs, p.Actions[i].key())
	}
	p.add(lookAgain(d, needs))
	p.Look = func(ctx context.Context, r *Run) (Outcome, error) { return r.look(ctx, d) }
	for _, f := range p.Checks {
		if f.Level == check.Block && f.Remedy != nil && f.Remedy.Action != "" {
			p.Rows = append(p.Rows, Row{f.ID, f.Says, f.Remedy.Says})
		}
	}
	return nil
}

// mendSecret plans what a setup with the same answers would, as far as the
// chain is broken there.
func (x *examination) mendSecret(ctx context.Context, e *Env, d Draft, c cure, p *Plan) error {
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
		return &Usage{Title: "a new token is needed", Hints: []string{"give one with --token-file"}}
	}
	now, err := lookAround(ctx, e, md)
	if err != nil {
		return err
	}
	version := now.stored
	if version.ID == "" {
		version = VersionName{c.secret, strconv.Itoa(nextNumber(now.secret.versions))}
	}
	if c.use == "" {
		p.add(createSecret(md, now.secret))
		add := addVersion(md, now.secret, now.stored, version)
		if !c.token && add.State == Planned {
			add.Do = x.storeCorrected(now.secret)
		}
		p.add(add)
	}
	if c.enable {
		p.add(enableVersion(version))
	}
	if c.grant || c.secret != x.reference.Secret || !now.secret.exists {
		grant := grantAccess(now.secret, now.agent, now.policy, x.projectID())
		grant.Needs = append(grant.Needs, ActCreateAgent)
		p.add(grant)
	}
	if !same {
		update := updateRepository(now.repository, c.user, version, now.guessed(), now.secretProject)
		update.Needs = append(update.Needs, ActEnableVersion)
		p.add(update)
	}
	return nil
}

// storeCorrected stores the right part of the present token. It reads it again
// for that, so that no plan holds a token.
func (x *examination) storeCorrected(s secretState) func(ctx context.Context, r *Run) (Outcome, error) {
	from, kind, user := x.reference, upstream.Recognise(targetOf(x.repo.is)), x.repo.is.Username
	return func(ctx context.Context, r *Run) (Outcome, error) {
		stored, err := r.Env.Cloud.Payload(ctx, from)
		if err != nil {
			return Outcome{}, err
		}
		defer stored.Wipe()
		better := corrected(stored, kind.CheckToken(user, stored, r.Env.Now()))
		defer better.Wipe()
		if better.Empty() {
			return Outcome{}, &Problem{Title: "The stored token was changed by somebody else meanwhile", Kind: Conflict}
		}
		return r.add(ctx, s, better)
	}
}

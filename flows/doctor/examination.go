package doctor

import (
	"context"
	"errors"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// seen is what was read of one thing, or why it wasn't.
type seen[T any] struct {
	is  T
	err error
}

// Of keeps what a call that reads it returned.
func (s *seen[T]) Of(v T, err error) { s.is, s.err = v, err }

// ok reports whether it was read.
func (s *seen[T]) ok() bool { return s.err == nil }

// errNotAsked stands for what there was no reason, or no leave, to read.
var errNotAsked = errors.New("not asked")

// examination is everything that the links are judged by. Making one changes
// nothing at Google.
type examination struct {
	asked     string // the project as it was answered
	options   engine.Options
	now       time.Time
	caller    cloud.Caller
	project   seen[cloud.Project]
	on        seen[map[string]bool]
	repo      seen[cloud.Repository]
	reference cloud.VersionName // what the repository refers to, if that is well formed
	formed    bool

	// The rest is of the secret that the repository refers to.
	home     seen[cloud.Project] // the secret's project, where it is another one
	homeOn   seen[map[string]bool]
	secret   seen[cloud.SecretInfo]
	versions seen[[]cloud.Version]
	version  seen[cloud.Version]
	policy   seen[cloud.Policy]
	above    seen[cloud.Policy] // the policy of the secret's project
	agent    string             // empty where the project's number is not known
	access   state.Access       // whether the policies let it read the secret
	payload  seen[token.Secret]
	paste    []check.Finding    // what is wrong with the payload
	better   token.Secret       // the payload's right part, where one is wrong
	fixable  bool               // there is such a part, and the upstream does not reject it
	public   *check.Finding     // who else can read the secret, if that is too many
	leave    *state.StoredTrial // to try the payload; nil: it was not read
	trial    seen[upstream.Outcome]

	allowed seen[bool]
	pull    seen[cloud.PullAnswer]
}

// depth is how far an examination goes.
type depth struct {
	pull  bool // pull through the repository, and read the perimeter's setting
	trial bool // read the token, and try the credential on its upstream
}

// newExamination is one for which nothing was read yet.
func newExamination(e *engine.Env, d engine.Draft) *examination {
	x := &examination{asked: d.Project, options: d.Options, now: e.Now()}
	for _, err := range []*error{&x.homeOn.err, &x.home.err, &x.secret.err, &x.versions.err, &x.version.err, &x.policy.err, &x.above.err,
		&x.payload.err, &x.trial.err, &x.allowed.err, &x.pull.err} {
		*err = errNotAsked
	}
	return x
}

// examine reads what the chain is judged by, side by side where one thing does
// not depend on the other. Its error is one that every call
// would meet.
func examine(ctx context.Context, e *engine.Env, d engine.Draft, how depth) (*examination, error) {
	x := newExamination(e, d)
	var g parallel.Group
	g.Go(func() error { x.caller, _ = e.Caller(ctx); return nil })
	g.Go(func() error { x.project.Of(state.NumberOf(ctx, e, d)); return nil })
	g.Go(func() error {
		x.on.Of(e.Services(ctx, d.Project, cloud.ArtifactRegistryAPI, cloud.SecretManagerAPI))
		return nil
	})
	g.Go(func() error {
		if x.repo.Of(state.RepositoryOf(ctx, e, d)); !x.repo.ok() {
			x.repo.err = state.MissingRepository(ctx, e, d, x.repo.err)
		} else if x.repo.is.Remote() {
			x.examineRepository(ctx, e, d, how)
		}
		return nil
	})
	_ = g.Wait()
	x.findAgent(e)
	x.readAccess(ctx, e)
	if err := ctx.Err(); err != nil {
		return nil, &cloud.Error{Kind: cloud.Cancelled, Message: "no longer needed", Err: err}
	}
	for _, err := range []error{x.repo.err, x.project.err, x.on.err} {
		if k := cloud.KindOf(err); k == cloud.NotSignedIn || k == cloud.QuotaProject {
			return nil, err
		}
	}
	if !x.repo.ok() && !tellsOfRepository(x.repo.err) {
		return nil, x.repo.err // nothing was found out, so nothing may be called well
	}
	return x, nil
}

// tellsOfRepository reports whether a refusal is Google's word about the
// repository, and not a failure to ask.
func tellsOfRepository(err error) bool {
	switch cloud.KindOf(err) {
	case cloud.NotFound, cloud.PermissionDenied, cloud.APIDisabled, cloud.Perimeter, cloud.OrgPolicy, cloud.DenyPolicy:
		return true
	default:
		return false
	}
}

func (x *examination) examineRepository(ctx context.Context, e *engine.Env, d engine.Draft, how depth) {
	r := x.repo.is
	var g parallel.Group
	if how.pull {
		g.Go(func() error { x.allowed.Of(e.UpstreamAllowed(ctx, r.Name.Project, r.Name.Location)); return nil })
	}
	if how.pull && !d.Options.SkipVerify {
		g.Go(func() error { x.pull.Of(e.Pull(ctx, r, d.Options.Artifact(r))); return nil })
	}
	if x.reference, x.formed = cloud.WellFormed(r.SecretVersion); x.formed {
		x.examineSecret(ctx, e, d, how, &g)
	}
	_ = g.Wait()
	x.payload.err = e.BlameAgent(ctx, x.payload.err, x.reference.Secret, x.secret.is.KMSKeys)
}

func (x *examination) examineSecret(ctx context.Context, e *engine.Env, d engine.Draft, how depth, g *parallel.Group) {
	name := x.reference.Secret
	if name.Project != d.Project {
		g.Go(func() error { x.home.Of(e.Project(ctx, name.Project)); return nil })
		g.Go(func() error { x.homeOn.Of(e.Services(ctx, name.Project, cloud.SecretManagerAPI)); return nil })
	}
	g.Go(func() error { x.secret.Of(e.Secret(ctx, name)); return nil })
	g.Go(func() error { x.examineVersion(ctx, e); return nil })
	g.Go(func() error {
		x.policy.Of(e.SecretPolicy(ctx, name))
		return nil
	})
	g.Go(func() error { x.above.Of(e.ProjectPolicy(ctx, name.Project)); return nil })
	if how.trial {
		g.Go(func() error { x.tryStored(ctx, e, d); return nil })
	}
}

// examineVersion finds the version that is meant. The list of versions tells
// the state of all of them; where it may not be read, one version still may.
func (x *examination) examineVersion(ctx context.Context, e *engine.Env) {
	x.versions.Of(e.Versions(ctx, x.reference.Secret))
	if x.versions.ok() {
		for i, v := range x.versions.is {
			if v.Name.ID == x.reference.ID || x.reference.ID == cloud.Latest && i == 0 {
				x.version.Of(v, nil)
				return
			}
		}
	}
	x.version.Of(e.Version(ctx, x.reference))
}

// tryStored reads the token and tries it as it is. Only where the upstream
// rejects it is the right part of it tried, so that a line end too many is told
// from a token that isn't valid.
func (x *examination) tryStored(ctx context.Context, e *engine.Env, d engine.Draft) {
	r := x.repo.is
	var err error
	if x.leave, err = state.MayTry(ctx, e, r, x.reference, d.Agreed); err != nil {
		x.payload.err = err
		return
	}
	x.payload.Of(x.leave.Read(ctx))
	kind := upstream.Recognise(engine.TargetOf(r))
	if !x.payload.ok() || !kind.PasswordLess.Empty() {
		return
	}
	x.paste = kind.StoredAt(e.StoredAt(ctx, x.reference)).CheckToken(r.Username, x.payload.is, x.now)
	x.better = corrected(x.payload.is, x.paste)
	if r.Username == "" || x.options.SkipTrial {
		x.weigh(upstream.Outcome{})
		return
	}
	x.trial.Of(x.leave.Send(ctx, r.Username, x.payload.is, x.options))
	o := x.trial.is
	if !x.trial.ok() {
		o = upstream.Outcome{}
	}
	if o.Verdict == upstream.Rejected && !x.better.Empty() {
		if part, err := x.leave.Send(ctx, r.Username, x.better, x.options); err == nil && part.Verdict == upstream.Accepted {
			x.trial.Of(part, nil)
			x.fixable = true
		}
	}
	x.weigh(o)
}

// weigh judges what the payload looks like by what the upstream says of it. A
// payload is called wrong only where the upstream rejects it, or where nothing
// can be proved and a token is inside of it; one that wasn't tried, as asked, is
// not called wrong.
func (x *examination) weigh(o upstream.Outcome) {
	x.paste = upstream.Weigh(x.paste, o)
	for i := range x.paste {
		f := &x.paste[i]
		if x.fixable && i == 0 { // what is wrong with it is proven
			f.Level = check.Block
		}
		if f.Level == check.Block && o.Verdict != upstream.Rejected && (o.Verdict == "" || f.Code == check.TokenElsewhere) && f.Code != check.TokenMissing {
			f.Level = check.Warning
		}
	}
	if check.Worst(x.paste) == check.Block && !x.better.Empty() && o.Verdict != upstream.Rejected {
		x.fixable = true
	}
}

// corrected is the right part of a payload that holds more than it should.
func corrected(payload token.Secret, fs []check.Finding) token.Secret {
	for i := range fs {
		r := fs[i].Remedy
		if r == nil || r.Use == nil && len(r.Choices) == 0 {
			continue
		}
		fs[i].Remedy = &check.Hint{Says: r.Sentence(), Command: r.Command}
		for _, c := range r.Choices { // nobody is there to choose one
			c.Use.Token.Wipe()
		}
		if r.Use == nil {
			continue
		}
		better := r.Use.Token
		if !better.Empty() {
			return better
		}
	}
	trimmed, removed := upstream.Trim(payload.Reveal())
	if removed == 0 || len(trimmed) == 0 {
		return token.Secret{}
	}
	return token.New(append([]byte(nil), trimmed...))
}

// findAgent computes the service agent's address. Where the project can't be
// read, Secret Manager may give away its number: the names in its answers hold
// it.
func (x *examination) findAgent(e *engine.Env) {
	switch {
	case x.project.ok():
		x.agent = e.Cloud.ServiceAgent(x.project.is.Number)
	case x.repo.ok() && x.secret.ok():
		if n := state.NumberGivenAway(x.repo.is.Name.Project, x.reference.Secret, x.secret.is); n != "" {
			x.agent = e.Cloud.ServiceAgent(n)
		}
	}
}

// wipe overwrites what was read of the token.
func (x *examination) wipe() {
	x.payload.is.Wipe()
	x.better.Wipe()
}

// credentials reports whether the repository has any.
func (x *examination) credentials() bool {
	return x.repo.ok() && (x.repo.is.Username != "" || x.repo.is.SecretVersion != "")
}

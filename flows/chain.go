package flows

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// The links of the chain from a request to its upstream, as checks name them.
const (
	linkAPIs        = "apis"
	linkRepository  = "repository"
	linkCredentials = "credentials"
	linkReference   = "secret-reference"
	linkSecret      = "secret"
	linkVersion     = "version"
	linkAgent       = "service-agent"
	linkGrant       = checkGrant
	linkPayload     = "payload"
	linkUpstream    = checkUpstream
	linkPerimeter   = "perimeter"
	linkPull        = checkPull
)

// Broken is the first broken link among the findings of a chain; empty: none.
func Broken(chain []check.Finding) string {
	for _, f := range chain {
		if f.Level == check.Block {
			return f.ID
		}
	}
	return ""
}

// Unseen are the links of a chain that could not be looked at.
func Unseen(chain []check.Finding) []string {
	var ids []string
	for _, f := range chain {
		if f.Level == check.Unknown {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// NotLookedAt is what a finding says of a link that nobody could look at; its
// reason says what would allow it.
const NotLookedAt = "could not be looked at"

// Gap is why some links of a chain could not be looked at.
type Gap struct {
	Links []string
	Why   string
}

// Gaps are the links of a chain that could not be looked at, by their reasons.
func Gaps(chain []check.Finding) []Gap {
	var gaps []Gap
	for _, f := range chain {
		if f.Level != check.Unknown {
			continue
		}
		why := f.Why
		if f.Says != NotLookedAt {
			why = strings.TrimSuffix(f.Says+"; "+f.Why, "; ")
		}
		i := slices.IndexFunc(gaps, func(g Gap) bool { return g.Why == why })
		if i < 0 {
			i, gaps = len(gaps), append(gaps, Gap{Why: why})
		}
		gaps[i].Links = append(gaps[i].Links, f.ID)
	}
	return gaps
}

// seen is what was read of one thing, or why it could not be.
type seen[T any] struct {
	is  T
	err error
}

func (s *seen[T]) of(v T, err error) { s.is, s.err = v, err }

// ok tells whether it was read.
func (s *seen[T]) ok() bool { return s.err == nil }

// errNotAsked stands for what there was no reason, or no leave, to read.
var errNotAsked = errors.New("not asked")

// examination is everything that the links are judged by. Nothing in it
// changes Google.
type examination struct {
	asked     string // the project as it was answered
	options   Options
	now       time.Time
	caller    Caller
	project   seen[Project]
	on        seen[map[string]bool]
	repo      seen[Repository]
	reference VersionName // what the repository refers to, if that is well formed
	formed    bool

	// The rest is of the secret that the repository refers to.
	home     seen[Project] // the secret's project, where it is another one
	homeOn   seen[map[string]bool]
	secret   seen[SecretInfo]
	versions seen[[]Version]
	version  seen[Version]
	policy   seen[Policy]
	above    seen[Policy] // the policy of the secret's project
	agent    string       // empty where the project's number is not known
	payload  seen[token.Secret]
	paste    []check.Finding // what is wrong with the payload
	better   token.Secret    // the payload's right part, where one is wrong
	mendable bool            // there is such a part
	trial    seen[upstream.Outcome]

	allowed seen[bool]
	pull    seen[PullAnswer]
}

// depth is how far an examination goes.
type depth struct {
	pull  bool // pull through the repository, and read the perimeter's setting
	trial bool // read the token, and try the credential on its upstream
}

// newExamination is one for which nothing was asked yet.
func newExamination(e *Env, d Draft) *examination {
	x := &examination{asked: d.Project, options: d.Options, now: e.Now()}
	for _, err := range []*error{&x.homeOn.err, &x.home.err, &x.secret.err, &x.versions.err, &x.version.err, &x.policy.err, &x.above.err,
		&x.payload.err, &x.trial.err, &x.allowed.err, &x.pull.err} {
		*err = errNotAsked
	}
	return x
}

// examine reads what the chain is judged by, side by side where one thing does
// not depend on the other. Its error is one that stands in the way of all.
func examine(ctx context.Context, e *Env, d Draft, how depth) (*examination, error) {
	x := newExamination(e, d)
	var g errgroup.Group
	g.Go(func() error { x.caller, _ = e.Caller(ctx); return nil })
	g.Go(func() error { x.project.of(numberOf(ctx, e, d)); return nil })
	g.Go(func() error { x.on.of(e.Services(ctx, d.Project, ArtifactRegistryAPI, SecretManagerAPI)); return nil })
	g.Go(func() error {
		if x.repo.of(repositoryOf(ctx, e, d)); !x.repo.ok() {
			x.repo.err = missingRepository(ctx, e, d, x.repo.err)
		} else if x.repo.is.Remote() {
			x.examineRepository(ctx, e, d, how)
		}
		return nil
	})
	_ = g.Wait()
	x.findAgent(e)
	if err := ctx.Err(); err != nil {
		return nil, &Error{Kind: Cancelled, Message: "no longer needed", Err: err}
	}
	for _, err := range []error{x.repo.err, x.project.err, x.on.err} {
		if k := KindOf(err); k == NotSignedIn || k == QuotaProject {
			return nil, err
		}
	}
	if !x.repo.ok() && !tellsOfRepository(x.repo.err) {
		return nil, x.repo.err // nothing was found out, so nothing may be called well
	}
	return x, nil
}

// tellsOfRepository tells whether a refusal is Google's word about the
// repository, and not a failure to ask.
func tellsOfRepository(err error) bool {
	switch KindOf(err) {
	case NotFound, PermissionDenied, APIDisabled, Perimeter:
		return true
	default:
		return false
	}
}

func (x *examination) examineRepository(ctx context.Context, e *Env, d Draft, how depth) {
	r := x.repo.is
	var g errgroup.Group
	if how.pull {
		g.Go(func() error { x.allowed.of(e.UpstreamAllowed(ctx, r.Name.Project, r.Name.Location)); return nil })
	}
	if how.pull && !d.Options.SkipVerify {
		g.Go(func() error { x.pull.of(e.Pull(ctx, r, d.Options.VerifyWith)); return nil })
	}
	if x.reference, x.formed = wellFormed(r.SecretVersion); x.formed {
		x.examineSecret(ctx, e, d, how, &g)
	}
	_ = g.Wait()
}

func (x *examination) examineSecret(ctx context.Context, e *Env, d Draft, how depth, g *errgroup.Group) {
	name := x.reference.Secret
	if name.Project != d.Project {
		g.Go(func() error { x.home.of(e.Project(ctx, name.Project)); return nil })
		g.Go(func() error { x.homeOn.of(e.Services(ctx, name.Project, SecretManagerAPI)); return nil })
	}
	g.Go(func() error { x.secret.of(e.Secret(ctx, name)); return nil })
	g.Go(func() error { x.examineVersion(ctx, e); return nil })
	g.Go(func() error {
		project, err := numberOf(ctx, e, d) // shared with the examination's own
		x.policy.of(e.SecretPolicy(ctx, name))
		if err != nil || !grants(x.policy.is, AccessorRole, memberPrefix+e.Cloud.ServiceAgent(project.Number)) {
			x.above.of(e.ProjectPolicy(ctx, name.Project))
		}
		return nil
	})
	if how.trial {
		g.Go(func() error { x.tryStored(ctx, e); return nil })
	}
}

// examineVersion finds the version that is meant. The list of versions tells
// the state of all of them; where it may not be read, one version still may.
func (x *examination) examineVersion(ctx context.Context, e *Env) {
	x.versions.of(e.Versions(ctx, x.reference.Secret))
	if x.versions.ok() {
		for i, v := range x.versions.is {
			if v.Name.ID == x.reference.ID || x.reference.ID == latest && i == 0 {
				x.version.of(v, nil)
				return
			}
		}
	}
	x.version.of(e.Version(ctx, x.reference))
}

// latest is the alias that Secret Manager itself keeps: the version that was
// added last, whatever its state.
const latest = "latest"

// tryStored reads the token and tries it, without what is wrong with it, so
// that a line end too many is told from a token that is not valid.
func (x *examination) tryStored(ctx context.Context, e *Env) {
	r := x.repo.is
	x.payload.of(e.Payload(ctx, x.reference))
	kind := upstream.Recognise(targetOf(r))
	if !x.payload.ok() || kind.PasswordLess != "" {
		return
	}
	x.paste = kind.CheckToken(r.Username, x.payload.is, x.now)
	good := x.payload.is
	if x.better = corrected(x.payload.is, x.paste); !x.better.Empty() {
		good, x.mendable = x.better, true
	}
	if check.Worst(x.paste) == check.Block && !x.mendable || r.Username == "" || x.options.SkipTrial {
		return
	}
	x.trial.of(e.Try(ctx, targetOf(r), r.Username, good, x.options.VerifyWith, x.options.AllowRealms))
}

// corrected is the right part of a payload that holds more than it should.
func corrected(payload token.Secret, fs []check.Finding) token.Secret {
	for i := range fs {
		r := fs[i].Remedy
		if r == nil || r.Use == nil {
			continue
		}
		better := r.Use.Token
		fs[i].Remedy = &check.Remedy{Says: r.Says, Command: r.Command}
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

// findAgent computes the service agent's address. Where the project cannot be
// read, Secret Manager may give away its number: it answers with names that
// hold it.
func (x *examination) findAgent(e *Env) {
	switch {
	case x.project.ok():
		x.agent = e.Cloud.ServiceAgent(x.project.is.Number)
	case x.repo.ok() && x.secret.ok() && x.reference.Secret.Project == x.repo.is.Name.Project && number(x.secret.is.Name.Project):
		x.agent = e.Cloud.ServiceAgent(x.secret.is.Name.Project)
	}
}

// wipe overwrites what was read of the token.
func (x *examination) wipe() {
	x.payload.is.Wipe()
	x.better.Wipe()
}

// credentials tells whether the repository has any.
func (x *examination) credentials() bool {
	return x.repo.ok() && (x.repo.is.Username != "" || x.repo.is.SecretVersion != "")
}

// wellFormed reads the reference to a global secret's version.
func wellFormed(reference string) (VersionName, bool) {
	v, ok := ParseVersionName(reference)
	return v, ok && projectID.MatchString(v.Secret.Project) && secretID.MatchString(v.Secret.ID) && secretID.MatchString(v.ID)
}

// chain judges all links, in their order.
func (x *examination) chain() []check.Finding {
	links := []struct {
		id    string
		judge func() check.Finding
	}{
		{linkAPIs, x.apis}, {linkRepository, x.repository}, {linkCredentials, x.login}, {linkReference, x.secretReference},
		{linkSecret, x.secretLink}, {linkVersion, x.versionLink}, {linkAgent, x.serviceAgent}, {linkGrant, x.grant},
		{linkPayload, x.payloadLink}, {linkUpstream, x.upstreamLink}, {linkPerimeter, x.perimeter}, {linkPull, x.pullLink},
	}
	var fs []check.Finding
	for _, l := range links {
		f, needed := x.needed(l.id)
		if needed {
			f = l.judge()
		}
		f.ID = l.id
		fs = append(fs, f)
	}
	x.blame(fs)
	return fs
}

// blame leads a pull that fails back to the link that makes it fail.
func (x *examination) blame(fs []check.Finding) {
	pull := &fs[len(fs)-1]
	first := slices.IndexFunc(fs, func(f check.Finding) bool { return f.Level == check.Block })
	if pull.Level != check.Block || fs[first].ID == linkPull {
		return
	}
	pull.Remedy = &check.Remedy{Says: "it follows from the link " + fs[first].ID + ": mend that one"}
	if r := fs[first].Remedy; r != nil {
		pull.Remedy.Command = r.Command
	}
}

// notNeeded begins what is said of a link that does not matter.
const notNeeded = "not needed: "

// needed tells whether a link matters; where it does not, the finding says why.
func (x *examination) needed(id string) (check.Finding, bool) {
	switch {
	case id == linkAPIs, id == linkRepository:
		return check.Finding{}, true
	case !x.repo.ok() || !x.repo.is.Remote():
		return waits(linkRepository), false
	case id == linkCredentials, id == linkPerimeter, id == linkPull:
		return check.Finding{}, true
	case !x.credentials():
		return check.Finding{Level: check.Note, Says: notNeeded + "the repository has no credentials"}, false
	case id != linkReference && !x.formed:
		return waits(linkReference), false
	}
	return check.Finding{}, true
}

// waits is the finding of a link that cannot be looked at before another one
// is mended.
func waits(link string) check.Finding {
	return check.Finding{Level: check.Unknown, Says: NotLookedAt, Why: "the link " + link + " comes first"}
}

// missed is the finding of a link that could not be looked at, with what would
// allow it.
func missed(err error, permission, resource string) check.Finding {
	f := check.Finding{Level: check.Unknown, Says: NotLookedAt}
	switch KindOf(err) {
	case PermissionDenied:
		if e, ok := errors.AsType[*Error](err); ok && e.Permission != "" {
			permission = e.Permission
		}
		f.Why = "it needs the permission " + permission + " on " + resource
		f.Remedy = &check.Remedy{Says: "an owner can grant it"}
		if role := viewerRole(permission); role != "" {
			f.Remedy.Command = "gcloud projects add-iam-policy-binding " + orElse(projectOf(resource), "PROJECT") + " --member=user:YOU --role=" + role
		}
	case APIDisabled:
		return waits(linkAPIs)
	default:
		f.Why = Explain(err).Error()
	}
	return f
}

// viewerRole is the smallest predefined role that only looks and holds the
// permission.
func viewerRole(permission string) string {
	switch {
	case permission == "secretmanager.versions.access":
		return AccessorRole
	case permission == "secretmanager.secrets.getIamPolicy":
		return "roles/iam.securityReviewer"
	case permission == "resourcemanager.projects.getIamPolicy":
		return "roles/iam.securityReviewer"
	case strings.HasPrefix(permission, "secretmanager."):
		return "roles/secretmanager.viewer"
	case strings.HasPrefix(permission, "artifactregistry."):
		return "roles/artifactregistry.reader"
	case strings.HasPrefix(permission, "serviceusage."):
		return "roles/serviceusage.serviceUsageViewer"
	case strings.HasPrefix(permission, "resourcemanager."):
		return "roles/browser"
	default:
		return ""
	}
}

// merge makes one finding of several about the same link: the worst, with what
// the others say behind its reason.
func merge(fs []check.Finding) check.Finding {
	level := check.Worst(fs)
	worst := slices.IndexFunc(fs, func(f check.Finding) bool { return f.Level == level })
	f := fs[worst]
	for i, other := range fs {
		if i == worst || other.Level == check.OK {
			continue
		}
		also := "also: " + other.Says
		if other.Why != "" {
			also += " (" + other.Why + ")"
		}
		if f.Why != "" {
			f.Why += "; "
		}
		f.Why += also
	}
	return f
}

package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// off are the APIs that are needed and not on, by project. known is false where
// that could not be found out.
func (x *examination) off() (off map[string]map[string]bool, known bool) {
	off = map[string]map[string]bool{}
	add := func(project, api string) {
		if off[project] == nil {
			off[project] = map[string]bool{}
		}
		off[project][api] = false
	}
	project, home := x.projectID(), x.reference.Secret.Project
	elsewhere := x.formed && !cloud.SameProject(home, project, x.project.is)
	known = x.on.ok()
	if x.on.ok() && !x.on.is[cloud.ArtifactRegistryAPI] || cloud.KindOf(x.repo.err) == cloud.APIDisabled {
		add(project, cloud.ArtifactRegistryAPI)
	}
	switch {
	case !elsewhere:
		if x.on.ok() && !x.on.is[cloud.SecretManagerAPI] && (x.credentials() || !x.repo.ok()) {
			add(project, cloud.SecretManagerAPI)
		}
	case x.homeOn.ok() && !x.homeOn.is[cloud.SecretManagerAPI]:
		add(home, cloud.SecretManagerAPI)
	}
	if cloud.KindOf(x.secret.err) == cloud.APIDisabled {
		add(home, cloud.SecretManagerAPI)
	}
	return off, known
}

func (x *examination) apis() check.Finding {
	off, known := x.off()
	if len(off) > 0 {
		f := check.Finding{Level: check.Block, Why: text.New("while an API is off, every call to it is refused")}
		var names, commands []string
		for project, apis := range off {
			a := act.EnableAPIs(project, apis)
			names = append(names, strings.TrimPrefix(a.Says.In(text.English), "turn on ")+" in "+project)
			commands = append(commands, a.Command)
		}
		slices.Sort(names)
		slices.Sort(commands)
		f.Says = text.New("off: %s", strings.Join(names, ", "))
		f.Remedy = &check.Hint{Says: text.New("turn it on"), Command: strings.Join(commands, " && "), Action: engine.ActEnableAPIs}
		return f
	}
	answers := x.repo.ok() && (!x.formed || x.secret.ok() || x.version.ok() || x.policy.ok())
	if !known && !answers {
		return missed(x.on.err, "serviceusage.services.get", "projects/"+x.projectID())
	}
	return check.Finding{Level: check.OK, Says: text.New("the APIs that this needs are on")}
}

// projectID is the repository's project as the answers name it.
func (x *examination) projectID() string {
	if x.repo.ok() {
		return x.repo.is.Name.Project
	}
	return x.asked
}

func (x *examination) repository() check.Finding {
	r := x.repo.is
	if !x.repo.ok() {
		if f, ok := x.forbidden(x.repo.err); ok {
			return f
		}
		if cloud.KindOf(x.repo.err) == cloud.NotFound {
			p := engine.Explain(x.repo.err)
			return check.Finding{Level: check.Block, Says: p.Title, Why: p.Detail,
				Remedy: &check.Hint{Says: text.New("look for its name"), Command: "gcloud artifacts repositories list --project=" + x.projectID()}}
		}
		f := missed(x.repo.err, "artifactregistry.repositories.get", "projects/"+x.projectID())
		if !x.project.ok() && cloud.KindOf(x.repo.err) == cloud.PermissionDenied {
			f.Why = text.Also(f.Why, text.New("Google says the same of a project that does not exist: is its name right?"))
		}
		return f
	}
	if !r.Remote() {
		return *state.Unusable(r)
	}
	fs := []check.Finding{{Level: check.OK, Says: text.New("a remote %s repository of %s", strings.ToLower(r.Format), engine.TargetOf(r))}}
	fs = append(fs, step.AddressWarnings(r)...)
	return engine.Merge(append(fs, state.AsNote(state.OwnedRepository(r))...))
}

func (x *examination) login() check.Finding {
	r := x.repo.is
	kind := upstream.Recognise(engine.TargetOf(r))
	switch {
	case !x.credentials() && !kind.PasswordLess.Empty():
		return check.Finding{Level: check.OK, Says: text.New("none, and its upstream takes none: %s", kind.Title)}
	case !x.credentials():
		return check.Finding{Level: check.Note, Says: text.New("the repository has no credentials: it pulls anonymously"),
			Why:    text.New("an upstream that is public allows that, often with low limits"),
			Remedy: &check.Hint{Says: text.New("give it some"), Command: fmt.Sprintf("upstreamauth setup --project %s --repository %s/%s", r.Name.Project, r.Name.Location, r.Name.ID)}}
	case !kind.PasswordLess.Empty():
		return check.Finding{Level: check.Block, Says: text.New("it has credentials, and its upstream takes no password: %s", kind.Title), Why: kind.PasswordLess,
			Remedy: &check.Hint{Says: text.New("take them away"), Command: fmt.Sprintf("upstreamauth remove --project %s --repository %s/%s", r.Name.Project, r.Name.Location, r.Name.ID), Action: engine.ActClear}}
	case r.SecretVersion == "":
		return check.Finding{Level: check.Block, Says: text.New("it has the user name %s and no token", engine.ShownUsername(r, r.Username)),
			Why: text.New("Artifact Registry signs in with both or with neither"), Remedy: x.newToken()}
	}
	fs := kind.CheckUsername(r.Username)
	if len(fs) == 0 {
		return check.Finding{Level: check.OK, Says: text.New("user %s", engine.ShownUsername(r, r.Username))}
	}
	f := engine.Merge(fs)
	if f.Level == check.Warning && x.rejected() {
		f.Level = check.Block
		f.Why = text.Also(f.Why, text.New("the upstream refuses it"))
	}
	f.Remedy = x.newCredentials()
	return f
}

// rejected tells whether the upstream refuses the credential, by our own trial
// or by what it answered to Artifact Registry.
func (x *examination) rejected() bool {
	if x.trial.ok() {
		return x.trial.is.Verdict == upstream.Rejected
	}
	return x.heard() == heardRejected
}

// newCredentials is the remedy of a user name or a token that is not valid.
func (x *examination) newCredentials() *check.Hint {
	return &check.Hint{Says: text.New("give it a user name and a token that are valid"), Action: engine.ActUpdate,
		Command: x.fixCommand() + " --username NAME --token-file FILE"}
}

// newToken is the remedy of a token that is gone, or not to be read any more.
func (x *examination) newToken() *check.Hint {
	return &check.Hint{Says: text.New("store a token anew"), Action: engine.ActAddVersion, Command: x.fixCommand() + " --token-file FILE"}
}

// fixCommand mends the repository.
func (x *examination) fixCommand() string {
	n := x.repo.is.Name
	return fmt.Sprintf("upstreamauth doctor --fix --project %s --repository %s/%s", n.Project, n.Location, n.ID)
}

func (x *examination) secretReference() check.Finding {
	given := x.repo.is.SecretVersion
	if given == "" {
		return waits(linkCredentials)
	}
	if !x.formed {
		f := check.Finding{Level: check.Block, Says: text.New("%q is not the name of a secret version", given),
			Why: text.New("it must be projects/PROJECT/secrets/SECRET/versions/NUMBER"), Remedy: x.newToken()}
		if strings.Contains(given, "/locations/") {
			f.Says, f.Why = text.New("it refers to a regional secret: %s", given), text.New("Artifact Registry reads global secrets only")
		}
		return f
	}
	home := x.reference.Secret.Project
	if errors.Is(x.home.err, errNotAsked) || x.secret.ok() || x.version.ok() || x.policy.ok() {
		return check.Finding{Level: check.OK, Says: text.Verbatim(given)}
	}
	switch {
	case x.home.ok() && x.home.is.Active:
		return check.Finding{Level: check.OK, Says: text.Verbatim(given), Why: text.New("the secret is in another project, %s", home)}
	case x.home.ok():
		return check.Finding{Level: check.Block, Says: text.New("the secret's project %s is about to be deleted", home),
			Remedy: &check.Hint{Says: text.New("restore it, or use another secret"), Command: "gcloud projects undelete " + home}}
	case cloud.KindOf(x.home.err) == cloud.NotFound, cloud.KindOf(x.home.err) == cloud.PermissionDenied && x.heard() == heardNoSecret:
		return check.Finding{Level: check.Block, Says: text.New("the secret's project %s does not exist, or is out of reach", home),
			Why: text.New("neither you nor Artifact Registry can read the secret there"), Remedy: x.newToken()}
	}
	return missed(x.home.err, "resourcemanager.projects.get", "projects/"+home)
}

// soon is how long before its end a secret is worth a warning.
const soon = 30 * 24 * time.Hour

func (x *examination) secretLink() check.Finding {
	name := x.reference.Secret
	s := x.secret.is
	if !x.secret.ok() {
		if f, ok := x.forbidden(x.secret.err); ok {
			return f
		}
		switch {
		case cloud.KindOf(x.secret.err) == cloud.NotFound:
			return check.Finding{Level: check.Block, Says: text.New("there is no secret %s in %s", name.ID, name.Project),
				Why: text.New("it was deleted, or has expired, or never was"), Remedy: x.newToken()}
		case x.version.ok() || x.policy.ok() || x.payload.ok():
			return engine.Merge(x.readers([]check.Finding{{Level: check.OK, Says: text.New("the secret %s exists", name.ID)}}))
		case x.secretReference().Level == check.Block:
			return waits(linkReference)
		}
		return missed(x.secret.err, "secretmanager.secrets.get", name.String())
	}
	fs := append([]check.Finding{{Level: check.OK, Says: text.New("the secret %s exists", name.ID)}}, state.AsNote(state.OwnedSecret(s))...)
	if s.Type != "" && s.Type != "OTHER" {
		fs = append(fs, check.Finding{Level: check.Warning, Says: text.New("it is a secret of the type %s", s.Type), Why: text.New("its type restricts what a version may contain")})
	}
	if at := s.ExpireTime; !at.IsZero() {
		keep := &check.Hint{Says: text.New("let it stay"), Command: fmt.Sprintf("gcloud secrets update %s --project=%s --remove-expiration", name.ID, name.Project)}
		left := at.Sub(x.now)
		switch {
		case left <= 0:
			return check.Finding{Level: check.Block, Says: text.New("the secret has expired on %s", at.UTC().Format(time.RFC1123)), Remedy: x.newToken()}
		case left < soon:
			fs = append(fs, check.Finding{Level: check.Warning, Says: text.New("the secret will be deleted on %s", at.UTC().Format(time.RFC1123)),
				Why: text.New("from then on every pull fails"), Remedy: keep})
		default:
			fs = append(fs, check.Finding{Level: check.Note, Says: text.New("the secret will be deleted on %s", at.UTC().Format(time.DateOnly)), Remedy: keep})
		}
	}
	return engine.Merge(x.readers(fs))
}

// readers adds a warning about a secret that too many may read.
func (x *examination) readers(fs []check.Finding) []check.Finding {
	if x.public != nil {
		fs = append(fs, *x.public)
	}
	return fs
}

func (x *examination) versionLink() check.Finding {
	name := x.reference
	v := x.version.is
	says := text.New("version %s", name.ID)
	if !x.version.ok() {
		switch cloud.KindOf(x.version.err) {
		case cloud.NotFound:
			if x.secretLink().Level != check.OK && !x.secret.ok() {
				return waits(linkSecret)
			}
			return check.Finding{Level: check.Block, Says: text.New("there is no %s of %s", says, name.Secret.ID),
				Why: text.New("the number is wrong, or the secret was made anew"), Remedy: x.otherVersion()}
		default:
			switch {
			case x.secretReference().Level == check.Block:
				return waits(linkReference)
			case forbids(x.version.err) && forbids(x.secret.err):
				return waits(linkSecret)
			}
			if f, ok := x.forbidden(x.version.err); ok {
				return f
			}
			return missed(x.version.err, "secretmanager.versions.get", name.Secret.String())
		}
	}
	if name.ID != v.Name.ID {
		says = text.New("%q, which is version %s,", name.ID, v.Name.ID)
	}
	if !v.Enabled() {
		f := check.Finding{Level: check.Block, Says: text.New("%s is %s", says, strings.ToLower(v.State)),
			Why: text.New("the token in it can be read only while it is enabled"), Remedy: x.otherVersion()}
		if v.State == "DESTROYED" {
			f.Why = text.New("its token is gone for good")
		}
		if v.State == "DISABLED" && name.Number() > 0 {
			f.Remedy = &check.Hint{Says: text.New("enable it"), Action: engine.ActEnableVersion,
				Command: fmt.Sprintf("gcloud secrets versions enable %s --secret=%s --project=%s", v.Name.ID, name.Secret.ID, name.Secret.Project)}
		}
		if name.ID == cloud.Latest {
			f.Why = text.New("\"latest\" means the version that was added last, whatever its state")
		}
		return f
	}
	fs := []check.Finding{{Level: check.OK, Says: text.New("%s is enabled", says)}}
	switch newest := newestEnabled(x.versions.is); {
	case name.ID == cloud.Latest:
		fs = append(fs, check.Finding{Level: check.Note, Says: text.New(`it follows "latest", now version %s`, v.Name.ID),
			Why: text.New("a version that is added or disabled takes effect at once, tried or not; a number stays")})
	case name.Number() == 0:
		fs = append(fs, check.Finding{Level: check.Warning, Says: text.New("%q is an alias, now of version %s", name.ID, v.Name.ID),
			Why: text.New("Google documents no aliases for a repository's credentials")})
	case newest.Name.Number() > name.Number():
		fs = append(fs, check.Finding{Level: check.Note, Says: text.New("version %s is enabled, but version %s is newer", name.ID, newest.Name.ID),
			Why: text.New("the repository keeps to the number that it was given")})
	}
	return engine.Merge(fs)
}

// otherVersion is the remedy of a version that cannot be used any more.
func (x *examination) otherVersion() *check.Hint {
	r := x.repo.is
	if v := newestEnabled(x.versions.is); v.Name.ID != "" {
		return &check.Hint{Says: text.New("use version %s, which is enabled", v.Name.ID), Action: engine.ActUpdate,
			Command: act.UpdateCommand(r, r.Username, cloud.VersionName{Secret: x.reference.Secret, ID: v.Name.ID})}
	}
	return x.newToken()
}

// newestEnabled is the enabled version that was added last; zero: none.
func newestEnabled(vs []cloud.Version) cloud.Version {
	if i := slices.IndexFunc(vs, cloud.Version.Enabled); i >= 0 {
		return vs[i]
	}
	return cloud.Version{}
}

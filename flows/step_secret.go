package flows

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/wording"
)

// secretID is what Secret Manager accepts.
var secretID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// stepSecret picks the secret that keeps the token, or names a new one.
func stepSecret() Step {
	return Step{
		ID: StepSecret, Title: "Secret", Flag: "secret",
		Why:   "Secret Manager keeps the token here; the repository gets the name of one of its versions, never the token.",
		Ask:   askSecret,
		Take:  takeSecret,
		Check: checkSecret,
		Show: func(d Draft) string {
			if d.Secret.Project != "" && d.Secret.Project != d.Project {
				return d.Secret.String()
			}
			return d.Secret.ID
		},
	}
}

func askSecret(ctx context.Context, e *Env, d Draft) iter.Seq2[Prompt, error] {
	return func(yield func(Prompt, error) bool) {
		name := SecretName{ID: d.Repository + "-upstream-token"}
		current := currentVersion(ctx, e, d)
		p := Prompt{Kind: Pick, Free: true, Noun: "secret name", Proposal: current.Secret.ID,
			Help:    []string{"A secret of another project is given by its full name: projects/PROJECT/secrets/NAME"},
			Options: []Option{{Value: name.ID, Label: "new secret", Note: name.ID, New: true}}}
		if !yield(p, nil) {
			return
		}
		for page, err := range e.Secrets(ctx, d.SecretProject()) {
			p = Prompt{Kind: Pick}
			switch {
			case KindOf(err) == APIDisabled: // there are none, and the plan turns it on
				return
			case err != nil:
				e.unlisted(&p, err, "secrets", func(p Prompt, err error) bool { p.Empty = nil; return yield(p, err) })
				return
			}
			for _, s := range page {
				p.Options = append(p.Options, optionOfSecret(s, current, e.Now()))
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// currentVersion is the secret version that the repository uses now.
func currentVersion(ctx context.Context, e *Env, d Draft) VersionName {
	r, err := repositoryOf(ctx, e, d)
	if err != nil {
		return VersionName{}
	}
	v, _ := ParseVersionName(r.SecretVersion)
	return v
}

func optionOfSecret(s SecretInfo, current VersionName, now time.Time) Option {
	o := Option{Value: s.Name.ID, Label: s.Name.ID, Note: "made " + s.CreateTime.Format(time.DateOnly)}
	if s.Name.ID == current.Secret.ID {
		o.Note = "in use by this repository, version " + current.ID
	}
	if !s.ExpireTime.IsZero() {
		o.Note += ", expires " + s.ExpireTime.Format(time.DateOnly)
	}
	if f := unusableSecret(s, now); f != nil {
		o.Off = f.Says
	}
	return o
}

// unusableSecret says why a secret cannot hold a token; nil: it can. Typed
// secrets restrict what their versions may contain.
func unusableSecret(s SecretInfo, now time.Time) *check.Finding {
	switch {
	case s.Type != "" && s.Type != "OTHER":
		return &check.Finding{ID: StepSecret, Level: check.Block, Says: "a secret of the type " + s.Type,
			Why:    "its type restricts what a version may contain, and it cannot be changed",
			Remedy: &check.Remedy{Says: "choose another name: a new secret is made for it"}}
	case !s.ExpireTime.IsZero() && !s.ExpireTime.After(now):
		return &check.Finding{ID: StepSecret, Level: check.Block, Says: "it has expired on " + s.ExpireTime.Format(time.DateOnly),
			Remedy: &check.Remedy{Says: "choose another name: a new secret is made for it"}}
	}
	return nil
}

// takeSecret reads NAME, the full name of a secret, or that of a version.
func takeSecret(d *Draft, a Answer) error {
	text := strings.TrimSpace(a.Text)
	name := SecretName{Project: d.Options.SecretProject, ID: text}
	version := ""
	if v, ok := ParseVersionName(text); ok {
		name, version = v.Secret, v.ID
	} else if s, ok := ParseSecretName(text); ok {
		name = s
	} else if strings.HasPrefix(text, "projects/") && strings.Contains(text, "/locations/") {
		return &Usage{Title: "a regional secret cannot be used", Detail: "Artifact Registry reads global secrets only: projects/PROJECT/secrets/NAME"}
	}
	switch {
	case d.Options.SecretProject != "" && name.Project != d.Options.SecretProject:
		return &Usage{Title: "the secret's name speaks of another project", Detail: name.Project + " instead of " + d.Options.SecretProject}
	case name.Project != "" && !projectID.MatchString(name.Project):
		return &Usage{Title: fmt.Sprintf("%q is not a project id", name.Project)}
	case len(name.ID) > 255 || !secretID.MatchString(name.ID):
		return &Usage{Title: fmt.Sprintf("%q is not a secret's name", name.ID), Detail: "one has up to 255 letters, digits, hyphens and underscores"}
	case version != "" && (VersionName{ID: version}).Number() == 0:
		return &Usage{Title: "a version is pinned by its number", Detail: fmt.Sprintf("%q may point at another version tomorrow", version)}
	}
	d.Secret, d.Version = name, version
	return nil
}

// secretState is what is known of the secret that was answered.
type secretState struct {
	name     SecretName
	exists   bool
	hidden   bool // it may exist, the caller may not look
	info     SecretInfo
	versions []Version // newest first
	granted  []string
	untested error // why it is not known what is granted
	// dormant is a version that may hold the token and would have to be enabled.
	dormant VersionName
}

// neededOnSecret are the permissions that storing a token and granting access
// to it need. usefulOnSecret tell whether a version holds the token already.
var (
	neededOnSecret = []string{"secretmanager.versions.add", "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.setIamPolicy"}
	usefulOnSecret = []string{"secretmanager.versions.access", "secretmanager.versions.enable"}
)

// lookAtSecret reads, side by side, what is known of the draft's secret.
func lookAtSecret(ctx context.Context, e *Env, d Draft) (secretState, error) {
	s := secretState{name: d.SecretName()}
	var g parallel.Group
	var failed, unlisted error
	g.Go(func() error { s.info, failed = e.Secret(ctx, s.name); return nil })
	g.Go(func() error { s.versions, unlisted = e.Versions(ctx, s.name); return nil })
	g.Go(func() error {
		s.granted, s.untested = e.SecretPermissions(ctx, s.name, slices.Concat(neededOnSecret, usefulOnSecret))
		return nil
	})
	_ = g.Wait()
	// Without the versions a token that is stored would be stored again.
	if passing(unlisted) {
		return s, unlisted
	}
	s.dormant = e.dormant(s)
	switch KindOf(failed) {
	case "":
		s.exists = true
	case NotFound, APIDisabled:
	case PermissionDenied:
		s.hidden = true
		if slices.Contains(s.granted, "secretmanager.versions.add") && slices.Contains(s.granted, "secretmanager.secrets.setIamPolicy") {
			s.exists = true
			break
		}
		return s, failed
	default:
		return s, failed
	}
	return s, nil
}

func checkSecret(ctx context.Context, e *Env, d Draft) ([]check.Finding, error) {
	s, err := lookAtSecret(ctx, e, d)
	if s.hidden && err != nil {
		p := Explain(err)
		return []check.Finding{{ID: StepSecret, Level: check.Block, Says: "you may not look at the secret " + s.name.ID,
			Why:    "it may exist already: " + p.Raw,
			Remedy: &check.Remedy{Says: "choose another name, or ask an owner for access", Command: p.command()}}}, nil
	}
	if err != nil {
		return nil, err
	}
	if !s.exists {
		return aboutNewSecret(ctx, e, d, s), nil
	}
	if f := unusableSecret(s.info, e.Now()); f != nil {
		return []check.Finding{*f}, nil
	}
	return aboutSecret(d, s, e.Now()), nil
}

func aboutNewSecret(ctx context.Context, e *Env, d Draft, s secretState) []check.Finding {
	if unfit := unfitKeys(d.secretSpec()); unfit != nil {
		return []check.Finding{*unfit}
	}
	f := check.Finding{ID: StepSecret, Level: check.Note, Says: "the secret " + s.name.ID + " is a new one, made by this plan"}
	granted, err := e.ProjectPermissions(ctx, d.SecretProject(), neededOnProject)
	if err != nil {
		return []check.Finding{f, untestedPermissions("the project "+d.SecretProject(), err)}
	}
	var missing []string
	for _, p := range append([]string{"secretmanager.secrets.create"}, neededOnSecret...) {
		if !slices.Contains(granted, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		return []check.Finding{{ID: StepSecret, Level: check.Block, Says: "there is no secret " + s.name.ID + ", and you may not make one that can be read",
			Why: "it needs " + strings.Join(missing, ", ") + " on " + d.SecretProject() + ": a secret that does not exist yet cannot grant it (roles/editor does not hold setIamPolicy)",
			Remedy: &check.Remedy{Says: "an owner can grant it, or make the secret and grant you roles/secretmanager.admin on it", Command: fmt.Sprintf(
				"gcloud projects add-iam-policy-binding %s --member=user:YOU --role=roles/secretmanager.admin", d.SecretProject())}}}
	}
	return []check.Finding{f}
}

func aboutSecret(d Draft, s secretState, now time.Time) []check.Finding {
	fs := []check.Finding{{ID: StepSecret, Level: check.OK, Says: "the secret " + s.name.ID + " exists, with " + wording.Count(len(s.versions), "version")}}
	if at := s.info.ExpireTime; !at.IsZero() {
		fs = append(fs, check.Finding{ID: "secret-expiry", Level: check.Warning, Says: "the secret will be deleted on " + at.UTC().Format(time.RFC1123),
			Why: "in " + wording.Count(int(at.Sub(now).Hours()/24), "day") + "; pulls fail from then on"})
	}
	if s.untested != nil {
		return append(fs, untestedPermissions("this secret", s.untested))
	}
	var missing []string
	for _, p := range neededOnSecret {
		if !slices.Contains(s.granted, p) && (p != "secretmanager.versions.add" || d.Version == "") {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		fs = append(fs, check.Finding{ID: "permissions", Level: check.Block, Says: "on this secret you lack " + strings.Join(missing, ", "),
			Why: "roles/editor does not hold setIamPolicy, for one",
			Remedy: &check.Remedy{Says: "an owner can grant it", Command: fmt.Sprintf(
				"gcloud secrets add-iam-policy-binding %s --project=%s --member=user:YOU --role=roles/secretmanager.admin", s.name.ID, s.name.Project)}})
	}
	return fs
}

package step

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/wording"
)

// AskSecret picks the secret that keeps the token, or names a new one.
func Secret() engine.Step {
	return engine.Step{
		ID: engine.StepSecret, Title: text.New("Secret"), Flag: "secret",
		Why:   text.New("Secret Manager keeps the token here; the repository gets the name of one of its versions, never the token."),
		Ask:   askSecret,
		Take:  takeSecret,
		Check: checkSecret,
		Show: func(d engine.Draft) text.Text {
			if d.Secret.Project != "" && d.Secret.Project != d.Project {
				return text.Verbatim(d.Secret.String())
			}
			return text.Verbatim(d.Secret.ID)
		},
	}
}

func askSecret(ctx context.Context, e *engine.Env, d engine.Draft) iter.Seq2[engine.Prompt, error] {
	return func(yield func(engine.Prompt, error) bool) {
		name := cloud.SecretName{ID: d.Repository + "-upstream-token"}
		current := currentVersion(ctx, e, d)
		p := engine.Prompt{Kind: engine.Pick, Free: true, Noun: text.New("secret name"), Proposal: current.Secret.ID,
			Help:    []text.Text{text.New("A secret of another project is given by its full name: projects/PROJECT/secrets/NAME")},
			Options: []engine.Option{{Value: name.ID, Label: text.New("new secret"), Note: text.Verbatim(name.ID), New: true}}}
		if !yield(p, nil) {
			return
		}
		for page, err := range e.Secrets(ctx, d.SecretProject()) {
			p = engine.Prompt{Kind: engine.Pick}
			switch {
			case cloud.KindOf(err) == cloud.APIDisabled: // there are none, and the plan turns it on
				return
			case err != nil:
				e.Unlisted(&p, err, text.New("the secrets could not be listed"), func(p engine.Prompt, err error) bool { p.Empty = nil; return yield(p, err) })
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
func currentVersion(ctx context.Context, e *engine.Env, d engine.Draft) cloud.VersionName {
	r, err := state.RepositoryOf(ctx, e, d)
	if err != nil {
		return cloud.VersionName{}
	}
	v, _ := cloud.ParseVersionName(r.SecretVersion)
	return v
}

func optionOfSecret(s cloud.SecretInfo, current cloud.VersionName, now time.Time) engine.Option {
	o := engine.Option{Value: s.Name.ID, Label: text.Verbatim(s.Name.ID), Note: text.New("made %s", s.CreateTime.Format(time.DateOnly))}
	if s.Name.ID == current.Secret.ID {
		o.Note = text.New("in use by this repository, version %s", current.ID)
	}
	if !s.ExpireTime.IsZero() {
		o.Note = text.New("%s, expires %s", o.Note, s.ExpireTime.Format(time.DateOnly))
	}
	if f := unusableSecret(s, now); f != nil {
		o.Off = f.Says
	}
	return o
}

// unusableSecret says why a secret cannot hold a token; nil: it can. Typed
// secrets restrict what their versions may contain.
func unusableSecret(s cloud.SecretInfo, now time.Time) *check.Finding {
	switch {
	case s.Type != "" && s.Type != "OTHER":
		return &check.Finding{ID: engine.StepSecret, Level: check.Block, Says: text.New("a secret of the type %s", s.Type),
			Why:    text.New("its type restricts what a version may contain, and it cannot be changed"),
			Remedy: &check.Hint{Says: text.New("choose another name: a new secret is made for it")}}
	case !s.ExpireTime.IsZero() && !s.ExpireTime.After(now):
		return &check.Finding{ID: engine.StepSecret, Level: check.Block, Says: text.New("it has expired on %s", s.ExpireTime.Format(time.DateOnly)),
			Remedy: &check.Hint{Says: text.New("choose another name: a new secret is made for it")}}
	}
	return nil
}

// takeSecret reads NAME, the full name of a secret, or that of a version.
func takeSecret(d *engine.Draft, a engine.Answer) error {
	given := strings.TrimSpace(a.Text)
	name := cloud.SecretName{Project: d.Options.SecretProject, ID: given}
	version := ""
	if v, ok := cloud.ParseVersionName(given); ok {
		name, version = v.Secret, v.ID
	} else if s, ok := cloud.ParseSecretName(given); ok {
		name = s
	} else if strings.HasPrefix(given, "projects/") && strings.Contains(given, "/locations/") {
		return &engine.Usage{Title: text.New("a regional secret cannot be used"), Detail: text.New("Artifact Registry reads global secrets only: projects/PROJECT/secrets/NAME")}
	}
	switch {
	case d.Options.SecretProject != "" && name.Project != d.Options.SecretProject:
		return &engine.Usage{Title: text.New("the secret's name speaks of another project"), Detail: text.New("%s instead of %s", name.Project, d.Options.SecretProject)}
	case name.Project != "" && !cloud.ProjectID.MatchString(name.Project):
		return &engine.Usage{Title: text.New("%q is not a project id", name.Project)}
	case len(name.ID) > 255 || !cloud.SecretID.MatchString(name.ID):
		return &engine.Usage{Title: text.New("%q is not a secret's name", name.ID), Detail: text.New("one has up to 255 letters, digits, hyphens and underscores")}
	case version != "" && (cloud.VersionName{ID: version}).Number() == 0:
		return &engine.Usage{Title: text.New("a version is pinned by its number"), Detail: text.New("%q may point at another version tomorrow", version)}
	}
	d.Secret, d.Version = name, version
	return nil
}

// neededOnSecret are the permissions that storing a token and granting access
// to it need. usefulOnSecret tell whether a version holds the token already.
var ()

func checkSecret(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
	s, err := state.LookAtSecret(ctx, e, d)
	if s.Hidden && err != nil {
		p := engine.Explain(err)
		return []check.Finding{{ID: engine.StepSecret, Level: check.Block, Says: text.New("you may not look at the secret %s", s.Name.ID),
			Why:    text.New("it may exist already: %s", p.Raw),
			Remedy: &check.Hint{Says: text.New("choose another name, or ask an owner for access"), Command: p.Command()}}}, nil
	}
	if err != nil {
		return nil, err
	}
	if !s.Exists {
		return aboutNewSecret(ctx, e, d, s), nil
	}
	if f := unusableSecret(s.Info, e.Now()); f != nil {
		return []check.Finding{*f}, nil
	}
	return AboutSecret(d, s, e.Now()), nil
}

func aboutNewSecret(ctx context.Context, e *engine.Env, d engine.Draft, s state.SecretState) []check.Finding {
	if unfit := engine.UnfitKeys(act.SpecOf(d)); unfit != nil {
		return []check.Finding{*unfit}
	}
	f := check.Finding{ID: engine.StepSecret, Level: check.Note, Says: text.New("the secret %s is a new one, made by this plan", s.Name.ID)}
	granted, err := e.ProjectPermissions(ctx, d.SecretProject(), neededOnProject)
	if err != nil {
		return []check.Finding{f, untestedPermissions("the project "+d.SecretProject(), err)}
	}
	var missing []string
	for _, p := range append([]string{"secretmanager.secrets.create"}, state.NeededOnSecret...) {
		if !slices.Contains(granted, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		return []check.Finding{{ID: engine.StepSecret, Level: check.Block, Says: text.New("there is no secret %s, and you may not make one that can be read", s.Name.ID),
			Why: text.New("it needs %s on %s: a secret that does not exist yet cannot grant it (roles/editor does not hold setIamPolicy)", strings.Join(missing, ", "), d.SecretProject()),
			Remedy: &check.Hint{Says: text.New("an owner can grant it, or make the secret and grant you roles/secretmanager.admin on it"), Command: fmt.Sprintf(
				"gcloud projects add-iam-policy-binding %s --member=user:YOU --role=roles/secretmanager.admin", d.SecretProject())}}}
	}
	return []check.Finding{f}
}

func AboutSecret(d engine.Draft, s state.SecretState, now time.Time) []check.Finding {
	fs := []check.Finding{{ID: engine.StepSecret, Level: check.OK, Says: text.New("the secret %s exists, with %s", s.Name.ID, wording.Count(len(s.Versions), "version"))}}
	if at := s.Info.ExpireTime; !at.IsZero() {
		fs = append(fs, check.Finding{ID: "secret-expiry", Level: check.Warning, Says: text.New("the secret will be deleted on %s", at.UTC().Format(time.RFC1123)),
			Why: text.New("in %s; pulls fail from then on", wording.Count(int(at.Sub(now).Hours()/24), "day"))})
	}
	if s.Untested != nil {
		return append(fs, untestedPermissions("this secret", s.Untested))
	}
	var missing []string
	for _, p := range state.NeededOnSecret {
		if !slices.Contains(s.Granted, p) && (p != "secretmanager.versions.add" || d.Version == "") {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		fs = append(fs, check.Finding{ID: "permissions", Level: check.Block, Says: text.New("on this secret you lack %s", strings.Join(missing, ", ")),
			Why: text.New("roles/editor does not hold setIamPolicy, for one"),
			Remedy: &check.Hint{Says: text.New("an owner can grant it"), Command: fmt.Sprintf(
				"gcloud secrets add-iam-policy-binding %s --project=%s --member=user:YOU --role=roles/secretmanager.admin", s.Name.ID, s.Name.Project)}})
	}
	return fs
}

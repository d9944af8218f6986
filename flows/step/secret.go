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
)

// Secret picks the secret that stores the token, or names a new one.
func Secret() engine.Step {
	return engine.Step{
		ID: engine.StepSecret, Title: text.New("Secret"), Flag: "secret",
		Why:   text.New("Choose the secret that stores the token. The repository refers to one of its versions."),
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
			Help: []text.Text{text.New("For a secret in another project, type its full name: projects/PROJECT/secrets/NAME")},
			Options: []engine.Option{{Value: name.ID, Label: text.New("New secret"), Note: text.New("%q", name.ID),
				New: true}}}
		if !yield(p, nil) {
			return
		}
		for page, err := range e.Secrets(ctx, d.SecretProject()) {
			p = engine.Prompt{Kind: engine.Pick}
			switch {
			case cloud.KindOf(err) == cloud.APIDisabled: // there are none, and the plan turns it on
				return
			case err != nil:
				e.Unlisted(&p, err, text.New("The secrets can't be listed"),
					func(p engine.Prompt, err error) bool { p.Empty = nil; return yield(p, err) })
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
	o := engine.Option{Value: s.Name.ID, Label: text.Verbatim(s.Name.ID), Note: text.New("created %s", s.CreateTime)}
	if s.Name.ID == current.Secret.ID {
		o.Note = text.New("this repository uses version %s", current.ID)
	}
	if !s.ExpireTime.IsZero() {
		o.Note = text.New("%s, expires %s", o.Note, s.ExpireTime)
	}
	if f := unusableSecret(s, now); f != nil {
		o.Off = f.Says
	}
	return o
}

// unusableSecret is the reason why a secret can't store a token, nil where it can.
// Typed secrets restrict what their versions may contain.
func unusableSecret(s cloud.SecretInfo, now time.Time) *check.Finding {
	switch {
	case s.Type != "" && s.Type != "OTHER":
		return &check.Finding{ID: engine.StepSecret, Code: check.SecretTyped, Level: check.Block,
			Says:   text.New("This secret has the type %s", s.Type),
			Why:    text.New("The type restricts what a version may contain, and it can't be changed"),
			Remedy: &check.Hint{Says: text.New("Type another name to create a new secret")}}
	case !s.ExpireTime.IsZero() && !s.ExpireTime.After(now):
		return &check.Finding{ID: engine.StepSecret, Code: check.SecretExpired, Level: check.Block,
			Says:   text.New("This secret expired on %s", s.ExpireTime),
			Remedy: &check.Hint{Says: text.New("Type another name to create a new secret")}}
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
		return &engine.Usage{Title: text.New("A regional secret can't be used"),
			Detail: text.New("Artifact Registry reads global secrets only: projects/PROJECT/secrets/NAME")}
	}
	switch {
	case d.Options.SecretProject != "" && name.Project != d.Options.SecretProject:
		return &engine.Usage{Title: text.New("The secret's name has another project"),
			Detail: text.New("It has %q, and --secret-project is %q", name.Project, d.Options.SecretProject)}
	case name.Project != "" && !cloud.ProjectID.MatchString(name.Project):
		return &engine.Usage{Title: text.New("%q is not a project ID", name.Project)}
	case len(name.ID) > 255 || !cloud.SecretID.MatchString(name.ID):
		return &engine.Usage{Title: text.New("%q is not a secret name", name.ID),
			Detail: text.New("A name has up to 255 letters, digits, hyphens and underscores")}
	case version != "" && (cloud.VersionName{ID: version}).Number() == 0:
		return &engine.Usage{Title: text.New("Give the version by its number"),
			Detail: text.New("%q may mean another version tomorrow", version)}
	}
	d.Secret, d.Version = name, version
	return nil
}

func checkSecret(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
	s, err := state.LookAtSecret(ctx, e, d)
	if s.Hidden && err != nil {
		p := engine.Explain(err)
		return []check.Finding{{ID: engine.StepSecret, Code: check.SecretHidden, Level: check.Block,
			Says: text.New("You don't have permission to see secret %q", s.Name.ID),
			Why:  text.New("It may exist already. Google says: %s", p.Raw),
			Remedy: &check.Hint{Says: text.New("Choose another name, or ask an owner for access"),
				Command: p.Command()}}}, nil
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
	f := check.Finding{ID: engine.StepSecret, Code: check.SecretNew, Level: check.Note,
		Says: text.New("Secret %q will be created", s.Name.ID)}
	granted, err := e.ProjectPermissions(ctx, d.SecretProject(), neededOnProject)
	if err != nil {
		return []check.Finding{f, untestedPermissions(err)}
	}
	missing := lacking(append([]string{"secretmanager.secrets.create"}, state.NeededOnSecret...), granted)
	if len(missing) > 0 {
		return []check.Finding{{ID: engine.StepSecret, Code: check.SecretNotCreatable, Level: check.Block,
			Says: text.New("Secret %q doesn't exist, and you don't have permission to create it and grant access to it", s.Name.ID),
			Why: text.New("That needs %s in project %q; the role Editor doesn't include setIamPolicy",
				text.Words(missing), d.SecretProject()),
			Remedy: &check.Hint{Says: text.New("Ask an owner to grant it, or to create the secret and grant you roles/secretmanager.admin on it"),
				Command: fmt.Sprintf(
					"gcloud projects add-iam-policy-binding %s --member=user:YOU --role=roles/secretmanager.admin", d.SecretProject())}}}
	}
	return []check.Finding{f}
}

// AboutSecret reports what is noteworthy about a secret that exists: its versions,
// its end, and which permissions on it are missing.
func AboutSecret(d engine.Draft, s state.SecretState, now time.Time) []check.Finding {
	fs := []check.Finding{{ID: engine.StepSecret, Code: check.SecretFound, Level: check.OK,
		Says: text.New("Secret %q has %s", s.Name.ID,
			text.Plural(len(s.Versions), "%d version", "%d versions"))}}
	if at := s.Info.ExpireTime; !at.IsZero() {
		fs = append(fs, check.Finding{ID: "secret-expiry", Code: check.SecretExpires, Level: check.Warning,
			Says: text.New("Secret Manager deletes this secret in %s (%s)", at.Sub(now), at.UTC()),
			Why:  text.New("Pulls fail from then on")})
	}
	if s.Untested != nil {
		return append(fs, untestedPermissions(s.Untested))
	}
	var missing []string
	for _, p := range state.NeededOnSecret {
		if !slices.Contains(s.Granted, p) && (p != "secretmanager.versions.add" || d.Version == "") {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		fs = append(fs, check.Finding{ID: "permissions", Code: check.PermissionsMissing, Level: check.Block,
			Says: text.New("You don't have %s on this secret", text.Words(missing)),
			Why:  text.New("The role Editor, for example, doesn't include setIamPolicy"),
			Remedy: &check.Hint{Says: text.New("Ask an owner to grant it"), Command: fmt.Sprintf(
				"gcloud secrets add-iam-policy-binding %s --project=%s --member=user:YOU --role=roles/secretmanager.admin", s.Name.ID, s.Name.Project)}})
	}
	return fs
}

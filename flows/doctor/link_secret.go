package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// secretReference judges what the repository refers to.
func (x *examination) secretReference() check.Finding {
	given := x.repo.is.SecretVersion
	if given == "" {
		return waits(linkCredentials)
	}
	if !x.formed {
		f := check.Finding{Level: check.Block, Code: check.ReferenceMalformed, Says: text.New("%q doesn't name a secret version", given),
			Why: text.New("It must be projects/PROJECT/secrets/SECRET/versions/NUMBER"), Remedy: x.newToken()}
		if strings.Contains(given, "/locations/") {
			f.Code = check.ReferenceRegional
			f.Says, f.Why = text.New("The repository refers to a regional secret: %q", given), text.New("Artifact Registry reads only global secrets")
		}
		return f
	}
	home := x.reference.Secret.Project
	if errors.Is(x.home.err, errNotAsked) || x.secret.ok() || x.version.ok() || x.policy.ok() {
		return check.Finding{Level: check.OK, Code: check.ReferenceWellFormed, Says: text.Verbatim(given)}
	}
	switch {
	case x.home.ok() && x.home.is.Active:
		return check.Finding{Level: check.OK, Code: check.ReferenceElsewhere, Says: text.Verbatim(given), Why: text.New("The secret is in another project, %q", home)}
	case x.home.ok():
		return check.Finding{Level: check.Block, Code: check.SecretProjectDeleted, Says: text.New("The secret's project %q is about to be deleted", home),
			Remedy: &check.Hint{Says: text.New("Restore the project, or use another secret"), Command: "gcloud projects undelete " + home}}
	case cloud.KindOf(x.home.err) == cloud.NotFound, cloud.KindOf(x.home.err) == cloud.PermissionDenied && x.diagnosis() == pullNoSecret:
		return check.Finding{Level: check.Block, Code: check.SecretProjectOutOfReach, Says: text.New("The secret's project %q doesn't exist or is out of reach", home),
			Why: text.New("Neither you nor Artifact Registry can read the secret there"), Remedy: x.newToken()}
	}
	return unchecked(text.New("You can't see the secret's project %q", home), x.home.err, "resourcemanager.projects.get", "projects/"+home)
}

// soon is how long before its end a secret is worth a warning.
const soon = 30 * 24 * time.Hour

// secretLink judges the secret itself.
func (x *examination) secretLink() check.Finding {
	name := x.reference.Secret
	s := x.secret.is
	if !x.secret.ok() {
		return x.noSecret()
	}
	fs := append([]check.Finding{secretExists(name)}, state.AsNote(state.OwnedSecret(s))...)
	if x.versions.ok() && !slices.ContainsFunc(x.versions.is, cloud.Version.Enabled) {
		fs = append(fs, check.Finding{Level: check.Note, Code: check.SecretUnusable, Says: text.New("The secret %q has no enabled version", name.ID)})
	}
	if s.Type != "" && s.Type != "OTHER" {
		fs = append(fs, check.Finding{Level: check.Warning, Code: check.SecretTyped, Says: text.New("The secret %q has the type %s", name.ID, s.Type),
			Why: text.New("Its type restricts what a version may hold")})
	}
	if f := x.secretEnds(); f != nil {
		if f.Level == check.Block {
			return *f
		}
		fs = append(fs, *f)
	}
	return engine.Merge(x.readers(fs))
}

// secretExists is the finding of a secret that is there.
func secretExists(name cloud.SecretName) check.Finding {
	return check.Finding{Level: check.OK, Code: check.SecretFound, Says: text.New("The secret %q exists", name.ID)}
}

// noSecret is the finding of a secret that could not be read.
func (x *examination) noSecret() check.Finding {
	name := x.reference.Secret
	if f, ok := x.forbidden(x.secret.err); ok {
		return f
	}
	switch {
	case cloud.KindOf(x.secret.err) == cloud.NotFound:
		return check.Finding{Level: check.Block, Code: check.SecretMissing, Says: text.New("The secret %q doesn't exist in %q", name.ID, name.Project),
			Why: text.New("It was deleted, it expired, or it was never created"), Remedy: x.newToken()}
	case x.version.ok() || x.policy.ok() || x.payload.ok():
		return engine.Merge(x.readers([]check.Finding{secretExists(name)}))
	case x.secretReference().Level == check.Block:
		return waits(linkReference)
	}
	return unchecked(text.New("You can't see the secret %q", name.ID), x.secret.err, "secretmanager.secrets.get", name.String())
}

// secretEnds is the finding of a secret that Secret Manager deletes at a set
// time; nil: it doesn't.
func (x *examination) secretEnds() *check.Finding {
	name, at := x.reference.Secret, x.secret.is.ExpireTime
	if at.IsZero() {
		return nil
	}
	left := at.Sub(x.now)
	if left <= 0 {
		return &check.Finding{Level: check.Block, Code: check.SecretExpired, Says: text.New("The secret %q expired on %s", name.ID, at.UTC()), Remedy: x.newToken()}
	}
	f := &check.Finding{Level: check.Note, Code: check.SecretExpires, Says: text.New("The secret %q will be deleted in %s, on %s", name.ID, left, at.UTC()),
		Remedy: &check.Hint{Says: text.New("Keep the secret"), Command: fmt.Sprintf("gcloud secrets update %s --project=%s --remove-expiration", name.ID, name.Project)}}
	if left < soon {
		f.Level, f.Why = check.Warning, text.New("From then on every pull fails")
	}
	return f
}

// readers adds a warning about a secret that too many may read.
func (x *examination) readers(fs []check.Finding) []check.Finding {
	if x.public != nil {
		fs = append(fs, *x.public)
	}
	return fs
}

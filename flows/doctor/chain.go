package doctor

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
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
	linkGrant       = engine.CheckGrant
	linkPayload     = "payload"
	linkUpstream    = engine.CheckUpstream
	linkPerimeter   = "perimeter"
)

// Gap is why some links of a chain could not be looked at.
type Gap struct {
	Links []string
	Why   text.Text
}

// Gaps are the links of a chain that could not be looked at, by their reasons.
func Gaps(chain []check.Finding) []Gap {
	var gaps []Gap
	for _, f := range chain {
		if f.Level != check.Unknown {
			continue
		}
		why := f.Why
		if !f.Says.Equal(engine.NotLookedAt) {
			why = text.Also(f.Says, f.Why)
		}
		i := slices.IndexFunc(gaps, func(g Gap) bool { return g.Why.Equal(why) })
		if i < 0 {
			i, gaps = len(gaps), append(gaps, Gap{Why: why})
		}
		gaps[i].Links = append(gaps[i].Links, f.ID)
	}
	return gaps
}

// chain judges all links, in their order.
func (x *examination) chain() []check.Finding {
	links := []struct {
		id    string
		judge func() check.Finding
	}{
		{linkAPIs, x.apis}, {linkRepository, x.repository}, {linkCredentials, x.login}, {linkReference, x.secretReference},
		{linkSecret, x.secretLink}, {linkVersion, x.versionLink}, {linkAgent, x.serviceAgent}, {linkGrant, x.grant},
		{linkPayload, x.payloadLink}, {linkUpstream, x.upstreamLink}, {linkPerimeter, x.perimeter}, {engine.LinkPull, x.pullLink},
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
	if pull.Level != check.Block || fs[first].ID == engine.LinkPull {
		return
	}
	pull.Remedy = &check.Hint{Says: text.New("it follows from the link %s: mend that one", fs[first].ID)}
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
	case id == linkCredentials, id == linkPerimeter, id == engine.LinkPull:
		return check.Finding{}, true
	case !x.credentials():
		return check.Finding{Level: check.Note, Says: text.New("%sthe repository has no credentials", notNeeded)}, false
	case id != linkReference && !x.formed:
		return waits(linkReference), false
	}
	return check.Finding{}, true
}

// waits is the finding of a link that cannot be looked at before another one
// is mended.
func waits(link string) check.Finding {
	return check.Finding{Level: check.Unknown, Says: engine.NotLookedAt, Why: text.New("the link %s comes first", link)}
}

// missed is the finding of a link that could not be looked at, with what would
// allow it.
func missed(err error, permission, resource string) check.Finding {
	f := check.Finding{Level: check.Unknown, Says: engine.NotLookedAt}
	switch cloud.KindOf(err) {
	case cloud.PermissionDenied:
		if e, ok := errors.AsType[*cloud.Error](err); ok && e.Permission != "" {
			permission = e.Permission
		}
		f.Why = text.New("it needs the permission %s on %s", permission, resource)
		f.Remedy = &check.Hint{Says: text.New("an owner can grant it")}
		if role := viewerRole(permission); role != "" {
			f.Remedy.Command = "gcloud projects add-iam-policy-binding " + cmp.Or(engine.ProjectOf(resource), "PROJECT") + " --member=user:YOU --role=" + role
		}
	case cloud.APIDisabled:
		return waits(linkAPIs)
	default:
		p := engine.Explain(err)
		f.Why, f.Remedy = p.Text(), p.Fix
	}
	return f
}

// viewerRole is the smallest predefined role that only looks and holds the
// permission.
func viewerRole(permission string) string {
	switch {
	case permission == "secretmanager.versions.access":
		return cloud.AccessorRole
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

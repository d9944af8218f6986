package flows

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
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
			f.Remedy.Command = "gcloud projects add-iam-policy-binding " + cmp.Or(projectOf(resource), "PROJECT") + " --member=user:YOU --role=" + role
		}
	case APIDisabled:
		return waits(linkAPIs)
	default:
		p := Explain(err)
		f.Why, f.Remedy = p.Error(), p.fix
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

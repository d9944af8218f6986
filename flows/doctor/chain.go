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

// linkTitles name the links to a person.
var linkTitles = map[string]text.Text{
	linkAPIs:        text.New("APIs"),
	linkRepository:  text.New("Repository"),
	linkCredentials: text.New("Credentials"),
	linkReference:   text.New("Reference"),
	linkSecret:      text.New("Secret"),
	linkVersion:     text.New("Version"),
	linkAgent:       text.New("Service agent"),
	linkGrant:       text.New("Access"),
	linkPayload:     text.New("Token"),
	linkUpstream:    text.New("Upstream"),
	linkPerimeter:   text.New("Perimeter"),
	engine.LinkPull: text.New("Pull"),
}

// LinkTitle is the name of a link, for a person; of anything else, its id.
func LinkTitle(id string) text.Text {
	if t, ok := linkTitles[id]; ok {
		return t
	}
	return text.Verbatim(id)
}

// Gap is why some links of a chain were not checked.
type Gap struct {
	Links []string
	Why   text.Text
}

// Gaps are the links of a chain that were not checked, by their reasons.
func Gaps(chain []check.Finding) []Gap {
	var gaps []Gap
	for _, f := range chain {
		if f.Level != check.Unknown {
			continue
		}
		why := f.Why
		if f.Code != check.CausedBy {
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
	blame(fs)
	return fs
}

// blame names the cause of what follows from another link: of a pull that fails
// it is the first broken link.
func blame(fs []check.Finding) {
	pull := &fs[len(fs)-1]
	if first := engine.Broken(fs); pull.Level == check.Block && first != pull.ID {
		pull.Code, pull.Cause, pull.Remedy = check.CausedBy, first, nil
	}
	for i := range fs {
		f := &fs[i]
		cause := f
		for cause.Code == check.CausedBy { // links wait for earlier ones alone, so this ends
			cause = &fs[slices.IndexFunc(fs, func(other check.Finding) bool { return other.ID == cause.Cause })]
		}
		if cause == f {
			continue
		}
		f.Cause = cause.ID
		says := text.New("Caused by: %s. Fix that first.", cause.Says)
		if cause.Level == check.OK {
			says = text.New("It needs another check first: %s", LinkTitle(cause.ID))
		}
		if f.Level == check.Block {
			f.Remedy = &check.Hint{Says: says}
		} else {
			f.Why = says
		}
	}
}

// needed reports whether a link matters; where it does not, the finding says why.
func (x *examination) needed(id string) (check.Finding, bool) {
	switch {
	case id == linkAPIs, id == linkRepository:
		return check.Finding{}, true
	case !x.repo.ok() || !x.repo.is.Remote():
		return waits(linkRepository), false
	case id == linkCredentials, id == linkPerimeter, id == engine.LinkPull:
		return check.Finding{}, true
	case !x.credentials():
		return check.Finding{Level: check.Note, Code: check.NotNeeded, Says: text.New("Not needed: the repository has no credentials")}, false
	case id != linkReference && !x.formed:
		return waits(linkReference), false
	}
	return check.Finding{}, true
}

// waits is the finding of a link that can't be checked before another one is
// fixed. blame says which finding that is.
func waits(link string) check.Finding {
	return check.Finding{Level: check.Unknown, Code: check.CausedBy, Cause: link, Says: text.New("Not checked yet")}
}

// unchecked is the finding of a link that wasn't checked, with what would allow it.
func unchecked(says text.Text, err error, permission, resource string) check.Finding {
	f := check.Finding{Level: check.Unknown, Code: check.NoAnswer, Says: says}
	switch cloud.KindOf(err) {
	case cloud.PermissionDenied:
		if e, ok := errors.AsType[*cloud.Error](err); ok && e.Permission != "" {
			permission = e.Permission
		}
		f.Code, f.Why = check.NotAllowed, text.New("You need the permission %s on %s", text.Verbatim(permission), text.Verbatim(resource))
		f.Remedy = &check.Hint{Says: text.New("An owner can grant it")}
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

package doctor

import (
	"net/http"
	"regexp"
	"strings"

	"example.com/upstreamauth/flows/cloud"
)

// heard is what Artifact Registry's answer to a pull gives away about the
// chain: it is the only one who knows what its service agent can read.
type heard int

const (
	heardNothing     heard = iota
	heardWorks             // the upstream was asked, and did not refuse
	heardNotAllowed        // the caller may not pull; nothing is known of the chain
	heardNoAgent           // the service agent does not exist
	heardNoSecret          // the service agent cannot read the secret
	heardRejected          // the upstream refuses the credential
	heardUnreachable       // the upstream does not answer, or not as one
	heardPerimeter         // VPC Service Controls forbid it
	heardLimited           // the upstream takes no more pulls for now
	heardRefused           // refused, for reasons unknown
)

// noSuchAgent is how Google speaks of a service account that is not there.
var noSuchAgent = regexp.MustCompile(`(?i)service account \S*@gcp-sa-artifactregistry\S* does not exist`)

// heard reads the answer. Google documents few of its words, so they are
// matched loosely, and what fits none is a refusal of unknown reason.
func (x *examination) heard() heard {
	if x.pull.err != nil {
		if cloud.KindOf(x.pull.err) == cloud.Perimeter {
			return heardPerimeter
		}
		return heardNothing
	}
	a := x.pull.is
	says := strings.ToLower(a.Detail)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(says, w) {
				return true
			}
		}
		return false
	}
	switch {
	case a.Status == http.StatusOK, a.Status == http.StatusNotFound && !has("secret"):
		return heardWorks
	case a.Status == http.StatusTooManyRequests:
		return heardLimited
	case has("downloadartifacts"):
		return heardNotAllowed
	case has("vpcservicecontrols", "organization's policy", "vpc service controls"):
		return heardPerimeter
	case noSuchAgent.MatchString(a.Detail):
		return heardNoAgent
	case has("secretmanager", "secret version", "secret ["):
		return heardNoSecret
	case a.Status == http.StatusUnauthorized, has("credentials are invalid", "by the external repository"):
		return heardRejected
	case a.Status == http.StatusBadGateway, a.Status == http.StatusGatewayTimeout:
		return heardUnreachable
	default:
		return heardRefused
	}
}

// readsSecret tells whether Artifact Registry got as far as asking the
// upstream with the credential: then its service agent exists and can read it.
func (h heard) readsSecret() bool {
	switch h {
	case heardWorks, heardRejected, heardUnreachable, heardLimited:
		return true
	default:
		return false
	}
}

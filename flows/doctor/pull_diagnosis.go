package doctor

import (
	"net/http"
	"regexp"
	"strings"

	"example.com/upstreamauth/flows/cloud"
)

// pullDiagnosis is what Artifact Registry's answer to a pull gives away about
// the chain: only Artifact Registry knows what its service agent can read.
type pullDiagnosis int

const (
	pullTellsNothing pullDiagnosis = iota
	pullWorks                      // the upstream was asked, and did not reject it
	pullNotAllowed                 // the caller may not pull; nothing is known of the chain
	pullNoAgent                    // the service agent doesn't exist
	pullNoSecret                   // the service agent can't read the secret
	pullRejected                   // the upstream rejects the credential
	pullUnreachable                // the upstream doesn't answer, or not as one
	pullPerimeter                  // VPC Service Controls forbid it
	pullLimited                    // the upstream takes no more pulls for now
	pullRefused                    // refused, for reasons unknown
)

// noSuchAgent is how Google speaks of a service account that doesn't exist.
var noSuchAgent = regexp.MustCompile(`(?i)service account \S*@gcp-sa-artifactregistry\S* does not exist`)

// diagnosis reads the answer to the pull. Google documents few of its words, so
// they are matched loosely, and what fits none is a refusal of unknown reason.
func (x *examination) diagnosis() pullDiagnosis {
	if x.pull.err != nil {
		if cloud.KindOf(x.pull.err) == cloud.Perimeter {
			return pullPerimeter
		}
		return pullTellsNothing
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
		return pullWorks
	case a.Status == http.StatusTooManyRequests:
		return pullLimited
	case has("downloadartifacts"):
		return pullNotAllowed
	case has("vpcservicecontrols", "organization's policy", "vpc service controls"):
		return pullPerimeter
	case noSuchAgent.MatchString(a.Detail):
		return pullNoAgent
	case has("secretmanager", "secret version", "secret ["):
		return pullNoSecret
	case a.Status == http.StatusUnauthorized, has("credentials are invalid", "by the external repository"):
		return pullRejected
	case a.Status == http.StatusBadGateway, a.Status == http.StatusGatewayTimeout:
		return pullUnreachable
	default:
		return pullRefused
	}
}

// readsSecret reports whether Artifact Registry got as far as asking the
// upstream with the credential: then its service agent exists and can read it.
func (p pullDiagnosis) readsSecret() bool {
	switch p {
	case pullWorks, pullRejected, pullUnreachable, pullLimited:
		return true
	default:
		return false
	}
}

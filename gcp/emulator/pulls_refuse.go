package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/upstreamauth/gcp/emulator/origin"
)

// badCredential is what Artifact Registry says of a credential that an
// upstream rejected (hashicorp/terraform-provider-google#17589).
const badCredential = "failed to fetch bearer token; generic::unauthenticated: Unauthorized error returned by the external repository... " +
	"this typically means your upstream credentials are invalid"

// refusal is why there is no artifact: an HTTP status and what is said with
// it.
type refusal struct {
	status int
	says   string
}

func (r refusal) Error() string { return r.says }

// refusalOf turns what is not a refusal yet, a failure in Google's terms, into
// one.
func refusalOf(err error) refusal {
	var r refusal
	if errors.As(err, &r) {
		return r
	}
	st := status.Convert(err)
	if st.Code() == codes.PermissionDenied {
		return refusal{http.StatusForbidden, st.Message()}
	}
	return refusal{http.StatusInternalServerError, st.Message()}
}

// repositoryRefusal puts what keeps a caller from a repository into the words
// that package managers get to see.
func repositoryRefusal(err error, wanted pull) error {
	st := status.Convert(err)
	switch {
	case st.Code() == codes.NotFound:
		return refusal{http.StatusNotFound, fmt.Sprintf("Repository %q not found", wanted.repository)}
	case strings.HasPrefix(st.Message(), "Permission '"):
		return refusal{http.StatusForbidden, fmt.Sprintf(
			`Permission "artifactregistry.repositories.downloadArtifacts" denied on resource %q (or it may not exist)`, wanted.name())}
	case st.Code() == codes.InvalidArgument:
		return refusal{http.StatusBadRequest, st.Message()}
	}
	return err
}

// secretRefusal says that the service agent cannot read the stored
// credential. Google publishes no text for this: the statuses and the words
// are modelled on those of its validation.
func secretRefusal(err error) error {
	st := status.Convert(err)
	says := fmt.Sprintf("failed to access secret version; generic::%s: %s", strings.ToLower(codeName(st.Code())), st.Message())
	if st.Code() == codes.PermissionDenied {
		return refusal{http.StatusForbidden, says}
	}
	return refusal{http.StatusBadRequest, says}
}

// upstreamAnswer says what an upstream's failure becomes. The words for 404,
// 429, 502 and 504 are documented
// (cloud.google.com/artifact-registry/docs/troubleshoot-remote); those for a
// bad credential are Google's at validation; the rest is modelled.
func upstreamAnswer(e *origin.Error, credential bool, url string) refusal {
	if says := causeWords(e, url); says != "" {
		if e.Cause == origin.NotConnected {
			return refusal{http.StatusGatewayTimeout, says}
		}
		return refusal{http.StatusBadGateway, says}
	}
	switch e.Kind {
	case origin.Unauthorized:
		if credential {
			return refusal{http.StatusUnauthorized, badCredential}
		}
		return refusal{http.StatusUnauthorized, "Unauthorized error returned by the external repository; url=" + url +
			". The remote repository has no upstream credentials."}
	case origin.Denied:
		return refusal{http.StatusForbidden, "Permission denied by the external repository; url=" + url + "."}
	case origin.NotFound:
		return refusal{http.StatusNotFound, "Received invalid response from external repository; url=" + url + "."}
	case origin.Limited:
		return refusal{http.StatusTooManyRequests, "Resource has been exhausted (e.g. check quota)."}
	case origin.Unreachable:
		return refusal{http.StatusGatewayTimeout, "Timeout while calling external repository; url=" + url + "."}
	default: // TLS, NotARegistry, Server
		if e.Status >= http.StatusBadRequest {
			return refusal{http.StatusBadGateway, fmt.Sprintf("Received invalid http status code %d from external repository; url=%s.", e.Status, url)}
		}
		return refusal{http.StatusBadGateway, "Received invalid response from external repository; url=" + url + "."}
	}
}

// causeWords are the words for a failure that has some of its own.
func causeWords(e *origin.Error, url string) string {
	switch e.Cause {
	case origin.NotConnected:
		return "Timeout before connecting to external repository; url=" + url
	case origin.EndedEarly:
		return "External repository returned unexpected EOF for url=" + url + "."
	case origin.NoRedirectURL:
		return "Received invalid redirect URL " + e.Last + " from external repository."
	case origin.EndlessRedirect:
		return "Received invalid redirect URL from external repository; url=" + url +
			". If the failures persist, your remote repository upstream URI may be misconfigured."
	case origin.DeniedByRobots:
		return "Fetch was denied by external repository's robots.txt; url=" + url
	default:
		return ""
	}
}

// dockerCodes are the error codes of the distribution specification for a
// status (github.com/opencontainers/distribution-spec, "Error Codes").
var dockerCodes = map[int]string{
	http.StatusUnauthorized: "UNAUTHORIZED", http.StatusForbidden: "DENIED", http.StatusTooManyRequests: "TOOMANYREQUESTS",
	http.StatusMethodNotAllowed: "UNSUPPORTED", http.StatusNotImplemented: "UNSUPPORTED",
}

// dockerCode is the code for a refusal of what was wanted.
func dockerCode(r refusal, wanted pull) string {
	code := dockerCodes[r.status]
	switch {
	case code != "":
		return code
	case r.status != http.StatusNotFound:
		return "UNKNOWN"
	case strings.HasPrefix(r.says, "Repository "), strings.Contains(wanted.path, "/tags/"):
		return "NAME_UNKNOWN"
	case strings.Contains(wanted.path, "/blobs/"):
		return "BLOB_UNKNOWN"
	}
	return "MANIFEST_UNKNOWN"
}

// refuse writes a refusal as the package manager of its format reads it.
func refuse(w http.ResponseWriter, wanted pull, r refusal) {
	switch wanted.format {
	case artifactregistrypb.Repository_DOCKER:
		writeJSON(w, r.status, map[string]any{"errors": []any{map[string]string{"code": dockerCode(r, wanted), "message": r.says}}})
	case artifactregistrypb.Repository_NPM:
		writeJSON(w, r.status, map[string]string{"error": r.says})
	default:
		http.Error(w, r.says, r.status)
	}
}

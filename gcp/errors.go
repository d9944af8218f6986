package gcp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
)

// gcloudProject is the project of gcloud's own OAuth client: Google blames it
// when a user's credentials name no quota project (golang/oauth2#702).
const gcloudProject = "projects/764086051850"

// signInError is a failure to find credentials or to get a token with them.
type signInError struct{ err error }

func (e *signInError) Error() string { return e.err.Error() }
func (e *signInError) Unwrap() error { return e.err }

// origin is where an error comes from.
type origin struct {
	op, rpc, needs string
	on             string // the resource that was asked about
	quotaProject   string
	host           string // that was asked; empty: not known
	addr           string // the emulator's
}

// refusal is an error in the one form that gRPC and REST are both read into.
type refusal struct {
	code    codes.Code
	message string
	details apierror.ErrDetails
	raw     []string
}

// explain says what an error of Google's, of its client libraries or of the
// network means to a flow.
func explain(at origin, err error) *cloud.Error {
	r := read(err)
	e := &cloud.Error{
		Op: clean.Text(at.op), RPC: at.rpc, Code: codeText(r.code),
		Message: clean.Text(r.message), Details: r.raw, Err: err,
	}
	e.Kind = kindOf(r, at, e)
	if info := r.details.ErrorInfo; info != nil {
		e.Consumer = cmp.Or(e.Consumer, clean.Text(info.GetMetadata()["consumer"]))
	}
	switch e.Kind {
	case cloud.APIDisabled:
		e.Service = service(r)
	case cloud.PermissionDenied:
		e.Permission, e.Resource = lacking(r)
		e.Permission = cmp.Or(e.Permission, at.needs)
		e.Resource = cmp.Or(e.Resource, clean.Text(at.on)) // Google's shortest refusal names neither
	case cloud.OrgPolicy:
		e.Constraint, e.Service = constraint(r), restricted(r)
		e.Consumer = cmp.Or(e.Consumer, subject(r))
	case cloud.AgentMissing:
		e.Member = blamed(r)
		e.Service = agentService(e.Member, at)
	case cloud.KeyDenied, cloud.KeyUnusable, cloud.KeyMisplaced:
		e.Key, e.Member = keyOf(r), blamed(r)
		e.Service = keyService(r, e.Member, at)
	case cloud.Unavailable, cloud.TimedOut:
		e.Message = clean.Text(silence(at, r, err))
	default: // the kind says it all
	}
	return e
}

// silence says who did not answer, and for how long, as far as that is known.
func silence(at origin, r refusal, err error) string {
	late, waited := errors.AsType[*unansweredError](err)
	_, signingIn := errors.AsType[*signInError](err)
	host := cmp.Or(at.host, "Google")
	switch {
	case waited && signingIn:
		return fmt.Sprintf("no access token within %s: %s", span(late.after), r.message)
	case waited:
		return fmt.Sprintf("no answer from %s within %s", host, span(late.after))
	case strings.Contains(r.message, "server preface"):
		return host + " takes the connection and says nothing"
	case at.addr != "" && strings.Contains(r.message, "dial"):
		return "nothing answers at " + at.addr + "; is the emulator running there? (" + r.message + ")"
	default:
		return r.message
	}
}

// span is a time to read, as in "10s".
func span(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

// read takes an error apart, whichever way it came.
func read(err error) refusal {
	if failed, ok := errors.AsType[*signInError](err); ok {
		return readSignIn(failed.err)
	}
	if web, ok := errors.AsType[*googleapi.Error](err); ok {
		return readREST(web)
	}
	if st, ok := status.FromError(err); ok {
		return readGRPC(err, st)
	}
	return readLocal(err)
}

// readSignIn reads a failure to find credentials or to get a token. Where it is
// not the network's, it means that signing in again is what helps.
func readSignIn(err error) refusal {
	r := readLocal(err)
	answered, ok := errors.AsType[*auth.Error](err)
	switch {
	case ok && !answered.Temporary():
		r.code = codes.Unauthenticated
	case ok:
		r.code = codes.Unavailable
	case r.code != codes.Unknown:
	case permission.MatchString(r.message):
		r.code = codes.PermissionDenied // to impersonate a service account
	default:
		r.code = codes.Unauthenticated
	}
	return r
}

// readLocal reads an error that no service has answered.
func readLocal(err error) refusal {
	r := refusal{code: codes.Unknown, message: err.Error()}
	network, ok := errors.AsType[net.Error](err)
	_, file := errors.AsType[*fs.PathError](err) // whose causes look like the network's
	switch {
	case errors.Is(err, context.Canceled):
		r.code = codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		r.code = codes.DeadlineExceeded
	case signedOutText(r.message):
		r.code = codes.Unauthenticated
	case file:
	case ok && network.Timeout():
		r.code = codes.DeadlineExceeded
	case ok, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		r.code = codes.Unavailable
	}
	return r
}

func readGRPC(err error, st *status.Status) refusal {
	r := refusal{code: st.Code(), message: st.Message()}
	if a, ok := apierror.FromError(err); ok {
		r.details = a.Details()
	}
	for _, d := range st.Proto().GetDetails() {
		r.raw = append(r.raw, clean.Text(detailJSON(d)))
	}
	// gRPC calls every failure to get a token UNAUTHENTICATED, even where
	// it was the network's (google-cloud-go wraps the cause as text).
	if r.code == codes.Unauthenticated && !signedOutText(r.message) && networkText(r.message) {
		r.code = codes.Unavailable
	}
	return r
}

func readREST(web *googleapi.Error) refusal {
	r := refusal{code: httpCode(web.Code), message: web.Message}
	if a, ok := apierror.FromError(web); ok {
		r.details = a.Details()
	}
	// The envelope's status is exact where HTTP's code is not: 409 is ABORTED
	// and ALREADY_EXISTS, 400 is INVALID_ARGUMENT and FAILED_PRECONDITION.
	var body struct {
		Error struct {
			Status  string            `json:"status"`
			Message string            `json:"message"`
			Details []json.RawMessage `json:"details"`
		} `json:"error"`
	}
	if json.Unmarshal([]byte(web.Body), &body) == nil {
		var named codes.Code
		if named.UnmarshalJSON([]byte(`"`+body.Error.Status+`"`)) == nil && body.Error.Status != "" {
			r.code = named
		}
		r.message = cmp.Or(r.message, body.Error.Message)
		for _, d := range body.Error.Details {
			r.raw = append(r.raw, clean.Text(compact(d)))
		}
	}
	r.message = cmp.Or(r.message, web.Body, http.StatusText(web.Code))
	return r
}

// reasons are those of google.rpc.ErrorInfo that mean the same everywhere
// (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto).
var reasons = map[string]cloud.Kind{
	"USER_PROJECT_DENIED":             cloud.QuotaProject,
	"SECURITY_POLICY_VIOLATED":        cloud.Perimeter,
	"RATE_LIMIT_EXCEEDED":             cloud.Exhausted,
	"RESOURCE_QUOTA_EXCEEDED":         cloud.Exhausted,
	"BILLING_DISABLED":                cloud.Billing,
	"UREQ_PROJECT_BILLING_NOT_FOUND":  cloud.Billing,
	"IAM_PERMISSION_DENIED":           cloud.PermissionDenied,
	"ACCESS_TOKEN_SCOPE_INSUFFICIENT": cloud.NotSignedIn,
	"ACCESS_TOKEN_EXPIRED":            cloud.NotSignedIn,
	"ACCESS_TOKEN_TYPE_UNSUPPORTED":   cloud.NotSignedIn,
	"CREDENTIALS_MISSING":             cloud.NotSignedIn,
	"ACCOUNT_STATE_INVALID":           cloud.NotSignedIn,
	"SESSION_COOKIE_EXPIRED":          cloud.NotSignedIn,
}

// kindOf decides by what is exact first: the upstream's verdict, which Artifact
// Registry gives under several codes, then the reason and the violated
// precondition, then the text, then the code.
func kindOf(r refusal, at origin, e *cloud.Error) cloud.Kind {
	if k := upstreamKind(r, at); k != "" {
		return k
	}
	info := r.details.ErrorInfo
	switch info.GetReason() {
	case "SERVICE_DISABLED":
		if info.GetMetadata()["consumer"] == gcloudProject {
			return cloud.QuotaProject
		}
		return cloud.APIDisabled
	case "CONSUMER_INVALID":
		// Either the quota project is wrong, or the project itself is.
		consumer := strings.TrimPrefix(info.GetMetadata()["consumer"], "projects/")
		if at.quotaProject != "" && consumer == at.quotaProject {
			return cloud.QuotaProject
		}
		e.Resource = clean.Text(info.GetMetadata()["consumer"])
		return cloud.PermissionDenied
	}
	if k := cmp.Or(policyKind(r), keyKind(r)); k != "" {
		return k
	}
	if k, ok := reasons[info.GetReason()]; ok {
		return k
	}
	for _, v := range r.details.PreconditionFailure.GetViolations() {
		switch {
		case v.GetType() == "VPC_SERVICE_CONTROLS":
			return cloud.Perimeter
		case strings.HasSuffix(v.GetType(), "/billing-enabled"):
			return cloud.Billing
		}
	}
	if k := textKind(r); k != "" {
		return k
	}
	return codeKind(r.code)
}

// textKind reads what some services say without details.
func textKind(r refusal) cloud.Kind {
	text := strings.ToLower(r.message)
	switch r.code {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.PermissionDenied, codes.NotFound, codes.Unauthenticated:
	default:
		return ""
	}
	switch {
	case strings.Contains(text, "vpcservicecontrolsuniqueidentifier"):
		return cloud.Perimeter
	case has(text, "requires a quota project", "serviceusage.services.use"):
		return cloud.QuotaProject
	case disabledAPI(r.message):
		return cloud.APIDisabled
	case has(text, "insufficient authentication scopes"):
		return cloud.NotSignedIn
	case strings.Contains(text, "number of members in the policy"):
		return cloud.PolicyFull
	case has(text, "billing must be enabled", "billing to be enabled", "billing account for project"):
		return cloud.Billing
	case agentMissing.MatchString(r.message):
		return cloud.AgentMissing
	case versionOff.MatchString(r.message):
		return cloud.VersionDisabled
	case r.code == codes.FailedPrecondition && strings.Contains(text, "etag"):
		return cloud.Conflict
	default:
		return ""
	}
}

func codeKind(c codes.Code) cloud.Kind {
	switch c {
	case codes.Unauthenticated:
		return cloud.NotSignedIn
	case codes.PermissionDenied:
		return cloud.PermissionDenied
	case codes.NotFound:
		return cloud.NotFound
	case codes.AlreadyExists:
		return cloud.AlreadyExists
	case codes.InvalidArgument, codes.OutOfRange, codes.FailedPrecondition:
		return cloud.Invalid
	case codes.Aborted:
		return cloud.Conflict
	case codes.ResourceExhausted:
		return cloud.Exhausted
	case codes.Unavailable:
		return cloud.Unavailable
	case codes.DeadlineExceeded:
		return cloud.TimedOut
	case codes.Canceled:
		return cloud.Cancelled
	case codes.Unimplemented:
		return cloud.Unimplemented
	default:
		return cloud.Internal
	}
}

// transient tells whether a repetition may help, and how long the service asks
// to wait. What is certain to fail again is not: a certificate that is not
// trusted, a port that nobody listens on.
func transient(err error) (time.Duration, bool) {
	r := read(err)
	if r.code != codes.Unavailable && r.code != codes.ResourceExhausted || has(r.message, "x509: ", "connection refused", "no such host") {
		return 0, false
	}
	return r.details.RetryInfo.GetRetryDelay().AsDuration(), true
}

// answerLost tells whether a write may have happened all the same.
func answerLost(err error) bool {
	switch cloud.KindOf(err) {
	case cloud.Unavailable, cloud.TimedOut, cloud.Internal:
		return true
	default:
		return false
	}
}

func requestID(err error) string {
	if a, ok := apierror.FromError(err); ok {
		return clean.Text(a.Details().RequestInfo.GetRequestId())
	}
	return ""
}

func codeName(err error) string {
	if err == nil {
		return codeText(codes.OK)
	}
	return codeText(read(err).code)
}

// codeText is a code as Google writes it, as in "PERMISSION_DENIED".
func codeText(c codes.Code) string {
	if c == codes.Canceled {
		return "CANCELLED"
	}
	var b strings.Builder
	for i, r := range c.String() {
		if i > 0 && r >= 'A' && r <= 'Z' && c != codes.OK {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

func httpCodeName(code int) string {
	if code < 400 {
		return codeText(codes.OK)
	}
	return codeText(httpCode(code))
}

// httpCode is the code that an HTTP status most likely stands for
// (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto).
func httpCode(code int) codes.Code {
	switch code {
	case http.StatusBadRequest:
		return codes.InvalidArgument
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusNotFound:
		return codes.NotFound
	case http.StatusConflict:
		return codes.Aborted
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case 499:
		return codes.Canceled
	case http.StatusNotImplemented:
		return codes.Unimplemented
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return codes.Unavailable
	case http.StatusGatewayTimeout:
		return codes.DeadlineExceeded
	case http.StatusInternalServerError:
		return codes.Internal
	default:
		return codes.Unknown
	}
}

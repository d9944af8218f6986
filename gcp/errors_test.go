package gcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/upstreamauth/flows/cloud"
)

func TestErrorsOfGoogle(t *testing.T) {
	for _, a := range slices.Concat(answers, policyAnswers) {
		t.Run(a.name, func(t *testing.T) {
			for transport, err := range map[string]error{"gRPC": a.overGRPC(t), "REST": a.overREST(t)} {
				got := explain(origin{op: "do it", rpc: a.rpc, needs: "needed.by.method", on: "projects/asked", quotaProject: "quota"}, err)
				if got.Kind != a.want.Kind {
					t.Errorf("%s: kind %q, want %q", transport, got.Kind, a.want.Kind)
				}
				for _, f := range []struct{ name, got, want string }{
					{"permission", got.Permission, a.want.Permission}, {"resource", got.Resource, a.want.Resource},
					{"service", got.Service, a.want.Service}, {"consumer", got.Consumer, a.want.Consumer},
					{"constraint", got.Constraint, a.want.Constraint}, {"member", got.Member, a.want.Member}, {"key", got.Key, a.want.Key},
					{"code", got.Code, codeText(a.code)},
					{"RPC", got.RPC, a.rpc}, {"message", got.Message, strings.ReplaceAll(a.message, "\n", " ")},
				} {
					if f.got != f.want {
						t.Errorf("%s: %s is %q, want %q", transport, f.name, f.got, f.want)
					}
				}
				if len(got.Details) != len(a.details) {
					t.Errorf("%s: details are %q", transport, got.Details)
				}
				if !errors.Is(got, err) {
					t.Errorf("%s: the cause is lost", transport)
				}
			}
		})
	}
}

func TestErrorsOfSigningIn(t *testing.T) {
	_, noFile := os.Open("/nope.json")
	for _, c := range []struct {
		name string
		err  error
		want cloud.Kind
	}{
		{"no credentials", &signInError{errors.New("credentials: could not find default credentials. See https://cloud.google.com/docs/authentication/external/set-up-adc for more information")}, cloud.NotSignedIn},
		{"broken path", &signInError{noFile}, cloud.NotSignedIn},
		{"broken file", &signInError{errors.New("credentials: unsupported unidentified file type")}, cloud.NotSignedIn},
		{"may not impersonate", &signInError{errors.New(`impersonate: status code 403: {"error":{"message":"Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."}}`)}, cloud.PermissionDenied},
		{"token endpoint out of reach", &signInError{netError{}}, cloud.Unavailable},
		{"expired, over gRPC", status.Error(codes.Unauthenticated, `transport: per-RPC creds failed due to error: auth: "invalid_grant" "Token has been expired or revoked."`), cloud.NotSignedIn},
		{"reauth, over gRPC", status.Error(codes.Unauthenticated, `transport: per-RPC creds failed due to error: auth: "invalid_grant" "reauth related error (invalid_rapt)" "https://support.google.com/a/answer/9368756"`), cloud.NotSignedIn},
		{"network, over gRPC", status.Error(codes.Unauthenticated, `transport: per-RPC creds failed due to error: Post "https://oauth2.googleapis.com/token": dial tcp: lookup oauth2.googleapis.com: no such host`), cloud.Unavailable},
		{"expired, over REST", fmt.Errorf(`Get "https://x": %w`, errors.New(`auth: "invalid_grant" "Token has been expired or revoked."`)), cloud.NotSignedIn},
		{"older library", errors.New(`oauth2: "invalid_grant" "reauth related error (rapt_required)"`), cloud.NotSignedIn},
		{"oldest library", errors.New("oauth2: cannot fetch token: 400 Bad Request"), cloud.NotSignedIn},
		{"cancelled", context.Canceled, cloud.Cancelled},
		{"deadline", fmt.Errorf("wait: %w", context.DeadlineExceeded), cloud.TimedOut},
		{"anything else", errors.New("surprise"), cloud.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := explain(origin{op: "sign in"}, c.err); got.Kind != c.want {
				t.Errorf("kind %q, want %q (%v)", got.Kind, c.want, got)
			}
		})
	}
}

// netError is the network's.
type netError struct{}

func (netError) Error() string   { return "dial tcp 192.0.2.1:443: no route to host" }
func (netError) Timeout() bool   { return false }
func (netError) Temporary() bool { return false }

func TestImpersonationNamesWhatIsLacking(t *testing.T) {
	err := &signInError{errors.New("impersonate: status code 403: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).")}
	if got := explain(origin{op: "sign in"}, err); got.Permission != "iam.serviceAccounts.getAccessToken" {
		t.Errorf("permission is %q", got.Permission)
	}
}

func TestAnUnreachableEmulatorIsNamed(t *testing.T) {
	err := status.Error(codes.Unavailable, `connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:1: connect: connection refused"`)
	got := explain(origin{addr: "127.0.0.1:1"}, err)
	if got.Kind != cloud.Unavailable || !strings.HasPrefix(got.Message, "nothing answers at 127.0.0.1:1") {
		t.Errorf("got %q %q", got.Kind, got.Message)
	}
}

func FuzzExplain(f *testing.F) {
	for _, a := range slices.Concat(answers, policyAnswers) {
		f.Add(uint32(a.code), a.http, a.message, "SERVICE_DISABLED", `{"error":{"status":"ABORTED","details":[{"@type":"x"}]}}`)
	}
	f.Add(uint32(99), -1, "\x1b]52;c;aGk=\a", "\u202e", `{"error":`)
	f.Fuzz(func(t *testing.T, code uint32, httpStatus int, message, reason, body string) {
		errs := []error{
			&googleapi.Error{Code: httpStatus, Message: message, Body: body},
			&signInError{errors.New(message)},
			errors.New(message),
		}
		st := status.New(codes.Code(code), message)
		if full, err := st.WithDetails(info(reason, "permission", message, "resource", body, "consumer", reason, "service", body), violation("constraints/"+reason)); err == nil {
			st = full
		}
		if st.Code() != codes.OK {
			errs = append(errs, st.Err())
		}
		for _, err := range errs {
			e := explain(origin{op: message, rpc: "X.UpdateRepository"}, err)
			if e.Kind == "" {
				t.Fatalf("no kind for %v", err)
			}
			for _, text := range append([]string{e.Error(), e.Permission, e.Resource, e.Service, e.Consumer, e.Constraint, e.Member, e.Key}, e.Details...) {
				if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\u202e' }) {
					t.Fatalf("hostile text came through: %q", text)
				}
			}
			_, _ = transient(err)
		}
	})
}

func TestHTTPStatusesWithoutAnEnvelope(t *testing.T) {
	for code, want := range map[int]cloud.Kind{
		http.StatusBadRequest: cloud.Invalid, http.StatusUnauthorized: cloud.NotSignedIn, http.StatusForbidden: cloud.PermissionDenied,
		http.StatusNotFound: cloud.NotFound, http.StatusConflict: cloud.Conflict, http.StatusTooManyRequests: cloud.Exhausted,
		http.StatusInternalServerError: cloud.Internal, http.StatusNotImplemented: cloud.Unimplemented, http.StatusBadGateway: cloud.Unavailable,
		http.StatusServiceUnavailable: cloud.Unavailable, http.StatusGatewayTimeout: cloud.TimedOut, http.StatusTeapot: cloud.Internal,
	} {
		if got := explain(origin{}, &googleapi.Error{Code: code, Body: "<html>"}); got.Kind != want {
			t.Errorf("%d: kind %q, want %q", code, got.Kind, want)
		}
	}
}

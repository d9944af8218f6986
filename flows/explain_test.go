package flows

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// allKinds are the kinds of errors, in the order of their declaration.
var allKinds = []Kind{NotSignedIn, QuotaProject, APIDisabled, PermissionDenied, NotFound, AlreadyExists, Invalid, Conflict, OrgPolicy, Perimeter,
	Exhausted, Unavailable, TimedOut, Cancelled, VersionDisabled, AgentMissing, GrantPending, DenyPolicy, KeyDenied, KeyUnusable, KeyMisplaced, UpstreamRejected, UpstreamFailed, Billing, PolicyFull,
	Unimplemented, Internal}

// TestEachKindIsExplained: a title of its own words, what Google said, what to
// do, and the raw error for a ticket.
func TestEachKindIsExplained(t *testing.T) {
	for _, k := range allKinds {
		p := Explain(fmt.Errorf("wrapped: %w", &Error{Kind: k, Op: "read the secret s", Message: "what Google said"}))
		if p.Title == "" || p.Kind != k || !strings.Contains(p.Raw, "what Google said") {
			t.Errorf("%s: %+v", k, p)
		}
		if p.Detail == "" || len(p.Hints) == 0 && k != Cancelled && k != Unimplemented {
			t.Errorf("%s: no detail or no hint: %+v", k, p)
		}
		if p.Error() != p.Title+": "+p.Detail {
			t.Errorf("%s: as an error it says %q", k, p.Error())
		}
	}
	if Explain(nil) != nil {
		t.Error("no error is a problem")
	}
	if p := (&Problem{Title: "alone"}); p.Error() != "alone" {
		t.Errorf("says %q", p.Error())
	}
}

// TestHintsOfProblems: the hint that a person follows, for each problem that
// has one.
func TestHintsOfProblems(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want []string // what the hints hold together
	}{
		{"not signed in", &Error{Kind: NotSignedIn, Message: "could not find default credentials"}, []string{"gcloud auth application-default login", "upstreamauth demo"}},
		{"credentials file that is not there", &Error{Kind: NotSignedIn, Message: credentialsVariable + " names no file"}, []string{"unset it", "gcloud auth application-default login"}},
		{"quota project", &Error{Kind: QuotaProject}, []string{"set-quota-project", "--quota-project"}},
		{"an API that is off", &Error{Kind: APIDisabled, Service: SecretManagerAPI, Consumer: "projects/123"}, []string{"gcloud services enable " + SecretManagerAPI + " --project=123"}},
		{"some API that is off", &Error{Kind: APIDisabled}, []string{"gcloud services enable " + ArtifactRegistryAPI + " " + SecretManagerAPI}},
		{"a permission of Secret Manager", refused("secretmanager.versions.add", "projects/p/secrets/s"), []string{"add-iam-policy-binding p", "roles/secretmanager.admin"}},
		{"a permission of Artifact Registry", refused("artifactregistry.repositories.update", "projects/p/locations/l/repositories/r"), []string{"add-iam-policy-binding p", "roles/artifactregistry.admin"}},
		{"a permission to turn APIs on", refused("serviceusage.services.enable", "projects/p"), []string{"roles/serviceusage.serviceUsageAdmin"}},
		{"a permission to see a project", refused("resourcemanager.projects.get", ""), []string{"add-iam-policy-binding PROJECT", "roles/browser"}},
		{"an unknown permission", refused("compute.disks.get", "projects/p"), []string{"roles/artifactregistry.admin", "roles/secretmanager.admin"}},
		{"locations of an organisation", &Error{Kind: OrgPolicy, Constraint: "constraints/gcp.resourceLocations"}, []string{"--replication-locations"}},
		{"members of an organisation", &Error{Kind: OrgPolicy, Constraint: "constraints/iam.allowedPolicyMemberDomains"}, []string{"Google's service agents"}},
		{"another policy of an organisation", &Error{Kind: OrgPolicy, Constraint: "constraints/other"}, []string{"whoever runs the organisation"}},
		{"a perimeter", &Error{Kind: Perimeter}, []string{"unique identifier"}},
		{"a quota", &Error{Kind: Exhausted}, []string{"wait a minute"}},
		{"the service agent", &Error{Kind: AgentMissing, Consumer: "projects/p"}, []string{"gcloud beta services identity create", "--project=p"}},
		{"a full policy", &Error{Kind: PolicyFull}, []string{"1,500 members", "--secret NAME"}},
		{"a grant that spreads", &Error{Kind: GrantPending}, []string{"run the same command again"}},
		{"a rejected credential", &Error{Kind: UpstreamRejected}, []string{"user name", "token"}},
		{"an upstream out of reach", &Error{Kind: UpstreamFailed}, []string{"from the internet"}},
		{"no billing", &Error{Kind: Billing}, []string{"Billing"}},
		{"a deadline", context.DeadlineExceeded, []string{"again"}},
		{"an interruption", errInterrupted, []string{"run the same command again"}},
		{"a wrong answer", &Usage{Title: "wrong", Hints: []string{"do this"}}, []string{"do this"}},
		{"something of this machine", errors.New("disk on fire"), []string{"run the same command again"}},
		{"a defect", &Error{Kind: Internal}, []string{"--log-file"}},
	} {
		p := Explain(c.err)
		all := strings.Join(p.Hints, "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: hints\n%s\nlack %q", c.name, all, want)
			}
		}
	}
}

func TestErrorsOfGoogle(t *testing.T) {
	cause := errors.New("cause")
	e := &Error{Kind: NotFound, Op: "read the secret s", Message: "not found", Err: cause}
	if e.Error() != "read the secret s: not found" || !errors.Is(e, cause) {
		t.Errorf("says %q", e.Error())
	}
	if bare := (&Error{Message: "alone"}); bare.Error() != "alone" {
		t.Errorf("says %q", bare.Error())
	}
	for _, c := range []struct {
		err  error
		want Kind
	}{{nil, ""}, {errors.New("x"), Internal}, {fmt.Errorf("x: %w", e), NotFound}, {&Problem{Kind: Conflict}, Conflict}, {&Problem{}, Internal}} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
	for _, k := range allKinds {
		err := &Error{Kind: k}
		if lost(err) && !passing(err) {
			t.Errorf("%s may have happened, and is not worth another try", k)
		}
	}
	if u := (&Usage{Title: "a", Detail: "b"}); u.Error() != "a: b" || !IsUsage(fmt.Errorf("x: %w", u)) || IsUsage(e) {
		t.Error("an answer's form is not told from another error")
	}
	if u := (&Usage{Title: "a"}); u.Error() != "a" {
		t.Errorf("says %q", u.Error())
	}
}

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// allKinds are the kinds of errors, in the order of their declaration.
var allKinds = []cloud.Kind{cloud.NotSignedIn, cloud.QuotaProject, cloud.APIDisabled, cloud.PermissionDenied, cloud.NotFound, cloud.AlreadyExists, cloud.Invalid, cloud.Conflict, cloud.OrgPolicy, cloud.Perimeter,
	cloud.Exhausted, cloud.Unavailable, cloud.TimedOut, cloud.Cancelled, cloud.VersionDisabled, cloud.AgentMissing, cloud.GrantPending, cloud.DenyPolicy, cloud.KeyDenied, cloud.KeyUnusable, cloud.KeyMisplaced, cloud.UpstreamRejected, cloud.UpstreamFailed, cloud.Billing, cloud.PolicyFull,
	cloud.Unimplemented, cloud.Internal}

// TestEachKindIsExplained: a title of its own words, what Google said, what to
// do, and the raw error for a ticket.
func TestEachKindIsExplained(t *testing.T) {
	for _, k := range allKinds {
		p := engine.Explain(fmt.Errorf("wrapped: %w", &cloud.Error{Kind: k, Op: "read the secret s", Message: "what Google said"}))
		if p.Code == check.NoCode || p.Title.Empty() || p.Kind != k || !strings.Contains(p.Raw, "what Google said") {
			t.Errorf("%s: %+v", k, p)
		}
		if p.Detail.Empty() || len(p.Hints) == 0 && k != cloud.Cancelled && k != cloud.Unimplemented {
			t.Errorf("%s: no detail or no hint: %+v", k, p)
		}
		if p.Error() != p.Title.In(text.English)+": "+p.Detail.In(text.English) {
			t.Errorf("%s: as an error it says %q", k, p.Error())
		}
	}
	if engine.Explain(nil) != nil {
		t.Error("no error is a problem")
	}
	if p := (&engine.Problem{Title: text.New("alone")}); p.Error() != "alone" {
		t.Errorf("says %q", p.Error())
	}
}

// TestHintsOfProblems: the code of each problem, and the commands, flags and
// roles that its hints lead to.
func TestHintsOfProblems(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code check.Code
		want []string // what the hints hold together
	}{
		{"not signed in", &cloud.Error{Kind: cloud.NotSignedIn, Message: "could not find default credentials"},
			check.NotSignedIn, []string{"gcloud auth application-default login", "upstreamauth demo"}},
		{"credentials file that is not there", &cloud.Error{Kind: cloud.NotSignedIn, Message: engine.CredentialsVariable + " names no file"},
			check.NotSignedIn, []string{engine.CredentialsVariable, "gcloud auth application-default login"}},
		{"quota project", &cloud.Error{Kind: cloud.QuotaProject},
			check.QuotaProject, []string{"set-quota-project", "--quota-project"}},
		{"an API that is off", &cloud.Error{Kind: cloud.APIDisabled, Service: cloud.SecretManagerAPI, Consumer: "projects/123"},
			check.APIOff, []string{"gcloud services enable " + cloud.SecretManagerAPI + " --project=123"}},
		{"some API that is off", &cloud.Error{Kind: cloud.APIDisabled},
			check.APIOff, []string{"gcloud services enable " + cloud.ArtifactRegistryAPI + " " + cloud.SecretManagerAPI}},
		{"a permission of Secret Manager", cloudtest.Refused("secretmanager.versions.add", "projects/p/secrets/s"),
			check.PermissionMissing, []string{"add-iam-policy-binding p", "roles/secretmanager.admin"}},
		{"a permission of Artifact Registry", cloudtest.Refused("artifactregistry.repositories.update", "projects/p/locations/l/repositories/r"),
			check.PermissionMissing, []string{"add-iam-policy-binding p", "roles/artifactregistry.admin"}},
		{"a permission to turn APIs on", cloudtest.Refused("serviceusage.services.enable", "projects/p"),
			check.PermissionMissing, []string{"roles/serviceusage.serviceUsageAdmin"}},
		{"a permission to see a project", cloudtest.Refused("resourcemanager.projects.get", ""),
			check.PermissionMissing, []string{"add-iam-policy-binding PROJECT", "roles/browser"}},
		{"an unknown permission", cloudtest.Refused("compute.disks.get", "projects/p"),
			check.PermissionMissing, []string{"roles/artifactregistry.admin", "roles/secretmanager.admin"}},
		{"locations of an organisation", &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.resourceLocations"},
			check.OrganisationPolicy, []string{"--replication-locations"}},
		{"members of an organisation", &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/iam.allowedPolicyMemberDomains"},
			check.OrganisationPolicy, []string{"gcp-sa-artifactregistry", "org-policies describe iam.allowedPolicyMemberDomains"}},
		{"another policy of an organisation", &cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/other"},
			check.OrganisationPolicy, []string{"gcloud org-policies describe other"}},
		{"a perimeter", &cloud.Error{Kind: cloud.Perimeter},
			check.VPCServiceControls, nil},
		{"a quota", &cloud.Error{Kind: cloud.Exhausted},
			check.QuotaExceeded, nil},
		{"the service agent", &cloud.Error{Kind: cloud.AgentMissing, Consumer: "projects/p"},
			check.AgentMissing, []string{"gcloud beta services identity create", "--project=p"}},
		{"a full policy", &cloud.Error{Kind: cloud.PolicyFull},
			check.PolicyFull, []string{"--secret NAME"}},
		{"a grant that spreads", &cloud.Error{Kind: cloud.GrantPending},
			check.GrantPending, nil},
		{"a rejected credential", &cloud.Error{Kind: cloud.UpstreamRejected},
			check.CredentialRejected, nil},
		{"an upstream out of reach", &cloud.Error{Kind: cloud.UpstreamFailed},
			check.UpstreamUntried, nil},
		{"no billing", &cloud.Error{Kind: cloud.Billing},
			check.BillingOff, nil},
		{"a deadline", context.DeadlineExceeded,
			check.TimedOut, nil},
		{"an interruption", engine.ErrInterrupted,
			check.Interrupted, nil},
		{"a wrong answer", &engine.Usage{Title: text.New("wrong"), Hints: []check.Hint{{Says: text.New("do this")}}},
			check.AnswerForm, []string{"do this"}},
		{"something of this machine", errors.New("disk on fire"),
			check.MachineError, nil},
		{"a defect", &cloud.Error{Kind: cloud.Internal},
			check.GoogleError, []string{"--log-file"}},
	} {
		p := engine.Explain(c.err)
		if p.Code != c.code {
			t.Errorf("%s: the code is %q, want %q", c.name, p.Code, c.code)
		}
		all := strings.Join(check.Lines(p.Hints, text.English), "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: hints\n%s\nlack %q", c.name, all, want)
			}
		}
	}
}

func TestErrorsOfGoogle(t *testing.T) {
	cause := errors.New("cause")
	e := &cloud.Error{Kind: cloud.NotFound, Op: "read the secret s", Message: "not found", Err: cause}
	if e.Error() != "read the secret s: not found" || !errors.Is(e, cause) {
		t.Errorf("says %q", e.Error())
	}
	if bare := (&cloud.Error{Message: "alone"}); bare.Error() != "alone" {
		t.Errorf("says %q", bare.Error())
	}
	for _, c := range []struct {
		err  error
		want cloud.Kind
	}{{nil, ""}, {errors.New("x"), cloud.Internal}, {fmt.Errorf("x: %w", e), cloud.NotFound}, {&engine.Problem{Kind: cloud.Conflict}, cloud.Conflict}, {&engine.Problem{}, cloud.Internal}} {
		if got := cloud.KindOf(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
	for _, k := range allKinds {
		err := &cloud.Error{Kind: k}
		if cloud.Lost(err) && !cloud.Passing(err) {
			t.Errorf("%s may have happened, and is not worth another try", k)
		}
	}
	if u := (&engine.Usage{Title: text.New("a"), Detail: text.New("b")}); u.Error() != "a: b" || !engine.IsUsage(fmt.Errorf("x: %w", u)) || engine.IsUsage(e) {
		t.Error("an answer's form is not told from another error")
	}
	if u := (&engine.Usage{Title: text.New("a")}); u.Error() != "a" {
		t.Errorf("says %q", u.Error())
	}
}

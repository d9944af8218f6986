package emulator

import (
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/grpc/codes"
)

const withoutSecrets = "projects/demo-no-secrets"

func TestGetService(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		get := func(name string) (*serviceusagepb.Service, error) {
			return g.services.GetService(t.Context(), &serviceusagepb.GetServiceRequest{Name: name})
		}
		s, err := get(withoutSecrets + "/services/secretmanager.googleapis.com")
		if err != nil {
			t.Fatal(err)
		}
		if s.GetName() != "projects/415104041263/services/secretmanager.googleapis.com" || s.GetParent() != "projects/415104041263" ||
			s.GetState() != serviceusagepb.State_DISABLED || s.GetConfig().GetTitle() != "Secret Manager API" {
			t.Errorf("got %v", s)
		}
		s, err = get("projects/415104041263/services/artifactregistry.googleapis.com")
		if err != nil || s.GetState() != serviceusagepb.State_ENABLED {
			t.Errorf("by number: got %v, %v", s, err)
		}
		_, err = get(withoutSecrets + "/services/nonsense.googleapis.com")
		wantError(t, err, codes.PermissionDenied, "Not found or permission denied for service(s): nonsense.googleapis.com.")
		_, err = get("projects/none-such/services/artifactregistry.googleapis.com")
		wantError(t, err, codes.PermissionDenied, "Permission denied to get service [artifactregistry.googleapis.com]\nHelp Token: emulator")
		if e := details(t, err); e.Reason() != "AUTH_PERMISSION_DENIED" || e.Domain() != "serviceusage.googleapis.com" {
			t.Errorf("got %v", e.Details())
		}
	})
}

func TestBatchGetServices(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		name := func(host string) string { return withoutSecrets + "/services/" + host }
		r, err := g.services.BatchGetServices(t.Context(), &serviceusagepb.BatchGetServicesRequest{
			Parent: withoutSecrets, Names: []string{name("secretmanager.googleapis.com"), name("artifactregistry.googleapis.com")},
		})
		if err != nil || len(r.GetServices()) != 2 || r.GetServices()[0].GetState() != serviceusagepb.State_DISABLED ||
			r.GetServices()[1].GetState() != serviceusagepb.State_ENABLED {
			t.Errorf("got %v, %v", r, err)
		}
		for what, names := range map[string][]string{
			"none": nil, "another project's": {healthy + "/services/secretmanager.googleapis.com"},
			"too many": strings.Split(strings.Repeat(name("run.googleapis.com")+" ", 30)+name("run.googleapis.com"), " "),
		} {
			_, err := g.services.BatchGetServices(t.Context(), &serviceusagepb.BatchGetServicesRequest{Parent: withoutSecrets, Names: names})
			if code, text := problem(err); code != codes.InvalidArgument {
				t.Errorf("%s: got %s: %s", what, code, text)
			}
		}
	})
}

func TestListServices(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		list := func(filter string, size int32) []*serviceusagepb.Service {
			return collect(t, g.services.ListServices(t.Context(), &serviceusagepb.ListServicesRequest{
				Parent: withoutSecrets, Filter: filter, PageSize: size,
			}).Next)
		}
		all, on, off := list("", 5), list("state:ENABLED", 0), list("state:DISABLED", 3)
		if len(all) != len(titles) || len(on) != 4 || len(on)+len(off) != len(all) {
			t.Errorf("got %d, of which %d are on and %d are off", len(all), len(on), len(off))
		}
		for _, req := range []*serviceusagepb.ListServicesRequest{
			{Parent: withoutSecrets, Filter: "name:x"}, {Parent: withoutSecrets, PageSize: 201}, {Parent: "demo-no-secrets"},
		} {
			_, err := g.services.ListServices(t.Context(), req).Next()
			if code, text := problem(err); code == codes.OK || code == codes.Internal {
				t.Errorf("%v: got %s: %s", req, code, text)
			}
		}
	})
}

func TestEnableService(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		ctx := t.Context()
		list := func() error {
			_, err := g.secrets.GetSecret(ctx, &secretmanagerpb.GetSecretRequest{Name: withoutSecrets + "/secrets/x"})
			return err
		}
		err := list()
		const visit = "https://console.developers.google.com/apis/api/secretmanager.googleapis.com/overview?project=415104041263"
		wantError(t, err, codes.PermissionDenied, "Secret Manager API has not been used in project 415104041263 before or it is disabled. "+
			"Enable it by visiting "+visit+" then retry. If you enabled this API recently, wait a few minutes for the action to propagate "+
			"to our systems and retry.")
		e := details(t, err)
		if e.Reason() != "SERVICE_DISABLED" || e.Domain() != "googleapis.com" || e.Metadata()["consumer"] != "projects/415104041263" ||
			e.Metadata()["service"] != "secretmanager.googleapis.com" || e.Metadata()["activationUrl"] != visit ||
			e.Details().Help == nil || e.Details().LocalizedMessage == nil {
			t.Errorf("got %v", e.Details())
		}
		name := withoutSecrets + "/services/secretmanager.googleapis.com"
		op, err := g.services.EnableService(ctx, &serviceusagepb.EnableServiceRequest{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(op.Name(), "operations/acf.p2-415104041263-") {
			t.Errorf("got operation %s", op.Name())
		}
		if r, err := op.Wait(ctx); err != nil || r.GetService().GetState() != serviceusagepb.State_ENABLED {
			t.Errorf("got %v, %v", r, err)
		}
		wantCode(t, list(), codes.NotFound)
		op, err = g.services.EnableService(ctx, &serviceusagepb.EnableServiceRequest{Name: name})
		if err != nil || op.Name() != "operations/noop.DONE_OPERATION" || !op.Done() {
			t.Errorf("a second time: %v, %v", op.Name(), err)
		}
		off, err := g.services.DisableService(ctx, &serviceusagepb.DisableServiceRequest{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := off.Wait(ctx); err != nil || r.GetService().GetState() != serviceusagepb.State_DISABLED {
			t.Errorf("got %v, %v", r, err)
		}
		wantCode(t, list(), codes.PermissionDenied)
	})
}

func TestBatchEnableServicesIsAllOrNothing(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		enable := func(hosts ...string) (string, error) {
			op, err := g.services.BatchEnableServices(t.Context(), &serviceusagepb.BatchEnableServicesRequest{Parent: withoutSecrets, ServiceIds: hosts})
			if err != nil {
				return "", err
			}
			r, err := op.Wait(t.Context())
			if len(r.GetServices()) != len(hosts) {
				t.Errorf("got %v", r)
			}
			return op.Name(), err
		}
		state := func() serviceusagepb.State {
			s, err := g.services.GetService(t.Context(), &serviceusagepb.GetServiceRequest{Name: withoutSecrets + "/services/secretmanager.googleapis.com"})
			if err != nil {
				t.Fatal(err)
			}
			return s.GetState()
		}
		_, err := enable("secretmanager.googleapis.com", "nonsense.googleapis.com")
		wantCode(t, err, codes.PermissionDenied)
		if state() != serviceusagepb.State_DISABLED {
			t.Error("one of a refused batch was enabled")
		}
		name, err := enable("secretmanager.googleapis.com", "artifactregistry.googleapis.com")
		if err != nil || !strings.HasPrefix(name, "operations/acat.p2-") || state() != serviceusagepb.State_ENABLED {
			t.Errorf("got %s, %v", name, err)
		}
		if name, err := enable("secretmanager.googleapis.com", "artifactregistry.googleapis.com"); err != nil || name != noopOperation {
			t.Errorf("a second time: %s, %v", name, err)
		}
		_, err = enable(strings.Fields(strings.Repeat("run.googleapis.com ", 21))...)
		wantCode(t, err, codes.InvalidArgument)
	})
}

func TestEnablingNeedsBilling(t *testing.T) {
	g := start(t, Options{SeedFile: seedFile(t, "projects: [{id: pennyless, number: 9, noBilling: true, disabled: [secretmanager.googleapis.com]}]")})
	_, err := g.services.EnableService(t.Context(), &serviceusagepb.EnableServiceRequest{Name: "projects/pennyless/services/secretmanager.googleapis.com"})
	wantError(t, err, codes.FailedPrecondition, "Billing account for project '9' is not found. Billing must be enabled for activation of "+
		"service(s) 'secretmanager.googleapis.com' to proceed.\nHelp Token: emulator")
	e := details(t, err)
	if e.Reason() != "UREQ_PROJECT_BILLING_NOT_FOUND" || e.Domain() != "serviceusage.googleapis.com/billing-enabled" ||
		e.Details().PreconditionFailure.GetViolations()[0].GetType() != "googleapis.com/billing-enabled" {
		t.Errorf("got %v", e.Details())
	}
}

func TestServiceIdentityOutcomes(t *testing.T) {
	s := serve(t, Options{SeedFile: seedFile(t, `
projects:
  - {id: with-email, number: 11}
  - {id: without-email, number: 12, identity: no-email}
  - {id: not-configured, number: 13, identity: not-configured}
`)})
	for _, c := range []struct {
		project, service, email string
		code                    codes.Code
		agent                   bool
	}{
		{"with-email", "artifactregistry.googleapis.com", "service-11@gcp-sa-artifactregistry.iam.gserviceaccount.com", codes.OK, true},
		{"without-email", "artifactregistry.googleapis.com", "", codes.OK, true},
		{"not-configured", "artifactregistry.googleapis.com", "", codes.InvalidArgument, false},
		{"12", "run.googleapis.com", "", codes.InvalidArgument, true},
		{"none-such", "artifactregistry.googleapis.com", "", codes.PermissionDenied, false},
	} {
		t.Run(fmt.Sprint(c.project, c.service), func(t *testing.T) {
			got, err := s.generateServiceIdentity(t.Context(), "projects/"+c.project+"/services/"+c.service)
			if code, text := problem(err); code != c.code {
				t.Errorf("got %s: %s, want %s", code, text, c.code)
			}
			if got.email != c.email {
				t.Errorf("got %q, want %q", got.email, c.email)
			}
			if p := s.world.byName[c.project]; p != nil && p.agent != c.agent {
				t.Errorf("the agent exists: %v, want %v", p.agent, c.agent)
			}
		})
	}
	calls := s.Calls()
	if len(calls) != 5 || calls[0].Method != "GenerateServiceIdentity" || !calls[0].Write {
		t.Errorf("got calls %v", calls)
	}
}

package emulator

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	rmpb "cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/api/option"
	serviceusage "google.golang.org/api/serviceusage/v1beta1"
	"google.golang.org/grpc/codes"
)

// TestGenerateServiceIdentity asks with Google's own client, in projects of
// each known outcome (hashicorp/terraform-provider-google#18649, #21931).
func TestGenerateServiceIdentity(t *testing.T) {
	tests := []struct {
		name, host, caller string
		outcome            identityOutcome
		code               codes.Code
		email, says        string
	}{
		{name: "address", host: artifactRegistry.host, outcome: identityEmail, email: "service-415104041262@gcp-sa-artifactregistry.iam.gserviceaccount.com"},
		{name: "no address", host: artifactRegistry.host, outcome: identityWithoutEmail},
		{name: "not configured", host: artifactRegistry.host, outcome: identityNotConfigured, code: codes.InvalidArgument, says: "Service artifactregistry.googleapis.com has not been configured for service identities."},
		{name: "another service", host: "run.googleapis.com", outcome: identityEmail, code: codes.InvalidArgument, says: "has not been configured for service identities."},
		{name: "no permission", host: artifactRegistry.host, caller: stranger, outcome: identityEmail, code: codes.PermissionDenied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newClients(t, true)
			healthy := g.server.world.projects[0]
			healthy.identity, healthy.agent = tt.outcome, false
			service, err := serviceusage.NewService(t.Context(), option.WithEndpoint("http://"+g.server.Addr()+"/"), option.WithoutAuthentication())
			if err != nil {
				t.Fatal(err)
			}
			call := service.Services.GenerateServiceIdentity(g.project + "/services/" + tt.host)
			call.Header().Set(callerHeader, tt.caller)
			op, err := call.Context(t.Context()).Do()
			o := outcomeOf(t, op, err)
			if o.Code != tt.code || !strings.Contains(o.Message, tt.says) {
				t.Fatalf("told %+v, want %s and %q", o, tt.code, tt.says)
			}
			if tt.code == codes.OK && (!op.Done || strings.Contains(string(op.Response), "@gcp-sa") != (tt.email != "") || !strings.Contains(string(op.Response), tt.email)) {
				t.Errorf("told %s, done %v, want %q", op.Response, op.Done, tt.email)
			}
			if healthy.agent != (tt.code == codes.OK) {
				t.Errorf("the agent exists: %v", healthy.agent)
			}
		})
	}
}

// TestCredentialsFileNamesTheCaller has Google's client exchange the file that
// PrintEnv points at.
func TestCredentialsFileNamesTheCaller(t *testing.T) {
	g := newClients(t, true)
	for caller, code := range map[string]codes.Code{DefaultCaller: codes.OK, stranger: codes.PermissionDenied} {
		b, err := g.server.ExternalCredentialsFile(caller)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "credentials.json")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
		c, err := resourcemanager.NewProjectsRESTClient(t.Context(), option.WithEndpoint("http://"+g.server.Addr()))
		if err != nil {
			t.Fatal(err)
		}
		project, err := c.GetProject(t.Context(), &rmpb.GetProjectRequest{Name: g.project})
		if o := outcomeOf(t, project, err); o.Code != code {
			t.Errorf("%s is told %+v, want %s", caller, o, code)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestIntrospection tells known tokens from unknown ones.
func TestIntrospection(t *testing.T) {
	g := newClients(t, true)
	for token, want := range map[string]string{
		tokenPrefix + DefaultCaller: `"username":"` + DefaultCaller + `"`,
		tokenPrefix + stranger:      `"active":false`,
		"ya29.real":                 `"active":false`,
	} {
		code, body := call(g.server.http.Handler, http.MethodPost, "/emulator/v1/introspect", "token="+token, "Content-Type", "application/x-www-form-urlencoded")
		if code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", token, code, body, want)
		}
	}
}

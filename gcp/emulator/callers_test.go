package emulator

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"github.com/googleapis/gax-go/v2/callctx"
	"google.golang.org/grpc/codes"
)

func TestPermissionsPerCaller(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		const secret = healthy + "/secrets/npm-token"
		steps := map[string]func(context.Context) error{
			"read repository": func(ctx context.Context) error {
				_, err := g.registry.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: dockerHub})
				return err
			},
			"update repository": func(ctx context.Context) error {
				_, err := g.registry.UpdateRepository(ctx, &artifactregistrypb.UpdateRepositoryRequest{
					Repository: &artifactregistrypb.Repository{Name: dockerHub},
				})
				return err
			},
			"list secrets": func(ctx context.Context) error {
				_, err := g.secrets.ListSecrets(ctx, &secretmanagerpb.ListSecretsRequest{Parent: healthy}).Next()
				return err
			},
			"add version": func(ctx context.Context) error {
				_, err := g.secrets.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
					Parent: secret, Payload: &secretmanagerpb.SecretPayload{Data: []byte("x")},
				})
				return err
			},
			"set policy": func(ctx context.Context) error {
				_, err := g.secrets.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: secret, Policy: &iampb.Policy{}})
				return err
			},
			"access": func(ctx context.Context) error {
				_, err := g.secrets.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: secret + "/versions/1"})
				return err
			},
		}
		for caller, may := range map[string]string{
			DefaultCaller:                "read repository, update repository, list secrets, add version, set policy, access",
			"editor@example.com":         "read repository, update repository, list secrets, add version",
			"viewer@example.com":         "read repository, list secrets",
			"registry-admin@example.com": "read repository, update repository",
			"secret-admin@example.com":   "list secrets, add version, set policy, access",
			"security-admin@example.com": "list secrets, set policy",
			"nobody@example.com":         "",
		} {
			for step, do := range steps {
				err := do(as(t.Context(), caller))
				allowed := strings.Contains(may, step)
				if code, text := problem(err); allowed && code != codes.OK || !allowed && code != codes.PermissionDenied {
					t.Errorf("%s, %s: got %s: %s", caller, step, code, text)
				}
			}
		}
		_, err := g.secrets.SetIamPolicy(as(t.Context(), "editor@example.com"), &iampb.SetIamPolicyRequest{Resource: secret, Policy: &iampb.Policy{}})
		wantError(t, err, codes.PermissionDenied,
			"Permission 'secretmanager.secrets.setIamPolicy' denied for resource 'projects/demo-healthy/secrets/npm-token' (or it may not exist).")
		_, err = g.secrets.AccessSecretVersion(as(t.Context(), "editor@example.com"), &secretmanagerpb.AccessSecretVersionRequest{Name: secret + "/versions/1"})
		wantError(t, err, codes.PermissionDenied,
			"Permission 'secretmanager.versions.access' denied for resource 'projects/demo-healthy/secrets/npm-token/versions/1' (or it may not exist).")
	})
}

func TestQuotaProject(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		get := func(caller, quota string) error {
			ctx := callctx.SetHeaders(as(t.Context(), caller), "x-goog-user-project", quota)
			_, err := g.secrets.GetSecret(ctx, &secretmanagerpb.GetSecretRequest{Name: healthy + "/secrets/npm-token"})
			return err
		}
		for _, usable := range []string{"demo-tokyo", "415104041262"} {
			if err := get(DefaultCaller, usable); err != nil {
				t.Errorf("%s: %v", usable, err)
			}
		}
		err := get(DefaultCaller, "demo-denied")
		wantError(t, err, codes.PermissionDenied, "Caller does not have required permission to use project demo-denied. Grant the caller the "+
			"roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, by visiting "+
			"https://console.developers.google.com/iam-admin/iam/project?project=demo-denied and then retry. Propagation of the new permission "+
			"may take a few minutes.")
		if e := details(t, err); e.Reason() != "USER_PROJECT_DENIED" || e.Metadata()["consumer"] != "projects/demo-denied" || e.Details().Help == nil {
			t.Errorf("got %v", e.Details())
		}
		err = get(DefaultCaller, "none-such")
		wantError(t, err, codes.PermissionDenied, "Permission denied on resource project none-such.")
		if e := details(t, err); e.Reason() != "CONSUMER_INVALID" {
			t.Errorf("got %v", e.Details())
		}
		err = get(DefaultCaller, "demo-no-secrets")
		if e := details(t, err); e.Reason() != "SERVICE_DISABLED" || e.Metadata()["consumer"] != "projects/415104041263" {
			t.Errorf("got %v", e.Details())
		}
	})
}

func TestOperationsAreReadOnAQuotaProjectWithoutAPIs(t *testing.T) {
	overBoth(t, Options{SeedFile: seedFile(t, "projects: [{id: bare-one, disabled: [artifactregistry.googleapis.com, secretmanager.googleapis.com]}]")},
		func(t *testing.T, g *google) {
			ctx := callctx.SetHeaders(t.Context(), "x-goog-user-project", "bare-one")
			op, err := g.services.EnableService(ctx, &serviceusagepb.EnableServiceRequest{Name: "projects/bare-one/services/secretmanager.googleapis.com"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := g.services.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: op.Name()}); err != nil {
				t.Error(err)
			}
		})
}

func TestQuotaProjectCanBeRequired(t *testing.T) {
	g := start(t, Options{SeedFile: seedFile(t, "requireQuotaProject: true\nprojects: [{id: only-one}]")})
	_, err := g.secrets.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: "projects/only-one"}).Next()
	wantError(t, err, codes.PermissionDenied, "Your application is authenticating by using local Application Default Credentials. The "+
		"secretmanager.googleapis.com requires a quota project, which is not set by default. To learn how to set your quota project, see "+
		"https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds .")
	if e := details(t, err); e.Reason() != "SERVICE_DISABLED" || e.Metadata()["consumer"] != "projects/764086051850" {
		t.Errorf("got %v", e.Details())
	}
}

func TestTokens(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		for token, caller := range map[string]string{
			"Bearer emulator-editor@example.com":  "editor@example.com",
			"Bearer emulator-unheard@example.com": DefaultCaller,
			"Bearer ya29.real":                    DefaultCaller,
			"Basic x":                             DefaultCaller,
			"Bearer":                              DefaultCaller,
		} {
			g.ResetCalls()
			ctx := callctx.SetHeaders(t.Context(), "authorization", token)
			if _, err := g.registry.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: dockerHub}); err != nil {
				t.Fatal(err)
			}
			if calls := g.Calls(); len(calls) != 1 || calls[0].Caller != caller {
				t.Errorf("%s: got %v, want %s", token, calls, caller)
			}
		}
	})
}

func TestCredentialsFileSignsInGoogleLibraries(t *testing.T) {
	s := serve(t, Options{Scenario: "onboarding"})
	file, err := s.ExternalCredentialsFile("somebody.new@example.com")
	if err != nil {
		t.Fatal(err)
	}
	c, err := credentials.NewCredentialsFromJSON(credentials.ExternalAccount, file, &credentials.DetectOptions{
		Scopes: []string{"https://www.googleapis.com/auth/cloud-platform"},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := s.identify(map[string][]string{"authorization": {"Bearer " + token.Value}}); got != "somebody.new@example.com" {
		t.Errorf("the token is %s's", got)
	}
}

// fetch asks one of the emulator's own endpoints.
func fetch(tb testing.TB, method, url string, form url.Values) (int, string) {
	tb.Helper()
	req := must(http.NewRequestWithContext(tb.Context(), method, url, strings.NewReader(form.Encode())))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, string(must(io.ReadAll(resp.Body)))
}

func TestRefreshTokens(t *testing.T) {
	s := serve(t, Options{Scenario: "onboarding"})
	base := "http://" + s.Addr() + "/emulator/v1/"
	code, body := fetch(t, "GET", base+"credentials?caller=new@example.com", nil)
	var file struct {
		Type         string
		TokenURI     string `json:"token_uri"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(body), &file); err != nil || code != http.StatusOK || file.Type != "authorized_user" {
		t.Fatalf("got %d %s, %v", code, body, err)
	}
	code, body = fetch(t, "POST", file.TokenURI, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {file.RefreshToken}})
	if code != http.StatusOK || !strings.Contains(body, `"access_token":"emulator-new@example.com"`) {
		t.Errorf("got %d %s", code, body)
	}
	for _, bad := range []string{"emulator-unheard@example.com", "1//real", ""} {
		code, body = fetch(t, "POST", file.TokenURI, url.Values{"refresh_token": {bad}})
		if code != http.StatusBadRequest || !strings.Contains(body, "invalid_grant") {
			t.Errorf("%q: got %d %s", bad, code, body)
		}
	}
}

func TestOwnEndpoints(t *testing.T) {
	s := serve(t, Options{Scenario: "onboarding"})
	base := "http://" + s.Addr() + "/emulator/v1/"
	for path, want := range map[string]string{
		"callers":                         `{"email":"editor@example.com","token":"emulator-editor@example.com"}`,
		"upstreams":                       `"name":"docker-hub"`,
		"subject?caller=demo@example.com": "emulator-demo@example.com",
	} {
		if code, body := fetch(t, "GET", base+path, nil); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %s", path, code, body)
		}
	}
	if code, _ := fetch(t, "GET", base+"subject?caller=unheard@example.com", nil); code != http.StatusNotFound {
		t.Errorf("got %d for a caller that nobody knows", code)
	}
	if code, _ := fetch(t, "GET", base+"nothing", nil); code != http.StatusNotFound {
		t.Errorf("got %d for no such endpoint", code)
	}
}

package emulator

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
)

const domainWorld = `
projects:
  - id: example.com:the-shop
    number: 700000000001
    repositories:
      - {name: us-central1/docker-hub, format: docker}
    secrets:
      - {id: token, versions: [{data: x}]}
`

// addTo adds a version to a secret by its whole name.
func addTo(t *testing.T, g *google, secret string) error {
	_, err := g.secrets.AddSecretVersion(t.Context(), &secretmanagerpb.AddSecretVersionRequest{
		Parent: secret, Payload: &secretmanagerpb.SecretPayload{Data: []byte("x")}})
	return err
}

// TestAProjectOfADomain asks all APIs about a project whose id has a domain and
// a colon, over both transports, and pulls from it.
func TestAProjectOfADomain(t *testing.T) {
	overBoth(t, Options{SeedFile: seedFile(t, domainWorld)}, func(t *testing.T, g *google) {
		const project = "projects/example.com:the-shop"
		ctx := t.Context()
		p, err := g.projects.GetProject(ctx, &resourcemanagerpb.GetProjectRequest{Name: project})
		if err != nil || p.GetProjectId() != "example.com:the-shop" {
			t.Errorf("project: %v, %v", p, err)
		}
		s, err := g.secrets.GetSecret(ctx, &secretmanagerpb.GetSecretRequest{Name: project + "/secrets/token"})
		if err != nil || s.GetName() != "projects/700000000001/secrets/token" {
			t.Errorf("secret: %v, %v", s, err)
		}
		if err := addTo(t, g, project+"/secrets/token"); err != nil {
			t.Errorf("a version: %v", err)
		}
		v, err := g.services.GetService(ctx, &serviceusagepb.GetServiceRequest{Name: project + "/services/secretmanager.googleapis.com"})
		if err != nil || v.GetState() != serviceusagepb.State_ENABLED {
			t.Errorf("service: %v, %v", v, err)
		}
		r, err := g.registry.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: project + "/locations/us-central1/repositories/docker-hub"})
		if err != nil || r.GetRegistryUri() != "us-central1-docker.pkg.dev/example.com/the-shop/docker-hub" {
			t.Errorf("repository: %v, %v", r, err)
		}
		op, err := g.registry.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{
			Parent: project + "/locations/us", RepositoryId: "own", Repository: &artifactregistrypb.Repository{Format: artifactregistrypb.Repository_NPM}})
		if err != nil {
			t.Fatal(err)
		}
		if made, err := op.Wait(ctx); err != nil || made.GetName() != project+"/locations/us/repositories/own" {
			t.Errorf("a new one: %v, %v", made, err)
		}
	})
}

// TestAProjectOfADomainOverREST asks the paths that no client of these has, and
// pulls by the address that the repository says.
func TestAProjectOfADomainOverREST(t *testing.T) {
	g := start(t, Options{SeedFile: seedFile(t, domainWorld)})
	for path, part := range map[string]string{
		"GET /v1/projects/example.com:the-shop":                                                                        `"projectId":"example.com:the-shop"`,
		"GET /v1/projects/example.com%3Athe-shop":                                                                      `"projectId":"example.com:the-shop"`,
		"GET /v3/projects/example.com:the-shop":                                                                        `"projectId":"example.com:the-shop"`,
		"GET /v1/projects?filter=id:%22example.com:the-shop%22":                                                        `"projectId":"example.com:the-shop"`,
		"POST /v1/projects/example.com:the-shop:getIamPolicy":                                                          `"role":"roles/owner"`,
		"POST /v3/projects/example.com:the-shop:getIamPolicy":                                                          `"role":"roles/owner"`,
		"GET /v1/projects/example.com:the-shop/secrets/token:getIamPolicy":                                             `"etag"`,
		"POST /v1/projects/example.com:the-shop/secrets/token/versions/1:disable":                                      `"state":"DISABLED"`,
		"GET /v1beta2/projects/example.com:the-shop/locations":                                                         `projects/example.com:the-shop/locations/us`,
		"POST /v1beta1/projects/example.com:the-shop/services/artifactregistry.googleapis.com:generateServiceIdentity": "service-700000000001@",
	} {
		method, target, _ := strings.Cut(path, " ")
		if code, answer := g.rest(t, method, target, ""); code != http.StatusOK || !strings.Contains(answer, part) {
			t.Errorf("%s: %d %.300s", path, code, answer)
		}
	}
	req := httptest.NewRequest(http.MethodGet, "/v2/example.com/the-shop/docker-hub/library/alpine/manifests/latest", nil)
	req.Host = "us-central1-docker.pkg.dev"
	rec := httptest.NewRecorder()
	g.Server.http.Handler.ServeHTTP(rec, req)
	if rec.Code == http.StatusNotFound && strings.Contains(rec.Body.String(), "Repository") || rec.Code == http.StatusForbidden {
		t.Errorf("a pull: %d %s", rec.Code, rec.Body)
	}
}

// TestAKeyByAPolicyOfItsProject gives Secret Manager's agent its right the way
// Google's guide does: the identity, then the role, then the secret.
func TestAKeyByAPolicyOfItsProject(t *testing.T) {
	g := start(t, Options{SeedFile: seedFile(t, `
projects:
  - id: shop-1
    keys:
      - name: us-east1/ring/key
        policy: [{role: roles/cloudkms.cryptoKeyEncrypterDecrypter, members: [secret-agent:shop-2]}]
  - id: shop-2
    number: 700000000002
  - id: shop-3
    number: 700000000003
`)})
	key := func(place string) *secretmanagerpb.CustomerManagedEncryption {
		return &secretmanagerpb.CustomerManagedEncryption{KmsKeyName: "projects/shop-1/locations/" + place + "/keyRings/ring/cryptoKeys/key"}
	}
	create := func(project, place string) error {
		r := replication(nil)
		if place == "global" {
			r.GetAutomatic().CustomerManagedEncryption = key(place)
		} else {
			r = replication([]string{place})
			r.GetUserManaged().GetReplicas()[0].CustomerManagedEncryption = key(place)
		}
		_, err := g.secrets.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{
			Parent: "projects/" + project, SecretId: "s-" + place, Secret: &secretmanagerpb.Secret{Replication: r}})
		return err
	}
	if err := create("shop-2", "us-east1"); err != nil {
		t.Errorf("a key that the world grants: %v", err)
	}
	if err := addTo(t, g, "projects/shop-2/secrets/s-us-east1"); err != nil {
		t.Errorf("a version under it: %v", err)
	}
	if err := create("shop-3", "global"); err == nil {
		t.Error("a key that nobody granted was used")
	}
	code, answer := g.rest(t, http.MethodPost, "/v1beta1/projects/shop-3/services/secretmanager.googleapis.com:generateServiceIdentity", "")
	agent := "service-700000000003@gcp-sa-secretmanager.iam.gserviceaccount.com"
	if code != http.StatusOK || !strings.Contains(answer, agent) {
		t.Fatalf("%d %s", code, answer)
	}
	code, answer = g.rest(t, http.MethodPost, "/v1/projects/shop-1:setIamPolicy", `{"policy":{"bindings":[
		{"role":"roles/owner","members":["user:demo@example.com"]},{"role":"roles/cloudkms.cryptoKeyEncrypterDecrypter","members":["serviceAccount:`+agent+`"]}]}}`)
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, answer)
	}
	if err := create("shop-3", "global"); err != nil {
		t.Errorf("after the grant: %v", err)
	}
}

package emulator

import (
	"errors"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

const dockerHub = "projects/demo-healthy/locations/us-central1/repositories/docker-hub"

// collect reads an iterator to its end.
func collect[T any](tb testing.TB, next func() (T, error)) []T {
	tb.Helper()
	var all []T
	for {
		v, err := next()
		if errors.Is(err, iterator.Done) {
			return all
		}
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, v)
	}
}

// grantAgent lets demo-healthy's agent read a secret of that project.
func (g *google) grantAgent(tb testing.TB, secret string) {
	tb.Helper()
	h := g.secrets.IAM(secret).V3()
	p, err := h.Policy(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	p.Bindings = append(p.Bindings, &iampb.Binding{
		Role: "roles/secretmanager.secretAccessor", Members: []string{memberOf(agentEmail(415104041262))},
	})
	if err := h.SetPolicy(tb.Context(), p); err != nil {
		tb.Fatal(err)
	}
}

// setCredential updates a repository as the product does: by its leaves.
func (g *google) setCredential(tb testing.TB, repository, username, version string) (*artifactregistrypb.Repository, error) {
	tb.Helper()
	return g.registry.UpdateRepository(tb.Context(), &artifactregistrypb.UpdateRepositoryRequest{
		Repository: &artifactregistrypb.Repository{
			Name: repository,
			ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{
				RemoteRepositoryConfig: &artifactregistrypb.RemoteRepositoryConfig{UpstreamCredentials: upstreamCredentials(username, version)},
			},
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{
			credentials + ".username_password_credentials.username",
			credentials + ".username_password_credentials.password_secret_version",
		}},
	})
}

func TestSetupOverGRPC(t *testing.T) {
	ctx := t.Context()
	g := start(t, Options{Scenario: "onboarding"})
	s, err := g.secrets.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{
		Parent: "projects/demo-healthy", SecretId: "token", Secret: &secretmanagerpb.Secret{Replication: replication(nil)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "projects/415104041262/secrets/token"; s.GetName() != want {
		t.Errorf("got %s, want %s", s.GetName(), want)
	}
	v, err := g.secrets.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
		Parent: s.GetName(), Payload: &secretmanagerpb.SecretPayload{Data: []byte(upstreams.DockerHubToken)},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.setCredential(t, dockerHub, upstreams.DemoUser, v.GetName())
	wantError(t, err, codes.InvalidArgument, "Failed to validate remote upstream: failed to access secret version; generic::permission_denied: "+
		"Permission 'secretmanager.versions.access' denied for resource 'projects/415104041262/secrets/token/versions/1' (or it may not exist).")
	g.grantAgent(t, s.GetName())
	r, err := g.setCredential(t, dockerHub, upstreams.DemoUser, v.GetName())
	if err != nil {
		t.Fatal(err)
	}
	got := r.GetRemoteRepositoryConfig().GetUpstreamCredentials().GetUsernamePasswordCredentials()
	if got.GetUsername() != upstreams.DemoUser || got.GetPasswordSecretVersion() != v.GetName() {
		t.Errorf("got %v", got)
	}
	_, err = g.setCredential(t, dockerHub, "somebody", v.GetName())
	wantError(t, err, codes.InvalidArgument, "Failed to validate remote upstream: failed to fetch bearer token; generic::unauthenticated: "+
		"Unauthorized error returned by the external repository... this typically means your upstream credentials are invalid")
}

func TestListLocations(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	all := collect(t, g.registry.ListLocations(t.Context(), &location.ListLocationsRequest{Name: "projects/demo-healthy"}).Next)
	if len(all) < 45 {
		t.Errorf("got %d locations, want at least 45", len(all))
	}
	for i := 1; i < len(all); i++ {
		if all[i-1].GetLocationId() >= all[i].GetLocationId() {
			t.Errorf("%s is listed before %s", all[i-1].GetLocationId(), all[i].GetLocationId())
		}
	}
}

package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// TestRequestsThatMeanNothing are those that Google's generated clients let
// through and its services refuse.
func TestRequestsThatMeanNothing(t *testing.T) {
	const newest = healthy + "/secrets/docker-hub-token"
	create := func(g *google, change func(*artifactregistrypb.Repository)) error {
		r := remoteDockerHub()
		change(r)
		_, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{Parent: central, RepositoryId: "r", Repository: r})
		return err
	}
	sourced := func(c *artifactregistrypb.RemoteRepositoryConfig) func(*artifactregistrypb.Repository) {
		return func(r *artifactregistrypb.Repository) {
			r.ModeConfig = &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: c}
		}
	}
	common := func(uri string) func(*artifactregistrypb.Repository) {
		return sourced(&artifactregistrypb.RemoteRepositoryConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_CommonRepository{
			CommonRepository: &artifactregistrypb.RemoteRepositoryConfig_CommonRemoteRepository{Uri: uri},
		}})
	}
	tests := map[string]struct {
		ask  func(*google) error
		want string
	}{
		"a format without a name": {func(g *google) error {
			return create(g, func(r *artifactregistrypb.Repository) { r.Format = 7 })
		}, "Invalid value at 'repository.format' (type.googleapis.com/google.devtools.artifactregistry.v1.Repository.Format), 7"},
		"a mode without a name": {func(g *google) error {
			return create(g, func(r *artifactregistrypb.Repository) { r.Mode = 99 })
		}, "Invalid value at 'repository.mode' (type.googleapis.com/google.devtools.artifactregistry.v1.Repository.Mode), 99"},
		"a source that names no upstream": {func(g *google) error {
			return create(g, sourced(&artifactregistrypb.RemoteRepositoryConfig{
				RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_{DockerRepository: &remoteDocker{}},
			}))
		}, "remote_repository_config: the remote source names no upstream."},
		"no address": {func(g *google) error { return create(g, common("")) },
			"remote_repository_config: the remote source names no upstream."},
		"an address without a host": {func(g *google) error { return create(g, common("https://")) },
			`remote_repository_config: the upstream "https://" is neither an http or https address nor a repository.`},
		"an address of another scheme": {func(g *google) error { return create(g, common("ftp://example.com")) },
			`remote_repository_config: the upstream "ftp://example.com" is neither an http or https address nor a repository.`},
		"a mask of VPC-SC that names nothing": {func(g *google) error {
			_, err := g.registry.UpdateVPCSCConfig(t.Context(), &artifactregistrypb.UpdateVPCSCConfigRequest{
				VpcscConfig: &artifactregistrypb.VPCSCConfig{Name: central + "/vpcscConfig"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"policy"}},
			})
			return err
		}, `Invalid field mask path "policy".`},
		"a VPC-SC policy without a name": {func(g *google) error {
			_, err := g.registry.UpdateVPCSCConfig(t.Context(), &artifactregistrypb.UpdateVPCSCConfigRequest{
				VpcscConfig: &artifactregistrypb.VPCSCConfig{Name: central + "/vpcscConfig", VpcscPolicy: 9},
			})
			return err
		}, "Invalid value at 'vpcsc_config.vpcsc_policy' (type.googleapis.com/google.devtools.artifactregistry.v1.VPCSCConfig.VPCSCPolicy), 9"},
		"an address for a secret": {func(g *google) error {
			_, err := g.secrets.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: healthy + "/secrets/10.0.0.1"})
			return err
		}, "The provided Secret ID [projects/demo-healthy/secrets/10.0.0.1] does not match the expected format [projects/*/secrets/*]"},
		"an address for the secret of a version": {func(g *google) error {
			_, err := g.secrets.AccessSecretVersion(t.Context(), &secretmanagerpb.AccessSecretVersionRequest{Name: healthy + "/secrets/10.0.0.1/versions/latest"})
			return err
		}, "The provided Secret ID [projects/demo-healthy/secrets/10.0.0.1/versions/latest] does not match the expected format [projects/*/secrets/*/versions/*]"},
		"a wildcard permission on a repository": {func(g *google) error {
			_, err := g.registry.TestIamPermissions(t.Context(), &iampb.TestIamPermissionsRequest{Resource: dockerHub, Permissions: []string{"artifactregistry.*"}})
			return err
		}, "Permission artifactregistry.* is not valid for this resource."},
		"a wildcard permission on a secret": {func(g *google) error {
			_, err := g.secrets.TestIamPermissions(t.Context(), &iampb.TestIamPermissionsRequest{Resource: newest, Permissions: []string{"secretmanager.versions.*"}})
			return err
		}, "Permission secretmanager.versions.* is not valid for this resource."},
		"an empty permission on a project": {func(g *google) error {
			_, err := g.projects.TestIamPermissions(t.Context(), &iampb.TestIamPermissionsRequest{Resource: healthy, Permissions: []string{""}})
			return err
		}, "Permission  is not valid for this resource."},
	}
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		for name, c := range tests {
			t.Run(name, func(t *testing.T) {
				wantError(t, c.ask(g), codes.InvalidArgument, c.want)
			})
		}
		for _, number := range []string{"01", "+1", "1.0", "0"} {
			_, err := g.secrets.GetSecretVersion(t.Context(), &secretmanagerpb.GetSecretVersionRequest{Name: newest + "/versions/" + number})
			wantError(t, err, codes.NotFound, "Secret Version [projects/415104041262/secrets/docker-hub-token/versions/"+number+"] not found.")
		}
	})
}

// TestAVersionOfAnAPIThatIsNotServed asks Resource Manager v2 for folders, whose
// path begins as docker's do.
func TestAVersionOfAnAPIThatIsNotServed(t *testing.T) {
	g := start(t, Options{})
	resp, err := http.Get("http://" + g.Addr() + "/v2/folders?parent=organizations/1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNotImplemented || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		t.Errorf("got %s, %s", resp.Status, resp.Header.Get("Content-Type"))
	}
}

// TestCompressedRequests sends and wants gzip, as Google's servers take it.
func TestCompressedRequests(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	r, err := secretmanagerpb.NewSecretManagerServiceClient(dial(t, g.Addr())).GetSecret(t.Context(),
		&secretmanagerpb.GetSecretRequest{Name: healthy + "/secrets/npm-token"}, grpc.UseCompressor("gzip"))
	if err != nil || r.GetName() == "" {
		t.Errorf("got %v, %v", r, err)
	}
}

// TestAStarIsNoWayAroundTheUpstream holds an update of everything to the same
// validation as any other.
func TestAStarIsNoWayAroundTheUpstream(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	r := withRemote(dockerHub, &artifactregistrypb.RemoteRepositoryConfig{UpstreamCredentials: upstreamCredentials("demo", healthy+"/secrets/npm-token/versions/1")})
	_, err := g.update(t, r, "*")
	wantCode(t, err, codes.InvalidArgument)
	if got, err := g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: dockerHub}); err != nil || got.GetRemoteRepositoryConfig().GetUpstreamCredentials() != nil {
		t.Errorf("it was written: %v, %v", got, err)
	}
}

// TestAPolicysMaskIsHeeded sets a part of a policy alone.
func TestAPolicysMaskIsHeeded(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		set := func(paths ...string) (*iampb.Policy, error) {
			return g.projects.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{
				Resource: healthy, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
				Policy: &iampb.Policy{AuditConfigs: []*iampb.AuditConfig{{Service: "allServices"}}},
			})
		}
		before, err := g.projects.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: healthy})
		if err != nil {
			t.Fatal(err)
		}
		got, err := set("audit_configs")
		if err != nil || len(got.GetAuditConfigs()) != 1 || len(got.GetBindings()) != len(before.GetBindings()) {
			t.Errorf("its bindings went with the audit configuration: %v, %v", got, err)
		}
		_, err = set("bindingz")
		wantCode(t, err, codes.InvalidArgument)
	})
}

func TestAPolicyTakesSoManyGroups(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	groups := func(n int) *iampb.Policy {
		b := &iampb.Binding{Role: "roles/secretmanager.secretAccessor"}
		for i := range n {
			b.Members = append(b.Members, fmt.Sprintf("group:g%d@example.com", i))
		}
		return &iampb.Policy{Bindings: []*iampb.Binding{b}}
	}
	if _, err := g.setPolicy(t, groups(maxGroups)); err != nil {
		t.Error(err)
	}
	_, err := g.setPolicy(t, groups(maxGroups+1))
	wantCode(t, err, codes.InvalidArgument)
}

// TestAPageTokenIsOfOneList gives tokens of one list to others of the same
// parent.
func TestAPageTokenIsOfOneList(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	pages := g.secrets.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: healthy, PageSize: 1})
	if _, err := pages.Next(); err != nil {
		t.Fatal(err)
	}
	token := pages.PageInfo().Token
	if token == "" {
		t.Fatal("there is one page only")
	}
	_, err := g.services.ListServices(t.Context(), &serviceusagepb.ListServicesRequest{Parent: healthy, PageToken: token}).Next()
	wantError(t, err, codes.InvalidArgument, "The page token is invalid.")

	for _, id := range []string{"one", "two"} {
		if _, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{Parent: central, RepositoryId: id, Repository: remoteDockerHub()}); err != nil {
			t.Fatal(err)
		}
	}
	operations := &operationsAPI{Server: g.Server}
	first, err := operations.ListOperations(t.Context(), &longrunningpb.ListOperationsRequest{Name: central, PageSize: 1})
	if err != nil || first.GetNextPageToken() == "" {
		t.Fatalf("got %v, %v", first, err)
	}
	_, err = operations.ListOperations(t.Context(), &longrunningpb.ListOperationsRequest{Name: healthy + "/locations/us", PageToken: first.GetNextPageToken()})
	wantError(t, err, codes.InvalidArgument, "The page token is invalid.")
}

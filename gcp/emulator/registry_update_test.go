package emulator

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// leaves are the paths that the product names.
var leaves = []string{
	credentialsPath + ".username_password_credentials.username",
	credentialsPath + ".username_password_credentials.password_secret_version",
}

// withRemote makes a repository for a request of an update.
func withRemote(name string, c *artifactregistrypb.RemoteRepositoryConfig) *artifactregistrypb.Repository {
	return &artifactregistrypb.Repository{Name: name, ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: c}}
}

func (g *google) update(tb testing.TB, r *artifactregistrypb.Repository, paths ...string) (*artifactregistrypb.Repository, error) {
	tb.Helper()
	req := &artifactregistrypb.UpdateRepositoryRequest{Repository: r}
	if len(paths) > 0 {
		req.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
	}
	return g.registry.UpdateRepository(tb.Context(), req)
}

// setCredential updates a repository by its leaves.
func (g *google) setCredential(tb testing.TB, repository, username, version string) (*artifactregistrypb.Repository, error) {
	tb.Helper()
	return g.update(tb, withRemote(repository, &artifactregistrypb.RemoteRepositoryConfig{
		UpstreamCredentials: upstreamCredentials(username, version),
	}), leaves...)
}

// newSecret makes a secret of demo-healthy with one version, and returns the
// version's name.
func (g *google) newSecret(tb testing.TB, id, payload string) string {
	tb.Helper()
	s, err := g.secrets.CreateSecret(tb.Context(), &secretmanagerpb.CreateSecretRequest{
		Parent: healthy, SecretId: id, Secret: &secretmanagerpb.Secret{Replication: replication(nil)},
	})
	if err != nil {
		tb.Fatal(err)
	}
	v, err := g.secrets.AddSecretVersion(tb.Context(), &secretmanagerpb.AddSecretVersionRequest{
		Parent: s.GetName(), Payload: &secretmanagerpb.SecretPayload{Data: []byte(payload)},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return v.GetName()
}

// grantAgent lets demo-healthy's agent read a secret of that project, and
// nobody else.
func (g *google) grantAgent(tb testing.TB, id string) {
	tb.Helper()
	if _, err := g.secrets.SetIamPolicy(tb.Context(), &iampb.SetIamPolicyRequest{
		Resource: healthy + "/secrets/" + id,
		Policy: &iampb.Policy{Bindings: []*iampb.Binding{{
			Role:    "roles/secretmanager.secretAccessor",
			Members: []string{"serviceAccount:service-415104041262@gcp-sa-artifactregistry.iam.gserviceaccount.com"},
		}}},
	}); err != nil {
		tb.Fatal(err)
	}
}

func credentialOf(r *artifactregistrypb.Repository) (username, version string) {
	c := r.GetRemoteRepositoryConfig().GetUpstreamCredentials().GetUsernamePasswordCredentials()
	return c.GetUsername(), c.GetPasswordSecretVersion()
}

func TestCredentialByLeaves(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		version := g.newSecret(t, "token", upstreams.DockerHubToken)
		g.grantAgent(t, "token")
		before, err := g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: dockerHub})
		if err != nil {
			t.Fatal(err)
		}
		set, err := g.setCredential(t, dockerHub, upstreams.DemoUser, version)
		if err != nil {
			t.Fatal(err)
		}
		want := proto.CloneOf(before)
		want.RegistryUri = "" // only reads say it
		want.GetRemoteRepositoryConfig().UpstreamCredentials = upstreamCredentials(upstreams.DemoUser, version)
		want.UpdateTime = set.GetUpdateTime()
		if diff := cmp.Diff(want, set, protocmp.Transform()); diff != "" {
			t.Errorf("after setting both leaves (-want +got):\n%s", diff)
		}

		// A leaf of its own keeps the other one.
		latest := healthy + "/secrets/token/versions/latest"
		rotated, err := g.update(t, withRemote(dockerHub, &artifactregistrypb.RemoteRepositoryConfig{
			UpstreamCredentials: upstreamCredentials("", latest),
		}), leaves[1])
		if err != nil {
			t.Fatal(err)
		}
		if u, v := credentialOf(rotated); u != upstreams.DemoUser || v != latest {
			t.Errorf("after setting the version alone: %q, %q", u, v)
		}

		// The parent with nothing in it takes the credential away.
		cleared, err := g.update(t, withRemote(dockerHub, &artifactregistrypb.RemoteRepositoryConfig{}), credentialsPath)
		if err != nil {
			t.Fatal(err)
		}
		want = proto.CloneOf(before)
		want.RegistryUri, want.UpdateTime = "", cleared.GetUpdateTime()
		if diff := cmp.Diff(want, cleared, protocmp.Transform()); diff != "" {
			t.Errorf("after removal (-want +got):\n%s", diff)
		}
	})
}

func TestUnknownFieldsSurviveALeafUpdate(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	// noCache is in the REST API and not yet in the Go messages.
	unknown := protowire.AppendTag(nil, 99, protowire.VarintType)
	unknown = protowire.AppendVarint(unknown, 7)
	r := remoteDockerHub()
	r.GetRemoteRepositoryConfig().ProtoReflect().SetUnknown(unknown)
	op, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{
		Parent: central, RepositoryId: "newer", Repository: r,
	})
	if err != nil {
		t.Fatal(err)
	}
	created, err := op.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	version := g.newSecret(t, "token", upstreams.DockerHubToken)
	g.grantAgent(t, "token")
	for name, update := range map[string]func() (*artifactregistrypb.Repository, error){
		"credential": func() (*artifactregistrypb.Repository, error) {
			return g.setCredential(t, created.GetName(), upstreams.DemoUser, version)
		},
		"removal": func() (*artifactregistrypb.Repository, error) {
			return g.update(t, withRemote(created.GetName(), &artifactregistrypb.RemoteRepositoryConfig{}), credentialsPath)
		},
		"description": func() (*artifactregistrypb.Repository, error) {
			return g.update(t, &artifactregistrypb.Repository{Name: created.GetName(), Description: "d"}, "description")
		},
	} {
		got, err := update()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b := got.GetRemoteRepositoryConfig().ProtoReflect().GetUnknown(); string(b) != string(unknown) {
			t.Errorf("%s: the unknown field is %x, want %x", name, b, unknown)
		}
	}
}

func TestUpdateWithoutMaskReplaces(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		version := g.newSecret(t, "token", upstreams.DockerHubToken)
		g.grantAgent(t, "token")
		if _, err := g.setCredential(t, dockerHub, upstreams.DemoUser, version); err != nil {
			t.Fatal(err)
		}
		got, err := g.update(t, &artifactregistrypb.Repository{Name: dockerHub, Labels: map[string]string{"new": "label"}})
		if err != nil {
			t.Fatal(err)
		}
		if u, v := credentialOf(got); u != "" || v != "" || got.GetDescription() != "" || got.GetLabels()["new"] != "label" {
			t.Errorf("what was not sent is still there: %v", got)
		}
		if got.GetFormat() != artifactregistrypb.Repository_DOCKER || got.GetRemoteRepositoryConfig().GetDockerRepository() == nil {
			t.Errorf("what cannot change did: %v", got)
		}
	})
}

func TestUpdateErrors(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		common := must(remoteConfig(artifactregistrypb.Repository_DOCKER, "https://ghcr.io", false))
		for _, c := range []struct {
			name  string
			r     *artifactregistrypb.Repository
			paths []string
			code  codes.Code
		}{
			{"no such path", &artifactregistrypb.Repository{Name: dockerHub}, []string{"nonsense"}, codes.InvalidArgument},
			{"format", &artifactregistrypb.Repository{Name: dockerHub, Format: artifactregistrypb.Repository_NPM}, []string{"format"}, codes.InvalidArgument},
			{"mode", &artifactregistrypb.Repository{Name: dockerHub, Mode: artifactregistrypb.Repository_STANDARD_REPOSITORY}, []string{"mode"}, codes.InvalidArgument},
			{"key", &artifactregistrypb.Repository{Name: dockerHub, KmsKeyName: "k"}, []string{"kms_key_name"}, codes.InvalidArgument},
			{"source", withRemote(dockerHub, common), []string{remotePath}, codes.InvalidArgument},
			{"credential on a standard repository", withRemote(central+"/repositories/images", &artifactregistrypb.RemoteRepositoryConfig{
				UpstreamCredentials: upstreamCredentials("demo", healthy+"/secrets/docker-hub-token/versions/2"),
			}), leaves, codes.InvalidArgument},
			{"unknown repository", &artifactregistrypb.Repository{Name: central + "/repositories/none", Description: "d"}, []string{"description"}, codes.NotFound},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := g.update(t, c.r, c.paths...)
				wantCode(t, err, c.code)
			})
		}
	})
}

func TestValidation(t *testing.T) {
	const access = "Permission 'secretmanager.versions.access' denied for resource '"
	const badCredential = "Failed to validate remote upstream: failed to fetch bearer token; generic::unauthenticated: Unauthorized error " +
		"returned by the external repository... this typically means your upstream credentials are invalid"
	overBoth(t, Options{Scenario: "broken"}, func(t *testing.T, g *google) {
		secret := func(id, version string) string { return "projects/demo-broken/secrets/" + id + "/versions/" + version }
		for _, c := range []struct{ name, repository, username, version, want string }{
			{"accepted", "grant-missing", "demo", secret("good", "1"), ""},
			{"accepted by number of the project", "grant-missing", "demo", "projects/515104041263/secrets/good/versions/latest", ""},
			{"wrong token", "grant-missing", "demo", secret("wrong", "1"), badCredential},
			{"wrong user", "grant-missing", "somebody", secret("good", "1"), badCredential},
			{"newline in the payload", "grant-missing", "demo", secret("newline", "1"), badCredential},
			{"no grant", "grant-missing", "demo", secret("not-granted", "1"),
				"Failed to validate remote upstream: failed to access secret version; generic::permission_denied: " + access + secret("not-granted", "1") + "' (or it may not exist)."},
			{"conditional grant", "grant-missing", "demo", secret("granted-on-condition", "1"),
				"Failed to validate remote upstream: failed to access secret version; generic::permission_denied: " + access + secret("granted-on-condition", "1") + "' (or it may not exist)."},
			{"no secret", "grant-missing", "demo", secret("none", "1"),
				"Failed to validate remote upstream: failed to access secret version; generic::permission_denied: " + access + secret("none", "1") + "' (or it may not exist)."},
			{"no version", "grant-missing", "demo", secret("good", "9"),
				"Failed to validate remote upstream: failed to access secret version; generic::not_found: Secret Version [projects/515104041263/secrets/good/versions/9] not found."},
			{"disabled", "grant-missing", "demo", secret("old-versions", "1"),
				"Failed to validate remote upstream: failed to access secret version; generic::failed_precondition: Secret Version [projects/515104041263/secrets/old-versions/versions/1] is in DISABLED state."},
			{"destroyed", "grant-missing", "demo", secret("old-versions", "2"),
				"Failed to validate remote upstream: failed to access secret version; generic::failed_precondition: Secret Version [projects/515104041263/secrets/old-versions/versions/2] is in DESTROYED state."},
			{"latest is disabled", "grant-missing", "demo", secret("newest-disabled", "latest"),
				"Failed to validate remote upstream: failed to access secret version; generic::failed_precondition: Secret Version [projects/515104041263/secrets/newest-disabled/versions/2] is in DISABLED state."},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := g.setCredential(t, "projects/demo-broken/locations/us-central1/repositories/"+c.repository, c.username, c.version)
				if c.want == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				wantError(t, err, codes.InvalidArgument, c.want)
			})
		}
		t.Run("unreachable", func(t *testing.T) {
			_, err := g.setCredential(t, "projects/demo-broken/locations/us-central1/repositories/upstream-unreachable", "demo", secret("good", "1"))
			wantCode(t, err, codes.InvalidArgument)
		})
		t.Run("nothing left to try", func(t *testing.T) {
			_, err := g.update(t, withRemote("projects/demo-broken/locations/us-central1/repositories/upstream-unreachable",
				&artifactregistrypb.RemoteRepositoryConfig{}), credentialsPath)
			if err != nil {
				t.Errorf("a credential cannot be taken away: %v", err)
			}
		})
		t.Run("not asked to", func(t *testing.T) {
			_, err := g.update(t, withRemote("projects/demo-broken/locations/us-central1/repositories/upstream-unreachable",
				&artifactregistrypb.RemoteRepositoryConfig{
					UpstreamCredentials: upstreamCredentials("demo", secret("not-granted", "1")), DisableUpstreamValidation: true,
				}), append([]string{"remote_repository_config.disable_upstream_validation"}, leaves...)...)
			if err != nil {
				t.Error(err)
			}
		})
		t.Run("missing agent", func(t *testing.T) {
			_, err := g.setCredential(t, "projects/demo-no-agent/locations/us-central1/repositories/agent-missing", "demo", secret("good", "1"))
			wantError(t, err, codes.InvalidArgument, "Failed to validate remote upstream: failed to access secret version; "+
				"generic::invalid_argument: Service account service-515104041265@gcp-sa-artifactregistry.iam.gserviceaccount.com does not exist.")
		})
	})
}

// TestOthersAreServedWhileAnUpstreamIsTried blocks an upstream and reads and
// writes meanwhile.
func TestOthersAreServedWhileAnUpstreamIsTried(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { close(asked) })
		<-answer
		w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		_, _ = w.Write([]byte("{}"))
	}))
	defer upstream.Close()
	g := start(t, Options{Scenario: "onboarding"})
	r := remoteDockerHub()
	r.GetRemoteRepositoryConfig().RemoteSource = must(remoteConfig(artifactregistrypb.Repository_DOCKER, upstream.URL, false)).GetRemoteSource()
	created := make(chan error)
	go func() {
		_, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{Parent: central, RepositoryId: "slow", Repository: r})
		created <- err
	}()
	<-asked
	if _, err := g.update(t, &artifactregistrypb.Repository{Name: dockerHub, Description: "meanwhile"}, "description"); err != nil {
		t.Error(err)
	}
	// Whoever comes first has the name.
	if _, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{
		Parent: central, RepositoryId: "slow", Repository: remoteDockerHub(),
	}); err != nil {
		t.Error(err)
	}
	close(answer)
	wantError(t, <-created, codes.AlreadyExists, "the repository already exists")
}

func TestCreationIsValidatedToo(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	r := remoteDockerHub()
	r.GetRemoteRepositoryConfig().UpstreamCredentials = upstreamCredentials(upstreams.DemoUser, healthy+"/secrets/docker-hub-token/versions/2")
	_, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{Parent: central, RepositoryId: "r", Repository: r})
	wantCode(t, err, codes.InvalidArgument)
	_, err = g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: central + "/repositories/r"})
	wantCode(t, err, codes.NotFound)
}

func TestArtifactRegistryAsUpstream(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	create := func(id, uri string, custom bool) error {
		r := remoteDockerHub()
		r.GetRemoteRepositoryConfig().RemoteSource = must(remoteConfig(artifactregistrypb.Repository_DOCKER, uri, custom)).GetRemoteSource()
		_, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{Parent: central, RepositoryId: id, Repository: r})
		return err
	}
	for _, uri := range []string{"https://us-docker.pkg.dev/other/repo", "projects/other-one/locations/us/repositories/repo"} {
		wantError(t, create("custom", uri, true), codes.InvalidArgument,
			"Failed to validate remote upstream: generic::invalid_argument: Artifact Registry repositories not supported as custom remote repository URI")
	}
	if err := create("common", "projects/other-one/locations/us/repositories/repo", false); err != nil {
		t.Error(err)
	}
	_, err := g.setCredential(t, central+"/repositories/common", "demo", healthy+"/secrets/docker-hub-token/versions/2")
	wantCode(t, err, codes.InvalidArgument)
}

func TestAGrantTakesEffectLater(t *testing.T) {
	clock := newClock()
	g := start(t, Options{Scenario: "onboarding", IAMDelay: 2 * time.Minute, Now: clock.now})
	version := g.newSecret(t, "token", upstreams.DockerHubToken)
	g.grantAgent(t, "token")
	denied := "Failed to validate remote upstream: failed to access secret version; generic::permission_denied: " +
		"Permission 'secretmanager.versions.access' denied for resource '" + version + "' (or it may not exist)."
	_, err := g.setCredential(t, dockerHub, upstreams.DemoUser, version)
	wantError(t, err, codes.InvalidArgument, denied)
	clock.advance(2*time.Minute - time.Nanosecond)
	g.grantAgent(t, "token") // writing the same grant again does not start the wait again
	_, err = g.setCredential(t, dockerHub, upstreams.DemoUser, version)
	wantError(t, err, codes.InvalidArgument, denied)
	clock.advance(time.Nanosecond)
	if _, err := g.setCredential(t, dockerHub, upstreams.DemoUser, version); err != nil {
		t.Error(err)
	}
}

func TestARepositoryThatIsBrokenCanBeDescribed(t *testing.T) {
	g := start(t, Options{Scenario: "broken"})
	const name = "projects/demo-broken/locations/us-central1/repositories/reference-malformed"
	got, err := g.update(t, &artifactregistrypb.Repository{Name: name, Description: "new"}, "description")
	if err != nil || got.GetDescription() != "new" {
		t.Errorf("got %v, %v", got, err)
	}
}

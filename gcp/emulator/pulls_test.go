package emulator

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// pullWorld is an emulator with one project, puller, and a remote repository
// for each upstream that asks for a credential.
type pullWorld struct {
	t *testing.T
	*Server
	upstreams *upstreams.Set
}

// pullable are the repositories of a pullWorld: which upstream they are of,
// and a path that reaches it through the repository.
var pullable = []struct {
	id, upstream, path string
	format             artifactregistrypb.Repository_Format
}{
	{"hub", "docker-hub", "/v2/us-central1-docker.pkg.dev/puller/hub/demo/private/manifests/latest", artifactregistrypb.Repository_DOCKER},
	{"docker", "docker-private", "/v2/us-central1-docker.pkg.dev/puller/docker/demo/hello/manifests/latest", artifactregistrypb.Repository_DOCKER},
	{"npm", "npm-private", "/us-central1-npm.pkg.dev/puller/npm/@demo%2fprivate", artifactregistrypb.Repository_NPM},
	{"python", "python-private", "/us-central1-python.pkg.dev/puller/python/simple/hello-py/", artifactregistrypb.Repository_PYTHON},
	{"maven", "maven-private", "/us-central1-maven.pkg.dev/puller/maven/com/example/hello/1.0.0/hello-1.0.0.pom", artifactregistrypb.Repository_MAVEN},
}

const (
	pullSecret = "projects/puller/secrets/upstream"
	pullAgent  = "serviceAccount:service-4711@gcp-sa-artifactregistry.iam.gserviceaccount.com"
)

func newPullWorld(t *testing.T) *pullWorld {
	t.Helper()
	return newPullWorldWith(t, Options{})
}

func newPullWorldWith(t *testing.T, o Options) *pullWorld {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &pullWorld{t: t, Server: s, upstreams: s.upstreams}
	p := &project{
		id: "puller", number: 4711, agent: true,
		pb:               &resourcemanagerpb.Project{Name: "projects/4711", ProjectId: "puller", State: resourcemanagerpb.Project_ACTIVE},
		enabled:          map[string]bool{artifactRegistry.host: true, secretManager.host: true},
		upstreamPolicies: map[string]upstreamPolicy{},
		policy:           seeded([]*iampb.Binding{{Role: "roles/owner", Members: []string{memberOf(DefaultCaller)}}}),
	}
	s.world.mu.Lock()
	s.world.add(p)
	for _, r := range pullable {
		u, _ := s.upstreams.Lookup(r.upstream)
		s.put(p, "us-central1", r.id, &artifactregistrypb.Repository{
			Format: r.format, Mode: artifactregistrypb.Repository_REMOTE_REPOSITORY,
			ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: &artifactregistrypb.RemoteRepositoryConfig{
				RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_CommonRepository{
					CommonRepository: &artifactregistrypb.RemoteRepositoryConfig_CommonRemoteRepository{Uri: u.StandsFor[0]},
				},
			}},
		})
	}
	s.put(p, "us-central1", "standard", &artifactregistrypb.Repository{
		Format: artifactregistrypb.Repository_DOCKER, Mode: artifactregistrypb.Repository_STANDARD_REPOSITORY,
	})
	s.world.mu.Unlock()
	secrets := &secretsAPI{Server: s}
	_, err = secrets.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{
		Parent: "projects/puller", SecretId: "upstream",
		Secret: &secretmanagerpb.Secret{Replication: &secretmanagerpb.Replication{
			Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}},
		}},
	})
	w.must(err)
	return w
}

func (w *pullWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// grant gives the service agent access to the secret, or takes it away.
func (w *pullWorld) grant(given bool) {
	w.t.Helper()
	policy := &iampb.Policy{}
	if given {
		policy.Bindings = []*iampb.Binding{{Role: "roles/secretmanager.secretAccessor", Members: []string{pullAgent}}}
	}
	_, err := (&secretsAPI{Server: w.Server}).SetIamPolicy(w.t.Context(), &iampb.SetIamPolicyRequest{Resource: pullSecret, Policy: policy})
	w.must(err)
}

// setUp stores the upstream's credential and attaches it to the repository.
// It returns the version's name.
func (w *pullWorld) setUp(repository, upstream string) string {
	w.t.Helper()
	u, _ := w.upstreams.Lookup(upstream)
	version, err := (&secretsAPI{Server: w.Server}).AddSecretVersion(w.t.Context(), &secretmanagerpb.AddSecretVersionRequest{
		Parent: pullSecret, Payload: &secretmanagerpb.SecretPayload{Data: []byte(u.Token)},
	})
	w.must(err)
	w.grant(true)
	const credential = "remote_repository_config.upstream_credentials.username_password_credentials."
	_, err = (&registryAPI{Server: w.Server}).UpdateRepository(w.t.Context(), &artifactregistrypb.UpdateRepositoryRequest{
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{credential + "username", credential + "password_secret_version"}},
		Repository: &artifactregistrypb.Repository{
			Name: "projects/puller/locations/us-central1/repositories/" + repository,
			ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: &artifactregistrypb.RemoteRepositoryConfig{
				UpstreamCredentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials{
					Credentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials_{
						UsernamePasswordCredentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials{
							Username: u.Username, PasswordSecretVersion: version.Name,
						},
					},
				},
			}},
		},
	})
	w.must(err)
	return version.Name
}

// get requests a path of the emulator.
func (w *pullWorld) get(path string, header http.Header) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+w.Addr()+path, nil)
	w.must(err)
	for name, values := range header {
		req.Header[name] = values
	}
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	w.must(err)
	return resp.StatusCode, string(body)
}

// TestPullsFollowTheCredential breaks each link between a repository and its
// upstream, and mends it: every break has an answer of its own.
func TestPullsFollowTheCredential(t *testing.T) {
	for _, r := range pullable {
		t.Run(r.id, func(t *testing.T) {
			w := newPullWorld(t)
			secrets := &secretsAPI{Server: w.Server}
			answers := map[string]string{}
			expect := func(when string, status int, says string) {
				t.Helper()
				code, body := w.get(r.path, nil)
				if code != status || !strings.Contains(body, says) {
					t.Errorf("%s: got %d %s, want %d %s", when, code, body, status, says)
				}
				if status != http.StatusOK {
					if other := answers[body]; other != "" {
						t.Errorf("%s is answered as %s: %s", when, other, body)
					}
					answers[body] = when
				}
			}
			expect("before setup", 401, "no upstream credentials")
			version := w.setUp(r.id, r.upstream)
			expect("after setup", 200, "")

			w.grant(false)
			expect("without the grant", 403, "generic::permission_denied: Permission 'secretmanager.versions.access' denied for resource '"+version+"'")
			w.grant(true)
			expect("with the grant again", 200, "")

			_, err := secrets.DisableSecretVersion(t.Context(), &secretmanagerpb.DisableSecretVersionRequest{Name: version})
			w.must(err)
			expect("with the version disabled", 400, "generic::failed_precondition: Secret Version ["+version+"] is in DISABLED state.")
			_, err = secrets.EnableSecretVersion(t.Context(), &secretmanagerpb.EnableSecretVersionRequest{Name: version})
			w.must(err)
			expect("with the version enabled again", 200, "")

			u, _ := w.upstreams.Lookup(r.upstream)
			w.must(w.upstreams.SetToken(r.upstream, "another-password"))
			expect("after the upstream's password changed", 401, "Unauthorized error returned by the external repository")
			w.must(w.upstreams.SetToken(r.upstream, u.Token))

			w.must(w.upstreams.SetFault(r.upstream, upstreams.Limited))
			expect("upstream limits", 429, "Resource has been exhausted (e.g. check quota).")
			w.must(w.upstreams.SetFault(r.upstream, upstreams.Down))
			expect("upstream is down", 502, "External repository returned unexpected EOF for url="+u.StandsFor[0])
			w.must(w.upstreams.SetFault(r.upstream, upstreams.None))
			expect("at the end", 200, "")
		})
	}
}

func TestPullsNeedNoCredentialForWhatIsPublic(t *testing.T) {
	w := newPullWorld(t)
	for _, image := range []string{"library/hello", "hello"} {
		if code, body := w.get("/v2/us-central1-docker.pkg.dev/puller/hub/"+image+"/manifests/latest", nil); code != 200 {
			t.Errorf("%s: %d %s", image, code, body)
		}
	}
}

func TestPullAddresses(t *testing.T) {
	w := newPullWorld(t)
	host := func(h string) http.Header { return http.Header{"Host": {h}} }
	for _, c := range []struct {
		what, path string
		header     http.Header
		status     int
		says       string
	}{
		{"Google's host", "/v2/puller/hub/hello/manifests/latest", host("us-central1-docker.pkg.dev"), 200, ""},
		{"Google's host with a port", "/v2/puller/hub/hello/tags/list", host("us-central1-docker.pkg.dev:443"), 200, `"latest"`},
		{"host before the version", "/us-central1-docker.pkg.dev/v2/puller/hub/hello/manifests/latest", nil, 200, ""},
		{"project by number", "/v2/us-central1-docker.pkg.dev/4711/hub/hello/manifests/latest", nil, 200, ""},
		{"missing image", "/v2/us-central1-docker.pkg.dev/puller/hub/hello/manifests/none", nil, 404, "MANIFEST_UNKNOWN"},
		{"a tag like a version of the API", "/v2/us-central1-docker.pkg.dev/puller/hub/hello/manifests/v2", nil, 404, "MANIFEST_UNKNOWN"},
		{"a package like a version of the API", "/us-central1-npm.pkg.dev/puller/npm/v2", nil, 401, "Unauthorized error returned by the external repository"},
		{"missing blob", "/v2/us-central1-docker.pkg.dev/puller/hub/hello/blobs/sha256:00", nil, 404, "BLOB_UNKNOWN"},
		{"missing repository", "/v2/us-central1-docker.pkg.dev/puller/none/hello/manifests/latest", nil, 404, `"NAME_UNKNOWN","message":"Repository \"none\" not found"`},
		{"other location", "/v2/us-docker.pkg.dev/puller/hub/hello/manifests/latest", nil, 404, "NAME_UNKNOWN"},
		{"missing project", "/v2/us-central1-docker.pkg.dev/none/hub/hello/manifests/latest", nil, 403,
			`Permission \"artifactregistry.repositories.downloadArtifacts\" denied on resource \"projects/none/locations/us-central1/repositories/hub\" (or it may not exist)`},
		{"standard repository", "/v2/us-central1-docker.pkg.dev/puller/standard/hello/manifests/latest", nil, 404, "MANIFEST_UNKNOWN"},
		{"other format", "/us-central1-npm.pkg.dev/puller/hub/hello", nil, 404, `"error"`},
		{"docker without its version", "/us-central1-docker.pkg.dev/puller/hub/hello/manifests/latest", nil, 404, ""},
		{"no path", "/us-central1-npm.pkg.dev/puller/npm", nil, 404, ""},
		{"npm on Google's host", "/puller/npm/hello-npm", host("us-central1-npm.pkg.dev"), 401, "no upstream credentials"},
	} {
		if code, body := w.get(c.path, c.header); code != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: got %d %s", c.what, code, body)
		}
	}
}

func TestParsePullOfADomainsProject(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://us-docker.pkg.dev/v2/example.com/shop/r/a/manifests/b", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := parsePull(r)
	want := pull{artifactregistrypb.Repository_DOCKER, "us", "example.com:shop", "r", "a/manifests/b"}
	if !ok || got != want {
		t.Errorf("got %+v", got)
	}
}

func TestPullersNeedPermission(t *testing.T) {
	w := newPullWorld(t)
	const stranger = "stranger@example.com"
	w.callers.add(stranger)
	const path = "/v2/us-central1-docker.pkg.dev/puller/hub/hello/manifests/latest"
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("oauth2accesstoken:"+tokenPrefix+stranger))
	for _, c := range []struct {
		what   string
		header http.Header
		want   int
	}{
		{"nobody is the default caller", nil, 200},
		{"an unknown token is, too", http.Header{"Authorization": {"Bearer ya29.unknown"}}, 200},
		{"header", http.Header{"X-Emulator-Caller": {stranger}}, 403},
		{"Bearer", http.Header{"Authorization": {"Bearer " + tokenPrefix + stranger}}, 403},
		{"Basic", http.Header{"Authorization": {basic}}, 403},
	} {
		if code, body := w.get(path, c.header); code != c.want {
			t.Errorf("%s: %d %s", c.what, code, body)
		}
	}
}

func TestPullsThatAreNotModelled(t *testing.T) {
	w := newPullWorld(t)
	w.world.mu.Lock()
	p := w.world.byName["puller"]
	w.put(p, "us-central1", "chained", &artifactregistrypb.Repository{
		Format: artifactregistrypb.Repository_DOCKER, Mode: artifactregistrypb.Repository_REMOTE_REPOSITORY,
		ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: &artifactregistrypb.RemoteRepositoryConfig{
			RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_CommonRepository{
				CommonRepository: &artifactregistrypb.RemoteRepositoryConfig_CommonRemoteRepository{Uri: "projects/puller/locations/us-central1/repositories/hub"},
			},
		}},
	})
	w.world.mu.Unlock()
	if code, body := w.get("/v2/us-central1-docker.pkg.dev/puller/chained/hello/manifests/latest", nil); code != 501 || !strings.Contains(body, "UNSUPPORTED") {
		t.Errorf("chained: %d %s", code, body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+w.Addr()+"/v2/us-central1-docker.pkg.dev/puller/hub/hello/manifests/new", nil)
	w.must(err)
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("push: %d", resp.StatusCode)
	}
}

func TestPullsStopAtThePerimeter(t *testing.T) {
	w := newPullWorld(t)
	w.world.mu.Lock()
	w.world.byName["puller"].perimeter = true
	w.world.mu.Unlock()
	const path = "/v2/us-central1-docker.pkg.dev/puller/hub/hello/manifests/latest"
	if code, body := w.get(path, nil); code != 403 || !strings.Contains(body, "vpcServiceControlsUniqueIdentifier") {
		t.Errorf("inside: %d %s", code, body)
	}
	_, err := (&registryAPI{Server: w.Server}).UpdateVPCSCConfig(t.Context(), &artifactregistrypb.UpdateVPCSCConfigRequest{
		VpcscConfig: &artifactregistrypb.VPCSCConfig{Name: "projects/puller/locations/us-central1/vpcscConfig", VpcscPolicy: artifactregistrypb.VPCSCConfig_ALLOW},
	})
	w.must(err)
	if code, body := w.get(path, nil); code != 200 {
		t.Errorf("upstreams allowed: %d %s", code, body)
	}
}

// TestPullsWaitForTheGrant has a grant that is made anew: until it has spread,
// the service agent cannot read the credential.
func TestPullsWaitForTheGrant(t *testing.T) {
	now := newClock()
	w := newPullWorldWith(t, Options{Now: now.now, IAMDelay: time.Minute})
	w.grant(true)
	now.advance(time.Minute)
	w.setUp("maven", "maven-private")
	const path = "/us-central1-maven.pkg.dev/puller/maven/com/example/hello/maven-metadata.xml"
	w.grant(false)
	w.grant(true)
	if code, body := w.get(path, nil); code != 403 || !strings.Contains(body, "secretmanager.versions.access") {
		t.Errorf("at once: %d %s", code, body)
	}
	now.advance(time.Minute)
	if code, body := w.get(path, nil); code != 200 {
		t.Errorf("afterwards: %d %s", code, body)
	}
}

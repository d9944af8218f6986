package reliability

import (
	"context"

	"example.com/upstreamauth/flows/engine"

	_ "embed"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

//go:embed testdata/world.yaml
var worldYAML string

// The two tokens that the upstream takes, and who signs in with them.
const (
	oldToken = "old-token-of-the-reliability-tests"
	newToken = "new-token-of-the-reliability-tests"
	username = "jane"
)

// startUpstream serves a small Docker registry that tells a good credential
// from others: with one there is the image app:latest, and nothing else.
func startUpstream() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, password, ok := r.BasicAuth()
		w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		switch {
		case !ok || who != username || password != oldToken && password != newToken:
			w.Header().Set("WWW-Authenticate", `Basic realm="reliability"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`, http.StatusUnauthorized)
		case r.URL.Path == "/v2/", r.URL.Path == "/v2/app/manifests/latest":
			w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
			_, _ = fmt.Fprint(w, `{}`) // the client's loss if it is gone
		default:
			http.Error(w, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`, http.StatusNotFound)
		}
	}))
}

// site is what all worlds share: an upstream, and files that they start from.
type site struct {
	dir      string
	upstream *httptest.Server
	embedded *upstreams.Set
}

func newSite(dir string) (*site, error) {
	embedded, err := upstreams.Start()
	if err != nil {
		return nil, err
	}
	s := &site{dir: dir, upstream: startUpstream(), embedded: embedded}
	seed := strings.NewReplacer("UPSTREAM", s.upstream.URL, "OLD-TOKEN", oldToken).Replace(worldYAML)
	if err := os.WriteFile(s.seed(), []byte(seed), 0o600); err != nil {
		return nil, err
	}
	return s, os.WriteFile(s.token(), []byte(newToken+"\n"), 0o600)
}

func (s *site) seed() string  { return filepath.Join(s.dir, "world.yaml") }
func (s *site) token() string { return filepath.Join(s.dir, "token") }

func (s *site) close() error {
	s.upstream.Close()
	return s.embedded.Close()
}

// world is one emulator with what the seed holds, a proxy before it, and
// clients of its own behind the proxy's back.
type world struct {
	site     *site
	emulator *emulator.Server
	proxy    *proxy
	conn     *grpc.ClientConn
	state    string // the folder of the program's state
	mutant   string // the bug to bring out
}

func (s *site) newWorld(ctx context.Context, state string) (*world, error) {
	e, err := emulator.Start(ctx, emulator.Options{SeedFile: s.seed(), Upstreams: s.embedded})
	if err != nil {
		return nil, err
	}
	w := &world{site: s, emulator: e, proxy: newProxy(e.Addr()), state: state}
	w.conn, err = grpc.NewClient(e.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	return w, err
}

func (w *world) close() {
	_ = w.conn.Close()
	w.proxy.close()
	_ = w.emulator.Close()
}

func (w *world) receipts() *engine.Receipts {
	return &engine.Receipts{Dir: filepath.Join(w.state, "upstreamauth", "receipts")}
}

// snapshot is all that a flow may change or lose.
type snapshot struct {
	// Username and Version are the repository's credentials, Token is what the
	// version holds, if it can be read, and Repository all else of it.
	Username, Version, Token string
	Repository               *artifactregistrypb.Repository
	Secrets                  map[string]secretState
	Services                 map[string]bool
	// Pulls tells whether the repository gives its image.
	Pulls bool
}

type secretState struct {
	Versions []versionState // by number: the first is number 1
	Policy   *iampb.Policy
}

type versionState struct{ State, Payload string }

// look reads what is there, past the proxy.
func (w *world) look(ctx context.Context, f flow) (snapshot, error) {
	s := snapshot{Secrets: map[string]secretState{}, Services: map[string]bool{}}
	r, err := w.registry().GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: f.repositoryName()})
	if err != nil {
		return s, err
	}
	remote := r.GetRemoteRepositoryConfig()
	login := remote.GetUpstreamCredentials().GetUsernamePasswordCredentials()
	s.Username, s.Version = login.GetUsername(), login.GetPasswordSecretVersion()
	s.Repository = proto.CloneOf(r)
	s.Repository.CreateTime, s.Repository.UpdateTime, s.Repository.GetRemoteRepositoryConfig().UpstreamCredentials = nil, nil, nil
	names, err := w.secretNames(ctx, f.project)
	if err != nil {
		return s, err
	}
	for _, name := range names {
		if s.Secrets[name[strings.LastIndexByte(name, '/')+1:]], err = w.secret(ctx, name); err != nil {
			return s, err
		}
	}
	for i, v := range s.Secrets[s.secret()].Versions {
		if strings.HasSuffix(s.Version, "/versions/"+strconv.Itoa(i+1)) {
			s.Token = v.Payload
		}
	}
	on, err := serviceusagepb.NewServiceUsageClient(w.conn).ListServices(ctx, &serviceusagepb.ListServicesRequest{
		Parent: "projects/" + f.project, Filter: "state:ENABLED"})
	if err != nil {
		return s, err
	}
	for _, one := range on.GetServices() {
		s.Services[one.GetName()[strings.LastIndexByte(one.GetName(), '/')+1:]] = true
	}
	s.Pulls, err = w.pull(ctx, f)
	return s, err
}

// secret is the id of the secret that the repository's credentials are in.
func (s snapshot) secret() string {
	name, _, _ := strings.Cut(s.Version, "/versions/")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// signsInAs tells whether both have the same credentials: the same version, or
// another one of the secret that holds the same token.
func (s snapshot) signsInAs(other snapshot) bool {
	return s.Username == other.Username && (s.Version == other.Version || s.secret() == other.secret() && s.Token == other.Token && s.Token != "")
}

func (w *world) registry() artifactregistrypb.ArtifactRegistryClient {
	return artifactregistrypb.NewArtifactRegistryClient(w.conn)
}

func (w *world) secrets() secretmanagerpb.SecretManagerServiceClient {
	return secretmanagerpb.NewSecretManagerServiceClient(w.conn)
}

func (w *world) secretNames(ctx context.Context, project string) ([]string, error) {
	list, err := w.secrets().ListSecrets(ctx, &secretmanagerpb.ListSecretsRequest{Parent: "projects/" + project})
	if status.Code(err) == codes.PermissionDenied { // the API is off
		return nil, nil
	}
	var names []string
	for _, s := range list.GetSecrets() {
		names = append(names, s.GetName())
	}
	return names, err
}

func (w *world) secret(ctx context.Context, name string) (secretState, error) {
	var s secretState
	versions, err := w.secrets().ListSecretVersions(ctx, &secretmanagerpb.ListSecretVersionsRequest{Parent: name})
	if err != nil {
		return s, err
	}
	for _, v := range slices.Backward(versions.GetVersions()) { // they come newest first
		one := versionState{State: v.GetState().String()}
		if v.GetState() == secretmanagerpb.SecretVersion_ENABLED {
			read, err := w.secrets().AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: v.GetName()})
			if err != nil {
				return s, err
			}
			one.Payload = string(read.GetPayload().GetData())
		}
		s.Versions = append(s.Versions, one)
	}
	s.Policy, err = w.policy(ctx, name)
	return s, err
}

func (w *world) policy(ctx context.Context, name string) (*iampb.Policy, error) {
	return w.secrets().GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: name, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3}})
}

// pull tells whether the repository gives the image that is there.
func (w *world) pull(ctx context.Context, f flow) (bool, error) {
	url := fmt.Sprintf("http://%s/v2/us-central1-docker.pkg.dev/%s/%s/app/manifests/latest", w.emulator.Addr(), f.project, f.repository)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, err
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return false, err
	}
	return answer.StatusCode == http.StatusOK, answer.Body.Close()
}

// foreign is somebody else, who gives foreignMember a role on every secret and
// heeds etags, as one does.
func (w *world) foreign(ctx context.Context, f flow) error {
	names, err := w.secretNames(ctx, f.project)
	for _, name := range names {
		for {
			p, err := w.policy(ctx, name)
			if err != nil {
				return err
			}
			p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/secretmanager.secretVersionAdder", Members: []string{foreignMember}})
			p.Version = 3
			_, err = w.secrets().SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: name, Policy: p})
			if err == nil {
				break
			}
			if status.Code(err) != codes.Aborted {
				return err
			}
		}
	}
	return err
}

const (
	foreignMember      = "user:somebody-else@example.com"
	foreignDescription = "changed by somebody else"
)

// describe is somebody else, who changes the repository's description.
func (w *world) describe(ctx context.Context, f flow) error {
	_, err := w.registry().UpdateRepository(ctx, &artifactregistrypb.UpdateRepositoryRequest{
		Repository: &artifactregistrypb.Repository{Name: f.repositoryName(), Description: foreignDescription},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}},
	})
	return err
}

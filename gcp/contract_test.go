package gcp

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/gcp/emulator"
)

// place is where the contract is tried: a project and what it may use there.
// It makes only what it names itself, and removes that.
type place struct {
	client            *Client
	project, location string
	// username and payload are accepted by Docker Hub, or by what stands for
	// it; none: the success of SetCredentials is left out.
	username, payload string
	// patience is how long a grant may take until it counts.
	patience time.Duration
	// serves tells whether pulls are answered there.
	serves bool
}

func startEmulator(t *testing.T, o emulator.Options) *emulator.Server {
	t.Helper()
	if o.Scenario == "" && o.SeedFile == "" {
		o.SeedFile = "testdata/contract.yaml"
	}
	s, err := emulator.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// clientOf is a Client of the emulator that does not wait between attempts.
func clientOf(t *testing.T, s *emulator.Server, o Options) *Client {
	t.Helper()
	return (&fake{addr: s.Addr()}).client(t, o)
}

func TestContractOnTheEmulator(t *testing.T) {
	s := startEmulator(t, emulator.Options{})
	user, secret := dockerHub(t, s)
	contract(t, place{
		client: clientOf(t, s, Options{}), project: "contract-well", location: "us-central1",
		username: user, payload: secret, serves: true,
	})
}

// contract is what flows rely on, on the emulator and on Google alike.
func contract(t *testing.T, at place) {
	t.Run("projects", func(t *testing.T) { contractProjects(t, at) })
	t.Run("secrets", func(t *testing.T) { contractSecrets(t, at) })
	t.Run("access", func(t *testing.T) { contractAccess(t, at) })
	t.Run("repositories", func(t *testing.T) { contractRepositories(t, at) })
	t.Run("absent", func(t *testing.T) { contractAbsent(t, at) })
}

func contractProjects(t *testing.T, at place) {
	ctx, c := t.Context(), at.client
	if who, err := c.Caller(ctx); err != nil || who.Kind == "" {
		t.Errorf("caller: %+v, %v", who, err)
	}
	p := must(c.Project(ctx, at.project))(t)
	if p.ID != at.project || p.Number == "" || !p.Active {
		t.Errorf("project: %+v", p)
	}
	if same := must(c.Project(ctx, p.Number))(t); same != p {
		t.Errorf("by its number it is %+v, by its id %+v", same, p)
	}
	seen := false
	for page, err := range c.Projects(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if seen = slices.Contains(page, p); seen {
			break
		}
	}
	if !seen {
		t.Error("the project is not in the list")
	}
	on := must(c.Services(ctx, at.project, []string{cloud.ArtifactRegistryAPI, cloud.SecretManagerAPI}))(t)
	if !on[cloud.ArtifactRegistryAPI] || !on[cloud.SecretManagerAPI] {
		t.Errorf("APIs: %v", on)
	}
	if err := c.EnableServices(ctx, at.project, []string{cloud.SecretManagerAPI}); err != nil {
		t.Errorf("enabling what is on: %v", err)
	}
	if has := must(c.ProjectPermissions(ctx, at.project, []string{"resourcemanager.projects.get", "secretmanager.secrets.create"}))(t); len(has) != 2 {
		t.Errorf("permissions: %v", has)
	}
	if err := c.CreateServiceAgent(ctx, at.project, cloud.ArtifactRegistryAPI); err != nil {
		t.Errorf("service agent: %v", err)
	}
	if pol := must(c.ProjectPolicy(ctx, at.project))(t); pol.Etag == "" || len(pol.Bindings) == 0 {
		t.Errorf("policy: %+v", pol)
	}
}

// newSecret makes a secret that is removed with the test.
func newSecret(t *testing.T, at place) cloud.SecretInfo {
	t.Helper()
	name := cloud.SecretName{Project: at.project, ID: "upstreamauth-live-" + strings.ToLower(rand.Text())}
	made := must(at.client.CreateSecret(t.Context(), name, cloud.SecretSpec{Labels: map[string]string{"made-by": "upstreamauth-test"}}))(t)
	t.Cleanup(func() {
		if err := at.client.DeleteSecret(context.WithoutCancel(t.Context()), name, ""); err != nil && cloud.KindOf(err) != cloud.NotFound {
			t.Errorf("%s is left behind: %v", name, err)
		}
	})
	if made.Name.ID != name.ID || made.Labels["made-by"] == "" || made.Type != "" || len(made.Locations) != 0 {
		t.Errorf("made %+v", made)
	}
	made.Name = name
	return made
}

func contractSecrets(t *testing.T, at place) {
	ctx, c := t.Context(), at.client
	made := newSecret(t, at)
	name := made.Name
	_, err := c.CreateSecret(ctx, name, cloud.SecretSpec{})
	wantKind(t, "making it twice", err, cloud.AlreadyExists)
	if got := must(c.Secret(ctx, name))(t); got.Name.ID != name.ID || got.Etag == "" {
		t.Errorf("read %+v", got)
	}
	listed := false
	for page, err := range c.Secrets(ctx, at.project) {
		if err != nil {
			t.Fatal(err)
		}
		listed = listed || slices.ContainsFunc(page, func(s cloud.SecretInfo) bool { return s.Name.ID == name.ID })
	}
	if !listed {
		t.Error("it is not in the list")
	}
	if all := must(c.Versions(ctx, name))(t); len(all) != 0 {
		t.Errorf("a new secret has versions: %v", all)
	}
	if has := must(c.SecretPermissions(ctx, name, []string{"secretmanager.versions.add"}))(t); len(has) != 1 {
		t.Errorf("permissions: %v", has)
	}
	for i, data := range []string{"first", "second"} {
		v := must(c.AddVersion(ctx, name, token.New([]byte(data))))(t)
		if v.Name.Number() != i+1 || !v.Enabled() || v.Name.Secret.ID != name.ID {
			t.Errorf("added %+v", v)
		}
		v.Name.Secret = name
		payload := must(c.Payload(ctx, v.Name))(t)
		if !payload.Equal(token.New([]byte(data))) {
			t.Errorf("version %d holds other bytes", i+1)
		}
		payload.Wipe()
	}
	if all := must(c.Versions(ctx, name))(t); len(all) != 2 || all[0].Name.Number() != 2 {
		t.Errorf("versions: %v", all)
	}
	if latest := must(c.Version(ctx, cloud.VersionName{Secret: name, ID: "latest"}))(t); latest.Name.Number() != 2 {
		t.Errorf("latest is %+v", latest)
	}
	second := cloud.VersionName{Secret: name, ID: "2"}
	for range 2 { // twice is no error
		if err := c.DisableVersion(ctx, second, ""); err != nil {
			t.Errorf("disable: %v", err)
		}
	}
	_, err = c.Payload(ctx, second)
	wantKind(t, "reading what is disabled", err, cloud.VersionDisabled)
	if v := must(c.Version(ctx, second))(t); v.State != "DISABLED" {
		t.Errorf("state is %s", v.State)
	}
	if err := c.EnableVersion(ctx, second, ""); err != nil {
		t.Errorf("enable: %v", err)
	}
	wantKind(t, "deleting by an old etag", c.DeleteSecret(ctx, name, `"0123456789abcd"`), cloud.Conflict)
	if err := c.DeleteSecret(ctx, name, must(c.Secret(ctx, name))(t).Etag); err != nil {
		t.Errorf("delete: %v", err)
	}
	_, err = c.Secret(ctx, name)
	wantKind(t, "reading what is deleted", err, cloud.NotFound)
}

func contractAccess(t *testing.T, at place) {
	ctx, c := t.Context(), at.client
	name := newSecret(t, at).Name
	p := must(c.Project(ctx, at.project))(t)
	agent := "serviceAccount:" + c.ServiceAgent(p.Number)
	granted := func() bool {
		return slices.ContainsFunc(must(c.SecretPolicy(ctx, name))(t).Bindings, func(b cloud.Binding) bool {
			return b.Role == cloud.AccessorRole && b.Condition == "" && slices.Contains(b.Members, agent)
		})
	}
	for i, step := range []struct {
		do      func(context.Context, cloud.SecretName, string, string) (bool, error)
		changed bool
		granted bool
	}{{revoking(c), false, false}, {c.Grant, true, true}, {c.Grant, false, true}, {revoking(c), true, false}, {revoking(c), false, false}} {
		changed, err := step.do(ctx, name, cloud.AccessorRole, agent)
		if err != nil || changed != step.changed || granted() != step.granted {
			t.Errorf("step %d: changed is %v, granted is %v, %v", i, changed, granted(), err)
		}
	}
}

// newRepository makes a remote repository of Docker Hub, without credentials,
// that is removed with the test. Flows make none, so this is not in the port.
func newRepository(t *testing.T, at place) cloud.RepositoryName {
	t.Helper()
	name := cloud.RepositoryName{Project: at.project, Location: at.location, ID: "upstreamauth-live-" + strings.ToLower(rand.Text())}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	api := must(at.client.registry(ctx))(t)
	operation := must(api.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{
		Parent: "projects/" + at.project + "/locations/" + at.location, RepositoryId: name.ID,
		Repository: &artifactregistrypb.Repository{
			Format: artifactregistrypb.Repository_DOCKER, Mode: artifactregistrypb.Repository_REMOTE_REPOSITORY,
			ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: &remoteConfig{
				RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_{DockerRepository: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository{
					Upstream: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_PublicRepository_{
						PublicRepository: artifactregistrypb.RemoteRepositoryConfig_DockerRepository_DOCKER_HUB,
					},
				}},
			}},
		},
	}))(t)
	must(operation.Wait(ctx))(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		operation, err := api.DeleteRepository(ctx, &artifactregistrypb.DeleteRepositoryRequest{Name: name.String()})
		if err == nil {
			err = operation.Wait(ctx)
		}
		if err != nil {
			t.Errorf("%s is left behind: %v", name, err)
		}
	})
	return name
}

func contractRepositories(t *testing.T, at place) {
	ctx, c := t.Context(), at.client
	name := newRepository(t, at)
	before := must(c.Repository(ctx, name))(t)
	if before.Name != name || !before.Remote() || before.Format != "DOCKER" || before.Preset != "DOCKER_HUB" ||
		before.URI != "https://registry-1.docker.io" || before.Username != "" || before.SecretVersion != "" || before.UpdateTime.IsZero() {
		t.Errorf("read %+v", before)
	}
	if want := at.location + "-docker.pkg.dev/" + at.project + "/" + name.ID; before.RegistryURI != want {
		t.Errorf("its address is %q, want %q", before.RegistryURI, want)
	}
	listed := false
	for b, err := range c.Repositories(ctx, at.project) {
		if err != nil {
			t.Fatal(err)
		}
		listed = listed || slices.ContainsFunc(b.Repositories, func(r cloud.Repository) bool { return r.Name == name })
	}
	if !listed {
		t.Error("it is not in the list")
	}
	if has := must(c.RepositoryPermissions(ctx, name, []string{"artifactregistry.repositories.update"}))(t); len(has) != 1 {
		t.Errorf("permissions: %v", has)
	}
	if _, err := c.UpstreamAllowed(ctx, at.project, at.location); err != nil {
		t.Errorf("VPC Service Controls: %v", err)
	}
	contractCredentials(t, at, name)
	if _, err := c.Pull(ctx, before, ""); at.serves && err != nil {
		t.Errorf("pull: %v", err)
	}
}

func contractCredentials(t *testing.T, at place, name cloud.RepositoryName) {
	ctx, c := t.Context(), at.client
	secret := newSecret(t, at).Name
	p := must(c.Project(ctx, at.project))(t)
	wrong := must(c.AddVersion(ctx, secret, token.New([]byte("dckr_pat_this-is-not-a-token-0"))))(t).Name
	_, err := c.SetCredentials(ctx, name, "upstreamauth", wrong.String())
	wantKind(t, "without a grant", err, cloud.GrantPending)
	must(c.Grant(ctx, secret, cloud.AccessorRole, "serviceAccount:"+c.ServiceAgent(p.Number)))(t)
	_, err = c.setWithPatience(ctx, at, name, "upstreamauth", wrong.String())
	wantKind(t, "with a wrong token", err, cloud.UpstreamRejected)
	if after := must(c.Repository(ctx, name))(t); after.Username != "" || after.SecretVersion != "" {
		t.Errorf("what was refused is there: %+v", after)
	}
	if at.username == "" {
		t.Log("no credential that Docker Hub accepts: setting one is left out")
		return
	}
	right := must(c.AddVersion(ctx, secret, token.New([]byte(at.payload))))(t).Name
	set := must(c.setWithPatience(ctx, at, name, at.username, right.String()))(t)
	if set.Username != at.username || set.SecretVersion != right.String() || set.URI == "" {
		t.Errorf("set %+v", set)
	}
	next := must(c.AddVersion(ctx, secret, token.New([]byte(at.payload))))(t).Name
	set = must(c.setWithPatience(ctx, at, name, "", next.String()))(t)
	if set.Username != at.username || set.SecretVersion != next.String() {
		t.Errorf("a new version alone made it %+v", set)
	}
	if got := must(c.Repository(ctx, name))(t); got.Username != set.Username || got.SecretVersion != set.SecretVersion {
		t.Errorf("read back %+v", got)
	}
	if cleared := must(c.ClearCredentials(ctx, name))(t); cleared.Username != "" || cleared.SecretVersion != "" || cleared.Preset != "DOCKER_HUB" {
		t.Errorf("cleared %+v", cleared)
	}
}

// setWithPatience waits while a grant spreads.
func (c *Client) setWithPatience(ctx context.Context, at place, name cloud.RepositoryName, username, version string) (cloud.Repository, error) {
	deadline := time.Now().Add(at.patience)
	for {
		r, err := c.SetCredentials(ctx, name, username, version)
		if cloud.KindOf(err) != cloud.GrantPending || time.Now().After(deadline) {
			return r, err
		}
		if err := sleep(ctx, 10*time.Second); err != nil {
			return r, err
		}
	}
}

func contractAbsent(t *testing.T, at place) {
	ctx, c := t.Context(), at.client
	absent := "upstreamauth-live-" + strings.ToLower(rand.Text())
	secret := cloud.SecretName{Project: at.project, ID: absent}
	repository := cloud.RepositoryName{Project: at.project, Location: at.location, ID: absent}
	for what, err := range map[string]error{
		"secret":     second(c.Secret(ctx, secret)),
		"version":    second(c.Version(ctx, cloud.VersionName{Secret: secret, ID: "1"})),
		"versions":   second(c.Versions(ctx, secret)),
		"payload":    second(c.Payload(ctx, cloud.VersionName{Secret: secret, ID: "1"})),
		"policy":     second(c.SecretPolicy(ctx, secret)),
		"grant":      second(c.Grant(ctx, secret, cloud.AccessorRole, member)),
		"addition":   second(c.AddVersion(ctx, secret, token.New([]byte("x")))),
		"repository": second(c.Repository(ctx, repository)),
		"update":     second(c.SetCredentials(ctx, repository, "u", theVersion.String())),
		"removal":    second(c.ClearCredentials(ctx, repository)),
	} {
		wantKind(t, what, err, cloud.NotFound)
	}
	if has := must(c.SecretPermissions(ctx, secret, []string{"secretmanager.secrets.get"}))(t); len(has) != 0 {
		t.Logf("permissions on a secret that does not exist: %v", has)
	}
	// Google does not tell a project that is not there from one that is closed.
	_, err := c.Project(ctx, absent[:30])
	if k := cloud.KindOf(err); k != cloud.PermissionDenied && k != cloud.NotFound {
		t.Errorf("project: %v", err)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func second[T any](_ T, err error) error { return err }

func wantKind(t *testing.T, what string, err error, want cloud.Kind) {
	t.Helper()
	e, ok := errors.AsType[*cloud.Error](err)
	if !ok || e.Kind != want {
		t.Errorf("%s: got %v of kind %q, want %q", what, err, cloud.KindOf(err), want)
	}
	if ok && (e.Op == "" || e.RPC == "" || e.Code == "" || e.Message == "") {
		t.Errorf("%s: the error lacks something for a support ticket: %+v", what, e)
	}
}

// dockerHub is the credential of the emulator's Docker Hub.
func dockerHub(t *testing.T, s *emulator.Server) (username, secret string) {
	t.Helper()
	c := clientOf(t, s, Options{})
	p := must(c.Payload(t.Context(), cloud.VersionName{Secret: cloud.SecretName{Project: "contract-well", ID: "hub-token"}, ID: "1"}))(t)
	return "demo", string(p.Reveal())
}

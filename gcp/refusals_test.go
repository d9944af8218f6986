package gcp

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/grpc/codes"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/gcp/emulator"
)

func secretIn(project, id string) cloud.SecretName { return cloud.SecretName{Project: project, ID: id} }

func versionIn(project, id string) cloud.VersionName {
	return cloud.VersionName{Secret: secretIn(project, id), ID: "1"}
}

func repositoryIn(project, id string) cloud.RepositoryName {
	return cloud.RepositoryName{Project: project, Location: "us-central1", ID: id}
}

// firstError is the first error of a list.
func firstError[T any](list func(func(T, error) bool)) error {
	for _, err := range list {
		return err
	}
	return nil
}

// TestEveryRefusalOfTheEmulator meets each way in which Google refuses, in the
// project of the test's world that is made for it.
func TestEveryRefusalOfTheEmulator(t *testing.T) {
	s := startEmulator(t, emulator.Options{})
	owner := clientOf(t, s, Options{})
	viewer := clientOf(t, s, Options{Caller: "viewer@example.com"})
	editor := clientOf(t, s, Options{Caller: "editor@example.com"})
	stranger := clientOf(t, s, Options{Caller: "stranger@example.com"})
	ctx := t.Context()
	agentOf := func(number string) string { return "serviceAccount:" + owner.ServiceAgent(number) }
	type want struct {
		kind                                                cloud.Kind
		permission, resource, service, consumer, constraint string
	}
	for _, c := range []struct {
		name string
		err  error
		want want
	}{
		{"Secret Manager off", firstError(owner.Secrets(ctx, "contract-off")),
			want{kind: cloud.APIDisabled, service: cloud.SecretManagerAPI, consumer: "projects/1002"}},
		{"Artifact Registry off", firstError(owner.Repositories(ctx, "contract-off")),
			want{kind: cloud.APIDisabled, service: cloud.ArtifactRegistryAPI, consumer: "projects/1002"}},
		{"project closed", second(owner.Project(ctx, "contract-denied")),
			want{kind: cloud.PermissionDenied, permission: "resourcemanager.projects.get"}},
		{"secrets closed", firstError(owner.Secrets(ctx, "contract-denied")),
			want{kind: cloud.PermissionDenied, permission: "secretmanager.secrets.list"}},
		{"locations closed", firstError(stranger.Repositories(ctx, "contract-well")),
			want{kind: cloud.PermissionDenied, permission: "artifactregistry.locations.list"}},
		{"viewer updates", second(viewer.SetCredentials(ctx, repositoryIn("contract-well", "hub"), "u", versionIn("contract-well", "hub-token").String())),
			want{kind: cloud.PermissionDenied, permission: "artifactregistry.repositories.update", resource: "projects/contract-well/locations/us-central1/repositories/hub"}},
		{"viewer creates", second(viewer.CreateSecret(ctx, secretIn("contract-well", "new"), cloud.SecretSpec{})),
			want{kind: cloud.PermissionDenied, permission: "secretmanager.secrets.create", resource: "projects/contract-well"}},
		{"viewer adds", second(viewer.AddVersion(ctx, secretIn("contract-well", "hub-token"), token.New([]byte("x")))),
			want{kind: cloud.PermissionDenied, permission: "secretmanager.versions.add"}},
		{"viewer deletes", viewer.DeleteSecret(ctx, secretIn("contract-well", "hub-token"), ""),
			want{kind: cloud.PermissionDenied, permission: "secretmanager.secrets.delete"}},
		{"viewer disables", viewer.DisableVersion(ctx, versionIn("contract-well", "hub-token"), ""),
			want{kind: cloud.PermissionDenied, permission: "secretmanager.versions.disable"}},
		{"viewer enables APIs", viewer.EnableServices(ctx, "contract-well", []string{"iam.googleapis.com"}),
			want{kind: cloud.PermissionDenied, permission: "serviceusage.services.enable"}},
		{"editor grants", second(editor.Grant(ctx, secretIn("contract-well", "ungranted"), cloud.AccessorRole, agentOf("1001"))),
			want{kind: cloud.PermissionDenied, permission: "secretmanager.secrets.setIamPolicy"}},
		{"editor reads a payload", second(editor.Payload(ctx, versionIn("contract-well", "hub-token"))),
			want{kind: cloud.PermissionDenied, permission: "secretmanager.versions.access"}},
		{"stranger reads a policy", second(stranger.ProjectPolicy(ctx, "contract-well")),
			want{kind: cloud.PermissionDenied, permission: "resourcemanager.projects.getIamPolicy"}},
		{"stranger asks for APIs", second(stranger.Services(ctx, "contract-well", []string{cloud.SecretManagerAPI})),
			want{kind: cloud.PermissionDenied, permission: "serviceusage.services.get"}},
		{"stranger asks for the setting", second(stranger.UpstreamAllowed(ctx, "contract-well", "us-central1")),
			want{kind: cloud.PermissionDenied, permission: "artifactregistry.vpcscconfigs.get"}},
		{"agent missing", second(owner.Grant(ctx, secretIn("contract-agentless", "s"), cloud.AccessorRole, agentOf("1004"))),
			want{kind: cloud.AgentMissing, service: cloud.ArtifactRegistryAPI}},
		{"member not permitted", second(owner.Grant(ctx, secretIn("contract-closed", "s"), cloud.AccessorRole, "user:somebody@example.org")),
			want{kind: cloud.OrgPolicy, constraint: "constraints/iam.allowedPolicyMemberDomains"}},
		{"automatic replication forbidden", second(owner.CreateSecret(ctx, secretIn("contract-located", "s"), cloud.SecretSpec{})),
			want{kind: cloud.OrgPolicy, constraint: "constraints/gcp.resourceLocations"}},
		{"no identity to be had", owner.CreateServiceAgent(ctx, "contract-odd", cloud.ArtifactRegistryAPI),
			want{kind: cloud.Invalid}},
		{"viewer asks for the agent", viewer.CreateServiceAgent(ctx, "contract-well", cloud.ArtifactRegistryAPI),
			want{kind: cloud.PermissionDenied, permission: "serviceusage.services.enable"}},
		{"nobody pays", owner.EnableServices(ctx, "contract-unpaid", []string{cloud.SecretManagerAPI}),
			want{kind: cloud.Billing}},
		{"version disabled", second(owner.Payload(ctx, versionIn("contract-well", "disabled"))),
			want{kind: cloud.VersionDisabled}},
		{"version destroyed", second(owner.Payload(ctx, cloud.VersionName{Secret: secretIn("contract-well", "disabled"), ID: "2"})),
			want{kind: cloud.VersionDisabled}},
		{"destroyed for good", owner.EnableVersion(ctx, cloud.VersionName{Secret: secretIn("contract-well", "disabled"), ID: "2"}, ""),
			want{kind: cloud.VersionDisabled}},
		{"bad secret id", second(owner.CreateSecret(ctx, secretIn("contract-well", "no dots."), cloud.SecretSpec{})),
			want{kind: cloud.Invalid}},
		{"bad reference", second(owner.SetCredentials(ctx, repositoryIn("contract-well", "hub"), "u", "not-a-version")),
			want{kind: cloud.Invalid}},
		{"grant pending", second(owner.SetCredentials(ctx, repositoryIn("contract-well", "hub"), "demo", versionIn("contract-well", "ungranted").String())),
			want{kind: cloud.GrantPending}},
		{"credential wrong", second(owner.SetCredentials(ctx, repositoryIn("contract-well", "hub"), "demo", versionIn("contract-well", "wrong-token").String())),
			want{kind: cloud.UpstreamRejected}},
		{"perimeter", second(owner.SetCredentials(ctx, repositoryIn("contract-fenced", "hub"), "demo", versionIn("contract-fenced", "s").String())),
			want{kind: cloud.Perimeter, consumer: "projects/1005"}},
		{"credentials on a repository of one's own", second(owner.SetCredentials(ctx, repositoryIn("contract-well", "own"), "demo", versionIn("contract-well", "hub-token").String())),
			want{kind: cloud.Invalid}},
		{"unknown quota project", second(clientOf(t, s, Options{QuotaProject: "no-such-project"}).Secret(ctx, secretIn("contract-well", "hub-token"))),
			want{kind: cloud.QuotaProject, consumer: "projects/no-such-project"}},
		{"quota project closed", second(clientOf(t, s, Options{QuotaProject: "contract-denied"}).Secret(ctx, secretIn("contract-well", "hub-token"))),
			want{kind: cloud.QuotaProject, consumer: "projects/contract-denied"}},
		{"quota project without the API", second(clientOf(t, s, Options{QuotaProject: "contract-off"}).Secret(ctx, secretIn("contract-well", "hub-token"))),
			want{kind: cloud.APIDisabled, service: cloud.SecretManagerAPI, consumer: "projects/1002"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantKind(t, c.name, c.err, c.want.kind)
			e, ok := c.err.(*cloud.Error) //nolint:errorlint // the port promises this very type
			if !ok {
				return
			}
			for _, f := range []struct{ name, got, want string }{
				{"permission", e.Permission, c.want.permission}, {"service", e.Service, c.want.service}, {"constraint", e.Constraint, c.want.constraint},
			} {
				if f.got != f.want {
					t.Errorf("%s is %q, want %q", f.name, f.got, f.want)
				}
			}
			if c.want.resource != "" && e.Resource != c.want.resource {
				t.Errorf("resource is %q, want %q", e.Resource, c.want.resource)
			}
			if c.want.consumer != "" && e.Consumer != c.want.consumer {
				t.Errorf("consumer is %q, want %q", e.Consumer, c.want.consumer)
			}
		})
	}
}

func TestAProjectToBeDeletedIsNotActive(t *testing.T) {
	c := clientOf(t, startEmulator(t, emulator.Options{}), Options{})
	if p := must(c.Project(t.Context(), "contract-gone"))(t); p.Active {
		t.Errorf("got %+v", p)
	}
	for page, err := range c.Projects(t.Context()) {
		for _, p := range page {
			if err != nil || !p.Active || p.ID == "contract-gone" {
				t.Errorf("listed %+v, %v", p, err)
			}
		}
	}
}

func TestPermissionsAreThoseOfTheCaller(t *testing.T) {
	s := startEmulator(t, emulator.Options{})
	ask := []string{"secretmanager.secrets.get", "secretmanager.secrets.setIamPolicy"}
	for caller, want := range map[string]int{"": 2, "editor@example.com": 1, "stranger@example.com": 0} {
		c := clientOf(t, s, Options{Caller: caller})
		if got := must(c.SecretPermissions(t.Context(), secretIn("contract-well", "hub-token"), ask))(t); len(got) != want {
			t.Errorf("%q has %v on the secret, want %d", caller, got, want)
		}
		if got := must(c.ProjectPermissions(t.Context(), "contract-well", ask))(t); len(got) != want {
			t.Errorf("%q has %v on the project, want %d", caller, got, want)
		}
	}
}

func TestAnEnabledAPIWorks(t *testing.T) {
	c := clientOf(t, startEmulator(t, emulator.Options{}), Options{})
	apis := []string{cloud.SecretManagerAPI, cloud.ArtifactRegistryAPI}
	for _, want := range []bool{false, true} {
		on := must(c.Services(t.Context(), "contract-off", apis))(t)
		if on[apis[0]] != want || on[apis[1]] != want || len(on) != 2 {
			t.Errorf("got %v, want both %v", on, want)
		}
		if err := c.EnableServices(t.Context(), "contract-off", apis); err != nil {
			t.Fatal(err)
		}
	}
	if err := firstError(c.Secrets(t.Context(), "contract-off")); err != nil {
		t.Errorf("after it was enabled: %v", err)
	}
}

// TestFaultsOnEveryWrite loses the answer of each write and refuses it: what is
// told is what flows act on, and nothing is written twice.
func TestFaultsOnEveryWrite(t *testing.T) {
	secret, version, repository := secretIn("contract-well", "ungranted"), versionIn("contract-well", "ungranted"), repositoryIn("contract-well", "hub")
	for method, c := range map[string]struct {
		write func(context.Context, *Client) error
		// repeats: the client itself repeats it, so that one lost answer is
		// not seen.
		repeats bool
	}{
		"AddSecretVersion": {write: func(ctx context.Context, c *Client) error {
			return second(c.AddVersion(ctx, secret, token.New([]byte("x"))))
		}},
		"CreateSecret": {write: func(ctx context.Context, c *Client) error {
			return second(c.CreateSecret(ctx, secretIn("contract-well", "fresh"), cloud.SecretSpec{}))
		}},
		"DeleteSecret": {write: func(ctx context.Context, c *Client) error {
			return c.DeleteSecret(ctx, secretIn("contract-well", "disabled"), "")
		}},
		"UpdateRepository":     {write: func(ctx context.Context, c *Client) error { return second(c.ClearCredentials(ctx, repository)) }},
		"DisableSecretVersion": {write: func(ctx context.Context, c *Client) error { return c.DisableVersion(ctx, version, "") }, repeats: true},
		"EnableSecretVersion":  {write: func(ctx context.Context, c *Client) error { return c.EnableVersion(ctx, version, "") }, repeats: true},
		"BatchEnableServices": {write: func(ctx context.Context, c *Client) error {
			return c.EnableServices(ctx, "contract-off", []string{cloud.SecretManagerAPI})
		}, repeats: true},
	} {
		for _, after := range []bool{false, true} {
			for code, want := range map[codes.Code]cloud.Kind{codes.Unavailable: cloud.Unavailable, codes.DeadlineExceeded: cloud.TimedOut, codes.Internal: cloud.Internal, codes.PermissionDenied: cloud.PermissionDenied} {
				s := startEmulator(t, emulator.Options{Faults: []emulator.Fault{{Method: method, Code: code, After: after, Times: 1}}})
				err := c.write(t.Context(), clientOf(t, s, Options{}))
				if c.repeats && code == codes.Unavailable {
					want = ""
				}
				if cloud.KindOf(err) != want {
					t.Errorf("%s, %v, after %v: got %v, want %q", method, code, after, err, want)
				}
				asked := 0
				for _, call := range s.Calls() {
					if call.Method == method {
						asked++
					}
				}
				if twice := c.repeats && code == codes.Unavailable; asked != map[bool]int{false: 1, true: 2}[twice] {
					t.Errorf("%s, %v: asked %d times", method, code, asked)
				}
			}
		}
	}
}

func TestTheServiceAgentIsMadeEvenWithoutAnAddress(t *testing.T) {
	c := clientOf(t, startEmulator(t, emulator.Options{}), Options{})
	name, agent := secretIn("contract-agentless", "s"), "serviceAccount:"+c.ServiceAgent("1004")
	_, err := c.Grant(t.Context(), name, cloud.AccessorRole, agent)
	wantKind(t, "before", err, cloud.AgentMissing)
	for range 2 { // twice is no error
		if err := c.CreateServiceAgent(t.Context(), "contract-agentless", cloud.ArtifactRegistryAPI); err != nil {
			t.Fatal(err)
		}
	}
	if changed, err := c.Grant(t.Context(), name, cloud.AccessorRole, agent); err != nil || !changed {
		t.Errorf("after: %v, %v", changed, err)
	}
}

func TestAQuotaProjectIsAskedFor(t *testing.T) {
	world := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(world, []byte("requireQuotaProject: true\nprojects: [{id: the-project, secrets: [{id: s}]}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startEmulator(t, emulator.Options{SeedFile: world})
	for quota, want := range map[string]cloud.Kind{"": cloud.QuotaProject, "the-project": ""} {
		c := clientOf(t, s, Options{QuotaProject: quota})
		for what, err := range map[string]error{
			"gRPC": second(c.Secret(t.Context(), secretIn("the-project", "s"))), "REST": c.CreateServiceAgent(t.Context(), "the-project", cloud.ArtifactRegistryAPI),
		} {
			if cloud.KindOf(err) != want {
				t.Errorf("%s with %q: got %v, want %q", what, quota, err, want)
			}
		}
	}
}

package emulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func TestGetProject(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		for _, name := range []string{"projects/demo-tokyo", "projects/415104041265"} {
			p, err := g.projects.GetProject(t.Context(), &resourcemanagerpb.GetProjectRequest{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			if p.GetName() != "projects/415104041265" || p.GetProjectId() != "demo-tokyo" || p.GetDisplayName() != "東京デモ環境" ||
				p.GetState() != resourcemanagerpb.Project_ACTIVE || p.GetEtag() == "" {
				t.Errorf("%s: got %v", name, p)
			}
		}
		for caller, name := range map[string]string{DefaultCaller: "projects/no-such-one", "nobody@example.com": "projects/demo-tokyo"} {
			_, err := g.projects.GetProject(as(t.Context(), caller), &resourcemanagerpb.GetProjectRequest{Name: name})
			wantError(t, err, codes.PermissionDenied, "Permission 'resourcemanager.projects.get' denied on resource "+
				"'//cloudresourcemanager.googleapis.com/"+name+"' (or it may not exist).")
		}
	})
}

// world of projects for the query language.
const queried = `
projects:
  - {id: how-one, name: How now, parent: folders/7, labels: {color: red, size: big}}
  - {id: how-two, name: Howl, parent: organizations/7, labels: {color: blue}}
  - {id: third-one, name: "Brown cow", parent: folders/8, labels: {size: big}}
  - {id: leaving, name: Howdy, state: delete_requested}
`

func TestSearchProjects(t *testing.T) {
	overBoth(t, Options{SeedFile: seedFile(t, queried)}, func(t *testing.T, g *google) {
		for query, want := range map[string]string{
			"":                              "how-one how-two third-one leaving",
			"name:how*":                     "how-one how-two leaving",
			"NAME:HOWL":                     "how-two",
			`displayName:"brown cow"`:       "third-one",
			"id:third*":                     "third-one",
			"projectId=how-two":             "how-two",
			"state:ACTIVE":                  "how-one how-two third-one",
			"lifecycleState:DELETE*":        "leaving",
			"labels.color:*":                "how-one how-two",
			"labels.color:red":              "how-one",
			"labels.color:red name:brown*":  "how-one third-one", // any of the fields
			"labels.color:red OR id:third*": "how-one third-one",
			"labels:size":                   "how-one third-one",
			"parent:folders/7":              "how-one",
			"parent.type:folder":            "how-one third-one",
			"parent.id:7":                   "how-one how-two",
			"name:nothing":                  "",
		} {
			var ids []string
			for _, p := range collect(t, g.projects.SearchProjects(t.Context(), &resourcemanagerpb.SearchProjectsRequest{Query: query, PageSize: 1}).Next) {
				ids = append(ids, p.GetProjectId())
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("%q: got %q, want %q", query, got, want)
			}
		}
		for _, query := range []string{"what", "color:red", "name:", ":x"} {
			_, err := g.projects.SearchProjects(t.Context(), &resourcemanagerpb.SearchProjectsRequest{Query: query}).Next()
			wantCode(t, err, codes.InvalidArgument)
		}
	})
}

func TestSearchShowsOnlyWhatTheCallerMaySee(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		for caller, want := range map[string]string{
			DefaultCaller:               "demo-healthy demo-no-secrets demo-denied demo-tokyo",
			"viewer@example.com":        "demo-healthy",
			"somebody.else@example.com": "demo-denied",
			"nobody@example.com":        "",
		} {
			var ids []string
			for _, p := range collect(t, g.projects.SearchProjects(as(t.Context(), caller), &resourcemanagerpb.SearchProjectsRequest{}).Next) {
				ids = append(ids, p.GetProjectId())
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("%s: got %q, want %q", caller, got, want)
			}
		}
	})
}

// editorsLack is what an editor may not do, beside deciding about access
// (iam-dataset's dump of the predefined roles).
var editorsLack = []string{
	"secretmanager.versions.access", "cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.cryptoKeyVersions.useToEncrypt",
	"artifactregistry.repositories.createTagBinding", "artifactregistry.repositories.deleteTagBinding",
	"secretmanager.secrets.createTagBinding", "secretmanager.secrets.deleteTagBinding",
	"resourcemanager.projects.createBillingAssignment", "resourcemanager.projects.createPolicyBinding",
	"resourcemanager.projects.delete", "resourcemanager.projects.deleteBillingAssignment", "resourcemanager.projects.deletePolicyBinding",
	"resourcemanager.projects.undelete", "resourcemanager.projects.updateLiens", "resourcemanager.projects.updatePolicyBinding",
	"iam.roles.create", "iam.roles.delete", "iam.roles.undelete", "iam.roles.update",
}

func TestProjectPermissions(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		all := slices.DeleteFunc(slices.Clone(permissions()), func(p string) bool { return !onProject.takes(p) })
		test := func(caller, project string) []string {
			r, err := g.projects.TestIamPermissions(as(t.Context(), caller), &iampb.TestIamPermissionsRequest{
				Resource: project, Permissions: all,
			})
			if err != nil {
				t.Fatal(err)
			}
			return r.GetPermissions()
		}
		all = slices.DeleteFunc(all, func(p string) bool { return p == "resourcemanager.projects.create" }) // a folder's to give
		if got := test(DefaultCaller, healthy); !slices.Equal(got, all) {
			t.Errorf("the owner lacks some: %q", got)
		}
		if got := fmt.Sprint(test(DefaultCaller, "projects/415104041264")); got != "[resourcemanager.projects.get resourcemanager.projects.getIamPolicy resourcemanager.projects.list]" {
			t.Errorf("on the denied project: %s", got)
		}
		if got := test("nobody@example.com", healthy); len(got) > 0 {
			t.Errorf("nobody has %q", got)
		}
		editor := test("editor@example.com", healthy)
		for _, p := range all {
			lacks := strings.HasSuffix(p, ".setIamPolicy") || slices.Contains(editorsLack, p)
			if slices.Contains(editor, p) == lacks {
				t.Errorf("editor and %s: lacks it: %v", p, !lacks)
			}
		}
		_, err := g.projects.TestIamPermissions(t.Context(), &iampb.TestIamPermissionsRequest{Resource: "projects/no-such-one", Permissions: permissions()[:1]})
		wantError(t, err, codes.PermissionDenied, "The caller does not have permission")
	})
}

func TestProjectPolicy(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		p, err := g.projects.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: "projects/demo-tokyo"})
		if err != nil || len(p.GetBindings()) != 1 || p.GetBindings()[0].GetRole() != "roles/owner" {
			t.Fatalf("got %v, %v", p, err)
		}
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/viewer", Members: []string{"user:nobody@example.com"}})
		if _, err := g.projects.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: "projects/demo-tokyo", Policy: p}); err != nil {
			t.Fatal(err)
		}
		if _, err := g.projects.GetProject(as(t.Context(), "nobody@example.com"), &resourcemanagerpb.GetProjectRequest{Name: "projects/demo-tokyo"}); err != nil {
			t.Errorf("after the grant: %v", err)
		}
		if _, err := g.projects.GetProject(as(t.Context(), "nobody@example.com"), &resourcemanagerpb.GetProjectRequest{Name: "projects/demo-no-secrets"}); err == nil {
			t.Error("a grant on one project counts on another")
		}
		_, err = g.projects.SetIamPolicy(as(t.Context(), "editor@example.com"), &iampb.SetIamPolicyRequest{Resource: healthy, Policy: p})
		wantError(t, err, codes.PermissionDenied, "Permission 'resourcemanager.projects.setIamPolicy' denied on resource "+
			"'//cloudresourcemanager.googleapis.com/projects/demo-healthy' (or it may not exist).")
	})
}

func TestAuditConfigsStay(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	set := func(p *iampb.Policy, paths ...string) *iampb.Policy {
		t.Helper()
		p.Bindings = []*iampb.Binding{{Role: "roles/owner", Members: []string{"user:Demo@Example.com"}}} // case does not matter
		got, err := g.projects.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{
			Resource: healthy, Policy: p, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	audited := &iampb.Policy{AuditConfigs: []*iampb.AuditConfig{{Service: "allServices"}}}
	if got := set(audited, "bindings", "audit_configs"); len(got.GetAuditConfigs()) != 1 {
		t.Errorf("got %v", got)
	}
	if got := set(&iampb.Policy{}); len(got.GetAuditConfigs()) != 1 {
		t.Errorf("a set of the bindings alone took them away: %v", got)
	}
}

func TestAProjectThatIsBeingDeletedIsNoConsumer(t *testing.T) {
	overBoth(t, Options{SeedFile: seedFile(t, "projects: [{id: leaving, state: delete_requested}]")}, func(t *testing.T, g *google) {
		_, err := g.secrets.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: "projects/leaving"}).Next()
		wantError(t, err, codes.PermissionDenied, "Permission denied on resource project leaving.")
		if e := details(t, err); e.Reason() != "CONSUMER_INVALID" {
			t.Errorf("got %v", e.Details())
		}
		p, err := g.projects.GetProject(t.Context(), &resourcemanagerpb.GetProjectRequest{Name: "projects/leaving"})
		if err != nil || p.GetState() != resourcemanagerpb.Project_DELETE_REQUESTED {
			t.Errorf("got %v, %v", p, err)
		}
	})
}

func TestProjectsCannotBeMade(t *testing.T) {
	g := start(t, Options{Scenario: "empty"})
	_, err := g.projects.CreateProject(t.Context(), &resourcemanagerpb.CreateProjectRequest{Project: &resourcemanagerpb.Project{ProjectId: "mine"}})
	wantCode(t, err, codes.Unimplemented)
}

func FuzzProjectQuery(f *testing.F) {
	for _, q := range []string{"", "name:how*", `displayName:"a b" OR id:x`, "labels.a:*", `"`, "=", "OR"} {
		f.Add(q)
	}
	p := &resourcemanagerpb.Project{ProjectId: "p", DisplayName: "Project", Labels: map[string]string{"a": "b"}}
	f.Fuzz(func(t *testing.T, query string) {
		matches, err := parseProjectQuery(query)
		if err != nil {
			wantCode(t, err, codes.InvalidArgument)
			return
		}
		matches(p)
	})
}

package emulator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

const (
	healthy   = "projects/demo-healthy"
	central   = healthy + "/locations/us-central1"
	dockerHub = central + "/repositories/docker-hub"
)

func remoteDockerHub() *artifactregistrypb.Repository {
	return &artifactregistrypb.Repository{
		Format: artifactregistrypb.Repository_DOCKER, Mode: artifactregistrypb.Repository_REMOTE_REPOSITORY,
		ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{
			RemoteRepositoryConfig: must(remoteConfig(artifactregistrypb.Repository_DOCKER, "preset", false)),
		},
	}
}

func TestRepositoryFromCreationToDeletion(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		ctx := t.Context()
		op, err := g.registry.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{
			Parent: central, RepositoryId: "mine", Repository: remoteDockerHub(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(op.Name(), central+"/operations/") || !op.Done() {
			t.Errorf("got operation %s, done %v", op.Name(), op.Done())
		}
		created, err := op.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, err := g.registry.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: central + "/repositories/mine"})
		if err != nil {
			t.Fatal(err)
		}
		// What the operation answers lacks what only a read says.
		want := remoteDockerHub()
		want.Name = central + "/repositories/mine"
		if diff := cmp.Diff(want, created, protocmp.Transform()); diff != "" {
			t.Errorf("the operation's answer (-want +got):\n%s", diff)
		}
		want.RegistryUri = "us-central1-docker.pkg.dev/demo-healthy/mine"
		want.CreateTime, want.UpdateTime = got.GetCreateTime(), got.GetUpdateTime()
		if at := got.GetCreateTime().AsTime(); time.Since(at) > time.Hour || at.Nanosecond()%1000 != 0 {
			t.Errorf("created at %s", at)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
		again, err := g.registry.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: op.Name()})
		if err != nil || !again.GetDone() {
			t.Errorf("asking for the operation again: %v, %v", again, err)
		}
		_, err = g.registry.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{
			Parent: central, RepositoryId: "mine", Repository: remoteDockerHub(),
		})
		wantError(t, err, codes.AlreadyExists, "the repository already exists")

		gone, err := g.registry.DeleteRepository(ctx, &artifactregistrypb.DeleteRepositoryRequest{Name: got.GetName()})
		if err != nil {
			t.Fatal(err)
		}
		if err := gone.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		_, err = g.registry.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: got.GetName()})
		wantError(t, err, codes.NotFound, "Requested entity was not found.")
	})
}

func TestRepositoryErrors(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		ctx := t.Context()
		get := func(name string) error {
			_, err := g.registry.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: name})
			return err
		}
		create := func(parent, id string, change func(*artifactregistrypb.Repository)) error {
			r := remoteDockerHub()
			change(r)
			_, err := g.registry.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{Parent: parent, RepositoryId: id, Repository: r})
			return err
		}
		same := func(*artifactregistrypb.Repository) {}
		for name, c := range map[string]struct {
			err  error
			code codes.Code
			text string // empty: modelled
		}{
			"no such repository": {get(central + "/repositories/none"), codes.NotFound, "Requested entity was not found."},
			"no such project": {get("projects/none-such/locations/us/repositories/r"), codes.PermissionDenied,
				"Permission 'artifactregistry.repositories.get' denied on resource '//artifactregistry.googleapis.com/projects/none-such/locations/us/repositories/r' (or it may not exist)."},
			"no such location": {create(healthy+"/locations/mars", "r", same), codes.NotFound, ""},
			"all locations":    {create(healthy+"/locations/-", "r", same), codes.InvalidArgument, "Invalid resource field value in the request."},
			"capitals":         {create(central, "Repo", same), codes.InvalidArgument, ""},
			"ends in a hyphen": {create(central, "repo-", same), codes.InvalidArgument, ""},
			"too long":         {create(central, strings.Repeat("r", 64), same), codes.InvalidArgument, ""},
			"no format": {create(central, "r", func(r *artifactregistrypb.Repository) {
				r.Format = artifactregistrypb.Repository_FORMAT_UNSPECIFIED
			}), codes.InvalidArgument, ""},
			"another format": {create(central, "r", func(r *artifactregistrypb.Repository) {
				r.Format = artifactregistrypb.Repository_NPM
			}), codes.InvalidArgument, ""},
			"remote without source": {create(central, "r", func(r *artifactregistrypb.Repository) { r.ModeConfig = nil }), codes.InvalidArgument, ""},
			"standard with source": {create(central, "r", func(r *artifactregistrypb.Repository) {
				r.Mode = artifactregistrypb.Repository_STANDARD_REPOSITORY
			}), codes.InvalidArgument, ""},
			"user name alone": {create(central, "r", func(r *artifactregistrypb.Repository) {
				r.GetRemoteRepositoryConfig().UpstreamCredentials = upstreamCredentials("demo", "")
			}), codes.InvalidArgument, ""},
			"malformed reference": {create(central, "r", func(r *artifactregistrypb.Repository) {
				r.GetRemoteRepositoryConfig().UpstreamCredentials = upstreamCredentials("demo", "token")
			}), codes.InvalidArgument, "Invalid resource field value in the request."},
		} {
			t.Run(name, func(t *testing.T) {
				if c.text == "" {
					wantCode(t, c.err, c.code)
				} else {
					wantError(t, c.err, c.code, c.text)
				}
			})
		}
	})
}

func TestModeUnspecifiedMakesAStandardRepository(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	op, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{
		Parent: central, RepositoryId: "plain", Repository: &artifactregistrypb.Repository{Format: artifactregistrypb.Repository_GENERIC},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := op.Wait(t.Context())
	if err != nil || r.GetMode() != artifactregistrypb.Repository_STANDARD_REPOSITORY {
		t.Errorf("got %v, %v", r.GetMode(), err)
	}
}

func TestTheFirstRepositoryMakesTheServiceAgent(t *testing.T) {
	g := start(t, Options{SeedFile: seedFile(t, "projects: [{id: fresh-one}]")})
	grantTo := &iampb.SetIamPolicyRequest{Resource: "projects/fresh-one", Policy: &iampb.Policy{Bindings: []*iampb.Binding{
		{Role: "roles/owner", Members: []string{"user:" + DefaultCaller}},
		{Role: "roles/viewer", Members: []string{"serviceAccount:service-100000000001@gcp-sa-artifactregistry.iam.gserviceaccount.com"}},
	}}}
	_, err := g.projects.SetIamPolicy(t.Context(), grantTo)
	wantError(t, err, codes.InvalidArgument, "Service account service-100000000001@gcp-sa-artifactregistry.iam.gserviceaccount.com does not exist.")
	if _, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{
		Parent: "projects/fresh-one/locations/us", RepositoryId: "first", Repository: remoteDockerHub(),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.projects.SetIamPolicy(t.Context(), grantTo); err != nil {
		t.Error(err)
	}
}

func TestListRepositories(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		list := func(req *artifactregistrypb.ListRepositoriesRequest) []string {
			t.Helper()
			var ids []string
			for _, r := range collect(t, g.registry.ListRepositories(t.Context(), req).Next) {
				ids = append(ids, strings.TrimPrefix(r.GetName(), req.GetParent()+"/repositories/"))
			}
			return ids
		}
		all := list(&artifactregistrypb.ListRepositoriesRequest{Parent: central})
		if len(all) != 12 || !slices.IsSorted(all) {
			t.Errorf("got %q", all)
		}
		if small := list(&artifactregistrypb.ListRepositoriesRequest{Parent: central, PageSize: 1}); !slices.Equal(small, all) {
			t.Errorf("in pages of one: %q", small)
		}
		for filter, want := range map[string]string{
			`name="` + dockerHub + `"`:                  "[docker-hub]",
			`name="` + central + `/repositories/*npm*"`: "[npm npm-private]",
			`NAME = ` + central + `/repositories/NPM*`:  "[npm npm-private]",
			`name="` + central + `/repositories/zzz"`:   "[]",
		} {
			if got := fmt.Sprint(list(&artifactregistrypb.ListRepositoriesRequest{Parent: central, Filter: filter})); got != want {
				t.Errorf("%s: got %s, want %s", filter, got, want)
			}
		}
		byAge := list(&artifactregistrypb.ListRepositoriesRequest{Parent: central, OrderBy: "create_time"})
		if byAge[0] != "images" || byAge[1] != "docker-hub" {
			t.Errorf("oldest first: got %q", byAge)
		}
		down := list(&artifactregistrypb.ListRepositoriesRequest{Parent: central, OrderBy: "name desc"})
		slices.Reverse(down)
		if !slices.Equal(down, all) {
			t.Errorf("descending: got %q reversed", down)
		}
	})
}

func TestListRepositoriesErrors(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	for name, req := range map[string]*artifactregistrypb.ListRepositoriesRequest{
		"filter by format":          {Parent: central, Filter: "format=DOCKER"},
		"two fields":                {Parent: central, OrderBy: "name,create_time"},
		"a field that has no order": {Parent: central, OrderBy: "format"},
		"negative page":             {Parent: central, PageSize: -1},
		"invented token":            {Parent: central, PageToken: "abc"},
		"no location":               {Parent: healthy},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := g.registry.ListRepositories(t.Context(), req).Next()
			wantCode(t, err, codes.InvalidArgument)
		})
	}
	pages := g.registry.ListRepositories(t.Context(), &artifactregistrypb.ListRepositoriesRequest{Parent: central, PageSize: 2})
	if _, err := pages.Next(); err != nil {
		t.Fatal(err)
	}
	_, err := g.registry.ListRepositories(t.Context(), &artifactregistrypb.ListRepositoriesRequest{
		Parent: healthy + "/locations/us", PageToken: pages.PageInfo().Token,
	}).Next()
	wantError(t, err, codes.InvalidArgument, "The page token is invalid.")
}

func TestRepositoryPolicy(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		ctx := t.Context()
		p, err := g.registry.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: dockerHub})
		if err != nil || len(p.GetBindings()) > 0 || len(p.GetEtag()) == 0 {
			t.Fatalf("got %v, %v; want an empty policy with an etag", p, err)
		}
		asked := []string{"artifactregistry.repositories.update", "artifactregistry.repositories.get"}
		test := func(ctx context.Context, resource string) []string {
			r, err := g.registry.TestIamPermissions(ctx, &iampb.TestIamPermissionsRequest{Resource: resource, Permissions: asked})
			if err != nil {
				t.Error(err)
			}
			return r.GetPermissions()
		}
		nobody := as(ctx, "nobody@example.com")
		if got := test(nobody, dockerHub); len(got) > 0 {
			t.Errorf("before the grant nobody has %q", got)
		}
		p.Bindings = []*iampb.Binding{{Role: "roles/artifactregistry.reader", Members: []string{"user:nobody@example.com"}}}
		if _, err := g.registry.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: dockerHub, Policy: p}); err != nil {
			t.Fatal(err)
		}
		if got := test(nobody, dockerHub); !slices.Equal(got, asked[1:]) {
			t.Errorf("after the grant nobody has %q", got)
		}
		if got := test(ctx, dockerHub); !slices.Equal(got, asked) {
			t.Errorf("an owner has %q", got)
		}
		if got := test(ctx, central+"/repositories/none"); len(got) > 0 {
			t.Errorf("on what does not exist an owner has %q", got)
		}
		if _, err := g.registry.GetRepository(nobody, &artifactregistrypb.GetRepositoryRequest{Name: dockerHub}); err != nil {
			t.Error(err)
		}
		_, err = g.registry.DeleteRepository(nobody, &artifactregistrypb.DeleteRepositoryRequest{Name: dockerHub})
		wantError(t, err, codes.PermissionDenied, "Permission 'artifactregistry.repositories.delete' denied on resource "+
			"'//artifactregistry.googleapis.com/"+dockerHub+"' (or it may not exist).")
		e := details(t, err)
		if e.Reason() != "IAM_PERMISSION_DENIED" || e.Domain() != "artifactregistry.googleapis.com" ||
			e.Metadata()["permission"] != "artifactregistry.repositories.delete" || e.Metadata()["resource"] != dockerHub {
			t.Errorf("got details %v", e.Details())
		}
	})
}

func TestVPCSCConfig(t *testing.T) {
	overBoth(t, Options{Scenario: "broken"}, func(t *testing.T, g *google) {
		ctx := t.Context()
		const name = "projects/demo-perimeter/locations/us-central1/vpcscConfig"
		policyOf := func(name string) artifactregistrypb.VPCSCConfig_VPCSCPolicy {
			c, err := g.registry.GetVPCSCConfig(ctx, &artifactregistrypb.GetVPCSCConfigRequest{Name: name})
			if err != nil || c.GetName() != name {
				t.Fatalf("got %v, %v", c, err)
			}
			return c.GetVpcscPolicy()
		}
		if got := policyOf(name); got != artifactregistrypb.VPCSCConfig_DENY {
			t.Errorf("inside a perimeter: got %s", got)
		}
		if got := policyOf(central + "/vpcscConfig"); got != artifactregistrypb.VPCSCConfig_VPCSC_POLICY_UNSPECIFIED {
			t.Errorf("outside of any: got %s", got)
		}
		_, err := g.setCredential(t, "projects/demo-perimeter/locations/us-central1/repositories/perimeter-denies", "demo",
			"projects/demo-perimeter/secrets/good/versions/1")
		wantError(t, err, codes.PermissionDenied,
			"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: emulator-perimeter")
		if e := details(t, err); e.Reason() != "SECURITY_POLICY_VIOLATED" || e.Details().PreconditionFailure == nil {
			t.Errorf("got details %v", e.Details())
		}
		if _, err := g.registry.UpdateVPCSCConfig(ctx, &artifactregistrypb.UpdateVPCSCConfigRequest{
			VpcscConfig: &artifactregistrypb.VPCSCConfig{Name: name, VpcscPolicy: artifactregistrypb.VPCSCConfig_ALLOW},
			UpdateMask:  &fieldmaskpb.FieldMask{Paths: []string{"vpcsc_policy"}},
		}); err != nil {
			t.Fatal(err)
		}
		if got := policyOf(name); got != artifactregistrypb.VPCSCConfig_ALLOW {
			t.Errorf("once allowed: got %s", got)
		}
		if _, err := g.setCredential(t, "projects/demo-perimeter/locations/us-central1/repositories/perimeter-denies", "demo",
			"projects/demo-perimeter/secrets/good/versions/1"); err != nil {
			t.Error(err)
		}
	})
}

func TestListLocations(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		all := collect(t, g.registry.ListLocations(t.Context(), &location.ListLocationsRequest{Name: healthy}).Next)
		if len(all) < 45 {
			t.Errorf("got %d locations, want at least 45", len(all))
		}
		if !slices.IsSortedFunc(all, func(a, b *location.Location) int { return strings.Compare(a.GetLocationId(), b.GetLocationId()) }) {
			t.Error("the locations are not sorted")
		}
		for _, id := range []string{"us", "europe", "asia", "us-central1"} {
			if _, err := g.registry.GetLocation(t.Context(), &location.GetLocationRequest{Name: healthy + "/locations/" + id}); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		_, err := g.registry.GetLocation(t.Context(), &location.GetLocationRequest{Name: healthy + "/locations/mars"})
		wantCode(t, err, codes.NotFound)
		_, err = g.registry.ListLocations(as(t.Context(), "nobody@example.com"), &location.ListLocationsRequest{Name: healthy}).Next()
		wantError(t, err, codes.PermissionDenied, "Permission 'artifactregistry.locations.list' denied on resource "+
			"'//artifactregistry.googleapis.com/projects/demo-healthy' (or it may not exist).")
	})
}

func TestRulesAreNotModelled(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		_, err := g.registry.ListRules(t.Context(), &artifactregistrypb.ListRulesRequest{Parent: dockerHub}).Next()
		wantCode(t, err, codes.Unimplemented)
	})
}

func TestAnAnswerDoesNotChangeLater(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	ctx := t.Context()
	api := &registryAPI{Server: g.Server}
	before, err := api.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: dockerHub})
	if err != nil {
		t.Fatal(err)
	}
	kept := proto.CloneOf(before)
	if _, err := g.registry.UpdateRepository(ctx, &artifactregistrypb.UpdateRepositoryRequest{
		Repository: &artifactregistrypb.Repository{Name: dockerHub, Description: "changed", Labels: map[string]string{"a": "b"}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description", "labels"}},
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept, before, protocmp.Transform()); diff != "" {
		t.Errorf("an answer that was given changed:\n%s", diff)
	}
}

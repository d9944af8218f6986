package gcp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"example.com/upstreamauth/flows/cloud"
)

const (
	listLocationsRPC    = "Locations.ListLocations"
	listRepositoriesRPC = "ArtifactRegistry.ListRepositories"
	updateRPC           = "ArtifactRegistry.UpdateRepository"
)

type remoteConfig = artifactregistrypb.RemoteRepositoryConfig

func locationsNamed(names ...string) reply {
	r := &location.ListLocationsResponse{}
	for _, n := range names {
		r.Locations = append(r.Locations, &location.Location{LocationId: n})
	}
	return always(r)
}

// locationOf is the location that a request for repositories asks.
func locationOf(m proto.Message) string {
	parent := m.(*artifactregistrypb.ListRepositoriesRequest).GetParent()
	return parent[strings.LastIndex(parent, "/")+1:]
}

func repositoriesAt(where string, ids ...string) *artifactregistrypb.ListRepositoriesResponse {
	r := &artifactregistrypb.ListRepositoriesResponse{}
	for _, id := range ids {
		r.Repositories = append(r.Repositories, &artifactregistrypb.Repository{Name: "projects/p/locations/" + where + "/repositories/" + id})
	}
	return r
}

func TestRepositoriesOfAllLocationsAreAskedForAtOnce(t *testing.T) {
	var names []string
	for i := range 45 {
		names = append(names, fmt.Sprintf("region-%d", i))
	}
	// Nobody is answered before everybody has asked.
	var all sync.WaitGroup
	all.Add(len(names))
	f := newFake(t, nil, map[string]reply{
		listLocationsRPC: locationsNamed(names...),
		listRepositoriesRPC: func(_ context.Context, m proto.Message) (proto.Message, error) {
			all.Done()
			all.Wait()
			return repositoriesAt(locationOf(m), "r"), nil
		},
	})
	var got []string
	for b, err := range f.client(t, Options{}).Repositories(t.Context(), "p") {
		if err != nil || b.Err != nil {
			t.Fatal(err, b.Err)
		}
		got = append(got, b.Location)
		if len(b.Repositories) != 1 || b.Repositories[0].Name.Location != b.Location {
			t.Errorf("%s has %v", b.Location, b.Repositories)
		}
	}
	slices.Sort(got)
	slices.Sort(names)
	if diff := cmp.Diff(names, got); diff != "" {
		t.Error(diff)
	}
}

func TestALocationThatFailsIsABatch(t *testing.T) {
	f := newFake(t, nil, map[string]reply{
		listLocationsRPC: locationsNamed("good", "bad"),
		listRepositoriesRPC: func(_ context.Context, m proto.Message) (proto.Message, error) {
			r := m.(*artifactregistrypb.ListRepositoriesRequest)
			switch {
			case locationOf(m) == "bad":
				return nil, status.Error(codes.Internal, "region down")
			case r.GetPageToken() == "":
				page := repositoriesAt("good", "a", "b")
				page.NextPageToken = "more"
				return page, nil
			default:
				return repositoriesAt("good", "c"), nil
			}
		},
	})
	var ids []string
	failed := 0
	for b, err := range f.client(t, Options{}).Repositories(t.Context(), "p") {
		if err != nil {
			t.Fatal(err)
		}
		if b.Err != nil {
			failed++
			if b.Location != "bad" || cloud.KindOf(b.Err) != cloud.Internal {
				t.Errorf("%s failed with %v", b.Location, b.Err)
			}
		}
		for _, r := range b.Repositories {
			ids = append(ids, r.Name.ID)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, ids); diff != "" || failed != 1 {
		t.Errorf("%d failures\n%s", failed, diff)
	}
}

func TestWhereAllLocationsFailThereIsOneError(t *testing.T) {
	denied := status.Error(codes.PermissionDenied, "The caller does not have permission")
	refuse := func(context.Context, proto.Message) (proto.Message, error) { return nil, denied }
	for name, replies := range map[string]map[string]reply{
		"every location": {listLocationsRPC: locationsNamed("a", "b", "c"), listRepositoriesRPC: refuse},
		"the locations":  {listLocationsRPC: refuse},
	} {
		t.Run(name, func(t *testing.T) {
			var errs []error
			for b, err := range newFake(t, nil, replies).client(t, Options{}).Repositories(t.Context(), "p") {
				if err == nil {
					t.Errorf("a batch came: %v", b)
				}
				errs = append(errs, err)
			}
			if len(errs) != 1 || cloud.KindOf(errs[0]) != cloud.PermissionDenied {
				t.Errorf("got %v", errs)
			}
		})
	}
}

func TestLeavingTheListEndsIt(t *testing.T) {
	ended := make(chan struct{}, 2)
	f := newFake(t, nil, map[string]reply{
		listLocationsRPC: locationsNamed("quick", "slow", "slower"),
		listRepositoriesRPC: func(ctx context.Context, m proto.Message) (proto.Message, error) {
			if locationOf(m) == "quick" {
				return repositoriesAt("quick", "r"), nil
			}
			<-ctx.Done()
			ended <- struct{}{}
			return nil, ctx.Err()
		},
	})
	for b, err := range f.client(t, Options{}).Repositories(t.Context(), "p") {
		if err != nil || b.Location != "quick" {
			t.Fatal(b, err)
		}
		break
	}
	// The slow ones were asked, or not even that; none may hang on.
	for range f.count(listRepositoriesRPC) - 1 {
		<-ended
	}
}

func TestOnlyWhatIsGivenIsWritten(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(context.Context, *Client) (cloud.Repository, error)
		paths []string
		want  *remoteConfig
	}{
		{"both", func(ctx context.Context, c *Client) (cloud.Repository, error) {
			return c.SetCredentials(ctx, theRepo, "u", theVersion.String())
		}, []string{usernamePath, versionPath}, withCredentials("u", theVersion.String())},
		{"version alone", func(ctx context.Context, c *Client) (cloud.Repository, error) {
			return c.SetCredentials(ctx, theRepo, "", theVersion.String())
		}, []string{versionPath}, withCredentials("", theVersion.String())},
		{"user name alone", func(ctx context.Context, c *Client) (cloud.Repository, error) {
			return c.SetCredentials(ctx, theRepo, "u", "")
		}, []string{usernamePath}, withCredentials("u", "")},
		{"none", func(ctx context.Context, c *Client) (cloud.Repository, error) {
			return c.ClearCredentials(ctx, theRepo)
		}, []string{credentialsPath}, &remoteConfig{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, nil, map[string]reply{updateRPC: func(_ context.Context, m proto.Message) (proto.Message, error) {
				r := m.(*artifactregistrypb.UpdateRepositoryRequest)
				if diff := cmp.Diff(c.paths, r.GetUpdateMask().GetPaths()); diff != "" {
					t.Errorf("mask: %s", diff)
				}
				want := &artifactregistrypb.Repository{Name: theRepo.String(), ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: c.want}}
				if !proto.Equal(want, r.GetRepository()) {
					t.Errorf("wrote %v, want %v", r.GetRepository(), want)
				}
				return r.GetRepository(), nil
			}})
			if _, err := c.write(t.Context(), f.client(t, Options{})); err != nil {
				t.Error(err)
			}
		})
	}
	f := newFake(t, nil, nil)
	if _, err := f.client(t, Options{}).SetCredentials(t.Context(), theRepo, "", ""); cloud.KindOf(err) != cloud.Invalid || f.count(updateRPC) != 0 {
		t.Errorf("an empty write: %v", err)
	}
}

func withCredentials(username, version string) *remoteConfig {
	return &remoteConfig{UpstreamCredentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials{
		Credentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials_{
			UsernamePasswordCredentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials{
				Username: username, PasswordSecretVersion: version,
			},
		},
	}}
}

func TestEveryShapeOfUpstreamIsRead(t *testing.T) {
	const custom = "https://custom.example.com/path/"
	for _, c := range []struct {
		name        string
		config      *remoteConfig
		preset, uri string
	}{
		{"none", nil, "", ""},
		{"common", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_CommonRepository{CommonRepository: &artifactregistrypb.RemoteRepositoryConfig_CommonRemoteRepository{Uri: custom}}}, "", custom},
		{"Docker Hub", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_{DockerRepository: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository{
			Upstream: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_PublicRepository_{PublicRepository: artifactregistrypb.RemoteRepositoryConfig_DockerRepository_DOCKER_HUB},
		}}}, "DOCKER_HUB", "https://registry-1.docker.io"},
		{"custom Docker", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_{DockerRepository: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository{
			Upstream: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_CustomRepository_{CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_CustomRepository{Uri: custom}},
		}}}, "", custom},
		{"npmjs", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_{NpmRepository: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository{
			Upstream: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_PublicRepository_{PublicRepository: artifactregistrypb.RemoteRepositoryConfig_NpmRepository_NPMJS},
		}}}, "NPMJS", "https://" + npmHost},
		{"custom npm", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_{NpmRepository: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository{
			Upstream: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_CustomRepository_{CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_CustomRepository{Uri: custom}},
		}}}, "", custom},
		{"PyPI", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_PythonRepository_{PythonRepository: &artifactregistrypb.RemoteRepositoryConfig_PythonRepository{
			Upstream: &artifactregistrypb.RemoteRepositoryConfig_PythonRepository_PublicRepository_{PublicRepository: artifactregistrypb.RemoteRepositoryConfig_PythonRepository_PYPI},
		}}}, "PYPI", "https://pypi.io"},
		{"custom Maven", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_MavenRepository_{MavenRepository: &artifactregistrypb.RemoteRepositoryConfig_MavenRepository{
			Upstream: &artifactregistrypb.RemoteRepositoryConfig_MavenRepository_CustomRepository_{CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_MavenRepository_CustomRepository{Uri: custom}},
		}}}, "", custom},
		{"Debian", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_AptRepository_{AptRepository: &artifactregistrypb.RemoteRepositoryConfig_AptRepository{
			Upstream: &artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository_{PublicRepository: &artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository{
				RepositoryBase: artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository_DEBIAN, RepositoryPath: "debian/dists/stable",
			}},
		}}}, "DEBIAN", "https://" + "deb" + "." + "debian.org/debian/dists/stable"},
		{"custom yum", &remoteConfig{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_YumRepository_{YumRepository: &artifactregistrypb.RemoteRepositoryConfig_YumRepository{
			Upstream: &artifactregistrypb.RemoteRepositoryConfig_YumRepository_CustomRepository_{CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_YumRepository_CustomRepository{Uri: custom}},
		}}}, "", custom},
	} {
		t.Run(c.name, func(t *testing.T) {
			if preset, uri := upstream(c.config); preset != c.preset || uri != c.uri {
				t.Errorf("got %q %q, want %q %q", preset, uri, c.preset, c.uri)
			}
		})
	}
}

func TestHostileTextIsCleanedWhereItEnters(t *testing.T) {
	f := newFake(t, nil, map[string]reply{"ArtifactRegistry.GetRepository": always(&artifactregistrypb.Repository{
		Name: theRepo.String(), Description: "a\x1b[2Jb", Labels: map[string]string{"goog-terraform-provisioned": "tr\u202eue"},
		ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: withCredentials("u\u202e", "not a version\n")},
	})})
	r, err := f.client(t, Options{}).Repository(t.Context(), theRepo)
	if err != nil || r.Labels["goog-terraform-provisioned"] != `tr\u202eue` || r.Description != `a\x1b[2Jb` || r.Username != `u\u202e` || r.SecretVersion != "not a version " {
		t.Errorf("%v: %+v", err, r)
	}
}

func TestUpstreamAllowedOnlyWhereItIsSaid(t *testing.T) {
	for policy, want := range map[artifactregistrypb.VPCSCConfig_VPCSCPolicy]bool{
		artifactregistrypb.VPCSCConfig_ALLOW: true, artifactregistrypb.VPCSCConfig_DENY: false, artifactregistrypb.VPCSCConfig_VPCSC_POLICY_UNSPECIFIED: false,
	} {
		f := newFake(t, nil, map[string]reply{"ArtifactRegistry.GetVPCSCConfig": always(&artifactregistrypb.VPCSCConfig{VpcscPolicy: policy})})
		if got, err := f.client(t, Options{}).UpstreamAllowed(t.Context(), "p", "us"); err != nil || got != want {
			t.Errorf("%v: got %v, %v", policy, got, err)
		}
	}
}

// A login or a query in an upstream's address stays with Google: no caller
// gets to see it.
func TestUpstreamAddressIsMaskedWhereItEnters(t *testing.T) {
	for _, uri := range []string{"https://jane:s3cret@nexus.example.com/npm/", "https://nexus.example.com/npm/?key=s3cret", "jane:s3cret@nexus.example.com"} {
		r := repository(&artifactregistrypb.Repository{
			Name: "projects/p/locations/l/repositories/r", Format: artifactregistrypb.Repository_NPM,
			ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: &remoteConfig{
				RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_CommonRepository{
					CommonRepository: &artifactregistrypb.RemoteRepositoryConfig_CommonRemoteRepository{Uri: uri}},
			}},
		})
		if !strings.Contains(r.URI, "nexus.example.com") || strings.Contains(fmt.Sprintf("%+v", r), "s3cret") {
			t.Errorf("%s became %+v", uri, r)
		}
	}
}

// A pull's error is masked before it is cut: half an address is not known as one.
func TestPullErrorsMaskAddresses(t *testing.T) {
	for at := range 80 {
		body := strings.Repeat("x", pullDetail-40+at) + " https://jane:s3cret-12345@nexus.example.com/x?sig=s3cret"
		if said := pullError([]byte(body)); strings.Contains(said, "s3c") || strings.Contains(said, "jane") {
			t.Fatalf("%d: %q", at, said)
		}
	}
}

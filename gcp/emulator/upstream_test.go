package emulator

import (
	"errors"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/codes"

	"example.com/upstreamauth/gcp/emulator/origin"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

func TestSources(t *testing.T) {
	const own = "https://own.example.com/x"
	for format, preset := range map[artifactregistrypb.Repository_Format]string{
		artifactregistrypb.Repository_DOCKER: "https://registry-1.docker.io",
		artifactregistrypb.Repository_NPM:    npmjsURI,
		artifactregistrypb.Repository_PYTHON: "https://pypi.io",
		artifactregistrypb.Repository_MAVEN:  "https://repo.maven.apache.org/maven2",
		artifactregistrypb.Repository_APT:    debianURI + "/debian/dists/stable",
		artifactregistrypb.Repository_YUM:    "https://download.rockylinux.org/pub/rocky/9/BaseOS/x86_64/os",
		artifactregistrypb.Repository_GO:     goURI,
	} {
		of := func(upstream string, custom bool) source {
			return sourceOf(&artifactregistrypb.Repository{ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{
				RemoteRepositoryConfig: must(remoteConfig(format, upstream, custom)),
			}})
		}
		if got := of("preset", false); got.uri != preset || !got.preset || got.custom {
			t.Errorf("%s preset: got %+v", format, got)
		}
		if got := of(own, false); got.uri != own || got.preset || got.custom {
			t.Errorf("%s common: got %+v", format, got)
		}
		if format == artifactregistrypb.Repository_GO {
			continue // Go has no custom repository
		}
		if got := of(own, true); got.uri != own || got.preset || !got.custom {
			t.Errorf("%s custom: got %+v", format, got)
		}
	}
}

func TestASourceMustFitTheFormat(t *testing.T) {
	formats := []artifactregistrypb.Repository_Format{
		artifactregistrypb.Repository_DOCKER, artifactregistrypb.Repository_NPM, artifactregistrypb.Repository_PYTHON,
		artifactregistrypb.Repository_MAVEN, artifactregistrypb.Repository_APT, artifactregistrypb.Repository_YUM,
	}
	for _, source := range formats {
		for _, format := range formats {
			err := checkSource(&artifactregistrypb.Repository{
				Format: format, ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{
					RemoteRepositoryConfig: must(remoteConfig(source, "preset", false)),
				},
			})
			if (err == nil) != (source == format) {
				t.Errorf("%s from a source of %s: got %v", format, source, err)
			}
		}
	}
}

func TestRegistriesAsSources(t *testing.T) {
	for uri, want := range map[string]bool{
		"projects/p/locations/us/repositories/r":      true,
		"https://us-docker.pkg.dev/p/r":               true,
		"https://docker.pkg.dev.example.com/p/r":      false,
		"https://example.com/us-docker.pkg.dev":       false,
		"https://ghcr.io":                             false,
		"projects/p/locations/us/repositories/r/more": false,
	} {
		if got := (source{uri: uri}).isRegistry(); got != want {
			t.Errorf("%s: got %v", uri, got)
		}
	}
}

func TestUpstreamRefusals(t *testing.T) {
	if err := upstreamRefusal(nil); err != nil {
		t.Errorf("of an upstream that accepts: %v", err)
	}
	for says, err := range map[string]error{
		"generic::unauthenticated: Unauthorized error returned by the external repository": &origin.Error{Kind: origin.Unauthorized, Status: 401},
		"generic::permission_denied: ":  &origin.Error{Kind: origin.Denied, Status: 403},
		"generic::not_found: ":          &origin.Error{Kind: origin.NotFound, Status: 404},
		"generic::resource_exhausted: ": &origin.Error{Kind: origin.Limited, Status: 429},
		"generic::unavailable: ":        &origin.Error{Kind: origin.TLS, Detail: "x509"},
		"generic::internal: ":           errors.New("surprise"),
	} {
		got := upstreamRefusal(err)
		wantCode(t, got, codes.InvalidArgument)
		if _, text := problem(got); !strings.HasPrefix(text, "Failed to validate remote upstream: ") || !strings.Contains(text, says) {
			t.Errorf("%v: got %s", err, text)
		}
	}
}

func TestAnUpstreamInTroubleIsToldApart(t *testing.T) {
	set := must(upstreams.Start())
	t.Cleanup(func() { _ = set.Close() })
	g := start(t, Options{Scenario: "onboarding", Upstreams: set})
	version := g.newSecret(t, "token", upstreams.DockerHubToken)
	g.grantAgent(t, "token")
	for fault, says := range map[upstreams.Fault]string{
		upstreams.Wrong:   "generic::unauthenticated",
		upstreams.Limited: "generic::resource_exhausted",
		upstreams.Down:    "generic::unavailable",
	} {
		if err := set.SetFault("docker-hub", fault); err != nil {
			t.Fatal(err)
		}
		_, err := g.setCredential(t, dockerHub, upstreams.DemoUser, version)
		wantCode(t, err, codes.InvalidArgument)
		if _, text := problem(err); !strings.Contains(text, says) {
			t.Errorf("%s: got %s, want %s", fault, text, says)
		}
	}
}

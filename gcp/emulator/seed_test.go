package emulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

func TestSeedErrorsNameThePlace(t *testing.T) {
	for text, says := range map[string]string{
		"projects: [{id: p-one-one, nonsense: 1}]": "line 1: field nonsense not found",
		"projects: 3":         "line 1: cannot unmarshal",
		"projects: [{id: P}]": `project "P": the id must match`,
		"projects: [{id: one-one}, {id: one-one}]":                                                        `project "one-one": the id or the number`,
		"projects: [{id: one-one, number: 5}, {id: two-two, number: 5}]":                                  `project "two-two": the id or the number 5 is taken`,
		"projects: [{id: one-one, services: [x]}]":                                                        `unknown service "x"`,
		"projects: [{id: one-one, state: gone}]":                                                          `state "gone"`,
		"projects: [{id: one-one, identity: maybe}]":                                                      `identity "maybe"`,
		"projects: [{id: one-one, allowUpstreams: [mars]}]":                                               `unknown location "mars"`,
		"projects: [{id: one-one, policy: [{role: r}]}]":                                                  `unknown role "r"`,
		"projects: [{id: one-one, policy: [{role: roles/viewer, members: [me]}]}]":                        `member "me"`,
		`projects: [{id: one-one, policy: [{role: roles/viewer, members: ["agent:two-two"]}]}]`:           `member "agent:two-two": no such project`,
		"projects: [{id: one-one, repositories: [{name: r, format: docker}]}]":                            `repository "r": the name must be LOCATION/ID`,
		"projects: [{id: one-one, repositories: [{name: mars/r, format: docker}]}]":                       "the name must be LOCATION/ID",
		"projects: [{id: one-one, repositories: [{name: us/r, format: tar}]}]":                            `unknown format "tar"`,
		"projects: [{id: one-one, repositories: [{name: us/r, format: docker, mode: cache}]}]":            `mode "cache"`,
		"projects: [{id: one-one, repositories: [{name: us/r, format: ruby}]}]":                           "format RUBY has no upstream",
		"projects: [{id: one-one, repositories: [{name: us/r, format: apt}, {name: us/r, format: apt}]}]": `repository "us/r": it is there twice`,
		"projects: [{id: one-one, secrets: [{id: a.b}]}]":                                                 `secret "a.b": the id must match`,
		"projects: [{id: one-one, secrets: [{id: a}, {id: a}]}]":                                          `secret "a": it is there twice`,
		"projects: [{id: one-one, secrets: [{id: a, type: new}]}]":                                        `unknown type "new"`,
		"projects: [{id: one-one, secrets: [{id: a, aliases: {b: 1}}]}]":                                  `alias "b": there is no version 1`,
		"projects: [{id: one-one, secrets: [{id: a, versions: [{state: off}]}]}]":                         "version 1: state",
		"projects: [{id: one-one, secrets: [{id: a, versions: [{tokenFor: x}]}]}]":                        `there is no embedded upstream "x"`,
		"projects: [{id: one-one, secrets: [{id: a, expiresIn: soon}]}]":                                  "line 1: cannot unmarshal",
		"roles: {mine: [secretmanager.secrets.get]}":                                                      `role "mine": want projects/`,
		"roles: {projects/p/roles/r: [nonsense.get]}":                                                     `checks no permission "nonsense.get"`,
		"projects: []\n---\nprojects: []":                                                                 "more than one document",
	} {
		s, err := New(t.Context(), Options{SeedFile: seedFile(t, text)})
		if err == nil {
			t.Errorf("%s: it was accepted", text)
			s.Close()
		} else if !strings.Contains(err.Error(), says) {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, says)
		}
	}
}

func TestAnEmptySeedIsAnEmptyWorld(t *testing.T) {
	s := serve(t, Options{SeedFile: seedFile(t, "")})
	if n := len(s.world.projects); n != 0 {
		t.Errorf("got %d projects", n)
	}
}

func TestOnboarding(t *testing.T) {
	s := serve(t, Options{Scenario: "onboarding"})
	var ids []string
	formats := map[string]bool{}
	for _, p := range s.world.projects {
		ids = append(ids, p.id)
		for _, r := range p.repositories.values {
			if r.pb.GetMode() == artifactregistrypb.Repository_REMOTE_REPOSITORY {
				formats[r.pb.GetFormat().String()] = true
			}
			if r.pb.GetRemoteRepositoryConfig().GetUpstreamCredentials() != nil {
				t.Errorf("%s has credentials already", r.pb.GetName())
			}
		}
	}
	if got := strings.Join(ids, " "); got != "demo-healthy demo-no-secrets demo-denied demo-tokyo" {
		t.Errorf("got projects %s", got)
	}
	for _, f := range []string{"DOCKER", "MAVEN", "NPM", "PYTHON", "APT", "YUM", "GO"} {
		if !formats[f] {
			t.Errorf("no remote repository has the format %s", f)
		}
	}
	if !s.world.projects[0].agent {
		t.Error("the healthy project has no service agent")
	}
}

// TestBrokenIsBrokenAsNamed asks, for each repository of the scenario, what
// its service agent gets, and whether the upstream then takes it.
func TestBrokenIsBrokenAsNamed(t *testing.T) {
	s := serve(t, Options{Scenario: "broken"})
	want := map[string]string{
		"healthy": "OK", "healthy-npm": "OK",
		"no-credentials":            "OK",
		"username-implausible":      "INVALID_ARGUMENT credentials are invalid",
		"reference-malformed":       "INVALID_ARGUMENT Invalid resource field value",
		"reference-without-project": "INVALID_ARGUMENT generic::permission_denied",
		"secret-missing":            "INVALID_ARGUMENT generic::permission_denied",
		"secret-expired":            "INVALID_ARGUMENT generic::permission_denied",
		"secret-expiring":           "OK",
		"version-missing":           "INVALID_ARGUMENT versions/7] not found",
		"version-disabled":          "INVALID_ARGUMENT in DISABLED state",
		"version-destroyed":         "INVALID_ARGUMENT in DESTROYED state",
		"latest-disabled":           "INVALID_ARGUMENT in DISABLED state",
		"newer-version":             "OK",
		"grant-missing":             "INVALID_ARGUMENT generic::permission_denied",
		"grant-conditional":         "INVALID_ARGUMENT generic::permission_denied",
		"grant-other-agent":         "INVALID_ARGUMENT generic::permission_denied",
		"grant-deleted-member":      "INVALID_ARGUMENT generic::permission_denied",
		"grant-to-caller":           "INVALID_ARGUMENT generic::permission_denied",
		"payload-newline":           "INVALID_ARGUMENT credentials are invalid",
		"token-wrong":               "INVALID_ARGUMENT credentials are invalid",
		"upstream-unreachable":      "INVALID_ARGUMENT generic::unavailable",
		"not-remote":                "OK",
		"api-disabled":              "INVALID_ARGUMENT Secret Manager API has not been used",
		"agent-missing":             "INVALID_ARGUMENT Service account service-515104041265@gcp-sa-artifactregistry.iam.gserviceaccount.com does not exist.",
		"perimeter-denies":          "PERMISSION_DENIED prohibited by organization's policy",
	}
	for _, p := range s.world.projects {
		for _, r := range p.repositories.values {
			err := s.validate(t.Context(), p, r.location, nil, r.pb)
			code, text := problem(err)
			wantCode, wantText, _ := strings.Cut(want[r.id], " ")
			if codeName(code) != wantCode || !strings.Contains(text, wantText) {
				t.Errorf("%s: got %s: %s\nwant %s", r.id, code, text, want[r.id])
			}
			delete(want, r.id)
		}
	}
	for id := range want {
		t.Errorf("there is no repository %s", id)
	}
	if first := s.world.projects[0]; first.id != "demo-healthy" {
		t.Errorf("the first project is %s", first.id)
	}
}

func TestFleetFollowsFromItsNumbers(t *testing.T) {
	names := func(seed int64) (projects int, all []string) {
		s := serve(t, Options{Scenario: "fleet", Projects: 7, Repositories: 100, Seed: seed})
		for _, p := range s.world.projects {
			for _, r := range p.repositories.values {
				all = append(all, fmt.Sprint(r.pb.GetName(), sourceOf(r.pb)))
			}
		}
		return len(s.world.projects), all
	}
	projects, first := names(1)
	_, same := names(1)
	_, other := names(2)
	if projects != 7 || len(first) != 100 {
		t.Errorf("got %d projects, %d repositories", projects, len(first))
	}
	if !slices.Equal(first, same) {
		t.Error("the same seed made another world")
	}
	if slices.Equal(first, other) {
		t.Error("another seed made the same world")
	}
}

func TestSeededTokensAreThoseOfTheUpstreams(t *testing.T) {
	set := must(upstreams.Start())
	defer set.Close()
	s := serve(t, Options{Upstreams: set, SeedFile: seedFile(t, `
projects:
  - id: one-one
    secrets: [{id: s, versions: [{tokenFor: ghcr}, {tokenFor: ghcr, data: "\n"}, {data: own}]}]
`)})
	sec, _ := s.world.projects[0].secrets.get("s")
	for i, want := range []string{upstreams.GitHubToken, upstreams.GitHubToken + "\n", "own"} {
		if got := string(sec.versions[i].data); got != want {
			t.Errorf("version %d: got %q, want %q", i+1, got, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := set.SetToken("ghcr", "x"); err != nil {
		t.Errorf("upstreams that were lent are closed: %v", err)
	}
}

func FuzzParseSeed(f *testing.F) {
	for _, name := range []string{"onboarding", "broken"} {
		f.Add(string(must(scenarioFiles.ReadFile("scenarios/" + name + ".yaml"))))
	}
	f.Add("projects: [{id: one-one, secrets: [{id: a, versions: [{data: x}]}]}]")
	set, err := upstreams.Start()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = set.Close() })
	f.Fuzz(func(_ *testing.T, text string) {
		seed, err := parseSeed("fuzz", []byte(text))
		if err != nil {
			return
		}
		s := &Server{world: newWorld(), upstreams: set, callers: callers{known: map[string]bool{}}, options: Options{Now: newClock().now}}
		_ = (&builder{Server: s}).build(seed) // it may be refused, and must not panic
	})
}

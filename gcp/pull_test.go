package gcp

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/gcp/emulator"
)

func TestWhereAnArtifactIs(t *testing.T) {
	repository := func(format, address string) cloud.Repository {
		return cloud.Repository{Name: theRepo, Format: format, RegistryURI: address}
	}
	for _, c := range []struct {
		name, universe, addr string
		r                    cloud.Repository
		artifact, want       string
	}{
		{"Docker", "", "", repository("DOCKER", "us-docker.pkg.dev/p/r"), "library/alpine:3.20", "https://us-docker.pkg.dev/v2/p/r/library/alpine/manifests/3.20"},
		{"Docker without a tag", "", "", repository("DOCKER", ""), "alpine", "https://us-docker.pkg.dev/v2/p/r/alpine/manifests/latest"},
		{"Docker by digest", "", "", repository("DOCKER", ""), "a/b@sha256:00", "https://us-docker.pkg.dev/v2/p/r/a/b/manifests/sha256:00"},
		{"Docker on the emulator", "", "127.0.0.1:80", repository("DOCKER", ""), "a:1", "http://127.0.0.1:80/v2/us-docker.pkg.dev/p/r/a/manifests/1"},
		{"npm", "", "", repository("NPM", ""), "left-pad", "https://us-npm.pkg.dev/p/r/left-pad"},
		{"npm, scoped", "", "", repository("NPM", ""), "@a/b", "https://us-npm.pkg.dev/p/r/@a%2Fb"},
		{"Python on the emulator", "", "127.0.0.1:80", repository("PYTHON", ""), "requests", "http://127.0.0.1:80/us-python.pkg.dev/p/r/simple/requests/"},
		{"Maven", "", "", repository("MAVEN", ""), "com.example:hello:1.0", "https://us-maven.pkg.dev/p/r/com/example/hello/1.0/hello-1.0.pom"},
		{"Maven by path", "", "", repository("MAVEN", ""), "com/example/maven-metadata.xml", "https://us-maven.pkg.dev/p/r/com/example/maven-metadata.xml"},
		{"nothing escapes the path", "", "", repository("PYTHON", ""), "../../x?y#z", "https://us-python.pkg.dev/p/r/simple/..%2F..%2Fx%3Fy%23z/"},
		{"a domain's project", "", "", cloud.Repository{Name: cloud.RepositoryName{Project: "example.com:p", Location: "us", ID: "r"}, Format: "NPM"}, "x", "https://us-npm.pkg.dev/example.com/p/r/x"},
		{"another universe", "s3nsapis.fr", "", repository("NPM", "us-npm.s3nsregistry.fr/p/r"), "x", "https://us-npm.s3nsregistry.fr/p/r/x"},
		{"a foreign host", "", "", repository("NPM", "us-npm.example.com/p/r"), "x", ""},
		{"a foreign host behind a user in another universe", "s3nsapis.fr", "", repository("NPM", "us-npm.@evil.example.com/p/r"), "x", ""},
		{"a foreign host in another universe", "s3nsapis.fr", "", repository("NPM", "evil.example.com/p/r"), "x", ""},
		{"no path", "", "", repository("NPM", "us-npm.pkg.dev"), "x", ""},
		{"a format that is not pulled", "", "", repository("APT", ""), "x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := must(New(t.Context(), Options{UniverseDomain: c.universe}))(t)
			client.addr = c.addr
			got, err := client.pullURL(c.r, c.artifact)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestTheAbsentArtifactIsAnotherEachTime(t *testing.T) {
	for _, r := range []cloud.Repository{{Format: "DOCKER", Preset: "DOCKER_HUB"}, {Format: "DOCKER"}, {Format: "NPM"}, {Format: "PYTHON"}, {Format: "MAVEN"}} {
		a, b := absentArtifact(r), absentArtifact(r)
		if a == b || !strings.Contains(a, "upstreamauth-") || strings.ToLower(a) != a {
			t.Errorf("%s: %q and %q", r.Format, a, b)
		}
	}
}

// On Docker Hub it is a tag of an image that exists, however the repository
// came to have Docker Hub as its upstream.
func TestTheAbsentArtifactOnDockerHub(t *testing.T) {
	for _, c := range []struct {
		r   cloud.Repository
		hub bool
	}{
		{cloud.Repository{Format: "DOCKER", Preset: "DOCKER_HUB", URI: "https://registry-1.docker.io"}, true},
		{cloud.Repository{Format: "DOCKER", URI: "https://Registry-1.docker.io/"}, true},
		{cloud.Repository{Format: "DOCKER", URI: "https://docker.example.com"}, false},
		{cloud.Repository{Format: "NPM", Preset: "NPMJS"}, false},
	} {
		if got := absentArtifact(c.r); strings.HasPrefix(got, "library/alpine:") != c.hub {
			t.Errorf("%s: %s", c.r.URI, got)
		}
	}
}

func TestWhatAnErrorsBodySays(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"Docker", `{"errors":[{"code":"DENIED","message":"no\u001b[2J"}]}`, `DENIED: no\x1b[2J`},
		{"Docker without a code", `{"errors":[{"message":"no"}]}`, "no"},
		{"Google", `{"error":{"code":403,"message":"closed"}}`, "closed"},
		{"npm", `{"error":"not_found"}`, "not_found"},
		{"text", " gone \n", "gone"},
		{"other JSON", `{"a":1}`, `{"a":1}`},
		{"long", strings.Repeat("ä", pullDetail+1), strings.Repeat("ä", pullDetail) + "…"},
		{"nothing", "", ""},
	} {
		if got := pullError([]byte(c.body)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzPullError(f *testing.F) {
	for _, s := range []string{"", "{", `{"errors":[]}`, `{"error":{}}`, `{"errors":[{"code":1}]}`, "\x1b[2J"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := pullError(body); strings.ContainsAny(got, "\x1b\n\r") || len([]rune(got)) > 12*pullDetail {
			t.Errorf("got %q", got)
		}
	})
}

func TestPullsThroughTheEmulator(t *testing.T) {
	s := startEmulator(t, emulator.Options{})
	c := clientOf(t, s, Options{})
	hub := must(c.SetCredentials(t.Context(), repositoryIn("contract-well", "hub"), "demo", versionIn("contract-well", "hub-token").String()))(t)
	repository := func(id string) cloud.Repository {
		return must(c.Repository(t.Context(), repositoryIn("contract-well", id)))(t)
	}
	for _, p := range []struct {
		r        cloud.Repository
		artifact string
		status   int
	}{
		{hub, "", 404}, {hub, "demo/private:latest", 200}, {hub, "library/hello:latest", 200},
		{repository("npm"), "", 404}, {repository("npm"), "hello-npm", 200},
		{repository("pypi"), "", 404},
		{repository("maven"), "", 404}, {repository("maven"), "com.example:hello:1.0.0", 200},
	} {
		a, err := c.Pull(t.Context(), p.r, p.artifact)
		if err != nil || a.Status != p.status || (a.Detail == "") != (p.status == 200) || !strings.HasPrefix(a.URL, "http://"+s.Addr()+"/") {
			t.Errorf("%s %q: got %+v, %v, want %d", p.r.Name.ID, p.artifact, a, err, p.status)
		}
	}
	if a, err := clientOf(t, s, Options{Caller: "stranger@example.com"}).Pull(t.Context(), hub, ""); err != nil || a.Status < 400 || a.Status == 404 && !strings.Contains(strings.ToLower(a.Detail), "denied") {
		t.Errorf("a stranger got %+v, %v", a, err)
	}
}

func TestAnAnswerWithoutEndIsCut(t *testing.T) {
	f := newFake(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 1<<16)); err != nil {
				return
			}
		}
	}), nil)
	a, err := f.client(t, Options{}).Pull(t.Context(), cloud.Repository{Name: theRepo, Format: "NPM"}, "")
	if err != nil || a.Status != http.StatusBadGateway || len(a.Detail) > pullDetail+len("…") {
		t.Errorf("got %d, %d bytes, %v", a.Status, len(a.Detail), err)
	}
}

// TestAPullThatIsNotServed is none: the emulator does not pull from another
// repository of Artifact Registry, which says nothing of that repository.
func TestAPullThatIsNotServed(t *testing.T) {
	s := startEmulator(t, emulator.Options{Scenario: "onboarding"})
	c := clientOf(t, s, Options{})
	r := must(c.Repository(t.Context(), repositoryIn("demo-healthy", "other-team")))(t)
	if a, err := c.Pull(t.Context(), r, ""); cloud.KindOf(err) != cloud.Unimplemented {
		t.Errorf("got %+v, %v", a, err)
	}
}

// A server that switches protocols never ends its answer: none is waited for.
func TestPullEndsWhenProtocolsAreSwitched(t *testing.T) {
	held := make(chan struct{})
	t.Cleanup(func() { close(held) })
	f := newFake(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		_ = buffered.Flush()
		<-held
	}), nil)
	r := cloud.Repository{Name: cloud.RepositoryName{Project: "p", Location: "l", ID: "r"}, Format: "DOCKER"}
	if a, err := f.client(t, Options{}).Pull(t.Context(), r, ""); err == nil {
		t.Errorf("got %+v", a)
	}
}

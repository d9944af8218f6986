package emulator

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"

	"example.com/upstreamauth/gcp/emulator/origin"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// TestUpstreamFailuresInGooglesWords has an upstream fail in each way that
// Google's page on troubleshooting remote repositories words
// (cloud.google.com/artifact-registry/docs/troubleshoot-remote).
func TestUpstreamFailuresInGooglesWords(t *testing.T) {
	w := newPullWorld(t)
	for _, r := range pullable {
		w.setUp(r.id, r.upstream)
	}
	// ask pulls what a repository has, and puts URL where the answer names it.
	ask := func(path, upstream string) (int, string) {
		code, body := w.get(path, nil)
		wanted, _ := parsePull(httptest.NewRequestWithContext(t.Context(), http.MethodGet, strings.ReplaceAll(path, "%2f", "/"), nil))
		u, _ := w.upstreams.Lookup(upstream)
		body = strings.ReplaceAll(body, strings.TrimSuffix(u.StandsFor[0], "/")+"/"+wanted.path, "URL")
		return code, strings.ReplaceAll(body, u.URI, "HOST/")
	}
	for _, c := range []struct {
		fault  upstreams.Fault
		status int
		says   string
	}{
		{upstreams.Missing, 404, "Received invalid response from external repository; url=URL."},
		{upstreams.Limited, 429, "Resource has been exhausted (e.g. check quota)."},
		{upstreams.Broken, 502, "Received invalid http status code 500 from external repository; url=URL."},
		{upstreams.Astray, 502, "Received invalid redirect URL HOST/"},
		{upstreams.Circle, 502, "Received invalid redirect URL from external repository; url=URL. " +
			"If the failures persist, your remote repository upstream URI may be misconfigured."},
		{upstreams.Down, 502, "External repository returned unexpected EOF for url=URL."},
		{upstreams.Cut, 502, "External repository returned unexpected EOF for url=URL."},
		{upstreams.Robots, 502, "Fetch was denied by external repository's robots.txt; url=URL"},
	} {
		for _, r := range pullable {
			if c.fault == upstreams.Cut && r.format == artifactregistrypb.Repository_MAVEN {
				continue // a file breaks off when its beginning has been sent on
			}
			w.must(w.upstreams.SetFault(r.upstream, c.fault))
			if code, body := ask(r.path, r.upstream); code != c.status || !strings.Contains(body, c.says) {
				t.Errorf("%s, %s: %d %s, want %d %s", r.id, c.fault, code, body, c.status, c.says)
			}
			w.must(w.upstreams.SetFault(r.upstream, upstreams.None))
		}
	}
}

// TestUpstreamsThatDoNotAnswer tells one that is slow from one that is not
// there.
func TestUpstreamsThatDoNotAnswer(t *testing.T) {
	w := newPullWorld(t)
	w.origin = origin.Client{Patience: 50 * time.Millisecond}
	w.must(w.upstreams.SetFault("docker-hub", upstreams.Slow))
	code, body := w.get("/v2/us-central1-docker.pkg.dev/puller/hub/hello/manifests/latest", nil)
	if code != 504 || !strings.Contains(body, "Timeout while calling external repository; url=https://registry-1.docker.io/library/hello/manifests/latest.") {
		t.Errorf("slow: %d %s", code, body)
	}
	closed := closedServer()
	w.putUpstream("gone", closed)
	code, body = w.get("/v2/us-central1-docker.pkg.dev/puller/gone/hello/manifests/latest", nil)
	if code != 504 || !strings.Contains(body, "Timeout before connecting to external repository; url="+closed+"/hello/manifests/latest") {
		t.Errorf("not there: %d %s", code, body)
	}
}

// putUpstream adds a remote Docker repository with an upstream.
func (w *pullWorld) putUpstream(id, uri string) {
	w.world.mu.Lock()
	defer w.world.mu.Unlock()
	w.put(w.world.byName["puller"], "us-central1", id, &artifactregistrypb.Repository{
		Format: artifactregistrypb.Repository_DOCKER, Mode: artifactregistrypb.Repository_REMOTE_REPOSITORY,
		ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: &artifactregistrypb.RemoteRepositoryConfig{
			RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_CommonRepository{
				CommonRepository: &artifactregistrypb.RemoteRepositoryConfig_CommonRemoteRepository{Uri: uri},
			},
		}},
	})
}

// TestUnauthorizedPullsAreChallenged holds the header that every 401 must
// have.
func TestUnauthorizedPullsAreChallenged(t *testing.T) {
	w := newPullWorld(t)
	for path, want := range map[string]string{
		"/v2/us-central1-docker.pkg.dev/puller/hub/demo/private/manifests/latest": `Bearer realm="http://` + w.Addr() +
			`/v2/token",service="` + w.Addr() + `",scope="repository:puller/hub/demo/private:pull"`,
		"/us-central1-npm.pkg.dev/puller/npm/@demo%2fprivate":                             `Basic realm="` + w.Addr() + `"`,
		"/us-central1-maven.pkg.dev/puller/maven/com/example/hello/1.0.0/hello-1.0.0.pom": `Basic realm="` + w.Addr() + `"`,
		"/us-central1-docker.pkg.dev/v2/":                                                 `Bearer realm="http://` + w.Addr() + `/us-central1-docker.pkg.dev/v2/token",service="` + w.Addr() + `"`,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+w.Addr()+path, nil)
		w.must(err)
		resp, err := http.DefaultClient.Do(req)
		w.must(err)
		_ = resp.Body.Close()
		if got := resp.Header.Get("WWW-Authenticate"); resp.StatusCode != http.StatusUnauthorized || got != want {
			t.Errorf("%s: %s with %s, want %s", path, resp.Status, got, want)
		}
	}
}

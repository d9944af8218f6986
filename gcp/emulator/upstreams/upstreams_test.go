package upstreams

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// start serves the registries for one test.
func start(t testing.TB) *Set {
	t.Helper()
	set, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return set
}

// lookup returns a registry that must exist.
func lookup(t testing.TB, set *Set, name string) Registry {
	t.Helper()
	r, ok := set.Lookup(name)
	if !ok {
		t.Fatalf("no registry %s", name)
	}
	return r
}

// get fetches an address and returns status, headers and body.
func get(t testing.TB, uri, authorization string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

func TestResolve(t *testing.T) {
	set := start(t)
	hub, maven, python := lookup(t, set, "docker-hub"), lookup(t, set, "maven-central"), lookup(t, set, "python-private")
	for uri, want := range map[string]string{
		"https://registry-1.docker.io":                hub.URI,
		"https://Registry-1.Docker.IO/":               hub.URI + "/",
		"https://registry-1.docker.io:443":            hub.URI,
		"https://repo.maven.apache.org/maven2":        maven.URI,
		"https://repo.maven.apache.org/maven2/":       maven.URI + "/",
		"https://python.example.com/simple":           strings.TrimSuffix(python.URI, "/"),
		"https://python.example.com":                  strings.TrimSuffix(python.URI, "/simple/"),
		"https://" + npmHost:                          lookup(t, set, "npmjs").URI,
		"https://pypi.io":                             lookup(t, set, "pypi").URI,
		"https://pypi.org/":                           lookup(t, set, "pypi").URI + "/",
		"http://registry-1.docker.io":                 "",
		"https://registry-1.docker.io/other":          "",
		"https://user:password@registry-1.docker.io/": "",
		"https://registry-1.docker.io.example.com":    "",
		"registry-1.docker.io":                        "",
		"%":                                           "",
	} {
		if got, ok := set.Resolve(uri); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", uri, got, ok, want)
		}
	}
}

func TestEachRegistryStandsForItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, r := range start(t).All() {
		for _, uri := range r.StandsFor {
			if seen[uri] != "" {
				t.Errorf("%s stands for %s as %s does", r.Name, uri, seen[uri])
			}
			seen[uri] = r.Name
		}
		if (r.Username == "") != (r.Token == "") {
			t.Errorf("%s has half a credential", r.Name)
		}
	}
}

func TestDemoTokensHaveTheShapeOfRealOnes(t *testing.T) {
	for token, shape := range map[string]string{
		DockerHubToken: `^dckr_pat_[A-Za-z0-9_-]{27}$`,
		GitHubToken:    `^ghp_[0-9a-zA-Z]{36}$`,
		NPMToken:       `^npm_[a-z0-9]{36}$`,
		PyPIToken:      `^pypi-AgEIcHlwaS5vcmc[\w-]{50,}$`,
	} {
		if !regexp.MustCompile(shape).MatchString(token) {
			t.Errorf("%s does not match %s", token, shape)
		}
	}
}

func TestHandler(t *testing.T) {
	set := start(t)
	do := func(method, path string) (int, string) {
		w := httptest.NewRecorder()
		set.Handler().ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w.Code, w.Body.String()
	}
	code, body := do("GET", "/emulator/v1/upstreams")
	var list struct{ Upstreams []Registry }
	if err := json.Unmarshal([]byte(body), &list); err != nil || code != 200 {
		t.Fatalf("list: %d %v", code, err)
	}
	if len(list.Upstreams) != len(set.All()) || list.Upstreams[0].Name != "docker-hub" || list.Upstreams[0].Token != DockerHubToken {
		t.Errorf("list: %+v", list.Upstreams)
	}
	for _, c := range []struct {
		method, path string
		code         int
		fault        Fault
	}{
		{"POST", "/emulator/v1/upstreams/ghcr?fault=limited", 200, Limited},
		{"POST", "/emulator/v1/upstreams/ghcr?fault=melted", 400, Limited},
		{"POST", "/emulator/v1/upstreams/nobody?fault=limited", 404, Limited},
		{"GET", "/emulator/v1/upstreams/ghcr?fault=none", 405, Limited},
		{"POST", "/emulator/v1/upstreams/ghcr?fault=none", 200, None},
	} {
		if code, body := do(c.method, c.path); code != c.code || lookup(t, set, "ghcr").Fault != c.fault {
			t.Errorf("%s %s: %d %s", c.method, c.path, code, body)
		}
	}
}

func TestRequestsKeepNoCredential(t *testing.T) {
	set := start(t)
	r := lookup(t, set, "docker-private")
	get(t, r.URI+"/v2/", "")
	get(t, r.URI+"/v2/?secret=canary", "Basic Y2FuYXJ5OmNhbmFyeQ==")
	want := []Request{{"docker-private", "GET", "/v2/", false}, {"docker-private", "GET", "/v2/", true}}
	if got := set.Requests(); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestFaultsOfEveryRegistry(t *testing.T) {
	set := start(t)
	for _, r := range set.All() {
		t.Run(r.Name, func(t *testing.T) {
			if err := set.SetFault(r.Name, Limited); err != nil {
				t.Fatal(err)
			}
			if code, h, _ := get(t, r.URI, ""); code != 429 || h.Get("Retry-After") == "" {
				t.Errorf("limited: %d", code)
			}
			if err := set.SetFault(r.Name, Down); err != nil {
				t.Fatal(err)
			}
			if resp, err := http.Get(r.URI); err == nil {
				resp.Body.Close()
				t.Errorf("down: answers %d", resp.StatusCode)
			}
		})
	}
}

func TestCloseEndsSlowAnswers(t *testing.T) {
	set, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	r := lookup(t, set, "pypi")
	if err := set.SetFault("pypi", Slow); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		resp, err := http.Get(r.URI + "/simple/")
		if err == nil {
			resp.Body.Close()
		}
		ended <- err
	}()
	for len(set.Requests()) == 0 { // until it has arrived
		select {
		case err := <-ended:
			t.Fatalf("answered at once: %v", err)
		default:
			runtime.Gosched()
		}
	}
	if err := set.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("answered")
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		set, err := Start()
		if err != nil {
			b.Fatal(err)
		}
		_ = set.Close()
	}
}

package origin_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/upstreamauth/gcp/emulator/origin"
)

// repository serves one upstream below /p/r/, and answers an *origin.Error
// with its kind.
func repository(t *testing.T, c *origin.Client, u origin.Upstream, cred *origin.Credential) *httptest.Server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		path, ok := strings.CutPrefix(r.URL.Path, "/p/r/")
		if !ok {
			t.Errorf("%s leaves the repository", r.URL)
		}
		if err := c.Forward(w, r, u, cred, path); err != nil {
			http.Error(w, kind(t, err).String(), http.StatusTeapot)
		}
	})
}

// fetch gets an address and returns status, headers and body.
func fetch(t *testing.T, method, uri string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, uri, nil)
	if err != nil {
		t.Fatal(err)
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

func TestForwardEmbedded(t *testing.T) {
	set := start(t)
	const right, wrong, none = "right", "wrong", "none"
	for _, c := range []struct {
		registry, credential, path string
		want                       string // beginning of the body, or the kind of error
	}{
		{"docker-hub", right, "demo/private/manifests/latest", `{"config":`},
		{"docker-hub", right, "demo/none/manifests/latest", "not found"},
		{"docker-hub", right, "other/none/manifests/latest", "denied"},
		{"docker-hub", wrong, "library/hello/manifests/latest", "unauthorized"},
		{"docker-hub", none, "library/hello/manifests/latest", `{"config":`},
		{"docker-hub", none, "demo/private/manifests/latest", "unauthorized"},
		{"ghcr", right, "demo/private/tags/list", `{"name":"demo/private"`},
		{"ghcr", wrong, "demo/private/manifests/latest", "denied"},
		{"docker-private", right, "demo/hello/manifests/latest", `{"config":`},
		{"docker-private", wrong, "demo/hello/manifests/latest", "unauthorized"},
		{"docker-private", none, "demo/hello/manifests/latest", "unauthorized"},
		{"npmjs", right, "@demo/private", `{"_id":"@demo/private"`},
		{"npmjs", none, "hello-npm", `{"_id":"hello-npm"`},
		{"npmjs", wrong, "hello-npm", "unauthorized"},
		{"npmjs", right, "-/whoami", "not found"},
		{"npm-private", none, "hello-npm", "unauthorized"},
		{"npm-private", right, "none", "not found"},
		{"npm-private", right, "hello-npm/-/hello-npm-2.0.0.tgz", "not found"},
		{"pypi", wrong, "simple/hello-py/", "<!DOCTYPE html>"},
		{"python-private", right, "simple/", "<!DOCTYPE html>"},
		{"python-private", right, "simple/hello-py", "<!DOCTYPE html>"},
		{"python-private", wrong, "simple/hello-py/", "unauthorized"},
		{"python-private", right, "hello-py/none.whl", "not found"},
		{"python-private", right, "hello-py", "not found"},
		{"maven-central", none, "com/example/hello/maven-metadata.xml", "<metadata>"},
		{"maven-private", right, "com/example/hello/1.0.0/hello-1.0.0.pom", "<project"},
		{"maven-private", wrong, "com/example/hello/1.0.0/hello-1.0.0.pom", "unauthorized"},
		{"maven-private", right, "com/../../secret", "not found"},
		{"apt-private", right, "dists/stable/InRelease", "Origin: Demo"},
	} {
		t.Run(c.registry+" "+c.credential+" "+c.path, func(t *testing.T) {
			r, _ := set.Lookup(c.registry)
			var cred *origin.Credential
			switch c.credential {
			case right:
				cred = &origin.Credential{Username: r.Username, Password: []byte(r.Token)}
			case wrong:
				cred = &origin.Credential{Username: r.Username, Password: []byte("wrong")}
			}
			here := repository(t, new(origin.Client), origin.Upstream{Format: r.Format, URI: r.URI}, cred)
			path := strings.ReplaceAll(c.path, "..", "%2e%2e")
			code, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/"+path)
			if !strings.HasPrefix(body, c.want) || strings.HasPrefix(c.want, "<") && code != 200 {
				t.Errorf("got %d %.200s", code, body)
			}
			if strings.Contains(body, strings.TrimPrefix(r.URI, "http://")) {
				t.Errorf("the answer leads to the upstream: %s", body)
			}
		})
	}
}

func TestNPMTarballThroughTheRepository(t *testing.T) {
	set := start(t)
	r, _ := set.Lookup("npm-private")
	here := repository(t, new(origin.Client), origin.Upstream{Format: r.Format, URI: r.URI},
		&origin.Credential{Username: r.Username, Password: []byte(r.Token)})
	_, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/@demo%2fprivate")
	var p struct {
		Versions map[string]struct {
			Main string
			Dist struct{ Tarball, Integrity string }
		}
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatal(err)
	}
	v := p.Versions["1.0.0"]
	if v.Main != "index.js" || v.Dist.Integrity == "" {
		t.Errorf("the rest of the packument is lost: %s", body)
	}
	if want := here.URL + "/p/r/@demo/private/-/private-1.0.0.tgz"; v.Dist.Tarball != want {
		t.Fatalf("tarball at %s, want %s", v.Dist.Tarball, want)
	}
	code, h, content := fetch(t, http.MethodGet, v.Dist.Tarball)
	if code != 200 || !strings.HasPrefix(content, "\x1f\x8b") {
		t.Errorf("tarball: %d, %d bytes", code, len(content))
	}
	code, head, _ := fetch(t, http.MethodHead, v.Dist.Tarball)
	if code != 200 || head.Get("Content-Length") != h.Get("Content-Length") {
		t.Errorf("HEAD: %d, %s bytes", code, head.Get("Content-Length"))
	}
}

func TestPythonFileThroughTheRepository(t *testing.T) {
	set := start(t)
	r, _ := set.Lookup("python-private")
	here := repository(t, new(origin.Client), origin.Upstream{Format: r.Format, URI: r.URI},
		&origin.Credential{Username: r.Username, Password: []byte(r.Token)})
	_, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/simple/hello-py/")
	links := regexp.MustCompile(`href="\.\./\.\./([^"#]+)#sha256=([0-9a-f]+)"`).FindAllStringSubmatch(body, -1)
	if len(links) != 2 {
		t.Fatalf("links %v in %s", links, body)
	}
	for _, link := range links {
		code, _, content := fetch(t, http.MethodGet, here.URL+"/p/r/"+link[1])
		if sum := sha256.Sum256([]byte(content)); code != 200 || hex.EncodeToString(sum[:]) != link[2] {
			t.Errorf("%s: %d, %d bytes", link[1], code, len(content))
		}
	}
}

// TestFilesOnAnotherHost has indexes whose files are elsewhere, as PyPI's and
// GitHub's are: they are fetched, but never with the credential.
func TestFilesOnAnotherHost(t *testing.T) {
	files := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("credential sent for %s", r.URL)
		}
		_, _ = w.Write([]byte("content of " + r.URL.Path))
	})
	index := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "a-password" {
			t.Errorf("%s without the credential", r.URL)
		}
		switch r.URL.Path {
		case "/simple/a/":
			_, _ = fmt.Fprintf(w, `<a href="%s/deep/a-1.whl#sha256=00" data-requires-python="&gt;=3.8" data-core-metadata="x">a</a>
				<a href="javascript:alert(1)">b</a>`, files.URL)
		case "/a":
			_, _ = fmt.Fprintf(w, `{"versions":{"1.0.0-rc.1":{"dist":{"tarball":"%s/download/7"}}}}`, files.URL)
		case "/v2/a/blobs/sha256:1":
			http.Redirect(w, r, files.URL+"/blob", http.StatusTemporaryRedirect)
		}
	})
	cred := &origin.Credential{Username: "demo", Password: []byte("a-password")}
	for _, c := range []struct{ format, path, want string }{
		{origin.Python, "a/a-1.whl", "content of /deep/a-1.whl"},
		{origin.NPM, "a/-/a-1.0.0-rc.1.tgz", "content of /download/7"},
	} {
		here := repository(t, new(origin.Client), origin.Upstream{Format: c.format, URI: index.URL}, cred)
		if code, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/"+c.path); code != 200 || body != c.want {
			t.Errorf("%s: %d %s", c.path, code, body)
		}
	}
	here := repository(t, new(origin.Client), origin.Upstream{Format: origin.Python, URI: index.URL}, cred)
	_, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/simple/a/")
	if !strings.Contains(body, `<a href="../../a/a-1.whl#sha256=00" data-requires-python="&gt;=3.8">a-1.whl</a>`) {
		t.Errorf("page: %s", body)
	}
}

func TestForwardGivesUpOnSilence(t *testing.T) {
	hold := make(chan struct{})
	silent := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			_, _ = w.Write([]byte("half"))
			_ = http.NewResponseController(w).Flush()
		}
		<-hold
	})
	defer close(hold)
	here := repository(t, &origin.Client{Patience: 50 * time.Millisecond}, origin.Upstream{Format: origin.Maven, URI: silent.URL}, nil)
	if code, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/file"); code != http.StatusTeapot || strings.TrimSpace(body) != "unreachable" {
		t.Errorf("no answer: %d %s", code, body)
	}
	resp, err := http.Get(here.URL + "/p/r/half")
	if err != nil {
		return // cut before the first byte was passed on
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("half an answer passes for a whole one: %q", body)
	}
}

// slowly is a client that takes a minute for each part. Time is synctest's.
type slowly struct{ *httptest.ResponseRecorder }

func (s slowly) Write(b []byte) (int, error) {
	time.Sleep(time.Minute)
	return s.ResponseRecorder.Write(b)
}

// parts is an answer's body that comes in parts until its request is over.
type parts struct {
	ctx  context.Context
	left int
}

func (p *parts) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	if p.left == 0 {
		return 0, io.EOF
	}
	p.left--
	return copy(b, "part"), nil
}

func (*parts) Close() error { return nil }

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestForwardWaitsForASlowClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := origin.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: -1, Body: &parts{ctx: r.Context(), left: 3}, Request: r}, nil
		})}
		w := slowly{httptest.NewRecorder()}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://here.example.com/p/r/file", nil)
		if err := client.Forward(w, r, origin.Upstream{Format: origin.Maven, URI: "https://there.example.com"}, nil, "file"); err != nil {
			t.Fatal(err)
		}
		if got := w.Body.String(); got != "partpartpart" {
			t.Errorf("got %q", got)
		}
	})
}

func TestForwardPassesRangesAndConditions(t *testing.T) {
	set := start(t)
	r, _ := set.Lookup("maven-central")
	here := repository(t, new(origin.Client), origin.Upstream{Format: r.Format, URI: r.URI}, nil)
	uri := here.URL + "/p/r/com/example/hello/1.0.0/hello-1.0.0.jar"
	_, h, whole := fetch(t, http.MethodGet, uri)
	for _, c := range []struct {
		name, value string
		code        int
		body        string
	}{
		{"Range", "bytes=0-3", 206, whole[:4]},
		{"If-None-Match", h.Get("Etag"), 304, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(c.name, c.value)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.code || string(body) != c.body {
			t.Errorf("%s: %d, %d bytes", c.name, resp.StatusCode, len(body))
		}
	}
}

package upstreams

import (
	"archive/zip"
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestWhoMayRead walks the registries with no, a wrong and the right
// credential.
func TestWhoMayRead(t *testing.T) {
	set := start(t)
	for _, c := range []struct {
		registry, path          string
		anonymous, wrong, right int
	}{
		{"npmjs", "/-/whoami", 401, 401, 200},
		{"npmjs", "/hello-npm", 200, 401, 200},
		{"npmjs", "/@demo%2fprivate", 404, 401, 200},
		{"npmjs", "/none", 404, 401, 404},
		{"npm-private", "/-/whoami", 401, 401, 200},
		{"npm-private", "/-/ping", 200, 200, 200},
		{"npm-private", "/hello-npm", 401, 401, 200},
		{"pypi", "/simple/", 200, 200, 200},
		{"pypi", "/simple/hello-py", 200, 200, 200},
		{"pypi", "/simple/none/", 404, 404, 404},
		{"python-private", "/simple/", 401, 401, 200},
		{"python-private", pyWheel, 401, 401, 200},
		{"maven-central", "/maven2", 200, 200, 200},
		{"maven-central", "/maven2/com/example/hello/1.0.0/hello-1.0.0.jar", 200, 200, 200},
		{"maven-private", "/releases/", 401, 401, 200},
		{"maven-private", "/releases/com/example/hello/maven-metadata.xml.sha1", 401, 401, 200},
		{"maven-private", "/releases/none", 401, 401, 404},
		{"apt-private", "/dists/stable/InRelease", 401, 401, 200},
		{"yum-private", "/repodata/repomd.xml", 401, 401, 200},
	} {
		r := lookup(t, set, c.registry)
		u, err := url.Parse(r.URI)
		if err != nil {
			t.Fatal(err)
		}
		for _, credential := range []struct {
			what, authorization string
			want                int
		}{
			{"no credential", "", c.anonymous},
			{"a wrong one", basicAuth("demo", "wrong"), c.wrong},
			{"the right one", basicAuth(r.Username, r.Token), c.right},
		} {
			if code, _, _ := get(t, "http://"+u.Host+c.path, credential.authorization); code != credential.want {
				t.Errorf("%s%s with %s: got %d, want %d", c.registry, c.path, credential.what, code, credential.want)
			}
		}
	}
	npm := lookup(t, set, "npmjs")
	if code, _, body := get(t, npm.URI+"/-/whoami", "Bearer "+npm.Token); code != 200 || !strings.Contains(body, `"username":"demo"`) {
		t.Errorf("whoami by token: %d %s", code, body)
	}
}

func TestNPMTarballMatchesItsPackument(t *testing.T) {
	r := lookup(t, start(t), "npm-private")
	auth := basicAuth(r.Username, r.Token)
	for _, name := range []string{"hello-npm", "@demo/private"} {
		_, _, body := get(t, r.URI+"/"+name, auth)
		var p struct {
			Versions map[string]struct {
				Dist struct{ Tarball, Integrity string }
			}
		}
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Fatal(err)
		}
		dist := p.Versions["1.0.0"].Dist
		code, _, content := get(t, dist.Tarball, auth)
		sum := sha512.Sum512([]byte(content))
		if code != 200 || dist.Integrity != "sha512-"+base64.StdEncoding.EncodeToString(sum[:]) {
			t.Errorf("%s: %s: %d, %d bytes, want %s", name, dist.Tarball, code, len(content), dist.Integrity)
		}
	}
}

func TestPythonFilesMatchTheirLinks(t *testing.T) {
	r := lookup(t, start(t), "pypi")
	page := r.URI + "/simple/hello-py/"
	_, _, body := get(t, page, "")
	at, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`href="([^"#]+)#sha256=([0-9a-f]+)"`).FindAllStringSubmatch(body, -1)
	if len(links) != 2 {
		t.Fatalf("links: %v in %s", links, body)
	}
	for _, link := range links {
		u, err := at.Parse(link[1])
		if err != nil {
			t.Fatal(err)
		}
		code, _, content := get(t, u.String(), "")
		if code != 200 || sha256Hex([]byte(content)) != link[2] {
			t.Errorf("%s: %d, %d bytes", u, code, len(content))
		}
		if path.Ext(u.Path) == ".whl" {
			unpack(t, content)
		}
	}
}

// unpack reads every member of a zip, which checks its sums.
func unpack(t *testing.T, content string) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader([]byte(content)), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		member, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, member); err != nil {
			t.Error(err)
		}
	}
}

func TestMavenTree(t *testing.T) {
	r := lookup(t, start(t), "maven-central")
	_, _, body := get(t, r.URI+"/com/example/hello/maven-metadata.xml", "")
	var metadata struct {
		Release string `xml:"versioning>release"`
	}
	if err := xml.Unmarshal([]byte(body), &metadata); err != nil || metadata.Release != "1.0.0" {
		t.Fatalf("%v in %s", err, body)
	}
	_, h, jar := get(t, r.URI+"/com/example/hello/1.0.0/hello-1.0.0.jar", "")
	if h.Get("Content-Type") != "application/java-archive" {
		t.Errorf("type %s", h.Get("Content-Type"))
	}
	unpack(t, jar)
}

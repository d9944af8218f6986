package origin

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseChallenges(t *testing.T) {
	none := map[string]string{}
	for _, c := range []struct {
		name, line string
		want       []challenge
	}{
		{"bearer", `Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"`,
			[]challenge{{"bearer", map[string]string{"realm": "https://auth.docker.io/token", "service": "registry.docker.io", "scope": "repository:a/b:pull,push"}}}},
		{"basic", `Basic realm="Registry Realm"`, []challenge{{"basic", map[string]string{"realm": "Registry Realm"}}}},
		{"case and spaces", `BEARER  Realm = "x" , SERVICE=y`, []challenge{{"bearer", map[string]string{"realm": "x", "service": "y"}}}},
		{"two schemes", `Basic realm="a", Bearer realm="b"`, []challenge{{"basic", map[string]string{"realm": "a"}}, {"bearer", map[string]string{"realm": "b"}}}},
		{"scheme alone", `Negotiate, Basic realm="a"`, []challenge{{"negotiate", none}, {"basic", map[string]string{"realm": "a"}}}},
		{"escaped quote", `Basic realm="a \"b\" c"`, []challenge{{"basic", map[string]string{"realm": `a "b" c`}}}},
		{"quote that never ends", `Basic realm="a, Bearer`, []challenge{{"basic", map[string]string{"realm": "a, Bearer"}}}},
		{"parameter of nothing", `realm="a"`, nil},
		{"empty", ``, nil},
		{"rubbish", `"`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, parseChallenges(c.line), cmp.AllowUnexported(challenge{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParseChallenges(f *testing.F) {
	f.Add(`Bearer realm="https://auth.docker.io/token",service="registry.docker.io"`)
	f.Add(`Basic realm="a \"b\"", Negotiate`)
	f.Add(`a=b,"`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, c := range parseChallenges(line) {
			if c.scheme == "" || c.parameters == nil {
				t.Fatalf("%q gives %+v", line, c)
			}
		}
	})
}

func FuzzPackument(f *testing.F) {
	f.Add([]byte(`{"versions":{"1.0.0":{"dist":{"tarball":"http://x/a.tgz","shasum":"1"},"n":1e400}},"x":null}`))
	f.Add([]byte(`{"versions":{"1.0.0":null,"2":{"dist":7}}}`))
	f.Add([]byte(`{"versions":null}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePackument(text)
		if err != nil {
			return
		}
		again, err := parsePackument(p.rewrite("http://repository", "name"))
		if err != nil {
			t.Fatalf("%q: rewritten into something else: %v", text, err)
		}
		for version := range again.versions {
			if p.dist(version) != nil && again.tarball(version) != p.tarball(version) {
				t.Fatalf("%q: tarball of %q is %q", text, version, again.tarball(version))
			}
		}
	})
}

func FuzzSimplePage(f *testing.F) {
	f.Add([]byte(`<a href="../../packages/a-1.0.whl#sha256=00" data-requires-python="&gt;=3.8">a</a>`))
	f.Add([]byte(`<a href='//evil/"><script>' data-yanked>x`))
	f.Fuzz(func(t *testing.T, text []byte) {
		at := mustParse("http://upstream/simple/a/")
		page := simplePage("a", parseLinks(text), at)
		again := parseLinks(page)
		for _, l := range again {
			u, err := at.Parse(l.href)
			if err != nil || u.Host != "upstream" {
				t.Fatalf("%q: link %q leaves the repository", text, l.href)
			}
		}
	})
}

func mustParse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u
}

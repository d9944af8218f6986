package upstream

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// TestCatalogue holds every entry to what an entry has to say.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Catalogue() {
		t.Run(k.ID, func(t *testing.T) {
			if k.ID == "" || seen[k.ID] || k.Title == "" || k.Match == nil {
				t.Errorf("no id of its own, title or way to be recognised: %q, %q", k.ID, k.Title)
			}
			seen[k.ID] = true
			if len(k.User.Help.In(text.English)) < 20 || len(k.TokenHelp.In(text.English)) < 40 {
				t.Errorf("too little help: %q, %q", k.User.Help.In(text.English), k.TokenHelp.In(text.English))
			}
			if k.Trial.Says.Empty() || k.Trial.run == nil {
				t.Error("it cannot be tried")
			}
			if k.User.Proposal != "" {
				if fs := k.CheckUsername(k.User.Proposal); check.Worst(fs) != check.OK {
					t.Errorf("its own proposal is found wanting: %+v", fs)
				}
			}
			for _, s := range k.Shapes {
				if s.Name.Empty() || s.Prefix == "" && s.Like == nil {
					t.Errorf("shape without name or prefix: %+v", s)
				}
				if s.Whole != nil && !strings.HasPrefix(s.Whole.String(), "^") || s.Whole != nil && !strings.HasSuffix(s.Whole.String(), "$") {
					t.Errorf("%s does not match from end to end", s.Whole)
				}
			}
			for _, host := range k.Companions {
				if strings.ContainsAny(host, ":/") || host != strings.ToLower(host) {
					t.Errorf("companion %q is no bare host", host)
				}
			}
			for _, whole := range []text.Text{k.User.Help, k.TokenHelp, k.Seen, k.Trial.Says} {
				if given := whole.In(text.English); given != "" && !strings.HasSuffix(given, ".") && !strings.HasSuffix(given, "…") {
					t.Errorf("%q is no whole sentence", given)
				}
			}
		})
	}
}

// A kind whose trial cannot tell gives the reason: everybody is answered alike
// here, as a public upstream does.
func TestCannotProve(t *testing.T) {
	for _, k := range Catalogue() {
		for _, target := range samples[k.ID] {
			net := roundTrip(func(r *http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				if strings.HasSuffix(r.URL.Path, "/v2/") {
					say(w, http.StatusOK, "{}")
				} else if r.URL.Host != "api.github.com" {
					say(w, http.StatusNotFound, "{}")
				}
				return w.Result(), nil
			})
			o := (&Tester{Transport: net}).Try(context.Background(), target, goodUser, good(), "")
			if k.ID == "yum" {
				continue // its index is always there, so that this is none
			}
			if o.Verdict != Unproven || o.Why.Empty() {
				t.Errorf("%s: %+v", k.ID, o)
			}
		}
	}
}

// samples are targets of every kind.
var samples = map[string][]Target{
	"docker-hub": {
		hub, {Preset: "DOCKER_HUB", Format: "DOCKER"}, {Format: "DOCKER", URI: "docker.io"},
		{Format: "DOCKER", URI: "https://index.docker.io/v1/"},
	},
	"quay":   {{Format: "DOCKER", URI: "https://quay.io"}, {Format: "DOCKER", URI: "https://quay.example.com"}},
	"harbor": {harbor},
	"ecr":    {ecr, {Format: "DOCKER", URI: "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"}},
	"acr":    {acr},
	"google": {
		{Format: "DOCKER", URI: "projects/p/locations/us/repositories/r"},
		{Format: "DOCKER", URI: "https://us-docker.pkg.dev/p/r"}, {Format: "NPM", URI: "https://us-npm.pkg.dev/p/r"},
	},
	"github": {ghcr, {Format: "NPM", URI: "https://npm.pkg.github.com"}, {Format: "MAVEN", URI: "https://maven.pkg.github.com/o/r"}, {Format: "DOCKER", URI: "https://GHCR.io/owner"}},
	"gitlab": {
		lab, {Format: "DOCKER", URI: "https://gitlab.example.com:5050"}, {Format: "DOCKER", URI: "https://registry-gitlab.example.com"},
		{Format: "PYTHON", URI: "https://gitlab.com/api/v4/projects/1/packages/pypi"}, {Format: "NPM", URI: "https://code.example.com/api/v4/packages/npm/"},
	},
	"jfrog":                     {jfrog, {Format: "MAVEN", URI: "https://build.example.com/artifactory/libs"}, {Format: "DOCKER", URI: "https://artifactory.example.com"}},
	"nexus":                     {{Format: "MAVEN", URI: "https://nexus3.example.com/repository/maven-public/"}, {Format: "PYTHON", URI: "https://x.test/repository/pypi/"}},
	"npmjs":                     {npmjs, {Format: "NPM", URI: "registry." + "npmjs.org"}},
	"pypi":                      {pypi, {Format: "PYTHON", URI: "https://pypi.org/simple"}},
	"maven-central":             {{Format: "MAVEN", Preset: "MAVEN_CENTRAL"}, {Format: "MAVEN", URI: "https://repo1.maven.org/maven2"}},
	"ecr-public":                {{Format: "DOCKER", URI: "https://public.ecr.aws"}},
	"codeartifact":              {{Format: "PYTHON", URI: "https://acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com/pypi/main/simple/"}, {Format: "NPM", URI: "https://acme-111122223333.d.codeartifact.us-east-1.on.aws/npm/main/"}},
	"azure-artifacts":           {{Format: "NPM", URI: "https://pkgs.dev.azure.com/acme/_packaging/feed/npm/registry/"}, {Format: "MAVEN", URI: "https://acme.pkgs.visualstudio.com/_packaging/feed/maven/v1"}},
	"oracle-ocir":               {{Format: "DOCKER", URI: "https://fra.ocir.io"}, {Format: "DOCKER", URI: "https://ocir.eu-frankfurt-1.oci.oraclecloud.com"}},
	"oracle-container-registry": {{Format: "DOCKER", URI: "https://container-registry.oracle.com"}},
	"ibm":                       {{Format: "DOCKER", URI: "https://de.icr.io"}, {Format: "DOCKER", URI: "icr.io"}},
	"ibm-entitled":              {{Format: "DOCKER", URI: "https://cp.icr.io"}},
	"yandex":                    {{Format: "DOCKER", URI: "https://cr.yandex"}, {Format: "NPM", URI: "https://registry.yandexcloud.net/npm/cn1"}},
	"scaleway":                  {{Format: "DOCKER", URI: "https://rg.fr-par.scw.cloud"}},
	"digitalocean":              {{Format: "DOCKER", URI: "https://registry.digitalocean.com"}},
	"alibaba":                   {{Format: "DOCKER", URI: "https://registry.cn-hangzhou.aliyuncs.com"}, {Format: "DOCKER", URI: "https://acme-registry.eu-central-1.cr.aliyuncs.com"}},
	"tencent":                   {{Format: "DOCKER", URI: "https://ccr.ccs.tencentyun.com"}, {Format: "DOCKER", URI: "https://acme.tencentcloudcr.com"}},
	"huawei":                    {{Format: "DOCKER", URI: "https://swr.eu-west-101.myhuaweicloud.eu"}},
	"ngc":                       {{Format: "DOCKER", URI: "https://nvcr.io"}},
	"redhat":                    {{Format: "DOCKER", URI: "https://registry.redhat.io"}, {Format: "DOCKER", URI: "https://registry.connect.redhat.com"}},
	"chainguard":                {{Format: "DOCKER", URI: "https://cgr.dev"}, {Format: "PYTHON", URI: "https://libraries.cgr.dev/python/simple"}},
	"docker-hardened":           {{Format: "DOCKER", URI: "https://dhi.io"}},
	"github-enterprise":         {{Format: "DOCKER", URI: "https://containers.acme.ghe.com"}, {Format: "NPM", URI: "https://npm.acme.ghe.com"}, {Format: "NPM", URI: "https://github.example.com/_registry/npm/"}},
	"gitea":                     {{Format: "NPM", URI: "https://git.example.com/api/packages/acme/npm/"}, {Format: "DOCKER", URI: "https://codeberg.org"}, {Format: "DOCKER", URI: "https://forgejo.example.com"}},
	"cloudsmith":                {{Format: "DOCKER", URI: "https://docker.cloudsmith.io"}, {Format: "PYTHON", URI: "https://dl.cloudsmith.io/basic/acme/repo/python/simple/"}},
	"jitpack":                   {{Format: "MAVEN", URI: "https://jitpack.io"}},
	"elastic":                   {{Format: "DOCKER", URI: "https://docker.elastic.co"}, {Format: "APT", URI: "https://artifacts.elastic.co/packages/8.x/apt"}},
	"font-awesome":              {{Format: "NPM", URI: "https://npm.fontawesome.com/"}},
	"gemfury":                   {{Format: "PYTHON", URI: "https://pypi.fury.io/acme/"}},
	"docker":                    {plain, {Format: "DOCKER", URI: "https://10.0.0.1:5000"}, {Format: "DOCKER", URI: "https://my-registry.example.com"}, {Format: "DOCKER", URI: "https://notquay.example.com"}},
	"npm":                       {{Format: "NPM", URI: "https://npm.example.com"}},
	"python":                    {{Format: "PYTHON", URI: "https://docker.io.example.com"}},
	"maven":                     {{Format: "MAVEN", URI: "https://maven.example.com"}},
	"apt":                       {{Format: "APT", Preset: "DEBIAN", URI: "https://deb." + "debian.org/debian"}},
	"yum":                       {{Format: "YUM", URI: "https://yum.example.com"}},
	"any":                       {{Format: "GO", URI: "https://proxy." + "golang.org"}, {Format: "GENERIC"}, {}, {Format: "RUBY", URI: "::"}},
}

func TestRecognise(t *testing.T) {
	for _, k := range Catalogue() {
		if len(samples[k.ID]) == 0 {
			t.Errorf("no sample of %s", k.ID)
		}
		for _, target := range samples[k.ID] {
			if got := Recognise(target); got.ID != k.ID {
				t.Errorf("%+v is taken for %s, want %s", target, got.ID, k.ID)
			}
		}
	}
}

func TestName(t *testing.T) {
	for _, tt := range []struct {
		on   Target
		want string
	}{
		{hub, "Docker Hub"},
		{plain, "images.example.com"},
		{Target{Format: "MAVEN", URI: "https://maven.example.com/releases/"}, "maven.example.com/releases"},
		{Target{Format: "MAVEN"}, "Maven repository"},
	} {
		if got := Recognise(tt.on).Name(); got != tt.want {
			t.Errorf("%+v is called %q, want %q", tt.on, got, tt.want)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, tt := range []struct {
		on         Target
		base, says string
	}{
		{hub, "https://registry-1.docker.io/", "registry-1.docker.io"},
		{Target{Preset: "PYPI"}, "https://pypi.io/", "pypi.io"},
		{Target{Preset: "MAVEN_CENTRAL"}, "https://repo.maven.apache.org/maven2/", "repo.maven.apache.org/maven2"},
		{Target{URI: "ghcr.io"}, "https://ghcr.io/", "ghcr.io"},
		{Target{URI: "https://X.test:8443/A/b"}, "https://x.test:8443/A/b/", "x.test:8443/A/b"},
		{Target{URI: "http://x.test/a//"}, "http://x.test/a/", "x.test/a"},
		{Target{URI: "https://user:pass" + "@x.test/?key=1#top"}, "https://x.test/", "x.test"},
		{Target{URI: "projects/p/locations/l/repositories/r"}, "projects/p/locations/l/repositories/r", "projects/p/locations/l/repositories/r"},
		{Target{URI: "ftp://x.test"}, "ftp://x.test", "ftp://x.test"},
		{Target{URI: "bad\x1b[0m"}, `bad\x1b[0m`, `bad\x1b[0m`},
		{Target{}, "", ""},
	} {
		if got := tt.on.BaseURL(); got != tt.base {
			t.Errorf("base of %+v is %q, want %q", tt.on, got, tt.base)
		}
		if got := tt.on.String(); got != tt.says {
			t.Errorf("%+v is called %q, want %q", tt.on, got, tt.says)
		}
	}
}

func TestPasswordless(t *testing.T) {
	net := &internet{t: t}
	o := net.tester().Try(context.Background(), samples["google"][0], goodUser, good(), "")
	wants(t, o, Unproven, "without a password")
	if net.requests() != 0 {
		t.Errorf("requests %q", net.seen)
	}
}

func TestFindingLevels(t *testing.T) {
	for _, tt := range []struct {
		o    Outcome
		want check.Level
	}{
		{Outcome{Verdict: Accepted}, check.OK},
		{Outcome{Verdict: Accepted, Doubt: text.New("x")}, check.Note},
		{Outcome{Verdict: Rejected}, check.Block},
		{Outcome{Verdict: Limited}, check.Warning},
		{Outcome{Verdict: Unreachable}, check.Warning},
		{Outcome{Verdict: Unproven}, check.Warning},
		{Outcome{Verdict: NotRegistry}, check.Warning},
	} {
		f := tt.o.Finding()
		if f.Level != tt.want || f.ID != "upstream" {
			t.Errorf("%s is a finding %q of level %s, want %s", tt.o.Verdict, f.ID, f.Level, tt.want)
		}
	}
}

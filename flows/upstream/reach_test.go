package upstream

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream/upstreamtest"
)

// through is a tester that meets an internet of the test's own, as if its
// authority were one that everybody trusts.
func through(t *testing.T, n *upstreamtest.Internet) *Tester {
	transport := n.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return &Tester{Transport: transport, Public: n.Roots(), Lookup: n.Lookup}
}

// What works from here and not from Google's network is a warning with a code
// of its own, and never called accepted.
func TestAcceptedFromHereOnly(t *testing.T) {
	login := upstreamtest.Only(goodUser, goodToken)
	at := func(addresses ...string) func(context.Context, string) ([]netip.Addr, error) {
		return func(context.Context, string) (all []netip.Addr, _ error) {
			for _, a := range addresses {
				all = append(all, netip.MustParseAddr(a))
			}
			return all, nil
		}
	}
	const name = "nexus.example.com"
	for _, tt := range []struct {
		name   string
		host   string
		lookup func(context.Context, string) ([]netip.Addr, error)
		serve  http.Handler
		change func(*Tester)
		code   check.Code
		words  string
	}{
		{name: "public", host: name},
		{name: "private address", host: "10.1.2.3", code: check.UpstreamPrivate, words: "10.1.2.3"},
		{name: "link-local address", host: "169.254.10.1", code: check.UpstreamPrivate},
		{name: "carrier's address", host: "100.100.1.1", code: check.UpstreamPrivate},
		{name: "loopback", host: "127.0.0.2", code: check.UpstreamPrivate},
		{name: "loopback, on an emulator", host: "127.0.0.2", change: func(x *Tester) { x.Local = true }},
		{name: "private, on an emulator", host: "10.1.2.3", change: func(x *Tester) { x.Local = true }, code: check.UpstreamPrivate},
		{name: "public address", host: "34.1.2.3"},
		{name: "name of a private network", host: "nexus.corp.internal", code: check.UpstreamPrivate, words: "nexus.corp.internal"},
		{name: "one word", host: "nexus", code: check.UpstreamPrivate},
		{name: "private once looked up", host: name, lookup: at("192.168.7.9"), code: check.UpstreamPrivate, words: "192.168.7.9"},
		{name: "one address of several", host: name, lookup: at("34.1.2.3", "fd00::17"), code: check.UpstreamPrivate, words: "fd00::17"},
		{name: "private in IPv4 in IPv6", host: name, lookup: at("::ffff:10.0.0.1"), code: check.UpstreamPrivate, words: "10.0.0.1"},
		{name: "private behind NAT64", host: name, lookup: at("64:ff9b::a00:1"), code: check.UpstreamPrivate},
		{name: "no answer to a lookup", host: name, lookup: func(context.Context, string) ([]netip.Addr, error) { return nil, context.DeadlineExceeded }},
		{name: "a CA of one's own", host: name, change: func(x *Tester) { x.Public = nil }, code: check.UpstreamPrivateCA, words: "--ca-file"},
	} {
		for format, serve := range map[string]http.Handler{
			"DOCKER": upstreamtest.DockerBasic(login), "NPM": upstreamtest.NPM(login, true, false, "Basic"), "MAVEN": upstreamtest.Files(login, nil),
		} {
			t.Run(tt.name+", "+format, func(t *testing.T) {
				n := upstreamtest.New(t)
				n.Serve(tt.host, serve)
				x := through(t, n)
				if tt.lookup != nil {
					x.Lookup = tt.lookup
				}
				if tt.change != nil {
					tt.change(x)
				}
				o := x.Try(t.Context(), Target{Format: format, URI: "https://" + tt.host}, goodUser, good(), "")
				wants(t, o, Accepted, tt.words)
				f := o.Finding()
				if tt.code == "" && (f.Level != check.OK || f.Code != check.CredentialAccepted || !o.Proven()) {
					t.Errorf("%+v", f)
				}
				if tt.code != "" && (f.Level != check.Warning || f.Code != tt.code || o.Proven() || !strings.Contains(f.Says.In(text.English), "from here")) {
					t.Errorf("%+v", f)
				}
			})
		}
	}
}

// A stand-in on loopback speaks for the real upstream: nothing is doubted.
func TestStandInIsNotDoubted(t *testing.T) {
	n := upstreamtest.New(t)
	n.Serve("127.0.0.9", upstreamtest.DockerBasic(upstreamtest.Only(goodUser, goodToken)))
	x := through(t, n)
	x.Public, x.Resolve = nil, func(string) string { return "https://127.0.0.9/" }
	if o := x.Try(t.Context(), Target{Format: "DOCKER", URI: "https://nexus.example.com"}, goodUser, good(), ""); !o.Proven() {
		t.Errorf("%+v", o)
	}
}

func TestSpecialAddresses(t *testing.T) {
	for given, want := range map[string]bool{
		"8.8.8.8": false, "34.149.0.1": false, "2607:f8b0::1": false, "172.32.0.1": false, "100.128.0.1": false, "64:ff9b::808:808": false,
		"10.0.0.1": true, "172.16.0.1": true, "172.31.255.255": true, "192.168.0.1": true, "127.1.2.3": true, "169.254.169.254": true,
		"100.64.0.1": true, "100.127.255.255": true, "0.0.0.0": true, "224.0.0.1": true, "240.0.0.1": true, "255.255.255.255": true, "198.18.0.1": true,
		"192.0.2.1": true, "::1": true, "::": true, "fe80::1%eth0": true, "fc00::1": true, "fd12::1": true, "ff02::1": true, "2001:db8::1": true,
		"::ffff:192.168.0.1": true, "64:ff9b::c0a8:1": true, "2002:a00:1::": true,
	} {
		if got := special(netip.MustParseAddr(given)); got != want {
			t.Errorf("%s: %v", given, got)
		}
	}
}

// An upstream over https whose realm is http has an operator who can mend that;
// no other repository helps.
func TestRealmOverPlainHTTP(t *testing.T) {
	n := upstreamtest.New(t)
	n.Serve("harbor.example.com", upstreamtest.DockerRealm("http://harbor.example.com/service/token", "harbor-registry", upstreamtest.Only(goodUser, goodToken)))
	o := through(t, n).Try(t.Context(), Target{Format: "DOCKER", URI: "https://harbor.example.com"}, goodUser, good(), "")
	wants(t, o, Unproven, "http://harbor.example.com/service/token")
	f := o.Finding()
	if f.Code != check.RealmPlainHTTP || f.Remedy == nil || !strings.Contains(f.Remedy.Says.In(text.English), "external address") || strings.Contains(f.Remedy.Says.In(text.English)+f.Why.In(text.English), "another repository") {
		t.Errorf("%+v, %+v", f, f.Remedy)
	}
	for _, r := range n.Requests() {
		if r.Authorization != "" {
			t.Errorf("sent %+v", r)
		}
	}
	// The words of a plain upstream are for that one.
	o = through(t, n).Try(t.Context(), Target{Format: "DOCKER", URI: "http://harbor.example.com"}, goodUser, good(), "")
	wants(t, o, Unproven, "plain http")
	if o.Code == check.RealmPlainHTTP {
		t.Errorf("%+v", o)
	}
}

// onlyWrong are upstreams of each kind that know no credential, behind every
// challenge that such a server may send.
var onlyWrong = map[string]struct {
	target Target
	serve  map[string]http.Handler
	name   string
}{
	"Docker Hub": {hub, map[string]http.Handler{
		"registry-1.docker.io": upstreamtest.DockerRealm("https://auth.docker.io/token", "registry.docker.io", upstreamtest.Nobody),
		"auth.docker.io":       upstreamtest.DockerRealm("https://auth.docker.io/token", "registry.docker.io", upstreamtest.Nobody),
	}, ""},
	"registry with a realm": {Target{Format: "DOCKER", URI: "https://harbor.example.com"}, map[string]http.Handler{
		"harbor.example.com": upstreamtest.DockerRealm("https://harbor.example.com/service/token", "x", upstreamtest.Nobody)}, ""},
	"registry with basic": {Target{Format: "DOCKER", URI: "https://nexus.example.com"}, map[string]http.Handler{
		"nexus.example.com": upstreamtest.DockerBasic(upstreamtest.Nobody)}, ""},
	"registry with an image": {Target{Format: "DOCKER", URI: "https://nexus.example.com"}, map[string]http.Handler{
		"nexus.example.com": upstreamtest.DockerBasic(upstreamtest.Nobody)}, "team/app:1"},
	"npmjs":                   {npmjs, map[string]http.Handler{"registry." + "npmjs.org": upstreamtest.NPM(upstreamtest.Nobody, false, true)}, ""},
	"npm, basic":              {Target{Format: "NPM", URI: "https://npm.example.com"}, map[string]http.Handler{"npm.example.com": upstreamtest.NPM(upstreamtest.Nobody, true, true, "Basic")}, ""},
	"npm, bearer":             {Target{Format: "NPM", URI: "https://npm.example.com"}, map[string]http.Handler{"npm.example.com": upstreamtest.NPM(upstreamtest.Nobody, true, true, "Bearer")}, ""},
	"npm, both":               {Target{Format: "NPM", URI: "https://npm.example.com"}, map[string]http.Handler{"npm.example.com": upstreamtest.NPM(upstreamtest.Nobody, true, true, "Basic", "Bearer")}, ""},
	"npm, without challenge":  {Target{Format: "NPM", URI: "https://npm.example.com"}, map[string]http.Handler{"npm.example.com": upstreamtest.NPM(upstreamtest.Nobody, true, true)}, ""},
	"npm, one package":        {Target{Format: "NPM", URI: "https://npm.example.com"}, map[string]http.Handler{"npm.example.com": upstreamtest.NPM(upstreamtest.Nobody, true, true, "Basic")}, "@team/app"},
	"Python":                  {Target{Format: "PYTHON", URI: "https://pypi.example.com"}, map[string]http.Handler{"pypi.example.com": upstreamtest.Files(upstreamtest.Nobody, nil)}, ""},
	"PyPI that asks":          {pypi, map[string]http.Handler{"pypi.io": upstreamtest.Files(upstreamtest.Nobody, nil)}, ""},
	"Maven":                   {Target{Format: "MAVEN", URI: "https://maven.example.com"}, map[string]http.Handler{"maven.example.com": upstreamtest.Files(upstreamtest.Nobody, nil)}, ""},
	"apt":                     {Target{Format: "APT", URI: "https://apt.example.com"}, map[string]http.Handler{"apt.example.com": upstreamtest.Files(upstreamtest.Nobody, nil)}, ""},
	"yum":                     {Target{Format: "YUM", URI: "https://yum.example.com"}, map[string]http.Handler{"yum.example.com": upstreamtest.Files(upstreamtest.Nobody, nil)}, ""},
	"any other":               {Target{Format: "GO", URI: "https://go.example.com"}, map[string]http.Handler{"go.example.com": upstreamtest.Files(upstreamtest.Nobody, nil)}, ""},
	"GitHub":                  {ghcr, map[string]http.Handler{"api.github.com": upstreamtest.NPM(upstreamtest.Nobody, false, true)}, ""},
	"GitHub, with an image":   {ghcr, map[string]http.Handler{"api.github.com": upstreamtest.NPM(upstreamtest.Nobody, false, true)}, "team/app"},
	"GitHub, for npm":         {Target{Format: "NPM", URI: "https://npm.pkg.github.com"}, map[string]http.Handler{"api.github.com": upstreamtest.NPM(upstreamtest.Nobody, false, true)}, ""},
	"GitHub, for npm, by org": {Target{Format: "NPM", URI: "https://npm.pkg.github.com/team"}, map[string]http.Handler{"api.github.com": upstreamtest.NPM(upstreamtest.Nobody, false, true)}, ""},
}

// A wrong login counts against an account: a trial of each kind sends a wrong
// credential once, and then it is over.
func TestOneRejectionEndsATrial(t *testing.T) {
	for name, tt := range onlyWrong {
		t.Run(name, func(t *testing.T) {
			n := upstreamtest.New(t)
			for host, h := range tt.serve {
				n.Serve(host, h)
			}
			o := through(t, n).Try(t.Context(), tt.target, goodUser, bad(), tt.name)
			wants(t, o, Rejected, "")
			if sent := n.Refused(); sent != 1 {
				t.Errorf("%d requests with a wrong credential: %+v", sent, n.Requests())
			}
		})
	}
}

// An npm registry that takes the token as a bearer token only will most likely
// refuse Artifact Registry, which signs in by basic authentication.
func TestBearerOnlyIsDoubted(t *testing.T) {
	for name, tt := range map[string]struct {
		serve http.Handler
		token string
		code  check.Code
	}{
		"bearer only":                 {upstreamtest.NPM(upstreamtest.Only(goodUser, goodToken), false, true, "Bearer"), goodToken, check.UpstreamBearerOnly},
		"bearer only, no challenge":   {upstreamtest.NPM(upstreamtest.Only(goodUser, goodToken), false, true), goodToken, check.UpstreamBearerOnly},
		"both offered, a known token": {upstreamtest.NPM(upstreamtest.Only(goodUser, npmToken), false, true, "Basic", "Bearer"), npmToken, check.UpstreamBearerOnly},
		"both":                        {upstreamtest.NPM(upstreamtest.Only(goodUser, goodToken), true, true, "Basic", "Bearer"), goodToken, check.CredentialAccepted},
		"both, no challenge":          {upstreamtest.NPM(upstreamtest.Only(goodUser, goodToken), true, true), goodToken, check.CredentialAccepted},
		"basic only":                  {upstreamtest.NPM(upstreamtest.Only(goodUser, goodToken), true, false, "Basic"), goodToken, check.CredentialAccepted},
		"basic only, both offered":    {upstreamtest.NPM(upstreamtest.Only(goodUser, goodToken), true, false, "Basic", "Bearer"), goodToken, check.CredentialAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			n := upstreamtest.New(t)
			n.Serve("npm.example.com", tt.serve)
			o := through(t, n).Try(t.Context(), Target{Format: "NPM", URI: "https://npm.example.com"}, goodUser, secretOf(tt.token), "")
			if f := o.Finding(); o.Verdict != Accepted || f.Code != tt.code && o.Code != tt.code {
				t.Errorf("%+v: %+v", o, f)
			}
			if n.Refused() > 1 {
				t.Errorf("%d requests were refused: %+v", n.Refused(), n.Requests())
			}
		})
	}
}

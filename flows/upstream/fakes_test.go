package upstream

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/token"
)

// realm is a registry whose own realm at path gives the token "issued" to who
// knows the credential, and refusal to all others; its images want that token.
func realm(host, path, service string, refusal func(http.ResponseWriter)) http.HandlerFunc {
	challenge := `Bearer realm="https://` + host + path + `",service="` + service + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == path && knows(r):
			say(w, http.StatusOK, `{"access_token":"issued"}`)
		case r.URL.Path == path:
			refusal(w)
		case bearerIs(r, "issued"):
			say(w, http.StatusOK, `{"name":"team/app","tags":["1.0"]}`)
		default:
			ask(w, challenge)
		}
	}
}

func refuse(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { say(w, status, body) }
}

// TestVendorRealms plays the registries whose realm refuses a wrong credential.
func TestVendorRealms(t *testing.T) {
	for _, tt := range []struct {
		name     string
		host     string
		serve    http.HandlerFunc
		refusal  string
		requests int // without an image
	}{
		{"Quay", "quay.io", realm("quay.io", "/v2/auth", "quay.io",
			refuse(http.StatusUnauthorized, `{"error":"Could not find robot with username: alice and supplied password."}`)),
			"Could not find robot", 2},
		{"ACR", "demo.azurecr.io", realm("demo.azurecr.io", "/oauth2/token", "demo.azurecr.io",
			refuse(http.StatusUnauthorized, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required, visit https://aka.ms/acr/authorization for more information."}]}`)),
			"UNAUTHORIZED authentication required", 2},
		{"GitLab of one's own", "gitlab.example.com", realm("gitlab.example.com", "/jwt/auth", "container_registry",
			refuse(http.StatusForbidden, `{"errors":[{"code":"DENIED","message":"access forbidden"}]}`)),
			"DENIED access forbidden", 3},
		{"Harbor", "harbor.example.com", realm("harbor.example.com", "/service/token", "harbor-registry",
			refuse(http.StatusUnauthorized, `{"errors":[{"code":"UNAUTHORIZED","message":"unauthorized: invalid credentials"}]}`)),
			"invalid credentials", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			try := func(secret token.Secret, image string) (Outcome, *internet) {
				net := &internet{t: t, hosts: map[string]http.HandlerFunc{tt.host: tt.serve}}
				return net.tester().Try(context.Background(), Target{Format: "DOCKER", URI: "https://" + tt.host}, goodUser, secret, image), net
			}
			o, net := try(good(), "")
			wants(t, o, Accepted, "")
			if net.requests() != tt.requests {
				t.Errorf("%d requests, want %d: %q", net.requests(), tt.requests, net.seen)
			}
			o, net = try(bad(), "")
			wants(t, o, Rejected, tt.refusal)
			if net.requests() != 2 { // nothing is compared with what was refused
				t.Errorf("%d requests, want 2: %q", net.requests(), net.seen)
			}
			o, net = try(good(), "team/app")
			wants(t, o, Accepted, `It may pull "team/app"`)
			if net.requests() != tt.requests+1 {
				t.Errorf("%d requests, want %d: %q", net.requests(), tt.requests+1, net.seen)
			}
		})
	}
}

// gitlab.com's registry and its realm are two hosts, which the catalogue knows.
func TestGitLabCom(t *testing.T) {
	try := func(user string, secret token.Secret) (Outcome, *internet) {
		net := &internet{t: t, hosts: map[string]http.HandlerFunc{
			"registry.gitlab.com": realm("gitlab.com", "/jwt/auth", "container_registry", nil),
			"gitlab.com": realm("gitlab.com", "/jwt/auth", "container_registry",
				refuse(http.StatusUnauthorized, `{"errors":[{"code":"UNAUTHORIZED","message":"HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password."}]}`)),
		}}
		return net.tester().Try(context.Background(), lab, user, secret, ""), net
	}
	o, net := try(goodUser, good())
	wants(t, o, Accepted, "GitLab accepted")
	if !net.sentTo("gitlab.com") || net.requests() != 3 {
		t.Errorf("requests %q", net.seen)
	}
	o, _ = try(goodUser, bad())
	wants(t, o, Rejected, "HTTP Basic: Access denied")
}

// A self-hosted GitLab often has its realm on another host: that is asked about.
func TestGitLabRealmElsewhere(t *testing.T) {
	net := &internet{t: t, hosts: map[string]http.HandlerFunc{
		"registry.example.com": realm("gitlab.example.com", "/jwt/auth", "container_registry", nil),
		"gitlab.example.com":   realm("gitlab.example.com", "/jwt/auth", "container_registry", refuse(http.StatusUnauthorized, `{}`)),
	}}
	target := Target{Format: "DOCKER", URI: "https://registry.example.com"}
	o := net.tester().Try(context.Background(), target, goodUser, good(), "")
	wants(t, o, Unproven, "--allow-realm gitlab.example.com")
	if o.Realm != "gitlab.example.com" || net.sentTo("gitlab.example.com") {
		t.Errorf("realm %q, requests %q", o.Realm, net.seen)
	}
	x := net.tester()
	x.AllowRealms = []string{"gitlab.example.com"}
	wants(t, x.Try(context.Background(), target, goodUser, good(), ""), Accepted, "")
	wants(t, x.Try(context.Background(), target, goodUser, bad(), ""), Rejected, "")
}

func TestECR(t *testing.T) {
	host := strings.TrimPrefix(ecr.URI, "https://")
	net := &internet{t: t, hosts: map[string]http.HandlerFunc{host: func(w http.ResponseWriter, r *http.Request) {
		if user, pass, _ := r.BasicAuth(); user == "AWS" && pass == goodToken {
			w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
			w.WriteHeader(http.StatusOK)
			return
		}
		ask(w, `Basic realm="https://`+host+`/",service="ecr.amazonaws.com"`)
	}}}
	wants(t, net.tester().Try(context.Background(), ecr, "AWS", good(), ""), Accepted, "Amazon ECR accepted")
	wants(t, net.tester().Try(context.Background(), ecr, "AWS", bad(), ""), Rejected, "401")
	if net.requests() != 4 {
		t.Errorf("requests %q", net.seen)
	}
}

// gitHub is ghcr.io, whose realm gives a token to anybody, and GitHub's
// interface, which knows whose a token is.
func gitHub(t *testing.T, scopes ...string) *internet {
	return &internet{t: t, hosts: map[string]http.HandlerFunc{
		"ghcr.io": func(w http.ResponseWriter, r *http.Request) {
			mine := base64.StdEncoding.EncodeToString([]byte(goodToken))
			switch {
			case r.URL.Path == "/token":
				_, pass, _ := r.BasicAuth()
				say(w, http.StatusOK, `{"token":"`+base64.StdEncoding.EncodeToString([]byte(pass))+`"}`)
			case r.Header.Get("Authorization") == "":
				ask(w, `Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull"`)
			case r.URL.Path == "/v2/public/app/tags/list", bearerIs(r, mine):
				say(w, http.StatusOK, `{"tags":["1.0"]}`)
			default:
				say(w, http.StatusForbidden, `{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}`)
			}
		},
		"api.github.com": func(w http.ResponseWriter, r *http.Request) {
			if !bearerIs(r, goodToken) {
				say(w, http.StatusUnauthorized, `{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest"}`)
				return
			}
			if scopes != nil {
				w.Header().Set("X-OAuth-Scopes", strings.Join(scopes, ", "))
			}
			say(w, http.StatusOK, `{"login":"Alice","id":1}`)
		},
	}}
}

func TestGitHub(t *testing.T) {
	packages := Target{Format: "NPM", URI: "https://npm.pkg.github.com"}
	for _, tt := range []struct {
		name     string
		on       Target
		scopes   []string
		user     string
		token    token.Secret
		image    string
		verdict  Verdict
		words    string
		requests int
	}{
		{"right", ghcr, []string{"repo", "read:packages"}, goodUser, good(), "", Accepted, `belongs to "Alice"`, 1},
		{"right for npm", packages, []string{"write:packages"}, goodUser, good(), "", Accepted, `belongs to "Alice"`, 1},
		{"wrong", ghcr, []string{"read:packages"}, goodUser, bad(), "", Rejected, "Bad credentials", 1},
		{"scope missing", ghcr, []string{"repo", "gist"}, goodUser, good(), "", Rejected, "read:packages is missing", 1},
		{"no scope", ghcr, []string{""}, goodUser, good(), "", Rejected, "It has no scopes", 1},
		{"a kind of token without scopes", ghcr, nil, goodUser, good(), "", Unproven, "no scopes for this kind of token", 1},
		{"somebody else's", ghcr, []string{"read:packages"}, "bob", good(), "", Accepted, "isn't the user name that you gave", 1},
		{"private image", ghcr, []string{"read:packages"}, goodUser, good(), "team/app", Accepted, `may pull "team/app"`, 6},
		{"private image without its scope", ghcr, []string{"repo"}, goodUser, good(), "team/app", Rejected, "read:packages is missing", 1},
		{"private image, wrong", ghcr, []string{"read:packages"}, goodUser, bad(), "team/app", Rejected, "Bad credentials", 1},
		{"public image", ghcr, []string{"read:packages"}, goodUser, good(), "public/app", Accepted, `belongs to "Alice"`, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			net := gitHub(t, tt.scopes...)
			o := net.tester().Try(context.Background(), tt.on, tt.user, tt.token, tt.image)
			wants(t, o, tt.verdict, tt.words)
			if net.requests() != tt.requests {
				t.Errorf("%d requests, want %d: %q", net.requests(), tt.requests, net.seen)
			}
		})
	}
}

func TestNPMJS(t *testing.T) {
	host := "registry." + "npmjs.org"
	status := 0
	net := &internet{t: t, hosts: map[string]http.HandlerFunc{host: func(w http.ResponseWriter, r *http.Request) {
		switch {
		case status != 0:
			say(w, status, `{"error":"slow down"}`)
		case r.URL.Path == "/-/whoami" && bearerIs(r, goodToken):
			say(w, http.StatusOK, `{"username":"alice"}`)
		case r.URL.Path == "/-/whoami":
			say(w, http.StatusUnauthorized, `{}`)
		default:
			t.Errorf("asked for %s", r.URL)
		}
	}}}
	wants(t, net.tester().Try(context.Background(), npmjs, goodUser, good(), ""), Accepted, `belongs to "alice"`)
	wants(t, net.tester().Try(context.Background(), npmjs, goodUser, bad(), ""), Rejected, "401")
	wants(t, net.tester().Try(context.Background(), npmjs, "bob", good(), ""), Accepted, "isn't the user name that you gave")
	status = http.StatusTooManyRequests
	wants(t, net.tester().Try(context.Background(), npmjs, goodUser, good(), ""), Limited, "slow down")
	if net.requests() != 4 {
		t.Errorf("a trial takes more than one request: %q", net.seen)
	}
}

// PyPI's index answers everybody: nothing is learnt, and nothing is sent.
func TestPyPI(t *testing.T) {
	for _, serve := range []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "404 Not Found", http.StatusNotFound) },
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://pypi.org"+r.URL.Path, http.StatusMovedPermanently)
		},
	} {
		net := &internet{t: t, hosts: map[string]http.HandlerFunc{"pypi.io": func(w http.ResponseWriter, r *http.Request) {
			if knows(r) {
				t.Error("the token was sent though it proves nothing")
			}
			serve(w, r)
		}}}
		wants(t, net.tester().Try(context.Background(), pypi, goodUser, good(), ""), Unproven, "Everybody can read PyPI's index")
		wants(t, net.tester().Try(context.Background(), pypi, goodUser, bad(), ""), Unproven, "Everybody can read PyPI's index")
		if net.requests() != 4 {
			t.Errorf("requests %q", net.seen)
		}
	}
}

// An emulator stands in for a preset on loopback, its token realm included,
// and no companion host on the internet is asked anything.
func TestStandIn(t *testing.T) {
	const at = "127.0.0.1:4873"
	fakes := map[string]http.HandlerFunc{
		"docker": func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/up/docker/token" && knows(r):
				say(w, http.StatusOK, `{"token":"issued"}`)
			case r.URL.Path == "/up/docker/token":
				say(w, http.StatusUnauthorized, `{"details":"incorrect username or password"}`)
			default:
				ask(w, `Bearer realm="http://`+at+`/up/docker/token",service="registry.docker.io"`)
			}
		},
		"files": func(w http.ResponseWriter, r *http.Request) {
			if !knows(r) {
				ask(w, "Basic realm=demo")
				return
			}
			http.NotFound(w, r)
		},
	}
	for _, tt := range []struct {
		on   Target
		fake string
	}{
		{hub, "docker"}, {ghcr, "docker"}, {npmjs, "files"}, {pypi, "files"},
		{Target{Format: "MAVEN", Preset: "MAVEN_CENTRAL"}, "files"},
	} {
		t.Run(tt.on.String(), func(t *testing.T) {
			net := &internet{t: t, hosts: map[string]http.HandlerFunc{at: fakes[tt.fake]}}
			x := net.tester()
			x.Resolve = func(uri string) string {
				if uri != tt.on.BaseURL() {
					t.Errorf("asked to resolve %q", uri)
				}
				return "http://" + at + "/up/" + tt.fake
			}
			wants(t, x.Try(context.Background(), tt.on, goodUser, good(), ""), Accepted, "")
			wants(t, x.Try(context.Background(), tt.on, goodUser, bad(), ""), Rejected, "")
			for _, asked := range net.seen {
				if !strings.Contains(asked, at) {
					t.Errorf("asked %s", asked)
				}
			}
		})
	}
}

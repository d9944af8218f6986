package upstream

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// dockerHub is Docker Hub's registry and its token service.
func dockerHub(t *testing.T) *internet {
	return &internet{t: t, hosts: map[string]http.HandlerFunc{
		"registry-1.docker.io": func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/v2/":
				ask(w, `Bearer realm="https://auth.docker.io/token",service="registry.docker.io"`)
			case !bearerIs(r, "issued"):
				ask(w, `Bearer realm="https://auth.docker.io/token",service="registry.docker.io",error="invalid_token"`)
			case r.URL.Path == "/v2/ratelimitpreview/test/manifests/latest" && r.Method == http.MethodHead:
				w.Header().Set("ratelimit-limit", "200;w=21600")
				w.Header().Set("ratelimit-remaining", "176;w=21600")
				w.Header().Set("docker-ratelimit-source", "8a7c7e3e")
			case r.URL.Path == "/v2/alice/private/tags/list", r.URL.Path == "/v2/alice/private/manifests/1.0":
				say(w, http.StatusOK, `{"name":"alice/private","tags":["1.0"]}`)
			default:
				say(w, http.StatusNotFound, `{"errors":[{"code":"NAME_UNKNOWN"}]}`)
			}
		},
		"auth.docker.io": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("service") != "registry.docker.io" {
				t.Errorf("service %q", r.URL.RawQuery)
			}
			if !knows(r) {
				say(w, http.StatusUnauthorized, `{"details":"incorrect username or password"}`)
				return
			}
			say(w, http.StatusOK, `{"token":"issued","access_token":"issued","expires_in":300}`)
		},
	}}
}

func TestDockerHub(t *testing.T) {
	for _, tt := range []struct {
		name     string
		user     string
		token    token.Secret
		image    string
		verdict  Verdict
		words    string
		requests int
	}{
		{"right", goodUser, good(), "", Accepted, "176 of 200 pulls left in this 6-hour window", 3},
		{"wrong token", goodUser, bad(), "", Rejected, "incorrect username or password", 2},
		{"wrong user", "bob", good(), "", Rejected, "incorrect username or password", 2},
		{"named", goodUser, good(), "alice/private", Accepted, `It may pull "alice/private"`, 4},
		{"named with its tag", goodUser, good(), "alice/private:1.0", Accepted, `It may pull "alice/private:1.0"`, 4},
		{"named wrongly", goodUser, good(), "alice/other", Unproven, `for "alice/other" is 404 Not Found`, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			net := dockerHub(t)
			o := net.tester().Try(context.Background(), hub, tt.user, tt.token, tt.image)
			wants(t, o, tt.verdict, tt.words)
			if net.requests() != tt.requests {
				t.Errorf("%d requests, want %d: %q", net.requests(), tt.requests, net.seen)
			}
			if tt.verdict == Accepted && (o.Limit == nil || o.Limit.Remaining != 176) {
				t.Errorf("limit %+v", o.Limit)
			}
		})
	}
}

func TestDockerHubLimited(t *testing.T) {
	net := dockerHub(t)
	net.hosts["auth.docker.io"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		say(w, http.StatusTooManyRequests, `{"message":"toomanyrequests: slow down"}`)
	}
	o := net.tester().Try(context.Background(), hub, goodUser, good(), "")
	wants(t, o, Limited, "Try again in 30 seconds")
	if !strings.Contains(o.Why.In(text.English), "slow down") {
		t.Errorf("why %q", o.Why.In(text.English))
	}
}

// scripted is a registry that answers a path as told: by who asks, which is
// nobody, the one given, or one made up.
type scripted map[string]func(who string, w http.ResponseWriter)

func (s scripted) serve(w http.ResponseWriter, r *http.Request) {
	who := "made up"
	switch {
	case knows(r), bearerIs(r, "mine"):
		who = "given"
	case r.Header.Get("Authorization") == "":
		who = "nobody"
	}
	if answer, ok := s[r.URL.Path]; ok {
		answer(who, w)
		return
	}
	http.NotFound(w, r)
}

// challenging asks for credentials, and goes on by who has given some.
func challenging(challenge string, next func(who string, w http.ResponseWriter)) func(string, http.ResponseWriter) {
	return func(who string, w http.ResponseWriter) {
		if who == "nobody" {
			ask(w, challenge)
			return
		}
		next(who, w)
	}
}

// always answers everybody alike.
func always(status int, body string) func(string, http.ResponseWriter) {
	return func(_ string, w http.ResponseWriter) { say(w, status, body) }
}

// only answers the one given by one status and others by another.
func only(given, others int, body string) func(string, http.ResponseWriter) {
	return func(who string, w http.ResponseWriter) {
		if who == "given" {
			say(w, given, body)
		} else {
			say(w, others, "{}")
		}
	}
}

// TestRegistries goes through what registries of no known vendor answer.
func TestRegistries(t *testing.T) {
	const toRealm, toBasic = `Bearer realm="/token",service="x",scope="registry:catalog:*"`, `Basic realm="x"`
	for _, tt := range []struct {
		name     string
		path     string // of the address
		image    string
		serve    scripted
		verdict  Verdict
		words    string
		requests int
	}{
		{"realm refuses what is made up", "", "", scripted{
			"/v2/": challenging(toRealm, always(200, "{}")), "/token": only(200, 401, `{"token":"mine"}`),
		}, Accepted, "", 3},
		{"realm refuses", "", "", scripted{
			"/v2/": challenging(toRealm, always(200, "{}")), "/token": always(401, `{"message":"no"}`),
		}, Rejected, "no", 2},
		{"realm takes all, registry tells", "", "", scripted{
			"/v2/": challenging(toRealm, only(200, 401, "{}")), "/token": func(who string, w http.ResponseWriter) {
				say(w, 200, map[string]string{"given": `{"token":"mine"}`}[who]+map[string]string{"made up": `{"token":"theirs"}`}[who])
			},
		}, Accepted, "", 5},
		{"realm takes all, registry too", "", "", scripted{
			"/v2/": challenging(toRealm, always(200, "{}")), "/token": always(200, `{"token":"mine"}`),
		}, Unproven, "a made-up token the same answer", 5},
		{"realm has no token", "", "", scripted{
			"/v2/": challenging(toRealm, always(200, "{}")), "/token": always(200, `{"hello":"world"}`),
		}, NotRegistry, "without a token", 2},
		{"realm limits", "", "", scripted{
			"/v2/": challenging(toRealm, always(200, "{}")), "/token": always(429, `{}`),
		}, Limited, "429", 2},
		{"realm limits what is made up", "", "", scripted{
			"/v2/": challenging(toRealm, always(200, "{}")), "/token": only(200, 429, `{"token":"mine"}`),
		}, Unproven, "429 Too Many Requests to a made-up token", 3},
		{"realm redirects", "", "", scripted{
			"/v2/": challenging(toRealm, always(200, "{}")), "/token": func(_ string, w http.ResponseWriter) {
				w.Header().Set("Location", "https://evil.test/token")
				w.WriteHeader(http.StatusFound)
			},
		}, Unproven, "redirects to evil.test", 2},
		{"realm without address", "", "", scripted{"/v2/": challenging(`Bearer realm="https://a b/"`, nil)}, NotRegistry, "isn't valid", 1},
		{"realm with a password in it", "", "", scripted{"/v2/": challenging(`Bearer realm="https://u:p@images.example.com/"`, nil)}, NotRegistry, "isn't valid", 1},
		{"basic", "", "", scripted{"/v2/": challenging(toBasic, only(200, 401, "{}"))}, Accepted, "", 3},
		{"basic, wrong", "", "", scripted{"/v2/": challenging(toBasic, always(401, "{}"))}, Rejected, "401", 2},
		{"basic, wrong, by 403", "", "", scripted{"/v2/": challenging(toBasic, always(403, "{}"))}, Rejected, "403", 3},
		{"basic, known but forbidden", "", "", scripted{"/v2/": challenging(toBasic, only(403, 401, "{}"))}, Unproven, "403", 3},
		{"basic, anybody", "", "", scripted{"/v2/": challenging(toBasic, always(200, "{}"))}, Unproven, "a made-up token the same answer", 3},
		{"basic, fault", "", "", scripted{"/v2/": challenging(toBasic, only(503, 401, "{}"))}, Unreachable, "503", 3},
		{"basic before a page", "", "", scripted{"/v2/": challenging(toBasic, only(200, 401, "<html>"))}, NotRegistry, "doesn't answer like a container registry", 3},
		{"basic, image", "", "team/app:1", scripted{
			"/v2/": challenging(toBasic, nil), "/v2/team/app/manifests/1": only(200, 401, "{}"),
		}, Accepted, `It may pull "team/app:1"`, 3},
		{"basic, image by digest", "", "team/app@sha256:ab", scripted{
			"/v2/": challenging(toBasic, nil), "/v2/team/app/manifests/sha256:ab": only(200, 401, "{}"),
		}, Accepted, "It may pull", 3},
		{"basic, image with a fault", "", "team/app", scripted{
			"/v2/": challenging(toBasic, nil), "/v2/team/app/tags/list": only(500, 401, "{}"),
		}, Unreachable, "500", 3},
		{"another way of signing in", "", "", scripted{"/v2/": challenging("Negotiate", nil)}, Unproven, "neither basic authentication nor a token server", 1},
		{"no way of signing in", "", "", scripted{"/v2/": always(401, "{}")}, Unproven, "neither basic authentication nor a token server", 1},
		{"open", "", "", scripted{"/v2/": always(200, "{}")}, Unproven, "without asking", 1},
		{"open, image private", "", "team/app", scripted{
			"/v2/": always(200, "{}"), "/v2/team/app/tags/list": challenging(toBasic, only(200, 401, "{}")),
		}, Accepted, `It may pull "team/app"`, 4},
		{"open, image too", "", "team/app", scripted{
			"/v2/": always(200, "{}"), "/v2/team/app/tags/list": always(200, "{}"),
		}, Unproven, `answers for "team/app" without asking`, 2},
		{"below a path", "/artifactory/api/docker/images", "", scripted{
			"/artifactory/api/docker/images/v2/": challenging(toBasic, only(200, 401, "{}")),
		}, Accepted, "", 3},
		{"path is a folder of images", "/team", "", scripted{"/v2/": challenging(toBasic, only(200, 401, "{}"))}, Accepted, "", 4},
		{"path is the interface", "/v2", "", scripted{"/v2/": challenging(toBasic, only(200, 401, "{}"))}, Accepted, "", 3},
		{"page", "", "", scripted{"/v2/": always(200, "<html>")}, NotRegistry, "not by the protocol", 1},
		{"nothing there", "", "", scripted{}, NotRegistry, "404", 1},
		{"firewall", "", "", scripted{"/v2/": always(403, `{"message":"go away"}`)}, Unproven, "go away", 1},
		{"limited", "", "", scripted{"/v2/": always(429, "{}")}, Limited, "429", 1},
		{"a status of its own", "", "", scripted{"/v2/": always(599, "{}")}, Unreachable, "599", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			net := &internet{t: t, hosts: map[string]http.HandlerFunc{"images.example.com": tt.serve.serve}}
			o := net.tester().Try(context.Background(), Target{Format: "DOCKER", URI: "https://images.example.com" + tt.path}, goodUser, good(), tt.image)
			wants(t, o, tt.verdict, tt.words)
			if net.requests() != tt.requests {
				t.Errorf("%d requests, want %d: %q", net.requests(), tt.requests, net.seen)
			}
		})
	}
}

// A realm may name itself by its path alone; a foreign one gets nothing.
func TestRealmAddresses(t *testing.T) {
	for challenge, words := range map[string]string{
		`Bearer realm="https://evil.test/token"`:                    "nothing was sent there",
		`Bearer realm="//evil.test/token"`:                          "nothing was sent there",
		`Bearer realm="http://images.example.com/token"`:            "plain http",
		`Bearer realm="https://images.example.com@evil.test/token"`: "",
		`Bearer realm="https://images.example.com.evil.test/"`:      "nothing was sent there",
		`Bearer realm="javascript:alert(1)"`:                        "plain http",
		`Bearer realm="https://evil.test/",realm="/token"`:          "nothing was sent there",
	} {
		net := &internet{t: t, hosts: map[string]http.HandlerFunc{
			"images.example.com": func(w http.ResponseWriter, _ *http.Request) { ask(w, challenge) },
		}}
		o := net.tester().Try(context.Background(), plain, goodUser, good(), "")
		if o.Verdict != Unproven && o.Verdict != NotRegistry || !strings.Contains(o.Why.In(text.English), words) {
			t.Errorf("%s: %+v", challenge, o)
		}
		if net.requests() != 1 || len(net.sent) != 0 {
			t.Errorf("%s: requests %q", challenge, net.seen)
		}
	}
}

package upstream

import (
	"context"
	"net/http"
	"strings"
	"testing"

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
		{"right", goodUser, good(), "", Accepted, "176 of 200 pulls are left in the present 6 hours", 3},
		{"wrong token", goodUser, bad(), "", Rejected, "incorrect username or password", 2},
		{"wrong user", "bob", good(), "", Rejected, "incorrect username or password", 2},
		{"named", goodUser, good(), "alice/private", Accepted, "It may pull alice/private", 4},
		{"named with its tag", goodUser, good(), "alice/private:1.0", Accepted, "It may pull alice/private:1.0", 4},
		{"named wrongly", goodUser, good(), "alice/other", Unproven, "answers 404 Not Found for alice/other", 4},
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
	wants(t, o, Limited, "try again in 30s")
	if !strings.Contains(o.Why, "slow down") {
		t.Errorf("why %q", o.Why)
	}
}

package origin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/upstreamauth/gcp/emulator/origin"
)

// TestTokenServices has registries whose token service is a server of its own,
// as Docker Hub's and GitLab's are.
func TestTokenServices(t *testing.T) {
	cred := &origin.Credential{Username: "demo", Password: []byte("a-password")}
	for _, c := range []struct {
		name, query string
		answer      func(w http.ResponseWriter, r *http.Request)
		want        origin.Kind
	}{
		{"token", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"token":"good"}`)) }, 0},
		{"access token", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"access_token":"good"}`)) }, 0},
		{"realm with a query", "?account=team", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("account") == "team" && r.URL.Query().Get("service") == "fake" {
				_, _ = w.Write([]byte(`{"token":"good"}`))
			}
		}, 0},
		{"token that opens nothing", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"token":"bad"}`)) }, origin.Unauthorized},
		{"rejected", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, origin.Unauthorized},
		{"rejected as forbidden", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, origin.Unauthorized},
		{"rejected as malformed", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }, origin.Unauthorized},
		{"limited", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, origin.Limited},
		{"broken", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, origin.Server},
		{"no JSON", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) }, origin.NotARegistry},
		{"no token", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }, origin.NotARegistry},
		{"token with a line end", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"token":"a\r\nX: y"}`)) }, origin.NotARegistry},
	} {
		t.Run(c.name, func(t *testing.T) {
			realm := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if _, password, _ := r.BasicAuth(); password != "a-password" {
					t.Error("the token service is asked without the credential")
				}
				c.answer(w, r)
			})
			registry := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
				switch given := r.Header.Get("Authorization"); {
				case given == "Bearer good":
				case strings.HasPrefix(given, "Basic "):
					t.Error("the registry itself is sent the credential")
				default:
					w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token%s",service="fake"`, realm.URL, c.query))
					w.WriteHeader(http.StatusUnauthorized)
				}
			})
			err := new(origin.Client).Validate(t.Context(), origin.Upstream{Format: origin.Docker, URI: registry.URL}, cred)
			if got := kind(t, err); got != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestDockerUpstreamWithAPath has an upstream URI with a path: it begins the
// names of images.
func TestDockerUpstreamWithAPath(t *testing.T) {
	var scopes, paths []string
	var registry *httptest.Server
	registry = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			scopes = append(scopes, r.URL.Query().Get("scope"))
			_, _ = w.Write([]byte(`{"token":"good"}`))
		case r.Header.Get("Authorization") == "":
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+registry.URL+`/token"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
			paths = append(paths, r.URL.Path)
		}
	})
	u := origin.Upstream{Format: origin.Docker, URI: registry.URL + "/team/mirror/"}
	cred := &origin.Credential{Username: "demo", Password: []byte("a-password")}
	if err := new(origin.Client).Validate(t.Context(), u, cred); err != nil {
		t.Error(err)
	}
	here := repository(t, new(origin.Client), u, cred)
	if code, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/app/manifests/1"); code != 200 {
		t.Errorf("%d %s", code, body)
	}
	if got := strings.Join(paths, " "); got != "/v2/ /v2/team/mirror/app/manifests/1" {
		t.Errorf("asked for %s", got)
	}
	if got := strings.Join(scopes, ","); got != ",repository:team/mirror/app:pull" {
		t.Errorf("scopes %q", got)
	}
}

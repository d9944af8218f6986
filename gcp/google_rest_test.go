package gcp

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/cloud"
)

func TestTheServiceAgentOverREST(t *testing.T) {
	polled := 0
	g := newGoogle(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Host != "serviceusage.googleapis.com" || r.Header.Get("Authorization") != "Bearer ya29.test" || r.Header.Get("X-Goog-User-Project") != "file-quota":
			w.WriteHeader(http.StatusForbidden)
		case r.Method == http.MethodPost && r.URL.Path == "/v1beta1/projects/slow/services/artifactregistry.googleapis.com:generateServiceIdentity":
			_, _ = io.WriteString(w, `{"name":"operations/finegrained.1"}`)
		case r.Method == http.MethodGet && r.URL.Path == "/v1beta1/operations/finegrained.1":
			if polled++; polled == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = fmt.Fprintf(w, `{"name":"operations/finegrained.1","done":%v}`, polled > 2)
		case r.URL.Path == "/v1beta1/projects/odd/services/artifactregistry.googleapis.com:generateServiceIdentity":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"Service artifactregistry.googleapis.com has not been configured for service identities."}}`)
		case r.URL.Path == "/v1beta1/projects/failing/services/artifactregistry.googleapis.com:generateServiceIdentity":
			_, _ = io.WriteString(w, `{"done":true,"error":{"code":7,"message":"The caller does not have permission"}}`)
		default:
			http.NotFound(w, r)
		}
	}), nil)
	c := g.client(t, userFile(), Options{})
	for project, want := range map[string]cloud.Kind{"slow": "", "odd": cloud.Invalid, "failing": cloud.PermissionDenied, "absent": cloud.NotFound} {
		if err := c.CreateServiceAgent(t.Context(), project, cloud.ArtifactRegistryAPI); cloud.KindOf(err) != want {
			t.Errorf("%s: got %v, want %q", project, err, want)
		}
	}
	if polled != 3 {
		t.Errorf("polled %d times", polled)
	}
}

func TestPullsFromGoogle(t *testing.T) {
	var asked []string
	g := newGoogle(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer ya29.test" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		asked = append(asked, r.Host+r.URL.EscapedPath())
		http.Redirect(w, r, "https://elsewhere.pkg.dev/loot", http.StatusFound)
	}), nil)
	c := g.client(t, userFile(), Options{})
	a, err := c.Pull(t.Context(), cloud.Repository{Name: theRepo, Format: "NPM", RegistryURI: "us-npm.pkg.dev/p/r"}, "@scope/name")
	if err != nil || a.Status != http.StatusFound || a.URL != "https://us-npm.pkg.dev/p/r/@scope%2Fname" {
		t.Errorf("got %+v, %v", a, err)
	}
	if len(asked) != 1 || asked[0] != "us-npm.pkg.dev/p/r/@scope%2Fname" {
		t.Errorf("asked %v", asked)
	}
	if _, err := c.Pull(t.Context(), cloud.Repository{Name: theRepo, Format: "NPM", RegistryURI: "elsewhere.pkg.dev/p/r"}, "x"); cloud.KindOf(err) != cloud.Invalid || len(asked) != 1 {
		t.Errorf("a foreign address: %v, asked %v", err, asked)
	}
}

// TestAnEndlessAnswerIsCut has Google, and an emulator, send without end: a
// good answer and an error.
func TestAnEndlessAnswerIsCut(t *testing.T) {
	for _, code := range []int{http.StatusOK, http.StatusBadRequest} {
		endless := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			for {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1<<16)); err != nil {
					return
				}
			}
		})
		google := newGoogle(t, endless, nil).client(t, userFile(), Options{Timeout: time.Hour})
		stub := newFake(t, endless, nil).client(t, Options{Timeout: time.Hour})
		for what, err := range map[string]error{
			"Google": google.CreateServiceAgent(t.Context(), "p", cloud.ArtifactRegistryAPI), "an emulator": second(stub.Upstream(t.Context(), "https://registry-1.docker.io")),
		} {
			if err == nil || cloud.KindOf(err) == cloud.TimedOut {
				t.Errorf("%s, %d: got %v", what, code, err)
			}
		}
	}
}

// TestNoRedirectIsFollowed has Google send every request elsewhere: the access
// token must not go there, nor what a token is asked for with.
func TestNoRedirectIsFollowed(t *testing.T) {
	for _, options := range []Options{{}, {Impersonate: "robot@p.iam.gserviceaccount.com"}} {
		g := newGoogle(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.pkg.dev/loot", http.StatusTemporaryRedirect)
		}), nil)
		if err := g.client(t, userFile(), options).CreateServiceAgent(t.Context(), "p", cloud.ArtifactRegistryAPI); err == nil {
			t.Error("a redirect passes for an answer")
		}
		for _, r := range g.requests {
			if r.Host == "elsewhere.pkg.dev" {
				t.Errorf("%+v: it followed with %q", options, r.Header.Get("Authorization"))
			}
		}
	}
}

//go:build unix

package commands

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/ui/e2e"
)

// TestAForeignRealmIsAskedAbout meets a registry whose token server is on
// another host: the credential goes there after a yes in person, or with
// --allow-realm, and not otherwise.
func TestAForeignRealmIsAskedAbout(t *testing.T) {
	path := e2e.Program(t)
	s, err := emulator.Start(t.Context(), emulator.Options{Scenario: "onboarding"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var sent atomic.Int32
	realm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); ok {
			sent.Add(1)
			if user == "alice" && password == "opaque-token-4711" {
				fmt.Fprint(w, `{"token": "T"}`)
				return
			}
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer realm.Close()
	host := "localhost:" + realm.URL[strings.LastIndex(realm.URL, ":")+1:]
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer T" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+host+`/token",service="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer registry.Close()
	post(t, s.Addr(), "locations/us-central1/repositories?repositoryId=elsewhere", `{"format": "DOCKER", "mode": "REMOTE_REPOSITORY",
		"remoteRepositoryConfig": {"commonRepository": {"uri": "`+registry.URL+`"}, "disableUpstreamValidation": true}}`)

	const question = "Is "
	for name, c := range map[string]struct {
		answers string // after the token
		flags   []string
		asked   bool
		sent    bool
	}{
		"yes":           {"y\n", nil, true, true},
		"no":            {"n\ny\n", nil, true, false},
		"--allow-realm": {"", []string{"--allow-realm", host}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			before := sent.Load()
			cmd := exec.CommandContext(t.Context(), path, append([]string{"setup", "--plain", "--dry-run", "--emulator", s.Addr(),
				"--project", "demo-healthy"}, c.flags...)...)
			cmd.Env = e2e.Environment(t.TempDir())
			cmd.Stdin = strings.NewReader("us-central1/elsewhere\ny\na-secret\nalice\nopaque-token-4711\n" + c.answers)
			var out, talk bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &talk
			if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "Planned; nothing has been changed") {
				t.Fatalf("%v\n%s%s", err, &talk, &out)
			}
			if asked := strings.Contains(talk.String(), question+host); asked != c.asked {
				t.Errorf("asked: %v\n%s", asked, &talk)
			}
			if got := sent.Load() > before; got != c.sent {
				t.Errorf("sent: %v\n%s", got, &talk)
			}
			if proven := strings.Contains(talk.String(), "accepted this user name and token\n"); proven != c.sent {
				t.Errorf("proven: %v\n%s", proven, &talk)
			}
		})
	}
}

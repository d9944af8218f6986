package security

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.com/upstreamauth/gcp/emulator"
)

// world is what a program under test talks to: an emulator of Google and
// upstreams of our own. They are in the test's process, so that whatever they
// know or print is not the program's.
type world struct {
	emulator *emulator.Server
	addr     string
	seedFile string
	// asked is called while a request with a credential waits for its answer:
	// the token is in the program's memory then.
	mu    sync.Mutex
	asked func()
}

// onAsked sets what is called while an upstream is being asked.
func (w *world) onAsked(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = f
}

func (w *world) observe() {
	w.mu.Lock()
	f := w.asked
	w.mu.Unlock()
	if f != nil {
		f()
	}
}

// serveWorld starts a world from a seed, in which UPSTREAM(name) stands for the
// address of the handler of that name.
func serveWorld(t *testing.T, w *world, seed string, handlers map[string]http.Handler) *world {
	t.Helper()
	for name, h := range handlers {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		seed = strings.ReplaceAll(seed, "UPSTREAM("+name+")", s.URL)
	}
	file := filepath.Join(t.TempDir(), "seed.yaml")
	if err := os.WriteFile(file, []byte(seed), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Start(t.Context(), emulator.Options{SeedFile: file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	w.emulator, w.addr, w.seedFile = e, e.Addr(), file
	return w
}

// registry is an upstream that accepts the two canaries alone, for Docker by Basic
// authentication and for npm by Bearer.
func (w *world) registry() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			w.observe()
		}
		name, password, _ := r.BasicAuth()
		rw.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		good := name == user && (password == canary || password == former) || given == canary || given == former
		switch {
		case !good:
			rw.Header().Set("WWW-Authenticate", `Basic realm="canary"`)
			http.Error(rw, "who are you?", http.StatusUnauthorized)
		case r.URL.Path == "/v2/", strings.HasSuffix(r.URL.Path, "whoami"):
			_, _ = fmt.Fprintf(rw, `{"username":%q}`, user)
		default:
			http.NotFound(rw, r)
		}
	})
}

// echo is an upstream that answers every credential with this status, and
// repeats what it was sent wherever an answer has room for it.
func (w *world) echo(status int) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		sent := r.Header.Get("Authorization")
		if sent == "" {
			rw.Header().Set("WWW-Authenticate", `Basic realm="echo"`)
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.observe()
		_, password, _ := r.BasicAuth()
		if password == "" {
			password = strings.TrimPrefix(sent, "Bearer ")
		}
		code := base64.StdEncoding.EncodeToString([]byte(password))
		says := fmt.Sprintf("you sent %s, which is %s or %s", sent, password, code)
		rw.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q, error=%q", says, says))
		rw.Header().Set("Location", "https://elsewhere.test/?"+code)
		rw.Header().Set("npm-notice", says)
		rw.Header().Set("Retry-After", password)
		rw.Header().Set("Content-Type", "application/json")
		rw.Header().Set("Docker-Distribution-Api-Version", says)
		rw.WriteHeader(status)
		_, _ = fmt.Fprintf(rw, `{"errors":[{"code":"DENIED","message":%q,"detail":%q}],"message":%q,"error":%q,"username":%q,"token":%q}`, says, says, says, says, says, says)
	})
}

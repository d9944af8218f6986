package upstream

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// internet answers requests by host, in process, and notes every request. A
// host that it does not know cannot be reached.
type internet struct {
	t     *testing.T
	hosts map[string]http.HandlerFunc

	mu   sync.Mutex
	seen []string        // METHOD host/path?query
	sent map[string]bool // hosts that were sent an Authorization header
}

func (n *internet) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.seen = append(n.seen, r.Method+" "+r.URL.Host+r.URL.RequestURI())
	if r.Header.Get("Authorization") != "" {
		if n.sent == nil {
			n.sent = map[string]bool{}
		}
		n.sent[r.URL.Host] = true
	}
	n.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	serve, ok := n.hosts[r.URL.Host]
	if !ok {
		return nil, fmt.Errorf("no host %s", r.URL.Host)
	}
	w := httptest.NewRecorder()
	serve(w, r)
	return w.Result(), nil
}

func (n *internet) tester() *Tester { return &Tester{Transport: n} }

// requests is how many requests were made, whatever the order.
func (n *internet) requests() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.seen)
}

func (n *internet) sentTo(host string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent[host]
}

// The one credential that the fakes know, and how requests carry it.
const (
	goodUser  = "alice"
	goodToken = "s3cret-T0ken-of-alice"
)

func good() token.Secret { return token.New([]byte(goodToken)) }
func bad() token.Secret  { return token.New([]byte("wr0ng-T0ken-of-alice!")) }

func knows(r *http.Request) bool {
	user, pass, ok := r.BasicAuth()
	return ok && user == goodUser && pass == goodToken
}

func bearerIs(r *http.Request, want string) bool {
	return r.Header.Get("Authorization") == "Bearer "+want
}

// say answers with a status and JSON.
func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// ask answers with a challenge, as a Docker registry does.
func ask(w http.ResponseWriter, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	say(w, http.StatusUnauthorized, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
}

// wants fails unless the outcome has this verdict and these words, and never
// holds a token.
func wants(t *testing.T, o Outcome, verdict Verdict, words string) {
	t.Helper()
	f := o.Finding()
	given := f.Says.In(text.English) + " " + f.Why.In(text.English)
	if f.Remedy != nil {
		given += " " + f.Remedy.Says.In(text.English)
	}
	if o.Verdict != verdict || !strings.Contains(given, words) {
		t.Fatalf("%s: %q; want %s with %q", o.Verdict, given, verdict, words)
	}
	if strings.Contains(given, goodToken) || strings.Contains(given, string(bad().Reveal())) {
		t.Fatalf("the token is in %q", given)
	}
}

// visiting is a visit under way that tries a credential.
func visiting(k *Kind, given auth) *visit {
	v := &visit{kind: k, given: given}
	v.echo.Add(given.username, given.secret)
	return v
}

func secretOf(s string) token.Secret { return token.New([]byte(s)) }

// local tries servers of this machine as an emulator's Artifact Registry does,
// which reaches them too.
func local() *Tester { return &Tester{Local: true} }

package gcp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"

	"example.com/upstreamauth/flows/cloud"
)

// target is where the proxy of the tests leads every connection; empty: nowhere.
var target atomic.Value

// detour makes a proxy on loopback the way to every host, so that clients of
// Google itself can be tested and no test reaches the internet.
func detour() (stop func()) {
	target.Store("")
	var copying sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := target.Load().(string)
		if r.Method != http.MethodConnect || to == "" {
			http.Error(w, "the internet is out of reach", http.StatusBadGateway)
			return
		}
		there, err := new(net.Dialer).DialContext(r.Context(), "tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			_ = there.Close()
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		for _, way := range [][2]net.Conn{{here, there}, {there, here}} {
			copying.Go(func() {
				_, _ = io.Copy(way[0], way[1])
				_ = way[0].Close()
			})
		}
	}))
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY"} {
		_ = os.Setenv(name, server.URL) // fails for malformed names only
	}
	return func() {
		server.Close()
		copying.Wait()
	}
}

// google is a stand-in for all of Google's hosts, over TLS.
type google struct {
	*fake
	authority *x509.CertPool

	mu       sync.Mutex
	token    func() (int, any) // the token endpoint's answer
	requests []*http.Request   // over REST
}

func newGoogle(t *testing.T, web http.Handler, replies map[string]reply) *google {
	t.Helper()
	g := &google{fake: &fake{replies: replies}}
	g.token = func() (int, any) {
		return http.StatusOK, map[string]any{"access_token": "ya29.test", "token_type": "Bearer", "expires_in": 3600}
	}
	server := httptest.NewUnstartedServer(g.handler(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.requests = append(g.requests, r)
		token := g.token
		g.mu.Unlock()
		switch {
		case r.Host == "oauth2.googleapis.com":
			code, body := token()
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(body)
		case web == nil:
			http.NotFound(w, r)
		default:
			web.ServeHTTP(w, r)
		}
	})))
	certificate, authority := certify(t, "*.googleapis.com", "*.pkg.dev")
	g.authority = authority
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a client that trusts nobody is none of its errors
	server.StartTLS()
	target.Store(server.Listener.Addr().String())
	t.Cleanup(func() {
		target.Store("")
		server.CloseClientConnections()
		server.Close()
	})
	return g
}

func certify(t *testing.T, hosts ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: hosts, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	pool := x509.NewCertPool()
	pool.AddCert(must(x509.ParseCertificate(der))(t))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// client is a Client of the stand-in with the credentials' file, if any.
func (g *google) client(t *testing.T, file map[string]any, o Options) *Client {
	t.Helper()
	t.Setenv("HOME", t.TempDir()) // where gcloud keeps its own
	t.Setenv("APPDATA", t.TempDir())
	if file != nil {
		t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", credentialsIn(t, filepath.Join(t.TempDir(), "adc.json"), file))
	}
	if o.CAs == nil {
		o.CAs = g.authority
	}
	c := must(New(t.Context(), o))(t)
	c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func credentialsIn(t *testing.T, path string, file map[string]any) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, must(json.Marshal(file))(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func userFile() map[string]any {
	return map[string]any{"type": "authorized_user", "client_id": "id", "client_secret": "s", "refresh_token": "r", "quota_project_id": "file-quota"}
}

// idToken is one as Google's token endpoint answers, but for its signature.
func idToken(email string) string {
	claims := base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"email":%q}`, email)))
	return "e30." + claims + ".c2ln"
}

func TestAUserOfGoogle(t *testing.T) {
	g := newGoogle(t, nil, map[string]reply{getSecretRPC: always(aSecret())})
	g.token = func() (int, any) {
		return http.StatusOK, map[string]any{"access_token": "ya29.user", "token_type": "Bearer", "expires_in": 3600, "id_token": idToken("me@example.com")}
	}
	c := g.client(t, userFile(), Options{Version: "1.2"})
	c.Warm(t.Context())
	who, err := c.Caller(t.Context())
	if want := (cloud.Caller{Email: "me@example.com", Kind: "user", QuotaProject: "file-quota"}); err != nil || who != want {
		t.Errorf("got %+v, %v, want %+v", who, err, want)
	}
	if _, err := c.Secret(t.Context(), theSecret); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"authorization": "Bearer ya29.user", "x-goog-user-project": "file-quota", "x-emulator-caller": ""} {
		if got := g.lastHeader(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := g.lastHeader("user-agent"); !strings.HasPrefix(got, "upstreamauth/1.2") {
		t.Errorf("user agent is %q", got)
	}
	if n := len(g.requests); n != 1 {
		t.Errorf("%d requests for tokens, want 1", n)
	}
}

func TestTheQuotaProjectThatWins(t *testing.T) {
	g := newGoogle(t, nil, map[string]reply{getSecretRPC: always(aSecret())})
	for _, c := range []struct{ env, option, want string }{
		{"", "", "file-quota"}, {"env-quota", "", "env-quota"}, {"env-quota", "option-quota", "option-quota"},
	} {
		t.Setenv("GOOGLE_CLOUD_QUOTA_PROJECT", c.env)
		client := g.client(t, userFile(), Options{QuotaProject: c.option})
		who, err := client.Caller(t.Context())
		if err != nil || who.QuotaProject != c.want {
			t.Errorf("caller has %q, want %q, %v", who.QuotaProject, c.want, err)
		}
		if _, err := client.Secret(t.Context(), theSecret); err != nil || g.lastHeader("x-goog-user-project") != c.want {
			t.Errorf("sent %q, want %q, %v", g.lastHeader("x-goog-user-project"), c.want, err)
		}
	}
}

func TestCredentialsThatNoLongerWork(t *testing.T) {
	for name, body := range map[string]map[string]string{
		"expired": {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
		"reauth":  {"error": "invalid_grant", "error_description": "reauth related error (invalid_rapt)", "error_uri": "https://support.google.com/a/answer/9368756"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGoogle(t, nil, map[string]reply{getSecretRPC: always(aSecret())})
			g.token = func() (int, any) { return http.StatusBadRequest, body }
			c := g.client(t, userFile(), Options{})
			for what, err := range map[string]error{
				"caller": second(c.Caller(t.Context())), "gRPC": second(c.Secret(t.Context(), theSecret)),
				"REST": c.CreateServiceAgent(t.Context(), "p", cloud.ArtifactRegistryAPI), "pull": second(c.Pull(t.Context(), cloud.Repository{Name: theRepo, Format: "DOCKER"}, "")),
				"list": firstError(c.Projects(t.Context())),
			} {
				if cloud.KindOf(err) != cloud.NotSignedIn || !strings.Contains(err.Error(), body["error_description"]) {
					t.Errorf("%s: got %v of kind %q", what, err, cloud.KindOf(err))
				}
			}
			if g.count(getSecretRPC) != 0 {
				t.Error("a call was made without a token")
			}
		})
	}
}

func TestSigningInElsewhereIsEnough(t *testing.T) {
	g := newGoogle(t, nil, nil)
	c := g.client(t, nil, Options{})
	for _, err := range []error{second(c.Caller(t.Context())), second(c.Secret(t.Context(), theSecret))} {
		if cloud.KindOf(err) != cloud.NotSignedIn {
			t.Fatalf("got %v, want not signed in", err)
		}
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nope.json")
	if _, err := c.Caller(t.Context()); cloud.KindOf(err) != cloud.NotSignedIn || !strings.Contains(err.Error(), "/nope.json") {
		t.Fatalf("a broken path: got %v", err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", credentialsIn(t, filepath.Join(t.TempDir(), "adc.json"), userFile()))
	if who, err := c.Caller(t.Context()); err != nil || who.Kind != "user" {
		t.Errorf("after signing in: %+v, %v", who, err)
	}
}

func TestAServiceAccount(t *testing.T) {
	key := must(rsa.GenerateKey(rand.Reader, 2048))(t)
	file := map[string]any{
		"type": "service_account", "client_email": "robot@p.iam.gserviceaccount.com", "private_key_id": "k", "token_uri": "https://oauth2.googleapis.com/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	}
	who, err := newGoogle(t, nil, nil).client(t, file, Options{}).Caller(t.Context())
	if want := (cloud.Caller{Email: "robot@p.iam.gserviceaccount.com", Kind: "service account"}); err != nil || who != want {
		t.Errorf("got %+v, %v", who, err)
	}
}

func TestImpersonation(t *testing.T) {
	const robot = "robot@p.iam.gserviceaccount.com"
	allowed := true
	g := newGoogle(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Host != "iamcredentials.googleapis.com" || !strings.HasSuffix(r.URL.Path, "/serviceAccounts/"+robot+":generateAccessToken"):
			http.NotFound(w, r)
		case !allowed:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"error":{"code":403,"message":"Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."}}`)
		default:
			_ = json.NewEncoder(w).Encode(map[string]string{"accessToken": "ya29.robot", "expireTime": time.Now().Add(time.Hour).Format(time.RFC3339)})
		}
	}), map[string]reply{getSecretRPC: always(aSecret())})
	c := g.client(t, userFile(), Options{Impersonate: robot})
	who, err := c.Caller(t.Context())
	if want := (cloud.Caller{Email: robot, Kind: "impersonated service account", QuotaProject: "file-quota"}); err != nil || who != want {
		t.Errorf("got %+v, %v", who, err)
	}
	if _, err := c.Secret(t.Context(), theSecret); err != nil || g.lastHeader("authorization") != "Bearer ya29.robot" {
		t.Errorf("sent another token, or %v", err)
	}
	for _, r := range g.requests {
		if r.Host == "iamcredentials.googleapis.com" && (r.Header.Get("Authorization") != "Bearer ya29.test" || r.Header.Get("X-Goog-User-Project") != "file-quota") {
			t.Error("the user's token or quota project was not sent")
		}
	}

	allowed = false
	_, err = g.client(t, userFile(), Options{Impersonate: robot}).Caller(t.Context())
	e, ok := err.(*cloud.Error) //nolint:errorlint // the port promises this very type
	if !ok || e.Kind != cloud.PermissionDenied || e.Permission != "iam.serviceAccounts.getAccessToken" {
		t.Errorf("got %+v", err)
	}
}

func TestAnUnknownAuthorityIsNotTrusted(t *testing.T) {
	g := newGoogle(t, nil, map[string]reply{getSecretRPC: always(aSecret())})
	_, other := certify(t, "*.googleapis.com")
	c := g.client(t, userFile(), Options{CAs: other})
	if _, err := c.Caller(t.Context()); cloud.KindOf(err) != cloud.Unavailable || !strings.Contains(err.Error(), "x509: ") {
		t.Errorf("got %v", err)
	}
}

func TestGoogleOutOfReach(t *testing.T) {
	g := newGoogle(t, nil, nil)
	c := g.client(t, userFile(), Options{})
	target.Store("")
	if _, err := c.Secret(t.Context(), theSecret); cloud.KindOf(err) != cloud.Unavailable {
		t.Errorf("got %v of kind %q", err, cloud.KindOf(err))
	}
}

func TestAllClientsOfGoogleAreMade(t *testing.T) {
	g := newGoogle(t, nil, map[string]reply{
		"ArtifactRegistry.GetRepository": always(&artifactregistrypb.Repository{Name: theRepo.String()}),
	})
	c := g.client(t, userFile(), Options{})
	if _, err := c.Repository(t.Context(), theRepo); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"projects": second(c.Project(t.Context(), "p")), "services": second(c.Services(t.Context(), "p", []string{"x"})),
		"secrets": second(c.Secret(t.Context(), theSecret)),
	} {
		if cloud.KindOf(err) != cloud.Unimplemented {
			t.Errorf("%s: got %v, want the stand-in's answer", what, err)
		}
	}
}

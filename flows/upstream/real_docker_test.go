package upstream

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/upstreamauth/flows/token"
)

// dockerRegistry starts Debian's docker-registry, and returns its address.
func dockerRegistry(t *testing.T, auth string) string {
	t.Helper()
	dir := t.TempDir()
	config := write(t, "version: 0.1\nlog: {level: info, formatter: text}\nstorage: {inmemory: {}}\nhttp: {addr: '127.0.0.1:0'}\n"+auth, dir, "config.yml")
	line := startServer(t, "listening on", "docker-registry", "serve", config)
	return "http://" + regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(line)
}

func TestDockerRegistryBasic(t *testing.T) {
	uri := dockerRegistry(t, "auth: {htpasswd: {realm: test, path: '"+htpasswd(t, t.TempDir())+"'}}\n")
	target := Target{Format: "DOCKER", URI: uri}
	wants(t, new(Tester).Try(context.Background(), target, goodUser, good(), ""), Accepted, "accepted this user name and token")
	wants(t, new(Tester).Try(context.Background(), target, goodUser, bad(), ""), Rejected, "401 Unauthorized")
	wants(t, new(Tester).Try(context.Background(), target, "bob", good(), ""), Rejected, "401 Unauthorized")
	wants(t, new(Tester).Try(context.Background(), target, goodUser, good(), "no/such"), Unproven, `for "no/such" is 404 Not Found`)
}

func TestDockerRegistryOpen(t *testing.T) {
	target := Target{Format: "DOCKER", URI: dockerRegistry(t, "")}
	wants(t, new(Tester).Try(context.Background(), target, goodUser, good(), ""), Unproven, "without asking for credentials")
}

// tokenServer gives docker-registry's tokens to who knows the credential, or
// to everybody; those to others allow nothing.
type tokenServer struct {
	*httptest.Server
	key      *ecdsa.PrivateKey
	cert     []byte // DER
	everyone bool
	asked    atomic.Int32 // requests that carried a credential
}

func newTokenServer(t *testing.T, everyone bool) *tokenServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := &tokenServer{key: key, cert: cert, everyone: everyone}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *tokenServer) serve(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		s.asked.Add(1)
	}
	access := []map[string]any{}
	if !knows(r) && !s.everyone {
		say(w, http.StatusUnauthorized, `{"errors":[{"code":"UNAUTHORIZED","message":"wrong user name or password"}]}`)
		return
	}
	for _, scope := range r.URL.Query()["scope"] {
		if part := strings.Split(scope, ":"); knows(r) && len(part) == 3 {
			access = append(access, map[string]any{"type": part[0], "name": part[1], "actions": []string{part[2]}})
		}
	}
	signed, err := s.sign(r.URL.Query().Get("service"), access)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	say(w, http.StatusOK, `{"token":"`+signed+`"}`)
}

// sign makes a token as docker-registry wants it,
// https://distribution.github.io/distribution/spec/auth/jwt/.
func (s *tokenServer) sign(service string, access any) (string, error) {
	enc := base64.RawURLEncoding.EncodeToString
	head, err := json.Marshal(map[string]any{"typ": "JWT", "alg": "ES256", "x5c": []string{base64.StdEncoding.EncodeToString(s.cert)}})
	if err != nil {
		return "", err
	}
	at := time.Now()
	body, err := json.Marshal(map[string]any{
		"iss": "test", "sub": goodUser, "aud": service, "jti": "1", "access": access,
		"nbf": at.Add(-time.Minute).Unix(), "iat": at.Unix(), "exp": at.Add(time.Minute).Unix(),
	})
	if err != nil {
		return "", err
	}
	text := enc(head) + "." + enc(body)
	sum := sha256.Sum256([]byte(text))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return "", err
	}
	return text + "." + enc(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)), nil
}

// behind starts a registry whose realm is s, under the host name given.
func (s *tokenServer) behind(t *testing.T, host string) Target {
	t.Helper()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	bundle := write(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert})), t.TempDir(), "root.pem")
	return Target{Format: "DOCKER", URI: dockerRegistry(t, fmt.Sprintf(
		"auth: {token: {realm: 'http://%s:%s/token', service: test-registry, issuer: test, rootcertbundle: '%s'}}\n", host, port, bundle))}
}

func TestDockerRegistryBehindRealm(t *testing.T) {
	target := newTokenServer(t, false).behind(t, "127.0.0.1")
	wants(t, new(Tester).Try(context.Background(), target, goodUser, good(), ""), Accepted, "accepted this user name and token")
	wants(t, new(Tester).Try(context.Background(), target, goodUser, bad(), ""), Rejected, "wrong user name or password")
	wants(t, new(Tester).Try(context.Background(), target, goodUser, good(), "no/such"), Unproven, `for "no/such" is 404 Not Found`)
}

// A realm that gives everybody a token proves nothing by itself; the registry,
// asked for an image, does.
func TestDockerRegistryBehindRealmForEverybody(t *testing.T) {
	target := newTokenServer(t, true).behind(t, "127.0.0.1")
	wants(t, new(Tester).Try(context.Background(), target, goodUser, good(), ""), Unproven, "a made-up token the same answer")
	wants(t, new(Tester).Try(context.Background(), target, goodUser, bad(), ""), Unproven, "a made-up token the same answer")
	wants(t, new(Tester).Try(context.Background(), target, goodUser, good(), "no/such"), Unproven, `for "no/such" is 404 Not Found`)
	wants(t, new(Tester).Try(context.Background(), target, goodUser, bad(), "no/such"), Rejected, "401 Unauthorized")
}

// "localhost" is another host than 127.0.0.1, though the same machine.
func TestDockerRegistryForeignRealm(t *testing.T) {
	realm := newTokenServer(t, false)
	target := realm.behind(t, "localhost")
	for _, secret := range []token.Secret{good(), bad()} {
		o := new(Tester).Try(context.Background(), target, goodUser, secret, "")
		wants(t, o, Unproven, "nothing was sent there")
		if !strings.HasPrefix(o.Realm, "localhost:") {
			t.Errorf("realm %q", o.Realm)
		}
	}
	if n := realm.asked.Load(); n != 0 {
		t.Fatalf("the foreign realm was sent the credential %d times", n)
	}
	for _, allowed := range []string{"localhost", "LOCALHOST:" + realm.URL[strings.LastIndexByte(realm.URL, ':')+1:]} {
		x := &Tester{AllowRealms: []string{allowed}}
		wants(t, x.Try(context.Background(), target, goodUser, good(), ""), Accepted, "")
		wants(t, x.Try(context.Background(), target, goodUser, bad(), ""), Rejected, "wrong user name or password")
	}
}

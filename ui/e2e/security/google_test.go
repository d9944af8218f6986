//go:build unix

package security

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/upstreamauth/ui/e2e"
)

// The secrets of somebody who is signed in to Google.
const (
	accessToken  = "ya29.a0Canary-access_Zx8Wv6Ut4Sr2Qp0On"
	refreshToken = "1//0gCanary-refresh_Ab1Cd3Ef5Gh7Ij9Kl"
	clientSecret = "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0"
)

// google is a way to the emulator that a program takes for Google's hosts: a
// proxy for CONNECT that answers TLS for all of them by a certificate of our
// own, over HTTP/2 where that is wanted, and hands out an access token.
type google struct {
	proxy, caFile string
}

func serveGoogle(t *testing.T, w *world) google {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Google, for tests"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		DNSNames: []string{"*.googleapis.com", "*.pkg.dev"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	g := google{caFile: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(g.caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.proxy = "http://" + l.Addr().String()
	tokens := &oneConn{conns: make(chan net.Conn), addr: l.Addr(), closed: make(chan struct{})}
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(rw, `{"access_token":%q,"token_type":"Bearer","expires_in":3599}`, accessToken)
	})}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"h2", "http/1.1"}}
	var all sync.WaitGroup
	all.Go(func() { _ = server.Serve(tokens) })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { tunnel(c, config, w.addr, tokens) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		_ = server.Close()
		all.Wait()
	})
	return g
}

// tunnel answers one CONNECT: token requests by the server behind tokens, all
// else by the emulator.
func tunnel(c net.Conn, config *tls.Config, emulator string, tokens *oneConn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil || r.Method != http.MethodConnect {
		_ = c.Close()
		return
	}
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	secure := tls.Server(c, config)
	if err := secure.Handshake(); err != nil {
		_ = c.Close()
		return
	}
	if strings.HasPrefix(r.Host, "oauth2.") {
		select {
		case tokens.conns <- secure:
		case <-tokens.closed:
			_ = c.Close()
		}
		return
	}
	to, err := net.Dial("tcp", emulator)
	if err != nil {
		_ = c.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(to, secure); _ = to.Close() })
	both.Go(func() { _, _ = io.Copy(secure, to); _ = c.Close() })
	both.Wait()
}

// oneConn is a listener for connections that were accepted elsewhere.
type oneConn struct {
	conns  chan net.Conn
	addr   net.Addr
	closed chan struct{}
	once   sync.Once
}

func (o *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-o.conns:
		return c, nil
	case <-o.closed:
		return nil, net.ErrClosed
	}
}
func (o *oneConn) Close() error   { o.once.Do(func() { close(o.closed) }); return nil }
func (o *oneConn) Addr() net.Addr { return o.addr }

// asGoogle runs a setup as it is against Google itself: with application
// default credentials, over TLS and HTTP/2.
func asGoogle(t *testing.T, bin string, env ...string) *traces {
	t.Helper()
	w, h := leakWorld(t), newHome(t)
	g := serveGoogle(t, w)
	adc := filepath.Join(t.TempDir(), "adc.json")
	if err := os.WriteFile(adc, fmt.Appendf(nil, `{"type":"authorized_user","client_id":"canary.apps.googleusercontent.com","client_secret":%q,"refresh_token":%q,"quota_project_id":"canary-project"}`,
		clientSecret, refreshToken), 0o600); err != nil {
		t.Fatal(err)
	}
	h.more = append(slices.Clone(env), "HTTPS_PROXY="+g.proxy, "GOOGLE_APPLICATION_CREDENTIALS="+adc)
	args := slices.Concat(strings.Fields(on("good", "canary")), []string{"--yes", "--project", "canary-project", "--ca-file", g.caFile, "--log-file", h.log, "--output", "json"})
	x, state := finish(t, w, h, nil, canary+"\n", bin, args...)
	if state.ExitCode() != 0 {
		t.Fatalf("%v\n%s\n%.3000s", state, x.text("stdout"), x.text("stderr"))
	}
	if !strings.Contains(x.text("file /calls.log"), "pkg.dev") {
		t.Errorf("no pull was seen:\n%s", x.text("file /calls.log"))
	}
	return x
}

// TestLeaksOfGoogleCredentials looks for what signs in to Google, beside the
// token, where the debug output of HTTP/2 would show it.
func TestLeaksOfGoogleCredentials(t *testing.T) {
	x := asGoogle(t, e2e.Program(t))
	x.wantNone(t)
	if leaks := x.leaksOf(accessToken, refreshToken, clientSecret); len(leaks) > 0 {
		t.Errorf("credentials of Google's leaked:\n%s", strings.Join(leaks, "\n"))
	}
}

// TestTheHuntFindsDebugOutput lets the debug output of HTTP/2 through.
func TestTheHuntFindsDebugOutput(t *testing.T) {
	x := asGoogle(t, e2e.Program(t, leaks...), bringsOut(t, "HTTP/2's debug output"))
	if leaks := strings.Join(x.leaksOf(accessToken, refreshToken, clientSecret), "\n"); !strings.Contains(leaks, "stderr") {
		t.Errorf("it was not found on standard error, but in:\n%s\n%.3000s", leaks, x.text("stderr"))
	}
}

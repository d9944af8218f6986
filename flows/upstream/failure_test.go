package upstream

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// basicRegistry is a registry with basic authentication.
func basicRegistry(w http.ResponseWriter, r *http.Request) {
	if !knows(r) {
		ask(w, `Basic realm="test"`)
		return
	}
	say(w, http.StatusOK, "{}")
}

// secure serves a registry over TLS, and says whom to trust.
func secure(t *testing.T, configure func(*httptest.Server)) (uri string, roots *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("asked by %s: Go prints the headers of HTTP/2 when it is told to debug it", r.Proto)
		}
		basicRegistry(w, r)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	configure(s)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.URL, roots
}

func TestTLS(t *testing.T) {
	asIs := func(*httptest.Server) {}
	expired := func(s *httptest.Server) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(-time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
		cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert}, PrivateKey: key}}}
	}
	forClients := func(s *httptest.Server) {
		s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	}
	for _, tt := range []struct {
		name      string
		configure func(*httptest.Server)
		trusted   bool
		host      string
		verdict   Verdict
		words     string
	}{
		{"trusted by --ca-file", asIs, true, "127.0.0.1", Accepted, ""},
		{"not trusted", asIs, false, "127.0.0.1", Unreachable, "--ca-file"},
		{"another host's", asIs, true, "localhost", Unreachable, "for another host name"},
		{"expired", expired, true, "127.0.0.1", Unreachable, "expired"},
		{"wants a client certificate", forClients, true, "127.0.0.1", Unreachable, "ended the TLS handshake: tls: certificate required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			uri, roots := secure(t, tt.configure)
			if !tt.trusted {
				roots = nil
			}
			transport := NewTransport(roots)
			defer transport.CloseIdleConnections()
			x := &Tester{Transport: transport}
			target := Target{Format: "DOCKER", URI: strings.Replace(uri, "127.0.0.1", tt.host, 1)}
			wants(t, x.Try(context.Background(), target, goodUser, good(), ""), tt.verdict, tt.words)
		})
	}
}

func TestPlainServerOnTLS(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(basicRegistry))
	defer s.Close()
	target := Target{Format: "DOCKER", URI: strings.Replace(s.URL, "http:", "https:", 1)}
	wants(t, new(Tester).Try(context.Background(), target, goodUser, good(), ""), Unreachable, "answers in plain http")
}

// A proxy that does not answer is named, and not the upstream blamed.
func TestProxyDown(t *testing.T) {
	transport := NewTransport(nil)
	if transport.Proxy == nil {
		t.Fatal("proxies in the environment are not looked at")
	}
	transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:" + freePort(t)})
	wants(t, (&Tester{Transport: transport}).Try(context.Background(), plain, goodUser, good(), ""), Unreachable, "HTTPS_PROXY")
}

func TestCause(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&net.DNSError{Name: "x", IsNotFound: true}, "images.example.com doesn't exist"},
		{&net.DNSError{Name: "x", IsTemporary: true}, "couldn't be looked up"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "Nothing is listening"},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, "closed the connection"},
		{io.EOF, "closed the connection"},
		{io.ErrUnexpectedEOF, "closed the connection"},
		{&net.OpError{Op: "dial", Err: context.DeadlineExceeded}, "didn't answer in time"},
		{&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}, "certificate isn't valid"},
		{errors.New("malformed HTTP response \x1b[2J"), `malformed HTTP response \x1b[2J`},
	} {
		v := visiting(Recognise(plain), basic(goodUser, good()))
		v.base = &url.URL{Scheme: "https", Host: "images.example.com"}
		if why, _ := v.cause(fmt.Errorf("asking: %w", tt.err)); !strings.Contains(why.In(text.English), tt.want) {
			t.Errorf("%v is explained by %q, want %q", tt.err, why.In(text.English), tt.want)
		}
	}
}

// A token that no header can hold is not sent, and not shown.
func TestUnsendable(t *testing.T) {
	for _, secret := range []string{goodToken + "\n", "a b", "töken", "a\x00b"} {
		net := &internet{t: t}
		wants(t, net.tester().Try(context.Background(), npmjs, goodUser, token.New([]byte(secret)), ""), Unproven, "can't be sent")
		if net.requests() != 0 {
			t.Errorf("requests %q", net.seen)
		}
	}
}

// A real server that sends no end of bytes, and one that stops after the first,
// cost a bounded time and little memory.
func TestSlowAndEndlessServers(t *testing.T) {
	for name, send := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"endless": func(w http.ResponseWriter, _ *http.Request) bool {
			_, err := w.Write(make([]byte, 1<<20))
			return err == nil
		},
		"slow": func(w http.ResponseWriter, r *http.Request) bool {
			_, _ = w.Write([]byte{' '})
			w.(http.Flusher).Flush()
			<-r.Context().Done() // the next byte never comes
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for send(w, r) {
				}
			}))
			defer s.Close()
			x := &Tester{Deadline: 200 * time.Millisecond}
			for _, format := range everyFormat {
				// Without its bounds the trial would not end.
				o := x.Try(context.Background(), Target{Format: format, URI: s.URL}, goodUser, good(), "")
				if o.Verdict == Accepted || o.Verdict == Rejected || o.Verdict == Limited {
					t.Errorf("%s: %+v", format, o)
				}
			}
		})
	}
}

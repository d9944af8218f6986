// Package upstreamtest is an internet of one's own for tests: upstreams are
// played under their real host names, over TLS, behind a CONNECT proxy on
// loopback with a certificate authority of the test's own. Nothing leaves the
// machine, and a host that nobody plays can't be reached.
//
// In process, give [Internet.Transport] to a tester. A built program is sent
// here by HTTPS_PROXY=[Internet.Proxy] and by SSL_CERT_FILE=[Internet.CAFile],
// or by the flag --ca-file with the same file.
package upstreamtest

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Internet answers for the hosts that are played. Its methods may be called by
// several goroutines at once.
type Internet struct {
	// Proxy is the address of the CONNECT proxy, as in "http://127.0.0.1:3128".
	Proxy string

	authority *authority
	listener  net.Listener
	all       sync.WaitGroup

	mu       sync.Mutex
	played   map[string]player
	requests []Request
	open     map[net.Conn]bool
	closed   bool
}

// player answers on one connection, after the TLS handshake.
type player func(net.Conn)

// Request is one that an upstream was sent.
type Request struct {
	Method, Host, Path string // Path with its query
	Authorization      string // the header as it was sent; empty: none
	Status             int    // what the upstream answered
}

// New starts an internet with no hosts. It ends with the test.
func New(t testing.TB) *Internet {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &Internet{
		Proxy: "http://" + l.Addr().String(), authority: newAuthority(t), listener: l,
		played: map[string]player{}, open: map[net.Conn]bool{},
	}
	n.all.Go(n.accept)
	t.Cleanup(n.close)
	return n
}

// Serve plays a host, on every port, with an HTTP handler.
func (n *Internet) Serve(host string, h http.Handler) {
	n.Raw(host, func(c net.Conn) {
		one := &oneConn{conn: c, done: make(chan struct{})}
		server := &http.Server{Handler: n.noting(host, h), ReadHeaderTimeout: time.Minute, ConnState: one.state}
		_ = server.Serve(one) // it ends with the connection
	})
}

// Raw plays a host with bytes of the test's own, for answers that no HTTP
// server gives. The connection is closed when play returns.
func (n *Internet) Raw(host string, play func(net.Conn)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.played[strings.ToLower(host)] = play
}

// Requests are those that handlers of Serve were sent so far, in the order of
// their answers; to all hosts, or to the given one.
func (n *Internet) Requests(hosts ...string) []Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	var some []Request
	for _, r := range n.requests {
		if len(hosts) == 0 || r.Host == hosts[0] {
			some = append(some, r)
		}
	}
	return some
}

// Refused is how many requests carried a credential and were answered 401 or
// 403: what an upstream counts as wrong logins.
func (n *Internet) Refused() int {
	count := 0
	for _, r := range n.Requests() {
		if r.Authorization != "" && (r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden) {
			count++
		}
	}
	return count
}

// Forget drops the requests noted so far.
func (n *Internet) Forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.requests = nil
}

// Roots is the certificate authority that vouches for every host.
func (n *Internet) Roots() *x509.CertPool { return n.authority.pool() }

// CAFile writes the authority's certificate to a file, and returns its path.
func (n *Internet) CAFile(t testing.TB) string {
	t.Helper()
	return n.authority.file(t)
}

// Transport goes to this internet alone, over HTTP/1.1 as trials do.
func (n *Internet) Transport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	proxy, err := url.Parse(n.Proxy)
	if err != nil {
		panic(err) // it was made by New
	}
	return &http.Transport{
		Proxy:                  http.ProxyURL(proxy),
		TLSClientConfig:        &tls.Config{RootCAs: n.Roots(), MinVersion: tls.VersionTLS12},
		Protocols:              &protocols,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Lookup tells a public address for every host, in place of the domain name
// system.
func (n *Internet) Lookup(context.Context, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.AddrFrom4([4]byte{34, 1, 2, 3})}, nil
}

func (n *Internet) accept() {
	for {
		c, err := n.listener.Accept()
		if err != nil {
			return
		}
		if !n.keep(c) {
			return
		}
		n.all.Go(func() {
			defer n.drop(c)
			n.tunnel(c)
		})
	}
}

// keep notes an open connection, so that close can end it.
func (n *Internet) keep(c net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		_ = c.Close()
		return false
	}
	n.open[c] = true
	return true
}

func (n *Internet) drop(c net.Conn) {
	_ = c.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.open, c)
}

// tunnel answers one CONNECT as the host that it asks for.
func (n *Internet) tunnel(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	host := strings.ToLower(hostOf(r.Host))
	n.mu.Lock()
	play := n.played[host]
	n.mu.Unlock()
	if r.Method != http.MethodConnect || play == nil {
		_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		return
	}
	if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	secure := tls.Server(c, n.authority.config(host))
	defer func() { _ = secure.Close() }()
	if secure.HandshakeContext(context.Background()) == nil {
		play(secure)
	}
}

// noting keeps a note of every request that h answers.
func (n *Internet) noting(host string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.requests = append(n.requests, Request{r.Method, host, r.URL.RequestURI(), r.Header.Get("Authorization"), seen.status})
		}()
		h.ServeHTTP(seen, r)
	})
}

func (n *Internet) close() {
	_ = n.listener.Close()
	n.mu.Lock()
	n.closed = true
	for c := range n.open {
		_ = c.Close()
	}
	n.mu.Unlock()
	n.all.Wait()
}

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer itself.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// oneConn is a listener for one connection that was accepted elsewhere.
type oneConn struct {
	conn net.Conn
	once sync.Once
	done chan struct{}
}

// Accept returns the connection, and after that waits for it to end.
func (o *oneConn) Accept() (c net.Conn, err error) {
	if c, o.conn = o.conn, nil; c != nil {
		return c, nil
	}
	<-o.done
	return nil, net.ErrClosed
}

// state hears of the connection's end.
func (o *oneConn) state(_ net.Conn, s http.ConnState) {
	if s == http.StateClosed || s == http.StateHijacked {
		o.once.Do(func() { close(o.done) })
	}
}

func (*oneConn) Close() error   { return nil }
func (*oneConn) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

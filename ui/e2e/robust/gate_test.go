package robust

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// gate stands before an emulator and holds calls up.
type gate struct {
	t     *testing.T
	mu    sync.Mutex
	holds map[string]*hold
	stuck map[string]bool // methods that are never answered; true: but for the head of the answer
	// upstream, if set, stands for all upstreams.
	upstream string
}

// hold is a call that does not happen before it is released.
type hold struct{ reached, release chan struct{} }

// behindGate is a place whose calls can be held up.
func behindGate(t *testing.T) (*place, *gate) {
	t.Helper()
	p := newPlace(t)
	g := &gate{t: t, holds: map[string]*hold{}, stuck: map[string]bool{}}
	target := &url.URL{Scheme: "http", Host: p.addr}
	both, two := new(http.Protocols), new(http.Protocols)
	both.SetHTTP1(true)
	both.SetUnencryptedHTTP2(true)
	two.SetUnencryptedHTTP2(true)
	pass := func(transport *http.Transport) http.Handler {
		t.Cleanup(transport.CloseIdleConnections)
		return &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
			Transport: transport, FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0),
		}
	}
	grpc, plain := pass(&http.Transport{Protocols: two}), pass(&http.Transport{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.meet(w, r) {
			return
		}
		upstream := g.standIn("")
		switch {
		case r.ProtoMajor == 2:
			grpc.ServeHTTP(w, r)
		case upstream != "" && r.URL.Path == "/emulator/v1/upstreams":
			all := p.emulator.Upstreams().All()
			for i := range all {
				all[i].URI = upstream
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"upstreams": all})
		default:
			plain.ServeHTTP(w, r)
		}
	}))
	server.Config.Protocols = both
	server.Start()
	t.Cleanup(func() {
		g.open()
		server.CloseClientConnections()
		server.Close()
	})
	p.addr = server.Listener.Addr().String()
	return p, g
}

// standIn lets another server stand for all upstreams, if it is not empty, and
// tells which one does.
func (g *gate) standIn(uri string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if uri != "" {
		g.upstream = uri
	}
	return g.upstream
}

// hold holds the next call of a method.
func (g *gate) hold(method string) *hold {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := &hold{make(chan struct{}), make(chan struct{})}
	g.holds[method] = h
	return h
}

// stick leaves all calls of a method without an answer, or with the head of one
// alone.
func (g *gate) stick(method string, head bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stuck[method] = head
}

// meet holds a call up where that is wanted, and tells whether nobody waits for
// it any more.
func (g *gate) meet(w http.ResponseWriter, r *http.Request) (gone bool) {
	method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if strings.Contains(r.URL.Path, ".pkg.dev/") {
		method = pulling
	}
	g.mu.Lock()
	h := g.holds[method]
	delete(g.holds, method)
	head, stuck := g.stuck[method]
	g.mu.Unlock()
	if stuck {
		if head {
			w.Header().Set("Content-Type", "application/grpc")
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
		return true
	}
	if h == nil {
		return false
	}
	close(h.reached)
	select {
	case <-h.release:
		return false
	case <-r.Context().Done():
		return true
	}
}

// pulling is the method of a pull through a repository.
const pulling = "pull"

// open lets everything through.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.holds)
	clear(g.stuck)
}

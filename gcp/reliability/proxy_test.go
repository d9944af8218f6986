package reliability

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
)

// proxy stands between the program and the emulator, counts the calls, and
// makes one of them fail.
type proxy struct {
	target string
	server *httptest.Server
	rpc    *http.Transport
	plain  *http.Transport

	mu    sync.Mutex
	count map[string]int
	calls []call
	fault *fault
	// gate, if set, is passed by each call before the emulator hears of it.
	gate func(ctx context.Context, method string)
}

// call is one call of a run: the n-th of its method.
type call struct {
	Method string
	N      int
}

func (c call) String() string { return c.Method + "#" + strconv.Itoa(c.N) }

// writes tells whether the call changes anything.
func (c call) writes() bool {
	_, method, _ := strings.Cut(c.Method, ".")
	for _, read := range []string{"Get", "List", "Search", "Access", "Test", "BatchGet", "pull"} {
		if strings.HasPrefix(method, read) || strings.HasPrefix(c.Method, read) {
			return false
		}
	}
	return true
}

// fault is what happens to a call.
type fault struct {
	at   call
	kind kind
	// meanwhile, if set, happens before the call is let through.
	meanwhile func(context.Context) error
	// reached is closed when the call is there, and, where the kind holds it,
	// release when it may go on.
	reached chan struct{}
	release chan struct{}
	err     error // of meanwhile
	down    bool
	// doubt tells that a write came whose caller cannot know if it happened.
	doubt bool
}

func newFault(at call, k kind) *fault {
	return &fault{at: at, kind: k, reached: make(chan struct{}), release: make(chan struct{})}
}

// hit tells whether the call came.
func (f *fault) hit() bool {
	select {
	case <-f.reached:
		return true
	default:
		return false
	}
}

type connKey struct{}

func newProxy(target string) *proxy {
	p := &proxy{target: target, count: map[string]int{}}
	h2 := new(http.Protocols)
	h2.SetUnencryptedHTTP2(true)
	p.rpc = &http.Transport{Protocols: h2}
	p.plain = &http.Transport{DisableCompression: true}
	p.server = httptest.NewUnstartedServer(p)
	p.server.Config.Protocols = new(http.Protocols)
	p.server.Config.Protocols.SetHTTP1(true)
	p.server.Config.Protocols.SetUnencryptedHTTP2(true)
	p.server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	p.server.Start()
	return p
}

func (p *proxy) addr() string { return p.server.Listener.Addr().String() }

func (p *proxy) close() {
	p.server.CloseClientConnections()
	p.server.Close()
	p.rpc.CloseIdleConnections()
	p.plain.CloseIdleConnections()
}

// arm sets the fault of the next run and begins to count anew; nil lets all
// calls through.
func (p *proxy) arm(f *fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.calls = f, nil
	clear(p.count)
}

// asked are the calls since arm.
func (p *proxy) asked() []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]call(nil), p.calls...)
}

// methodOf names what a request asks for; empty for what Google does not have.
func methodOf(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case isRPC(r):
		service, method, _ := strings.Cut(path, "/")
		return service[strings.LastIndexByte(service, '.')+1:] + "." + method
	case strings.HasSuffix(path, ":generateServiceIdentity"):
		return "ServiceUsage.GenerateServiceIdentity"
	case strings.Contains(path, ".pkg.dev/"):
		return "pull"
	case strings.HasPrefix(path, "emulator/"):
		return ""
	default:
		return r.Method + "." + path
	}
}

func isRPC(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// note counts a call and returns the fault that it is to meet.
func (p *proxy) note(method string) (f *fault, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[method]++
	c := call{method, p.count[method]}
	p.calls = append(p.calls, c)
	f = p.fault
	if f == nil || f.at != c && !f.down {
		return nil, false
	}
	first = f.at == c
	f.down = f.kind.outage
	f.doubt = f.doubt || c.writes() && f.kind.mayHaveHappened()
	return f, first
}

// ServeHTTP passes one call on, or makes it fail.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	var f *fault
	first := false
	if method := methodOf(r); method != "" {
		f, first = p.note(method)
		if p.gate != nil {
			p.gate(r.Context(), method)
		}
	}
	if f == nil {
		p.pass(w, r, body)
		return
	}
	if !first {
		refuse(w, r, codes.Unavailable) // it is down
		return
	}
	if f.meanwhile != nil {
		f.err = f.meanwhile(r.Context())
	}
	if f.kind.after {
		// It happens; what it answers is not told.
		p.pass(httptest.NewRecorder(), r, body)
	}
	close(f.reached)
	if f.kind.kill {
		<-f.release
	}
	switch {
	case f.kind.kill, f.kind.cut:
		if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
			_ = c.Close() // that is the fault
		}
		panic(http.ErrAbortHandler)
	case f.kind.code == codes.OK:
		p.pass(w, r, body)
	default:
		refuse(w, r, f.kind.code)
	}
}

// pass lets the emulator answer.
func (p *proxy) pass(w http.ResponseWriter, r *http.Request, body []byte) {
	answer, content, err := p.forward(r, body)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			panic(http.ErrAbortHandler) // the client has gone
		}
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write(content) // the client's loss if it is gone
	for name, values := range answer.Trailer {
		w.Header()[http.TrailerPrefix+name] = values
	}
}

func (p *proxy) forward(r *http.Request, body []byte) (*http.Response, []byte, error) {
	// What has arrived is done, whatever becomes of who asked.
	out := r.Clone(context.WithoutCancel(r.Context()))
	out.URL.Scheme, out.URL.Host, out.RequestURI = "http", p.target, ""
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	transport := p.plain
	if isRPC(r) {
		transport = p.rpc
	}
	answer, err := transport.RoundTrip(out)
	if err != nil {
		return nil, nil, err
	}
	content, err := io.ReadAll(answer.Body) // the trailer comes after it
	return answer, content, errors.Join(err, answer.Body.Close())
}

// httpStatus is how the codes look over plain HTTP.
var httpStatus = map[codes.Code]int{
	codes.Unavailable: 503, codes.DeadlineExceeded: 504, codes.Aborted: 409, codes.PermissionDenied: 403, codes.ResourceExhausted: 429,
}

// says are Google's usual texts.
var says = map[codes.Code]string{
	codes.Unavailable:       "The service is currently unavailable.",
	codes.DeadlineExceeded:  "Deadline expired before operation could complete.",
	codes.Aborted:           "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
	codes.PermissionDenied:  "The caller does not have permission",
	codes.ResourceExhausted: "Quota exceeded for quota metric 'Requests' of service.",
}

// refuse answers with a failure in the form that the caller expects.
func refuse(w http.ResponseWriter, r *http.Request, code codes.Code) {
	if isRPC(r) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", strconv.Itoa(int(code)))
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", says[code])
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(httpStatus[code])
	_, _ = fmt.Fprintf(w, `{"error":{"code":%d,"message":%q,"status":%q}}`, httpStatus[code], says[code], statusName[code])
}

var statusName = map[codes.Code]string{
	codes.Unavailable: "UNAVAILABLE", codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.Aborted: "ABORTED",
	codes.PermissionDenied: "PERMISSION_DENIED", codes.ResourceExhausted: "RESOURCE_EXHAUSTED",
}

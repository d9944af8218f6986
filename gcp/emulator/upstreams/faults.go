package upstreams

import (
	"net/http"
	"time"
)

// Fault is what is wrong with a registry.
type Fault string

// The faults that a registry can have.
const (
	None    Fault = "none"
	Wrong   Fault = "wrong"   // every credential is rejected
	Limited Fault = "limited" // every request is one too many: 429
	Down    Fault = "down"    // connections are cut without an answer
	Slow    Fault = "slow"    // the answer comes after SlowBy
	Missing Fault = "missing" // nothing is there: 404
	Broken  Fault = "broken"  // an error of its own: 500
	Astray  Fault = "astray"  // redirects to what is no address
	Circle  Fault = "circle"  // redirects to itself
	Cut     Fault = "cut"     // the answer breaks off
	Robots  Fault = "robots"  // robots.txt denies everything, and so does it
)

var faults = []Fault{None, Wrong, Limited, Down, Slow, Missing, Broken, Astray, Circle, Cut, Robots}

// SlowBy is longer than the 10 s that a trial or a validation waits.
const SlowBy = 12 * time.Second

// ServeHTTP logs the request and answers it, unless the registry's fault says
// otherwise.
func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch r.note(req) {
	case Limited:
		w.Header().Set("Retry-After", "60")
		r.refuse(w)
		return
	case Down:
		panic(http.ErrAbortHandler) // the way of net/http to cut a connection
	case Slow:
		timer := time.NewTimer(SlowBy)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-req.Context().Done():
			panic(http.ErrAbortHandler)
		case <-r.set.closed:
			panic(http.ErrAbortHandler)
		}
	case Missing:
		http.NotFound(w, req)
		return
	case Broken:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	case Astray:
		w.Header().Set("Location", "gopher:nowhere")
		w.WriteHeader(http.StatusFound)
		return
	case Circle:
		http.Redirect(w, req, req.URL.RequestURI(), http.StatusFound)
		return
	case Cut:
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("{"))
		panic(http.ErrAbortHandler)
	case Robots:
		if req.URL.Path == "/robots.txt" {
			_, _ = w.Write([]byte("User-agent: *\nDisallow: /\n")) // the client's loss if it is gone
			return
		}
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	case None, Wrong: // the registry's own business
	}
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this registry is read-only", http.StatusMethodNotAllowed)
		return
	}
	r.handle(w, req)
}

// note logs the request and returns the fault that meets it.
func (r *registry) note(req *http.Request) Fault {
	r.set.mu.Lock()
	defer r.set.mu.Unlock()
	if len(r.set.log) == loggedRequests {
		r.set.log = r.set.log[1:]
	}
	r.set.log = append(r.set.log, Request{
		Registry: r.Name, Method: req.Method, Path: req.URL.Path,
		Credential: req.Header.Get("Authorization") != "",
	})
	return r.Fault
}

// caller is what a registry knows of who asks.
type caller int

const (
	anonymous caller = iota
	stranger         // with a credential, but a wrong one
	member
)

// basic judges a Basic credential.
func (r *registry) basic(req *http.Request) caller {
	user, token, ok := req.BasicAuth()
	switch {
	case ok:
		return r.judge(user, token)
	case req.Header.Get("Authorization") != "":
		return stranger
	}
	return anonymous
}

func (r *registry) judge(user, token string) caller {
	r.set.mu.Lock()
	defer r.set.mu.Unlock()
	if r.Fault == Wrong || r.Username == "" || user != r.Username || token != r.Token {
		return stranger
	}
	return member
}

// challenged wraps a tree that shows nothing without the right Basic
// credential.
func challenged(r *registry, tree http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if r.basic(req) != member {
			w.Header().Set("WWW-Authenticate", `Basic realm="`+r.Name+`"`)
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		tree(w, req)
	}
}

// tooMany is how a plain web server limits.
func tooMany(w http.ResponseWriter) {
	http.Error(w, "Too Many Requests", http.StatusTooManyRequests)
}

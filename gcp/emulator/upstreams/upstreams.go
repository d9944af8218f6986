// Package upstreams serves small registries on loopback that stand for the
// public and private ones a remote repository pulls from, so that a demo or a
// test needs no network. Each is a real HTTP server on a port of its own, as a
// container client wants /v2/ at the root, and behaves as its original does
// towards credentials: that is what it is for. Its credentials are published
// and open nothing else.
package upstreams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Formats of the registries, as Artifact Registry names them.
const (
	Docker = "DOCKER"
	NPM    = "NPM"
	Python = "PYTHON"
	Maven  = "MAVEN"
	Apt    = "APT"
	Yum    = "YUM"
)

// Demo credentials. They have the shape of real ones, so that shape checks
// pass, and are valid nowhere but here.
const (
	DemoUser         = "demo"
	DockerHubToken   = "dckr_pat_DEMOdemoDEMOdemoDEMOdemo123"
	GitHubToken      = "ghp_DEMOdemoDEMOdemoDEMOdemoDEMOdemo1234"
	NPMToken         = "npm_demodemodemodemodemodemodemodemo1234"
	PyPIUser         = "__token__"
	PyPIToken        = "pypi-AgEIcHlwaS5vcmcDEMOdemoDEMOdemoDEMOdemoDEMOdemoDEMOdemoDEMOdemoDEMOdemoDEMOdemoDEMOdemo1234"
	PrivatePassword  = "demo-password-1234"
	PrivateNPMToken  = "demo-npm-password-1234"
	PrivatePyPIToken = "demo-python-password-1234"
)

// A Registry is one embedded upstream as it is at the moment of asking.
type Registry struct {
	Name      string   `json:"name"`
	Format    string   `json:"format"`
	StandsFor []string `json:"standsFor"` // the upstream URIs that it answers for
	URI       string   `json:"uri"`       // where it is, as an upstream URI of its own
	Username  string   `json:"username"`  // what it accepts; empty: it takes no credentials
	Token     string   `json:"token"`
	Fault     Fault    `json:"fault"`
}

// A Request is one line of the log. The credential itself is never kept.
type Request struct {
	Registry, Method, Path string
	Credential             bool // it carried an Authorization header
}

// loggedRequests is how many requests are remembered: the newest.
const loggedRequests = 4096

// Set is all embedded upstreams, serving.
type Set struct {
	serving sync.WaitGroup
	closed  chan struct{}
	close   func() error

	registries []*registry

	mu  sync.Mutex // guards log and what can change of the registries
	log []Request
}

// registry is a Registry and how it is served.
type registry struct {
	Registry
	set    *Set
	base   string // http://127.0.0.1:PORT
	handle func(http.ResponseWriter, *http.Request)
	refuse func(http.ResponseWriter) // its way to say "too many requests"
}

// Start serves all registries on free loopback ports.
func Start() (*Set, error) {
	s := &Set{closed: make(chan struct{})}
	var servers []*http.Server
	s.close = sync.OnceValue(func() error {
		close(s.closed)
		var errs []error
		for _, server := range servers {
			errs = append(errs, server.Close())
		}
		s.serving.Wait()
		return errors.Join(errs...)
	})
	for _, r := range catalogue() {
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listen for upstream %s: %w", r.Name, err), s.close())
		}
		r.set = s
		r.base = "http://" + listener.Addr().String()
		r.URI = r.base + r.URI
		s.registries = append(s.registries, r)
		server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
		servers = append(servers, server)
		s.serving.Go(func() { _ = server.Serve(listener) })
	}
	return s, nil
}

// Close stops all registries, cuts what is under way and waits for it.
func (s *Set) Close() error { return s.close() }

// All returns the registries as they are now, in a fixed order.
func (s *Set) All() []Registry {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Registry
	for _, r := range s.registries {
		all = append(all, r.Registry)
	}
	return all
}

// Lookup returns the registry of that name.
func (s *Set) Lookup(name string) (Registry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(name)
	if err != nil {
		return Registry{}, false
	}
	return r.Registry, true
}

// Resolve returns where the upstream of that URI is served here. The case of
// its host, a default port and a final slash do not matter.
func (s *Set) Resolve(uri string) (string, bool) {
	want, ok := normal(uri)
	if !ok {
		return "", false
	}
	for _, r := range s.registries {
		for _, known := range r.StandsFor {
			if have, _ := normal(known); have == want {
				u, _ := url.Parse(uri) // parsed by normal before
				return r.base + u.EscapedPath(), true
			}
		}
	}
	return "", false
}

// normal brings a URI into the form in which two are compared.
func normal(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	return u.Scheme + "://" + host + strings.TrimSuffix(u.EscapedPath(), "/"), true
}

// SetToken changes the password of a registry's account: the old one is wrong
// from now on.
func (s *Set) SetToken(name, token string) error {
	return s.change(name, func(r *registry) { r.Token = token })
}

// SetFault switches what is wrong with a registry.
func (s *Set) SetFault(name string, fault Fault) error {
	if !slices.Contains(faults, fault) {
		return fmt.Errorf("unknown fault %q: want one of %v", fault, faults)
	}
	return s.change(name, func(r *registry) { r.Fault = fault })
}

func (s *Set) change(name string, change func(*registry)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(name)
	if err != nil {
		return err
	}
	change(r)
	return nil
}

// ErrUnknown is returned for a name that no registry has.
var ErrUnknown = errors.New("no such upstream")

// find needs the lock.
func (s *Set) find(name string) (*registry, error) {
	for _, r := range s.registries {
		if r.Name == name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
}

// Requests returns the newest requests that reached the registries, oldest
// first.
func (s *Set) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

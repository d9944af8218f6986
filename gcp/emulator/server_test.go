package emulator

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

func TestServeEndsWithClose(t *testing.T) {
	s, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Addr() != "" {
		t.Errorf("before it serves it has the address %s", s.Addr())
	}
	l := must(new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"))
	served := make(chan error)
	go func() { served <- s.Serve(l) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := must(Start(t.Context(), Options{Scenario: "onboarding"}))
	conn := must(grpc.NewClient(s.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials())))
	if _, err := artifactregistrypb.NewArtifactRegistryClient(conn).GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: dockerHub}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	var leak error
	for range 30 { // each looks for a second: a busy machine takes its time
		if leak = goleak.Find(before); leak == nil {
			return
		}
	}
	t.Error(leak)
}

func TestServeTellsWhyItCannot(t *testing.T) {
	s := must(New(t.Context(), Options{}))
	defer s.Close()
	l := must(new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestNewErrors(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		says string
	}{
		"no such scenario": {Options{Scenario: "nonsense"}, `there is no scenario "nonsense"; there are onboarding, broken, fleet and empty`},
		"both":             {Options{Scenario: "broken", SeedFile: "x.yaml"}, "cannot go together"},
		"no such file":     {Options{SeedFile: "no/such.yaml"}, "no/such.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := New(t.Context(), c.o)
			if s != nil || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q in it", err, c.says)
			}
		})
	}
	if _, err := New(t.Context(), Options{SeedFile: "no/such.yaml"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestLatencyIsAddedOnceToEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{options: Options{Latency: 50 * time.Millisecond, Now: time.Now}, world: newWorld()}
		began := time.Now()
		if _, err := s.intercept(t.Context(), "/a.Service/Get", func(context.Context) (any, error) { return nil, nil }); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 50*time.Millisecond {
			t.Errorf("it took %s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := s.intercept(ctx, "/a.Service/Get", func(context.Context) (any, error) { panic("it was served") })
		if status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("a caller that waits for 10 ms: got %v", err)
		}
		if took := time.Since(began); took != 60*time.Millisecond {
			t.Errorf("both took %s", took)
		}
	})
}

// TestLatencyOverTheWire counts how often a request passes where latency is
// added: the time itself says nothing on a busy machine, but for its least.
func TestLatencyOverTheWire(t *testing.T) {
	const latency = 20 * time.Millisecond
	overBoth(t, Options{Scenario: "onboarding", Latency: latency}, func(t *testing.T, g *google) {
		began := time.Now()
		if _, err := g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: dockerHub}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < latency {
			t.Errorf("a request took %s", took)
		}
		if n := len(g.Calls()); n != 1 {
			t.Errorf("one request passed %d times", n)
		}
	})
}

func TestManyWritersLoseNothing(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	const writers = 8
	resource := healthy + "/secrets/without-versions"
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for {
				p, err := g.secrets.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: resource})
				if err != nil {
					t.Error(err)
					return
				}
				p.Bindings = append(p.Bindings, &iampb.Binding{
					Role: "roles/secretmanager.secretAccessor", Members: []string{"user:u" + string(rune('a'+i)) + "@example.com"},
				})
				_, err = g.secrets.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: resource, Policy: p})
				if status.Code(err) == codes.Aborted {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
		})
	}
	all.Wait()
	p, err := g.secrets.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: resource})
	// All have one role: their bindings are merged, and no member is lost.
	if err != nil || len(p.GetBindings()) != 1 || len(p.GetBindings()[0].GetMembers()) != writers {
		t.Errorf("of %d members are there %v, %v", writers, p.GetBindings(), err)
	}
}

func TestFinishedOperationsAreForgottenInTheEnd(t *testing.T) {
	var o operations
	for i := range maxOperations + 1 {
		if _, err := o.done("operations/"+strconv.Itoa(i), &emptypb.Empty{}, &emptypb.Empty{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, first := o.byKey["operations/0"]; first || len(o.byKey) != maxOperations || len(o.order) != maxOperations {
		t.Errorf("%d are kept, the first one: %v", len(o.byKey), first)
	}
}

func TestHostsOfRegistriesArePulls(t *testing.T) {
	for target, want := range map[string]bool{
		"us-central1-docker.pkg.dev /v2/":            true,
		"us-npm.pkg.dev:80 /p/r/left-pad":            true,
		"127.0.0.1 /us-npm.pkg.dev/p/r/x":            true,
		"127.0.0.1 /v2/us-docker.pkg.dev/p/r/x":      true,
		"127.0.0.1 /v1/projects/p/locations":         false,
		"127.0.0.1 /v2/":                             true,
		"127.0.0.1 /v2/folders:search":               false,
		"127.0.0.1 /v2/projects/p/sinks":             false,
		"us-docker.pkg.dev /v2/projects/r/i/tags":    true,
		"artifactregistry.googleapis.com /v1/p/x":    false,
		"127.0.0.1 /projects/us-docker.pkg.dev/p/r/": false,
	} {
		host, path, _ := strings.Cut(target, " ")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Host = host
		if got := isPull(r); got != want {
			t.Errorf("%s: got %v", target, got)
		}
	}
}

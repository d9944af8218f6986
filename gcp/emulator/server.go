// Package emulator is a stand-in for the part of Google Cloud that gives
// Artifact Registry's remote repositories their credentials: Artifact
// Registry, Secret Manager, Resource Manager and Service Usage, in memory, on
// one port that speaks gRPC and REST.
//
//	s, err := emulator.Start(ctx, emulator.Options{Scenario: "onboarding"})
//	…
//	defer s.Close()
//	client, err := artifactregistry.NewClient(ctx, option.WithEndpoint(s.Addr()),
//		option.WithoutAuthentication(), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
//
// It is a model: what Google documents is followed, and what it does not is
// marked "modelled" where it is decided.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/asset/apiv1/assetpb"
	"cloud.google.com/go/billing/apiv1/billingpb"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	troubleshooterpb "cloud.google.com/go/policytroubleshooter/iam/apiv3/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress what they send
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"example.com/upstreamauth/gcp/emulator/origin"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// ErrListen says that there is no serving on the address that was asked for.
var ErrListen = errors.New("cannot listen")

// Options say what an emulator holds and how it behaves. The zero value is an
// empty world that answers at once.
type Options struct {
	// Scenario names a built-in world: "onboarding", "broken", "fleet" or
	// "empty". Empty: SeedFile's world, or "empty".
	Scenario string
	// SeedFile is a world of one's own, as YAML (docs/EMULATOR.md).
	SeedFile string
	// Projects, Repositories and Seed are the size of the scenario "fleet" and
	// what its choices follow from.
	Projects, Repositories int
	Seed                   int64
	// Latency is added once to each request to an API, and not to pulls.
	Latency time.Duration
	// IAMDelay is how long a grant takes until the service agent has it.
	IAMDelay time.Duration
	// Faults are the first ones; AddFault adds more.
	Faults []Fault
	// Listen is the host and port that Start serves on; empty: a free port of
	// loopback.
	Listen string
	// AllowHosts are host names that requests may be sent to, and web pages
	// come from, beside loopback, Listen's host and Google's.
	AllowHosts []string
	// Upstreams are the embedded registries; nil: the server starts its own,
	// and stops them when it is closed.
	Upstreams *upstreams.Set
	// Now is the clock; nil: the real one.
	Now func() time.Time
}

// Server is one emulator.
type Server struct {
	options    Options
	world      *world
	faults     faults
	calls      callLog
	callers    callers
	operations operations
	written    ledger
	logs       logEntries
	upstreams  *upstreams.Set
	origin     origin.Client
	grpc       *grpc.Server
	http       *http.Server

	mu       sync.Mutex
	listener net.Listener
	serving  sync.WaitGroup
}

// New makes an emulator that does not serve yet. The context is for the
// making alone.
func New(_ context.Context, o Options) (made *Server, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, world: newWorld(), callers: callers{known: map[string]bool{DefaultCaller: true}}}
	for _, f := range o.Faults {
		s.faults.add(f)
	}
	if s.upstreams = o.Upstreams; s.upstreams == nil {
		if s.upstreams, err = upstreams.Start(); err != nil {
			return nil, fmt.Errorf("start the embedded upstreams: %w", err)
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.closeUpstreams())
		}
	}()
	if err := s.populate(); err != nil {
		return nil, err
	}
	s.grpc = grpc.NewServer(grpc.UnaryInterceptor(s.unary), grpc.WaitForHandlers(true))
	artifactregistrypb.RegisterArtifactRegistryServer(s.grpc, &registryAPI{Server: s})
	secretmanagerpb.RegisterSecretManagerServiceServer(s.grpc, &secretsAPI{Server: s})
	resourcemanagerpb.RegisterProjectsServer(s.grpc, &projectsAPI{Server: s})
	resourcemanagerpb.RegisterFoldersServer(s.grpc, &foldersAPI{Server: s})
	resourcemanagerpb.RegisterOrganizationsServer(s.grpc, &organizationsAPI{Server: s})
	billingpb.RegisterCloudBillingServer(s.grpc, &billingAPI{Server: s})
	adminpb.RegisterIAMServer(s.grpc, &iamAPI{Server: s})
	assetpb.RegisterAssetServiceServer(s.grpc, &assetsAPI{Server: s})
	troubleshooterpb.RegisterPolicyTroubleshooterServer(s.grpc, &troubleshooterAPI{Server: s})
	loggingpb.RegisterLoggingServiceV2Server(s.grpc, &logsAPI{Server: s})
	serviceusagepb.RegisterServiceUsageServer(s.grpc, &servicesAPI{Server: s})
	location.RegisterLocationsServer(s.grpc, &locationsAPI{Server: s})
	longrunningpb.RegisterOperationsServer(s.grpc, &operationsAPI{Server: s})
	reflection.Register(s.grpc)
	healthpb.RegisterHealthServer(s.grpc, health.NewServer())
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = &http.Server{
		Handler:           newGuard(o, s.route(newREST(s), newPulls(s), s.endpoints())),
		Protocols:         protocols,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    maxHeader,
	}
	return s, nil
}

// Start is New, and serves on Options.Listen until Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := New(ctx, o)
	if err != nil {
		return nil, err
	}
	address := o.Listen
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w on %s: %w", ErrListen, address, err), s.Close())
	}
	s.setListener(l)
	s.serving.Go(func() { _ = s.http.Serve(l) }) // ends with ErrServerClosed
	return s, nil
}

// Serve answers what comes in on l until Close, and then returns nil.
func (s *Server) Serve(l net.Listener) error {
	s.setListener(l)
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func (s *Server) setListener(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener = l
}

// Addr is the host and port it serves on; empty before it does.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Close ends all connections and waits for what Start began.
func (s *Server) Close() error {
	err := s.http.Close()
	s.grpc.Stop()
	s.serving.Wait()
	return errors.Join(err, s.closeUpstreams())
}

// closeUpstreams stops the embedded registries, unless they were lent.
func (s *Server) closeUpstreams() error {
	if s.options.Upstreams != nil {
		return nil
	}
	return s.upstreams.Close()
}

// Upstreams are the embedded registries.
func (s *Server) Upstreams() *upstreams.Set { return s.upstreams }

// AddFault makes coming requests fail.
func (s *Server) AddFault(f Fault) { s.faults.add(f) }

// ClearFaults lets all requests through again.
func (s *Server) ClearFaults() { s.faults.clear() }

// now is the emulator's time, in microseconds as all times of Google's answers.
func (s *Server) now() time.Time { return s.options.Now().Truncate(time.Microsecond) }

// route sends each request to who serves it. Hosts of Google's registries
// are served as pulls whatever their path.
func (s *Server) route(rest, pulls, own http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isGRPC(r):
			s.grpc.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/emulator/v1/"):
			own.ServeHTTP(w, r)
		case isPull(r):
			pulls.ServeHTTP(w, r)
		default:
			rest.ServeHTTP(w, r)
		}
	})
}

// isPull tells whether a request is for a registry: by its host, or by the
// first element of its path. Docker puts its own version before everything,
// which an API has too.
func isPull(r *http.Request) bool {
	host, _, _ := strings.Cut(r.Host, ":")
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return strings.HasSuffix(host, ".pkg.dev") || strings.HasSuffix(first, ".pkg.dev") ||
		first == "v2" && !slices.Contains(collections, collectionOf(rest))
}

// endpoints are the emulator's own.
func (s *Server) endpoints() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /emulator/v1/callers", s.serveCallers)
	mux.HandleFunc("GET /emulator/v1/credentials", s.serveCredentials)
	mux.HandleFunc("GET /emulator/v1/subject", s.serveSubject)
	mux.HandleFunc("/emulator/v1/token", s.serveToken)
	mux.HandleFunc("POST /emulator/v1/introspect", s.serveIntrospection)
	mux.Handle("/emulator/v1/upstreams", s.upstreams.Handler())
	mux.Handle("/emulator/v1/upstreams/", s.upstreams.Handler())
	return mux
}

// collections are what the paths of the APIs begin with, below their versions.
var collections = []string{"projects", "folders", "organizations", "operations", "services", "entries"}

// collectionOf is the first element of a path, without a method of its own.
func collectionOf(path string) string { return path[:strings.IndexAny(path+"/", "/:")] }

// Package gcp is Google, for real: it implements flows.Cloud with Google's
// official clients over gRPC, against Google itself or against an emulator.
//
// There is exactly one policy of deadlines and retries, in call.go: the
// generated clients' own is switched off, because it differs from call to call
// and repeats some and not others. Status codes are read in errors.go alone.
package gcp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"example.com/upstreamauth/flows/cloud"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"

	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"

	serviceusage "cloud.google.com/go/serviceusage/apiv1"
	"google.golang.org/api/option"

	identities "google.golang.org/api/serviceusage/v1beta1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/grpclog"
	"google.golang.org/grpc/metadata"

	"example.com/upstreamauth/flows/parallel"
)

// DefaultTimeout bounds a call, its repetitions included.
const DefaultTimeout = 10 * time.Second

// gRPC would print its warnings onto a full screen. Its
// logger must be replaced before anything of gRPC is used, hence in init.
func init() {
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
}

// Options say how to reach Google.
type Options struct {
	// QuotaProject pays for the calls; it wins over
	// GOOGLE_CLOUD_QUOTA_PROJECT and the credentials' own.
	QuotaProject string
	// Impersonate is the e-mail address of a service account to act as.
	Impersonate string
	// UniverseDomain is the domain of Google's APIs; empty means
	// GOOGLE_CLOUD_UNIVERSE_DOMAIN, or googleapis.com.
	UniverseDomain string
	// CAs are the certificate authorities to trust; nil: the system's.
	CAs *x509.CertPool
	// Timeout bounds a call; 0 means DefaultTimeout. Calls that wait for
	// Google's own work may take longer.
	Timeout time.Duration
	// Logger receives one debug line for each call, never its contents.
	Logger *slog.Logger
	// Version is that of the program, for the user agent.
	Version string
	// Observe is told of each attempt of a call. It must be safe for
	// concurrent use.
	Observe func(Call)
	// Caller is whom an emulator is to take the caller for, as an e-mail
	// address; empty: the default caller. Google never sees it.
	Caller string
}

// Client is Google as flows see it. Its methods are safe for concurrent use.
type Client struct {
	options  Options
	universe string
	addr     string           // the emulator's host:port; empty on Google
	conn     *grpc.ClientConn // to the emulator; nil on Google
	http     *http.Transport
	sleep    func(context.Context, time.Duration) error

	prefix atomic.Pointer[string] // of project ids in another universe

	signedIn     lazy[*identity]
	registryAPI  lazy[*artifactregistry.Client]
	secretsAPI   lazy[*secretmanager.Client]
	projectsAPI  lazy[*resourcemanager.ProjectsClient]
	servicesAPI  lazy[*serviceusage.Client]
	identityAPI  lazy[*identities.APIService]
	upstreamURIs lazy[map[string]string]
}

var _ cloud.Cloud = (*Client)(nil)

// New returns a client of Google with the application default credentials. It
// reads no file and makes no call: that is left to the first use, whose error
// tells if nobody is signed in.
func New(_ context.Context, o Options) (*Client, error) {
	return newClient(o, http.ProxyFromEnvironment), nil
}

// NewEmulator returns a client of the emulator at addr, a host and a port. No
// credentials are sent to it: it is told whom to take the caller for by
// Options.Caller, or else by the file that GOOGLE_APPLICATION_CREDENTIALS names
// if that emulator has issued it.
func NewEmulator(_ context.Context, addr string, o Options) (*Client, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, &cloud.Error{Kind: cloud.Invalid, Op: "reach the emulator",
			Message: fmt.Sprintf("%q is not a host and a port, as in 127.0.0.1:8085", addr), Err: err}
	}
	if o.Caller == "" {
		o.Caller = emulatorCaller(addr)
	}
	o.UniverseDomain = defaultUniverse
	c := newClient(o, nil)
	c.addr = addr
	conn, err := grpc.NewClient("passthrough:///"+addr, append(c.dialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy(), grpc.WithUserAgent(c.userAgent()),
		// As the generated clients have it on Google: a page of secrets with
		// annotations is longer than gRPC's own limit.
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)))...)
	if err != nil {
		return nil, c.explain(method{op: "reach the emulator"}, "", err)
	}
	c.conn = conn
	return c, nil
}

func newClient(o Options, proxy proxyFunc) *Client {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{options: o, universe: universeDomain(o.UniverseDomain), sleep: sleep}
	c.http = &http.Transport{
		Proxy:                 proxy,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
	if o.CAs != nil {
		c.http.TLSClientConfig = c.tls()
	}
	return c
}

// Warm opens the connections and fetches the access token ahead of the first
// call. It returns when that is done or ctx ends; errors are left to the calls
// that meet them again.
func (c *Client) Warm(ctx context.Context) {
	var all parallel.Group
	all.Go(func() error { _, _ = c.identity(ctx); return nil })
	all.Go(func() error {
		if c.conn != nil {
			c.conn.Connect()
			return nil
		}
		// A generated client begins to connect when it is made.
		_, _ = c.projects(ctx)
		_, _ = c.registry(ctx)
		_, _ = c.secrets(ctx)
		_, _ = c.services(ctx)
		return nil
	})
	_ = all.Wait()
}

// Close ends the connections. No call may be under way or follow.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	if c.conn != nil {
		return c.conn.Close()
	}
	return errors.Join(
		closeMade(&c.registryAPI, (*artifactregistry.Client).Close),
		closeMade(&c.secretsAPI, (*secretmanager.Client).Close),
		closeMade(&c.projectsAPI, (*resourcemanager.ProjectsClient).Close),
		closeMade(&c.servicesAPI, (*serviceusage.Client).Close),
	)
}

func closeMade[T any](l *lazy[T], closing func(T) error) error {
	v, made := l.peek()
	if !made {
		return nil
	}
	return closing(v)
}

// The generated clients, each made on its first use with its retries and
// timeouts taken out.

func (c *Client) registry(ctx context.Context) (*artifactregistry.Client, error) {
	return made(ctx, c, &c.registryAPI, artifactregistry.NewClient, func(v *artifactregistry.Client) {
		v.CallOptions = &artifactregistry.CallOptions{}
	})
}

func (c *Client) secrets(ctx context.Context) (*secretmanager.Client, error) {
	return made(ctx, c, &c.secretsAPI, secretmanager.NewClient, func(v *secretmanager.Client) {
		v.CallOptions = &secretmanager.CallOptions{}
	})
}

func (c *Client) projects(ctx context.Context) (*resourcemanager.ProjectsClient, error) {
	return made(ctx, c, &c.projectsAPI, resourcemanager.NewProjectsClient, func(v *resourcemanager.ProjectsClient) {
		v.CallOptions = &resourcemanager.ProjectsCallOptions{}
	})
}

func (c *Client) services(ctx context.Context) (*serviceusage.Client, error) {
	return made(ctx, c, &c.servicesAPI, serviceusage.NewClient, func(v *serviceusage.Client) {
		v.CallOptions = &serviceusage.CallOptions{}
	})
}

func made[T any](ctx context.Context, c *Client, l *lazy[T], build func(context.Context, ...option.ClientOption) (T, error), tame func(T)) (T, error) {
	return l.get(func() (v T, err error) {
		opts, err := c.clientOptions(ctx)
		if err != nil {
			return v, err
		}
		// The client outlives the call that happens to make it.
		if v, err = build(context.WithoutCancel(ctx), opts...); err == nil {
			tame(v)
		}
		return v, err
	})
}

// serviceIdentity is the one API that exists over REST only.
func (c *Client) serviceIdentity(ctx context.Context) (*identities.APIService, error) {
	return c.identityAPI.get(func() (*identities.APIService, error) {
		api, err := identities.NewService(context.WithoutCancel(ctx),
			option.WithHTTPClient(c.web(c.asCaller(), 0)),
			option.WithLogger(slog.New(slog.DiscardHandler)))
		if err != nil {
			return nil, err
		}
		api.BasePath = c.baseURL("serviceusage") + "/"
		api.UserAgent = c.userAgent()
		return api, nil
	})
}

// clientOptions are what all generated clients have in common. Their logger is
// replaced because GOOGLE_SDK_GO_LOGGING_LEVEL=debug makes them print what they
// send, a secret's payload included.
func (c *Client) clientOptions(ctx context.Context) ([]option.ClientOption, error) {
	opts := []option.ClientOption{option.WithLogger(slog.New(slog.DiscardHandler)), option.WithTelemetryDisabled()}
	if c.conn != nil {
		return append(opts, option.WithGRPCConn(c.conn)), nil
	}
	who, err := c.signIn(ctx)
	if err != nil {
		return nil, err
	}
	opts = append(opts,
		option.WithAuthCredentials(who.credentials),
		option.WithUniverseDomain(c.universe),
		option.WithUserAgent(c.userAgent()),
		option.WithGRPCConnectionPool(1),
	)
	if who.quotaProject != "" {
		opts = append(opts, option.WithQuotaProject(who.quotaProject))
	}
	for _, o := range c.dialOptions() {
		opts = append(opts, option.WithGRPCDialOption(o))
	}
	if c.options.CAs != nil {
		opts = append(opts, option.WithGRPCDialOption(grpc.WithTransportCredentials(credentials.NewTLS(c.tls()))))
	}
	return opts, nil
}

// dialOptions tune a connection for short interactive use: one that failed is
// tried again at once rather than after a second, so that our own repetition of
// a read meets a fresh attempt.
func (c *Client) dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 2, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithDisableRetry(),
		grpc.WithChainUnaryInterceptor(c.observeRPC),
	}
}

// emulatorHeaders tell an emulator what Google reads from credentials.
func (c *Client) emulatorHeaders() map[string]string {
	h := map[string]string{}
	if c.options.Caller != "" {
		h["x-emulator-caller"] = c.options.Caller
	}
	if q := c.quotaOverride(); q != "" {
		h["x-goog-user-project"] = q
	}
	return h
}

func (c *Client) outgoing(ctx context.Context) context.Context {
	if c.conn == nil {
		return ctx
	}
	for k, v := range c.emulatorHeaders() {
		ctx = metadata.AppendToOutgoingContext(ctx, k, v)
	}
	return ctx
}

func (c *Client) tls() *tls.Config {
	return &tls.Config{RootCAs: c.options.CAs, MinVersion: tls.VersionTLS12}
}

// baseURL is where an API is served over REST.
func (c *Client) baseURL(api string) string {
	if c.addr != "" {
		return "http://" + c.addr
	}
	return "https://" + api + "." + c.universe
}

func (c *Client) userAgent() string {
	if c.options.Version == "" {
		return "upstreamauth"
	}
	return "upstreamauth/" + c.options.Version
}

// lazy is a value made on its first use. A failure is not kept: the next use
// tries again, so that signing in in another window is enough.
type lazy[T any] struct {
	mu    sync.Mutex
	value T
	made  bool
}

func (l *lazy[T]) get(build func() (T, error)) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made {
		return l.value, nil
	}
	v, err := build()
	if err == nil {
		l.value, l.made = v, true
	}
	return v, err
}

func (l *lazy[T]) peek() (T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value, l.made
}

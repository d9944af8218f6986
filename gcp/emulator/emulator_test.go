package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	serviceusage "cloud.google.com/go/serviceusage/apiv1"
	"github.com/googleapis/gax-go/v2/apierror"
	"github.com/googleapis/gax-go/v2/callctx"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// clock is a time that moves when a test says so.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// google is one emulator and Google's own clients to it.
type google struct {
	*Server
	registry *artifactregistry.Client
	secrets  *secretmanager.Client
	projects *resourcemanager.ProjectsClient
	services *serviceusage.Client
}

// overBoth runs a test over gRPC and over REST: both must answer alike.
func overBoth(t *testing.T, o Options, test func(*testing.T, *google)) {
	t.Run("gRPC", func(t *testing.T) { test(t, start(t, o)) })
	t.Run("REST", func(t *testing.T) { test(t, startREST(t, o)) })
}

// start serves an emulator and speaks gRPC with it.
func start(tb testing.TB, o Options) *google {
	tb.Helper()
	g := serve(tb, o)
	opt := option.WithGRPCConn(dial(tb, g.Addr()))
	g.registry = must(artifactregistry.NewClient(tb.Context(), opt))
	g.secrets = must(secretmanager.NewClient(tb.Context(), opt))
	g.projects = must(resourcemanager.NewProjectsClient(tb.Context(), opt))
	g.services = must(serviceusage.NewClient(tb.Context(), opt))
	return g
}

// dial opens a connection in the clear until the test ends.
func dial(tb testing.TB, addr string) *grpc.ClientConn {
	tb.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

// startREST serves an emulator and speaks REST with it.
func startREST(tb testing.TB, o Options) *google {
	tb.Helper()
	g := serve(tb, o)
	transport := &http.Transport{}
	tb.Cleanup(transport.CloseIdleConnections)
	opts := []option.ClientOption{option.WithEndpoint("http://" + g.Addr()), option.WithHTTPClient(&http.Client{Transport: transport})}
	g.registry = must(artifactregistry.NewRESTClient(tb.Context(), opts...))
	g.secrets = must(secretmanager.NewRESTClient(tb.Context(), opts...))
	g.projects = must(resourcemanager.NewProjectsRESTClient(tb.Context(), opts...))
	g.services = must(serviceusage.NewRESTClient(tb.Context(), opts...))
	return g
}

func serve(tb testing.TB, o Options) *google {
	tb.Helper()
	s, err := Start(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &google{Server: s}
}

// rest sends a REST request as it stands, without a client, and returns status
// and answer, the latter on one line.
func (g *google) rest(tb testing.TB, method, target, body string, header ...string) (int, string) {
	tb.Helper()
	mark := "?"
	if strings.Contains(target, "?") {
		mark = "&"
	}
	return call(g.Server.http.Handler, method, target+mark+"prettyPrint=false", body, header...)
}

// must is for what cannot fail in a test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// as makes requests come from a caller.
func as(ctx context.Context, email string) context.Context {
	return callctx.SetHeaders(ctx, callerHeader, email)
}

// problem reads code and text of an error of either transport.
func problem(err error) (codes.Code, string) {
	var e *googleapi.Error
	if !errors.As(err, &e) {
		st := status.Convert(err)
		return st.Code(), st.Message()
	}
	var envelope struct {
		Error struct{ Status, Message string }
	}
	if err := json.Unmarshal([]byte(e.Body), &envelope); err != nil {
		return codes.Unknown, e.Body
	}
	return codes.Code(rpccode.Code_value[envelope.Error.Status]), envelope.Error.Message
}

// wantError compares code and text of an error.
func wantError(tb testing.TB, err error, code codes.Code, text string) {
	tb.Helper()
	if gotCode, gotText := problem(err); gotCode != code || gotText != text {
		tb.Errorf("got  %s: %s\nwant %s: %s", gotCode, gotText, code, text)
	}
}

// wantCode compares the code of an error whose text is modelled.
func wantCode(tb testing.TB, err error, code codes.Code) {
	tb.Helper()
	if gotCode, text := problem(err); gotCode != code {
		tb.Errorf("got %s: %s\nwant %s", gotCode, text, code)
	}
}

// details are those of an error, as Google's clients read them.
func details(tb testing.TB, err error) *apierror.APIError {
	tb.Helper()
	var e *apierror.APIError
	if !errors.As(err, &e) {
		tb.Fatalf("%v has no details", err)
	}
	return e
}

// collect reads an iterator to its end.
func collect[T any](tb testing.TB, next func() (T, error)) []T {
	tb.Helper()
	var all []T
	for {
		v, err := next()
		if errors.Is(err, iterator.Done) {
			return all
		}
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, v)
	}
}

// seedFile writes a world of a test's own.
func seedFile(tb testing.TB, text string) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "world.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}

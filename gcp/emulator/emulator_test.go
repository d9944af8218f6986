package emulator

import (
	"context"
	"sync"
	"testing"
	"time"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	serviceusage "cloud.google.com/go/serviceusage/apiv1"
	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
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

func start(tb testing.TB, o Options) *google {
	tb.Helper()
	tb.Setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "")
	ctx := tb.Context()
	s, err := Start(ctx, o)
	if err != nil {
		tb.Fatal(err)
	}
	conn, err := grpc.NewClient(s.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := conn.Close(); err != nil {
			tb.Error(err)
		}
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	g := &google{Server: s}
	opt := option.WithGRPCConn(conn)
	if g.registry, err = artifactregistry.NewClient(ctx, opt); err != nil {
		tb.Fatal(err)
	}
	if g.secrets, err = secretmanager.NewClient(ctx, opt); err != nil {
		tb.Fatal(err)
	}
	if g.projects, err = resourcemanager.NewProjectsClient(ctx, opt); err != nil {
		tb.Fatal(err)
	}
	if g.services, err = serviceusage.NewClient(ctx, opt); err != nil {
		tb.Fatal(err)
	}
	return g
}

// as makes requests come from a caller.
func as(ctx context.Context, email string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, callerHeader, email)
}

// wantError compares code and text of an error.
func wantError(tb testing.TB, err error, code codes.Code, text string) {
	tb.Helper()
	st := status.Convert(err)
	if st.Code() != code || st.Message() != text {
		tb.Errorf("got  %s: %s\nwant %s: %s", st.Code(), st.Message(), code, text)
	}
}

// details are those of an error, as Google's clients read them.
func details(tb testing.TB, err error) *apierror.APIError {
	tb.Helper()
	e, ok := apierror.FromError(err)
	if !ok {
		tb.Fatalf("%v has no details", err)
	}
	return e
}

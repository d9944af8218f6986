package gcp

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/token"
)

var (
	unavailable = status.Error(codes.Unavailable, "The service is currently unavailable.")
	theVersion  = cloud.VersionName{Secret: theSecret, ID: "1"}
	theRepo     = cloud.RepositoryName{Project: "p", Location: "us", ID: "r"}
)

const getSecretRPC = "SecretManagerService.GetSecret"

func aSecret() proto.Message { return &secretmanagerpb.Secret{Name: "projects/1/secrets/s"} }

func TestReadsAreRepeated(t *testing.T) {
	exhausted := status.Error(codes.ResourceExhausted, "Quota exceeded")
	for _, c := range []struct {
		name  string
		errs  []error
		asked int
		want  cloud.Kind
	}{
		{"at once", nil, 1, ""},
		{"after an outage", []error{unavailable, unavailable}, 3, ""},
		{"after a quota", []error{exhausted}, 2, ""},
		{"not for ever", slices.Repeat([]error{unavailable}, attempts), attempts, cloud.Unavailable},
		{"not where it cannot help", []error{status.Error(codes.PermissionDenied, "no")}, 1, cloud.PermissionDenied},
		{"not what may be a fault of the service", []error{status.Error(codes.Internal, "oops")}, 1, cloud.Internal},
		{"not what nobody can verify", []error{status.Error(codes.Unavailable, "tls: x509: certificate signed by unknown authority")}, 1, cloud.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, nil, map[string]reply{getSecretRPC: after(always(aSecret()), c.errs...)})
			_, err := f.client(t, Options{}).Secret(t.Context(), theSecret)
			if cloud.KindOf(err) != c.want {
				t.Errorf("got %v, want kind %q", err, c.want)
			}
			if got := f.count(getSecretRPC); got != c.asked {
				t.Errorf("asked %d times, want %d", got, c.asked)
			}
		})
	}
}

func TestWritesThatMustNotBeRepeatedAreNot(t *testing.T) {
	for rpc, write := range map[string]func(context.Context, *Client) error{
		"SecretManagerService.AddSecretVersion": func(ctx context.Context, c *Client) error {
			_, err := c.AddVersion(ctx, theSecret, token.New([]byte("t")))
			return err
		},
		"SecretManagerService.CreateSecret": func(ctx context.Context, c *Client) error {
			_, err := c.CreateSecret(ctx, theSecret, cloud.SecretSpec{})
			return err
		},
		"SecretManagerService.DeleteSecret": func(ctx context.Context, c *Client) error {
			return c.DeleteSecret(ctx, theSecret, "")
		},
		"ArtifactRegistry.UpdateRepository": func(ctx context.Context, c *Client) error {
			_, err := c.SetCredentials(ctx, theRepo, "u", theVersion.String())
			return err
		},
	} {
		t.Run(rpc, func(t *testing.T) {
			f := newFake(t, nil, map[string]reply{rpc: after(nil, slices.Repeat([]error{unavailable}, attempts)...)})
			if err := write(t.Context(), f.client(t, Options{})); cloud.KindOf(err) != cloud.Unavailable {
				t.Errorf("got %v", err)
			}
			if got := f.count(rpc); got != 1 {
				t.Errorf("sent %d times", got)
			}
		})
	}
}

func TestTheServiceSaysHowLongToWait(t *testing.T) {
	later, err := status.New(codes.ResourceExhausted, "slow down").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(7 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(t, nil, map[string]reply{getSecretRPC: after(always(aSecret()), later.Err())})
	c := f.client(t, Options{Timeout: time.Hour})
	var waited []time.Duration
	c.sleep = func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	}
	if _, err := c.Secret(t.Context(), theSecret); err != nil || len(waited) != 1 || waited[0] < 7*time.Second {
		t.Errorf("waited %v, %v", waited, err)
	}

	f = newFake(t, nil, map[string]reply{getSecretRPC: after(always(aSecret()), later.Err())})
	c = f.client(t, Options{Timeout: 5 * time.Second})
	c.sleep = func(context.Context, time.Duration) error { t.Error("waited past the deadline"); return nil }
	if _, err := c.Secret(t.Context(), theSecret); cloud.KindOf(err) != cloud.Exhausted {
		t.Errorf("got %v", err)
	}
}

func TestWaitsGrowAndAreRandom(t *testing.T) {
	for attempt := range 100 {
		most := maxWait
		if attempt < 4 {
			most = firstWait << attempt
		}
		if d := jitter(attempt); d < 0 || d >= max(most, firstWait) {
			t.Fatalf("attempt %d waits %v, more than %v", attempt, d, most)
		}
	}
}

func TestEveryCallHasADeadline(t *testing.T) {
	var left []time.Duration
	f := newFake(t, nil, map[string]reply{getSecretRPC: func(ctx context.Context, _ proto.Message) (proto.Message, error) {
		d, ok := ctx.Deadline()
		if !ok {
			return nil, errors.New("no deadline")
		}
		left = append(left, time.Until(d))
		return aSecret(), nil
	}})
	c := f.client(t, Options{})
	long, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	short, cancel := context.WithTimeout(t.Context(), DefaultTimeout/2)
	defer cancel()
	for _, ctx := range []context.Context{t.Context(), long, short} {
		if _, err := c.Secret(ctx, theSecret); err != nil {
			t.Fatal(err)
		}
	}
	if left[0] > DefaultTimeout || left[1] > DefaultTimeout || left[2] > DefaultTimeout/2 {
		t.Errorf("left %v: want the default twice, the caller's own where that is earlier", left)
	}
}

func TestHangingAndCancelledCallsEnd(t *testing.T) {
	hanging := func(asked chan<- struct{}) *fake {
		return newFake(t, nil, map[string]reply{getSecretRPC: func(ctx context.Context, _ proto.Message) (proto.Message, error) {
			asked <- struct{}{}
			<-ctx.Done()
			return nil, status.FromContextError(ctx.Err()).Err()
		}})
	}
	// This one's time may be over before it has arrived.
	f := hanging(make(chan struct{}, 1))
	_, err := f.client(t, Options{Timeout: 20 * time.Millisecond}).Secret(t.Context(), theSecret)
	if cloud.KindOf(err) != cloud.TimedOut || !strings.Contains(err.Error(), "no answer from ") {
		t.Errorf("got %v, want timed out", err)
	}
	asked := make(chan struct{}, 1)
	f = hanging(asked)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := f.client(t, Options{Timeout: time.Hour}).Secret(ctx, theSecret); cloud.KindOf(err) != cloud.Cancelled {
		t.Errorf("got %v, want cancelled", err)
	}
}

func TestWhoIsAsked(t *testing.T) {
	for rpc, want := range map[string]string{
		"ArtifactRegistry.GetRepository": "artifactregistry.example.com", "Locations.ListLocations": "artifactregistry.example.com",
		"SecretManagerService.GetSecret": "secretmanager.example.com", "Projects.GetProject": "cloudresourcemanager.example.com",
		"ServiceUsage.BatchGetServices": "serviceusage.example.com", "GET docker": "",
	} {
		if got := newClient(Options{UniverseDomain: "example.com"}, nil).hostOf(method{rpc: rpc}); got != want {
			t.Errorf("%s goes to %q, want %q", rpc, got, want)
		}
	}
}

func TestNobodyThereIsSaid(t *testing.T) {
	addr := must(nobodyAt(t.Context()))(t)
	c := must(NewEmulator(t.Context(), addr, Options{}))(t)
	defer func() { _ = c.Close() }()
	_, err := c.Secret(t.Context(), theSecret)
	if cloud.KindOf(err) != cloud.Unavailable || !strings.Contains(err.Error(), "nothing answers at "+addr) {
		t.Errorf("over gRPC: %v", err)
	}
	_, err = c.Upstream(t.Context(), "https://registry-1.docker.io")
	if cloud.KindOf(err) != cloud.Unavailable || !strings.Contains(err.Error(), "nothing answers at "+addr) {
		t.Errorf("over HTTP: %v", err)
	}
	if _, err := NewEmulator(t.Context(), "no port", Options{}); cloud.KindOf(err) != cloud.Invalid {
		t.Errorf("a bad address: %v", err)
	}
}

func TestCallsAreObservedWithoutTheirContents(t *testing.T) {
	const canary = "canary-0123456789"
	refused, err := status.New(codes.PermissionDenied, "no").WithDetails(&errdetails.RequestInfo{RequestId: "req-7"})
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(t, nil, map[string]reply{
		"SecretManagerService.AddSecretVersion": always(&secretmanagerpb.SecretVersion{Name: "projects/1/secrets/s/versions/1", ClientSpecifiedPayloadChecksum: true}),
		"ArtifactRegistry.GetRepository":        func(context.Context, proto.Message) (proto.Message, error) { return nil, refused.Err() },
	})
	var log strings.Builder
	var mu sync.Mutex
	var seen []Call
	c := f.client(t, Options{
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Observe: func(c Call) { mu.Lock(); defer mu.Unlock(); seen = append(seen, c) },
	})
	if _, err := c.AddVersion(t.Context(), theSecret, token.New([]byte(canary))); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Repository(t.Context(), theRepo); err == nil {
		t.Fatal("no error")
	}
	for i := range seen {
		if seen[i].Duration <= 0 {
			t.Errorf("%s took %v", seen[i].RPC, seen[i].Duration)
		}
		seen[i].Duration = 0
	}
	want := []Call{
		{RPC: "SecretManagerService.AddSecretVersion", Code: "OK"},
		{RPC: "ArtifactRegistry.GetRepository", Code: "PERMISSION_DENIED", RequestID: "req-7"},
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(log.String(), "req-7") || strings.Contains(log.String(), canary) {
		t.Errorf("the log is %q", log.String())
	}
}

func TestAnEmulatorIsToldTheCallerAndTheQuotaProject(t *testing.T) {
	t.Setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "from-the-environment")
	f := newFake(t, nil, map[string]reply{"ArtifactRegistry.GetRepository": always(&artifactregistrypb.Repository{})})
	for _, c := range []struct {
		options Options
		want    map[string]string
	}{
		{Options{Version: "1.2"}, map[string]string{"x-goog-user-project": "from-the-environment", "x-emulator-caller": ""}},
		{Options{Version: "1.2", Caller: "a@example.com", QuotaProject: "q"}, map[string]string{"x-goog-user-project": "q", "x-emulator-caller": "a@example.com"}},
	} {
		if _, err := f.client(t, c.options).Repository(t.Context(), theRepo); err != nil {
			t.Fatal(err)
		}
		for k, want := range c.want {
			if got := f.lastHeader(k); got != want {
				t.Errorf("%s is %q, want %q", k, got, want)
			}
		}
		if got := f.lastHeader("user-agent"); !strings.HasPrefix(got, "upstreamauth/1.2") {
			t.Errorf("user agent is %q", got)
		}
	}
}

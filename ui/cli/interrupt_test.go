package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/cloud"
)

// stuck is a Google that never answers who is calling.
type stuck struct {
	cloud.Cloud // no other call is expected
	asked       chan struct{}
}

func (s *stuck) Caller(ctx context.Context) (cloud.Caller, error) {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return cloud.Caller{}, ctx.Err()
}

func (*stuck) Warm(context.Context) {}

func (*stuck) Close() error { return nil }

// start runs doctor on it, which asks for nothing else first.
func (s *stuck) start(ctx context.Context, t *testing.T, extra ...string) (code int, out, errs string) {
	t.Helper()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	outFile, readOut := capture(t)
	errFile, readErr := capture(t)
	d := Deps{Connect: func(context.Context, Connection) (Cloud, error) { return s, nil }}
	args := append([]string{"doctor", "--repository", "us/hub", "--output", "json", "--log-file",
		filepath.Join(t.TempDir(), "log")}, extra...)
	code = run(ctx, args, Streams{In: null, Out: outFile, Err: errFile}, d)
	return code, readOut(), readErr()
}

func TestInterruptedBeforeTheFirstWrite(t *testing.T) {
	t.Setenv("CLOUDSDK_CONFIG", t.TempDir())
	t.Setenv("GOOGLE_CLOUD_PROJECT", "")
	s := &stuck{asked: make(chan struct{}, 1)}
	ctx, interrupt := context.WithCancel(t.Context())
	go func() { <-s.asked; interrupt() }()
	code, out, errs := s.start(ctx, t)
	if code != ExitInterrupted || out != "" || !strings.Contains(errs, "nothing has changed") {
		t.Errorf("code %d, out %q, err %q", code, out, errs)
	}
}

func TestTimeoutIsAFailure(t *testing.T) {
	t.Setenv("CLOUDSDK_CONFIG", t.TempDir())
	t.Setenv("GOOGLE_CLOUD_PROJECT", "")
	s := &stuck{asked: make(chan struct{}, 1)}
	code, out, _ := s.start(t.Context(), t, "--timeout", "20ms")
	if code != ExitFailed || !strings.Contains(out, "longer than --timeout allows") || !strings.Contains(out,
		`"status": "failed"`) {
		t.Errorf("code %d, out %q", code, out)
	}
}

func TestInterruptedOrTooLateWhileTheTokenIsRead(t *testing.T) {
	args := []string{"setup", "--project", "my-project", "--repository", "us/hub", "--secret", "s", "--username", "u",
		"--token-file", "-", "--yes", "--output", "json"}
	code, out, errs := call(t, untouchable(t), append(args, "--timeout", "1ms")...)
	if code != ExitFailed || !strings.Contains(out, "longer than --timeout allows") {
		t.Errorf("too late: code %d, out %q, err %q", code, out, errs)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	in, never, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer never.Close()
	errFile, readErr := capture(t)
	if code := run(ctx, args, Streams{In: in, Out: errFile, Err: errFile}, untouchable(t)); code != ExitInterrupted {
		t.Errorf("interrupted: code %d", code)
	}
	if errs := readErr(); !strings.Contains(errs, "interrupted; nothing has changed") {
		t.Errorf("it says %q", errs)
	}
}

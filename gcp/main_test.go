package gcp

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"cloud.google.com/go/compute/metadata"
	"go.uber.org/goleak"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/gcp/emulator"
)

// quietChild makes the test binary a program that uses a client and prints
// nothing of its own.
const quietChild = "GCP_TEST_QUIET_CHILD"

func TestMain(m *testing.M) {
	if addr := os.Getenv(quietChild); addr != "" {
		if err := useEverything(addr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// No test may use the credentials of whoever runs it, nor look for a
	// metadata server: a context that has ended says that there is none.
	for _, name := range []string{"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_QUOTA_PROJECT", "GOOGLE_CLOUD_UNIVERSE_DOMAIN", "GCE_METADATA_HOST"} {
		if os.Getenv("UPSTREAMAUTH_LIVE_PROJECT") == "" {
			_ = os.Unsetenv(name) // fails for malformed names only
		}
	}
	if os.Getenv("UPSTREAMAUTH_LIVE_PROJECT") == "" {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		metadata.OnGCEWithContext(ended)
		stop := detour()
		code := m.Run()
		stop()
		os.Exit(leaks(code))
	}
	os.Exit(leaks(m.Run()))
}

func leaks(code int) int {
	var err error
	for range 30 { // each looks for a second: a busy machine takes its time
		if err = goleak.Find(); err == nil {
			return code
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return max(code, 1)
}

const canary = "canary-0123456789"

func useEverything(addr string) error {
	ctx := context.Background()
	c, err := NewEmulator(ctx, addr, Options{})
	if err != nil {
		return err
	}
	secret := cloud.SecretName{Project: "contract-well", ID: "ungranted"}
	v, err := c.AddVersion(ctx, secret, token.New([]byte(canary)))
	if err != nil {
		return err
	}
	if _, err := c.Payload(ctx, v.Name); err != nil {
		return err
	}
	if _, err := c.Upstream(ctx, "https://registry-1.docker.io"); err != nil {
		return err
	}
	// A connection that fails is what gRPC would warn of.
	addr, err = nobodyAt(ctx)
	if err != nil {
		return err
	}
	down, err := NewEmulator(ctx, addr, Options{})
	if err != nil {
		return err
	}
	if _, err := down.Secret(ctx, secret); err == nil {
		return fmt.Errorf("an answer from a port that nobody listens on")
	}
	signedOut, err := New(ctx, Options{})
	if err != nil {
		return err
	}
	if _, err := signedOut.Caller(ctx); cloud.KindOf(err) != cloud.NotSignedIn {
		return fmt.Errorf("signed out, but: %w", err)
	}
	return nil
}

// TestNothingIsPrinted holds the clients' own logging off, which would print a
// secret's payload and break a full screen.
func TestNothingIsPrinted(t *testing.T) {
	s := startEmulator(t, emulator.Options{})
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), quietChild+"="+s.Addr(), "GOOGLE_SDK_GO_LOGGING_LEVEL=debug",
		"GRPC_GO_LOG_SEVERITY_LEVEL=info", "GRPC_GO_LOG_VERBOSITY_LEVEL=99", "GOOGLE_APPLICATION_CREDENTIALS=/nope.json")
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) != 0 {
		t.Errorf("%v; it printed %q", err, strings.ReplaceAll(string(out), canary, "THE SECRET"))
	}
}

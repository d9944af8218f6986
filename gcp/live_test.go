package gcp

import (
	"cmp"
	"os"
	"strings"
	"testing"
	"time"
)

// TestContractOnGoogle runs the contract against a real project, with the
// application default credentials. It makes and removes only what it names
// itself: secrets and a repository that begin with "upstreamauth-live-". It is
// asked for by UPSTREAMAUTH_LIVE_PROJECT; UPSTREAMAUTH_LIVE_LOCATION is where
// the repository goes (us-central1), and UPSTREAMAUTH_LIVE_USERNAME with
// UPSTREAMAUTH_LIVE_TOKEN_FILE a Docker Hub credential, without which the
// success of setting one is left out.
func TestContractOnGoogle(t *testing.T) {
	project := os.Getenv("UPSTREAMAUTH_LIVE_PROJECT")
	if project == "" {
		t.Skip("UPSTREAMAUTH_LIVE_PROJECT names no project: Google itself is not asked")
	}
	c, err := New(t.Context(), Options{Version: "live-test", Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	c.Warm(t.Context())
	at := place{
		client: c, project: project, location: cmp.Or(os.Getenv("UPSTREAMAUTH_LIVE_LOCATION"), "us-central1"),
		patience: 7 * time.Minute, serves: true,
	}
	if at.username = os.Getenv("UPSTREAMAUTH_LIVE_USERNAME"); at.username != "" {
		secret, err := os.ReadFile(os.Getenv("UPSTREAMAUTH_LIVE_TOKEN_FILE"))
		if err != nil {
			t.Fatal(err)
		}
		at.payload = strings.TrimSpace(string(secret))
	}
	contract(t, at)
}

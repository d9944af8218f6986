package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
)

// TestWritesAreBounded fills the emulator nearly up, and writes and reads.
func TestWritesAreBounded(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		add := func() error {
			_, err := g.secrets.AddSecretVersion(t.Context(), &secretmanagerpb.AddSecretVersionRequest{
				Parent: healthy + "/secrets/npm-token", Payload: &secretmanagerpb.SecretPayload{Data: []byte("token")},
			})
			return err
		}
		g.written.bytes.Store(maxWritten - createdSize - 1000)
		if err := add(); err != nil {
			t.Fatal(err)
		}
		wantError(t, add(), codes.ResourceExhausted, "The emulator has taken 1073741824 bytes of writes and takes no more. Restart it.")
		if _, err := g.secrets.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: healthy + "/secrets/npm-token"}); err != nil {
			t.Errorf("reading: %v", err)
		}
	})
}

// TestCallersAreBounded asks for credentials of more callers than are kept.
func TestCallersAreBounded(t *testing.T) {
	s := serve(t, Options{})
	for i := range maxCallers {
		s.callers.add(fmt.Sprintf("%d@example.com", i))
	}
	for _, email := range []string{"one-more@example.com", strings.Repeat("x", maxCaller+1)} {
		if _, err := s.ExternalCredentialsFile(email); !errors.Is(err, errTooManyCallers) {
			t.Errorf("%.30s: %v", email, err)
		}
		code, body := call(s.http.Handler, http.MethodGet, "/emulator/v1/credentials?caller="+email, "")
		if code != http.StatusTooManyRequests {
			t.Errorf("%.30s: %d %s", email, code, body)
		}
	}
	if _, err := s.CredentialsFile("7@example.com"); err != nil {
		t.Errorf("a caller that is known: %v", err)
	}
	code, body := call(s.http.Handler, http.MethodGet, "/v1/projects", "", callerHeader, strings.Repeat("x", maxCaller+1))
	if code != http.StatusBadRequest || !strings.Contains(body, "longer than") {
		t.Errorf("a long caller: %d %s", code, body)
	}
}

// TestHeadersAreBounded sends more headers than are read.
func TestHeadersAreBounded(t *testing.T) {
	s := serve(t, Options{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+"/v1/projects", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Long", strings.Repeat("x", 2*maxHeader))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Error(resp.Status)
	}
}

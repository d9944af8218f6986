package emulator

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// TestForeignRequestsAreRefused sends what a web page can make a browser send,
// and what those send who may.
func TestForeignRequestsAreRefused(t *testing.T) {
	s := serve(t, Options{Scenario: "onboarding", AllowHosts: []string{"emulator.test", "Docker.Internal:8085"}})
	port := s.Addr()[strings.LastIndex(s.Addr(), ":"):]
	const list, pull = "/v1/" + healthy + "/secrets", "/us-central1-npm.pkg.dev/demo-healthy/npm/hello-npm"
	for _, c := range []struct {
		name, host, path string
		header           []string
		refused          string // part of the refusal; empty: it is answered
	}{
		{"loopback", s.Addr(), list, nil, ""},
		{"localhost", "localhost" + port, list, nil, ""},
		{"localhost in full", "LOCALHOST." + port, list, nil, ""},
		{"a name below localhost", "emulator.localhost", list, nil, ""},
		{"another address of loopback", "127.9.9.9", list, nil, ""},
		{"loopback of IPv6", "[::1]" + port, list, nil, ""},
		{"Google's API", "secretmanager.googleapis.com", list, nil, ""},
		{"Google's registry", "us-central1-npm.pkg.dev", "/demo-healthy/npm/hello-npm", nil, ""},
		{"an allowed name", "emulator.test" + port, list, nil, ""},
		{"an allowed name, given with a port", "docker.internal", list, nil, ""},
		{"another name", "rebind.example.com" + port, list, nil, `"rebind.example.com"`},
		{"another name, of a pull", "rebind.example.com" + port, pull, nil, `"rebind.example.com"`},
		{"another name, of the emulator's own", "rebind.example.com", "/emulator/v1/callers", nil, `"rebind.example.com"`},
		{"a name that begins as loopback", "127.0.0.1.example.com", list, nil, `"127.0.0.1.example.com"`},
		{"a name that ends like localhost", "notlocalhost", list, nil, `"notlocalhost"`},
		{"a name that ends like Google's", "evil-googleapis.com", list, nil, `"evil-googleapis.com"`},
		{"another address", "192.0.2.1" + port, list, nil, `"192.0.2.1"`},
		{"any address", "0.0.0.0" + port, list, nil, `"0.0.0.0"`},
		{"a page of one's own", s.Addr(), list, []string{"Origin", "http://localhost:3000"}, ""},
		{"a page of an allowed name", s.Addr(), list, []string{"Origin", "https://emulator.test"}, ""},
		{"a foreign page", s.Addr(), list, []string{"Origin", "https://evil.example.com"}, `"https://evil.example.com"`},
		{"a foreign page that pulls", s.Addr(), pull, []string{"Origin", "https://evil.example.com"}, `"https://evil.example.com"`},
		{"a page in a bucket", s.Addr(), list, []string{"Origin", "https://storage.googleapis.com"}, `"https://storage.googleapis.com"`},
		{"a page without origin", s.Addr(), list, []string{"Origin", "null"}, `"null"`},
		{"an image in a foreign page", s.Addr(), list, []string{"Sec-Fetch-Site", "cross-site"}, "web pages of another site"},
		{"an address that a person typed", s.Addr(), list, []string{"Sec-Fetch-Site", "none"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			for i := 0; i < len(c.header); i += 2 {
				req.Header.Set(c.header[i], c.header[i+1])
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var told struct{ Error any }
			if err := json.NewDecoder(resp.Body).Decode(&told); err != nil {
				t.Fatal(err)
			}
			says := ""
			switch e := told.Error.(type) {
			case map[string]any:
				says, _ = e["message"].(string)
			case string: // npm's form
				says = e
			}
			if c.refused == "" {
				if resp.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", resp.Status, says)
				}
				return
			}
			if resp.StatusCode != http.StatusForbidden || !strings.Contains(says, c.refused) {
				t.Errorf("%s: %s, want 403 with %s", resp.Status, says, c.refused)
			}
		})
	}
}

// TestForeignAuthorityIsRefused asks over gRPC under another name.
func TestForeignAuthorityIsRefused(t *testing.T) {
	s := serve(t, Options{Scenario: "onboarding", AllowHosts: []string{"emulator.test"}})
	get := func(ctx context.Context, authority string) error {
		conn, err := grpc.NewClient(s.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority(authority))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = secretmanagerpb.NewSecretManagerServiceClient(conn).GetSecret(ctx, &secretmanagerpb.GetSecretRequest{Name: healthy + "/secrets/npm-token"})
		return err
	}
	for authority, code := range map[string]codes.Code{
		"localhost": codes.OK, "secretmanager.googleapis.com:443": codes.OK, "emulator.test": codes.OK,
		"rebind.example.com": codes.PermissionDenied, "100%.example.com": codes.PermissionDenied,
	} {
		err := get(t.Context(), authority)
		if status.Code(err) != code || code != codes.OK && !strings.Contains(err.Error(), authority) {
			t.Errorf("%s: %v, want %s", authority, err, code)
		}
	}
	foreign := metadata.AppendToOutgoingContext(t.Context(), "origin", "https://evil.example.com")
	if err := get(foreign, "localhost"); status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "evil.example.com") {
		t.Errorf("from a page: %v", err)
	}
}

// TestListenHostIsOwn knows the host that was listened on, and the address
// that a connection came in on where that was any.
func TestListenHostIsOwn(t *testing.T) {
	answered := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for _, c := range []struct {
		listen, host string
		code         int
	}{
		{"192.0.2.7:80", "192.0.2.7:80", 200},
		{"192.0.2.7:80", "192.0.2.8:80", 403},
		{"emulator.example.com:80", "emulator.example.com", 200},
		{"emulator.example.com:80", "example.com", 403},
		{"[2001:db8::1]:80", "[2001:DB8::1]", 200},
		{":80", "example.com", 403},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/projects", nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		newGuard(Options{Listen: c.listen}, answered).ServeHTTP(w, r)
		if w.Code != c.code {
			t.Errorf("listening on %s, asked as %s: %d, want %d", c.listen, c.host, w.Code, c.code)
		}
	}
}

package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.com/upstreamauth/flows/token"
)

// verdaccio starts the npm registry that UPSTREAMAUTH_VERDACCIO names the npm
// prefix of, and returns its address.
func verdaccio(t *testing.T, access string) string {
	t.Helper()
	if os.Getenv("UPSTREAMAUTH_PEERS") == "" {
		t.Skip("`make peers` runs it")
	}
	program := "verdaccio"
	if prefix := os.Getenv("UPSTREAMAUTH_VERDACCIO"); prefix != "" {
		program = filepath.Join(prefix, "node_modules", ".bin", "verdaccio")
	}
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("Verdaccio is not installed here; UPSTREAMAUTH_VERDACCIO can name the npm prefix that it is in: %v", err)
	}
	dir, port := t.TempDir(), freePort(t)
	config := write(t, "storage: "+dir+"/storage\nauth: {htpasswd: {file: '"+htpasswd(t, dir)+"'}}\n"+
		"packages: {'**': {access: '"+access+"', publish: $authenticated}}\nlog: {type: stdout, format: pretty, level: info}\n", dir, "config.yaml")
	startServer(t, "http address", program, "--config", config, "--listen", "127.0.0.1:"+port)
	return "http://127.0.0.1:" + port
}

func TestVerdaccio(t *testing.T) {
	uri := verdaccio(t, "$authenticated")
	target := Target{Format: "NPM", URI: uri}
	wants(t, local().Try(context.Background(), target, goodUser, good(), ""), Accepted, `belongs to "alice"`)
	wants(t, local().Try(context.Background(), target, goodUser, bad(), ""), Rejected, "rejected this user name and token")
	wants(t, local().Try(context.Background(), target, "bob", good(), ""), Rejected, "rejected this user name and token")

	issued := verdaccioToken(t, uri)
	// Verdaccio takes the tokens that it issues as bearer tokens only, and
	// Artifact Registry would send this one by basic authentication.
	wants(t, local().Try(context.Background(), target, goodUser, issued, ""), Rejected, "rejected this user name and token")
}

// Whose a credential is, a registry that everybody may read tells as well.
func TestVerdaccioPublic(t *testing.T) {
	target := Target{Format: "NPM", URI: verdaccio(t, "$all")}
	wants(t, local().Try(context.Background(), target, goodUser, good(), ""), Accepted, `belongs to "alice"`)
	wants(t, local().Try(context.Background(), target, goodUser, bad(), ""), Rejected, "rejected this user name and token")
}

// verdaccioToken signs in as npm login does, and returns the token.
func verdaccioToken(t *testing.T, uri string) token.Secret {
	t.Helper()
	body, err := json.Marshal(map[string]string{"name": goodUser, "password": goodToken})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, uri+"/-/user/org.couchdb.user:"+goodUser, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(goodUser, goodToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct{ Token string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("signing in: %s, %v", res.Status, err)
	}
	return token.New([]byte(answer.Token))
}

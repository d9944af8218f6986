package origin_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/crane"
	"golang.org/x/crypto/bcrypt"

	"example.com/upstreamauth/gcp/emulator/origin"
)

// listening is how the reference registry tells its address.
var listening = regexp.MustCompile(`listening on ([0-9.]+:[0-9]+)`)

// realRegistry runs the reference implementation of the registry behind a
// user demo with the password given, and returns its address. Debian packages
// it as docker-registry; without it the test is skipped.
func realRegistry(t *testing.T, password string) string {
	t.Helper()
	if os.Getenv("UPSTREAMAUTH_PEERS") == "" {
		t.Skip("`make peers` runs it")
	}
	program, err := exec.LookPath("docker-registry")
	if err != nil {
		t.Skip("docker-registry is not installed")
	}
	folder := t.TempDir()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users, config := filepath.Join(folder, "htpasswd"), filepath.Join(folder, "config.yml")
	for path, text := range map[string]string{
		users: "demo:" + string(hash) + "\n",
		config: fmt.Sprintf("version: 0.1\nlog: {level: info}\nstorage: {filesystem: {rootdirectory: %s}}\n"+
			"http: {addr: \"127.0.0.1:0\", secret: any}\nauth: {htpasswd: {realm: Demo Realm, path: %s}}\n", filepath.Join(folder, "data"), users),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, "serve", config)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has no other end
		<-drained
		_ = cmd.Wait()
	})
	address := make(chan string, 1)
	go func() {
		defer close(drained)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if found := listening.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case a := <-address:
		return a
	case <-drained:
		t.Fatal("docker-registry ended without serving")
		return ""
	}
}

func TestReferenceRegistry(t *testing.T) {
	const password = "a-real-password"
	address := realRegistry(t, password)
	img, err := crane.Image(map[string][]byte{"hello.txt": []byte("hello")})
	if err != nil {
		t.Fatal(err)
	}
	if err := crane.Push(img, address+"/team/hello:1", crane.Insecure, crane.WithContext(t.Context()),
		crane.WithAuth(&authn.Basic{Username: "demo", Password: password})); err != nil {
		t.Fatal(err)
	}
	var c origin.Client
	u := origin.Upstream{Format: origin.Docker, URI: "http://" + address}
	right := &origin.Credential{Username: "demo", Password: []byte(password)}
	wrong := &origin.Credential{Username: "demo", Password: []byte("another")}
	for _, try := range []struct {
		what string
		cred *origin.Credential
		want origin.Kind
	}{{"right", right, 0}, {"wrong", wrong, origin.Unauthorized}, {"none", nil, 0}} {
		if got := kind(t, c.Validate(t.Context(), u, try.cred)); got != try.want {
			t.Errorf("validate %s: %v", try.what, got)
		}
	}
	for _, try := range []struct {
		cred *origin.Credential
		path string
		want string
	}{
		{right, "team/hello/manifests/1", `"schemaVersion"`},
		{right, "team/hello/manifests/2", "not found"},
		{right, "team/none/manifests/1", "not found"},
		{wrong, "team/hello/manifests/1", "unauthorized"},
		{nil, "team/hello/manifests/1", "unauthorized"},
	} {
		here := repository(t, &c, u, try.cred)
		if code, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/"+try.path); !strings.Contains(body, try.want) {
			t.Errorf("%s with %v: %d %s", try.path, try.cred, code, body)
		}
	}
}

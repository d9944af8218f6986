package emulator

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// commandTime is how long an external program may take.
const commandTime = 60 * time.Second

// TestCranePulls pulls with crane, which greets, fetches a token and checks
// every digest.
func TestCranePulls(t *testing.T) {
	w := newPullWorld(t)
	const stranger = "stranger@example.com"
	w.callers.add(stranger)
	pull := func(image string, auth authn.Authenticator) error {
		img, err := crane.Pull(w.Addr()+"/us-central1-docker.pkg.dev/puller/"+image, crane.Insecure, crane.WithContext(t.Context()), crane.WithAuth(auth))
		if err != nil {
			return err
		}
		return validate.Image(img)
	}
	if err := pull("hub/demo/private", authn.Anonymous); err == nil || !strings.Contains(err.Error(), "UNAUTHORIZED: Unauthorized error returned by the external repository") {
		t.Errorf("before setup: %v", err)
	}
	version := w.setUp("hub", "docker-hub")
	if err := pull("hub/demo/private", authn.Anonymous); err != nil {
		t.Errorf("after setup: %v", err)
	}
	as := &authn.Basic{Username: "oauth2accesstoken", Password: tokenPrefix + stranger}
	if err := pull("hub/demo/private", as); err == nil || !strings.Contains(err.Error(), "DENIED: Permission") {
		t.Errorf("as a stranger: %v", err)
	}
	as.Password = tokenPrefix + DefaultCaller
	if err := pull("hub/demo/private", as); err != nil {
		t.Errorf("with a token: %v", err)
	}
	_, err := (&secretsAPI{Server: w.Server}).DestroySecretVersion(t.Context(), &secretmanagerpb.DestroySecretVersionRequest{Name: version})
	w.must(err)
	if err := pull("hub/demo/private", authn.Anonymous); err == nil || !strings.Contains(err.Error(), "is in DESTROYED state.") {
		t.Errorf("after the version was destroyed: %v", err)
	}
}

// TestNPMInstalls installs a private package with the real npm.
func TestNPMInstalls(t *testing.T) {
	if os.Getenv("UPSTREAMAUTH_PEERS") == "" {
		t.Skip("`make peers` runs it")
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed")
	}
	w := newPullWorld(t)
	home := t.TempDir()
	install := func() (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), commandTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, npm, "install", "--no-audit", "--no-fund", "--fetch-retries=0",
			"--registry=http://"+w.Addr()+"/us-central1-npm.pkg.dev/puller/npm/", "@demo/private")
		cmd.Dir = home
		cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "npm_config_cache=" + filepath.Join(home, "cache")}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := install(); err == nil || !strings.Contains(out, "E401") {
		t.Errorf("before setup: %v %s", err, out)
	}
	w.setUp("npm", "npm-private")
	if out, err := install(); err != nil {
		t.Fatalf("after setup: %v %s", err, out)
	}
	installed, err := os.ReadFile(filepath.Join(home, "node_modules", "@demo", "private", "package.json"))
	w.must(err)
	var described struct{ Version string }
	if err := json.Unmarshal(installed, &described); err != nil || described.Version != "1.0.0" {
		t.Errorf("installed %s: %v", installed, err)
	}
}

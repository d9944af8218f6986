package peers_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// TestTofu lets OpenTofu or Terraform make, change, import and destroy a
// repository with its credentials, with the google provider that TOFU_PROVIDER
// names. Without a provider only the configuration's form is looked at.
func TestTofu(t *testing.T) {
	if folder() == "" {
		t.Skip("`make peers` runs it")
	}
	tofu := os.Getenv("TOFU")
	for _, name := range []string{"tofu", "terraform"} {
		if found, err := exec.LookPath(name); err == nil && tofu == "" {
			tofu = found
		}
	}
	if tofu == "" {
		t.Skip("TOFU names no program, and neither OpenTofu nor Terraform is installed")
	}
	addr, dir := emulator(t), t.TempDir()
	script, err := filepath.Abs("testdata/tofu/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/tofu/main.tf")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, dir, []string{
		"TOFU=" + tofu, "TOFU_PROVIDER=" + os.Getenv("TOFU_PROVIDER"),
		"TOKEN=" + field(t, "http://"+addr+"/emulator/v1/upstreams", "docker-hub", "token"),
	}, script, addr, e2e.Program(t))
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		t.Skipf("the configuration is well formed; %s", out)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Package peers runs other people's programs against the emulator of the built
// program: Google's Node clients, package managers, registry tools. "make peers"
// does; each test skips with its reason where its program is not installed.
package peers_test

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/ui/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.Tests{M: m}.Run()) }

// patience is how long one program may take.
const patience = 2 * time.Minute

// folder is where .ci/run installs peers that a system may not have; empty:
// nowhere.
func folder() string { return os.Getenv("UPSTREAMAUTH_PEERS") }

// peer is the path of another program. Without it, or when nobody asked for
// peers, the test is skipped.
func peer(t *testing.T, name string) string {
	t.Helper()
	if folder() == "" {
		t.Skip("`make peers` runs it")
	}
	for _, path := range []string{filepath.Join(folder(), "bin", name), filepath.Join(folder(), "node_modules", ".bin", name), name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// emulator serves the onboarding world from the built program until the test
// ends, and returns its address.
func emulator(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, e2e.Program(t), append([]string{"emulator", "--listen", "127.0.0.1:0", "--scenario", "onboarding"}, args...)...)
	cmd.Env, cmd.Stderr = e2e.Environment(t.TempDir()), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it is killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		t.Fatalf("the emulator says %q, %v", line, err)
	}
	return addr
}

// run runs a program in a folder of the test's and returns what it printed.
func run(t *testing.T, dir string, env []string, program string, args ...string) (string, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, append(e2e.Environment(dir), env...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// must is run for what has to succeed.
func must(t *testing.T, dir string, env []string, program string, args ...string) string {
	t.Helper()
	out, err := run(t, dir, env, program, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return out
}

func TestNodeClients(t *testing.T) {
	node := peer(t, "node")
	if _, err := os.Stat(filepath.Join(folder(), "node_modules", "@google-cloud", "service-usage")); err != nil {
		t.Skip("Google's Node clients are not installed: .ci/run does that")
	}
	script, err := filepath.Abs("testdata/clients.cjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, transport := range []string{"grpc", "rest"} {
		t.Run(transport, func(t *testing.T) {
			addr := emulator(t)
			host, port, _ := net.SplitHostPort(addr)
			env := []string{"NODE_PATH=" + filepath.Join(folder(), "node_modules"), "NODE_NO_WARNINGS=1", "METADATA_SERVER_DETECTION=none",
				"DEMO_TOKEN=" + field(t, "http://"+addr+"/emulator/v1/upstreams", "docker-hub", "token")}
			out := strings.TrimSpace(must(t, t.TempDir(), env, node, script, host, port, transport))
			if calls, err := strconv.Atoi(out); err != nil || calls < 50 {
				t.Errorf("made %s calls, want at least 50", out)
			}
		})
	}
}

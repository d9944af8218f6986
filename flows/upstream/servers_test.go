package upstream

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// startServer runs a real server until the test ends, and returns the first
// line of its output that holds ready. It skips where the server is missing.
func startServer(t *testing.T, ready, program string, args ...string) string {
	t.Helper()
	if os.Getenv("UPSTREAMAUTH_PEERS") == "" {
		t.Skip("`make peers` runs it")
	}
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed here", program)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = t.TempDir()
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed
		_ = in.Close()
	}()
	started, said := make(chan string, 1), make(chan string, 1)
	go func() {
		var all strings.Builder
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			all.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), ready) {
				select {
				case started <- lines.Text():
				default:
				}
			}
		}
		said <- all.String()
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		all := <-said
		if t.Failed() {
			t.Logf("%s said:\n%s", program, all)
		}
	})
	select {
	case line := <-started:
		return line
	case <-ended:
		t.Fatalf("%s ended before it was ready", program)
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not say %q", program, ready)
	}
	return ""
}

// freePort is a port on loopback that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// write makes a file, with its folders, for a server to read.
func write(t *testing.T, text string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// htpasswd is a file with the one good credential.
func htpasswd(t *testing.T, dir string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(goodToken), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, goodUser+":"+string(hash)+"\n", dir, "htpasswd")
}

//go:build unix

package commands

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
	"example.com/upstreamauth/ui/e2e"
)

func took(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return time.Since(began)
}

// BenchmarkVersion compares a start of the program with one of true(1).
func BenchmarkVersion(b *testing.B) {
	path := e2e.Program(b)
	var ours, least time.Duration
	n := 0
	for b.Loop() {
		ours += took(b, exec.Command(path, "version"))
		least += took(b, exec.Command("true"))
		n++
	}
	b.ReportMetric(float64(ours.Microseconds())/1000/float64(n), "ms/start")
	b.ReportMetric(float64(ours)/float64(least), "x-of-true")
}

// world is an emulator at a latency, and what points a command at it.
func world(b *testing.B, latency time.Duration) (addr string, env []string) {
	b.Helper()
	s, err := emulator.Start(context.Background(), emulator.Options{Scenario: "onboarding", Latency: latency})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	addr = s.Addr()
	env = append(append(os.Environ(), "XDG_STATE_HOME="+b.TempDir()), gcloudEnv(addr, b.TempDir())...)
	return addr, env
}

func setup(path, addr, secret string, env []string) *exec.Cmd {
	cmd := exec.Command(path, "setup", "--emulator", addr, "--project", "demo-healthy", "--location", "us-central1", "--repository", "docker-hub",
		"--secret", secret, "--username", upstreams.DemoUser, "--token-file", "-", "--yes", "--output", "json")
	cmd.Stdin, cmd.Env = strings.NewReader(upstreams.DockerHubToken), env
	return cmd
}

// BenchmarkSetup is a complete headless setup with a new secret, in units of
// the latency of one request, and compared with the same done by gcloud.
func BenchmarkSetup(b *testing.B) {
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		b.Run("latency="+latency.String(), func(b *testing.B) {
			path := e2e.Program(b)
			addr, env := world(b, latency)
			var ours time.Duration
			n := 0
			for b.Loop() {
				n++
				ours += took(b, setup(path, addr, fmt.Sprintf("bench-%d", n), env))
			}
			mean := ours / time.Duration(n)
			b.ReportMetric(float64(mean.Microseconds())/1000, "ms/setup")
			if latency > 0 {
				b.ReportMetric(float64(mean)/float64(latency), "latencies/setup")
			}
			if _, err := exec.LookPath("gcloud"); err != nil {
				b.Log("gcloud is not installed: no comparison")
				return
			}
			b.ReportMetric(float64(byGcloud(b, env))/float64(mean), "times-faster-than-gcloud")
		})
	}
}

// byGcloud does the same as a setup, by the commands that Google documents.
func byGcloud(b *testing.B, env []string) time.Duration {
	b.Helper()
	const project = "--project=demo-healthy"
	var all time.Duration
	run := func(stdin string, args ...string) {
		cmd := exec.Command("gcloud", args...)
		cmd.Env = env
		cmd.Stdin = strings.NewReader(stdin)
		all += took(b, cmd)
	}
	run("", "secrets", "create", "by-gcloud", project, "--replication-policy=automatic")
	run(upstreams.DockerHubToken, "secrets", "versions", "add", "by-gcloud", project, "--data-file=-")
	run("", "projects", "describe", "demo-healthy", "--format=value(projectNumber)")
	run("", "secrets", "add-iam-policy-binding", "by-gcloud", project, "--role=roles/secretmanager.secretAccessor",
		"--member=serviceAccount:service-415104041262@gcp-sa-artifactregistry.iam.gserviceaccount.com")
	run("", "artifacts", "repositories", "update", "docker-hub", project, "--location=us-central1", "--remote-username="+upstreams.DemoUser,
		"--remote-password-secret-version=projects/demo-healthy/secrets/by-gcloud/versions/1")
	return all
}

// BenchmarkFirstFrame is the time from the start of the program to its first
// full-screen frame, on a terminal that never answers a question, compared
// with a start that shows nothing.
func BenchmarkFirstFrame(b *testing.B) {
	path := e2e.Program(b)
	addr, env := world(b, 0)
	env = append(env, "TERM=xterm-256color", "CI=")
	var frame, start time.Duration
	n := 0
	for b.Loop() {
		start += took(b, exec.Command(path, "version"))
		frame += firstFrame(b, path, addr, env)
		n++
	}
	b.ReportMetric(float64(frame.Microseconds())/1000/float64(n), "ms/frame")
	b.ReportMetric(float64(frame)/float64(start), "x-of-start")
}

func firstFrame(b *testing.B, path, addr string, env []string) time.Duration {
	b.Helper()
	cmd := exec.Command(path, "setup", "--emulator", addr)
	cmd.Env = env
	began := time.Now()
	x := e2e.Start(b, cmd, 80, 24).Sees("step ")
	frame := time.Since(began)
	x.Types("\x03").Ends()
	return frame
}

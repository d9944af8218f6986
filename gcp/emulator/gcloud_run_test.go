package emulator

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// gcloudProcess is gcloud, loaded once for many commands.
type gcloudProcess struct {
	commands *json.Encoder
	answers  *json.Decoder
}

// gcloudAnswer is what a command did.
type gcloudAnswer struct {
	Exit           int
	Stdout, Stderr string
}

// startGcloud loads gcloud's library until the test ends.
func startGcloud(t *testing.T, python, library string) gcloudProcess {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, "-S", "testdata/gcloud_forks.py", library)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PYTHONIOENCODING=UTF-8"}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends with its commands
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	return gcloudProcess{commands: json.NewEncoder(in), answers: json.NewDecoder(bufio.NewReader(out))}
}

func (g gcloudProcess) run(t *testing.T, args []string, env map[string]string, dir, stdin string) gcloudAnswer {
	t.Helper()
	if err := g.commands.Encode(map[string]any{"args": args, "env": env, "dir": dir, "stdin": stdin}); err != nil {
		t.Fatal(err)
	}
	var did gcloudAnswer
	if err := g.answers.Decode(&did); err != nil {
		t.Fatal(err)
	}
	return did
}

// environment is what a shell that has read exports hands on.
func environment(t *testing.T, home, exports string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", exports+"exec env -0")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "CLOUDSDK_CONFIG=" + filepath.Join(home, "gcloud"),
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true", "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=true", "LANG=C.UTF-8",
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	return env
}

// basicRegistry is a registry that asks for the user demo and token.
func basicRegistry(t *testing.T, token string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		switch {
		case user != "demo" || password != token:
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/v2/":
			_, _ = w.Write([]byte("{}"))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestGcloud runs Google's own command line against the emulator.
func TestGcloud(t *testing.T) {
	if os.Getenv("UPSTREAMAUTH_PEERS") == "" {
		t.Skip("`make peers` runs it")
	}
	program, err := exec.LookPath("gcloud")
	if err != nil {
		t.Skip("gcloud is not installed: what it is told by the emulator was not looked at")
	}
	found, err := exec.CommandContext(t.Context(), program, "info", "--format=value(basic.python_location, installation.sdk_root)").Output()
	python, root, two := strings.Cut(strings.TrimSpace(string(found)), "\t")
	if err != nil || !two {
		t.Fatalf("gcloud does not say where it is: %q, %v", found, err)
	}
	text, err := os.ReadFile("testdata/gcloud.txt")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := readGcloud(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			group.run(t, python, filepath.Join(root, "lib"))
		})
	}
}

func (g gcloudGroup) run(t *testing.T, python, library string) {
	t.Helper()
	s, err := Start(t.Context(), Options{Scenario: "onboarding"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	dir := t.TempDir()
	credentials := ""
	if g.caller != "" {
		b, err := s.ExternalCredentialsFile(g.caller)
		if err != nil {
			t.Fatal(err)
		}
		credentials = filepath.Join(dir, "credentials.json")
		if err := os.WriteFile(credentials, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	healthy := s.world.projects[0]
	vars := strings.NewReplacer("$PROJECT", healthy.id, "$NUMBER", healthy.numberText(), "$AGENT", agentEmail(healthy.number),
		"$DENIED", deniedProject(t, s), "$TOKEN", upstreams.DockerHubToken, "$UPSTREAM", basicRegistry(t, upstreams.DockerHubToken))
	gcloud := startGcloud(t, python, library)
	env := environment(t, dir, PrintEnv(s.Addr(), healthy.id, credentials))
	for _, c := range g.commands {
		for name, content := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(vars.Replace(content)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args := make([]string, len(c.args))
		for i, a := range c.args {
			args[i] = vars.Replace(a)
		}
		if c.wantsJSON() {
			args = append(args, "--format=json")
		}
		c.check(t, gcloud.run(t, args, env, dir, vars.Replace(c.stdin)), vars)
	}
}

// deniedProject is the project on which the default caller may do nothing.
func deniedProject(t *testing.T, s *Server) string {
	t.Helper()
	for _, p := range s.world.projects {
		if !s.world.may(DefaultCaller, "secretmanager.secrets.list", p.policy) {
			return p.id
		}
	}
	t.Fatal("the scenario denies nothing")
	return ""
}

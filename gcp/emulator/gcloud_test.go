package emulator

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// gcloudGroup is a group of commands of testdata/gcloud.txt: they run one after
// the other on an emulator of their own, so that groups can run side by side.
type gcloudGroup struct {
	name     string
	caller   string // who runs them; empty: the default caller
	commands []gcloudCommand
}

// gcloudCommand is one command and what it must do.
type gcloudCommand struct {
	line  int
	args  []string
	stdin string
	files map[string]string
	exit  int
	wants []gcloudWant
}

// gcloudWant is one expectation: kind is out, err, no or json.
type gcloudWant struct{ kind, path, text string }

// readGcloud reads the format that the head of testdata/gcloud.txt explains.
func readGcloud(text string) ([]gcloudGroup, error) {
	var groups []gcloudGroup
	scan := bufio.NewScanner(strings.NewReader(text))
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		key, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		if line == "" || key[0] == '#' {
			continue
		}
		if key == "==" {
			groups = append(groups, gcloudGroup{name: rest})
			continue
		}
		if len(groups) == 0 {
			return nil, fmt.Errorf("line %d: no group yet", n)
		}
		g := &groups[len(groups)-1]
		if key == "caller" {
			g.caller = rest
			continue
		}
		if key == "$" {
			args, err := shellWords(rest)
			if err != nil || len(args) < 2 || args[0] != "gcloud" {
				return nil, fmt.Errorf("line %d: not a gcloud command", n)
			}
			g.commands = append(g.commands, gcloudCommand{line: n, args: args[1:]})
			continue
		}
		if len(g.commands) == 0 {
			return nil, fmt.Errorf("line %d: no command yet", n)
		}
		c := &g.commands[len(g.commands)-1]
		switch key {
		case "exit":
			code, err := strconv.Atoi(rest)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			c.exit = code
		case "stdin":
			c.stdin = rest
		case "file":
			name, content, _ := strings.Cut(rest, " ")
			c.files = map[string]string{name: content}
		case "out", "err", "no":
			c.wants = append(c.wants, gcloudWant{kind: key, text: rest})
		case "json":
			path, want, found := strings.Cut(rest, " ")
			if !found || !json.Valid([]byte(want)) {
				return nil, fmt.Errorf("line %d: want a path and a JSON value", n)
			}
			c.wants = append(c.wants, gcloudWant{kind: key, path: path, text: want})
		default:
			return nil, fmt.Errorf("line %d: unknown word %q", n, key)
		}
	}
	return groups, scan.Err()
}

// shellWords cuts a command at spaces; single and double quotes keep words
// together.
func shellWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	started := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, started = r, true
		case quote == 0 && r == ' ':
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is open")
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}

// wantsJSON tells whether an expectation looks at fields.
func (c gcloudCommand) wantsJSON() bool {
	for _, w := range c.wants {
		if w.kind == "json" {
			return true
		}
	}
	return false
}

// run runs the command in a shell that has read env.
func (c gcloudCommand) run(t *testing.T, gcloud, dir, env string, vars *strings.Replacer) {
	t.Helper()
	for name, content := range c.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(vars.Replace(content)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := []string{"-c", env + `exec "$0" "$@"`, gcloud}
	for _, a := range c.args {
		args = append(args, vars.Replace(a))
	}
	if c.wantsJSON() {
		args = append(args, "--format=json")
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", args...) //nolint:gosec // the table's own commands
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CLOUDSDK_CONFIG=" + filepath.Join(dir, "gcloud"),
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true", "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=true", "LANG=C.UTF-8",
	}
	cmd.Stdin = strings.NewReader(vars.Replace(c.stdin))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("line %d: %v", c.line, err)
	}
	failed := false
	complain := func(format string, args ...any) {
		failed = true
		t.Errorf("line %d: "+format, append([]any{c.line}, args...)...)
	}
	if got := cmd.ProcessState.ExitCode(); got != c.exit {
		complain("exit %d, want %d", got, c.exit)
	}
	for _, w := range c.wants {
		want := vars.Replace(w.text)
		switch w.kind {
		case "out":
			if !squeezed(stdout.String(), want) {
				complain("stdout lacks %q", want)
			}
		case "err":
			if !squeezed(stderr.String(), want) {
				complain("stderr lacks %q", want)
			}
		case "no":
			if squeezed(stdout.String()+stderr.String(), want) {
				complain("the output has %q", want)
			}
		case "json":
			got, err := lookUp(stdout.Bytes(), w.path)
			if err != nil || got != compact(want) {
				complain("%s is %s, want %s (%v)", w.path, got, want, err)
			}
		}
	}
	if failed {
		t.Logf("$ gcloud %s\n%s%s", strings.Join(c.args, " "), stdout.String(), stderr.String())
	}
}

var spaces = regexp.MustCompile(`\s+`)

// squeezed tells whether text holds part, however either is broken into lines
// and columns.
func squeezed(text, part string) bool {
	return strings.Contains(spaces.ReplaceAllString(text, " "), spaces.ReplaceAllString(part, " "))
}

func compact(text string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return text
	}
	return b.String()
}

// lookUp returns what stands at a path as in ".bindings.0.members" of a JSON
// text, "#" being the length of a list; null where there is nothing.
func lookUp(text []byte, path string) (string, error) {
	var at any
	if err := json.Unmarshal(text, &at); err != nil {
		return "", fmt.Errorf("read the output: %w", err)
	}
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' }) {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			if step == "#" {
				at = len(v)
				continue
			}
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return "", fmt.Errorf("no element %q among %d", step, len(v))
			}
			at = v[i]
		default:
			return "", fmt.Errorf("nothing at %q", step)
		}
	}
	out, err := json.Marshal(at)
	return string(out), err
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
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		t.Skip("gcloud is not installed: what it is told by the emulator was not looked at")
	}
	if testing.Short() {
		t.Skip("short: gcloud takes a second for each command")
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
			group.run(t, gcloud)
		})
	}
}

func (g gcloudGroup) run(t *testing.T, gcloud string) {
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
	env := PrintEnv(s.Addr(), healthy.id, credentials)
	for _, c := range g.commands {
		c.run(t, gcloud, dir, env, vars)
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

func TestReadGcloud(t *testing.T) {
	groups, err := readGcloud("# head\n== one\ncaller a@b\n$ gcloud x 'y z' \"--a=b c\"\nexit 3\nstdin in\nfile f {} x\nout o o\nerr e\nno n\njson .a.0 {\"b\":1}\n== two\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []gcloudGroup{{name: "one", caller: "a@b", commands: []gcloudCommand{{
		line: 4, args: []string{"x", "y z", "--a=b c"}, stdin: "in", files: map[string]string{"f": "{} x"}, exit: 3,
		wants: []gcloudWant{{kind: "out", text: "o o"}, {kind: "err", text: "e"}, {kind: "no", text: "n"}, {kind: "json", path: ".a.0", text: `{"b":1}`}},
	}}}, {name: "two"}}
	if !reflect.DeepEqual(groups, want) {
		t.Errorf("read %+v, want %+v", groups, want)
	}
	for _, bad := range []string{"$ gcloud x", "== g\nexit 1", "== g\n$ rm -rf", "== g\n$ gcloud 'x", "== g\n$ gcloud x\nexit one", "== g\n$ gcloud x\njson .a", "== g\n$ gcloud x\nwhat"} {
		if _, err := readGcloud(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	for path, want := range map[string]string{".": `{"a":[1,{"b":null}]}`, ".a.#": "2", ".a.0": "1", ".a.1.b": "null", ".c": "null"} {
		if got, err := lookUp([]byte(`{"a":[1,{"b":null}]}`), path); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", path, got, want, err)
		}
	}
	if _, err := lookUp([]byte(`{"a":[1]}`), ".a.1"); err == nil {
		t.Error("an element past the end was found")
	}
}

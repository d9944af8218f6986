package emulator

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
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
	for _, step := range strings.Split(strings.TrimPrefix(path, "."), ".") {
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
			if step != "" {
				return "", fmt.Errorf("nothing at %q", step)
			}
		}
	}
	out, err := json.Marshal(at)
	return string(out), err
}

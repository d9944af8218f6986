package emulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
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
	return slices.ContainsFunc(c.wants, func(w gcloudWant) bool { return w.kind == "json" })
}

// check compares what a command did with what it must do.
func (c gcloudCommand) check(t *testing.T, did gcloudAnswer, vars *strings.Replacer) {
	t.Helper()
	failed := false
	complain := func(format string, args ...any) {
		failed = true
		t.Errorf("line %d: "+format, append([]any{c.line}, args...)...)
	}
	if did.Exit != c.exit {
		complain("exit %d, want %d", did.Exit, c.exit)
	}
	for _, w := range c.wants {
		want := vars.Replace(w.text)
		switch w.kind {
		case "out":
			if !squeezed(did.Stdout, want) {
				complain("stdout lacks %q", want)
			}
		case "err":
			if !squeezed(did.Stderr, want) {
				complain("stderr lacks %q", want)
			}
		case "no":
			if squeezed(did.Stdout+did.Stderr, want) {
				complain("the output has %q", want)
			}
		case "json":
			got, err := lookUp([]byte(did.Stdout), w.path)
			if err != nil || got != compact(want) {
				complain("%s is %s, want %s (%v)", w.path, got, want, err)
			}
		}
	}
	if failed {
		t.Logf("$ gcloud %s\n%s%s", strings.Join(c.args, " "), did.Stdout, did.Stderr)
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

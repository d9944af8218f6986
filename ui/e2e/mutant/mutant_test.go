package mutant

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const program = `package main

import (
	"errors"
	"fmt"
)

const limit = 3

type thing struct{ name, etag string }

type counter struct{ n int }

func (c *counter) add() { c.n++ }

func (c *counter) reset() {
	c.n = 0
}

func fails(n int) error {
	if n > limit && n != 7 {
		return errors.New("too many")
	}
	return nil
}

func length(s string) (n int) {
	n = len(s)
	return n
}

func made(c *counter) thing {
	c.add()
	return thing{
		name: "a",
		etag: "e", // the last one
	}
}

func main() {
	c := &counter{}
	m := made(c)
	for i := range 6 {
		if err := fails(i); err != nil {
			fmt.Print(i, " ")
			break
		}
	}
	n := c.n
	c.reset()
	fmt.Println(m, n, c.n, length("four"))
}
`

// TestMutants builds all kinds of bugs into one program, and brings them out one
// at a time.
func TestMutants(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/m\n\ngo 1.24\n")
	write("p/main.go", program)
	const sound = "4 {a e} 1 0 4"
	cases := []struct {
		change Change
		says   string
	}{
		{In("p", "made").DropsCall("add"), "4 {a e} 0 0 4"},
		{In("p", "counter.reset").Begins("return"), "4 {a e} 1 1 4"},
		{In("p", "counter.reset").DropsAssignment("n"), "4 {a e} 1 1 4"},
		{In("p", "made").DropsField("etag"), "4 {a } 1 0 4"},
		{In("p", "made").DropsField("name"), "4 { e} 1 0 4"},
		{In("p", "made").FieldBecomes("name", `$ + "b"`), "4 {ab e} 1 0 4"},
		{In("p", "").NameBecomes("limit", "1"), "2 {a e} 1 0 4"},
		{In("p", "fails").IsFalse("limit"), "{a e} 1 0 4"},
		{In("p", "fails").IsTrue("limit"), "0 {a e} 1 0 4"},
		{In("p", "main").Negates("err"), "0 {a e} 1 0 4"},
		{In("p", "main").ArgumentBecomes("length", 0, `$ + "s"`), "4 {a e} 1 0 5"},
		{In("p", "main").CallBecomes("length", "2*$"), "4 {a e} 1 0 8"},
		{In("p", "main").Before("made", "c.add()"), "4 {a e} 2 0 4"},
		{In("p", "main").After("reset", "c.add()"), "4 {a e} 1 1 4"},
		{In("p", "length").After("n", "n++"), "4 {a e} 1 0 5"},
	}
	mutants := []Mutant{{Changes: []Change{Adds("p", "package main\n\nfunc init() { always() }\n"), Adds("p", "package main\n\nfunc always() {}\n")}}}
	for _, c := range cases {
		mutants = append(mutants, Mutant{c.change.String(), []Change{c.change}})
	}
	overlay, err := Overlay(root, t.TempDir(), mutants...)
	if err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(t.TempDir(), "m")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", built, "./p")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		text, _ := os.ReadFile(overlay)
		var files struct{ Replace map[string]string }
		_ = json.Unmarshal(text, &files)
		for _, path := range files.Replace {
			text, _ := os.ReadFile(path)
			t.Logf("%s", text)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(name string) string {
		cmd := exec.CommandContext(t.Context(), built)
		cmd.Env = append(os.Environ(), Variable+"="+name)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return strings.TrimSpace(string(out))
	}
	if got := run(""); got != sound {
		t.Errorf("without a bug it says %q, want %q", got, sound)
	}
	for _, c := range cases {
		if got := run(c.change.String()); got != c.says {
			t.Errorf("%s: it says %q, want %q", c.change, got, c.says)
		}
	}
}

// TestMutantsWithoutAPlace looks for what says which bug has no place any more.
func TestMutantsWithoutAPlace(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "p.go"), []byte("package p\n\nfunc f() {}\n\nfunc g() { f(); f() }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for change, want := range map[string]Change{
		"no such function": In(".", "h").DropsCall("f"),
		"0 places":         In(".", "g").DropsCall("g"),
		"2 places":         In(".", "g").DropsCall("f"),
		"no package":       In("elsewhere", "").DropsCall("f"),
	} {
		if _, err := Overlay(root, t.TempDir(), Mutant{"the bug", []Change{want}}); err == nil ||
			!strings.Contains(err.Error(), change) || !strings.Contains(err.Error(), "the bug") {
			t.Errorf("%v, want %q", err, change)
		}
	}
}

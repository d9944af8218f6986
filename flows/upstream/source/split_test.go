package source

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/shell"
)

func TestSplit(t *testing.T) {
	for command, want := range map[string][]string{
		"pass show docker-hub":           {"pass", "show", "docker-hub"},
		"  a\t b\n c  ":                  {"a", "b", "c"},
		`op read "op://x/docker hub/t"`:  {"op", "read", "op://x/docker hub/t"},
		`a 'b c'd"e f"\ g`:               {"a", "b cde f g"},
		`a '' "" b`:                      {"a", "", "", "b"},
		`a "\$x \" \\ \n \` + "`" + `"`:  {"a", `$x " \ \n ` + "`"},
		`a '\' b`:                        {"a", `\`, "b"},
		"a \"b\\\nc\" d\\\ne":            {"a", "bc", "de"},
		"a \\\n b":                       {"a", "b"},
		"a $HOME `x` *.go ~ | b > c # d": {"a", "$HOME", "`x`", "*.go", "~", "|", "b", ">", "c", "#", "d"},
		`C:/tools/tok.exe 日本 a\日`:        {"C:/tools/tok.exe", "日本", "a日"},
		"a\rb":                           {"a\rb"},
	} {
		got, err := Split(command)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Split(%q) = %q, %v, want %q", command, got, err, want)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for command, want := range map[string]check.Code{
		"": check.CommandEmpty, " \t\n": check.CommandEmpty, "\\\n": check.CommandEmpty, `"" a`: check.CommandEmpty,
		`a 'b`: check.CommandUnfinished, `a "b`: check.CommandUnfinished, `a "b\"`: check.CommandUnfinished, `a b\`: check.CommandUnfinished, `a"'`: check.CommandUnfinished,
	} {
		words, err := Split(command)
		usage, ok := errors.AsType[*engine.Usage](err)
		if !ok || usage.Code != want || words != nil {
			t.Errorf("Split(%q) = %q, %v, want the code %q", command, words, err, want)
		}
	}
}

// A shell is the judge of what a command's words are.
func TestSplitAsAShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	for _, command := range []string{
		`a b`, `a\ b c`, `'a b' "c d"`, `"a\"b" 'c\d'`, `a''b ""`, `"\a\\\$\"" \\ \' \"`, "'a\nb' \"c\\\nd\" e\\\nf", `"'" '"'`, `--x="y z" -a'b'`,
	} {
		out, err := exec.Command(sh, "-c", "printf '%s\\0' "+command).Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if got, err := Split(command); err != nil || !slices.Equal(got, want) {
			t.Errorf("Split(%q) = %q, %v, the shell says %q", command, got, err, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"a b", `a "b c" 'd' \e`, `"`, `\`, "a\x00b\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, command string) {
		words, err := Split(command)
		if err != nil {
			if !engine.IsUsage(err) {
				t.Fatalf("%v", err)
			}
			return
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = shell.Quote(w)
		}
		again, err := Split(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(words, again) {
			t.Errorf("%q becomes %q, and quoted %q, %v", command, words, again, err)
		}
	})
}

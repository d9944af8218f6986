package cli

import (
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/flows/text"
)

// helps are the commands and topics, as help takes them.
func helps() [][]string {
	all := [][]string{{"help"}}
	for _, c := range (&app{}).root().Commands() {
		all = append(all, []string{"help", c.Name()})
	}
	return all
}

// TestHelpFitsAndSpeaks holds of every help text, in both languages, that it
// fits into 80 cells but for what can be pasted, and is all in one language.
func TestHelpFitsAndSpeaks(t *testing.T) {
	for _, args := range helps() {
		_, english, _ := call(t, untouchable(t), args...)
		code, japanese, errs := call(t, untouchable(t), append(slices.Clone(args), "--lang", "ja")...)
		if code != 0 || errs != "" || english == "" {
			t.Errorf("%v: code %d, %s", args, code, errs)
		}
		if english == japanese || strings.Contains(japanese, "Usage:") || strings.Contains(japanese, "(default:") {
			t.Errorf("%v isn't translated:\n%s", args, japanese)
		}
		for _, help := range []string{english, japanese} {
			for line := range strings.SplitSeq(help, "\n") {
				if ansi.StringWidth(line) > 80 && !strings.Contains(line, "upstreamauth ") && !strings.Contains(line,
					"--secret dockerhub-token") {
					t.Errorf("%v: %d cells: %s", args, ansi.StringWidth(line), line)
				}
				if line != strings.TrimRight(line, " ") {
					t.Errorf("%v: space at the end of %q", args, line)
				}
			}
		}
	}
}

// TestEveryFlagHasAGroup holds that help leaves none over but those of all
// programs.
func TestEveryFlagHasAGroup(t *testing.T) {
	root := (&app{}).root()
	for _, c := range append(root.Commands(), root) {
		groups := flagsOf(c)
		for _, f := range groups[len(groups)-1] {
			if !slices.Contains([]string{"help", "version", "no-descriptions"}, f.Name) {
				t.Errorf("%s: --%s is in no group", c.CommandPath(), f.Name)
			}
			if f.Usage == "" {
				t.Errorf("%s: --%s has no usage", c.CommandPath(), f.Name)
			}
		}
	}
}

func TestReaderLanguage(t *testing.T) {
	for _, c := range []struct {
		name, args, env string
		want            text.Language
		asked           bool
	}{
		{"nothing", "setup", "", "en", false},
		{"a flag", "setup --lang ja", "", "ja", true},
		{"with a sign", "--lang=ja --help", "LANG=en_US.UTF-8", "ja", true},
		{"the flag wins", "--lang en", "UPSTREAMAUTH_LANG=ja", "en", true},
		{"the last one counts", "--lang en --lang ja", "", "ja", true},
		{"a variable", "--help", "UPSTREAMAUTH_LANG=ja", "ja", false},
		{"a locale", "--help", "LC_ALL=ja_JP.UTF-8", "ja", false},
		{"not a language", "--lang xx", "LANG=ja_JP.UTF-8", "ja", false},
		{"no value", "setup --lang", "", "en", false},
		{"after the flags", "setup -- --lang ja", "", "en", false},
	} {
		getenv := func(name string) string {
			if v, ok := strings.CutPrefix(c.env, name+"="); ok {
				return v
			}
			return ""
		}
		if l, asked := readerLanguage(strings.Fields(c.args), getenv); l != c.want || asked != c.asked {
			t.Errorf("%s: %s, %t", c.name, l, asked)
		}
	}
}

func TestOutputLanguage(t *testing.T) {
	for _, c := range []struct {
		format string
		asked  bool
		want   text.Language
	}{
		{"text", false, "ja"}, {"json", false, "en"}, {"csv", false, "en"}, {"json", true, "ja"},
	} {
		if got := (&app{lang: text.Japanese, langAsked: c.asked}).outputLanguage(c.format); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestErrorsAreInTheReadersLanguage(t *testing.T) {
	t.Setenv("UPSTREAMAUTH_LANG", "ja")
	code, _, errs := call(t, untouchable(t), "doctor", "--frobnicate")
	if code != ExitUsage || !strings.Contains(errs, "不明なフラグ: --frobnicate") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		s     string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 8, []string{"one two", "three"}},
		{"a unbreakableword b", 5, []string{"a", "unbreakableword", "b"}},
		{"first\n\nsecond", 20, []string{"first", "", "second"}},
		{"これは日本語です。", 8, []string{"これは日", "本語で", "す。"}},
		{"「引用」です", 6, []string{"「引", "用」で", "す"}},
		{"値は --flag です", 10, []string{"値は", "--flag で", "す"}},
	} {
		if got := wrap(c.s, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.s, got, c.want)
		}
	}
}

func TestBuildInformation(t *testing.T) {
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-03-01T12:00:00Z"},
		{Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		name  string
		given Build
		info  debug.BuildInfo
		want  Build
	}{
		{"a release", Build{Version: "1.2.3", Commit: "def", Date: "2026-01-01T00:00:00Z"},
			debug.BuildInfo{Settings: vcs}, Build{"1.2.3", "def", "2026-01-01T00:00:00Z", false}},
		{"only a version", Build{Version: "1.2.3"}, debug.BuildInfo{Settings: vcs},
			Build{"1.2.3", "abc", "2026-03-01T12:00:00Z", true}},
		{"go install", Build{}, debug.BuildInfo{Main: debug.Module{Version: "v1.0.0"}}, Build{Version: "v1.0.0"}},
		{"go build", Build{}, debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: vcs},
			Build{"dev", "abc", "2026-03-01T12:00:00Z", true}},
		{"nothing", Build{}, debug.BuildInfo{}, Build{Version: "dev"}},
	} {
		if got := buildFrom(c.given, &c.info); got != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	lines := Build{"dev", "abc", "2026-03-01T12:00:00Z", true}.lines(text.English)
	if len(lines) != 3 || lines[1] != "commit: abc, with changes that are in no commit" {
		t.Errorf("%q", lines)
	}
}

func TestVersionFlag(t *testing.T) {
	_, command, _ := call(t, untouchable(t), "version")
	code, flag, errs := call(t, untouchable(t), "--version")
	if code != 0 || flag != command || errs != "" {
		t.Errorf("code %d, %q, %q", code, flag, errs)
	}
}

func TestCompletions(t *testing.T) {
	for _, shell := range shells {
		code, out, errs := call(t, untouchable(t), "completion", shell)
		if code != 0 || !strings.Contains(out, "upstreamauth") || errs != "" {
			t.Errorf("%s: code %d, %s", shell, code, errs)
		}
	}
	if code, _, errs := call(t, untouchable(t), "completion", "tcsh"); code != ExitUsage || !strings.Contains(errs,
		"bash, zsh, fish and powershell") {
		t.Errorf("code %d: %s", code, errs)
	}
	_, out, _ := call(t, untouchable(t), "__complete", "--lang", "ja", "setup", "--secret-v")
	if !strings.Contains(out, "既存のバージョン") {
		t.Errorf("not in Japanese: %s", out)
	}
}

func TestManualPages(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := call(t, untouchable(t), "man", "--dir", dir); code != 0 {
		t.Fatal(errs)
	}
	for _, args := range [][]string{{"man"}, {"man", "doctor"}, {"man", "json"}} {
		code, out, errs := call(t, untouchable(t), args...)
		if code != 0 || !strings.HasPrefix(out, ".TH ") || !strings.Contains(out,
			"\n.SH \"NAME\"\nupstreamauth") || errs != "" {
			t.Errorf("%v: code %d, %s\n%s", args, code, errs, out)
		}
	}
	if got := roff("a-b\\c\n.d\n'e"); got != "a\\-b\\ec\n\\&.d\n\\&'e" {
		t.Errorf("%q", got)
	}
}

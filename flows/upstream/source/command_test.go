package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// playing is a program in one of its roles. It has as long as a loaded machine
// needs, where it's not meant to be cut off.
func playing(role string, args ...string) program {
	p := program{words: append([]string{os.Args[0], "play", role}, args...), limit: maxToken + 2, patience: time.Minute, grace: 20 * time.Second}
	switch role {
	case "hang":
		p.patience = 300 * time.Millisecond
	case "linger", "linger-failing":
		p.grace = 300 * time.Millisecond
	}
	return p
}

// all is everything that an error says to somebody.
func all(err error) string {
	p := engine.Explain(err)
	var b strings.Builder
	for _, l := range text.Languages() {
		fmt.Fprintln(&b, p.Title.In(l), p.Detail.In(l), check.Lines(p.Hints, l))
	}
	return fmt.Sprint(b.String(), err, p.Raw, fmt.Sprintf("%v %+v %#v", err, p, p))
}

// tellsNoToken fails where a token, or half of one, is in what is said.
func tellsNoToken(t *testing.T, said string) {
	t.Helper()
	for _, piece := range []string{canary[:12], canary[12:], strings.ReplaceAll(canary, `"`, `\"`)} {
		if strings.Contains(said, piece) {
			t.Errorf("a token is told: %s", said)
		}
	}
	if strings.ContainsAny(said, "\x1b\u202e") {
		t.Errorf("what a program said isn't cleaned: %q", said)
	}
}

func TestCommandTokens(t *testing.T) {
	for _, c := range []struct {
		role, want string
		asIs       bool
	}{
		{"token", canary, false}, {"windows", canary, false}, {"bare", canary, false}, {"spaced", "  " + canary + " ", false}, {"framed", canary, false},
		{"most", strings.Repeat("m", maxToken), false}, {"key", "{\n  \"type\": \"service_account\",\n  \"private_key\": \"x\"\n}", false},
		{"lines", "Your token is:\n" + canary, true}, {"bytes", "\x80\xff" + canary, true}, {"framed", "\n" + canary + "\n", true},
		{"environment", "clean", false}, {"stdin", "0", false},
	} {
		t.Run(c.role, func(t *testing.T) {
			t.Setenv("UPSTREAMAUTH_USERNAME", canary)
			got, err := runCommand(t.Context(), playing(c.role), c.asIs)
			if err != nil || string(got.Reveal()) != c.want {
				t.Errorf("%d bytes, %v; want %d", got.Len(), err, len(c.want))
			}
			got.Wipe()
		})
	}
}

func TestCommandTroubles(t *testing.T) {
	for role, want := range map[string]check.Code{
		"hang": check.ProgramHung, "nothing": check.ProgramEmpty, "blank": check.ProgramEmpty, "lines": check.ProgramSeveral, "fail": check.ProgramFailed,
		"flood": check.ProgramFlooded, "more": check.ProgramFlooded, "bytes": check.ProgramNotText, "linger": check.ProgramLingered, "linger-failing": check.ProgramFailed,
		"repeat": check.ProgramFailed, "shaped": check.ProgramFailed, "chatty": check.ProgramFailed, "signal": check.ProgramFailed,
	} {
		t.Run(role, func(t *testing.T) {
			begun := time.Now()
			got, err := runCommand(t.Context(), playing(role), false)
			p, ok := errors.AsType[*engine.Problem](err)
			if !ok || p.Code != want || !got.Empty() {
				t.Fatalf("%v, want the code %q", err, want)
			}
			if p.Title.Empty() || p.Kind == "" {
				t.Errorf("no title or kind: %+v", p)
			}
			if time.Since(begun) > 15*time.Second {
				t.Errorf("it took %v", time.Since(begun))
			}
			tellsNoToken(t, all(err))
		})
	}
}

// What a program says on standard error helps, and shows nothing it shouldn't.
func TestCommandSays(t *testing.T) {
	says := func(role string) string {
		_, err := runCommand(t.Context(), playing(role), false)
		return engine.Explain(err).Detail.In(text.English)
	}
	if got := says("fail"); !strings.HasPrefix(got, `no \x1b[31mstore\u202e is open: `) || strings.Contains(got, "pw@") || strings.Contains(got, "y=z") {
		t.Errorf("%q", got)
	}
	if got := says("hang"); got != "touch your key" {
		t.Errorf("%q", got)
	}
	if got := says("shaped"); strings.Contains(got, "abcdef") || !strings.Contains(got, "bad") {
		t.Errorf("%q", got)
	}
	if got := says("chatty"); len([]rune(got)) > maxShown+len("… ") {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

func TestCommandNotStarted(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := map[string]check.Code{
		"no-such-program-here --x": check.ProgramMissing, filepath.Join(dir, "none"): check.ProgramMissing, canary: check.CommandUnfinished,
		`'` + canary + `'`: check.ProgramMissing, "~/bin/token": check.ProgramMissing, "TOKEN=" + canary[:5] + " printenv": check.ProgramMissing, dir: check.ProgramNotRun,
	}
	if runtime.GOOS != "windows" {
		cases[file("plain", canary, 0o600)] = check.ProgramNotRun
		cases[file("garbage", "\x00\x01"+canary, 0o700)] = check.ProgramNotRun
		cases[file("lost", "#!/no/such/interpreter\n", 0o700)] = check.ProgramNotRun
	}
	for command, want := range cases {
		_, err := Command(t.Context(), command, false)
		if p := engine.Explain(err); p == nil || p.Code != want {
			t.Errorf("%q: %v, want the code %q", command, err, want)
			continue
		}
		tellsNoToken(t, all(err))
	}
	_, err := Command(t.Context(), "~/bin/token", false)
	if p := engine.Explain(err); len(p.Hints) < 2 {
		t.Errorf("nothing says that there is no shell: %v", p.Hints)
	}
}

func TestCommandIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := playing("hang")
	p.patience = time.Minute
	time.AfterFunc(50*time.Millisecond, cancel)
	got, err := runCommand(ctx, p, false)
	if !errors.Is(err, context.Canceled) || !got.Empty() {
		t.Errorf("%v", err)
	}
	if _, err := runCommand(ctx, playing("token"), false); !errors.Is(err, context.Canceled) {
		t.Errorf("after it was cancelled: %v", err)
	}
}

// Nothing that a program was given is known to be lost: its words arrive.
func TestCommandArguments(t *testing.T) {
	got, err := runCommand(t.Context(), playing("arguments", "a b", "", "$HOME", `'"\`), false)
	if want := `a b||$HOME|'"\`; err != nil || string(got.Reveal()) != want {
		t.Errorf("%q, %v, want %q", got.Reveal(), err, want)
	}
}

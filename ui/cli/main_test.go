package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
)

// untouchable are dependencies that no test here may reach.
func untouchable(t *testing.T) Deps {
	return Deps{
		Build: Build{Version: "1.2.3"},
		Connect: func(context.Context, Connection) (Cloud, error) {
			t.Error("connected")
			return nil, errors.New("unwanted")
		},
		StartEmulator: func(context.Context, EmulatorOptions) (Emulator, error) {
			t.Error("started an emulator")
			return nil, errors.New("unwanted")
		},
	}
}

// call runs the command line with a standard input that never ends.
func call(t *testing.T, d Deps, args ...string) (code int, out, errs string) {
	t.Helper()
	in, never, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer never.Close()
	outFile, readOut := capture(t)
	errFile, readErr := capture(t)
	code = run(t.Context(), args, Streams{In: in, Out: outFile, Err: errFile}, d)
	return code, readOut(), readErr()
}

func capture(t *testing.T) (*os.File, func() string) {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "stream")
	if err != nil {
		t.Fatal(err)
	}
	return f, func() string {
		defer f.Close()
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

func TestWrongUseTouchesNothing(t *testing.T) {
	full := []string{"setup", "--project", "my-project", "--repository", "us/hub", "--secret", "s", "--username", "u",
		"--token-file", "-"}
	for want, args := range map[string][]string{
		"missing flags: --username --token-file --yes": {"setup", "--project", "my-project", "--repository", "us/hub",
			"--secret", "s"},
		"missing flag: --token-file:": {"setup", "--project", "my-project", "--repository", "us/hub",
			"--secret", "s", "--username", "u", "--yes"},
		"missing flag: --yes:":              full,
		"can't go with answers from a pipe": append(slices.Clone(full), "--plain"),
		"unknown flag: --frobnicate":        {"doctor", "--frobnicate"},
		"unknown command: \"frobnicate\"":   {"frobnicate"},
		"unknown command: \"doctr\"":        {"doctr", "--fix"},
		"did you mean upstreamauth rotate?": {"rotat", "--keep-old"},
		"version takes no arguments":        {"version", "now"},
		"--timeout can't be negative":       {"--timeout", "-1s"},
	} {
		code, out, errs := call(t, untouchable(t), args...)
		if code != ExitUsage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%v: code %d, out %q, err %q", args, code, out, errs)
		}
		if strings.Count(errs, "problem: ") != 1 {
			t.Errorf("%v: not one error: %q", args, errs)
		}
	}
}

func TestErrorsAreCleaned(t *testing.T) {
	_, _, errs := call(t, untouchable(t), "\x1b]52;c;x\x07")
	if strings.ContainsAny(errs, "\x1b\x07") {
		t.Errorf("raw bytes: %q", errs)
	}
}

func TestVersionNeedsNothing(t *testing.T) {
	code, out, errs := call(t, untouchable(t), "version")
	if code != 0 || !strings.HasPrefix(out, "upstreamauth 1.2.3 (") || errs != "" {
		t.Errorf("code %d, out %q, err %q", code, out, errs)
	}
}

func TestConnectFailureIsAReport(t *testing.T) {
	d := untouchable(t)
	d.Connect = func(context.Context, Connection) (Cloud, error) {
		return nil, &cloud.Error{Kind: cloud.NotSignedIn, Message: "no credentials"}
	}
	code, out, _ := call(t, d, "doctor", "--project", "my-project", "--repository", "us/hub", "--output", "json")
	if code != ExitNotSignedIn || !strings.Contains(out, `"status": "failed"`) || !strings.Contains(out,
		"application-default login") {
		t.Errorf("code %d, out %q", code, out)
	}
}

func TestFrontEnds(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	t.Cleanup(func() { _ = master.Close(); _ = terminal.Close() })
	file, _ := capture(t)
	d := Deps{FullScreen: func(context.Context, Screen) error { return nil }}
	interactive := &app{Streams: Streams{In: terminal, Out: file, Err: terminal}, Deps: d}
	piped := &app{Streams: Streams{In: file, Out: terminal, Err: terminal}, Deps: d}
	redirected := &app{Streams: Streams{In: terminal, Out: file, Err: file}, Deps: d}
	for _, c := range []struct {
		name     string
		app      *app
		flags    flowFlags
		complete bool
		env      string
		want     frontEnd
	}{
		{"a terminal", interactive, flowFlags{}, false, "", fullScreen},
		{"everything is said", interactive, flowFlags{}, true, "", headless},
		{"JSON", interactive, flowFlags{output: "json"}, false, "", headless},
		{"JSON wins over plain", interactive, flowFlags{output: "json", plain: true}, false, "", headless},
		{"plain", interactive, flowFlags{plain: true}, false, "", lineByLine},
		{"accessible", interactive, flowFlags{}, false, "ACCESSIBLE=1", lineByLine},
		{"a dumb terminal", interactive, flowFlags{}, false, "TERM=dumb", lineByLine},
		{"a pipe", piped, flowFlags{}, false, "", headless},
		{"plain, from a pipe", piped, flowFlags{plain: true}, false, "", lineByLine},
		{"accessible, but a pipe", piped, flowFlags{}, false, "ACCESSIBLE=1", headless},
		{"nothing to see", redirected, flowFlags{}, false, "", headless},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			t.Setenv("ACCESSIBLE", "")
			if name, value, ok := strings.Cut(c.env, "="); ok {
				t.Setenv(name, value)
			}
			if got := c.app.choose(&c.flags, c.complete); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestClosest(t *testing.T) {
	names := []string{"project", "repository", "secret", "secret-version", "username", "token-file"}
	for word, want := range map[string]string{
		"projct": "project", "porject": "project", "repo": "repository", "Secret": "secret", "user": "username", "user-name": "username", "zzz": "", "x": "", strings.Repeat("y", 100): "",
	} {
		if got := closest(word, names); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}

func TestFullNameSpeaksOfItsProject(t *testing.T) {
	f := flowFlags{answers: map[string]*string{"repository": new("projects/p-of-name/locations/us/repositories/hub"),
		"project": new("")}}
	given := f.given(change.Setup())
	if got := given[engine.StepProject]; got.Text != "p-of-name" || got.From != engine.Flag {
		t.Errorf("got %+v", got)
	}
}

func TestLoopbackOnly(t *testing.T) {
	for listen, ok := range map[string]bool{
		"127.0.0.1:0": true, "localhost:80": true, "[::1]:0": true, "127.9.9.9:1": true,
		":0": false, "0.0.0.0:0": false, "[::]:0": false, "192.0.2.1:80": false, "example.com:80": false, "127.0.0.1": false,
	} {
		f := emulatorFlags{EmulatorOptions: EmulatorOptions{Listen: listen}}
		if err := f.check(); (err == nil) != ok {
			t.Errorf("%s: %v", listen, err)
		}
		f.remote = true
		if err := f.check(); err != nil && listen != "127.0.0.1" {
			t.Errorf("%s with --allow-remote: %v", listen, err)
		}
	}
}

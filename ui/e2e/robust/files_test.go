//go:build unix

package robust

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestTokenFiles(t *testing.T) {
	p := newPlace(t)
	if err := syscall.Mkfifo(p.path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says, file string
		code       int
		more       []string
	}{
		{"is a directory", p.home, 2, nil},
		{"more than 64 KiB", "/dev/zero", 2, nil},
		{"it is empty", "/dev/null", 2, nil},
		{"it is empty", p.write("empty", "", 0o600), 2, nil},
		{"it is empty", p.write("blank", " \n\t\n", 0o600), 2, nil},
		{"more than 64 KiB", p.write("big", strings.Repeat("x", 64<<10+1), 0o600), 2, nil},
		{"more than 64 KiB", p.write("bigger", huge+huge, 0o600), 2, nil},
		{"more than one line", p.write("lines", demoToken+"\n"+demoToken+"\n", 0o600), 2, nil},
		{"no such file", p.path("nothing"), 2, nil},
		{"not a directory", p.path("token/below"), 2, nil},
		{"--token-file", strings.Repeat("x/", 3000), 2, nil},
		{"--timeout is over", p.path("fifo"), 1, []string{"--timeout", "300ms"}},
		{"character", p.write("hostile", "\x1b]52;c;AAAA\x07\u202e"+demoToken, 0o600), 5, nil},
		{"character", p.write("nul", demoToken[:9]+"\x00"+demoToken[9:], 0o600), 5, nil},
		{"Docker Hub", p.write("lookalike", strings.Replace(demoToken, "D", "\u0414", 1), 0o600), 5, nil},
	} {
		p.refused(p.run(p.complete(append(c.more, "--token-file", c.file)...)...), c.code, c.says)
	}
}

func TestATokenFileThatOthersCanRead(t *testing.T) {
	p := newPlace(t)
	for mode, warned := range map[os.FileMode]bool{0o644: true, 0o640: true, 0o604: true, 0o600: false, 0o400: false} {
		file := p.write("token-"+mode.String(), demoToken, 0o600)
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		e := p.run(p.complete("--dry-run", "--token-file", file)...)
		if got := strings.Contains(e.err, "warning: others on this machine can read the token") && strings.Contains(e.err, "chmod 600 "+file); got != warned || e.code != 0 {
			t.Errorf("%v: exit code %d, warned %v, want %v: %s", mode, e.code, got, warned, e.err)
		}
	}
}

func TestFilesWithoutAnEnd(t *testing.T) {
	p := newPlace(t)
	fifo := p.path("fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	p.refused(p.run(p.complete("--ca-file", fifo)...), 2, "not a regular file")
	p.refused(p.run(p.complete("--log-file", fifo)...), 2, "--log-file")
	p.refused(p.run("emulator", "--seed-file", fifo), 2, "not a regular file")
}

// A run whose log cannot be written is a run all the same, and says so.
func TestAFullDiskForTheLog(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	p := newPlace(t)
	e := p.run(p.complete("--log-file", "/dev/full")...)
	if e.code != 0 || !strings.Contains(e.err, "warning: --log-file /dev/full is not complete: no space left on device") {
		t.Errorf("exit code %d: %s", e.code, e.err)
	}
}

// Without a receipt nothing could be taken back, so nothing is begun.
func TestNoPlaceForReceipts(t *testing.T) {
	p := newPlace(t)
	for name, state := range map[string]string{
		"a file":           p.write("file", "", 0o600),
		"below a file":     p.path("file/below"),
		"not for us":       "/proc/nowhere",
		"an endless name":  p.path(strings.Repeat("x", 5000)),
		"a dangling link":  link(t, p.path("nothing/at/all"), p.path("dangling")),
		"a link to itself": link(t, p.path("loop"), p.path("loop")),
	} {
		t.Run(name, func(t *testing.T) {
			p := *p
			p.t, p.env = t, []string{"XDG_STATE_HOME=" + state}
			p.refused(p.run(p.complete()...), 1, "receipt")
			e := p.run(p.complete("--output", "json")...)
			var r struct {
				Status  string
				Problem struct {
					Title string
					Hints []string
				}
			}
			if err := json.Unmarshal([]byte(e.out), &r); err != nil || e.code != 1 || r.Status != "failed" || len(r.Problem.Hints) == 0 {
				t.Errorf("exit code %d: %s %v", e.code, e.out, err)
			}
		})
	}
}

func link(t *testing.T, to, at string) string {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
	return at
}

// without runs the program with standard streams closed.
func (p *place) without(streams string, args ...string) ended {
	p.t.Helper()
	return p.shelled("", streams, args...)
}

// shelled runs the program from a shell that does something first.
func (p *place) shelled(first, streams string, args ...string) ended {
	p.t.Helper()
	run := p.command(args...)
	cmd := exec.Command("/bin/sh", append([]string{"-c", first + `exec "$@" ` + streams, "sh", run.Path}, run.Args[1:]...)...)
	cmd.Dir, cmd.Env = run.Dir, run.Env
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		p.t.Skipf("no shell: %v", err)
	}
	e := p.wait(cmd)
	e.out, e.err = out.String(), errs.String()
	p.sane(args, e.out+e.err)
	return e
}

func TestClosedStreams(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		streams string
		code    int
		args    []string
	}{
		{"<&- >&- 2>&-", 0, []string{"version"}},
		{"<&- >&- 2>&-", 2, []string{"setup"}},
		{"<&-", 2, p.complete("--dry-run", "--token-file", "-")},
		{"<&-", 130, []string{"setup", "--plain"}},
		{"<&- >&- 2>&-", 130, []string{"setup", "--plain"}},
		{"<&- >&- 2>&-", 0, p.complete("--dry-run")},
		{"2>&-", 0, p.complete("--dry-run", "--output", "json")},
	} {
		if e := p.without(c.streams, c.args...); e.code != c.code {
			t.Errorf("%s %v: exit code %d, want %d: %s", c.streams, c.args, e.code, c.code, e.err)
		}
		if w := p.writes(); len(w) > 0 {
			t.Errorf("%s %v has written %v", c.streams, c.args, w)
		}
	}
	// All is done even if nobody can be told.
	if e := p.without("<&- >&- 2>&-", p.complete()...); e.code != 0 {
		t.Errorf("exit code %d", e.code)
	}
	if w := p.writes(); !slices.Contains(w, "UpdateRepository") {
		t.Errorf("it has written %v", w)
	}
}

// A report that is lost makes a run that changed something no failure without
// a change, and one that changed nothing no success.
func TestNobodyReadsTheReport(t *testing.T) {
	p := newPlace(t)
	for _, output := range []string{"text", "json"} {
		for _, c := range []struct {
			streams string
			code    int
			more    []string
		}{
			{">/dev/full", 1, []string{"--dry-run"}},
			{">/dev/full", 3, nil},
		} {
			e := p.without(c.streams, p.complete(append(c.more, "--output", output, "--secret", "for-"+output)...)...)
			if e.code != c.code || !strings.Contains(e.err, "report couldn't be written") {
				t.Errorf("%s %v %s: exit code %d, want %d: %s", c.streams, c.more, output, e.code, c.code, e.err)
			}
			wrote := slices.Contains(p.writes(), "UpdateRepository")
			if want := c.code == 3; wrote != want {
				t.Errorf("%s %v %s: wrote %v, want %v", c.streams, c.more, output, wrote, want)
			}
		}
	}
}

// A reader that goes away ends no run in the middle of its writes.
func TestAReaderThatGoesAway(t *testing.T) {
	p := newPlace(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	cmd := p.command(p.complete()...)
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if e := p.wait(cmd); e.code != 3 {
		t.Errorf("exit code %d", e.code)
	}
	if w := p.writes(); !slices.Contains(w, "UpdateRepository") {
		t.Errorf("it has written only %v", w)
	}
}

func TestOddSurroundings(t *testing.T) {
	p := newPlace(t)
	for name, env := range map[string][]string{
		"no home":            {"HOME="},
		"an unknown TERM":    {"TERM=no-such-terminal"},
		"no TERM":            {"TERM="},
		"a huge TERM":        {"TERM=" + huge},
		"no such language":   {"LANG=xx_YY.\x01", "LC_ALL=" + huge[:1000]},
		"a hostile project":  {"GOOGLE_CLOUD_PROJECT=\x1b]0;x\x07"},
		"a home that is not": {"HOME=" + p.path("token"), "CLOUDSDK_CONFIG=" + p.path("token")},
		"a wrong time zone":  {"TZ=Nowhere/Land"},
		"HTTP/2's debugging": {"GODEBUG=http2debug=2", "GRPC_GO_LOG_SEVERITY_LEVEL=info", "GRPC_GO_LOG_VERBOSITY_LEVEL=99"},
	} {
		t.Run(name, func(t *testing.T) {
			p := *p
			p.t, p.env = t, env
			if e := p.run(p.complete("--dry-run")...); e.code != 0 {
				t.Errorf("exit code %d: %s", e.code, e.err)
			}
			if e := p.run("version"); e.code != 0 || !strings.HasPrefix(e.out, "upstreamauth ") {
				t.Errorf("version: exit code %d: %s", e.code, e.err)
			}
		})
	}
	if w := p.writes(); len(w) > 0 {
		t.Errorf("it has written %v", w)
	}
}

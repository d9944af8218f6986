//go:build linux || darwin

package robust

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/report"
)

// signals are those that ask a program to end, and faults that another program
// may send.
var signals = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV}

const unchanged = "nothing has changed"

// asking are the moments of a full screen and of the line mode at which the
// program waits for a person, or for Google, and has written nothing.
var asking = []struct {
	name  string
	args  func(p *place) []string
	hold  string // the method that is held up
	shows string
}{
	{"full screen, loading", func(*place) []string { return []string{"setup"} }, "SearchProjects", ""},
	{"full screen, asking", func(*place) []string { return []string{"setup", "--project", "demo-healthy"} }, "", "docker-hub"},
	{"full screen, the token", func(p *place) []string { return slices.Delete(p.complete(), 9, 12) }, "", "oken"},
	{"full screen, checking", func(p *place) []string { return p.complete()[:11] }, "GetRepository", ""},
	{"full screen, review", func(p *place) []string { return p.complete()[:11] }, "", "enter apply"},
	{"line, loading", func(*place) []string { return []string{"setup", "--plain"} }, "SearchProjects", ""},
	{"line, asking", func(*place) []string { return []string{"setup", "--plain", "--project", "demo-healthy"} }, "", "docker-hub"},
	{"line, the token", func(p *place) []string { return append(slices.Delete(p.complete(), 9, 12), "--plain") }, "", "oken"},
	{"line, review", func(p *place) []string { return append(p.complete()[:11], "--plain") }, "", "Apply? [y/N]"},
	{"headless, loading", func(p *place) []string { return p.complete() }, "GetProject", ""},
}

func TestSignalsBeforeTheFirstWrite(t *testing.T) {
	p, g := behindGate(t)
	for _, c := range asking {
		for _, sig := range signals {
			t.Run(c.name+", "+sig.String(), func(t *testing.T) {
				p := *p
				p.t = t
				defer g.open()
				var h *hold
				if c.hold != "" {
					h = g.hold(c.hold)
				}
				x := p.terminal(p.command(c.args(&p)...))
				if h != nil {
					reaches(t, h)
					if strings.HasPrefix(c.name, "full screen") {
						x.Sees("upstreamauth") // the reader of keys is there
					}
				} else {
					x.Sees(c.shows)
				}
				x.Signal(sig)
				x.ends(130, unchanged)
				if h != nil {
					close(h.release)
				}
			})
		}
	}
	if w := p.writes(); len(w) > 0 {
		t.Errorf("it has written %v", w)
	}
}

// writing are the calls that are held up while a run is being applied, and
// what must not follow.
var writing = []struct{ held, done, never string }{
	{"CreateSecret", "CreateSecret", "AddSecretVersion"},
	{"AddSecretVersion", "AddSecretVersion", "UpdateRepository"},
	{"SetIamPolicy", "SetIamPolicy", "UpdateRepository"},
}

func TestSignalsWhileWriting(t *testing.T) {
	t.Parallel()
	for j, front := range []string{"full screen", "line", "headless"} {
		for i, c := range writing {
			sig := signals[(i+3*j)%len(signals)]
			t.Run(front+", "+c.held+", "+sig.String(), func(t *testing.T) {
				t.Parallel()
				p, g := behindGate(t)
				h := g.hold(c.held)
				args := p.complete()
				switch front {
				case "full screen":
					args = args[:11]
				case "line":
					args = append(args[:11], "--plain")
				}
				x := p.terminal(p.command(args...))
				switch front {
				case "full screen":
					x.Approves("Applying")
				case "line":
					x.Sees("Apply? [y/N]").Types("y\r")
				}
				reaches(t, h)
				x.Signal(sig)
				x.Sees(report.Stopping.In(text.English))
				close(h.release)
				x.ends(3, "Partly done")
				w := p.writes()
				if !slices.Contains(w, c.done) || slices.Contains(w, c.never) {
					t.Errorf("it has written %v", w)
				}
				if said := x.Output(); !strings.Contains(said, "skipped") || !strings.Contains(said, "receipt: ") {
					t.Errorf("it does not say what was left out:\n%s", x.Shown())
				}
				if e := p.run(p.complete()...); e.code != 0 {
					t.Errorf("the same again: exit code %d: %s", e.code, e.err)
				}
			})
		}
	}
}

// A second signal doesn't wait for what is being written, and leaves the
// terminal as it was all the same.
func TestASecondSignal(t *testing.T) {
	t.Parallel()
	for _, front := range []string{"full screen", "line", "headless"} {
		t.Run(front, func(t *testing.T) {
			t.Parallel()
			p, g := behindGate(t)
			h := g.hold("CreateSecret")
			args := p.complete()
			switch front {
			case "full screen":
				args = args[:11]
			case "line":
				args = append(args[:11], "--plain")
			}
			x := p.terminal(p.command(args...))
			switch front {
			case "full screen":
				x.Approves("Applying")
			case "line":
				x.Sees("Apply? [y/N]").Types("y\r")
			}
			reaches(t, h)
			x.Signal(syscall.SIGTERM)
			x.Sees(report.Stopping.In(text.English))
			x.Signal(syscall.SIGQUIT)
			x.ends(128+int(syscall.SIGQUIT), "")
			close(h.release)
		})
	}
}

// An endless input answers nothing, and comes to an end.
func TestEndlessInput(t *testing.T) {
	p := newPlace(t)
	for _, n := range []int{1, 3, 5, 7} {
		cmd := p.command(append(p.complete()[:n], "--plain")...)
		cmd.Stdin = endless{}
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &limited{b: &out}, &limited{b: &errs}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		e := p.wait(cmd)
		if e.code != 2 || !strings.Contains(errs.String(), "the input doesn't answer the question") {
			t.Errorf("%v: exit code %d\n%s", cmd.Args[1:], e.code, shorten(errs.String()))
		}
	}
	if w := p.writes(); len(w) > 0 {
		t.Errorf("it has written %v", w)
	}
}

// endless is what yes(1) says.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, "y\ny\n"), nil }

// Without a home, nothing is written outside the temporary folder.
func TestNoHome(t *testing.T) {
	p := newPlace(t)
	cmd := p.command(p.complete()...)
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool {
		return strings.HasPrefix(v, "HOME=") || strings.HasPrefix(v, "XDG_") || strings.HasPrefix(v, "TMPDIR=")
	})
	tmp := t.TempDir()
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	said, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "HOME isn't set") || !strings.Contains(string(said), "receipt: "+tmp+"/upstreamauth-") {
		t.Errorf("%v\n%s", err, said)
	}
	if _, err := os.Stat("/.local/state/upstreamauth"); err == nil {
		t.Error("it has written to the root of the file system")
	}
}

// A terminal that goes away is no reason to stay, nor to leave something half
// done.
func TestTheTerminalGoesAway(t *testing.T) {
	p, g := behindGate(t)
	for _, c := range asking {
		if c.hold != "" {
			continue
		}
		x := p.terminal(p.command(c.args(p)...))
		x.Sees(c.shows)
		x.HangUp()
		if e := x.Ends(); e.ExitCode() != 130 {
			t.Errorf("%s: exit code %d", c.name, e.ExitCode())
		}
	}
	if w := p.writes(); len(w) > 0 {
		t.Errorf("it has written %v", w)
	}
	for _, front := range []string{"full screen", "line", "headless"} {
		args := p.complete("--secret", "for-"+strings.ReplaceAll(front, " ", "-"))
		switch front {
		case "full screen":
			args = slices.DeleteFunc(args, func(s string) bool { return s == "--yes" })
		case "line":
			args = append(slices.DeleteFunc(args, func(s string) bool { return s == "--yes" }), "--plain")
		}
		h := g.hold("AddSecretVersion")
		x := p.terminal(p.command(args...))
		switch front {
		case "full screen":
			x.Approves("Applying")
		case "line":
			x.Sees("Apply? [y/N]").Types("y\r")
		}
		reaches(t, h)
		x.HangUp()
		close(h.release)
		if e := x.Ends(); e.ExitCode() != 3 {
			t.Errorf("%s: exit code %d", front, e.ExitCode())
		}
		if w := p.writes(); !slices.Contains(w, "AddSecretVersion") {
			t.Errorf("%s: it has written %v", front, w)
		}
	}
}

// The trap of Bubble Tea's own signal handler: with a context that ends by the
// same signal it hung in every second run.
func TestTwoHundredSignals(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes ten seconds")
	}
	p := newPlace(t)
	for i := range 200 {
		x := p.terminal(p.command("setup", "--project", "demo-healthy"))
		// Not always at the same moment: once the screen is there, once the
		// list, once a key is under way.
		switch i % 4 {
		case 0:
			x.Sees("upstreamauth")
		case 1:
			x.Sees("docker-hub")
		case 2:
			x.Sees("docker-hub").Types("j")
		default:
			x.Sees("docker-hub").Types("\r")
		}
		x.Signal(signals[i%len(signals)])
		x.ends(130, "")
		if t.Failed() {
			t.Fatalf("in run %d", i)
		}
		x.HangUp()
	}
}

// A disk that fills up, or goes away, in the middle of a run stops it; the same
// command finishes once there is room.
func TestNoRoomForReceiptsAnyMore(t *testing.T) {
	p, g := behindGate(t)
	h := g.hold("CreateSecret")
	x := p.terminal(p.command(p.complete()...))
	reaches(t, h)
	if err := os.Rename(p.path("state"), p.path("elsewhere")); err != nil {
		t.Fatal(err)
	}
	p.write("state", "", 0o600)
	close(h.release)
	x.ends(3, "The receipt of what is changed cannot be written")
	if w := p.writes(); !slices.Equal(w, []string{"CreateSecret"}) {
		t.Errorf("it has written %v", w)
	}
	if err := os.Remove(p.path("state")); err != nil {
		t.Fatal(err)
	}
	if e := p.run(p.complete()...); e.code != 0 {
		t.Errorf("with room again: exit code %d: %s", e.code, e.err)
	}
}

// Package robust holds the real program to its manners: whatever it is given,
// however it is ended, and whoever it talks to, it says what is wrong, leaves
// the terminal as it was, comes to its end, and changes nothing that it does
// not own up to.
package robust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/ui/e2e"
)

// patience is when a program is taken to hang. Nothing waits for it where all
// is well.
const patience = 3 * time.Minute

// demoToken is what the emulator's Docker Hub accepted.
const demoToken = "dckr_pat_DEMOdemoDEMOdemoDEMOdemo123"

func TestMain(m *testing.M) { os.Exit(e2e.Tests{M: m}.Run()) }

// place is where programs of one test run: a home of their own, and an
// emulator unless it is empty.
type place struct {
	t        *testing.T
	home     string
	emulator *emulator.Server
	addr     string
	program  string
	env      []string
}

// newPlace starts an emulator with the world that a first run finds.
func newPlace(t *testing.T) *place {
	t.Helper()
	s, err := emulator.Start(t.Context(), emulator.Options{Scenario: "onboarding"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := noPlace(t, s.Addr())
	p.emulator = s
	return p
}

// noPlace has something else at the emulator's address.
func noPlace(t *testing.T, addr string) *place {
	t.Helper()
	p := &place{t: t, home: t.TempDir(), addr: addr, program: e2e.Program(t)}
	p.write("token", demoToken+"\n", 0o600)
	return p
}

func (p *place) path(name string) string { return filepath.Join(p.home, name) }

func (p *place) write(name, text string, mode os.FileMode) string {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
	return p.path(name)
}

// complete are the flags of a setup that leaves nothing to ask.
func (p *place) complete(more ...string) []string {
	return append([]string{"setup", "--project", "demo-healthy", "--repository", "us-central1/docker-hub",
		"--secret", "fresh", "--username", "demo", "--token-file", p.path("token"), "--yes"}, more...)
}

// command is the program, in an environment of its own.
func (p *place) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.program, args...)
	cmd.Dir = p.home
	cmd.Env = append(e2e.Environment(p.home, "UPSTREAMAUTH_EMULATOR="+p.addr, "GOTRACEBACK=single"), p.env...)
	return cmd
}

// ended is how a program ended.
type ended struct {
	code        int
	out, err    string
	interrupted bool // by us, because it hung
}

// run runs the program to its end, without a terminal.
func (p *place) run(args ...string) ended {
	p.t.Helper()
	cmd := p.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &limited{b: &out}, &limited{b: &errs}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	e := p.wait(cmd)
	e.out, e.err = out.String(), errs.String()
	p.sane(args, e.out+e.err)
	return e
}

// wait waits for a program that was started; one that hangs is killed, and
// says where.
func (p *place) wait(cmd *exec.Cmd) ended {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	hangs := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	e := ended{interrupted: !hangs()}
	if e.interrupted {
		p.t.Errorf("%q did not end within %s", shorten(fmt.Sprint(cmd.Args[1:])), patience)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		e.code = exit.ExitCode()
	} else if err != nil {
		p.t.Fatal(err)
	}
	return e
}

// sane holds for everything that the program ever prints outside the full
// screen.
func (p *place) sane(args []string, said string) {
	p.t.Helper()
	for _, never := range []string{"WARNING: DATA RACE", "panic:", "goroutine ", "fatal error", "%!", demoToken, "<nil>"} {
		if strings.Contains(said, never) {
			p.t.Errorf("%s: %q among what it says:\n%s", shorten(fmt.Sprint(args)), never, shorten(said))
		}
	}
	if i := strings.IndexFunc(said, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f }); i >= 0 {
		p.t.Errorf("%s: a control character among what it says: %q", shorten(fmt.Sprint(args)), shorten(said[max(0, i-40):]))
	}
}

// writes are the calls that changed something since the last time.
func (p *place) writes() []string {
	var methods []string
	for _, c := range p.emulator.Calls() {
		if c.Write {
			methods = append(methods, c.Method)
		}
	}
	p.emulator.ResetCalls()
	return methods
}

// limited keeps what a person would read of an output, and drops the rest.
type limited struct{ b *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	l.b.Write(p[:min(len(p), max(0, 1<<20-l.b.Len()))])
	return len(p), nil
}

var _ io.Writer = (*limited)(nil)

func shorten(s string) string {
	if len(s) > 1200 {
		return s[:600] + " … " + s[len(s)-600:]
	}
	return s
}

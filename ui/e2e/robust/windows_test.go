//go:build linux || darwin

package robust

import (
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/upstreamauth/ui/e2e"
)

// A window may have any size, and another one at any moment.
func TestWindowsOfAllSizes(t *testing.T) {
	p := newPlace(t)
	random := rand.New(rand.NewPCG(1, 2))
	x := p.terminal(p.command(p.complete()[:11]...))
	x.Sees("enter apply")
	for i := range 60 {
		w, h := 1+random.IntN(500), 1+random.IntN(200)
		if i%5 == 0 {
			w, h = 1+random.IntN(6), 1+random.IntN(4)
		}
		x.Resize(w, h)
		x.Types("jk?\x1b[B\x1b"[:1+i%7])
	}
	x.Resize(120, 40)
	x.Sees("upstreamauth")
	x.Signal(syscall.SIGTERM)
	x.ends(130, unchanged)
	// It may also begin in one.
	for _, size := range [][2]int{{1, 1}, {2, 1}, {1, 50}, {500, 1}, {500, 200}, {39, 11}} {
		cmd := p.command("setup", "--project", "demo-healthy")
		x := terminal{e2e.Start(t, cmd, size[0], size[1]), t}
		x.Until(func(string) bool { return strings.Contains(x.Output(), "\x1b[?1049h") })
		x.Resize(160, 50)
		x.Sees("docker-hub").Types("\x03")
		x.ends(130, "")
	}
	if w := p.writes(); len(w) > 0 {
		t.Errorf("it has written %v", w)
	}
}

// Nothing waits for a terminal to say what it is. This one never answers, and
// the environment is not one in which libraries know better than to ask.
func TestTerminalsThatDoNotAnswer(t *testing.T) {
	p := newPlace(t)
	for _, args := range [][]string{{"version"}, {"help"}, {"setup", "--help"}, {"completion", "bash"}, p.complete("--dry-run"), p.complete("--dry-run", "--output", "json")} {
		x := p.terminal(p.command(args...))
		x.ends(0, "")
		if strings.Contains(x.Output(), "\x1b") {
			t.Errorf("%v writes escape sequences to the terminal", args)
		}
	}
	x := p.terminal(p.command("setup", "--project", "demo-healthy"))
	x.Sees("docker-hub").Types("\x03")
	x.ends(130, unchanged)
}

// shell runs the program as a job of a shell, which gets the terminal while
// the program is stopped.
func (p *place) shell(args ...string) terminal {
	p.t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		p.t.Skip("no bash here: stopping needs a shell that controls jobs")
	}
	run := p.command(args...)
	cmd := exec.Command(bash, append([]string{"--norc", "-c", `set -m; "$@"; echo "stopped: $?"; read -r _; fg >/dev/null; echo "over: $?"`, "bash", run.Path}, run.Args[1:]...)...)
	cmd.Dir, cmd.Env = run.Dir, run.Env
	return p.terminal(cmd)
}

// stop sends the stop that a key sends, to the process that the terminal
// listens to.
func (x terminal) stop() {
	x.t.Helper()
	pid := 0
	if err := x.Control(func(fd int) (err error) { pid, err = unix.IoctlGetInt(fd, unix.TIOCGPGRP); return err }); err != nil {
		x.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTSTP); err != nil {
		x.t.Fatal(err)
	}
}

// A program that is stopped gives the terminal back as it was, and takes it
// again when it goes on.
func TestStopAndResume(t *testing.T) {
	p := newPlace(t)
	token := append(slices.Delete(p.complete(), 9, 12), "--plain")
	for _, c := range []struct {
		name, shows string
		args        []string
		stop        func(x terminal)
		quit        string
	}{
		{"full screen, a key", "docker-hub", []string{"setup", "--project", "demo-healthy"}, func(x terminal) { x.Types("\x1a") }, "\x03"},
		{"full screen, a signal", "docker-hub", []string{"setup", "--project", "demo-healthy"}, func(x terminal) { x.stop() }, "\x03"},
		{"full screen, review", "enter apply", p.complete()[:11], func(x terminal) { x.stop() }, "\x03"},
		{"line, a key", "docker-hub", []string{"setup", "--plain", "--project", "demo-healthy"}, func(x terminal) { x.Types("\x1a") }, "quit\n"},
		{"line, review", "Apply? [y/N]", append(p.complete()[:11], "--plain"), func(x terminal) { x.stop() }, "n\n"},
		{"line, the token, a key", "Token (not", token, func(x terminal) { x.Types("wrong\x1a") }, "\x03"},
		{"line, the token, a signal", "Token (not", token, func(x terminal) { x.stop() }, "\x03"},
		{"line, after the token", "Apply? [y/N]", token, func(x terminal) { x.stop() }, "n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := *p
			p.t = t
			x := p.shell(c.args...)
			if strings.HasSuffix(c.name, "after the token") {
				x.Sees("Token (not").Types(demoToken + "\r")
			}
			x.Sees(c.shows)
			c.stop(x)
			x.Sees("stopped: 148", "stopped: 149") // 128 and SIGTSTP, or SIGTTIN
			x.Restored()
			x.Types("\n")
			if strings.HasPrefix(c.name, "full screen") {
				x.Sees(c.shows)
			}
			if strings.HasPrefix(c.name, "line, the token") {
				x.Until(func(screen string) bool { return strings.Count(screen, c.shows) == 2 }, "the question again")
				x.Types(demoToken + "\r").Sees("Docker Hub accepted") // and not what was typed before
				x.Sees("Apply? [y/N]")
				c.quit = "n\n"
			}
			x.Types(c.quit).Sees("over: 130")
			x.ends(0, "")
			if said := x.Output(); strings.Contains(said, demoToken) || strings.Contains(said, "wrong") {
				t.Errorf("the token is on the screen:\n%s", x.Shown())
			}
		})
	}
}

// A stop that nothing can catch leaves the terminal to the shell; when the
// program goes on, it takes it as before and asks again.
func TestResumeAfterAStopThatCannotBeCaught(t *testing.T) {
	p := newPlace(t)
	x := p.terminal(p.command(append(slices.Delete(p.complete(), 9, 12), "--plain")...))
	x.Sees("Token (not")
	x.Signal(syscall.SIGSTOP)
	x.Signal(syscall.SIGCONT)
	x.Until(func(screen string) bool { return strings.Count(screen, "Token (not") == 2 }, "the question again")
	x.Types(demoToken + "\r").Sees("Apply? [y/N]").Types("n\r")
	x.ends(130, unchanged)
	if strings.Contains(x.Output(), demoToken) {
		t.Errorf("the token is on the screen:\n%s", x.Shown())
	}
}

// Where no shell could bring it back, it does not stop, and goes on.
func TestNobodyToResume(t *testing.T) {
	p := newPlace(t)
	for name, stop := range map[string]func(x terminal){
		"a key":    func(x terminal) { x.Types("\x1a") },
		"a signal": func(x terminal) { x.Signal(syscall.SIGTSTP) },
	} {
		t.Run(name, func(t *testing.T) {
			p := *p
			p.t = t
			x := p.terminal(p.command("setup", "--project", "demo-healthy"))
			x.Sees("docker-hub")
			stop(x)
			x.Until(func(string) bool { return strings.Count(x.Output(), "\x1b[?1049h") == 2 }) // it has been back
			x.Types("j\x03")
			x.ends(130, unchanged)
		})
		t.Run("line, the token, "+name, func(t *testing.T) {
			p := *p
			p.t = t
			x := p.terminal(p.command(append(slices.Delete(p.complete(), 9, 12), "--plain")...))
			x.Sees("Token (not")
			stop(x)
			x.Until(func(screen string) bool { return strings.Count(screen, "Token (not") == 2 }, "the question again")
			x.Types("\x03")
			x.ends(130, unchanged)
		})
	}
}

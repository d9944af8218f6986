//go:build unix

package security

import (
	"strings"
	"syscall"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// conversation is one way in which a person gives the token.
type conversation struct {
	name string
	args string // of a setup, beside those that leave only the token to ask for
	bare string // the whole command line instead, beside where the emulator and the log are
	// talks ends the program by what it types.
	talks func(p *e2e.Terminal)
}

// conversations are the rows. A new way is a new row.
var conversations = []conversation{
	{name: "full screen", talks: func(p *e2e.Terminal) {
		p.Sees("isn't shown").Pastes(canary).Sees("30 characters").Sees("accepted").Types("\r").Approves("now pulls as").Types("\r")
	}},
	{name: "full screen, typed, its end shown", talks: func(p *e2e.Terminal) {
		p.Sees("isn't shown").Types(canary).Sees("30 characters").Types("\x12").Sees("ends in").Types("\x12").Sees("accepted").Types("\r").Approves("now pulls as").Types("\r")
	}},
	{name: "full screen, left", talks: func(p *e2e.Terminal) {
		p.Sees("isn't shown").Pastes(canary).Sees("30 characters").Types("\x03")
	}},
	{name: "full screen, gone back from", talks: func(p *e2e.Terminal) {
		p.Sees("isn't shown").Pastes(canary + "\n").Sees("accepted").Types("\x1b").Sees("Step 5 of 8").Types("\x03")
	}},
	{name: "full screen, terminated", talks: func(p *e2e.Terminal) {
		p.Sees("isn't shown").Pastes(canary).Sees("accepted")
		p.Signal(syscall.SIGTERM)
	}},
	{name: "full screen, asked to quit with a trace", talks: func(p *e2e.Terminal) {
		p.Sees("isn't shown").Pastes(canary).Sees("accepted")
		p.Signal(syscall.SIGQUIT)
	}},
	{name: "line by line", args: "--plain", talks: func(p *e2e.Terminal) {
		p.Sees("token (not shown").Types(canary + "\r").Sees("accepted").Sees("pply").Types("y\r").Sees("To undo this run")
	}},
	{name: "line by line, left", args: "--plain", talks: func(p *e2e.Terminal) {
		p.Sees("token (not shown").Types(canary + "\x03")
	}},
	{name: "the wizard", bare: " ", talks: func(p *e2e.Terminal) {
		p.Sees("Set up upstream credentials").Types("\r").Sees("▸ canary-project").Sees("has the number").Types("\r")
		chooses(p, "good")
		p.Sees("will be created").Types("\r").Sees("type the user name").Types(user + "\r").Sees("isn't shown").Pastes(canary).Sees("accepted").Types("\r").Approves("now pulls as").Types("\r")
	}},
	{name: "the wizard, to rotate", bare: " ", talks: func(p *e2e.Terminal) {
		p.Sees("Set up upstream credentials").Types("rotate").Sees("▸ Rotate the token").Types("\r").Sees("▸ canary-project").Sees("has the number").Types("\r")
		chooses(p, "set-good")
		p.Sees("▸ all 4").Types("only").Sees("▸ only this one").Types("\r").Sees("isn't shown").Pastes(canary).Sees("accepted").Types("\r").Approves("now pulls as").Types("\r")
	}},
	{name: "the wizard, line by line", bare: "--plain", talks: func(p *e2e.Terminal) {
		p.Sees("(? for help)").Types("1\r").Sees("project id (?").Types("1\r").Sees("NAME (?").Types("us-central1/good\r").Sees("Continue with this warning").Types("y\r")
		p.Sees("Step 5 of 9").Sees("(? for help):").Types("1\r").Sees("user name (").Types(user + "\r").Sees("token (not shown").Types(canary + "\r").Sees("accepted").Sees("Apply?").Types("y\r").Sees("To undo this run")
	}},
	{name: "the demo", bare: "demo", talks: func(p *e2e.Terminal) {
		p.Sees("Set up upstream credentials").Types("\r").Sees("has the number").Types("\r")
		p.Sees("github-images").Types("docker-hub").Sees("1 of ").Types("\r")
		p.Sees("will be created").Types("\r").Sees("type the user name").Types(user + "\r").Sees("isn't shown").Pastes(canary).Sees("rejected").Types("\x03")
	}},
	{name: "line by line, asked to quit with a trace", args: "--plain", talks: func(p *e2e.Terminal) {
		p.Sees("token (not shown").Types(canary + "\r").Sees("accepted")
		p.Signal(syscall.SIGQUIT)
	}},
}

// TestLeaksToATerminal gives the token in person, and hunts for it in every
// byte that was sent to the terminal, and in all else that is left.
func TestLeaksToATerminal(t *testing.T) {
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := c.lead(t, e2e.Program(t))
			x.wantNone(t)
			if len(x.text("terminal")) < 500 {
				t.Errorf("hardly anything was seen: %q", x.text("terminal"))
			}
		})
	}
}

// chooses picks a repository, whose upstream speaks plain http.
func chooses(p *e2e.Terminal, repository string) {
	p.Sees("17 of 17").Types(repository).Sees("▸ " + repository).Sees("plain http").Types("\r").Sees("enter again").Types("\r")
}

// sits runs a program in a terminal, in its home.
func sits(t *testing.T, h home, env []string, program string, args ...string) *e2e.Terminal {
	t.Helper()
	cmd := h.command(t.Context(), program, args...)
	cmd.Env = append(cmd.Env, env...)
	return e2e.Start(t, cmd, 160, 50)
}

// lead leads the conversation, with more in the environment.
func (c conversation) lead(t *testing.T, bin string, env ...string) *traces {
	t.Helper()
	w, h, x := leakWorld(t), newHome(t), &traces{}
	args := strings.Fields(c.bare)
	if c.bare != "demo" {
		args = append(args, "--log-file", h.log, "--emulator", w.addr)
	}
	if c.bare == "" {
		args = append(args, strings.Fields("setup --project canary-project --repository us-central1/good --secret canary --username "+user+" "+c.args)...)
	}
	p := sits(t, h, env, bin, args...)
	w.onAsked(func() { x.proc(p.Pid()) })
	switch { // the upstream of the tests speaks plain http
	case c.bare != "":
	case c.args == "--plain":
		p.Sees("Continue with this warning").Types("y\r")
	default:
		p.Sees("enter again").Sees("▸ good").Types("\r").Sees("isn't shown")
	}
	c.talks(p)
	p.Ends()
	w.onAsked(nil)
	x.add("terminal", []byte(p.Output()))
	x.files(t, h)
	return x
}

// TestTheHuntFindsOnATerminal shows the token on purpose.
func TestTheHuntFindsOnATerminal(t *testing.T) {
	x := conversation{talks: func(p *e2e.Terminal) {
		p.Sees("isn't shown").Pastes(canary).Sees("30 characters").Types("\x03")
	}}.lead(t, e2e.Program(t, leaks...), bringsOut(t, "shown"))
	if len(x.leaks()) == 0 {
		t.Error("it was not found")
	}
}

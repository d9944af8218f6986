//go:build unix

package security

import (
	"syscall"
	"testing"

	"example.com/upstreamauth/ui/terminaltest"
)

// conversations are the ways in which a person gives the token. Each is a row;
// what it types ends the program.
var conversations = []struct {
	name  string
	args  string // beside those of asks
	env   []string
	talks func(p *terminaltest.Terminal)
}{
	{name: "full screen", talks: func(p *terminaltest.Terminal) {
		p.Sees("not shown").Pastes(canary).Sees("30 characters").Sees("accepts").Types("\r").Approves("Done and verified").Types("\r")
	}},
	{name: "full screen, typed, its end shown", talks: func(p *terminaltest.Terminal) {
		p.Sees("not shown").Types(canary).Sees("30 characters").Types("\x12").Sees("ends in").Types("\x12").Sees("accepts").Types("\r").Approves("Done and verified").Types("\r")
	}},
	{name: "full screen, left", talks: func(p *terminaltest.Terminal) {
		p.Sees("not shown").Pastes(canary).Sees("30 characters").Types("\x03")
	}},
	{name: "full screen, gone back from", talks: func(p *terminaltest.Terminal) {
		p.Sees("not shown").Pastes(canary + "\n").Sees("accepts").Types("\x1b").Sees("step 5 of 8").Types("\x03")
	}},
	{name: "full screen, terminated", talks: func(p *terminaltest.Terminal) {
		p.Sees("not shown").Pastes(canary).Sees("accepts")
		p.Signal(syscall.SIGTERM)
	}},
	{name: "full screen, killed with a trace", talks: func(p *terminaltest.Terminal) {
		p.Sees("not shown").Pastes(canary).Sees("accepts")
		p.Signal(syscall.SIGQUIT)
	}},
	{name: "line by line", args: "--plain", talks: func(p *terminaltest.Terminal) {
		p.Sees("Token (not shown").Types(canary + "\r").Sees("accepts").Sees("pply").Types("y\r").Sees("to take this back")
	}},
	{name: "line by line, left", args: "--plain", talks: func(p *terminaltest.Terminal) {
		p.Sees("Token (not shown").Types(canary + "\x03")
	}},
	{name: "line by line, killed with a trace", args: "--plain", talks: func(p *terminaltest.Terminal) {
		p.Sees("Token (not shown").Types(canary + "\r").Sees("accepts")
		p.Signal(syscall.SIGQUIT)
	}},
}

// TestLeaksToATerminal gives the token in person, and hunts for it in every
// byte that was sent to the terminal, and in all else that is left.
func TestLeaksToATerminal(t *testing.T) {
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := converse(t, program(t), c.args, c.env, c.talks)
			x.wantNone(t)
			if len(x.text("terminal")) < 500 {
				t.Errorf("hardly anything was seen: %q", x.text("terminal"))
			}
		})
	}
}

// sits runs a program in a terminal, in its home.
func sits(t *testing.T, h home, env []string, program string, args ...string) *terminaltest.Terminal {
	t.Helper()
	cmd := h.command(t.Context(), program, args...)
	cmd.Env = append(cmd.Env, env...)
	return terminaltest.Start(t, cmd, 160, 50)
}

// converse leads one conversation about the canary.
func converse(t *testing.T, bin, args string, env []string, talks func(p *terminaltest.Terminal)) *traces {
	t.Helper()
	w, h, x := leakWorld(t), newHome(t), &traces{}
	all := flow{}.line(w, h, "setup --repository us-central1/good --secret canary --username "+user+" "+args, "text")
	p := sits(t, h, env, bin, all...)
	w.onAsked(func() { x.proc(p.Pid()) })
	if args == "--plain" { // the upstream of the tests speaks plain http
		p.Sees("Go on all the same").Types("y\r")
	} else {
		p.Sees("enter again to go on").Sees("▸ good").Types("\r").Sees("not shown")
	}
	talks(p)
	p.Ends()
	w.onAsked(nil)
	x.add("terminal", []byte(p.Output()))
	x.files(t, h)
	return x
}

// TestTheHuntFindsOnATerminal shows the token on purpose.
func TestTheHuntFindsOnATerminal(t *testing.T) {
	shows := mutation{"ui/tui", "return strings.Repeat(f.glyph.mask, utf8.RuneCount(b))", "return string(b)"}
	x := converse(t, program(t, shows), "", nil, func(p *terminaltest.Terminal) {
		p.Sees("not shown").Pastes(canary).Sees("30 characters").Types("\x03")
	})
	if len(x.leaks()) == 0 {
		t.Error("it was not found")
	}
}

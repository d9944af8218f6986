//go:build unix

package security

import (
	"syscall"
	"testing"
)

// conversations are the ways in which a person gives the token. Each is a row;
// what it types ends the program.
var conversations = []struct {
	name  string
	args  string // beside those of asks
	env   []string
	talks func(p *person)
}{
	{name: "full screen", talks: func(p *person) {
		p.sees("not shown").pastes(canary).sees("30 characters").sees("accepts").presses("\r", "enter apply").presses("\r", "Done and verified").types("\r")
	}},
	{name: "full screen, typed, its end shown", talks: func(p *person) {
		p.sees("not shown").types(canary).sees("30 characters").types("\x12").sees("ends in").types("\x12").sees("accepts").presses("\r", "enter apply").presses("\r", "Done and verified").types("\r")
	}},
	{name: "full screen, left", talks: func(p *person) {
		p.sees("not shown").pastes(canary).sees("30 characters").types("\x03")
	}},
	{name: "full screen, gone back from", talks: func(p *person) {
		p.sees("not shown").pastes(canary + "\n").sees("accepts").types("\x1b").sees("step 5 of 8").types("\x03")
	}},
	{name: "full screen, terminated", talks: func(p *person) {
		p.sees("not shown").pastes(canary).sees("accepts")
		p.signal(syscall.SIGTERM)
	}},
	{name: "full screen, killed with a trace", talks: func(p *person) {
		p.sees("not shown").pastes(canary).sees("accepts")
		p.signal(syscall.SIGQUIT)
	}},
	{name: "line by line", args: "--plain", talks: func(p *person) {
		p.sees("Token (not shown").types(canary + "\r").sees("accepts").sees("pply").types("y\r").sees("to take this back")
	}},
	{name: "line by line, left", args: "--plain", talks: func(p *person) {
		p.sees("Token (not shown").types(canary + "\x03")
	}},
	{name: "line by line, killed with a trace", args: "--plain", talks: func(p *person) {
		p.sees("Token (not shown").types(canary + "\r").sees("accepts")
		p.signal(syscall.SIGQUIT)
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

// converse leads one conversation about the canary.
func converse(t *testing.T, bin, args string, env []string, talks func(p *person)) *traces {
	t.Helper()
	w, h, x := leakWorld(t), newHome(t), &traces{}
	all := flow{}.line(w, h, "setup --repository us-central1/good --secret canary --username "+user+" "+args, "text")
	p := sits(t, h, env, bin, all...)
	w.onAsked(func() { x.proc(p.cmd.Process.Pid) })
	if args == "--plain" { // the upstream of the tests speaks plain http
		p.sees("Go on all the same").types("y\r")
	} else {
		p.sees("enter again to go on").presses("\r", "not shown")
	}
	talks(p)
	p.ends()
	w.onAsked(nil)
	x.add("terminal", p.sent())
	x.files(t, h)
	return x
}

// TestTheHuntFindsOnATerminal shows the token on purpose.
func TestTheHuntFindsOnATerminal(t *testing.T) {
	shows := mutation{"ui/tui/field.go", "return strings.Repeat(f.glyph.mask, utf8.RuneCount(b))", "return string(b)"}
	x := converse(t, program(t, shows), "", nil, func(p *person) {
		p.sees("not shown").pastes(canary).sees("30 characters").types("\x03")
	})
	if len(x.leaks()) == 0 {
		t.Error("it was not found")
	}
}

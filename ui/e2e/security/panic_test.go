//go:build unix

package security

import (
	"strings"
	"syscall"
	"testing"

	"example.com/upstreamauth/ui/e2e"
	"example.com/upstreamauth/ui/e2e/mutant"
)

// planted are panics, of which the variable PLANTED brings one out as soon as
// the program has the whole canary. Their values tell it: whoever recovers one
// must not pass it on.
var planted = []mutant.Change{
	mutant.Adds("flows/token", `package token

import (
	"fmt"
	"os"
)

// last are the bytes of the last secret that was made and is as long as the canary.
var last []byte

// Planted panics, if it is this place's turn and there is something to tell.
func Planted(at string, held ...byte) {
	if os.Getenv("PLANTED") == at && len(last)+len(held) >= 30 {
		panic(fmt.Sprintf("planted at %s: %s%s", at, last, held))
	}
}

// Beyond panics where nobody can recover it, with the secret in its value as
// far as that can be printed.
func Beyond(s Secret) {
	if os.Getenv("PLANTED") == "beyond" {
		go func() { panic(fmt.Sprintf("planted: %v %+v", s, struct{ s Secret }{s})) }()
		select {}
	}
}
`),
	mutant.In("flows/token", "New").After("p", "if len(b) == 30 { last = append([]byte(nil), b...) }"),
	mutant.Adds("flows/state", "package state\n\nimport \"example.com/upstreamauth/flows/token\"\n\nfunc planted(at string) { token.Planted(at) }\n"),
	mutant.Adds("flows/engine", "package engine\n\nimport \"example.com/upstreamauth/flows/token\"\n\nfunc planted(at string) { token.Planted(at) }\n"),
	mutant.In("flows/step", "takeToken").After("Reveal", `token.Planted("taking it")`),
	mutant.In("flows/state", "LookAround").Before("policyErr", `planted("planning")`),
	mutant.In("flows/engine", "end").Before("c.states", `planted("noting it")`),
	mutant.In("flows/upstream", "visit.ask").Begins(`token.Planted("trying it")`),
	mutant.In("gcp", "AddVersion").After("checksum", `token.Planted("storing it"); token.Beyond(payload)`),
	mutant.In("ui/cli", "fromFile").Begins(`defer token.Planted("reading it")`),
	mutant.In("ui/line", "").ArgumentBecomes("parallel.Guard", 0, `func() ([]byte, error) { b, err := $(); token.Planted("reading it", b...); return b, err }`),
	mutant.In("ui/line", "Secret").Before("ask", `token.Planted("asking for it", make([]byte, 30)...)`).Everywhere(),
	mutant.Adds("ui/tui", "package tui\n\nimport \"example.com/upstreamauth/flows/token\"\n\nfunc planted(at string) { token.Planted(at) }\n"),
	mutant.In("ui/tui", "Model.Update").Begins(`planted("Update")`),
	mutant.In("ui/tui", "start").Before("t.wait", `planted("a command")`),
	mutant.In("ui/tui", "Model.View").Begins(`planted("View")`),
}

// met is said wherever a panic was recovered.
const met = "upstreamauth hit an internal error"

// TestLeaksOfPanics lets the program panic with the token in its hands and in
// its mouth, and hunts for it. A terminal must be as it was.
func TestLeaksOfPanics(t *testing.T) {
	bin := e2e.Program(t, mutant.Mutant{Changes: planted})
	for _, at := range []string{"reading it", "taking it", "trying it", "planning", "storing it", "noting it"} {
		for _, traceback := range []string{"all", "crash"} {
			t.Run("headless, "+at+", "+traceback, func(t *testing.T) {
				t.Parallel()
				f := row(t, "setup, new secret")
				f.env = []string{"PLANTED=" + at, "GOTRACEBACK=" + traceback}
				x, state := f.run(t, bin, "text", nil)
				x.wantNone(t)
				// A trial that came to nothing is a doubt, which --yes accepts.
				if !state.Exited() || state.Success() != (at == "trying it") {
					t.Errorf("it ended with %v", state)
				}
				if said := x.text("stdout") + x.text("stderr"); !strings.Contains(said, met) {
					t.Errorf("%q is not said:\n%s", met, said)
				}
			})
		}
	}
	for _, c := range []struct {
		at, args string
		talks    func(p *e2e.Terminal)
	}{
		{"taking it", "", pastes},
		{"trying it", "", func(p *e2e.Terminal) { pastes(p); p.Sees(met).Types("\x03") }},
		{"planning", "", func(p *e2e.Terminal) { pastes(p); p.Sees("accepted").Types("\r").Sees(met).Types("\x03") }},
		{"storing it", "", func(p *e2e.Terminal) {
			pastes(p)
			p.Sees("accepted").Types("\r").Approves("Stopped before the end", "Nothing was changed").Types("\r")
		}},
		{"noting it", "", func(p *e2e.Terminal) {
			pastes(p)
			p.Sees("accepted").Types("\r").Approves("Stopped before the end", "Nothing was changed").Types("\r")
		}},
		{"Update", "", pastes},
		{"View", "", pastes},
		{"a command", "", pastes},
		{"asking for it", "--plain", func(*e2e.Terminal) {}},
		{"reading it", "--plain", types},
		{"taking it", "--plain", types},
		{"trying it", "--plain", func(p *e2e.Terminal) { types(p); p.Sees(met).Types("\x04") }},
		{"planning", "--plain", func(p *e2e.Terminal) { types(p); p.Sees(met).Types("\x04") }},
		{"storing it", "--plain", func(p *e2e.Terminal) { types(p); p.Sees("Apply?").Types("y\r") }},
	} {
		t.Run(c.at+c.args, func(t *testing.T) {
			t.Parallel()
			talk := conversation{args: c.args, talks: func(p *e2e.Terminal) {
				c.talks(p)
				if state := p.Ends(); !state.Exited() || state.Success() {
					t.Errorf("it ended with %v", state)
				}
				p.Restored()
			}}
			x := talk.lead(t, bin, "PLANTED="+c.at)
			x.wantNone(t)
			if said := x.text("terminal"); !strings.Contains(said, met) {
				t.Errorf("%q is not said:\n%s", met, said)
			}
		})
	}
}

// TestLeaksOfAPanicBeyondReach lets a goroutine panic that is nobody's, as one
// of a library would be: Go prints all stacks and asks for a core dump.
func TestLeaksOfAPanicBeyondReach(t *testing.T) {
	f := row(t, "setup, new secret")
	f.env = []string{"PLANTED=beyond"}
	x, state := f.run(t, e2e.Program(t, mutant.Mutant{Changes: planted}), "text", nil)
	x.wantNone(t)
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGABRT || status.CoreDump() {
		t.Errorf("it ended with %v", state)
	}
	if said := x.text("stderr"); !strings.Contains(said, "planted: [secret]") || !strings.Contains(said, "goroutine ") {
		t.Errorf("no panic was seen:\n%s", said)
	}
}

func pastes(p *e2e.Terminal) { p.Pastes(canary) }
func types(p *e2e.Terminal)  { p.Sees("token (not shown").Types(canary + "\r") }

//go:build unix

package security

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// besideEmulator runs a setup against the emulator's own command, whose server
// gets the token over HTTP/2, and returns what the emulator left.
func besideEmulator(t *testing.T, bin string, env ...string) *traces {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	h, x := newHome(t), &traces{}
	cmd := h.command(ctx, bin, "emulator", "--listen", "127.0.0.1:0", "--seed-file", leakWorld(t).seedFile)
	cmd.Env = append(cmd.Env, env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first, err := bufio.NewReader(out).ReadString('\n')
	_, addr, listens := strings.Cut(strings.TrimSpace(first), "listening on ")
	if listens {
		w, other, f := &world{addr: addr}, newHome(t), row(t, "setup, new secret")
		if _, state := finish(t, w, other, nil, canary+"\n", bin, f.line(w, other, f.args, "text")...); !state.Success() {
			t.Errorf("the setup ended with %v", state)
		}
		x.proc(cmd.Process.Pid)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	if !listens {
		t.Fatalf("%v: %q\n%s", err, first, errs.String())
	}
	x.add("stdout", []byte(first))
	x.add("stderr", errs.Bytes())
	x.files(t, h)
	return x
}

// TestLeaksOfTheEmulator looks for the token in what the emulator says with all
// debug output switched on: HTTP/2's shows each request.
func TestLeaksOfTheEmulator(t *testing.T) {
	besideEmulator(t, e2e.Program(t)).wantNone(t)
}

// TestTheHuntFindsInTheEmulator lets that debug output through.
func TestTheHuntFindsInTheEmulator(t *testing.T) {
	x := besideEmulator(t, e2e.Program(t, leaks...), bringsOut(t, "HTTP/2's debug output"))
	if leaks := strings.Join(x.leaks(), "\n"); !strings.Contains(leaks, "stderr") {
		t.Errorf("it was not found on standard error, but in:\n%s\n%.3000s", leaks, x.text("stderr"))
	}
}

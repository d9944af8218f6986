//go:build linux || darwin

package robust

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/ui/e2e"
)

// terminal is one with a program of a place in it.
type terminal struct {
	*e2e.Terminal
	t *testing.T
}

// terminal runs a command of the place in a terminal of its own.
func (p *place) terminal(cmd *exec.Cmd) terminal {
	p.t.Helper()
	return terminal{e2e.Start(p.t, cmd, 160, 50), p.t}
}

// ends waits for the end of the program and holds that it left the terminal as
// it was, with this exit code and, if it is not empty, this last word.
func (x terminal) ends(code int, says string) {
	x.t.Helper()
	if e := x.Ends(); e.ExitCode() != code {
		x.t.Errorf("exit code %d, want %d:\n%s", e.ExitCode(), code, x.Shown())
	}
	if said := x.Shown(); !strings.Contains(said, says) {
		x.t.Errorf("it does not say %q in the end:\n%s", says, said)
	}
	x.Restored()
}

// reaches waits until a call is held up.
func reaches(t *testing.T, h *hold) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-h.reached:
	case <-limit.C:
		t.Fatal("the call never came")
	}
}

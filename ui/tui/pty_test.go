//go:build linux || darwin

package tui

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// terminal is a real one, with this test binary playing the program in it.
type terminal struct {
	*e2e.Terminal
	t    *testing.T
	pipe *os.File // to a slow action
}

// open runs a child in a terminal.
func open(t *testing.T, mode string, env ...string) terminal {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	t.Cleanup(func() { _ = w.Close() })
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.ExtraFiles = []*os.File{r}
	for _, v := range os.Environ() { // CI would keep the libraries from asking
		if !strings.HasPrefix(v, "CI=") && !strings.HasPrefix(v, "NO_COLOR=") && !strings.HasPrefix(v, "TERM=") && !strings.HasPrefix(v, "L") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "TUI_TEST_CHILD="+mode, "TERM=xterm-256color", "LANG=C.UTF-8")
	cmd.Env = append(cmd.Env, env...)
	return terminal{e2e.Start(t, cmd, 80, 24), t, w}
}

// ends waits for the child, whose last words hold this text, and holds that
// the terminal is as it was.
func (x terminal) ends(says string) {
	x.t.Helper()
	if state := x.Ends(); !state.Success() {
		x.t.Errorf("the child ended with %v:\n%s", state, x.Output())
	}
	x.Sees("ended: ").Sees(says).Restored()
	for _, restore := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l"} {
		if !strings.Contains(x.Output(), restore) {
			x.t.Errorf("%q was not sent", restore)
		}
	}
}

func TestARealTerminal(t *testing.T) {
	x := open(t, "setup")
	x.Sees("shop-prod has the number")
	if corner, pointer := x.Cell(1, 0).Text, x.Cell(1, 8).Text; corner != "u" || pointer != "▸" {
		t.Errorf("the corner is %q, the pointer %q:\n%s", corner, pointer, x.Shown())
	}
	x.Types("\x1b[B\r").Sees("Step 2 of 5").Types("ada\r").Sees("Step 3 of 5")
	x.Pastes(canary).Sees("27 characters").Sees("Docker Hub accepts")
	x.Types("\r").Sees("enter apply").Sees("Nothing has been changed yet.")
	x.Resize(60, 20)
	x.Approves("now pulls as")
	x.Types("\r")
	x.ends("status=done interrupted=false done=4")
	if strings.Contains(x.Output(), canary) || strings.Contains(x.Output(), canary[:8]) {
		t.Error("the token was sent to the terminal")
	}
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		x := open(t, "setup")
		x.Sees("shop-prod has the number")
		x.Signal(sig)
		x.ends("interrupted=true done=0")
	}
}

func TestASignalWhileApplyingFinishesTheAction(t *testing.T) {
	x := open(t, "slow")
	x.Sees("shop-prod has the number").Types("\r").Sees("Step 2 of 5").Types("ada\r").Sees("Step 3 of 5").Types("tok\r").Sees("enter apply")
	x.Approves("running")
	x.Signal(syscall.SIGTERM)
	x.Sees("Finishing the current step")
	if _, err := x.pipe.WriteString("go\n"); err != nil {
		t.Fatal(err)
	}
	x.ends("status=partial interrupted=true done=1")
}

func TestAPanicRestoresTheTerminal(t *testing.T) {
	x := open(t, "panic", "GORACE=exitcode=0") // Bubble Tea does not wait for its reader then
	x.Sees("shop-prod has the number").Types("\r").Sees("Step 2 of 5").Types("ada\r")
	x.ends("failed=true")
}

func TestNoColour(t *testing.T) {
	x := open(t, "setup", "NO_COLOR=1")
	x.Sees("shop-prod has the number").Types("\x03").Sees("ended:")
	if found := regexp.MustCompile(`\x1b\[[0-9;]*[1-9][0-9;]*m`).FindString(x.Output()); found != "" {
		t.Errorf("colour in spite of NO_COLOR: %q", found)
	}
}

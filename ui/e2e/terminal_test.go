//go:build unix

package e2e

import (
	"os/exec"
	"syscall"
	"testing"
)

// failures counts what a test would be told.
type failures struct {
	testing.TB
	n int
}

func (f *failures) Helper()               {}
func (f *failures) Error(...any)          { f.n++ }
func (f *failures) Errorf(string, ...any) { f.n++ }

// TestRestored holds it to see each way of leaving a terminal in disorder.
func TestRestored(t *testing.T) {
	for script, want := range map[string]int{
		`printf 'nothing'`: 0,
		`printf '\033[?1049h\033[?25l\033[?25h\033[?1049l'`: 0,
		`printf '\033[?1049h\033[?25l\033[?25h'`:            1,
		`printf '\033[?1049l\033[?1049h'`:                   1,
		`printf '\033]11;?\a'`:                              1,
		`stty -echo`:                                        1,
		`stty -echo; stty echo`:                             0,
	} {
		f := &failures{TB: t}
		x := Start(f, exec.Command("sh", "-c", script), 80, 24)
		if state := x.Ends(); !state.Success() {
			t.Fatalf("%s: %v\n%s", script, state, x.Output())
		}
		if x.Restored(); f.n != want {
			t.Errorf("%s: %d failures, want %d", script, f.n, want)
		}
	}
}

// TestConversation talks to a program that waits for the answer, is given
// another window, and is ended by a signal.
func TestConversation(t *testing.T) {
	x := Start(t, exec.Command("sh", "-c", `trap 'stty size; exit 7' TERM; read -r name; echo "hello $name"; while :; do read -r _; done`), 80, 24)
	x.Types("you\n").Sees("goodbye", "hello you")
	x.Resize(132, 43)
	x.Signal(syscall.SIGTERM)
	x.Types("\n")
	if code := x.Ends().ExitCode(); code != 7 {
		t.Errorf("exit code %d", code)
	}
	x.Sees("43 132").Restored()
	if x.Cell(0, 1).Text != "h" {
		t.Errorf("the screen shows\n%s", x.Shown())
	}
}

func TestHangUp(t *testing.T) {
	x := Start(t, exec.Command("sh", "-c", `echo here; read -r _`), 80, 24)
	x.Sees("here").HangUp()
	if x.Ends().Success() {
		t.Error("a terminal that went away was not noticed")
	}
}

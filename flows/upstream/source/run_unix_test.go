//go:build unix

package source

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childOf is the process that a program has said to have started.
func childOf(t *testing.T, says []byte) int {
	t.Helper()
	word := strings.Fields(strings.TrimPrefix(string(says), "child "))
	if len(word) == 0 {
		t.Fatalf("no child: %q", says)
	}
	pid, err := strconv.Atoi(word[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// gone waits until a process is no more, or a zombie that nobody reaps here.
func gone(pid int) bool {
	for range 500 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func TestWhatAProgramStartedIsKilled(t *testing.T) {
	r, err := playing("linger").run(t.Context())
	if err != nil || r.outcome != lingered {
		t.Fatalf("%v, %v", r.outcome, err)
	}
	if len(r.out) == 0 {
		t.Error("what was printed is lost")
	}
	if pid := childOf(t, r.says); !gone(pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		t.Error("the child still runs")
	}
}

// A helper may leave an agent behind, as gpg does: as long as it keeps quiet,
// it's none of our business.
func TestAnAgentMayStay(t *testing.T) {
	r, err := playing("background").run(t.Context())
	if err != nil || r.outcome != ended || strings.TrimSpace(string(r.out)) != canary {
		t.Fatalf("%v, %v", r.outcome, err)
	}
	pid := childOf(t, r.says)
	if zombie(pid) || syscall.Kill(pid, syscall.SIGKILL) != nil {
		t.Error("the agent was killed")
	}
}

func TestAProgramHasNoTerminal(t *testing.T) {
	got, err := runCommand(t.Context(), playing("terminal"), false)
	if err != nil || string(got.Reveal()) != "none" {
		t.Errorf("it could ask at the terminal: %v", err)
	}
}

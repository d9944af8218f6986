//go:build unix

package source

import (
	"os/exec"
	"syscall"
)

// processes are a program and all that it has started.
type processes struct{ group int }

// ownGroup lets a program run in a session of its own: it gets no terminal to
// ask at, as that is ours, and can be killed with all that it has started.
func ownGroup(cmd *exec.Cmd) *processes {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return &processes{}
}

// started is told of the program once it runs.
func (p *processes) started(cmd *exec.Cmd) { p.group = cmd.Process.Pid }

// kill ends all of them; those that are gone already don't matter.
func (p *processes) kill() { _ = syscall.Kill(-p.group, syscall.SIGKILL) }

// release lets go of those that still run.
func (p *processes) release() {}

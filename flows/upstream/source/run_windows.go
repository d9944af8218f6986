package source

import (
	"os/exec"

	"golang.org/x/sys/windows"
)

// processes are a program and all that it has started, gathered in a job
// object, https://learn.microsoft.com/windows/win32/procthread/job-objects.
type processes struct {
	job windows.Handle
	cmd *exec.Cmd
}

// ownGroup lets a program run without a console window of its own, and in a
// job that can be ended as a whole.
func ownGroup(cmd *exec.Cmd) *processes {
	cmd.SysProcAttr = &windows.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP}
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return &processes{} // the program alone can be killed
	}
	return &processes{job: job}
}

// started puts the program, and with it all that it will start, into the job.
func (p *processes) started(cmd *exec.Cmd) {
	p.cmd = cmd
	if p.job == 0 {
		return
	}
	const access = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE
	h, err := windows.OpenProcess(access, false, uint32(cmd.Process.Pid)) //nolint:gosec // an id is positive
	if err != nil {
		return
	}
	_ = windows.AssignProcessToJobObject(p.job, h)
	_ = windows.CloseHandle(h)
}

// kill ends all of them; those that are gone already don't matter.
func (p *processes) kill() {
	_ = p.cmd.Process.Kill()
	if p.job != 0 {
		_ = windows.TerminateJobObject(p.job, 1)
	}
}

// release lets go of those that still run.
func (p *processes) release() {
	if p.job != 0 {
		_ = windows.CloseHandle(p.job)
	}
}

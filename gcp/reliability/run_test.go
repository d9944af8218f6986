package reliability

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/ui/e2e/mutant"
)

// runLimit is when a run is taken to hang.
const runLimit = 3 * time.Minute

// outcome is how a run of the program ended.
type outcome struct {
	Exit   int
	Killed bool
	Report report
	Stderr string
}

// report is what the tests read of the program's JSON.
type report struct {
	Status  string
	Actions []struct{ ID, State string }
	Checks  []struct{ ID, Level, Says, Why string }
	Problem *struct {
		Code          check.Code
		Title, Detail string
		Hints         []string
	}
	Receipt *string
	// Broken and Unknown are doctor's.
	Broken  *string
	Unknown []string
}

// buildProgram builds the program, with an overlay if there is one, and returns
// its path.
func buildProgram(ctx context.Context, dir, name, overlay string) (string, error) {
	path := filepath.Join(dir, name)
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-overlay", overlay, "-o", path, "example.com/upstreamauth")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// run runs the program against the world's proxy. Where a fault ends it, it is
// sent SIGKILL at that very call.
func (w *world) run(ctx context.Context, program string, args []string, f *fault) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	args = append(args[:len(args):len(args)], "--emulator", w.proxy.addr(), "--yes", "--output", "json")
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.state, "XDG_STATE_HOME=" + w.state, mutant.Variable + "=" + w.mutant}
	var out, says bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &says
	w.proxy.arm(f)
	if err := cmd.Start(); err != nil {
		return outcome{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var err error
	if f != nil && f.kind.kill {
		select {
		case <-f.reached:
			_ = cmd.Process.Kill() // it may just have ended
			err = <-ended
		case err = <-ended:
		}
		close(f.release)
	} else {
		err = <-ended
	}
	if ctx.Err() != nil {
		return outcome{}, fmt.Errorf("it did not end within %s: %s", runLimit, says.String())
	}
	o := outcome{Stderr: says.String()}
	if exit, failed := errors.AsType[*exec.ExitError](err); failed {
		o.Exit = exit.ExitCode()
		o.Killed = o.Exit < 0
	} else if err != nil {
		return o, err
	}
	if o.Killed || o.Exit == 2 || o.Exit == 130 {
		return o, nil
	}
	if err := json.Unmarshal(out.Bytes(), &o.Report); err != nil {
		return o, fmt.Errorf("exit %d without a report: %w; it said %s", o.Exit, err, strings.TrimSpace(o.Stderr))
	}
	return o, nil
}

package security

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long one run may take before the test fails. It is only ever
// waited for where something is broken.
const patience = time.Minute

// home is where a program under test lives: everything it may write lies here.
type home struct {
	dir, work, log string
	more           []string // of the environment
}

func newHome(t *testing.T) home {
	t.Helper()
	dir := t.TempDir()
	h := home{dir: dir, work: filepath.Join(dir, "work"), log: filepath.Join(dir, "calls.log")}
	for _, d := range []string{"work", "tmp", "state"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// loud switches on everything that makes Google's clients, gRPC and Go's HTTP
// talk of what they send, and asks for the most talkative of ends.
var loud = []string{
	"GOOGLE_SDK_GO_LOGGING_LEVEL=debug", "GODEBUG=http2debug=2", "GRPC_GO_LOG_SEVERITY_LEVEL=info",
	"GRPC_GO_LOG_VERBOSITY_LEVEL=99", "GRPC_BINARY_LOG_FILTER=*", "GRPC_TRACE=all", "GOTRACEBACK=crash",
}

func (h home) env() []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "TMPDIR=" + filepath.Join(h.dir, "tmp"),
		"XDG_STATE_HOME=" + filepath.Join(h.dir, "state"), "SSLKEYLOGFILE=" + filepath.Join(h.dir, "keys"),
		"LANG=C.UTF-8", "TERM=xterm-256color",
	}, slices.Concat(loud, h.more)...)
}

// command runs a program in its home with core dumps asked for.
func (h home) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	line := append([]string{"-c", `ulimit -c unlimited 2>/dev/null; exec "$@"`, "sh", name}, args...)
	cmd := exec.CommandContext(ctx, "sh", line...)
	cmd.Dir, cmd.Env = h.work, h.env()
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// traces is what a program left, by the place where.
type traces struct {
	mu sync.Mutex
	of map[string][]byte
}

func (x *traces) add(where string, b []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.of == nil {
		x.of = map[string][]byte{}
	}
	x.of[where] = append(x.of[where], b...)
}

func (x *traces) text(where string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return string(x.of[where])
}

// files adds all that lies in the home.
func (x *traces) files(t *testing.T, h home) {
	t.Helper()
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, h.dir)
		x.add("names of files", []byte(name+"\n"))
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		x.add("file "+name, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// proc adds what a system tells of a running program. Where its environment
// may not be read, that is the program's own doing.
func (x *traces) proc(pid int) {
	for _, name := range []string{"cmdline", "environ", "comm", "status", "limits"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil {
			text = []byte(err.Error())
		}
		x.add("/proc/PID/"+name, append(text, '\n'))
	}
}

// leaks lists where a canary was found, and how it was written there.
func (x *traces) leaks() []string { return x.leaksOf(canary, former) }

// leaksOf is leaks for other secrets.
func (x *traces) leaksOf(secrets ...string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []string
	var needles []needle
	for _, s := range secrets {
		needles = append(needles, needlesOf(s)...)
	}
	for where, text := range x.of {
		for _, form := range found(needles, text) {
			all = append(all, where+": "+form)
		}
	}
	return all
}

// wantNone fails the test where a canary was found.
func (x *traces) wantNone(t *testing.T) {
	t.Helper()
	if leaks := x.leaks(); len(leaks) > 0 {
		t.Errorf("the token leaked:\n%s", strings.Join(leaks, "\n"))
	}
}

// finish runs a command to its end and collects what it left; input is what it
// reads from a pipe. meanwhile, if any, is called once while it asks an upstream.
func finish(t *testing.T, w *world, h home, meanwhile func(*os.Process), input, program string, args ...string) (*traces, *os.ProcessState) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	x := &traces{}
	cmd := h.command(ctx, program, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	w.onAsked(func() {
		x.proc(cmd.Process.Pid)
		if meanwhile != nil {
			once.Do(func() { meanwhile(cmd.Process) })
		}
	})
	_ = cmd.Wait() // the exit code tells
	w.onAsked(nil)
	if ctx.Err() != nil {
		t.Errorf("%v did not come to its end\nstdout:\n%s\nstderr:\n%s", args, out.String(), errs.String())
	}
	x.add("stdout", out.Bytes())
	x.add("stderr", errs.Bytes())
	x.files(t, h)
	return x, cmd.ProcessState
}

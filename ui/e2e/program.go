// Package e2e builds the program and drives it, for tests of the whole: as a
// command with a home of its own, or in a pseudo terminal with keys to press, a
// screen to look at, and a look at how the terminal was left. The tests are in
// the folders below. Nothing but tests may import it.
package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"example.com/upstreamauth/ui/e2e/mutant"
)

// ProgramVariable is the environment variable that names a program to test
// instead of one that is built here.
const ProgramVariable = "UPSTREAMAUTH_BENCH"

// builds are the programs that were built, in a folder that goes when the tests
// are over.
var builds struct {
	mu  sync.Mutex
	dir string
	of  map[string]func() (string, error)
}

// Tests runs a package's tests and removes what was built for them:
//
//	func TestMain(m *testing.M) { os.Exit(e2e.Tests{M: m}.Run()) }
type Tests struct{ *testing.M }

// Run returns the exit code of the tests.
func (t Tests) Run() int {
	defer func() {
		if builds.dir != "" {
			_ = os.RemoveAll(builds.dir)
		}
	}()
	return t.M.Run()
}

// Root is the module's folder.
var Root = sync.OnceValue(func() string {
	_, here, _, _ := runtime.Caller(0)
	if !filepath.IsAbs(here) { // built with -trimpath
		out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}").Output()
		if err != nil {
			panic(fmt.Sprintf("find the module's folder: %v", err))
		}
		return strings.TrimSpace(string(out))
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(here)))
})

// Program is the path of upstreamauth, built with bugs in it, once for all tests
// of a package. What mutant.Variable names is brought out. Go's build cache keeps what it has linked, so that the
// next package, and the next run, build it in no time.
func Program(t testing.TB, mutants ...mutant.Mutant) string {
	t.Helper()
	path, err := Build(mutants...)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Build is Program where there is no test to fail.
func Build(mutants ...mutant.Mutant) (string, error) {
	if path := os.Getenv(ProgramVariable); path != "" && len(mutants) == 0 {
		return path, nil
	}
	name := fmt.Sprint(mutants)
	builds.mu.Lock()
	if builds.of == nil {
		dir, err := os.MkdirTemp("", "upstreamauth-e2e-")
		if err != nil {
			builds.mu.Unlock()
			return "", err
		}
		builds.dir, builds.of = dir, map[string]func() (string, error){}
	}
	if builds.of[name] == nil {
		target := filepath.Join(builds.dir, fmt.Sprint(len(builds.of)), "upstreamauth"+executable())
		builds.of[name] = sync.OnceValues(func() (string, error) { return target, build(target, mutants) })
	}
	get := builds.of[name]
	builds.mu.Unlock()
	return get()
}

func executable() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// build builds with what the bugs change in the place of the real files. "go run"
// keeps its program in the build cache, which "go build" does not: it is told to
// run cp, with the program to copy.
func build(target string, mutants []mutant.Mutant) error {
	dir := filepath.Dir(target)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	overlay, err := mutant.Overlay(Root(), dir, mutants...)
	if err != nil {
		return err
	}
	args := []string{"run", "-trimpath", "-overlay", overlay, "-exec", "cp", ".", target}
	if runtime.GOOS == "windows" {
		args = []string{"build", "-trimpath", "-overlay", overlay, "-o", target, "."}
	}
	cmd := exec.CommandContext(context.Background(), "go", args...) //nolint:gosec // the go command, on files of ours
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// Environment is that of a program whose home is a folder of the test's: it
// reads and writes nothing elsewhere.
func Environment(home string, more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"),
		"CLOUDSDK_CONFIG=" + filepath.Join(home, "gcloud"), "TMPDIR=" + home, "TERM=xterm-256color", "LANG=C.UTF-8",
	}, more...)
}

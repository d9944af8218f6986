// Package e2e builds the program and drives it, for tests of the whole: as a
// command with a home of its own, or in a pseudo terminal with keys to press, a
// screen to look at, and a look at how the terminal was left. The tests are in
// the folders below. Nothing but tests may import it.
package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
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

// Change is a change of a package, by its folder from the module's root, made
// for one build alone: Old must occur once in the package's files. Where Old is
// empty, New is a file of its own.
type Change struct{ Folder, Old, New string }

// Program is the path of upstreamauth, built with the changes, once for all
// tests of a package. Go's build cache keeps what it has linked, so that the
// next package, and the next run, build it in no time.
func Program(t testing.TB, changes ...Change) string {
	t.Helper()
	path, err := Build(changes...)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Build is Program where there is no test to fail.
func Build(changes ...Change) (string, error) {
	if path := os.Getenv(ProgramVariable); path != "" && len(changes) == 0 {
		return path, nil
	}
	name := fmt.Sprint(changes)
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
		builds.of[name] = sync.OnceValues(func() (string, error) { return target, build(target, changes) })
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

// build writes the changed files beside the target, and builds with them in the
// place of the real ones. "go run" keeps its program in the build cache, which
// "go build" does not: it is told to run cp, with the program to copy.
func build(target string, changes []Change) error {
	if err := os.Mkdir(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	replace := map[string]string{}
	for i, c := range changes {
		path, text, err := c.find(replace)
		if err != nil {
			return err
		}
		changed := fmt.Sprintf("%s-%d.go", target, i)
		if err := os.WriteFile(changed, []byte(strings.Replace(text, c.Old, c.New, 1)), 0o600); err != nil {
			return err
		}
		replace[path] = changed
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	if err := os.WriteFile(target+".json", overlay, 0o600); err != nil {
		return err
	}
	args := []string{"run", "-trimpath", "-overlay", target + ".json", "-exec", "cp", ".", target}
	if runtime.GOOS == "windows" {
		args = []string{"build", "-trimpath", "-overlay", target + ".json", "-o", target, "."}
	}
	cmd := exec.CommandContext(context.Background(), "go", args...) //nolint:gosec // the go command, on files of ours
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// find is the file that the change is made in, as earlier ones have left it.
func (c Change) find(replaced map[string]string) (path, text string, err error) {
	if c.Old == "" {
		return filepath.Join(Root(), c.Folder, "added.go"), "", nil
	}
	files, err := filepath.Glob(filepath.Join(Root(), c.Folder, "*.go"))
	if err != nil {
		return "", "", err
	}
	fits := 0
	for _, file := range files {
		content, err := os.ReadFile(cmp.Or(replaced[file], file))
		if err != nil {
			return "", "", err
		}
		if n := strings.Count(string(content), c.Old); n > 0 && !strings.HasSuffix(file, "_test.go") {
			path, text, fits = file, string(content), fits+n
		}
	}
	if fits != 1 {
		return "", "", fmt.Errorf("the change of %s fits %d times: %s", c.Folder, fits, c.Old)
	}
	return path, text, nil
}

// Environment is that of a program whose home is a folder of the test's: it
// reads and writes nothing elsewhere.
func Environment(home string, more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"),
		"CLOUDSDK_CONFIG=" + filepath.Join(home, "gcloud"), "TMPDIR=" + home, "TERM=xterm-256color", "LANG=C.UTF-8",
	}, more...)
}

package security

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// root is the module's folder.
const root = "../../.."

// built are the programs that were built for these tests, in a folder that
// goes when they are over.
var built struct {
	dir string
	mu  sync.Mutex
	of  map[string]func() (string, error)
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "upstreamauth-security-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built.dir, built.of = dir, map[string]func() (string, error){}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// mutation is a change of a package, by its folder, made for the build alone:
// what is to be replaced must occur in one of its files, once. Where nothing is
// to be replaced, the new text is a file of its own.
type mutation struct{ folder, old, new string }

// program builds upstreamauth, changed by the mutations, once for all tests.
func program(t *testing.T, changes ...mutation) string {
	t.Helper()
	name := fmt.Sprint(changes)
	built.mu.Lock()
	if built.of[name] == nil {
		target := filepath.Join(built.dir, fmt.Sprintf("upstreamauth-%d", len(built.of)))
		built.of[name] = sync.OnceValues(func() (string, error) { return target, build(target, changes) })
	}
	get := built.of[name]
	built.mu.Unlock()
	path, err := get()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// build writes the changed files beside the target and builds with them in the
// place of the real ones.
func build(target string, changes []mutation) error {
	replace := map[string]string{}
	for i, c := range changes {
		real, text, err := c.find(replace)
		if err != nil {
			return err
		}
		changed := fmt.Sprintf("%s-%d.go", target, i)
		if err := os.WriteFile(changed, []byte(strings.Replace(text, c.old, c.new, 1)), 0o600); err != nil {
			return err
		}
		replace[real] = changed
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	if err := os.WriteFile(target+".json", overlay, 0o600); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-overlay", target+".json", "-o", target, ".")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// find is the file that the mutation changes, as earlier ones have left it.
func (c mutation) find(replaced map[string]string) (path, text string, err error) {
	if c.old == "" {
		path, err := filepath.Abs(filepath.Join(root, c.folder, "added.go"))
		return path, "", err
	}
	files, err := filepath.Glob(filepath.Join(root, c.folder, "*.go"))
	if err != nil {
		return "", "", err
	}
	fits := 0
	for _, file := range files {
		real, err := filepath.Abs(file)
		if err != nil {
			return "", "", err
		}
		content, err := os.ReadFile(cmp.Or(replaced[real], real))
		if err != nil {
			return "", "", err
		}
		if n := strings.Count(string(content), c.old); n > 0 && !strings.HasSuffix(file, "_test.go") {
			path, text, fits = real, string(content), fits+n
		}
	}
	if fits != 1 {
		return "", "", fmt.Errorf("the mutation of %s fits %d times: %s", c.folder, fits, c.old)
	}
	return path, text, nil
}

func sha256Of(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

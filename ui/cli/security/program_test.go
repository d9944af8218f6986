package security

import (
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

// mutation is a change of one source file, made for the build alone.
type mutation struct{ file, old, new string }

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
		real, err := filepath.Abs(filepath.Join(root, c.file))
		if err != nil {
			return err
		}
		from := real
		if replace[real] != "" {
			from = replace[real]
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if n := strings.Count(string(text), c.old); n != 1 {
			return fmt.Errorf("the mutation of %s fits %d times: %s", c.file, n, c.old)
		}
		changed := fmt.Sprintf("%s-%d.go", target, i)
		if err := os.WriteFile(changed, []byte(strings.Replace(string(text), c.old, c.new, 1)), 0o600); err != nil {
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

func sha256Of(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

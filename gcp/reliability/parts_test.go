package reliability

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/ui/e2e"
	"example.com/upstreamauth/ui/e2e/mutant"
)

// parts are the tests of one package, built with every bug that they must find.
type parts struct{ path, folder string }

// buildParts builds a package's tests with bugs in them.
func buildParts(ctx context.Context, dir, in string, all []bug) (parts, error) {
	dir, err := os.MkdirTemp(dir, "parts-")
	if err != nil {
		return parts{}, err
	}
	overlay, err := mutant.Overlay(e2e.Root(), dir, mutantsOf(all)...)
	if err != nil {
		return parts{}, err
	}
	p := parts{filepath.Join(dir, "parts.test"), filepath.Join(e2e.Root(), filepath.FromSlash(in))}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-o", p.path, in)
	cmd.Dir = e2e.Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return parts{}, fmt.Errorf("build the tests of %s: %w\n%s", in, err, out)
	}
	return p, nil
}

func mutantsOf(all []bug) []mutant.Mutant {
	var some []mutant.Mutant
	for _, b := range all {
		some = append(some, mutant.Mutant{Name: b.name, Changes: b.changes})
	}
	return some
}

// fails runs tests with a bug, and returns whether they fail, and what they say.
func (p parts) fails(ctx context.Context, bug, test string) (bool, string, error) {
	cmd := exec.CommandContext(ctx, p.path, "-test.timeout=20s", "-test.failfast", "-test.run="+test)
	cmd.Dir = p.folder
	cmd.Env = append(os.Environ(), mutant.Variable+"="+bug)
	out, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		return true, string(out), nil
	}
	if err == nil && strings.Contains(string(out), "no tests to run") {
		err = fmt.Errorf("there is no test %s in %s", test, p.folder)
	}
	return false, string(out), err
}

// TestBugsFit tells of a bug that has no place any more, and of a test that is
// gone, long before anything is built.
func TestBugsFit(t *testing.T) {
	if _, err := mutant.Overlay(e2e.Root(), t.TempDir(), mutantsOf(bugs)...); err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for _, b := range bugs {
		if seen[b.name] {
			t.Errorf("there are two bugs %q", b.name)
		}
		seen[b.name] = true
		if !slices.ContainsFunc(filesOf(t, b.in), func(text string) bool { return strings.Contains(text, "\nfunc "+b.test+"(t ") }) {
			t.Errorf("%s: there is no %s in %s", b.name, b.test, b.in)
		}
	}
}

// filesOf are the tests of a package.
func filesOf(t *testing.T, in string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(e2e.Root(), filepath.FromSlash(in), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// findBugs brings out every bug of the parts, and wants the test that is named
// for it to fail; it returns those that were found. The tests pass without a bug.
// below is what the names of the packages begin with.
func findBugs(t *testing.T, below string) (found []bug) {
	t.Helper()
	var packages []string
	for _, b := range bugs {
		if strings.HasPrefix(b.in, below) && !slices.Contains(packages, b.in) {
			packages = append(packages, b.in)
		}
	}
	for _, in := range packages {
		some := slices.DeleteFunc(slices.Clone(bugs), func(b bug) bool { return b.in != in })
		p, err := buildParts(t.Context(), t.TempDir(), in, some)
		if err != nil {
			t.Error(err)
			continue
		}
		var tests []string
		for _, b := range some {
			tests = append(tests, b.test)
		}
		slices.Sort(tests)
		sound := "^(" + strings.Join(slices.Compact(tests), "|") + ")$"
		if failed, says, err := p.fails(t.Context(), "", sound); failed || err != nil {
			t.Errorf("%s fails without a bug, too: %v\n%s", in, err, says)
			continue
		}
		for _, b := range some {
			failed, _, err := p.fails(t.Context(), b.name, "^"+b.test+"$")
			if err != nil || !failed {
				t.Errorf("%s: %s, %s doesn't notice it: %v", b.name, b.in, b.test, err)
				continue
			}
			fmt.Printf("bug %-78s found by %s\n", b.name, b.test)
			found = append(found, b)
		}
	}
	fmt.Printf("%d of %d bugs of the parts are found\n", len(found), len(bugs))
	return found
}

// TestBugsAreFound is TestReliability's part without the matrix.
func TestBugsAreFound(t *testing.T) {
	below := os.Getenv(bugsVariable)
	if below == "" {
		t.Skip("`make reliability` finds them")
	}
	findBugs(t, below)
}

// bugsVariable is the environment variable that has the bugs of some packages
// found alone: "./flows/change", or "." for all.
const bugsVariable = "UPSTREAMAUTH_BUGS"

package security

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// TestPagesNameWhatExists holds the pages to naming no test, and no target of
// make, that is not there.
func TestPagesNameWhatExists(t *testing.T) {
	var tests strings.Builder
	err := filepath.WalkDir(e2e.Root(), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	targets, err := os.ReadFile(filepath.Join(e2e.Root(), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(e2e.Root(), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]*)`|`make\\s+([a-z]+)")
	seen := map[string]int{}
	for _, page := range append(pages, filepath.Join(e2e.Root(), "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			seen[filepath.Base(page)]++
			if m[1] == "TestIamPermissions" { // a method of Google's
				continue
			}
			if m[1] != "" && !strings.Contains(tests.String(), "\nfunc "+m[1]+"(") {
				t.Errorf("%s names %s, which is not there", page, m[1])
			}
			if m[2] != "" && !strings.Contains(string(targets), "\n"+m[2]+":") {
				t.Errorf("%s names make %s, which is not there", page, m[2])
			}
		}
	}
	if seen["SECURITY.md"] < 15 {
		t.Errorf("only this was looked at: %v", seen)
	}
}

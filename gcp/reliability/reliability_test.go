package reliability

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The environment variables of `make reliability`: where the page goes, and
// the beginning of the names of the cases to run instead of all.
const (
	pageVariable = "UPSTREAMAUTH_RELIABILITY"
	caseVariable = "UPSTREAMAUTH_RELIABILITY_CASE"
)

// TestReliability runs every case, then shows that the matrix finds bugs which
// are put in on purpose, and writes the page.
func TestReliability(t *testing.T) {
	page, only := os.Getenv(pageVariable), os.Getenv(caseVariable)
	if page == "" {
		t.Skip("`make reliability` runs it")
	}
	l := newLab(t)
	began := time.Now()
	courses, err := l.courses(t.Context(), func(f flow) bool {
		return strings.HasPrefix(only, f.name) || strings.HasPrefix(f.name, only)
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []task
	for _, c := range courses {
		all = append(all, c.tasks(func(at call, k kind) bool {
			return strings.HasPrefix(result{flow: c.flow, at: at, kind: k}.name(), only)
		})...)
	}
	results := l.attemptAll(t.Context(), all, func(r result) bool {
		fmt.Printf("%-88s %s\n", r.name(), r.cell())
		return true
	})
	for _, r := range results {
		complain(t, r)
	}
	var beside []story
	for _, c := range courses {
		for _, s := range l.stories(c) {
			if strings.HasPrefix(s.name(), only) {
				beside = append(beside, s)
			}
		}
	}
	told := tellAll(t.Context(), t, beside)
	fmt.Printf("%d cases beside the matrix\n", len(beside))
	fmt.Printf("%d cases of %d flows in %s\n", len(results), len(courses), time.Since(began).Round(time.Second))
	if only != "" {
		return
	}
	var found []finding
	buggy, err := l.withBugs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range inProgram {
		f, err := buggy.try(t.Context(), m)
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		fmt.Printf("bug %-50s found by %s\n", m.name, f.by)
		found = append(found, f)
	}
	parts := findBugs(t, ".")
	fmt.Printf("everything in %s\n", time.Since(began).Round(time.Second))
	if t.Failed() {
		return
	}
	if err := os.WriteFile(filepath.Clean(page), []byte(pageOf(courses, results, told, found, parts)), 0o644); err != nil {
		t.Error(err)
	}
}

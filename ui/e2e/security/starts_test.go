package security

import (
	"slices"
	"strings"
	"testing"
)

// TestNothingIsStarted holds the program to starting no other one, whose
// arguments and environment could be read.
func TestNothingIsStarted(t *testing.T) {
	// A line for each package of ours in the program, and what it imports.
	ours, err := goTool("list", "-deps", "-f", `{{if .Module}}{{if .Module.Main}}{{.ImportPath}}: {{join .Imports " "}}{{end}}{{end}}`, ".")
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(ours) {
		pkg, imports, found := strings.Cut(line, ": ")
		if !found {
			continue
		}
		packages++
		for _, never := range []string{"os/exec", "plugin", "testing"} {
			if slices.Contains(strings.Fields(imports), never) {
				t.Errorf("%s imports %s", pkg, never)
			}
		}
	}
	if packages < 10 {
		t.Errorf("only %d packages were looked at:\n%s", packages, ours)
	}
}

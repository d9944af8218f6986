package security

import (
	"strings"
	"testing"
)

// TestNothingIsStarted holds the program to starting no other one, whose
// arguments and environment could be read.
func TestNothingIsStarted(t *testing.T) {
	imports, err := goTool("list", "-f", `{{join .Imports "\n"}}`, "./...")
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.FieldsSeq(imports) {
		if pkg == "os/exec" || pkg == "plugin" {
			t.Errorf("our code imports %s", pkg)
		}
	}
}

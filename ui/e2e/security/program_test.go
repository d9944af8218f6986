package security

import (
	"crypto/sha256"
	"fmt"
	"os"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.Tests{M: m}.Run()) }

func sha256Of(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

package emulator

import (
	"os"
	"regexp"
	"testing"
)

// TestTheDocumentedSeedIsRead builds the world that the documentation shows,
// so that its description of the format cannot go stale.
func TestTheDocumentedSeedIsRead(t *testing.T) {
	text := string(must(os.ReadFile("../../docs/EMULATOR.md")))
	found := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(text)
	if found == nil {
		t.Fatal("there is no example of a seed file")
	}
	s := serve(t, Options{SeedFile: seedFile(t, found[1])})
	p := s.world.byName["my-project"]
	if p == nil || len(p.secrets.values) != 1 || len(p.repositories.values) != 1 {
		t.Errorf("got %+v", p)
	}
}

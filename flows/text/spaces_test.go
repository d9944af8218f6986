package text_test

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows/text"
)

// TestNoDoubleSpaces holds that no message has two spaces in a row, but to
// indent a command, or a space at the end of a line.
func TestNoDoubleSpaces(t *testing.T) {
	check := func(at, said string) {
		for line := range strings.SplitSeq(said, "\n") {
			line = strings.TrimLeft(line, " ")
			if strings.Contains(line, "  ") || strings.HasSuffix(line, " ") && !strings.HasSuffix(line, ": ") {
				t.Errorf("%s: spaces in %q", at, line)
			}
		}
	}
	for _, m := range sourceMessages(t) {
		check(m.at, m.key)
		check(m.at, m.one)
	}
	for _, l := range text.Languages()[1:] {
		for key, said := range text.Translations(l) {
			check("the translation of "+key, said)
		}
	}
}

package report

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// Style is how text may look, and its language.
type Style struct {
	// ASCII keeps to signs that every terminal and screen reader knows.
	ASCII bool
	// Language is the reader's; the zero value is English.
	Language text.Language
}

// mark is a sign and its twin in ASCII, and the word that always goes with it.
type mark struct {
	sign, ascii string
	word        text.Text
}

// marks are the kinds of finding.
var marks = map[check.Level]mark{
	check.OK:      {"✓", "+", text.New("ok")},
	check.Note:    {"i", "i", text.New("note")},
	check.Warning: {"!", "!", text.New("warning")},
	check.Block:   {"✗", "x", text.New("problem")},
	check.Unknown: {"?", "?", text.New("not checked")},
}

// skipped is the mark of a link that nothing needs.
var skipped = mark{"·", "-", text.New("skipped")}

// Mark is the sign and the word of a level.
func (s Style) Mark(l check.Level) string { return s.show(marks[l]) }

// MarkOf is the sign and the word of a finding: its level's, unless nothing
// needs it.
func (s Style) MarkOf(f check.Finding) string {
	if f.Code == check.NotNeeded {
		return s.show(skipped)
	}
	return s.Mark(f.Level)
}

func (s Style) show(m mark) string {
	if s.ASCII {
		return m.ascii + " " + s.in(m.word)
	}
	return m.sign + " " + s.in(m.word)
}

// in puts a text into the reader's language.
func (s Style) in(t text.Text) string { return t.In(s.Language) }

// pad fills a text up to a width, in cells.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-ansi.StringWidth(s), 0))
}

// NeedsASCII reports whether a terminal of this TERM, NO_UNICODE and locale may
// lack signs beyond ASCII, or draw them at a width of two as Chinese, Japanese
// and Korean locales do.
func NeedsASCII(term, noUnicode, locale string) bool {
	if term == "linux" || term == "dumb" || noUnicode != "" {
		return true
	}
	lower := strings.ToLower(locale)
	for _, language := range []string{"zh", "ja", "ko"} {
		if strings.HasPrefix(lower, language) {
			return true
		}
	}
	return locale != "" && !strings.Contains(lower, "utf-8") && !strings.Contains(lower, "utf8")
}

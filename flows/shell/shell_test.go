package shell

import "testing"

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"": "''", "plain-1.2/x@y": "plain-1.2/x@y", "-": "-", " ": "' '", "a b-": "'a b-'", "robot$a": "'robot$a'", "two words": "'two words'", "it's": `'it'\''s'`, "日本": "'日本'",
	} {
		if got := Quote(word); got != want {
			t.Errorf("%q is quoted %s, want %s", word, got, want)
		}
	}
}

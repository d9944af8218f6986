package wording

import (
	"testing"
)

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 versions": Count(0, "version"), "1 version": Count(1, "version"), "2 versions": Count(2, "version"),
		"1 repository": Count(1, "repository"), "3 repositories": Count(3, "repository"), "1 day": Count(1, "day"), "2 days": Count(2, "day"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"": "''", "plain-1.2/x@y": "plain-1.2/x@y", "-": "-", " ": "' '", "a b-": "'a b-'", "robot$a": "'robot$a'", "two words": "'two words'", "it's": `'it'\''s'`, "日本": "'日本'",
	} {
		if got := Quote(word); got != want {
			t.Errorf("%q is quoted %s, want %s", word, got, want)
		}
	}
}

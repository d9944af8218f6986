package flows

import (
	"testing"

	"example.com/upstreamauth/flows/check"
)

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 versions": count(0, "version"), "1 version": count(1, "version"), "2 versions": count(2, "version"),
		"1 repository": count(1, "repository"), "3 repositories": count(3, "repository"), "1 day": count(1, "day"), "2 days": count(2, "day"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"": "''", "plain-1.2/x@y": "plain-1.2/x@y", "robot$a": "'robot$a'", "two words": "'two words'", "it's": `'it'\''s'`, "日本": "'日本'",
	} {
		if got := quote(word); got != want {
			t.Errorf("%q is quoted %s, want %s", word, got, want)
		}
	}
}

func TestUnsaid(t *testing.T) {
	p := Prompt{Help: []string{"Make one at example.com.", "It is tried."}}
	for _, c := range []struct {
		name    string
		r, want *check.Remedy
	}{
		{"no remedy", nil, nil},
		{"another one", &check.Remedy{Says: "copy it again"}, &check.Remedy{Says: "copy it again"}},
		{"the help alone", &check.Remedy{Says: "Make one at example.com."}, nil},
		{"the help and more", &check.Remedy{Says: "check both. Your Docker ID. Make one at example.com."}, &check.Remedy{Says: "check both. Your Docker ID."}},
		{"the help and a command", &check.Remedy{Says: "Make one at example.com.", Command: "make"}, &check.Remedy{Command: "make"}},
	} {
		before := check.Remedy{}
		if c.r != nil {
			before = *c.r
		}
		got := p.Unsaid(check.Finding{Says: "no", Remedy: c.r}).Remedy
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if c.r != nil && *c.r != before {
			t.Errorf("%s: the finding itself was changed", c.name)
		}
	}
}

package engine_test

import (
	"reflect"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

func TestUnsaid(t *testing.T) {
	help := []text.Text{text.New("Make one at example.com."), text.New("It is tried.")}
	p := engine.Prompt{Help: help}
	for _, c := range []struct {
		name    string
		r, want *check.Hint
	}{
		{"no remedy", nil, nil},
		{"another one", &check.Hint{Says: text.New("copy it again")}, &check.Hint{Says: text.New("copy it again")}},
		{"the help alone", &check.Hint{Help: help}, nil},
		{"the help and more", &check.Hint{Says: text.New("check both."), Help: help}, &check.Hint{Says: text.New("check both.")}},
		{"the help and a command", &check.Hint{Help: help, Command: "make"}, &check.Hint{Command: "make"}},
	} {
		before := check.Hint{}
		if c.r != nil {
			before = *c.r
		}
		got := p.Unsaid(check.Finding{Says: text.New("no"), Remedy: c.r}).Remedy
		if (got == nil) != (c.want == nil) || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if c.r != nil && !reflect.DeepEqual(*c.r, before) {
			t.Errorf("%s: the finding itself was changed", c.name)
		}
	}
}

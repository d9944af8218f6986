package engine_test

import (
	"reflect"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
)

func TestUnsaid(t *testing.T) {
	p := engine.Prompt{Help: []string{"Make one at example.com.", "It is tried."}}
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
		if (got == nil) != (c.want == nil) || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if c.r != nil && !reflect.DeepEqual(*c.r, before) {
			t.Errorf("%s: the finding itself was changed", c.name)
		}
	}
}

package emulator

import (
	"strings"
	"testing"
)

func TestFields(t *testing.T) {
	const answer = `{"name":"n","size":9007199254740993,"bindings":[{"role":"r","members":["a","b"]},{"role":"q"}],"labels":{"x":"<1>","y":"2"}}`
	tests := []struct{ fields, want string }{
		{"name", `{"name":"n"}`},
		{"name,size", `{"name":"n","size":9007199254740993}`},
		{"bindings/role", `{"bindings":[{"role":"r"},{"role":"q"}]}`},
		{"bindings(role,members)", `{"bindings":[{"members":["a","b"],"role":"r"},{"role":"q"}]}`},
		{"bindings/role,bindings/members", `{"bindings":[{"members":["a","b"],"role":"r"},{"role":"q"}]}`},
		{"bindings,bindings/role", `{"bindings":[{"members":["a","b"],"role":"r"},{"role":"q"}]}`},
		{"bindings/role,bindings", `{"bindings":[{"members":["a","b"],"role":"r"},{"role":"q"}]}`},
		{"labels/x", `{"labels":{"x":"<1>"}}`},
		{"*/x", `{"bindings":[{},{}],"labels":{"x":"<1>"},"name":"n","size":9007199254740993}`},
		{"nothing", `{}`},
	}
	for _, tt := range tests {
		sel, err := parseFields(tt.fields)
		if err != nil {
			t.Errorf("%q: %v", tt.fields, err)
			continue
		}
		if got := strings.TrimSpace(string(sel.apply([]byte(answer)))); got != tt.want {
			t.Errorf("%q selects %s, want %s", tt.fields, got, tt.want)
		}
	}
	for _, bad := range []string{"", ",", "a,", "a(", "a)", "a()", "/a", "a//b", "a(b", strings.Repeat("a/", 60) + "b"} {
		if _, err := parseFields(bad); err == nil {
			t.Errorf("%q is no selection", bad)
		}
	}
}

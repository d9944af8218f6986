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
		{"bindings.role,labels.y", `{"bindings":[{"role":"r"},{"role":"q"}],"labels":{"y":"2"}}`},
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
	for _, bad := range []string{"", ",", "a,", "a(", "a)", "a()", "/a", "a//b", "a..b", "a(b", strings.Repeat("a/", 60) + "b"} {
		if _, err := parseFields(bad); err == nil {
			t.Errorf("%q is no selection", bad)
		}
	}
}

// TestFieldsOfAnAnswer refuses paths that the answer does not have, before the
// request is served.
func TestFieldsOfAnAnswer(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	const path = "/v1/" + healthy + "/secrets"
	for fields, want := range map[string]string{
		"name,replication.automatic":         "",
		"replication/userManaged/replicas":   "",
		"labels.anything,version_aliases":    "",
		"createTime":                         "",
		"*":                                  "",
		"nosuch":                             "nosuch",
		"name,replication(automatic,nosuch)": "replication.nosuch",
		"replication.userManaged.replicas.x": "replication.userManaged.replicas.x",
		"name/x":                             "name.x",
	} {
		code, answer := g.rest(t, "GET", path+"/docker-hub-token?fields="+fields, "")
		says := "Error expanding 'fields' parameter. Cannot find matching fields for path '" + want + "'."
		if want == "" && code != 200 || want != "" && (code != 400 || !strings.Contains(answer, says)) {
			t.Errorf("%s: %d %s", fields, code, answer)
		}
	}
	code, answer := g.rest(t, "POST", path+"?secretId=new&$fields=nosuch", `{"replication":{"automatic":{}}}`)
	if code != 400 || g.world.byName["demo-healthy"].secrets.keys == nil {
		t.Errorf("%d %s", code, answer)
	}
	if _, made := g.world.byName["demo-healthy"].secrets.get("new"); made {
		t.Error("a refused request made a secret")
	}
	if code, answer := g.rest(t, "GET", "/v1/"+central+"/operations/none?fields=response.any", ""); code != 404 {
		t.Errorf("what is packed: %d %s", code, answer)
	}
}

// TestLocationsOfAnAPI lists each API's own.
func TestLocationsOfAnAPI(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	for _, c := range []struct {
		path   string
		header []string
		multi  bool
		name   string
	}{
		{"/v1/" + healthy + "/locations", nil, true, "projects/demo-healthy/locations/us-east1"},
		{"/artifactregistry/v1/" + healthy + "/locations", nil, true, "projects/demo-healthy/locations/us-east1"},
		{"/secretmanager/v1/" + healthy + "/locations", nil, false, "projects/415104041262/locations/us-east1"},
		{"/v1/" + healthy + "/locations", []string{"X-Emulator-Api", "secretmanager"}, false, "projects/415104041262/locations/us-east1"},
	} {
		code, answer := g.rest(t, "GET", c.path, "", c.header...)
		if code != 200 || strings.Contains(answer, `"locationId":"europe"`) != c.multi || !strings.Contains(answer, c.name) {
			t.Errorf("%s %v: %d %.300s", c.path, c.header, code, answer)
		}
	}
}

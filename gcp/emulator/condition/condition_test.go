package condition

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, good := range []string{
		`request.time < timestamp("2027-01-01T00:00:00Z")`,
		`request.time.getHours("Europe/Berlin") >= 9 && request.time.getHours("Europe/Berlin") <= 17`,
		`resource.name.startsWith("projects/123/secrets/docker-") || resource.type == 'secretmanager.googleapis.com/Secret'`,
		`resource.name.extract("secrets/{name}/") == "x"`,
		`!resource.matchTag("1/env", "prod")`,
		`resource.service == "secretmanager.googleapis.com" ? true : false`,
		`api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/viewer", 'roles/editor'])`,
		`"a" in ["a", "b"]`, `request.auth.access_levels.exists(l, l == "x")`, `request.auth.claims.email == "x"`,
		`request.time - timestamp("2020-01-01T00:00:00Z") < duration("3600s")`, `date("2020-01-01") < request.time`,
		`true // whatever comes`, "true\n&& false", `resource.name == r"a\b"`, `resource.name == """a"b"""`, `size(resource.name) > 0x1F`,
		`-1 < 1.5e3`, `has(request.auth.claims)`, `{"a": 1}["a"] == 1`, `resource.name == "日本"`, `(((true)))`, `destination.port == 443u`,
		strings.Repeat("true || ", MaxOperators) + "true",
	} {
		if err := Check(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, says := range map[string]string{
		``:                                    "1:1: Syntax error: mismatched input '<EOF>'",
		`request.time <`:                      "1:15: Syntax error: mismatched input '<EOF>'",
		`request.time < "2027-01-01"`:         "1:14: found no matching overload for '_<_' applied to '(google.protobuf.Timestamp, string)'",
		`nonsense`:                            "1:1: undeclared reference to 'nonsense' (in container '')",
		`resource.colour == "red"`:            "1:10: undeclared reference to 'resource.colour' (in container '')",
		`resource == "x"`:                     "1:1: undeclared reference to 'resource' (in container '')",
		`resource.name`:                       "1:1: expected type 'bool' but found 'string'",
		`resource.name.beginsWith("a")`:       "1:15: undeclared reference to 'beginsWith' (in container '')",
		`request.time.startsWith("a")`:        "1:14: found no matching overload for 'startsWith' applied to '(google.protobuf.Timestamp)'",
		`now() < request.time`:                "1:1: undeclared reference to 'now' (in container '')",
		`timestamp() < request.time`:          "1:1: found no matching overload for 'timestamp'",
		`(true`:                               "1:6: Syntax error: mismatched input '<EOF>'",
		`true)`:                               "1:5: Syntax error: extraneous input ')'",
		`true true`:                           "1:6: Syntax error: extraneous input 'true'",
		`true && "x"`:                         "1:6: found no matching overload for '_&&_' applied to '(bool, string)'",
		`!"x"`:                                "1:1: found no matching overload for '!_' applied to '(string)'",
		`"x" in "xyz"`:                        "1:5: found no matching overload for '_in_' applied to '(string, string)'",
		`"x`:                                  `1:1: Syntax error: token recognition error at: '"'`,
		`"\q" == "x"`:                         `1:2: Syntax error: token recognition error at: '\'`,
		`"日" == #`:                            "1:8: Syntax error: token recognition error at: '#'",
		`true = true`:                         "1:6: Syntax error: token recognition error at: '='",
		`resource.name.`:                      "1:15: Syntax error: mismatched input '<EOF>'",
		`true ? 1`:                            "1:9: Syntax error: mismatched input '<EOF>'",
		`"a" ? true : false`:                  "1:5: found no matching overload for '_?_:_' applied to '(string)'",
		`request.time + request.time < 1`:     "1:14: found no matching overload for '_+_' applied to '(google.protobuf.Timestamp, google.protobuf.Timestamp)'",
		`"a".b == "c"`:                        "1:5: type 'string' does not support field selection",
		strings.Repeat("(", 1000) + "true":    "1:51: expression recursion limit exceeded",
		strings.Repeat("!", 1000) + "true":    "1:50: expression recursion limit exceeded",
		strings.Repeat("true||", 13) + "true": "1:1: more than 12 logical operators",
	} {
		if err := Check(bad); err == nil || err.Error() != says {
			t.Errorf("%.40s: %v, want %s", bad, err, says)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{`request.time < timestamp("x")`, `"""a`, `{1:2}[1]`, `a.all(x, x)`, "\xff", `b'\'`, `[.`, `1.2.3e`} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, expression string) { _ = Check(expression) })
}

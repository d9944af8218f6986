package upstream

import (
	"context"
	"net/http"
	"testing"
)

// npmAnswers is what a registry answers to one question: by how it is asked.
type npmAnswers struct {
	nobody, basic, bearer, made int // made: to what is made up, in both ways
	body                        string
}

func (a npmAnswers) answer(w http.ResponseWriter, r *http.Request) {
	status, body := a.made, "{}"
	switch {
	case r.Header.Get("Authorization") == "":
		status = a.nobody
	case knows(r):
		status, body = a.basic, a.body
	case bearerIs(r, goodToken):
		status, body = a.bearer, a.body
	}
	if status == a.nobody && a.nobody == http.StatusOK {
		body = a.body
	}
	say(w, status, body)
}

// TestNPM goes through what npm registries of no known vendor answer.
func TestNPM(t *testing.T) {
	const alice, document = `{"username":"alice"}`, `{"name":"app","dist-tags":{"latest":"1.0.0"},"versions":{}}`
	unknown := npmAnswers{404, 404, 404, 404, "{}"}
	for _, tt := range []struct {
		name     string
		whoami   npmAnswers
		pkg      npmAnswers
		verdict  Verdict
		words    string
		requests int
	}{
		{"basic", npmAnswers{401, 200, 401, 401, alice}, unknown, Accepted, "belongs to alice", 3},
		{"bearer only", npmAnswers{401, 401, 200, 401, alice}, unknown, Accepted, "as a bearer token only", 3},
		{"an object without a name for strangers", npmAnswers{200, 200, 200, 200, "{}"}, unknown, Rejected, "names nobody", 8},
		{"wrong, and private", npmAnswers{401, 401, 401, 401, ""}, npmAnswers{401, 401, 401, 401, ""}, Rejected, "401", 8},
		{"wrong, and public", npmAnswers{401, 401, 401, 401, ""}, unknown, Rejected, "names nobody", 8},
		{"refused by whoami but let in for packages", npmAnswers{401, 401, 401, 401, ""}, npmAnswers{401, 404, 401, 401, ""}, Accepted, "", 8},
		{"no whoami, private", unknown, npmAnswers{401, 404, 401, 401, ""}, Accepted, "404 Not Found", 8},
		{"no whoami, there", unknown, npmAnswers{401, 200, 401, 401, document}, Accepted, "200 OK", 8},
		{"no whoami, bearer only", unknown, npmAnswers{401, 401, 404, 401, ""}, Accepted, "as a bearer token only", 8},
		{"no whoami, wrong", unknown, npmAnswers{401, 401, 401, 401, ""}, Rejected, "401", 8},
		{"no whoami, public", unknown, unknown, Unproven, "answers everybody alike", 8},
		{"whoami names anybody the same", npmAnswers{200, 200, 200, 200, alice}, unknown, Unproven, "answers everybody alike", 8},
		{"everything is an empty object", npmAnswers{200, 200, 200, 200, "{}"}, npmAnswers{200, 200, 200, 200, "{}"}, NotRegistry, "", 8},
		{"limited", npmAnswers{401, 429, 429, 401, ""}, unknown, Limited, "429", 3},
		{"fault", npmAnswers{500, 500, 500, 500, ""}, unknown, Unreachable, "500", 3},
		{"limited for packages", unknown, npmAnswers{429, 429, 429, 429, ""}, Limited, "429", 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			net := &internet{t: t, hosts: map[string]http.HandlerFunc{"npm.example.com": func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/-/whoami":
					tt.whoami.answer(w, r)
				case "/upstreamauth-trial":
					tt.pkg.answer(w, r)
				default:
					t.Errorf("asked for %s", r.URL)
				}
			}}}
			o := net.tester().Try(context.Background(), Target{Format: "NPM", URI: "https://npm.example.com"}, goodUser, good(), "")
			wants(t, o, tt.verdict, tt.words)
			if net.requests() != tt.requests {
				t.Errorf("%d requests, want %d: %q", net.requests(), tt.requests, net.seen)
			}
		})
	}
}

package flows

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestBundle searches the bundle of every breakage for the tokens in play.
func TestBundle(t *testing.T) {
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			w := healthy()
			b.do(w)
			r := w.doctor(t, nil, Options{})
			data, err := Bundle(r, "v1.2.3", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{testToken, "wrongwrong"} {
				if strings.Contains(string(data), secret) {
					t.Errorf("the bundle holds a token:\n%s", data)
				}
			}
			var back struct {
				Version, Broken string
				Chain           []struct{ ID, Level string }
			}
			if err := json.Unmarshal(data, &back); err != nil || back.Version != "v1.2.3" || back.Broken != b.link || len(back.Chain) != len(allLinks) {
				t.Errorf("%v: %+v", err, back)
			}
		})
	}
}

// TestBundleHasTheRawErrors holds that what Google said is in the bundle in
// full, wherever it was met: at a link, at an action, or before anything else.
func TestBundleHasTheRawErrors(t *testing.T) {
	for call, o := range map[string]Options{"SecretPolicy": {}, "Repository": {}, "Grant": {Fix: true}} {
		w := healthy()
		if o.Fix {
			w.secret.policy.Bindings = nil
		}
		w.fail = func(name string, after bool) error {
			if name == call && !after {
				kind := PermissionDenied
				if call == "Repository" {
					kind = Internal
				}
				return &Error{Kind: kind, Op: "do it", RPC: "Service." + call, Code: "THE_CODE", Message: "no",
					Details: []string{`{"@type":"google.rpc.RequestInfo","requestId":"abc-123"}`, "token " + testToken}}
			}
			return nil
		}
		data, err := Bundle(w.doctor(t, nil, o), "v1", w.clock)
		for _, want := range []string{"Service." + call, "THE_CODE", "abc-123", "[redacted]"} {
			if err != nil || !strings.Contains(string(data), want) {
				t.Errorf("%s: %v: no %q in\n%s", call, err, want, data)
			}
		}
		if strings.Contains(string(data), testToken) {
			t.Errorf("%s: a token in a detail", call)
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"nothing here": "nothing here",
		"projects/p/secrets/dckr-token/versions/1":                     "projects/p/secrets/dckr-token/versions/1",
		"user " + testToken + " at":                                    "user [redacted] at",
		"https://alice:secret@host/x":                                  "https[redacted]host/x",
		"Authorization: Basic YWxpY2U6c2VjcmV0":                        "Authorization: [redacted]",
		"ghp_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789":                     "[redacted]",
		"service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com":    "service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com",
		"glpat-abcdefghijklmnopqrst and npm_abcdefghijklmnopqrstuvwxy": "[redacted] and [redacted]",
	} {
		if got := redact(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

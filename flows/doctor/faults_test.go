package doctor

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
)

// TestBundle searches the bundle of every breakage for the tokens in play.
func TestBundle(t *testing.T) {
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			w := enginetest.Healthy()
			b.do(w)
			r := w.Run(t, Doctor(), nil, engine.Options{})
			data, err := engine.Bundle(r, "v1.2.3", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{cloudtest.TestToken, "wrongwrong"} {
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
	for call, o := range map[string]engine.Options{"SecretPolicy": {}, "Repository": {}, "Grant": {Fix: true}} {
		w := enginetest.Healthy()
		if o.Fix {
			w.Secret.Policy.Bindings = nil
		}
		w.Fail = func(name string, after bool) error {
			if name == call && !after {
				kind := cloud.PermissionDenied
				if call == "Repository" {
					kind = cloud.Internal
				}
				return &cloud.Error{Kind: kind, Op: "do it", RPC: "Service." + call, Code: "THE_CODE", Message: "no",
					Details: []string{`{"@type":"google.rpc.RequestInfo","requestId":"abc-123"}`, "token " + cloudtest.TestToken}}
			}
			return nil
		}
		data, err := engine.Bundle(w.Run(t, Doctor(), nil, o), "v1", w.Clock)
		for _, want := range []string{"Service." + call, "THE_CODE", "abc-123", "[redacted]"} {
			if err != nil || !strings.Contains(string(data), want) {
				t.Errorf("%s: %v: no %q in\n%s", call, err, want, data)
			}
		}
		if strings.Contains(string(data), cloudtest.TestToken) {
			t.Errorf("%s: a token in a detail", call)
		}
	}
}

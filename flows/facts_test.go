package flows

import (
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// accepting is a world whose upstream takes one token, whatever it looks like;
// it is stored already, where stored says so.
func accepting(tok string, stored bool) *enginetest.World {
	w := enginetest.Healthy()
	if w.Hub.Good = append(w.Hub.Good, tok); stored {
		w.Secret.Versions[0].Payload = tok
	}
	return w
}

// holds is what the version that the repository uses holds.
func holds(t *testing.T, w *enginetest.World) string {
	t.Helper()
	v, ok := cloud.ParseVersionName(w.Repo.SecretVersion)
	if !ok {
		t.Fatalf("the repository uses %q", w.Repo.SecretVersion)
	}
	is, err := w.VersionHeld(v, "")
	if err != nil {
		t.Fatal(err)
	}
	return is.Payload
}

// named tells that a report says what the token is wrapped in, or that white
// space around it was left out.
func named(r engine.Report) bool {
	return slices.ContainsFunc(r.Checks, func(f check.Finding) bool {
		return f.Code == check.TokenWrapped || f.Code == check.TokenSeveral || f.Code == check.TokenElsewhere || f.ID == "token-space"
	})
}

// beliefs are the flows that meet a token, each with one that its upstream
// accepts: none refuses it, calls it wrong, or changes a byte of it.
var beliefs = map[string]func(t *testing.T, tok string){
	"setup as it is": func(t *testing.T, tok string) {
		w := accepting(tok, false)
		r := w.Run(t, change.Setup(), settingUp(tok), engine.Options{TokenAsIs: true})
		if r.Status != engine.StatusDone || holds(t, w) != tok {
			t.Errorf("%s, %v, %d bytes stored: %+v", r.Status, r.Problem, len(holds(t, w)), r.Checks)
		}
		if !slices.ContainsFunc(r.Actions, func(a engine.Action) bool {
			return a.ID == engine.ActAddVersion && strings.Contains(a.Says.In(text.English), "byte for byte")
		}) {
			t.Errorf("the plan doesn't say that the token is taken as it is: %+v", r.Actions)
		}
	},
	"setup": func(t *testing.T, tok string) {
		w := accepting(tok, false)
		r := w.Run(t, change.Setup(), settingUp(tok), engine.Options{})
		if r.Status == engine.StatusDone && holds(t, w) != tok || r.Status != engine.StatusDone && !named(r) && strings.TrimSpace(tok) != "" {
			t.Errorf("%s, %v: %+v", r.Status, r.Problem, r.Checks)
		}
	},
	"doctor":                     believedBy(engine.Options{}),
	"doctor without a trial":     believedBy(engine.Options{SkipTrial: true}),
	"doctor --fix":               believedBy(engine.Options{Fix: true}),
	"doctor --fix, not tried":    believedBy(engine.Options{Fix: true, SkipTrial: true}),
	"doctor --fix --skip-verify": believedBy(engine.Options{Fix: true, SkipTrial: true, SkipVerify: true}),
	"rotate as it is": func(t *testing.T, tok string) {
		w := accepting(tok, false)
		r := w.Run(t, change.Rotate(), enginetest.TokenOf(tok), engine.Options{TokenAsIs: true})
		if r.Status != engine.StatusDone || holds(t, w) != tok {
			t.Errorf("%s, %v, %d bytes stored: %+v", r.Status, r.Problem, len(holds(t, w)), r.Checks)
		}
	},
}

func settingUp(tok string) map[string]engine.Answer {
	given := enginetest.SetupAnswers()
	given[engine.StepToken] = enginetest.TokenOf(tok)[engine.StepToken]
	return given
}

// believedBy is doctor's look at a token that is stored and works.
func believedBy(o engine.Options) func(t *testing.T, tok string) {
	return func(t *testing.T, tok string) {
		w := accepting(tok, true)
		r := w.Run(t, doctor.Doctor(), nil, o)
		if r.Status != engine.StatusHealthy || r.Broken != "" || len(w.Writes()) != 0 {
			t.Errorf("%s, broken at %q, wrote %v: %+v", r.Status, r.Broken, w.Writes(), r.Checks)
		}
	}
}

// What an upstream accepts is right, whatever it looks like.
func TestFactsComeBeforeShapes(t *testing.T) {
	pair := base64.StdEncoding.EncodeToString([]byte("0123456789abcdefghijklmnop:3f2a9c1e-0b7d-4c55-9e21-0a1b2c3d4e5f"))
	for name, tok := range map[string]string{
		"base64 of a pair": pair, "quotes": `"dckr_pat_0123456789abcdefghijklmnopq"`, "white space": " tok en\n", "several lines": "one\ntwo\nthree",
		"a key in JSON": "{\n  \"type\": \"service_account\",\n  \"private_key\": \"x\"\n}", "bytes": "\x00\xff\xfe\x80", "one byte": "x", "a space": " ",
		"a header": "Authorization: Bearer abcdef", "npmrc": "//x.test/:_authToken=abcdef", "an expired token": "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln",
	} {
		for flow, believes := range beliefs {
			t.Run(name+", "+flow, func(t *testing.T) { believes(t, tok) })
		}
	}
	files, err := filepath.Glob("upstream/testdata/pastes/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no pastes", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for flow, believes := range beliefs {
			t.Run(filepath.Base(file)+", "+flow, func(t *testing.T) { believes(t, string(b)) })
		}
	}
}

// The same of any bytes, and of any bytes in a wrapping.
func TestAnythingAcceptedIsBelieved(t *testing.T) {
	wrap := []func(string) string{
		func(s string) string { return s },
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
		func(s string) string { return `"` + s + `"` },
		func(s string) string { return "TOKEN=" + s + "\n" },
		func(s string) string {
			return `{"auths":{"https://index.docker.io/v1/":{"auth":"` + base64.StdEncoding.EncodeToString([]byte("u:"+s)) + `"}}}`
		},
	}
	rapid.Check(t, func(rt *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(rt, "bytes")
		if rapid.Bool().Draw(rt, "printable") {
			for i := range raw {
				raw[i] = ' ' + raw[i]%95
			}
		}
		tok := wrap[rapid.IntRange(0, len(wrap)-1).Draw(rt, "wrapping")](string(raw))
		flow := rapid.SampledFrom(slices.Sorted(maps.Keys(beliefs))).Draw(rt, "flow")
		if beliefs[flow](t, tok); t.Failed() {
			rt.Fatalf("%s with %q", flow, tok)
		}
	})
}

// Where nothing can be proven, a known token inside of what was given stands
// against it; there is a way past that, and no other shape does.
func TestShapesWhereNothingIsProven(t *testing.T) {
	wrapped := base64.StdEncoding.EncodeToString([]byte(enginetest.OtherToken))
	for _, tt := range []struct {
		name, tok string
		options   engine.Options
		blocked   bool
	}{
		{"a token in base64", wrapped, engine.Options{}, true},
		{"a token in base64, as it is", wrapped, engine.Options{TokenAsIs: true}, false},
		{"a token in base64, not tried", wrapped, engine.Options{SkipTrial: true}, true},
		{"a token in base64, not tried, as it is", wrapped, engine.Options{SkipTrial: true, TokenAsIs: true}, false},
		{"a token cut off", enginetest.OtherToken[:20], engine.Options{}, false},
		{"control characters", "abc\x01def", engine.Options{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := accepting(tt.tok, false)
			given := settingUp(tt.tok)
			e := w.Env(t)
			e.Upstream = &upstream.Tester{Transport: silent{}}
			r := enginetest.RunIn(t, e, change.Setup(), given, tt.options)
			if tt.blocked {
				i := slices.IndexFunc(r.Checks, func(f check.Finding) bool { return f.Code == check.TokenWrapped && f.Level == check.Block })
				if r.Status == engine.StatusDone || i < 0 || !slices.ContainsFunc(r.Checks[i].Remedy.Offers(), func(c check.Choice) bool { return c.Use.AsIs }) {
					t.Errorf("%s: %+v", r.Status, r.Checks)
				}
				return
			}
			if r.Status != engine.StatusDone || holds(t, w) != tt.tok {
				t.Errorf("%s, %v: %+v", r.Status, r.Problem, r.Checks)
			}
		})
	}
}

// silent is a network in which no host answers.
type silent struct{}

func (silent) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

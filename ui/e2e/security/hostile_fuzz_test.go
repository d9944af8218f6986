//go:build unix

package security

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/gcp"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/ui/headless"
	"example.com/upstreamauth/ui/report"
)

// FuzzHostileWorld puts any text wherever a world has room for it, and holds
// what a setup and an examination of it print to be harmless, as text and as
// JSON.
func FuzzHostileWorld(f *testing.F) {
	for _, s := range []string{hostile, "\x1b]52;c;eA==\a", "\u202e", "a\r\nb", "\u009b31m", "日本語", "%s%n", `"},{"`, "\xff\xfe", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text = strings.ToValidUTF8(text, "?"); utf8.RuneCountInString(text) > 10_000 {
			return // messages over gRPC are UTF-8
		}
		words := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Www-Authenticate"] = []string{`Basic realm="` + strings.NewReplacer("\r", "", "\n", "").Replace(text) + `"`}
			w.WriteHeader(http.StatusUnauthorized)
			_ = json.NewEncoder(w).Encode(map[string]any{"message": text, "errors": []any{map[string]string{"code": text, "message": text}}})
		}))
		defer words.Close()
		q := strconv.QuoteToASCII(text)
		seed := filepath.Join(t.TempDir(), "seed.yaml")
		if err := os.WriteFile(seed, []byte(strings.NewReplacer("HOSTILE", q, "UPSTREAM", words.URL).Replace(`
projects:
  - id: hostile-project
    name: HOSTILE
    labels: {x: HOSTILE}
    agent: true
    repositories:
      - {name: us/words, format: docker, upstream: "UPSTREAM", description: HOSTILE, labels: {x: HOSTILE}, username: HOSTILE, password: HOSTILE}
    secrets:
      - {id: labelled, labels: {x: HOSTILE}, annotations: {x: HOSTILE}, versions: [{data: x}], policy: [{role: roles/viewer, members: ["user:a@example.com"], condition: {title: HOSTILE, expression: HOSTILE}}]}
`)), 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := emulator.Start(t.Context(), emulator.Options{SeedFile: seed})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		c, err := gcp.NewEmulator(t.Context(), e.Addr(), gcp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, flow := range []*engine.Flow{change.Setup(), doctor.Doctor()} {
			given := map[string]engine.Answer{
				engine.StepProject: {Text: "hostile-project"}, engine.StepRepository: {Text: "us/words"}, engine.StepSecret: {Text: "labelled"},
				engine.StepUsername: {Text: user}, engine.StepToken: {Secret: token.New([]byte(canary))},
			}
			transport := upstream.NewTransport(nil)
			var progress, out, object bytes.Buffer
			m := engine.New(engine.NewEnv(c, &upstream.Tester{Transport: transport}), flow, given, engine.Options{})
			run := &headless.Run{Machine: m, Given: given, Yes: true, Progress: &progress}
			result, err := run.Do(t.Context())
			if err != nil {
				wantHarmless(t, "the error of "+flow.ID, err.Error(), false)
			}
			if err := report.Text(&out, result, report.Style{}); err != nil {
				t.Fatal(err)
			}
			report.Problem(io.Writer(&out), result.Problem, report.Style{})
			if err := report.JSON(&object, result, ""); err != nil {
				t.Fatal(err)
			}
			wantHarmless(t, "the text of "+flow.ID, out.String(), false)
			wantHarmless(t, "the progress of "+flow.ID, progress.String(), false)
			wantHarmless(t, "the JSON of "+flow.ID, object.String(), false)
			wantHarmlessJSON(t, object.String())
			if strings.HasPrefix(text, marker) && !strings.Contains(object.String(), marker) {
				t.Errorf("%s did not come upon the text:\n%s", flow.ID, object.String())
			}
			transport.CloseIdleConnections()
		}
	})
}

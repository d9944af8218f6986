package step_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// A user name that is the secret itself is said before it is stored, and shown
// nowhere in full.
func TestSecretUsername(t *testing.T) {
	const jitPack = "jp_0123456789abcdefghijklmnop"
	for _, tt := range []struct {
		name, format, uri, username string
		options                     engine.Options
		level                       check.Level
	}{
		{"JitPack", "MAVEN", "https://jitpack.io", jitPack, engine.Options{SkipTrial: true}, check.Warning},
		{"a token of another's", "DOCKER", "https://harbor.example.com", enginetest.OtherToken, engine.Options{SkipTrial: true}, check.Block},
		{"a token of another's, as it is", "DOCKER", "https://harbor.example.com", enginetest.OtherToken, engine.Options{SkipTrial: true, TokenAsIs: true}, check.Warning},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := enginetest.Healthy()
			w.Repo.Format, w.Repo.Preset, w.Repo.URI = tt.format, "", tt.uri
			given := enginetest.SetupAnswers()
			given[engine.StepUsername] = engine.Answer{Text: tt.username, From: engine.Flag}
			given[engine.StepToken] = engine.Answer{Secret: token.New([]byte(".....")), From: engine.Flag}
			r := w.Run(t, change.Setup(), given, tt.options)
			said := false
			for _, f := range r.Checks {
				said = said || f.Code == check.UsernameIsSecret && f.Level == tt.level
			}
			if !said {
				t.Errorf("it isn't said: %+v", r.Checks)
			}
			if stored := w.Repo.Username == tt.username; stored != (tt.level != check.Block) {
				t.Errorf("stored %t, %s: %v", stored, r.Status, r.Problem)
			}
			shown := fmt.Sprintf("%+v %+v %+v %+v %v", r.About, r.Checks, r.Rows, r.Problem, w.Repos[cloudtest.TestRepoName.String()].Format)
			for _, a := range r.Actions {
				shown += a.Says.In(text.English) + a.Command + a.Note.In(text.English)
			}
			if strings.Contains(shown, tt.username) {
				t.Errorf("it is shown: %s", shown)
			}
		})
	}
}

package change

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// website answers everything with a page.
type website struct{}

func (website) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Request: r,
		Body: io.NopCloser(strings.NewReader("<!doctype html><title>Welcome</title>"))}, nil
}

// Nothing is written for an upstream that turns out to be no registry, whatever
// was agreed to; its credential is not to blame.
func TestNothingIsWrittenForWhatIsNoRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, flow := range []*engine.Flow{Setup(), Rotate()} {
			w := enginetest.Healthy()
			w.Repo.Preset, w.Repo.URI = "", "https://hub.docker.com"
			e := enginetest.EnvOf(t, w.FakeCloud)
			e.Upstream = &upstream.Tester{Transport: website{}}
			given := func() map[string]engine.Answer { // a run wipes its token
				if flow.ID == "rotate" {
					return enginetest.Where(enginetest.TokenOf(enginetest.OtherToken))
				}
				return enginetest.SetupAnswers()
			}
			r := enginetest.RunIn(t, e, flow, given(), engine.Options{})
			if r.Status != engine.StatusFailed || len(w.Writes()) > 0 || r.Problem == nil || !strings.Contains(strings.Join(check.Lines(r.Problem.Hints, text.English), " "), "https://registry-1.docker.io") {
				t.Errorf("%s: status %s, %+v, wrote %v", flow.ID, r.Status, r.Problem, w.Writes())
			}
			r = enginetest.RunIn(t, e, flow, given(), engine.Options{SkipTrial: true, SkipVerify: true})
			if r.Status != engine.StatusDone {
				t.Errorf("%s without a trial: status %s, %+v", flow.ID, r.Status, r.Problem)
			}
		}
	})
}

// A stored token is judged by the age of its version, when it is used again as
// when it is diagnosed.
func TestAStoredTokensAgeCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := enginetest.Healthy()
		w.Repo.Preset, w.Repo.URI, w.Repo.Username = "", "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS"
		w.Secret.Versions[0].CreateTime = w.Clock.AddDate(0, 0, -3)
		given := enginetest.Where(nil)
		given[engine.StepSecret] = engine.Answer{Text: "hub-token", From: engine.Flag}
		given[engine.StepVersion] = engine.Answer{Text: "1", From: engine.Flag}
		given[engine.StepUsername] = engine.Answer{Text: "AWS", From: engine.Flag}
		e := enginetest.EnvOf(t, w.FakeCloud)
		e.Now = func() time.Time { return w.Clock }
		r := enginetest.RunIn(t, e, Setup(), given, engine.Options{SkipTrial: true, SkipVerify: true})
		var said []string
		for _, f := range r.Checks {
			said = append(said, f.Says.In(text.English))
		}
		if !strings.Contains(strings.Join(said, "\n"), "it expired by") {
			t.Errorf("status %s, %q", r.Status, said)
		}
	})
}

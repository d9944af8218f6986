package change

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows/act"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

func TestAboutPull(t *testing.T) {
	for _, c := range []struct {
		status int
		err    error
		proven bool
		level  check.Level
		says   string
	}{
		{200, nil, false, check.OK, "an artifact was pulled"},
		{404, nil, true, check.OK, "which looked for the artifact"},
		{404, nil, false, check.Note, "--verify-with"},
		{429, nil, true, check.Warning, "no more pulls"},
		{401, nil, true, check.Block, "check the user name and the token"},
		{403, nil, true, check.Block, "may read at the upstream"},
		{500, nil, true, check.Block, "run the same command again"},
		{0, &cloud.Error{Kind: cloud.Unimplemented}, true, check.Note, "not tried for repositories of this format"},
		{0, &cloud.Error{Kind: cloud.Unavailable, Message: "down"}, true, check.Warning, "could not be tried"},
	} {
		f := act.AboutPull(cloud.PullAnswer{Status: c.status, Detail: "what it said"}, c.err, c.proven)
		says := f.Says.In(text.English) + " " + f.Why.In(text.English)
		if f.Remedy != nil {
			says += " " + f.Remedy.Says.In(text.English)
		}
		if f.ID != engine.CheckPull || f.Level != c.level || !strings.Contains(says, c.says) {
			t.Errorf("%d %v: %s: %s", c.status, c.err, f.Level, says)
		}
	}
}

// TestVerifyFindsWhatSomebodyChangedMeanwhile lets the repository, the version
// or the policy change after it was written and before it is read back.
func TestVerifyFindsWhatSomebodyChangedMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *enginetest.World)
		says string
		kind cloud.Kind
	}{
		{"the user name", func(w *enginetest.World) { w.Repo.Username = "mallory" }, "does not have what was written", cloud.Conflict},
		{"the version", func(w *enginetest.World) { w.Repo.SecretVersion = "projects/x/secrets/y/versions/1" }, "does not have what was written", cloud.Conflict},
		{"the version's state", func(w *enginetest.World) { w.SecretsHeld["new-token"].Versions[0].State = "DISABLED" }, "is not enabled", cloud.VersionDisabled},
		{"the policy", func(w *enginetest.World) { w.SecretsHeld["new-token"].Policy.Bindings = nil }, "access is gone again", cloud.Conflict},
	} {
		w := enginetest.Healthy()
		w.Fail = func(call string, after bool) error {
			if call == "SetCredentials" && after {
				c.do(w)
			}
			return nil
		}
		r := w.Run(t, Setup(), enginetest.SetupAnswers(), engine.Options{})
		if r.Status != engine.StatusPartial || r.Problem == nil || !strings.Contains(r.Problem.Title.In(text.English), c.says) || r.Problem.Kind != c.kind || len(r.Problem.Hints) == 0 {
			t.Errorf("%s: status %s, %+v", c.name, r.Status, r.Problem)
		}
	}
}

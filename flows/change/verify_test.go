package change

import (
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
		code   check.Code
	}{
		{200, nil, false, check.OK, check.PullWorks},
		{404, nil, true, check.OK, check.PullWorks},
		{404, nil, false, check.Note, check.PullUnproven},
		{429, nil, true, check.Warning, check.UpstreamLimited},
		{401, nil, true, check.Block, check.PullFails},
		{403, nil, true, check.Block, check.PullFails},
		{500, nil, true, check.Block, check.PullFails},
		{0, &cloud.Error{Kind: cloud.Unimplemented}, true, check.Note, check.PullUntried},
		{0, &cloud.Error{Kind: cloud.Unavailable, Message: "down"}, true, check.Warning, check.PullUntried},
	} {
		f := act.AboutPull(cloud.PullAnswer{Status: c.status, Detail: "what it said"}, c.err, c.proven)
		if f.ID != engine.CheckPull || f.Level != c.level || f.Code != c.code || (f.Remedy == nil) != (c.level != check.Block) {
			t.Errorf("%d %v: %s %q: %s", c.status, c.err, f.Level, f.Code, f.Says.In(text.English))
		}
	}
}

// TestVerifyFindsWhatSomebodyChangedMeanwhile lets the repository, the version
// or the policy change after it was written and before it is read back.
func TestVerifyFindsWhatSomebodyChangedMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *enginetest.World)
		code check.Code
		kind cloud.Kind
	}{
		{"the user name", func(w *enginetest.World) { w.Repo.Username = "mallory" }, check.NotAsWritten, cloud.Conflict},
		{"the version", func(w *enginetest.World) { w.Repo.SecretVersion = "projects/x/secrets/y/versions/1" }, check.NotAsWritten, cloud.Conflict},
		{"the version's state", func(w *enginetest.World) { w.SecretsHeld["new-token"].Versions[0].State = "DISABLED" }, check.VersionOff, cloud.VersionDisabled},
		{"the policy", func(w *enginetest.World) { w.SecretsHeld["new-token"].Policy.Bindings = nil }, check.GrantGone, cloud.Conflict},
	} {
		w := enginetest.Healthy()
		w.Fail = func(call string, after bool) error {
			if call == "SetCredentials" && after {
				c.do(w)
			}
			return nil
		}
		r := w.Run(t, Setup(), enginetest.SetupAnswers(), engine.Options{})
		if r.Status != engine.StatusPartial || r.Problem == nil || r.Problem.Code != c.code || r.Problem.Kind != c.kind || len(r.Problem.Hints) == 0 {
			t.Errorf("%s: status %s, %+v", c.name, r.Status, r.Problem)
		}
	}
}

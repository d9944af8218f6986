package flows

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
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
		{0, &Error{Kind: Unimplemented}, true, check.Note, "not tried for repositories of this format"},
		{0, &Error{Kind: Unavailable, Message: "down"}, true, check.Warning, "could not be tried"},
	} {
		f := aboutPull(PullAnswer{Status: c.status, Detail: "what it said"}, c.err, c.proven)
		says := f.Says + " " + f.Why
		if f.Remedy != nil {
			says += " " + f.Remedy.Says
		}
		if f.ID != checkPull || f.Level != c.level || !strings.Contains(says, c.says) {
			t.Errorf("%d %v: %s: %s", c.status, c.err, f.Level, says)
		}
	}
}

// TestVerifyFindsWhatSomebodyChangedMeanwhile lets the repository, the version
// or the policy change after it was written and before it is read back.
func TestVerifyFindsWhatSomebodyChangedMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world)
		says string
		kind Kind
	}{
		{"the user name", func(w *world) { w.repo.Username = "mallory" }, "does not have what was written", Conflict},
		{"the version", func(w *world) { w.repo.SecretVersion = "projects/x/secrets/y/versions/1" }, "does not have what was written", Conflict},
		{"the version's state", func(w *world) { w.secrets["new-token"].versions[0].State = "DISABLED" }, "is not enabled", VersionDisabled},
		{"the policy", func(w *world) { w.secrets["new-token"].policy.Bindings = nil }, "access is gone again", Conflict},
	} {
		w := healthy()
		w.fail = func(call string, after bool) error {
			if call == "SetCredentials" && after {
				c.do(w)
			}
			return nil
		}
		r := w.run(t, Setup(), setupAnswers(), Options{})
		if r.Status != StatusPartial || r.Problem == nil || !strings.Contains(r.Problem.Title, c.says) || r.Problem.Kind != c.kind || len(r.Problem.Hints) == 0 {
			t.Errorf("%s: status %s, %+v", c.name, r.Status, r.Problem)
		}
	}
}

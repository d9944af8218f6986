package change

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// TestPartlyDoneSaysHowItEnds: exit code 3 promises that the same command
// finishes the rest. Where something stands in the way that doesn't pass, the
// problem says what comes first, and how to take back what is done; once it is
// out of the way, the promise holds.
func TestPartlyDoneSaysHowItEnds(t *testing.T) {
	for kind, passes := range map[cloud.Kind]bool{
		cloud.Unavailable: true, cloud.Exhausted: true, cloud.Conflict: true,
		cloud.PermissionDenied: false, cloud.OrgPolicy: false, cloud.DenyPolicy: false, cloud.KeyDenied: false, cloud.Perimeter: false,
		cloud.UpstreamFailed: false, cloud.Invalid: false, cloud.Billing: false, cloud.Unimplemented: false,
	} {
		w := enginetest.Rotating()
		mended := false
		w.Fail = func(call string, after bool) error {
			if call == "SetCredentials" && !after && !mended {
				return &cloud.Error{Kind: kind, Message: "by the test"}
			}
			return nil
		}
		given := enginetest.SetupAnswers()
		e := w.Env(t)
		r := enginetest.RunIn(t, e, Setup(), given, engine.Options{})
		if r.Status != engine.StatusPartial || r.Problem == nil || len(check.Lines(r.Problem.Hints, text.English)) == 0 {
			t.Errorf("%s: %s, %v", kind, r.Status, r.Problem)
			continue
		}
		hints := strings.Join(check.Lines(r.Problem.Hints, text.English), "\n")
		if tells := strings.Contains(hints, "\nupstreamauth undo"); tells == passes {
			t.Errorf("%s: hints\n%s", kind, hints)
		}
		i := slices.IndexFunc(r.Actions, func(a engine.Action) bool { return a.State == engine.Failed })
		if i < 0 || r.Actions[i].Problem != r.Problem {
			t.Errorf("%s: the action that failed has another problem", kind)
		}
		mended = true
		e.Refresh()
		if r := enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{}); r.Status != engine.StatusDone {
			t.Errorf("%s, out of the way: %s, %v", kind, r.Status, r.Problem)
		}
	}
}

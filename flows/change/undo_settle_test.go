package change

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// lostRotation rotates up to the answer to its new version, which is lost with
// everything behind it.
func lostRotation(t *testing.T, w *enginetest.World, e *engine.Env, happened bool) {
	t.Helper()
	down := false
	w.Fail = func(call string, after bool) error {
		if down = down || call == "AddVersion" && after == happened; down {
			return &cloud.Error{Kind: cloud.Unavailable, Message: "by the test"}
		}
		return nil
	}
	enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{})
	w.Fail = nil
	e.Refresh()
}

// TestUndoTellsTheRunsVersionFromOthers lets somebody else add versions around
// one whose answer was lost.
func TestUndoTellsTheRunsVersionFromOthers(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(w *enginetest.World)
		states string
		exit   engine.Ending
		says   string
	}{
		{"nobody", func(*enginetest.World) {}, "ENABLED DISABLED", engine.EndedDone, ""},
		{"one hours later", func(w *enginetest.World) {
			w.Clock = w.Clock.Add(3 * time.Hour)
			w.AddPayload(w.Secret, "theirs")
		}, "ENABLED DISABLED ENABLED", engine.EndedDone, ""},
		{"one at the same time", func(w *enginetest.World) { w.AddPayload(w.Secret, "theirs") }, "ENABLED ENABLED ENABLED", engine.EndedFailed, "gcloud secrets versions list hub-token"},
		{"the versions may not be seen", func(w *enginetest.World) { w.Deny["secretmanager.versions.get"] = true }, "ENABLED ENABLED", engine.EndedFailed, "gcloud secrets versions list hub-token"},
		{"somebody uses it", func(w *enginetest.World) { w.Share("other", "2") }, "ENABLED ENABLED", engine.EndedDone, "europe-west1/other"},
	} {
		t.Run(c.name, enginetest.InBubble(func(t *testing.T) {
			w := enginetest.Rotating()
			e := w.Env(t)
			lostRotation(t, w, e, true)
			c.do(w)
			r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{})
			said := enginetest.Said(r)
			if r.Ending() != c.exit || w.VersionStates() != c.states || !strings.Contains(said, c.says) {
				t.Errorf("exit %v, versions %s, says %s", r.Ending(), w.VersionStates(), said)
			}
			if c.exit == engine.EndedFailed { // it is still the run to take back
				e.Refresh()
				w.Deny = map[string]bool{}
				w.Secret.Versions = w.Secret.Versions[:2]
				if r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{}); r.Ending() != engine.EndedDone || w.VersionStates() != "ENABLED DISABLED" {
					t.Errorf("once it can be told: exit %v, %+v, versions %s", r.Ending(), r.Problem, w.VersionStates())
				}
			}
		}))
	}
}

// TestALostVersionIsNotAddedBlindly loses the answer to a version, and then
// what would tell whether it is there.
func TestALostVersionIsNotAddedBlindly(t *testing.T) {
	for _, kind := range []cloud.Kind{cloud.Unavailable, cloud.PermissionDenied, cloud.Exhausted} {
		for _, happened := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, happened %v", kind, happened), enginetest.InBubble(func(t *testing.T) {
				w := enginetest.Rotating()
				lost := false
				w.Fail = func(call string, after bool) error {
					if call == "AddVersion" && after == happened {
						lost = true
						return &cloud.Error{Kind: cloud.Unavailable, Message: "by the test"}
					}
					if lost && call == "Version" {
						return &cloud.Error{Kind: kind, Message: "by the test"}
					}
					return nil
				}
				r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{})
				added := slices.DeleteFunc(w.Writes(), func(c string) bool { return c != "AddVersion" })
				if len(added) != 1 || r.Status == engine.StatusDone {
					t.Errorf("added %d times, %s", len(added), r.Status)
				}
			}))
		}
	}
}

// TestALostVersionThatCannotBeReadIsNotTheRuns uses a version that may be
// somebody else's, and does not disable it afterwards.
func TestALostVersionThatCannotBeReadIsNotTheRuns(t *testing.T) {
	for _, theirs := range []bool{false, true} {
		t.Run(fmt.Sprintf("theirs %v", theirs), enginetest.InBubble(func(t *testing.T) {
			w := enginetest.Rotating()
			w.Deny["secretmanager.versions.access"] = true
			e := w.Env(t)
			lost := false
			w.Fail = func(call string, after bool) error {
				if call == "AddVersion" && after && !lost {
					lost = true
					if theirs {
						w.AddPayload(w.Secret, enginetest.OtherToken)
					}
					return &cloud.Error{Kind: cloud.Unavailable, Message: "by the test"}
				}
				return nil
			}
			if r := enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{}); r.Status != engine.StatusDone {
				t.Fatalf("%s, %+v", r.Status, r.Problem)
			}
			all, _ := e.Receipts.List()
			if changeOf(&all[0], engine.VersionAdded) != nil {
				t.Error("the receipt is sure of it")
			}
		}))
	}
}

// TestASecretThatSomebodyElseCreatesMeanwhile is neither used nor counted as the
// run's own, whether the answer to its creation comes or not.
func TestASecretThatSomebodyElseCreatesMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name string
		lost bool
	}{{"it is said so", false}, {"the answer is lost", true}} {
		t.Run(c.name, enginetest.InBubble(func(t *testing.T) {
			w := enginetest.Healthy()
			e := w.Env(t)
			w.Fail = func(call string, after bool) error {
				if call != "CreateSecret" || after {
					return nil
				}
				if w.SecretsHeld["new-token"] == nil {
					w.AddSecret("new-token")
				}
				if c.lost {
					return &cloud.Error{Kind: cloud.Unavailable, Message: "by the test"}
				}
				return nil
			}
			r := enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
			if r.Ending() == engine.EndedDone || r.Problem == nil || r.Problem.Kind != cloud.Conflict || len(w.SecretsHeld["new-token"].Versions) > 0 {
				t.Errorf("exit %v, %+v, %v", r.Ending(), r.Problem, enginetest.States(r))
			}
			w.Fail = nil
			e.Refresh()
			enginetest.RunIn(t, e, Undo(), nil, engine.Options{DeleteCreated: true})
			if w.SecretsHeld["new-token"] == nil {
				t.Error("undo has deleted it")
			}
		}))
	}
}

// TestUndoLeavesWhatWasMadeAnew lets others delete what a run was about, and make
// something of the same name, before undo and between its plan and the yes.
func TestUndoLeavesWhatWasMadeAnew(t *testing.T) {
	secretAnew := func(w *enginetest.World) {
		version := w.SecretsHeld["new-token"].Versions[0].Payload
		w.Clock = w.Clock.Add(time.Minute)
		s := w.AddSecret("new-token", version)
		s.Policy.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}}}
	}
	repositoryAnew := func(w *enginetest.World) {
		w.Clock = w.Clock.Add(time.Minute)
		w.AddRepo(*w.Repo)
	}
	for _, c := range []struct {
		name   string
		do     func(w *enginetest.World)
		stands func(w *enginetest.World) bool
	}{
		{"the secret", secretAnew, func(w *enginetest.World) bool {
			s := w.SecretsHeld["new-token"]
			return s != nil && s.Versions[0].Enabled() && cloud.Grants(s.Policy, cloud.AccessorRole, enginetest.AgentMember)
		}},
		{"the repository", repositoryAnew, func(w *enginetest.World) bool {
			return strings.Contains(w.Repos[cloudtest.TestRepoName.String()].SecretVersion, "new-token")
		}},
	} {
		for _, o := range []engine.Options{{}, {DeleteCreated: true}} {
			t.Run(fmt.Sprintf("%s, %v", c.name, o.DeleteCreated), enginetest.InBubble(func(t *testing.T) {
				w, e, _ := afterSetup(t)
				c.do(w)
				r := enginetest.RunIn(t, e, Undo(), nil, o)
				if !c.stands(w) || !found(r, check.UndoRecreated) {
					t.Errorf("%s did %v: %s", r.Status, enginetest.States(r), enginetest.Said(r))
				}
			}))
			t.Run(fmt.Sprintf("%s, %v, after the plan", c.name, o.DeleteCreated), enginetest.InBubble(func(t *testing.T) {
				w, e, _ := afterSetup(t)
				r := approveAfter(t, e, Undo(), nil, o, func() { c.do(w) })
				if !c.stands(w) || r.Problem == nil || r.Problem.Kind != cloud.Conflict {
					t.Errorf("%s did %v: %+v", r.Status, enginetest.States(r), r.Problem)
				}
			}))
		}
	}
}

// TestUndoOfAnOldReceiptThatWasKilled cannot know what was about to be written.
func TestUndoOfAnOldReceiptThatWasKilled(t *testing.T) {
	w := enginetest.Healthy()
	e := w.Env(t)
	at := filepath.Join(e.Receipts.Dir, "20260301T120000.000000000Z-setup-1.json")
	put(t, at, engine.Receipt{Format: 1, Flow: "setup", Started: w.Clock, Updated: w.Clock, Project: cloudtest.TestProject, ProjectNumber: cloudtest.TestNumber, Repository: cloudtest.TestRepoName.String(),
		Actions: []engine.ReceiptAction{{ID: engine.ActGrant, Says: "let it read", State: engine.Running}}}, 0o600)
	r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{Receipt: at})
	if r.Ending() != engine.EndedFailed || r.Problem == nil || !slices.Contains(check.Lines(r.Problem.Hints, text.English), "upstreamauth doctor") {
		t.Errorf("exit %v, %+v", r.Ending(), r.Problem)
	}
	if enginetest.LevelOf(r, "left-alone").Level != check.Warning {
		t.Errorf("says %+v", r.Checks)
	}
}

// TestALostVersionIsToldFromOneOfSomebodyElse loses a write that has not happened,
// at the moment when somebody else adds a version: the token is not in that one.
func TestALostVersionIsToldFromOneOfSomebodyElse(t *testing.T) {
	enginetest.InBubble(func(t *testing.T) {
		w := enginetest.Rotating()
		w.Fail = func(call string, after bool) error {
			if call == "AddVersion" && !after {
				w.Fail = nil
				w.AddPayload(w.Secret, "theirs")
				return &cloud.Error{Kind: cloud.Unavailable, Message: "by the test"}
			}
			return nil
		}
		r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{})
		if r.Status != engine.StatusDone || w.VersionStates() != "DISABLED ENABLED ENABLED" || !strings.HasSuffix(w.Repo.SecretVersion, "/3") {
			t.Errorf("%s, versions %s, the repository uses %s", r.Status, w.VersionStates(), w.Repo.SecretVersion)
		}
	})(t)
}

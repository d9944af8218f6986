package doctor

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
)

// writeFlow is a flow that changes something, in a world that it begins with.
type writeFlow struct {
	name  string
	flow  func() *engine.Flow
	given func() map[string]engine.Answer
	o     engine.Options
	world func(w *enginetest.World)
	// before, if set, is a run that went well before.
	before func(t *testing.T, e *engine.Env)
}

func writeFlows() []writeFlow {
	none := func() map[string]engine.Answer { return enginetest.Where(nil) }
	other := func() map[string]engine.Answer { return enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)) }
	asIs := func(*enginetest.World) {}
	all := []writeFlow{
		{"setup with a new secret", change.Setup, enginetest.SetupAnswers, engine.Options{}, asIs, nil},
		{"setup from nothing", change.Setup, enginetest.SetupAnswers, engine.Options{}, func(w *enginetest.World) {
			w.Repo.Username, w.Repo.SecretVersion = "", ""
			w.Off[cloud.SecretManagerAPI], w.Agents, w.SecretsHeld = true, map[string]bool{}, map[string]*cloudtest.FakeSecret{}
		}, nil},
		{"setup with the secret in use", change.Setup, func() map[string]engine.Answer {
			a := enginetest.Answers()
			a[engine.StepToken] = enginetest.TokenOf(enginetest.OtherToken)[engine.StepToken]
			return a
		}, engine.Options{}, asIs, nil},
		{"rotate", change.Rotate, other, engine.Options{}, asIs, nil},
		{"rotate two repositories, one of them on latest", change.Rotate, other, engine.Options{AllUsers: true}, func(w *enginetest.World) { w.Share("other", "latest") }, nil},
		{"rotate to a token that a failed run has stored", change.Rotate, other, engine.Options{}, func(w *enginetest.World) { w.RejectOnce() },
			func(t *testing.T, e *engine.Env) {
				enginetest.RunIn(t, e, change.Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{})
			}},
		{"remove", change.Remove, none, engine.Options{}, asIs, nil},
		{"undo a setup", change.Undo, none, engine.Options{DeleteCreated: true}, asIs,
			func(t *testing.T, e *engine.Env) {
				enginetest.RunIn(t, e, change.Setup(), enginetest.SetupAnswers(), engine.Options{})
			}},
		{"undo a rotation", change.Undo, none, engine.Options{}, asIs,
			func(t *testing.T, e *engine.Env) {
				enginetest.RunIn(t, e, change.Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{})
			}},
		{"undo a removal", change.Undo, none, engine.Options{}, asIs,
			func(t *testing.T, e *engine.Env) {
				enginetest.RunIn(t, e, change.Remove(), enginetest.Where(nil), engine.Options{})
			}},
		{"doctor --fix of a disabled version and a missing grant", Doctor, none, engine.Options{Fix: true}, func(w *enginetest.World) {
			w.Secret.Versions[0].State, w.Secret.Policy.Bindings = "DISABLED", nil
		}, nil},
	}
	for i, b := range breakages() {
		if slices.Contains([]string{"no such secret", "newline in the payload", "no service agent", "latest is disabled, and the only one"}, b.name) {
			all = append(all, writeFlow{"doctor --fix: " + b.name, Doctor, func() map[string]engine.Answer { return enginetest.Where(breakages()[i].given) }, engine.Options{Fix: true}, b.do, nil})
		}
	}
	return all
}

// begin makes the world and the environment that a flow begins with.
func (f writeFlow) begin(t *testing.T) (*enginetest.World, *engine.Env) {
	t.Helper()
	w := enginetest.Rotating()
	e := w.Env(t)
	f.world(w)
	if f.before != nil {
		f.before(t, e)
		e.Refresh()
	}
	return w, e
}

// Run is a run of the flow; applying is called between its plan and its first
// action.
func (f writeFlow) Run(t *testing.T, e *engine.Env, applying func()) engine.Report {
	t.Helper()
	m := engine.New(e, f.flow(), f.given(), f.o)
	m.AcceptWarnings = true
	m.TakeDefaults()
	d := engine.NewDriver(m)
	defer synctest.Wait() // for what only reads
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	if m.Phase() == engine.Reviewing {
		synctest.Wait()
		applying()
		d.Settle(t.Context(), m.Approve())
	}
	return m.Report()
}

// TestEachFlowFailsAtEachCall fails each call that a flow makes while it
// applies its plan, before it takes effect and as if its answer were lost. What
// pulled before goes on pulling at every moment; what is said is true; and
// running the same again leads to where a run without a fault does.
func TestEachFlowFailsAtEachCall(t *testing.T) {
	for _, f := range writeFlows() {
		var calls []string
		var goal enginetest.Snapshot
		t.Run(f.name, enginetest.InBubble(func(t *testing.T) {
			w, e := f.begin(t)
			r := f.Run(t, e, func() { w.Calls = nil })
			if r.Ending() != engine.EndedDone || !slices.ContainsFunc(w.Calls, cloudtest.IsWrite) {
				t.Fatalf("without a fault: %s, %v, wrote %v", r.Status, r.Problem, w.Writes())
			}
			calls, goal = slices.Clone(w.Calls), w.Snapshot()
		}))
		for k, call := range calls {
			kinds := []cloud.Kind{cloud.PermissionDenied, cloud.Unavailable}
			if cloudtest.IsWrite(call) {
				kinds = append(kinds, cloud.Conflict, cloud.Exhausted)
			}
			for _, kind := range kinds {
				t.Run(fmt.Sprintf("%s %d %s", f.name, k, kind), enginetest.InBubble(func(t *testing.T) { f.failAt(t, k, kind, false, goal) }))
			}
			t.Run(fmt.Sprintf("%s %d lost", f.name, k), enginetest.InBubble(func(t *testing.T) { f.failAt(t, k, cloud.Unavailable, true, goal) }))
		}
	}
}

func (f writeFlow) failAt(t *testing.T, k int, kind cloud.Kind, after bool, goal enginetest.Snapshot) {
	w, e := f.begin(t)
	before := w.Snapshot()
	failed := ""
	first := f.Run(t, e, func() {
		n := -1
		w.Fail = func(call string, is bool) error {
			if !is {
				n++
			}
			if failed == "" && is == after && n == k {
				failed = call
				return &cloud.Error{Kind: kind, Message: "by the test"}
			}
			return nil
		}
		if f.name != "remove" && f.before == nil {
			w.WatchPulls(t)
		}
	})
	switch now := w.Snapshot(); {
	case first.Status == engine.StatusFailed && !cmp.Equal(before.ByNumber(before), now.Without(before).ByNumber(before)):
		t.Errorf("%s: it says that nothing was changed: %s", failed, cmp.Diff(before, now))
	case kind == cloud.PermissionDenied && slices.Contains([]string{"Version", "EnableVersion", "Payload"}, failed) && len(now.Versions["hub-token"]) > len(goal.Versions["hub-token"]):
		return // what may not be enabled and read is stored anew
	case first.Ending() == engine.EndedDone && !tellsOfLeft(first) && !cmp.Equal(goal, now):
		t.Errorf("%s: it says that it is done: %s", failed, cmp.Diff(goal, now))
	case first.Flow == "doctor" && len(first.Checks) != len(allLinks):
		t.Errorf("%s: the report has %d checks", failed, len(first.Checks))
	case first.Ending() != engine.EndedDone && first.Problem == nil && first.Broken == "":
		t.Errorf("%s: status %s, and not a word why", failed, first.Status)
	}
	w.Fail = nil
	if first.Status == engine.StatusDone && f.before != nil {
		return // an undo that is done has nothing left to do
	}
	e.Refresh()
	again := f.Run(t, e, func() {})
	if diff := cmp.Diff(goal, w.Snapshot()); again.Ending() != engine.EndedDone || diff != "" {
		t.Errorf("%s, then again: %s, %v, %v\n%s", failed, again.Status, again.Problem, enginetest.States(again), diff)
	}
}

// tellsOfLeft tells whether a report names something that was left as it is.
func tellsOfLeft(r engine.Report) bool {
	return slices.Contains([]string{enginetest.LevelOf(r, "kept").ID, enginetest.LevelOf(r, "old-version").ID, enginetest.LevelOf(r, "left-alone").ID}, "kept")
}

package flows

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// writeFlow is a flow that changes something, in a world that it begins with.
type writeFlow struct {
	name  string
	flow  func() *Flow
	given func() map[string]Answer
	o     Options
	world func(w *world)
	// before, if set, is a run that went well before.
	before func(t *testing.T, e *Env)
}

func writeFlows() []writeFlow {
	none := func() map[string]Answer { return where(nil) }
	other := func() map[string]Answer { return where(tokenOf(otherToken)) }
	asIs := func(*world) {}
	all := []writeFlow{
		{"setup with a new secret", Setup, setupAnswers, Options{}, asIs, nil},
		{"setup from nothing", Setup, setupAnswers, Options{}, func(w *world) {
			w.repo.Username, w.repo.SecretVersion = "", ""
			w.off[SecretManagerAPI], w.agents, w.secrets = true, map[string]bool{}, map[string]*fakeSecret{}
		}, nil},
		{"setup with the secret in use", Setup, func() map[string]Answer {
			a := answers()
			a[StepToken] = tokenOf(otherToken)[StepToken]
			return a
		}, Options{}, asIs, nil},
		{"rotate", Rotate, other, Options{}, asIs, nil},
		{"rotate two repositories, one of them on latest", Rotate, other, Options{AllUsers: true}, func(w *world) { w.share("other", "latest") }, nil},
		{"rotate to a token that a failed run has stored", Rotate, other, Options{}, func(w *world) { w.rejectOnce() },
			func(t *testing.T, e *Env) { runIn(t, e, Rotate(), where(tokenOf(otherToken)), Options{}) }},
		{"remove", Remove, none, Options{}, asIs, nil},
		{"undo a setup", Undo, none, Options{DeleteCreated: true}, asIs,
			func(t *testing.T, e *Env) { runIn(t, e, Setup(), setupAnswers(), Options{}) }},
		{"undo a rotation", Undo, none, Options{}, asIs,
			func(t *testing.T, e *Env) { runIn(t, e, Rotate(), where(tokenOf(otherToken)), Options{}) }},
		{"undo a removal", Undo, none, Options{}, asIs,
			func(t *testing.T, e *Env) { runIn(t, e, Remove(), where(nil), Options{}) }},
		{"doctor --fix of a disabled version and a missing grant", Doctor, none, Options{Fix: true}, func(w *world) {
			w.secret.versions[0].State, w.secret.policy.Bindings = "DISABLED", nil
		}, nil},
	}
	for i, b := range breakages() {
		if slices.Contains([]string{"no such secret", "newline in the payload", "no service agent", "latest is disabled, and the only one"}, b.name) {
			all = append(all, writeFlow{"doctor --fix: " + b.name, Doctor, func() map[string]Answer { return where(breakages()[i].given) }, Options{Fix: true}, b.do, nil})
		}
	}
	return all
}

// begin makes the world and the environment that a flow begins with.
func (f writeFlow) begin(t *testing.T) (*world, *Env) {
	t.Helper()
	w := rotating()
	e := w.env(t)
	f.world(w)
	if f.before != nil {
		f.before(t, e)
		e.refresh()
	}
	return w, e
}

// run is a run of the flow; applying is called between its plan and its first
// action.
func (f writeFlow) run(t *testing.T, e *Env, applying func()) Report {
	t.Helper()
	m := New(e, f.flow(), f.given(), f.o)
	m.AcceptWarnings = true
	m.TakeDefaults()
	d := NewDriver(m)
	defer synctest.Wait() // for what only reads
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	if m.Phase() == Reviewing {
		synctest.Wait()
		applying()
		d.Settle(t.Context(), m.Approve())
	}
	return m.Report()
}

// rejectOnce makes one pull with the other token fail.
func (w *world) rejectOnce() {
	works, failed := w.pull, false
	w.pull = func(r Repository, payload string) PullAnswer {
		if payload == otherToken && !failed {
			failed = true
			return PullAnswer{Status: 403, Detail: "denied by the external repository"}
		}
		return works(r, payload)
	}
}

// TestEachFlowFailsAtEachCall fails each call that a flow makes while it
// applies its plan, before it takes effect and as if its answer were lost. What
// pulled before goes on pulling at every moment; what is said is true; and
// running the same again leads to where a run without a fault does.
func TestEachFlowFailsAtEachCall(t *testing.T) {
	for _, f := range writeFlows() {
		var calls []string
		var goal snapshot
		t.Run(f.name, inBubble(func(t *testing.T) {
			w, e := f.begin(t)
			r := f.run(t, e, func() { w.calls = nil })
			if r.ExitCode() != ExitDone || !slices.ContainsFunc(w.calls, isWrite) {
				t.Fatalf("without a fault: %s, %v, wrote %v", r.Status, r.Problem, w.writes())
			}
			calls, goal = slices.Clone(w.calls), w.snapshot()
		}))
		for k, call := range calls {
			kinds := []Kind{PermissionDenied, Unavailable}
			if isWrite(call) {
				kinds = append(kinds, Conflict, Exhausted)
			}
			for _, kind := range kinds {
				t.Run(fmt.Sprintf("%s %d %s", f.name, k, kind), inBubble(func(t *testing.T) { f.failAt(t, k, kind, false, goal) }))
			}
			t.Run(fmt.Sprintf("%s %d lost", f.name, k), inBubble(func(t *testing.T) { f.failAt(t, k, Unavailable, true, goal) }))
		}
	}
}

func (f writeFlow) failAt(t *testing.T, k int, kind Kind, after bool, goal snapshot) {
	w, e := f.begin(t)
	before := w.snapshot()
	failed := ""
	first := f.run(t, e, func() {
		n := -1
		w.fail = func(call string, is bool) error {
			if !is {
				n++
			}
			if failed == "" && is == after && n == k {
				failed = call
				return &Error{Kind: kind, Message: "by the test"}
			}
			return nil
		}
		if f.name != "remove" && f.before == nil {
			w.watchPulls(t)
		}
	})
	switch now := w.snapshot(); {
	case first.Status == StatusFailed && !cmp.Equal(before.byNumber(before), now.without(before).byNumber(before)):
		t.Errorf("%s: it says that nothing was changed: %s", failed, cmp.Diff(before, now))
	case kind == PermissionDenied && slices.Contains([]string{"Version", "EnableVersion", "Payload"}, failed) && len(now.Versions["hub-token"]) > len(goal.Versions["hub-token"]):
		return // what may not be enabled and read is stored anew
	case first.ExitCode() == ExitDone && !first.tellsOfLeft() && !cmp.Equal(goal, now):
		t.Errorf("%s: it says that it is done: %s", failed, cmp.Diff(goal, now))
	case first.Flow == "doctor" && len(first.Checks) != len(allLinks):
		t.Errorf("%s: the report has %d checks", failed, len(first.Checks))
	case first.ExitCode() != ExitDone && first.Problem == nil && first.Broken == "":
		t.Errorf("%s: status %s, and not a word why", failed, first.Status)
	}
	w.fail = nil
	if first.Status == StatusDone && f.before != nil {
		return // an undo that is done has nothing left to do
	}
	e.refresh()
	again := f.run(t, e, func() {})
	if diff := cmp.Diff(goal, w.snapshot()); again.ExitCode() != ExitDone || diff != "" {
		t.Errorf("%s, then again: %s, %v, %v\n%s", failed, again.Status, again.Problem, states(again), diff)
	}
}

// tellsOfLeft tells whether a report names something that was left as it is.
func (r Report) tellsOfLeft() bool {
	return slices.Contains([]string{levelOf(r, "kept").ID, levelOf(r, "old-version").ID, levelOf(r, "left-alone").ID}, "kept")
}

// without leaves out the disabled versions that an older snapshot does not have:
// what a run that took back what it did has left.
func (s snapshot) without(older snapshot) snapshot {
	rest := snapshot{s.Repos, s.Policies, map[string][]string{}}
	for id, versions := range s.Versions {
		old := min(len(older.Versions[id]), len(versions))
		rest.Versions[id] = append(slices.Clone(versions[:old]), slices.DeleteFunc(slices.Clone(versions[old:]), func(state string) bool { return state == "DISABLED" })...)
	}
	return rest
}

// byNumber tells a reference to "latest" by the number that this meant before.
func (s snapshot) byNumber(before snapshot) snapshot {
	rest := s
	rest.Repos = map[string][2]string{}
	for name, r := range s.Repos {
		v, _ := ParseVersionName(r[1])
		r[1] = strings.Replace(r[1], "/latest", fmt.Sprintf("/%d", len(before.Versions[v.Secret.ID])), 1)
		r[1] = strings.Replace(r[1], testNumber, testProject, 1)
		rest.Repos[name] = r
	}
	return rest
}

// watchPulls fails the test when a repository that could pull no longer can
// after a write.
func (w *world) watchPulls(t *testing.T) {
	t.Helper()
	could := map[string]bool{}
	for _, r := range w.repos {
		could[r.Name.String()] = r.Username != "" && w.pulls(r)
	}
	refuse := w.fail
	w.fail = func(call string, after bool) error {
		for _, r := range w.repos {
			if isWrite(call) && after && could[r.Name.String()] && !w.pulls(r) {
				t.Errorf("after %s, %s cannot pull with %s", call, r.Name.ID, r.SecretVersion)
			}
		}
		return refuse(call, after)
	}
}

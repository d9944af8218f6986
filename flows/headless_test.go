package flows

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inBubble runs a test in which waiting takes no time.
func inBubble(test func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// testEnv works on a fake, never tries a credential anywhere, and keeps its
// receipts in the test's own folder.
func testEnv(t *testing.T, f *fakeCloud) *Env {
	t.Helper()
	e := NewEnv(f, &upstream.Tester{})
	e.Receipts = &Receipts{Dir: t.TempDir()}
	return e
}

// env works on a world, and tries credentials on its hub.
func (w *world) env(t *testing.T) *Env {
	t.Helper()
	e := testEnv(t, w.fakeCloud)
	e.Upstream = &upstream.Tester{Transport: w.hub}
	began, start := time.Now(), w.clock
	var calls atomic.Int64
	e.Now = func() time.Time { return start.Add(time.Since(began)).Add(time.Duration(calls.Add(1))) } // never the same twice
	return e
}

// tokenOf answers the question for a token.
func tokenOf(s string) map[string]Answer {
	return map[string]Answer{StepToken: {Secret: token.New([]byte(s)), From: Flag}}
}

// where answers which repository all tests speak of, and what more they say.
func where(more map[string]Answer) map[string]Answer {
	all := map[string]Answer{StepProject: {Text: testProject, From: Flag}, StepRepository: {Text: "us-central1/" + testRepo, From: Flag}}
	maps.Copy(all, more)
	return all
}

// answers are what a complete setup is answered with.
func answers() map[string]Answer {
	a := where(tokenOf(testToken + "\n"))
	a[StepSecret], a[StepUsername] = Answer{Text: "hub-token", From: Flag}, Answer{Text: testUser, From: Flag}
	return a
}

// setupAnswers are those of a setup with another secret than the world's.
func setupAnswers() map[string]Answer {
	a := answers()
	a[StepSecret] = Answer{Text: "new-token", From: Flag}
	return a
}

// runIn takes a flow from its answers to its report.
func runIn(t *testing.T, e *Env, f *Flow, given map[string]Answer, o Options) Report {
	t.Helper()
	m := New(e, f, given, o)
	m.AcceptWarnings = true
	m.TakeDefaults()
	d := NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	if m.Phase() == Reviewing {
		d.Settle(t.Context(), m.Approve())
	}
	return m.Report()
}

// runHeadless is runIn where no upstream is asked.
func runHeadless(t *testing.T, e *Env, f *Flow, given map[string]Answer, o Options) Report {
	t.Helper()
	o.SkipTrial = true
	return runIn(t, e, f, given, o)
}

// run takes a flow on the world's repository to its report.
func (w *world) run(t *testing.T, f *Flow, given map[string]Answer, o Options) Report {
	t.Helper()
	return runIn(t, w.env(t), f, where(given), o)
}

// doctor runs doctor headless.
func (w *world) doctor(t *testing.T, given map[string]Answer, o Options) Report {
	t.Helper()
	return w.run(t, Doctor(), given, o)
}

// states is a report's actions in short, as in "create-secret done".
func states(r Report) []string {
	var s []string
	for _, a := range r.Actions {
		s = append(s, fmt.Sprintf("%s %s", a.ID, a.State))
	}
	return s
}

// levelOf is the finding about a link.
func levelOf(r Report, link string) check.Finding {
	i := slices.IndexFunc(r.Checks, func(f check.Finding) bool { return f.ID == link })
	if i < 0 {
		return check.Finding{Level: "missing"}
	}
	return r.Checks[i]
}

// inPerson opens a flow on a world as somebody at a terminal does.
func inPerson(t *testing.T, e *Env, f *Flow, given map[string]Answer, o Options) (*Machine, *Driver) {
	t.Helper()
	m := New(e, f, given, o)
	m.LookDelay = 0
	d := NewDriver(m)
	t.Cleanup(d.Close)
	d.Settle(t.Context(), m.Begin())
	return m, d
}

package flows

import (
	"testing"

	"example.com/upstreamauth/flows/token"
)

// examined takes doctor to its chain.
func (w *world) examined(t *testing.T, o Options) *Machine {
	t.Helper()
	m := New(w.env(t), Doctor(), map[string]Answer{
		StepProject: {Text: testProject, From: Flag}, StepRepository: {Text: "us-central1/" + testRepo, From: Flag}}, o)
	t.Cleanup(m.Close)
	settle(m, m.Begin())
	if m.Phase() != Finished && !o.Fix {
		t.Fatalf("phase %d", m.Phase())
	}
	return m
}

func TestDoctorGoesOnToMend(t *testing.T) {
	w := healthy()
	w.secret.policy.Bindings = nil
	m := w.examined(t, Options{})
	if !m.CanMend() {
		t.Fatal("a missing grant can be mended")
	}
	settle(m, m.Mend())
	if m.Phase() != Reviewing || !m.Plan().Writes() {
		t.Fatalf("phase %d, plan %+v, problem %v", m.Phase(), m.Plan(), m.Problem())
	}
	settle(m, m.Back())
	if m.Phase() != Finished || m.Plan().Writes() || !m.CanMend() {
		t.Fatalf("back from the plan: phase %d, plan %+v", m.Phase(), m.Plan())
	}
	settle(m, m.Mend())
	m.Interrupt()
	if r := m.Report(); r.Status != StatusBroken || r.Broken != linkGrant || r.ExitCode() != ExitRefused {
		t.Errorf("left at the plan: %s, broken at %q, exit %d", r.Status, r.Broken, r.ExitCode())
	}
	if w := w.writes(); len(w) != 0 {
		t.Errorf("nothing was approved, but there was %v", w)
	}
}

func TestDoctorMendsAndLooksAgain(t *testing.T) {
	w := healthy()
	w.secret.policy.Bindings = nil
	m := w.examined(t, Options{})
	settle(m, m.Mend())
	settle(m, m.Approve())
	if r := m.Report(); r.Status != StatusHealthy || r.ExitCode() != ExitDone || !r.Changed {
		t.Errorf("%s, exit %d, changed %t, broken at %q: %v", r.Status, r.ExitCode(), r.Changed, r.Broken, r.Problem)
	}
	if m.CanMend() || m.Mend() != nil {
		t.Error("there is nothing left to mend")
	}
}

func TestMendingAsksForTheTokenThatItNeeds(t *testing.T) {
	w := healthy()
	w.hub.good = []string{otherToken}
	m := w.examined(t, Options{})
	settle(m, m.Mend())
	if m.Phase() != Asking || m.Step().ID != StepToken {
		t.Fatalf("phase %d at %s, problem %v", m.Phase(), m.Step().ID, m.Problem())
	}
	jobs, err := m.Submit(Answer{Secret: token.New([]byte(otherToken))})
	if err != nil {
		t.Fatal(err)
	}
	settle(m, jobs)
	settle(m, m.Approve())
	if r := m.Report(); r.Status != StatusHealthy {
		t.Errorf("%s at %q: %v", r.Status, r.Broken, r.Problem)
	}
}

func TestNothingToMend(t *testing.T) {
	m := healthy().examined(t, Options{})
	if m.CanMend() || m.Mend() != nil || m.Phase() != Finished {
		t.Error("a healthy chain needs no mending")
	}
	w := healthy()
	w.secret.policy.Bindings = nil
	m = w.examined(t, Options{Fix: true})
	if m.CanMend() {
		t.Error("a plan that mends is open already")
	}
}

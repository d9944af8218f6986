package doctor

import (
	"testing"

	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/token"
)

// examined takes doctor to its chain, and lets no stored token be tried where
// Google may not send it.
func examined(t *testing.T, w *enginetest.World, o engine.Options) *engine.Machine {
	t.Helper()
	m := engine.New(w.Env(t), Doctor(), map[string]engine.Answer{
		engine.StepProject: {Text: cloudtest.TestProject, From: engine.Flag}, engine.StepRepository: {Text: "us-central1/" + cloudtest.TestRepo, From: engine.Flag}}, o)
	t.Cleanup(m.Close)
	enginetest.Settle(m, m.Begin())
	if m.Phase() == engine.Asking && m.Step().ID == engine.StepStoredTrial {
		jobs, err := m.Submit(engine.Answer{Text: m.Step().Default})
		if err != nil {
			t.Fatal(err)
		}
		enginetest.Settle(m, jobs)
	}
	if m.Phase() != engine.Finished && !o.Fix {
		t.Fatalf("phase %d", m.Phase())
	}
	return m
}

func TestDoctorGoesOnToMend(t *testing.T) {
	w := enginetest.Healthy()
	w.Secret.Policy.Bindings = nil
	m := examined(t, w, engine.Options{})
	if !m.CanMend() {
		t.Fatal("a missing grant can be mended")
	}
	enginetest.Settle(m, m.Mend())
	if m.Phase() != engine.Reviewing || !m.Plan().Writes() {
		t.Fatalf("phase %d, plan %+v, problem %v", m.Phase(), m.Plan(), m.Problem())
	}
	enginetest.Settle(m, m.Back())
	if m.Phase() != engine.Finished || m.Plan().Writes() || !m.CanMend() {
		t.Fatalf("back from the plan: phase %d, plan %+v", m.Phase(), m.Plan())
	}
	enginetest.Settle(m, m.Mend())
	m.Interrupt()
	if r := m.Report(); r.Status != engine.StatusBroken || r.Broken != linkGrant || r.Ending() != engine.EndedRejected {
		t.Errorf("left at the plan: %s, broken at %q, ended %q", r.Status, r.Broken, r.Ending())
	}
	if w := w.Writes(); len(w) != 0 {
		t.Errorf("nothing was approved, but there was %v", w)
	}
}

func TestDoctorMendsAndLooksAgain(t *testing.T) {
	w := enginetest.Healthy()
	w.Secret.Policy.Bindings = nil
	m := examined(t, w, engine.Options{})
	enginetest.Settle(m, m.Mend())
	enginetest.Settle(m, m.Approve())
	if r := m.Report(); r.Status != engine.StatusHealthy || r.Ending() != engine.EndedDone || !r.Changed {
		t.Errorf("%s, ended %q, changed %t, broken at %q: %v", r.Status, r.Ending(), r.Changed, r.Broken, r.Problem)
	}
	if m.CanMend() || m.Mend() != nil {
		t.Error("there is nothing left to mend")
	}
}

func TestMendingAsksForTheTokenThatItNeeds(t *testing.T) {
	w := enginetest.Healthy()
	w.Hub.Good = []string{enginetest.OtherToken}
	m := examined(t, w, engine.Options{})
	enginetest.Settle(m, m.Mend())
	if m.Phase() != engine.Asking || m.Step().ID != engine.StepToken {
		t.Fatalf("phase %d at %s, problem %v", m.Phase(), m.Step().ID, m.Problem())
	}
	jobs, err := m.Submit(engine.Answer{Secret: token.New([]byte(enginetest.OtherToken))})
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Settle(m, jobs)
	enginetest.Settle(m, m.Approve())
	if r := m.Report(); r.Status != engine.StatusHealthy {
		t.Errorf("%s at %q: %v", r.Status, r.Broken, r.Problem)
	}
}

func TestNothingToMend(t *testing.T) {
	m := examined(t, enginetest.Healthy(), engine.Options{})
	if m.CanMend() || m.Mend() != nil || m.Phase() != engine.Finished {
		t.Error("a healthy chain needs no mending")
	}
	w := enginetest.Healthy()
	w.Secret.Policy.Bindings = nil
	m = examined(t, w, engine.Options{Fix: true})
	if m.CanMend() {
		t.Error("a plan that mends is open already")
	}
}

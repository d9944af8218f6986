package flows

import (
	"testing"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
)

// TestWizard chooses each thing that it offers, and goes back to choose again.
func TestWizard(t *testing.T) {
	for _, c := range List() {
		w := enginetest.Healthy()
		m := engine.New(w.Env(t), Wizard(), nil, engine.Options{})
		d := engine.NewDriver(m)
		d.Settle(t.Context(), m.Begin())
		if p, ready, _ := m.Prompt(); !ready || len(p.Options) != len(List()) {
			t.Fatalf("the first question is not ready, or offers %d", len(p.Options))
		}
		for range 2 {
			jobs, err := m.Submit(engine.Answer{Text: c.ID})
			if err != nil {
				t.Fatalf("%s: %v", c.ID, err)
			}
			d.Settle(t.Context(), jobs)
			if m.Flow().ID != c.Flow().ID || m.Draft().Options.Fix != c.Fix {
				t.Errorf("%s leads to %s, fixing %v", c.ID, m.Flow().ID, m.Draft().Options.Fix)
			}
			if command, outside := m.Outside(); outside != c.Outside || outside && command != "audit" {
				t.Errorf("%s goes on outside: %v, as %s", c.ID, outside, command)
			}
			if c.Outside { // the command line goes on
				break
			}
			if c.ID == "undo" { // there is nothing to take back, so nothing to ask
				break
			}
			if m.Step().ID != engine.StepProject {
				t.Errorf("%s asks for %s first", c.ID, m.Step().ID)
			}
			d.Settle(t.Context(), m.Back())
			if m.Step().ID != engine.StepFlow || m.Flow().ID != "wizard" {
				t.Errorf("back from %s is %s of %s", c.ID, m.Step().ID, m.Flow().ID)
			}
		}
		if _, err := m.Submit(engine.Answer{Text: "nonsense"}); c.ID != "undo" && !c.Outside && !engine.IsUsage(err) {
			t.Errorf("nonsense is taken: %v", err)
		}
		d.Close()
	}
}

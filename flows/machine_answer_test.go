package flows

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
)

// An Enter typed before the question is there must not answer it.
func TestMachineRefusesTypeAhead(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	jobs := m.Begin()
	if _, err := m.Submit(Answer{Text: "x"}); !errors.Is(err, ErrNotReady) {
		t.Fatalf("before the prompt: %v", err)
	}
	settle(m, jobs)
	jobs, err := m.Submit(Answer{Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Submit(Answer{Text: "x"}); !errors.Is(err, ErrNotReady) {
		t.Fatalf("the second of a double Enter: %v", err)
	}
	settle(m, jobs)
	if m.Step().ID != "two" {
		t.Errorf("stands at %s", m.Step().ID)
	}
}

func TestMachineDropsStaleResults(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{"slow": {{Level: check.Block, Says: "late"}}}}
	m := s.machine(t, "one")
	settle(m, m.Begin())
	late := m.Look(Answer{Text: "slow"})
	soon := m.Look(Answer{Text: "quick"})
	settle(m, soon)
	settle(m, late)
	if fs := m.Findings(); len(fs) != 0 {
		t.Errorf("the findings of an earlier text are shown: %v", fs)
	}
	if m.looking.Text != "quick" {
		t.Errorf("looks at %q", m.looking.Text)
	}
}

func TestMachineWaitsBeforeItLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		m := s.machine(t, "one")
		m.LookDelay = 300 * time.Millisecond
		settle(m, m.Begin())
		began := time.Now()
		settle(m, m.Look(Answer{Text: "x"}))
		if took := time.Since(began); took != m.LookDelay {
			t.Errorf("looked after %v", took)
		}
		first := m.Look(Answer{Text: "y"})
		m.Look(Answer{Text: "z"})
		began = time.Now()
		settle(m, first)
		if took := time.Since(began); took != 0 || len(s.checked) != 1 {
			t.Errorf("an outdated look took %v, checked %v", took, s.checked)
		}
	})
}

func TestMachineBlocksAndConfirms(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{
		"bad": {{Level: check.Block, Says: "no"}}, "risky": {{Level: check.Warning, Says: "careful"}}, "riskier": {{Level: check.Warning, Says: "very"}},
	}}
	m := s.machine(t, "one", "two")
	settle(m, m.Begin())
	_ = submit(t, m, "bad")
	if m.Step().ID != "one" || check.Worst(m.Findings()) != check.Block {
		t.Fatalf("a block let the answer pass: %s, %v", m.Step().ID, m.Findings())
	}
	if err := submit(t, m, "bad"); !errors.Is(err, ErrBlocked) {
		t.Errorf("again: %v", err)
	}
	_ = submit(t, m, "risky")
	if !m.Confirming() {
		t.Fatal("a warning did not ask once more")
	}
	_ = submit(t, m, "riskier")
	if m.Step().ID != "one" || !m.Confirming() {
		t.Fatal("another answer's warning was taken for accepted")
	}
	if err := submit(t, m, "riskier"); err != nil || m.Step().ID != "two" {
		t.Fatalf("not accepted: %v, at %s", err, m.Step().ID)
	}
}

func TestMachineRefusesAWrongForm(t *testing.T) {
	m := (&script{}).machine(t, "one")
	settle(m, m.Begin())
	if err := submit(t, m, "a b"); !IsUsage(err) {
		t.Errorf("got %v", err)
	}
	if check.Worst(m.Findings()) != check.Block || m.Step().ID != "one" {
		t.Errorf("findings %v", m.Findings())
	}
	settle(m, m.Look(Answer{Text: "ab"}))
	if len(m.Findings()) != 0 {
		t.Errorf("the finding stays: %v", m.Findings())
	}
}

func TestMachineTakesACorrection(t *testing.T) {
	f := newFake()
	given := answers()
	delete(given, StepToken)
	m := New(testEnv(t, f), Setup(), given, Options{SkipTrial: true})
	m.TakeDefaults()
	m.LookDelay = 0
	d := NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	jobs, _ := m.Submit(Answer{Secret: token.New([]byte("bob:" + testToken))})
	d.Settle(t.Context(), jobs)
	var use *check.Correction
	for _, f := range m.Findings() {
		if f.Level == check.Block && f.Remedy != nil {
			use = f.Remedy.Use
		}
	}
	if use == nil {
		t.Fatalf("no correction offered: %v", m.Findings())
	}
	d.Settle(t.Context(), m.Correct(*use))
	jobs, err := m.Submit(*m.looking)
	if err != nil {
		t.Fatal(err)
	}
	d.Settle(t.Context(), jobs)
	if got := m.Draft(); string(got.Token.Reveal()) != testToken {
		t.Errorf("the token has %d bytes, want %d", got.Token.Len(), len(testToken))
	}
}

// What a check leaves out while the person types, it makes up for on Enter.
func TestMachineChecksInFullWhatIsSubmitted(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	var looked []bool
	m.steps[0].Check = func(_ context.Context, _ *Env, d Draft) ([]check.Finding, error) {
		looked = append(looked, d.Looking)
		if d.Looking {
			return []check.Finding{{Level: check.Warning, Says: "half"}}, nil
		}
		return nil, nil
	}
	settle(m, m.Begin())
	settle(m, m.Look(Answer{Text: "x"}))
	if err := submit(t, m, "x"); err != nil || m.Step().ID != "two" {
		t.Fatalf("at %s: %v", m.Step().ID, err)
	}
	if len(looked) != 2 || !looked[0] || looked[1] {
		t.Errorf("checked %v", looked)
	}
}

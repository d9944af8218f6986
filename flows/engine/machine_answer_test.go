package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// An Enter typed before the question is there must not answer it.
func TestMachineRefusesTypeAhead(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	jobs := m.Begin()
	if _, err := m.Submit(engine.Answer{Text: "x"}); !errors.Is(err, engine.ErrNotReady) {
		t.Fatalf("before the prompt: %v", err)
	}
	enginetest.Settle(m, jobs)
	jobs, err := m.Submit(engine.Answer{Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Submit(engine.Answer{Text: "x"}); !errors.Is(err, engine.ErrNotReady) {
		t.Fatalf("the second of a double Enter: %v", err)
	}
	enginetest.Settle(m, jobs)
	if m.Step().ID != "two" {
		t.Errorf("stands at %s", m.Step().ID)
	}
}

func TestMachineDropsStaleResults(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{"slow": {{Level: check.Block, Says: text.New("late")}}}}
	m := s.machine(t, "one")
	enginetest.Settle(m, m.Begin())
	late := m.Look(engine.Answer{Text: "slow"})
	soon := m.Look(engine.Answer{Text: "quick"})
	enginetest.Settle(m, soon)
	enginetest.Settle(m, late)
	if fs := m.Findings(); len(fs) != 0 {
		t.Errorf("the findings of an earlier text are shown: %v", fs)
	}
	if m.LookedAt().Text != "quick" {
		t.Errorf("looks at %q", m.LookedAt().Text)
	}
}

func TestMachineWaitsBeforeItLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		m := s.machine(t, "one")
		m.LookDelay = 300 * time.Millisecond
		enginetest.Settle(m, m.Begin())
		began := time.Now()
		enginetest.Settle(m, m.Look(engine.Answer{Text: "x"}))
		if took := time.Since(began); took != m.LookDelay {
			t.Errorf("looked after %v", took)
		}
		first := m.Look(engine.Answer{Text: "y"})
		m.Look(engine.Answer{Text: "z"})
		began = time.Now()
		enginetest.Settle(m, first)
		if took := time.Since(began); took != 0 || len(s.checked) != 1 {
			t.Errorf("an outdated look took %v, checked %v", took, s.checked)
		}
	})
}

func TestMachineBlocksAndConfirms(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{
		"bad": {{Level: check.Block, Says: text.New("no")}}, "risky": {{Level: check.Warning, Says: text.New("careful")}}, "riskier": {{Level: check.Warning, Says: text.New("very")}},
	}}
	m := s.machine(t, "one", "two")
	enginetest.Settle(m, m.Begin())
	_ = enginetest.Submit(t, m, "bad")
	if m.Step().ID != "one" || check.Worst(m.Findings()) != check.Block {
		t.Fatalf("a block let the answer pass: %s, %v", m.Step().ID, m.Findings())
	}
	if err := enginetest.Submit(t, m, "bad"); !errors.Is(err, engine.ErrBlocked) {
		t.Errorf("again: %v", err)
	}
	_ = enginetest.Submit(t, m, "risky")
	if !m.Confirming() {
		t.Fatal("a warning did not ask once more")
	}
	_ = enginetest.Submit(t, m, "riskier")
	if m.Step().ID != "one" || !m.Confirming() {
		t.Fatal("another answer's warning was taken for accepted")
	}
	if err := enginetest.Submit(t, m, "riskier"); err != nil || m.Step().ID != "two" {
		t.Fatalf("not accepted: %v, at %s", err, m.Step().ID)
	}
}

func TestMachineRefusesAWrongForm(t *testing.T) {
	m := (&script{}).machine(t, "one")
	enginetest.Settle(m, m.Begin())
	if err := enginetest.Submit(t, m, "a b"); !engine.IsUsage(err) {
		t.Errorf("got %v", err)
	}
	if check.Worst(m.Findings()) != check.Block || m.Step().ID != "one" {
		t.Errorf("findings %v", m.Findings())
	}
	enginetest.Settle(m, m.Look(engine.Answer{Text: "ab"}))
	if len(m.Findings()) != 0 {
		t.Errorf("the finding stays: %v", m.Findings())
	}
}

func TestMachineTakesACorrection(t *testing.T) {
	f := cloudtest.NewFake()
	given := enginetest.Answers()
	delete(given, engine.StepToken)
	m := engine.New(enginetest.EnvOf(t, f), change.Setup(), given, engine.Options{SkipTrial: true})
	m.TakeDefaults()
	m.LookDelay = 0
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	jobs, _ := m.Submit(engine.Answer{Secret: token.New([]byte("bob:" + cloudtest.TestToken))})
	d.Settle(t.Context(), jobs)
	var use *check.Correction
	for _, f := range m.Findings() {
		if offers := f.Remedy.Offers(); f.Level == check.Block && len(offers) == 2 && offers[1].Use.AsIs {
			use = &offers[0].Use
		}
	}
	if use == nil {
		t.Fatalf("no correction offered: %v", m.Findings())
	}
	d.Settle(t.Context(), m.Correct(*use))
	jobs, err := m.Submit(m.LookedAt())
	if err != nil {
		t.Fatal(err)
	}
	d.Settle(t.Context(), jobs)
	if got := m.Draft(); string(got.Token.Reveal()) != cloudtest.TestToken {
		t.Errorf("the token has %d bytes, want %d", got.Token.Len(), len(cloudtest.TestToken))
	}
}

// What a check leaves out while the person types, it makes up for on Enter.
func TestMachineChecksInFullWhatIsSubmitted(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	var looked []bool
	m.StepAt(0).Check = func(_ context.Context, _ *engine.Env, d engine.Draft) ([]check.Finding, error) {
		looked = append(looked, d.Looking)
		if d.Looking {
			return []check.Finding{{Level: check.Warning, Says: text.New("half")}}, nil
		}
		return nil, nil
	}
	enginetest.Settle(m, m.Begin())
	enginetest.Settle(m, m.Look(engine.Answer{Text: "x"}))
	if err := enginetest.Submit(t, m, "x"); err != nil || m.Step().ID != "two" {
		t.Fatalf("at %s: %v", m.Step().ID, err)
	}
	if len(looked) != 2 || !looked[0] || looked[1] {
		t.Errorf("checked %v", looked)
	}
}

// A result that was on its way when the question was left changes nothing of
// the next one, though nobody cancelled it in time.
func TestMachineDropsWhatBelongsToAnEarlierQuestion(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{"x": {{Level: check.Note, Says: text.New("late")}}}, batches: [][]engine.Option{{{Value: "a"}}}}
	m := s.machine(t, "one", "two")
	first := m.Begin()[0].Run()
	batch := m.Deliver(first)[0].Run()
	look := m.Look(engine.Answer{Text: "x"})[0].Run()
	if err := enginetest.Submit(t, m, "y"); err != nil || m.Step().ID != "two" {
		t.Fatalf("at %s: %v", m.Step().ID, err)
	}
	before, _, _ := m.Prompt()
	for _, late := range []engine.Result{batch, look, first} {
		if jobs := m.Deliver(late); len(jobs) > 0 {
			t.Error("a late result goes on")
		}
	}
	if after, _, _ := m.Prompt(); len(after.Options) != len(before.Options) || len(m.Findings()) > 0 {
		t.Errorf("the next question has %d options and says %v", len(after.Options), m.Findings())
	}
}

// Leaving an answer cancels its check: the call itself ends.
func TestMachineCancelsAnOutdatedCheck(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	entered, ended := make(chan struct{}, 1), make(chan error, 1)
	m.StepAt(0).Check = func(ctx context.Context, _ *engine.Env, d engine.Draft) ([]check.Finding, error) {
		if string(d.From["one="]) != "slow" {
			return nil, nil
		}
		entered <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}
	enginetest.Settle(m, m.Begin())
	for name, leave := range map[string]func(){
		"another answer":    func() { m.Look(engine.Answer{Text: "quick"}) },
		"nothing":           func() { m.Look(engine.Answer{}) },
		"leaving":           m.Leave,
		"a second answer":   func() { _, _ = m.Submit(engine.Answer{Text: "quick"}) },
		"the same, in full": func() { _, _ = m.Submit(engine.Answer{Text: "slow"}) },
	} {
		job := m.Look(engine.Answer{Text: "slow"})[0]
		result := make(chan engine.Result)
		go func() { result <- job.Run() }()
		<-entered
		leave()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if jobs := m.Deliver(<-result); len(jobs) > 0 {
			t.Errorf("%s: the outdated check goes on", name)
		}
		enginetest.Settle(m, m.Retry()) // the question anew
	}
}

// The first page can be answered while the rest is still being read.
func TestMachineTakesAnAnswerFromTheFirstPage(t *testing.T) {
	s := &script{batches: [][]engine.Option{{{Value: "a"}}, {{Value: "b"}}}}
	m := s.machine(t, "one", "two")
	jobs := m.Deliver(m.Begin()[0].Run())
	jobs = m.Deliver(jobs[0].Run())
	if p, ready, complete := m.Prompt(); len(p.Options) != 1 || !ready || complete {
		t.Fatalf("%d options, ready %v, complete %v", len(p.Options), ready, complete)
	}
	if err := enginetest.Submit(t, m, "a"); err != nil || m.Step().ID != "two" {
		t.Fatalf("at %s: %v", m.Step().ID, err)
	}
	if next := m.Deliver(jobs[0].Run()); len(next) > 0 {
		t.Error("the list that was left is read on")
	}
}

// Warnings that were accepted are not asked about again on the way forward,
// others are; where nobody is asked, they stay among the findings.
func TestMachineAsksOnceAboutAWarning(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{"risky": {{Level: check.Warning, Says: text.New("careful")}}}}
	m := s.machine(t, "one", "two")
	enginetest.Settle(m, m.Begin())
	_ = enginetest.Submit(t, m, "risky")
	_ = enginetest.Submit(t, m, "risky")
	enginetest.Settle(m, m.Back())
	if err := enginetest.Submit(t, m, "risky"); m.Step().ID != "two" {
		t.Errorf("asked again about the same warning: %v", err)
	}
	enginetest.Settle(m, m.Back())
	s.verdicts["risky"] = []check.Finding{{Level: check.Warning, Says: text.New("something else")}}
	if _ = enginetest.Submit(t, m, "risky"); m.Step().ID != "one" || !m.Confirming() {
		t.Error("another warning was taken for accepted")
	}

	m = s.machine(t, "one", "two")
	m.AcceptWarnings = true
	enginetest.Settle(m, m.Begin())
	if err := enginetest.Submit(t, m, "risky"); err != nil || m.Step().ID != "two" {
		t.Fatalf("at %s: %v", m.Step().ID, err)
	}
	if fs := m.AllFindings(); len(fs) != 1 || fs[0].Level != check.Warning {
		t.Errorf("the warning is lost: %v", fs)
	}
}

// What the front ends are told while an answer is looked at and submitted.
func TestMachineTellsWhatItChecks(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{"x": {{Level: check.Note, Says: text.New("seen")}}}}
	m := s.machine(t, "one", "two")
	state := func() string {
		checking, submitted := m.Checking()
		return fmt.Sprintf("%v %v %q %v", checking, submitted, m.Looking().Text, m.Done())
	}
	jobs := m.Begin()
	if got := state(); got != `false false "" false` {
		t.Errorf("at first: %s", got)
	}
	enginetest.Settle(m, jobs)
	looks := m.Look(engine.Answer{Text: "x"})
	if got := state(); got != `true false "x" false` {
		t.Errorf("while it is looked at: %s", got)
	}
	if jobs := m.Look(engine.Answer{Text: "x"}); len(jobs) > 0 {
		t.Error("the same answer is checked twice")
	}
	enginetest.Settle(m, looks)
	if got := state(); got != `false false "x" false` {
		t.Errorf("then: %s, %v", got, m.Findings())
	}
	jobs, err := m.Submit(engine.Answer{Text: "y"})
	if got := state(); got != `true true "y" false` || err != nil {
		t.Errorf("submitted: %s, %v", got, err)
	}
	if more := m.Look(engine.Answer{Text: "z"}); len(more) > 0 {
		t.Error("what is submitted is not looked at any more")
	}
	enginetest.Settle(m, jobs)
	if got := m.Trail(); len(got) != 1 || got[0].Says.In(text.English) != "y" || got[0].From != engine.Asked {
		t.Errorf("trail %+v", got)
	}
}

// TestMachineCorrectsTheUserNameToo takes a user name that stood in the answer
// for the token, and a realm that may get the credential.
func TestMachineCorrectsTheUserNameToo(t *testing.T) {
	w := enginetest.Healthy()
	given := enginetest.Answers()
	delete(given, engine.StepToken)
	given[engine.StepUsername] = engine.Answer{Text: "somebody", From: engine.Flag}
	m := engine.New(w.Env(t), change.Setup(), given, engine.Options{})
	m.TakeDefaults()
	m.LookDelay = 0
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	jobs, _ := m.Submit(enginetest.TokenOf(enginetest.TestUser + ":" + cloudtest.TestToken)[engine.StepToken])
	d.Settle(t.Context(), jobs)
	var use *check.Correction
	for _, f := range m.Findings() {
		if f.Remedy != nil && f.Remedy.Use != nil {
			use = f.Remedy.Use
		}
	}
	if use == nil || use.Username != enginetest.TestUser {
		t.Fatalf("offers %+v for %v", use, m.Findings())
	}
	use.AllowRealm = "tokens.example.com"
	d.Settle(t.Context(), m.Correct(*use))
	if m.Draft().Username != enginetest.TestUser || m.Given(engine.StepUsername).From != engine.Asked || check.Worst(m.Findings()) == check.Block {
		t.Errorf("user %q from %s: %v", m.Draft().Username, m.Given(engine.StepUsername).From, m.Findings())
	}
	d.Settle(t.Context(), m.Correct(*use)) // again changes nothing
	if realms := m.Draft().Options.AllowRealms; len(realms) != 1 || realms[0] != "tokens.example.com" {
		t.Errorf("realms %v", realms)
	}
	if jobs := engine.InReview().Correct(*use); jobs != nil {
		t.Error("an answer is corrected that is not asked for")
	}
}

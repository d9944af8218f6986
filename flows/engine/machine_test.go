package engine_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// script is a flow of plain questions, for tests of the machine alone.
type script struct {
	asked   []string
	checked []string
	// verdicts are the findings by answer.
	verdicts map[string][]check.Finding
	batches  [][]engine.Option
	gate     chan struct{} // if set, Ask waits for it before each batch
	fail     error
}

func (s *script) step(id string) engine.Step {
	return engine.Step{
		ID: id, Title: text.Verbatim(id), Flag: id,
		Ask: func(ctx context.Context, _ *engine.Env, _ engine.Draft) iter.Seq2[engine.Prompt, error] {
			return func(yield func(engine.Prompt, error) bool) {
				s.asked = append(s.asked, id)
				if s.fail != nil {
					yield(engine.Prompt{}, s.fail)
					return
				}
				for _, b := range append([][]engine.Option{nil}, s.batches...) {
					if s.gate != nil {
						select {
						case <-s.gate:
						case <-ctx.Done():
							return
						}
					}
					if !yield(engine.Prompt{Kind: engine.Type, Options: b}, nil) {
						return
					}
				}
			}
		},
		Take: func(d *engine.Draft, a engine.Answer) error {
			if strings.Contains(a.Text, " ") {
				return &engine.Usage{Title: text.New("no spaces")}
			}
			d.From[id+"="] = engine.Source(a.Text)
			return nil
		},
		Check: func(_ context.Context, _ *engine.Env, d engine.Draft) ([]check.Finding, error) {
			given := string(d.From[id+"="])
			s.checked = append(s.checked, id+"="+given)
			return s.verdicts[given], nil
		},
		Show: func(d engine.Draft) text.Text { return text.Verbatim(string(d.From[id+"="])) },
	}
}

func (s *script) machine(t *testing.T, ids ...string) *engine.Machine {
	t.Helper()
	f := &engine.Flow{ID: "test", Plan: func(context.Context, *engine.Env, engine.Draft) (*engine.Plan, error) { return &engine.Plan{}, nil }}
	for _, id := range ids {
		f.Steps = append(f.Steps, s.step(id))
	}
	m := engine.New(enginetest.EnvOf(t, cloudtest.NewFake()), f, nil, engine.Options{})
	m.LookDelay = 0
	t.Cleanup(m.Close)
	return m
}

func TestMachineAsksInOrder(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	enginetest.Settle(m, m.Begin())
	for _, id := range []string{"one", "two"} {
		if m.Step().ID != id {
			t.Fatalf("asks %s, want %s", m.Step().ID, id)
		}
		if err := enginetest.Submit(t, m, "x"+id); err != nil {
			t.Fatal(err)
		}
	}
	if m.Phase() != engine.Reviewing {
		t.Fatalf("stands at %v", m.Phase())
	}
	trail := m.Trail()
	if len(trail) != 2 || trail[1].Says.In(text.English) != "xtwo" || trail[1].From != engine.Asked {
		t.Errorf("trail %+v", trail)
	}
	if at, of := m.Position(); at != 3 || of != 4 {
		t.Errorf("step %d of %d", at, of)
	}
}

func TestMachineGoesBackAndKeepsLaterAnswers(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{}}
	m := s.machine(t, "one", "two", "three")
	enginetest.Settle(m, m.Begin())
	for _, given := range []string{"a", "b", "c"} {
		_ = enginetest.Submit(t, m, given)
	}
	enginetest.Settle(m, m.Back())
	enginetest.Settle(m, m.Back())
	enginetest.Settle(m, m.Back())
	if m.Step().ID != "one" || m.Previous().Text != "a" || m.CanBack() {
		t.Fatalf("at %s with %q before it, back %v", m.Step().ID, m.Previous().Text, m.CanBack())
	}
	s.checked = nil
	s.verdicts["c"] = []check.Finding{{Level: check.Block, Says: text.New("no longer")}}
	_ = enginetest.Submit(t, m, "A")
	if m.Step().ID != "three" {
		t.Fatalf("stands at %s, want the first answer that no longer holds", m.Step().ID)
	}
	if got := strings.Join(s.checked, " "); got != "one=A two=b three=c" {
		t.Errorf("checked %s", got)
	}
}

func TestMachineStreamsOptions(t *testing.T) {
	s := &script{batches: [][]engine.Option{{{Value: "a"}}, {{Value: "b"}, {Value: "c"}}}, gate: make(chan struct{}, 1)}
	m := s.machine(t, "one")
	jobs := m.Begin()
	for i, want := range []int{0, 1, 3} {
		s.gate <- struct{}{}
		jobs = m.Deliver(jobs[0].Run())
		p, ready, complete := m.Prompt()
		if len(p.Options) != want || !ready || complete {
			t.Fatalf("batch %d: %d options, ready %v, complete %v", i, len(p.Options), ready, complete)
		}
	}
	enginetest.Settle(m, jobs)
	if _, _, complete := m.Prompt(); !complete {
		t.Error("the end was not noticed")
	}
}

func TestMachineStopsAListThatIsUnderWay(t *testing.T) {
	s := &script{gate: make(chan struct{})}
	m := s.machine(t, "one")
	jobs := m.Begin()
	done := make(chan engine.Result)
	go func() { done <- jobs[0].Run() }()
	m.Close()
	if next := m.Deliver(<-done); len(next) != 0 {
		t.Error("a cancelled batch goes on")
	}
}

func TestMachineRetries(t *testing.T) {
	s := &script{fail: &cloud.Error{Kind: cloud.Unavailable, Message: "down"}}
	m := s.machine(t, "one")
	enginetest.Settle(m, m.Begin())
	if m.Problem() == nil || m.Problem().Kind != cloud.Unavailable {
		t.Fatalf("problem %v", m.Problem())
	}
	s.fail = nil
	enginetest.Settle(m, m.Retry())
	if m.Problem() != nil || len(s.asked) != 2 {
		t.Errorf("problem %v, asked %v", m.Problem(), s.asked)
	}
}

func TestMachineSurvivesAPanic(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one")
	m.StepAt(0).Check = func(context.Context, *engine.Env, engine.Draft) ([]check.Finding, error) { panic("canary-token") }
	enginetest.Settle(m, m.Begin())
	_ = enginetest.Submit(t, m, "x")
	if m.Problem() == nil || strings.Contains(m.Problem().Error(), "canary-token") {
		t.Errorf("problem %v", m.Problem())
	}
}

func TestMachineGoesOnWithTheChosenFlow(t *testing.T) {
	s := &script{}
	end := func(context.Context, *engine.Env, engine.Draft) (*engine.Plan, error) { return &engine.Plan{}, nil }
	flows := map[string]*engine.Flow{
		"a": {ID: "a", Steps: []engine.Step{s.step("a1"), s.step("a2")}, Plan: end},
		"b": {ID: "b", Steps: []engine.Step{s.step("b1")}, Plan: end},
	}
	menu := &engine.Flow{ID: "menu", Steps: []engine.Step{s.step("what")}, Then: func(d engine.Draft) *engine.Flow { return flows[string(d.From["what="])] }}
	m := engine.New(enginetest.EnvOf(t, cloudtest.NewFake()), menu, nil, engine.Options{})
	m.LookDelay = 0
	defer m.Close()
	enginetest.Settle(m, m.Begin())
	_ = enginetest.Submit(t, m, "a")
	if m.Step().ID != "a1" || m.Flow().ID != "a" || m.Draft().Flow != "a" {
		t.Fatalf("at %s of %s", m.Step().ID, m.Flow().ID)
	}
	enginetest.Settle(m, m.Back())
	_ = enginetest.Submit(t, m, "b")
	_ = enginetest.Submit(t, m, "x")
	if m.Phase() != engine.Reviewing || m.Plan().Flow != "b" {
		t.Fatalf("stands at %v of %s", m.Phase(), m.Flow().ID)
	}
}

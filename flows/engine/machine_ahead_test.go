package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// What the next question needs is read while the person still looks at a good
// answer to this one, and at no other.
func TestMachineReadsAheadOnceAnAnswerIsGood(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{"bad": {{Level: check.Block, Says: text.New("no")}}}}
	m := s.machine(t, "one", "two")
	enginetest.Settle(m, m.Begin())
	enginetest.Settle(m, m.Look(engine.Answer{Text: "bad"}))
	if slices.Contains(s.asked, "two") {
		t.Fatal("read ahead for an answer that is no good")
	}
	jobs := m.Deliver(m.Look(engine.Answer{Text: "good"})[0].Run())
	if len(jobs) != 1 || !jobs[0].Ahead {
		t.Fatalf("%d jobs follow", len(jobs))
	}
	if next := m.Deliver(jobs[0].Run()); len(next) != 0 || !slices.Contains(s.asked, "two") || m.Step().ID != "one" {
		t.Errorf("asked %v, stands at %s", s.asked, m.Step().ID)
	}
}

// A step that does not arise is not read ahead: the one behind it is.
func TestMachineReadsAheadWhatArises(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "never", "two")
	m.StepAt(1).When = func(engine.Draft) bool { return false }
	enginetest.Settle(m, m.Begin())
	enginetest.Settle(m, m.Look(engine.Answer{Text: "x"}))
	if got := strings.Join(s.asked, " "); got != "one two" {
		t.Errorf("asked %s", got)
	}
}

// What all given answers need is read side by side from the start.
func TestMachineReadsAheadForGivenAnswers(t *testing.T) {
	f := cloudtest.NewFake()
	m := engine.New(enginetest.EnvOf(t, f), change.Setup(), enginetest.Answers(), engine.Options{SkipTrial: true})
	defer m.Close()
	m.TakeDefaults()
	var ahead []engine.Job
	for _, j := range m.Begin() {
		if j.Ahead {
			ahead = append(ahead, j)
		}
	}
	for _, j := range ahead {
		j.Run()
	}
	for _, c := range []string{"Caller", "Project", "Repository", "Secret", "SecretPolicy"} {
		if !slices.Contains(f.Calls, c) {
			t.Errorf("%s was not read ahead: %v", c, f.Calls)
		}
	}
	if w := f.Writes(); len(w) > 0 {
		t.Errorf("wrote %v", w)
	}
}

// Reading ahead ends before a token is wiped, and none begins after it.
func TestMachineEndsReadingAheadBeforeItWipes(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	entered, left := make(chan struct{}), false
	m.StepAt(1).Ask = engine.AtOnce(func(ctx context.Context, _ *engine.Env, _ engine.Draft) (engine.Prompt, error) {
		close(entered)
		<-ctx.Done()
		left = true
		return engine.Prompt{}, ctx.Err()
	})
	enginetest.Settle(m, m.Begin())
	jobs := m.Deliver(m.Look(engine.Answer{Text: "x"})[0].Run())
	done := make(chan struct{})
	go func() { defer close(done); jobs[0].Run() }()
	<-entered
	m.Close()
	if !left {
		t.Error("closed while a job was still reading")
	}
	<-done
	if again := m.Warm("late", func(context.Context) { t.Error("began after the end") }); again.Ahead {
		m.EndAhead()
		again.Run()
	}
}

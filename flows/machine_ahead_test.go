package flows

import (
	"context"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
)

// What the next question needs is read while the person still looks at a good
// answer to this one, and at no other.
func TestMachineReadsAheadOnceAnAnswerIsGood(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{"bad": {{Level: check.Block, Says: "no"}}}}
	m := s.machine(t, "one", "two")
	settle(m, m.Begin())
	settle(m, m.Look(Answer{Text: "bad"}))
	if slices.Contains(s.asked, "two") {
		t.Fatal("read ahead for an answer that is no good")
	}
	jobs := m.Deliver(m.Look(Answer{Text: "good"})[0].Run())
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
	m.steps[1].When = func(Draft) bool { return false }
	settle(m, m.Begin())
	settle(m, m.Look(Answer{Text: "x"}))
	if got := strings.Join(s.asked, " "); got != "one two" {
		t.Errorf("asked %s", got)
	}
}

// What all given answers need is read side by side from the start.
func TestMachineReadsAheadForGivenAnswers(t *testing.T) {
	f := newFake()
	m := New(testEnv(t, f), Setup(), answers(), Options{SkipTrial: true})
	defer m.Close()
	m.TakeDefaults()
	var ahead []Job
	for _, j := range m.Begin() {
		if j.Ahead {
			ahead = append(ahead, j)
		}
	}
	for _, j := range ahead {
		j.Run()
	}
	for _, c := range []string{"Caller", "Project", "Repository", "Secret", "SecretPolicy"} {
		if !slices.Contains(f.calls, c) {
			t.Errorf("%s was not read ahead: %v", c, f.calls)
		}
	}
	if w := f.writes(); len(w) > 0 {
		t.Errorf("wrote %v", w)
	}
}

// Reading ahead ends before a token is wiped, and none begins after it.
func TestMachineEndsReadingAheadBeforeItWipes(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	entered, left := make(chan struct{}), false
	m.steps[1].Ask = atOnce(func(ctx context.Context, _ *Env, _ Draft) (Prompt, error) {
		close(entered)
		<-ctx.Done()
		left = true
		return Prompt{}, ctx.Err()
	})
	settle(m, m.Begin())
	jobs := m.Deliver(m.Look(Answer{Text: "x"})[0].Run())
	done := make(chan struct{})
	go func() { defer close(done); jobs[0].Run() }()
	<-entered
	m.Close()
	if !left {
		t.Error("closed while a job was still reading")
	}
	<-done
	if again := m.warm("late", func(context.Context) { t.Error("began after the end") }); again.Ahead {
		m.ahead.close()
		again.Run()
	}
}

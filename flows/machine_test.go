package flows

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
)

// script is a flow of plain questions, for tests of the machine alone.
type script struct {
	asked   []string
	checked []string
	// verdicts are the findings by answer.
	verdicts map[string][]check.Finding
	batches  [][]Option
	gate     chan struct{} // if set, Ask waits for it before each batch
	fail     error
}

func (s *script) step(id string) Step {
	return Step{
		ID: id, Title: id, Flag: id,
		Ask: func(ctx context.Context, _ *Env, _ Draft) iter.Seq2[Prompt, error] {
			return func(yield func(Prompt, error) bool) {
				s.asked = append(s.asked, id)
				if s.fail != nil {
					yield(Prompt{}, s.fail)
					return
				}
				for _, b := range append([][]Option{nil}, s.batches...) {
					if s.gate != nil {
						select {
						case <-s.gate:
						case <-ctx.Done():
							return
						}
					}
					if !yield(Prompt{Kind: Type, Options: b}, nil) {
						return
					}
				}
			}
		},
		Take: func(d *Draft, a Answer) error {
			if strings.Contains(a.Text, " ") {
				return &Usage{Title: "no spaces"}
			}
			d.From[id+"="] = Source(a.Text)
			return nil
		},
		Check: func(_ context.Context, _ *Env, d Draft) ([]check.Finding, error) {
			text := string(d.From[id+"="])
			s.checked = append(s.checked, id+"="+text)
			return s.verdicts[text], nil
		},
		Show: func(d Draft) string { return string(d.From[id+"="]) },
	}
}

func (s *script) machine(t *testing.T, ids ...string) *Machine {
	t.Helper()
	f := &Flow{ID: "test", Plan: func(context.Context, *Env, Draft) (*Plan, error) { return &Plan{}, nil }}
	for _, id := range ids {
		f.Steps = append(f.Steps, s.step(id))
	}
	m := New(testEnv(t, newFake()), f, nil, Options{})
	m.LookDelay = 0
	t.Cleanup(m.Close)
	return m
}

// settle runs jobs one after the other.
func settle(m *Machine, jobs []Job) {
	for len(jobs) > 0 {
		j := jobs[0]
		jobs = append(jobs[1:], m.Deliver(j.Run())...)
	}
}

func submit(t *testing.T, m *Machine, text string) error {
	t.Helper()
	jobs, err := m.Submit(Answer{Text: text})
	settle(m, jobs)
	return err
}

func TestMachineAsksInOrder(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one", "two")
	settle(m, m.Begin())
	for _, id := range []string{"one", "two"} {
		if m.Step().ID != id {
			t.Fatalf("asks %s, want %s", m.Step().ID, id)
		}
		if err := submit(t, m, "x"+id); err != nil {
			t.Fatal(err)
		}
	}
	if m.Phase() != Reviewing {
		t.Fatalf("stands at %v", m.Phase())
	}
	trail := m.Trail()
	if len(trail) != 2 || trail[1].Says != "xtwo" || trail[1].From != Asked {
		t.Errorf("trail %+v", trail)
	}
	if at, of := m.Position(); at != 3 || of != 4 {
		t.Errorf("step %d of %d", at, of)
	}
}

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

func TestMachineGoesBackAndKeepsLaterAnswers(t *testing.T) {
	s := &script{verdicts: map[string][]check.Finding{}}
	m := s.machine(t, "one", "two", "three")
	settle(m, m.Begin())
	for _, text := range []string{"a", "b", "c"} {
		_ = submit(t, m, text)
	}
	settle(m, m.Back())
	settle(m, m.Back())
	settle(m, m.Back())
	if m.Step().ID != "one" || m.Previous().Text != "a" || m.CanBack() {
		t.Fatalf("at %s with %q before it, back %v", m.Step().ID, m.Previous().Text, m.CanBack())
	}
	s.checked = nil
	s.verdicts["c"] = []check.Finding{{Level: check.Block, Says: "no longer"}}
	_ = submit(t, m, "A")
	if m.Step().ID != "three" {
		t.Fatalf("stands at %s, want the first answer that no longer holds", m.Step().ID)
	}
	if got := strings.Join(s.checked, " "); got != "one=A two=b three=c" {
		t.Errorf("checked %s", got)
	}
}

func TestMachineStreamsOptions(t *testing.T) {
	s := &script{batches: [][]Option{{{Value: "a"}}, {{Value: "b"}, {Value: "c"}}}, gate: make(chan struct{}, 1)}
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
	settle(m, jobs)
	if _, _, complete := m.Prompt(); !complete {
		t.Error("the end was not noticed")
	}
}

func TestMachineStopsAListThatIsUnderWay(t *testing.T) {
	s := &script{gate: make(chan struct{})}
	m := s.machine(t, "one")
	jobs := m.Begin()
	done := make(chan Result)
	go func() { done <- jobs[0].Run() }()
	m.Close()
	if next := m.Deliver(<-done); len(next) != 0 {
		t.Error("a cancelled batch goes on")
	}
}

func TestMachineRetries(t *testing.T) {
	s := &script{fail: &Error{Kind: Unavailable, Message: "down"}}
	m := s.machine(t, "one")
	settle(m, m.Begin())
	if m.Problem() == nil || m.Problem().Kind != Unavailable {
		t.Fatalf("problem %v", m.Problem())
	}
	s.fail = nil
	settle(m, m.Retry())
	if m.Problem() != nil || len(s.asked) != 2 {
		t.Errorf("problem %v, asked %v", m.Problem(), s.asked)
	}
}

func TestMachineSurvivesAPanic(t *testing.T) {
	s := &script{}
	m := s.machine(t, "one")
	m.steps[0].Check = func(context.Context, *Env, Draft) ([]check.Finding, error) { panic("canary-token") }
	settle(m, m.Begin())
	_ = submit(t, m, "x")
	if m.Problem() == nil || strings.Contains(m.Problem().Error(), "canary-token") {
		t.Errorf("problem %v", m.Problem())
	}
}

func TestMachineGoesOnWithTheChosenFlow(t *testing.T) {
	s := &script{}
	end := func(context.Context, *Env, Draft) (*Plan, error) { return &Plan{}, nil }
	flows := map[string]*Flow{
		"a": {ID: "a", Steps: []Step{s.step("a1"), s.step("a2")}, Plan: end},
		"b": {ID: "b", Steps: []Step{s.step("b1")}, Plan: end},
	}
	menu := &Flow{ID: "menu", Steps: []Step{s.step("what")}, Then: func(d Draft) *Flow { return flows[string(d.From["what="])] }}
	m := New(testEnv(t, newFake()), menu, nil, Options{})
	m.LookDelay = 0
	defer m.Close()
	settle(m, m.Begin())
	_ = submit(t, m, "a")
	if m.Step().ID != "a1" || m.Flow().ID != "a" || m.Draft().Flow != "a" {
		t.Fatalf("at %s of %s", m.Step().ID, m.Flow().ID)
	}
	settle(m, m.Back())
	_ = submit(t, m, "b")
	_ = submit(t, m, "x")
	if m.Phase() != Reviewing || m.Plan().Flow != "b" {
		t.Fatalf("stands at %v of %s", m.Phase(), m.Flow().ID)
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

// A run that failed is not the end: the same answers make a new plan from what
// is there now.
func TestMachineGoesOnAfterAFailedRun(t *testing.T) {
	f := newFake()
	m := New(testEnv(t, f), Setup(), answers(), Options{SkipTrial: true})
	m.TakeDefaults()
	d := NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	f.fail = func(c string, _ bool) error {
		if c == "Grant" {
			return &Error{Kind: PermissionDenied, Message: "denied"}
		}
		return nil
	}
	d.Settle(t.Context(), m.Approve())
	if m.Phase() != Finished || m.Report().Status != StatusPartial || !m.CanBack() {
		t.Fatalf("stands at %v: %+v", m.Phase(), m.Report())
	}
	f.fail = nil
	d.Settle(t.Context(), m.Retry())
	if m.Phase() != Reviewing || m.Plan().Actions[0].State != Already {
		t.Fatalf("stands at %v with %v", m.Phase(), m.Problem())
	}
	d.Settle(t.Context(), m.Approve())
	if r := m.Report(); r.Status != StatusDone || len(f.secrets["hub-token"].versions) != 1 {
		t.Errorf("status %s, %d versions", r.Status, len(f.secrets["hub-token"].versions))
	}
}

func TestInterruptFinishesOneActionAndNoMore(t *testing.T) {
	f := newFake()
	m := New(testEnv(t, f), Setup(), answers(), Options{SkipTrial: true})
	m.TakeDefaults()
	d := NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	ctx, interrupt := context.WithCancel(t.Context())
	entered, goOn := make(chan struct{}), make(chan struct{})
	f.fail = func(c string, after bool) error {
		if c == "CreateSecret" && !after {
			close(entered)
			<-goOn
		}
		return nil
	}
	go func() { <-entered; interrupt(); <-m.run.stop; close(goOn) }()
	d.Settle(ctx, m.Approve())
	r := m.Report()
	want := []string{"create-secret done", "add-version skipped", "grant-access skipped", "update-repository skipped", "verify skipped"}
	if diff := cmp.Diff(want, states(r)); diff != "" {
		t.Error(diff)
	}
	if r.Status != StatusPartial || r.ExitCode() != ExitPartial || r.Problem == nil {
		t.Errorf("status %s, exit %d, problem %v", r.Status, r.ExitCode(), r.Problem)
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

func TestMachineWipesTokens(t *testing.T) {
	f := newFake()
	given := answers()
	first := given[StepToken].Secret
	m := New(testEnv(t, f), Setup(), given, Options{SkipTrial: true})
	m.TakeDefaults()
	d := NewDriver(m)
	d.Settle(t.Context(), m.Begin())
	d.Settle(t.Context(), m.Back())
	if m.Step().ID != StepToken {
		t.Fatalf("at %s", m.Step().ID)
	}
	jobs, err := m.Submit(Answer{}) // keeps the token
	if err != nil {
		t.Fatal(err)
	}
	d.Settle(t.Context(), jobs)
	if m.Phase() != Reviewing || first.Empty() {
		t.Fatalf("stands at %v, the token kept: %v", m.Phase(), !first.Empty())
	}
	d.Settle(t.Context(), m.Back())
	second := token.New([]byte("dckr_pat_zyxwvutsrqponmlkjihgfedcba1"))
	jobs, err = m.Submit(Answer{Secret: second})
	if err != nil {
		t.Fatal(err)
	}
	d.Settle(t.Context(), jobs)
	if !first.Empty() || second.Empty() {
		t.Errorf("the old token is wiped: %v, the new one kept: %v", first.Empty(), !second.Empty())
	}
	d.Close()
	if !second.Empty() {
		t.Error("the token outlives the machine")
	}
}

func TestReadsAreSharedAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now
		r := newReads(now)
		calls := 0
		ended := make(chan struct{})
		slow := func(ctx context.Context) (int, error) {
			calls++
			select {
			case <-time.After(time.Second):
				return 42, nil
			case <-ctx.Done():
				close(ended)
				return 0, ctx.Err()
			}
		}
		results := make(chan int)
		for range 5 {
			go func() { v, _ := once(t.Context(), r, "k", slow); results <- v }()
		}
		for range 5 {
			if v := <-results; v != 42 {
				t.Errorf("got %d", v)
			}
		}
		if calls != 1 {
			t.Errorf("asked %d times", calls)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = once(ctx, r, "other", slow) }()
		synctest.Wait()
		cancel()
		<-ended // nobody waits any more: the call itself ends
		time.Sleep(2 * readsLast)
		if v, _ := once(t.Context(), r, "k", func(context.Context) (int, error) { return 7, nil }); v != 7 {
			t.Errorf("an old answer is believed: %d", v)
		}
	})
}

// Whoever comes for an answer that is there, and is cancelled at that moment,
// must not take it from the others.
func TestAnAnswerSurvivesACancelledReader(t *testing.T) {
	r := newReads(time.Now)
	calls := 0
	read := func(ctx context.Context) {
		_, _ = once(ctx, r, "k", func(context.Context) (int, error) { calls++; return 1, nil })
	}
	read(t.Context())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		read(gone)
	}
	read(t.Context())
	if calls != 1 {
		t.Errorf("asked %d times", calls)
	}
}

func TestLostAnswersAreNotKept(t *testing.T) {
	r := newReads(time.Now)
	for _, c := range []struct {
		kind Kind
		kept bool
	}{{Unavailable, false}, {TimedOut, false}, {Exhausted, false}, {NotFound, true}, {PermissionDenied, true}} {
		calls := 0
		for range 2 {
			_, _ = once(t.Context(), r, string(c.kind), func(context.Context) (int, error) { calls++; return 0, &Error{Kind: c.kind} })
		}
		if (calls == 1) != c.kept {
			t.Errorf("%s was asked %d times", c.kind, calls)
		}
	}
}

func TestPagesAreReadOnceByTwoReaders(t *testing.T) {
	r := newReads(time.Now)
	lists := 0
	gate := make(chan struct{})
	list := func(context.Context) iter.Seq2[int, error] {
		lists++
		return func(yield func(int, error) bool) {
			for i := range 3 {
				<-gate
				if !yield(i, nil) {
					return
				}
			}
		}
	}
	sums := make(chan int)
	for range 2 {
		go func() {
			sum := 0
			for v, err := range pages(t.Context(), r, "k", list) {
				if err == nil {
					sum += v + 1
				}
			}
			sums <- sum
		}()
	}
	for range 3 {
		gate <- struct{}{}
	}
	if a, b := <-sums, <-sums; a != 6 || b != 6 {
		t.Errorf("read %d and %d", a, b)
	}
	if lists != 1 {
		t.Errorf("listed %d times", lists)
	}
}

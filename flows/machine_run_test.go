package flows

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/token"
)

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

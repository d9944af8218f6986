package engine_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/token"
)

// A run that failed is not the end: the same answers make a new plan from what
// is there now.
func TestMachineGoesOnAfterAFailedRun(t *testing.T) {
	f := cloudtest.NewFake()
	m := engine.New(enginetest.EnvOf(t, f), change.Setup(), enginetest.Answers(), engine.Options{SkipTrial: true})
	m.TakeDefaults()
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	f.Fail = func(c string, _ bool) error {
		if c == "Grant" {
			return &cloud.Error{Kind: cloud.PermissionDenied, Message: "denied"}
		}
		return nil
	}
	d.Settle(t.Context(), m.Approve())
	if m.Phase() != engine.Finished || m.Report().Status != engine.StatusPartial || !m.CanBack() {
		t.Fatalf("stands at %v: %+v", m.Phase(), m.Report())
	}
	f.Fail = nil
	d.Settle(t.Context(), m.Retry())
	if m.Phase() != engine.Reviewing || m.Plan().Actions[0].State != engine.Already {
		t.Fatalf("stands at %v with %v", m.Phase(), m.Problem())
	}
	d.Settle(t.Context(), m.Approve())
	if r := m.Report(); r.Status != engine.StatusDone || len(f.SecretsHeld["hub-token"].Versions) != 1 {
		t.Errorf("status %s, %d versions", r.Status, len(f.SecretsHeld["hub-token"].Versions))
	}
}

func TestInterruptFinishesOneActionAndNoMore(t *testing.T) {
	f := cloudtest.NewFake()
	m := engine.New(enginetest.EnvOf(t, f), change.Setup(), enginetest.Answers(), engine.Options{SkipTrial: true})
	m.TakeDefaults()
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	ctx, interrupt := context.WithCancel(t.Context())
	entered, goOn := make(chan struct{}), make(chan struct{})
	f.Fail = func(c string, after bool) error {
		if c == "CreateSecret" && !after {
			close(entered)
			<-goOn
		}
		return nil
	}
	go func() { <-entered; interrupt(); <-m.Stopped(); close(goOn) }()
	d.Settle(ctx, m.Approve())
	r := m.Report()
	want := []string{"create-secret done", "add-version skipped", "grant-access skipped", "update-repository skipped", "verify skipped"}
	if diff := cmp.Diff(want, enginetest.States(r)); diff != "" {
		t.Error(diff)
	}
	if r.Status != engine.StatusPartial || r.Ending() != engine.EndedPartial || r.Problem == nil {
		t.Errorf("status %s, ended %q, problem %v", r.Status, r.Ending(), r.Problem)
	}
}

func TestMachineWipesTokens(t *testing.T) {
	f := cloudtest.NewFake()
	given := enginetest.Answers()
	first := given[engine.StepToken].Secret
	m := engine.New(enginetest.EnvOf(t, f), change.Setup(), given, engine.Options{SkipTrial: true})
	m.TakeDefaults()
	d := engine.NewDriver(m)
	d.Settle(t.Context(), m.Begin())
	d.Settle(t.Context(), m.Back())
	if m.Step().ID != engine.StepToken {
		t.Fatalf("at %s", m.Step().ID)
	}
	jobs, err := m.Submit(engine.Answer{}) // keeps the token
	if err != nil {
		t.Fatal(err)
	}
	d.Settle(t.Context(), jobs)
	if m.Phase() != engine.Reviewing || first.Empty() {
		t.Fatalf("stands at %v, the token kept: %v", m.Phase(), !first.Empty())
	}
	d.Settle(t.Context(), m.Back())
	second := token.New([]byte("dckr_pat_zyxwvutsrqponmlkjihgfedcba1"))
	jobs, err = m.Submit(engine.Answer{Secret: second})
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

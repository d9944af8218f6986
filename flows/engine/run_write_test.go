package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/upstreamauth/flows/cloud"
)

// writing is a run whose only action is under way, without a file.
func writing() (*Run, *openReceipt) {
	r := &openReceipt{now: time.Now, unanswered: map[string]bool{}, Receipt: Receipt{Actions: []ReceiptAction{{ID: "a", State: Running}}}}
	return &Run{Env: &Env{Now: time.Now}, Plan: &Plan{Actions: []Action{{ID: "a"}}}, receipt: r}, r
}

// TestWhatBecomesOfAWrite holds what the receipt knows of an action's writes
// after their answers, and after its end.
func TestWhatBecomesOfAWrite(t *testing.T) {
	const repository, secret = "projects/p/locations/l/repositories/r", "projects/p/secrets/s"
	set := func(before, after string) Change {
		return Change{Kind: CredentialsSet, Resource: repository, Before: &Creds{SecretVersion: before}, After: &Creds{SecretVersion: after}}
	}
	version := func(k ChangeKind, n string) Change { return Change{Kind: k, Resource: secret + "/versions/" + n} }
	lost, refused := &cloud.Error{Kind: cloud.Unavailable}, &cloud.Error{Kind: cloud.PermissionDenied}
	type write struct {
		c   Change
		err error
	}
	for _, c := range []struct {
		name     string
		writes   []write
		outcome  Outcome
		changes  []Change
		intended []Change
	}{
		{"answered", []write{{set("a", "b"), nil}}, Outcome{State: Done, Changes: []Change{set("a", "b")}}, []Change{set("a", "b")}, nil},
		{"refused", []write{{set("a", "b"), refused}}, Outcome{State: Failed}, nil, nil},
		{"lost", []write{{set("a", "b"), lost}}, Outcome{State: Failed}, nil, []Change{set("a", "b")}},
		{"lost, then refused", []write{{set("a", "b"), lost}, {set("a", "b"), refused}}, Outcome{State: Failed}, nil, []Change{set("a", "b")}},
		{"lost, then found to be done", []write{{set("a", "b"), lost}}, Outcome{State: Done, Changes: []Change{set("a", "b")}}, []Change{set("a", "b")}, nil},
		{"lost, then set back: it has happened", []write{{set("a", "b"), lost}, {set("b", "a"), nil}}, Outcome{State: Failed, Changes: []Change{set("b", "a")}},
			[]Change{set("a", "b"), set("b", "a")}, nil},
		{"lost, then something else from the same state: it has not", []write{{set("a", "b"), lost}, {set("a", "c"), nil}},
			Outcome{State: Done, Changes: []Change{set("a", "c")}}, []Change{set("a", "c")}, nil},
		{"enabled, and lost while it is disabled again", []write{{version(VersionOn, "1"), nil}, {version(VersionOff, "1"), lost}}, Outcome{State: Failed},
			[]Change{version(VersionOn, "1")}, []Change{version(VersionOff, "1")}},
		{"lost, and added under another number", []write{{version(VersionAdded, "2"), lost}, {version(VersionAdded, "3"), nil}},
			Outcome{State: Failed, Changes: []Change{version(VersionAdded, "3")}}, []Change{version(VersionAdded, "3")}, nil},
		{"a good end in doubt", []write{{version(VersionAdded, "2"), lost}}, Outcome{State: Done, Possible: []Change{version(VersionAdded, "2")}}, nil, []Change{version(VersionAdded, "2")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run, receipt := writing()
			ctx := withAction(t.Context(), "a")
			for _, w := range c.writes {
				seen := false
				err := run.Write(ctx, w.c, func() error {
					seen = slices.ContainsFunc(receipt.Actions[0].Intends, w.c.same)
					return w.err
				})
				if !seen || !errors.Is(err, w.err) {
					t.Errorf("it was in the receipt before: %v; %v", seen, err)
				}
			}
			if err := receipt.end(0, c.outcome, cloud.VersionName{}); err != nil {
				t.Fatal(err)
			}
			same := func(a, b []Change) bool { return slices.EqualFunc(a, b, Change.same) }
			if is := receipt.Actions[0]; !same(is.Changes, c.changes) || !same(is.Intends, c.intended) {
				t.Errorf("changed %+v, may have changed %+v", is.Changes, is.Intends)
			}
		})
	}
}

package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
)

// standing is what a run and its undo have left that is in anybody's way: all
// that differs from before but disabled versions and secrets that hold no others.
func standing(w *enginetest.World, before enginetest.Snapshot) string {
	now := w.Snapshot().Without(before)
	for id, versions := range now.Versions {
		if _, old := before.Versions[id]; !old && len(versions) == 0 {
			delete(now.Versions, id)
		}
	}
	return cmp.Diff(before, now, cmpopts.EquateEmpty())
}

// TestUndoAfterALostAnswer loses the answer to each write of each flow, and with
// it the connection; or ends the program there. Whether the write has happened
// or not, undo leads back to what was before, or does not say that it does.
func TestUndoAfterALostAnswer(t *testing.T) {
	for _, f := range writeFlows() {
		if f.before != nil {
			continue
		}
		var calls []string
		t.Run(f.name, enginetest.InBubble(func(t *testing.T) {
			w, e := f.begin(t)
			f.Run(t, e, func() { w.Calls = nil })
			calls = w.Writes()
		}))
		for k, call := range calls {
			for _, happened := range []bool{true, false} {
				for _, killed := range []bool{true, false} {
					name := fmt.Sprintf("%s, %s %d, happened %v, killed %v", f.name, call, k, happened, killed)
					t.Run(name, enginetest.InBubble(func(t *testing.T) { f.loseAt(t, k, happened, killed) }))
				}
			}
		}
	}
}

func (f writeFlow) loseAt(t *testing.T, k int, happened, killed bool) {
	w, e := f.begin(t)
	before := w.Snapshot()
	kept, content, n, down := "", []byte(nil), -1, false
	f.Run(t, e, func() {
		w.Fail = func(call string, after bool) error {
			if cloudtest.IsWrite(call) && !after {
				n++
			}
			if !down && cloudtest.IsWrite(call) && n == k && after == happened {
				down = true
				found, _ := filepath.Glob(filepath.Join(e.Receipts.Dir, "*.json"))
				kept = found[len(found)-1]
				content, _ = os.ReadFile(kept)
			}
			if down {
				return &cloud.Error{Kind: cloud.Unavailable, Message: "by the test"}
			}
			return nil
		}
	})
	if !down {
		t.Skip("it did not come to that call")
	}
	w.Fail = nil
	if killed { // nothing was written down any more
		if err := os.WriteFile(kept, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := e.Receipts.List(); err != nil || len(all[0].Doubts()) > 0 {
		t.Errorf("the receipt is %+v, %v", all[0].Doubts(), err)
	}
	e.Refresh()
	stood := standing(w, before)
	r := enginetest.RunIn(t, e, change.Undo(), nil, engine.Options{})
	left := standing(w, before)
	switch {
	case r.Ending() == engine.EndedDone && left != "" && !strings.Contains(enginetest.Said(r), "Still used by"): // by whoever follows "latest"
		t.Errorf("it says that it is done, and leaves %s\n%v\n%+v", left, enginetest.States(r), r.Checks)
	case r.Ending() != engine.EndedDone && r.Problem == nil:
		t.Errorf("exit %v, and not a word why", r.Ending())
	case r.Ending() != engine.EndedDone && stood == "" && r.Problem.Kind != cloud.NotFound:
		t.Errorf("nothing stood: exit %v, %+v", r.Ending(), r.Problem)
	case r.Ending() != engine.EndedDone && left != "":
		t.Errorf("everything could be seen, and was not taken back: exit %v, %+v, %s\n%+v", r.Ending(), r.Problem, left, r.Checks)
	}
	e.Refresh()
	if again := enginetest.RunIn(t, e, change.Undo(), nil, engine.Options{}); again.Changed || again.Problem == nil || again.Problem.Kind != cloud.NotFound {
		t.Errorf("a second undo: %v, %+v", enginetest.States(again), again.Problem)
	}
}

// TestEveryWriteIsInTheReceiptBefore reads the receipt at the moment of each
// write: it holds what is about to be written, and no token.
func TestEveryWriteIsInTheReceiptBefore(t *testing.T) {
	kinds := map[string][]engine.ChangeKind{"EnableServices": {engine.APIsEnabled}, "CreateServiceAgent": {engine.AgentMade}, "CreateSecret": {engine.SecretCreated},
		"DeleteSecret": {engine.SecretDeleted}, "AddVersion": {engine.VersionAdded}, "EnableVersion": {engine.VersionOn}, "DisableVersion": {engine.VersionOff},
		"Grant": {engine.AccessGranted}, "Revoke": {engine.AccessRevoked}, "SetCredentials": {engine.CredentialsSet}, "ClearCredentials": {engine.CredentialsSet}}
	for _, f := range writeFlows() {
		t.Run(f.name, enginetest.InBubble(func(t *testing.T) {
			w, e := f.begin(t)
			f.Run(t, e, func() {
				w.Fail = func(call string, after bool) error {
					if !cloudtest.IsWrite(call) || after {
						return nil
					}
					all, err := e.Receipts.List()
					if err != nil || len(all) == 0 {
						t.Errorf("at %s: %v", call, err)
						return nil
					}
					if !slices.ContainsFunc(all[0].Unanswered(), func(c engine.Change) bool { return slices.Contains(kinds[call], c.Kind) && c.At != nil }) {
						t.Errorf("at %s the receipt intends %+v", call, all[0].Unanswered())
					}
					return nil
				}
			})
		}))
	}
}

package change

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// TestATokenIsNotStoredTwice rotates to a token that a run before has stored
// and disabled again.
func TestATokenIsNotStoredTwice(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(w *enginetest.World)
		given  string
		states string
		says   string // of add-version
	}{
		{"the same token", nil, enginetest.OtherToken, "DISABLED ENABLED", "Enabled version 2 again, which an earlier run stored"},
		{"another token", nil, enginetest.ThirdToken, "DISABLED DISABLED ENABLED", "Version 3"},
		{"somebody else has disabled it", func(w *enginetest.World) { w.AddPayload(w.Secret, "x").State = "DISABLED" }, enginetest.OtherToken, "DISABLED DISABLED DISABLED ENABLED", "Version 4"},
		{"it may not be enabled", func(w *enginetest.World) { w.Deny["secretmanager.versions.enable"] = true }, enginetest.OtherToken, "DISABLED DISABLED ENABLED", "Version 3"},
		{"it may not be read", func(w *enginetest.World) { w.Deny["secretmanager.versions.access"] = true }, enginetest.OtherToken, "DISABLED DISABLED ENABLED", "Version 3"},
		{"it was destroyed", func(w *enginetest.World) { w.Secret.Versions[1].State = "DESTROYED" }, enginetest.OtherToken, "DISABLED DESTROYED ENABLED", "Version 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Rotating()
			w.Hub.Good = append(w.Hub.Good, enginetest.ThirdToken)
			e := w.Env(t)
			mended := w.Rejecting()
			if r := enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{}); r.Status != engine.StatusFailed || w.VersionStates() != "ENABLED DISABLED" {
				t.Fatalf("the failed rotation: %s, versions %s", r.Status, w.VersionStates())
			}
			mended()
			if c.do != nil {
				c.do(w)
			}
			w.Watch(t, nil)
			e.Refresh()
			r := enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(c.given)), engine.Options{})
			i := slices.IndexFunc(r.Actions, func(a engine.Action) bool { return a.ID == engine.ActAddVersion })
			if r.Status != engine.StatusDone || w.VersionStates() != c.states || r.Actions[i].Note.In(text.English) != c.says {
				t.Errorf("status %s, versions %s, says %q; %v", r.Status, w.VersionStates(), r.Actions[i].Note.In(text.English), r.Problem)
			}
			if want := fmt.Sprintf("/versions/%d", len(w.Secret.Versions)); !strings.HasSuffix(w.Repo.SecretVersion, want) || r.About.SecretVersion != w.Repo.SecretVersion {
				t.Errorf("the repository uses %s, the report says %s", w.Repo.SecretVersion, r.About.SecretVersion)
			}
			w.Fail, w.Deny = nil, map[string]bool{}
			e.Refresh()
			if u := enginetest.RunIn(t, e, Undo(), nil, engine.Options{}); u.Status != engine.StatusDone || !w.Pulls(w.Repo) || !strings.HasSuffix(w.Repo.SecretVersion, "/versions/1") {
				t.Errorf("undo: %s, the repository uses %s, versions %s", u.Status, w.Repo.SecretVersion, w.VersionStates())
			}
			if v := w.Secret.Versions[len(w.Secret.Versions)-1]; v.Enabled() {
				t.Errorf("undo left %s enabled", v.Name.ID)
			}
		})
	}
}

// TestAFailedRotationFailsAgain takes the version that it has enabled back, too.
func TestAFailedRotationFailsAgain(t *testing.T) {
	w := enginetest.Rotating()
	e := w.Env(t)
	w.Rejecting()
	for range 3 {
		e.Refresh()
		if r := enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{}); r.Status != engine.StatusFailed || w.VersionStates() != "ENABLED DISABLED" || !w.Pulls(w.Repo) {
			t.Fatalf("status %s, versions %s, the repository uses %s", r.Status, w.VersionStates(), w.Repo.SecretVersion)
		}
	}
}

// TestRemovedCredentialsComeBack sets up again what was removed: with the same
// token in the same version.
func TestRemovedCredentialsComeBack(t *testing.T) {
	w := enginetest.Healthy()
	e := w.Env(t)
	enginetest.RunIn(t, e, Remove(), enginetest.Where(nil), engine.Options{})
	e.Refresh()
	given := enginetest.Where(enginetest.TokenOf(cloudtest.TestToken))
	given[engine.StepSecret], given[engine.StepUsername] = engine.Answer{Text: "hub-token", From: engine.Flag}, engine.Answer{Text: enginetest.TestUser, From: engine.Flag}
	r := enginetest.RunIn(t, e, Setup(), given, engine.Options{})
	if r.Status != engine.StatusDone || w.VersionStates() != "ENABLED" || !w.Pulls(w.Repo) {
		t.Errorf("status %s (%v), versions %s, the repository uses %s", r.Status, r.Problem, w.VersionStates(), w.Repo.SecretVersion)
	}
}

// TestReceiptsTellWhoDisabledAVersion reads the last word on a version.
func TestReceiptsTellWhoDisabledAVersion(t *testing.T) {
	v := cloud.VersionName{Secret: cloud.SecretName{Project: cloudtest.TestProject, ID: "s"}, ID: "2"}
	change := func(k engine.ChangeKind, project, id string) engine.Change {
		return engine.Change{Kind: k, Resource: cloud.VersionName{Secret: cloud.SecretName{Project: project, ID: "s"}, ID: id}.String()}
	}
	done := func(cs ...engine.Change) []engine.ReceiptAction {
		return []engine.ReceiptAction{{State: engine.Done, Changes: cs}}
	}
	for _, c := range []struct {
		name    string
		actions []engine.ReceiptAction
		want    bool
	}{
		{"nothing", nil, false},
		{"added and taken back", done(change(engine.VersionAdded, cloudtest.TestProject, "2"), change(engine.VersionOff, cloudtest.TestProject, "2")), true},
		{"by the project's number", done(change(engine.VersionOff, cloudtest.TestNumber, "2")), true},
		{"in another project", done(change(engine.VersionOff, "other-project", "2")), false},
		{"another version", done(change(engine.VersionOff, cloudtest.TestProject, "1")), false},
		{"enabled later", done(change(engine.VersionOff, cloudtest.TestProject, "2"), change(engine.VersionOn, cloudtest.TestProject, "2")), false},
		{"added, and somebody else disabled it", done(change(engine.VersionAdded, cloudtest.TestProject, "2")), false},
		{"added, and killed while it was taken back", append(done(change(engine.VersionAdded, cloudtest.TestProject, "2")), engine.ReceiptAction{State: engine.Running}), true},
	} {
		rs := &engine.Receipts{Dir: t.TempDir()}
		if c.actions != nil {
			keepReceipt(t, rs, engine.Receipt{Format: 1, Flow: "rotate", Project: cloudtest.TestProject, Repository: cloudtest.TestRepoName.String(), Actions: c.actions})
		}
		if got := rs.Disabled(v, cloudtest.TestNumber); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if c.actions != nil {
			if err := os.Chmod(filepath.Join(rs.Dir, "1.json"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if rs.Disabled(v, cloudtest.TestNumber) {
			t.Errorf("%s: believes a receipt that anybody may write", c.name)
		}
	}
	if (*engine.Receipts)(nil).Disabled(v, "") {
		t.Error("no folder holds a receipt")
	}
}

// keepReceipt writes a receipt as a run would have left it.
func keepReceipt(t *testing.T, rs *engine.Receipts, r engine.Receipt) {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(rs.Dir, "1.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

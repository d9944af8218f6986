package flows

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestATokenIsNotStoredTwice rotates to a token that a run before has stored
// and disabled again.
func TestATokenIsNotStoredTwice(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(w *world)
		given  string
		states string
		says   string // of add-version
	}{
		{"the same token", nil, otherToken, "DISABLED ENABLED", "version 2, which an earlier run stored, is enabled again"},
		{"another token", nil, thirdToken, "DISABLED DISABLED ENABLED", "version 3"},
		{"somebody else has disabled it", func(w *world) { w.addPayload(w.secret, "x").State = "DISABLED" }, otherToken, "DISABLED DISABLED DISABLED ENABLED", "version 4"},
		{"it may not be enabled", func(w *world) { w.deny["secretmanager.versions.enable"] = true }, otherToken, "DISABLED DISABLED ENABLED", "version 3"},
		{"it may not be read", func(w *world) { w.deny["secretmanager.versions.access"] = true }, otherToken, "DISABLED DISABLED ENABLED", "version 3"},
		{"it was destroyed", func(w *world) { w.secret.versions[1].State = "DESTROYED" }, otherToken, "DISABLED DESTROYED ENABLED", "version 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := rotating()
			w.hub.good = append(w.hub.good, thirdToken)
			e := w.env(t)
			mended := w.rejecting()
			if r := runIn(t, e, Rotate(), where(tokenOf(otherToken)), Options{}); r.Status != StatusFailed || w.versionStates() != "ENABLED DISABLED" {
				t.Fatalf("the failed rotation: %s, versions %s", r.Status, w.versionStates())
			}
			mended()
			if c.do != nil {
				c.do(w)
			}
			w.watch(t, nil)
			e.refresh()
			r := runIn(t, e, Rotate(), where(tokenOf(c.given)), Options{})
			i := slices.IndexFunc(r.Actions, func(a Action) bool { return a.ID == ActAddVersion })
			if r.Status != StatusDone || w.versionStates() != c.states || r.Actions[i].Note != c.says {
				t.Errorf("status %s, versions %s, says %q; %v", r.Status, w.versionStates(), r.Actions[i].Note, r.Problem)
			}
			if want := fmt.Sprintf("/versions/%d", len(w.secret.versions)); !strings.HasSuffix(w.repo.SecretVersion, want) || r.About.SecretVersion != w.repo.SecretVersion {
				t.Errorf("the repository uses %s, the report says %s", w.repo.SecretVersion, r.About.SecretVersion)
			}
			w.fail, w.deny = nil, map[string]bool{}
			e.refresh()
			if u := runIn(t, e, Undo(), nil, Options{}); u.Status != StatusDone || !w.pulls(w.repo) || !strings.HasSuffix(w.repo.SecretVersion, "/versions/1") {
				t.Errorf("undo: %s, the repository uses %s, versions %s", u.Status, w.repo.SecretVersion, w.versionStates())
			}
			if v := w.secret.versions[len(w.secret.versions)-1]; v.Enabled() {
				t.Errorf("undo left %s enabled", v.Name.ID)
			}
		})
	}
}

// TestAFailedRotationFailsAgain takes the version that it has enabled back, too.
func TestAFailedRotationFailsAgain(t *testing.T) {
	w := rotating()
	e := w.env(t)
	w.rejecting()
	for range 3 {
		e.refresh()
		if r := runIn(t, e, Rotate(), where(tokenOf(otherToken)), Options{}); r.Status != StatusFailed || w.versionStates() != "ENABLED DISABLED" || !w.pulls(w.repo) {
			t.Fatalf("status %s, versions %s, the repository uses %s", r.Status, w.versionStates(), w.repo.SecretVersion)
		}
	}
}

// TestRemovedCredentialsComeBack sets up again what was removed: with the same
// token in the same version.
func TestRemovedCredentialsComeBack(t *testing.T) {
	w := healthy()
	e := w.env(t)
	runIn(t, e, Remove(), where(nil), Options{})
	e.refresh()
	given := where(tokenOf(testToken))
	given[StepSecret], given[StepUsername] = Answer{Text: "hub-token", From: Flag}, Answer{Text: testUser, From: Flag}
	r := runIn(t, e, Setup(), given, Options{})
	if r.Status != StatusDone || w.versionStates() != "ENABLED" || !w.pulls(w.repo) {
		t.Errorf("status %s (%v), versions %s, the repository uses %s", r.Status, r.Problem, w.versionStates(), w.repo.SecretVersion)
	}
}

// TestReceiptsTellWhoDisabledAVersion reads the last word on a version.
func TestReceiptsTellWhoDisabledAVersion(t *testing.T) {
	v := VersionName{SecretName{testProject, "s"}, "2"}
	change := func(k ChangeKind, project, id string) Change {
		return Change{Kind: k, Resource: VersionName{SecretName{project, "s"}, id}.String()}
	}
	done := func(cs ...Change) []ReceiptAction { return []ReceiptAction{{State: Done, Changes: cs}} }
	for _, c := range []struct {
		name    string
		actions []ReceiptAction
		want    bool
	}{
		{"nothing", nil, false},
		{"added and taken back", done(change(VersionAdded, testProject, "2"), change(VersionOff, testProject, "2")), true},
		{"by the project's number", done(change(VersionOff, testNumber, "2")), true},
		{"in another project", done(change(VersionOff, "other-project", "2")), false},
		{"another version", done(change(VersionOff, testProject, "1")), false},
		{"enabled later", done(change(VersionOff, testProject, "2"), change(VersionOn, testProject, "2")), false},
		{"added, and somebody else disabled it", done(change(VersionAdded, testProject, "2")), false},
		{"added, and killed while it was taken back", append(done(change(VersionAdded, testProject, "2")), ReceiptAction{State: Running}), true},
	} {
		rs := &Receipts{Dir: t.TempDir()}
		if c.actions != nil {
			r := openReceipt{Receipt: Receipt{Format: receiptFormat, Flow: "rotate", Project: testProject, Repository: testRepoName.String(), Actions: c.actions}, path: filepath.Join(rs.Dir, "1.json"), now: time.Now}
			if err := r.save(); err != nil {
				t.Fatal(err)
			}
		}
		if got := rs.disabled(v, testNumber); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if c.actions != nil {
			if err := os.Chmod(filepath.Join(rs.Dir, "1.json"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if rs.disabled(v, testNumber) {
			t.Errorf("%s: believes a receipt that anybody may write", c.name)
		}
	}
	if (*Receipts)(nil).disabled(v, "") {
		t.Error("no folder holds a receipt")
	}
}

package change

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

// TestReceiptsAreOrderedByACounter lets the clock jump back between two runs, and
// stand still: the last run is the one that began last.
func TestReceiptsAreOrderedByACounter(t *testing.T) {
	for name, jump := range map[string]time.Duration{"back a year": -365 * 24 * time.Hour, "not at all": 0} {
		t.Run(name, func(t *testing.T) {
			w := enginetest.Rotating()
			e := w.Env(t)
			at := w.Clock
			e.Now = func() time.Time { return at }
			for _, f := range []*engine.Flow{Rotate(), Remove()} {
				if r := enginetest.RunIn(t, e, f, enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{}); r.Status != engine.StatusDone {
					t.Fatalf("%s: %s, %v", f.ID, r.Status, r.Problem)
				}
				at = at.Add(jump)
				e.Refresh()
			}
			all, err := e.Receipts.List()
			if err != nil || len(all) != 2 || all[0].Flow != "remove" || all[1].Flow != "rotate" {
				t.Fatalf("listed %d, %v", len(all), err)
			}
			for _, flow := range []string{"remove", "rotate"} {
				last, err := e.Receipts.Newest()
				if err != nil || last.Flow != flow {
					t.Fatalf("the last run is %s, want %s: %v", last.Flow, flow, err)
				}
				if r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{}); r.Ending() != engine.EndedDone {
					t.Fatalf("undo %s: %+v", flow, r.Problem)
				}
				e.Refresh()
			}
		})
	}
}

// TestARunPrunes looks at old receipts with the first run and every hundredth.
func TestARunPrunes(t *testing.T) {
	w := enginetest.Healthy()
	e := w.Env(t)
	for i := range 1050 {
		r := engine.Receipt{Format: 1, Flow: "setup", Started: w.Clock.Add(-400 * 24 * time.Hour), Project: cloudtest.TestProject, Repository: cloudtest.TestRepoName.String()}
		put(t, filepath.Join(e.Receipts.Dir, fmt.Sprintf("20200101T%09d.000000000Z-setup-1.json", i)), r, 0o600)
	}
	enginetest.RunIn(t, e, Remove(), enginetest.Where(nil), engine.Options{})
	left, err := os.ReadDir(e.Receipts.Dir)
	if err != nil || len(left) != 1000 || !strings.HasPrefix(left[0].Name(), "0000000001-") {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

// TestWhoMayWriteAReceipt tells of bits and owners of the file and its folder.
func TestWhoMayWriteAReceipt(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(file, folder string) error
		open bool
	}{
		{"nobody else", func(string, string) error { return nil }, false},
		{"the group writes to the file", func(file, _ string) error { return os.Chmod(file, 0o620) }, true},
		{"the group writes to the folder", func(_, folder string) error { return os.Chmod(folder, 0o770) }, true},
		{"all write to the folder", func(_, folder string) error { return os.Chmod(folder, 0o703) }, true},
		{"all read", func(file, folder string) error { return os.Chmod(file, 0o644) }, false},
		{"the file is somebody else's", func(file, _ string) error { return os.Chown(file, 12345, -1) }, true},
		{"the folder is somebody else's", func(_, folder string) error { return os.Chown(folder, 12345, -1) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, e, r := afterSetup(t)
			if err := os.Chmod(e.Receipts.Dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.do(r.Path, e.Receipts.Dir); err != nil {
				t.Skip(err) // only root may give files away
			}
			got, err := e.Receipts.Read(r.Path)
			if err != nil || got.Open != c.open {
				t.Errorf("others may write: %v, %v", got.Open, err)
			}
			if trusted := len(e.Receipts.Trusted()) == 1; trusted == c.open {
				t.Errorf("it is trusted: %v", trusted)
			}
		})
	}
}

// TestADoubtfulReceiptIsAskedAbout plans nothing in person before a yes to the
// warning, and names it headless.
func TestADoubtfulReceiptIsAskedAbout(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(t *testing.T, r *engine.Receipt)
		code check.Code
	}{
		{"others may change it", func(t *testing.T, r *engine.Receipt) { put(t, r.Path, *r, 0o666) }, check.ReceiptOpen},
		{"it lies elsewhere", func(t *testing.T, r *engine.Receipt) {
			r.Path = filepath.Join(t.TempDir(), filepath.Base(r.Path))
			put(t, r.Path, *r, 0o600)
		}, check.ReceiptElsewhere},
		{"it was renamed", func(t *testing.T, r *engine.Receipt) {
			r.Path = filepath.Join(filepath.Dir(r.Path), "0000000099-mine.json")
			put(t, r.Path, *r, 0o600)
		}, check.ReceiptRenamed},
		{"an older version wrote it", func(t *testing.T, r *engine.Receipt) {
			if err := os.Remove(r.Path); err != nil {
				t.Fatal(err)
			}
			r.Run = ""
			for i := range r.Actions {
				for j := range r.Actions[i].Changes {
					r.Actions[i].Changes[j].Created = nil
				}
			}
			r.Path = filepath.Join(filepath.Dir(r.Path), "20260301T120000.000000000Z-setup-1.json")
			put(t, r.Path, *r, 0o600)
		}, check.ReceiptOld},
		{"its times contradict each other", func(t *testing.T, r *engine.Receipt) {
			r.Started, r.Updated = r.Started.Add(5*time.Hour), r.Updated.Add(5*time.Hour)
			put(t, r.Path, *r, 0o600)
		}, check.ReceiptTimes},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, e, r := afterSetup(t)
			c.do(t, &r)
			m, d := enginetest.InPerson(t, e, Undo(), nil, engine.Options{Receipt: r.Path})
			if m.Phase() != engine.Asking || m.Step().ID != engine.StepReceipt {
				t.Fatalf("at %v, %v", m.Phase(), m.Problem())
			}
			jobs, err := m.Submit(engine.Answer{Text: step.TakeBack})
			d.Settle(t.Context(), jobs)
			if m.Step().ID != engine.StepReceipt || !slices.ContainsFunc(m.Findings(), func(f check.Finding) bool { return f.Code == c.code }) {
				t.Fatalf("at %s: %v, %+v", m.Step().ID, err, m.Findings())
			}
			jobs, err = m.Submit(engine.Answer{Text: step.TakeBack})
			d.Settle(t.Context(), jobs)
			if err != nil || m.Step().ID == engine.StepReceipt || len(w.Writes()) > 4 {
				t.Errorf("at %s: %v, wrote %v", m.Step().ID, err, w.Writes())
			}
			e.Refresh()
			if u := enginetest.RunIn(t, e, Undo(), nil, engine.Options{Receipt: r.Path}); u.Ending() != engine.EndedDone || !strings.Contains(mustJSON(u.Checks), string(c.code)) {
				t.Errorf("headless: exit %v, %+v", u.Ending(), u.Checks)
			}
		})
	}
	_, e, _ := afterSetup(t)
	if m, _ := enginetest.InPerson(t, e, Undo(), nil, engine.Options{}); m.Step().ID == engine.StepReceipt {
		t.Errorf("one beyond doubt is asked about: %+v", m.Findings())
	}
}

// TestALaterRunIsTakenBackFirst refuses an older run on which a later one
// stands, and says in which order to take them back.
func TestALaterRunIsTakenBackFirst(t *testing.T) {
	w := enginetest.Rotating()
	e := w.Env(t)
	enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
	e.Refresh()
	enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{})
	e.Refresh()
	all, _ := e.Receipts.List()
	if len(all) != 2 {
		t.Fatalf("%d receipts", len(all))
	}
	before := w.Snapshot()
	r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{Receipt: all[1].Name()})
	want := []string{"upstreamauth undo " + all[0].Name(), "upstreamauth undo " + all[1].Name()}
	if r.Ending() != engine.EndedFailed || r.Problem == nil || r.Problem.Kind != cloud.Conflict || !slices.Equal(check.Lines(r.Problem.Hints, text.English), want) {
		t.Fatalf("exit %v, %+v", r.Ending(), r.Problem)
	}
	untouched(t, before, w)
	for _, hint := range check.Lines(r.Problem.Hints, text.English) {
		e.Refresh()
		if u := enginetest.RunIn(t, e, Undo(), nil, engine.Options{Receipt: strings.TrimPrefix(hint, "upstreamauth undo ")}); u.Ending() != engine.EndedDone {
			t.Errorf("%s: exit %v, %+v", hint, u.Ending(), u.Problem)
		}
	}
	if !strings.HasSuffix(w.Repo.SecretVersion, "hub-token/versions/1") {
		t.Errorf("the repository uses %s", w.Repo.SecretVersion)
	}
}

// TestARunThatCannotBeTakenBackHidesNoOther: what is left alone is left alone for
// good, and the run before it is the next.
func TestARunThatCannotBeTakenBackHidesNoOther(t *testing.T) {
	w := enginetest.Rotating()
	e := w.Env(t)
	enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
	e.Refresh()
	w.Fail = nil
	other := w.Share("other", "1")
	given := enginetest.TokenOf(enginetest.OtherToken)
	given[engine.StepProject], given[engine.StepRepository] = engine.Answer{Text: cloudtest.TestProject, From: engine.Flag}, engine.Answer{Text: "europe-west1/other", From: engine.Flag}
	if r := enginetest.RunIn(t, e, Rotate(), given, engine.Options{}); r.Status != engine.StatusDone {
		t.Fatalf("%s, %+v", r.Status, r.Problem)
	}
	other.Username, other.SecretVersion = "mallory", "projects/x/secrets/y/versions/1" // whoever comes next
	w.Secret.Versions = w.Secret.Versions[:1]
	w.Secret.Versions[0].State = "ENABLED"
	e.Refresh()
	if r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{}); r.Ending() != engine.EndedDone || r.Changed {
		t.Fatalf("exit %v, did %v, %+v", r.Ending(), enginetest.States(r), r.Problem)
	}
	e.Refresh()
	if r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{}); r.Ending() != engine.EndedDone || !r.Changed || !strings.HasSuffix(w.Repo.SecretVersion, "hub-token/versions/1") {
		t.Errorf("exit %v, did %v, %+v", r.Ending(), enginetest.States(r), r.Problem)
	}
}

// TestAnOldReceiptLeavesWhatIsOlderThanTheRun: a receipt of an older version does
// not say when things were created, but what is older than its run is not the
// run's.
func TestAnOldReceiptLeavesWhatIsOlderThanTheRun(t *testing.T) {
	for _, later := range []time.Duration{0, 5 * time.Hour} {
		t.Run(later.String(), func(t *testing.T) {
			w, e, r := afterSetup(t)
			r.Started, r.Updated = r.Started.Add(later), r.Updated.Add(later)
			for i := range r.Actions {
				for j := range r.Actions[i].Changes {
					r.Actions[i].Changes[j].Created = nil
				}
			}
			put(t, r.Path, r, 0o600)
			u := enginetest.RunIn(t, e, Undo(), nil, engine.Options{DeleteCreated: true})
			if left := w.SecretsHeld["new-token"] != nil; left != (later > 0) || u.Status != engine.StatusDone {
				t.Errorf("the secret is left: %v; %s, %+v", left, u.Status, u.Problem)
			}
			if s := w.SecretsHeld["new-token"]; s != nil && !s.Versions[0].Enabled() {
				t.Error("its version was disabled")
			}
		})
	}
}

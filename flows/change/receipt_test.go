package change

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// afterSetup is a world in which a setup has just been run, and its receipt.
func afterSetup(t *testing.T) (*enginetest.World, *engine.Env, engine.Receipt) {
	t.Helper()
	w := enginetest.Healthy()
	e := w.Env(t)
	enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
	e.Refresh()
	all, err := e.Receipts.List()
	if len(all) != 1 || err != nil {
		t.Fatalf("%d receipts, %v", len(all), err)
	}
	return w, e, all[0]
}

// put writes a receipt, changed or not, below a name.
func put(t *testing.T, at string, r engine.Receipt, mode os.FileMode) {
	t.Helper()
	data, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(at, data, 0o600)
	}
	if err == nil {
		err = os.Chmod(at, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAChangedReceipt acts upon nothing that a run cannot have written.
func TestAChangedReceipt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *engine.Receipt)
		says   string
	}{
		"no format":          {func(r *engine.Receipt) { r.Format = 0 }, "no format number"},
		"another version's":  {func(r *engine.Receipt) { r.Format = 2 }, "its format is 2"},
		"no repository":      {func(r *engine.Receipt) { r.Repository = "" }, "isn't a repository"},
		"a traversal":        {func(r *engine.Receipt) { r.Repository = "projects/demo-project/locations/../repositories/x" }, "isn't a repository"},
		"a command":          {func(r *engine.Receipt) { r.Flow = "setup; rm -rf ~" }, "isn't a command"},
		"another project":    {func(r *engine.Receipt) { r.ProjectNumber = "42" }, "had the number 42"},
		"no project":         {func(r *engine.Receipt) { r.Project = "$(id)" }, "isn't a project"},
		"an unknown change":  {func(r *engine.Receipt) { r.Actions[0].Changes[0].Kind = "project-deleted" }, "project-deleted"},
		"a wrong resource":   {func(r *engine.Receipt) { r.Actions[0].Changes[0].Resource = "projects/p/secrets/$(id)" }, "$(id)"},
		"no credentials":     {func(r *engine.Receipt) { changeOf(r, engine.CredentialsSet).Before = nil }, "unclear"},
		"hostile, and shown": {func(r *engine.Receipt) { r.Actions[0].Changes[0].Resource = "\x1b]52;c;AAAA\a" }, `\x1b]52`},
	} {
		t.Run(name, func(t *testing.T) {
			w, e, r := afterSetup(t)
			before := w.Snapshot()
			c.change(&r)
			put(t, r.Path, r, 0o600)
			for _, named := range []string{r.Path, filepath.Base(r.Path), ""} {
				got := enginetest.RunIn(t, e, Undo(), nil, engine.Options{Receipt: named, DeleteCreated: true})
				if got.Status != engine.StatusFailed || got.Problem == nil || !strings.Contains(got.Problem.Detail.In(text.English), c.says) || len(got.Problem.Hints) == 0 {
					t.Errorf("named %q: %s, %+v", named, got.Status, got.Problem)
				}
			}
			untouched(t, before, w)
		})
	}
}

func changeOf(r *engine.Receipt, kind engine.ChangeKind) *engine.Change {
	for i := range r.Actions {
		for j := range r.Actions[i].Changes {
			if c := &r.Actions[i].Changes[j]; c.Kind == kind {
				return c
			}
		}
	}
	return nil
}

func untouched(t *testing.T, before enginetest.Snapshot, w *enginetest.World) {
	t.Helper()
	if got, _ := json.Marshal(w.Snapshot()); string(got) != mustJSON(before) {
		t.Errorf("it has changed something: %s", got)
	}
}

func mustJSON(v any) string { b, _ := json.Marshal(v); return string(b) }

// TestAReceiptThatSpeaksOfAStranger neither gives nor takes the access of
// anybody but the repository's service agent.
func TestAReceiptThatSpeaksOfAStranger(t *testing.T) {
	const stranger = "serviceAccount:service-666@gcp-sa-artifactregistry.iam.gserviceaccount.com"
	for _, kind := range []engine.ChangeKind{engine.AccessGranted, engine.AccessRevoked} {
		t.Run(string(kind), func(t *testing.T) {
			w, e, r := afterSetup(t)
			if kind == engine.AccessGranted { // then there is something to take
				s := w.SecretsHeld["new-token"]
				s.Policy.Bindings = append(s.Policy.Bindings, cloud.Binding{Role: cloud.AccessorRole, Members: []string{stranger}})
			}
			c := changeOf(&r, engine.AccessGranted)
			c.Kind, c.Member = kind, stranger
			put(t, r.Path, r, 0o600)
			was := mustJSON(w.Snapshot().Policies)
			got := enginetest.RunIn(t, e, Undo(), nil, engine.Options{})
			if now := mustJSON(w.Snapshot().Policies); now != was {
				t.Errorf("policies are %s, were %s", now, was)
			}
			if !found(got, check.UndoForged) {
				t.Errorf("it does not say so: %s", enginetest.Said(got))
			}
		})
	}
}

func TestAReceiptThatOthersCanWriteTo(t *testing.T) {
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o644: false, 0o664: true, 0o606: true} {
		_, e, r := afterSetup(t)
		put(t, r.Path, r, mode)
		got := enginetest.RunIn(t, e, Undo(), nil, engine.Options{})
		said := false
		for _, f := range got.Checks {
			said = said || f.Level == check.Warning && f.Code == check.ReceiptOpen
		}
		if said != warned || got.Status != engine.StatusDone {
			t.Errorf("%v: warned %v, want %v (%s)", mode, said, warned, got.Status)
		}
	}
}

// TestTheNewestReceiptCannotBeRead takes no older run back in its place.
func TestTheNewestReceiptCannotBeRead(t *testing.T) {
	w, e, r := afterSetup(t)
	before := w.Snapshot()
	if err := os.WriteFile(filepath.Join(e.Receipts.Dir, "99990101T000000.000000000Z-rotate-1.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := enginetest.RunIn(t, e, Undo(), nil, engine.Options{})
	if got.Status != engine.StatusFailed || got.Problem == nil || !strings.Contains(got.Problem.Detail.In(text.English), "99990101") || got.Problem.Hints[0].Command != "upstreamauth undo RECEIPT" {
		t.Errorf("%s, %+v", got.Status, got.Problem)
	}
	untouched(t, before, w)
	all, err := e.Receipts.List()
	if p := engine.Explain(err); len(all) != 1 || p == nil || !strings.Contains(p.Detail.In(text.English), "99990101") || len(p.Hints) == 0 {
		t.Errorf("listed %d, %+v", len(all), p)
	}
	if got := enginetest.RunIn(t, e, Undo(), nil, engine.Options{Receipt: r.Path}); got.Status != engine.StatusDone {
		t.Errorf("the one that is named: %s, %v", got.Status, got.Problem)
	}
}

// TestWithoutARoomForReceiptsNothingIsWritten: what could not be taken back is
// not done.
func TestWithoutARoomForReceiptsNothingIsWritten(t *testing.T) {
	w := enginetest.Healthy()
	e := w.Env(t)
	e.Receipts.Dir = "/dev/null/receipts"
	r := enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
	if r.Ending() != engine.EndedFailed || len(w.Writes()) > 0 || r.Problem == nil || !strings.Contains(strings.Join(check.Lines(r.Problem.Hints, text.English), " "), "XDG_STATE_HOME") {
		t.Errorf("ended %q, wrote %v, %+v", r.Ending(), w.Writes(), r.Problem)
	}
	for _, a := range r.Actions {
		if a.State != engine.Skipped {
			t.Errorf("%s is %s", a.ID, a.State)
		}
	}
}

// FuzzReceipt reads what anybody may have put in a receipt's place: it is
// refused in a way that can be shown, or can be acted upon and shown.
func FuzzReceipt(f *testing.F) {
	for _, given := range []string{
		`{"format":1,"flow":"setup","project":"demo-project","repository":"projects/demo-project/locations/us-central1/repositories/hub","actions":[` +
			`{"id":"update-repository","says":"x","state":"done","changes":[{"kind":"credentials-set","resource":"projects/demo-project/locations/us-central1/repositories/hub",` +
			`"before":{"username":"","secretVersion":""},"after":{"username":"a","secretVersion":"projects/p/secrets/s/versions/1"}}]}]}`,
		`{"format":2}`, `[]`, `{"format":1,"flow":"\u001b[2J"}`,
	} {
		f.Add([]byte(given))
	}
	rs := &engine.Receipts{Dir: f.TempDir()}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(rs.Dir, "one.json"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := rs.Read("one.json")
		texts := []string{r.Flow, r.Project, r.ProjectNumber, r.Repository, r.SecretVersion, r.Undoes}
		if err != nil {
			p, ok := errors.AsType[*engine.Problem](err)
			if !ok || p.Title.Empty() || len(p.Hints) == 0 {
				t.Fatalf("%v", err)
			}
			texts = append([]string{p.Title.In(text.English), p.Detail.In(text.English)}, check.Lines(p.Hints, text.English)...)
		}
		for _, a := range r.Actions {
			texts = append(texts, a.ID, a.Says, string(a.State))
			for _, c := range slices.Concat(a.Changes, a.Intends) {
				for _, s := range c.Texts() {
					texts = append(texts, *s)
				}
				if err == nil && !c.WellFormed() {
					t.Errorf("a change that cannot be acted upon: %+v", c)
				}
			}
		}
		for _, s := range texts {
			if clean.Text(s) != s {
				t.Errorf("%q cannot be shown as it is", s)
			}
		}
	})
}

// TestUndoWhereTheRunWasMade holds that a run is taken back where it was made,
// at Google or on an emulator, and that the last run is the last one there.
func TestUndoWhereTheRunWasMade(t *testing.T) {
	const emulator = "127.0.0.1:8085"
	for _, c := range []struct{ made, now, says string }{
		{emulator, "", `This run changed the emulator "127.0.0.1:8085", not Google Cloud`},
		{"", emulator, "This run changed Google Cloud, not an emulator"},
	} {
		w := enginetest.Healthy()
		w.Repo.Username, w.Repo.SecretVersion = "", ""
		dir := t.TempDir()
		env := func(emulator string) *engine.Env {
			e := w.Env(t)
			e.Receipts = &engine.Receipts{Dir: dir, Emulator: emulator}
			return e
		}
		made := enginetest.RunIn(t, env(c.made), Setup(), enginetest.SetupAnswers(), engine.Options{})
		if made.Status != engine.StatusDone {
			t.Fatalf("%+v", made)
		}
		before := w.Snapshot()
		if r := enginetest.RunIn(t, env(c.now), Undo(), nil, engine.Options{}); r.Problem == nil || r.Changed {
			t.Errorf("made on %q, the last run on %q: %+v", c.made, c.now, r.Problem)
		}
		if r := enginetest.RunIn(t, env(c.now), Undo(), nil, engine.Options{Receipt: made.Receipt}); r.Problem == nil || r.Problem.Title.In(text.English) != c.says || r.Changed {
			t.Errorf("made on %q, by its name on %q: %+v", c.made, c.now, r.Problem)
		}
		if diff := cmp.Diff(before, w.Snapshot()); diff != "" {
			t.Errorf("made on %q, undone on %q: %s", c.made, c.now, diff)
		}
		if r := enginetest.RunIn(t, env(c.made), Undo(), nil, engine.Options{}); r.Status != engine.StatusDone || !r.Changed {
			t.Errorf("where it was made: %s, %+v", r.Status, r.Problem)
		}
	}
}

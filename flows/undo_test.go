package flows

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestUndo takes every kind of run back, and compares all but times and etags.
func TestUndo(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world)
		run  func(t *testing.T, w *world, e *Env) Report
		// more is what is left behind on purpose.
		more func(s *snapshot)
		o    Options
	}{
		{"setup with a new secret, which stays", func(w *world) { w.repo.Username, w.repo.SecretVersion = "", "" },
			func(t *testing.T, _ *world, e *Env) Report { return runIn(t, e, Setup(), setupAnswers(), Options{}) },
			func(s *snapshot) { s.Versions["new-token"] = []string{"DISABLED"} }, Options{}},
		{"setup with a new secret, which goes", func(w *world) { w.repo.Username, w.repo.SecretVersion = "", "" },
			func(t *testing.T, _ *world, e *Env) Report { return runIn(t, e, Setup(), setupAnswers(), Options{}) },
			func(*snapshot) {}, Options{DeleteCreated: true}},
		{"setup over other credentials", func(*world) {},
			func(t *testing.T, _ *world, e *Env) Report { return runIn(t, e, Setup(), setupAnswers(), Options{}) },
			func(*snapshot) {}, Options{DeleteCreated: true}},
		{"rotate", func(w *world) { w.hub.good = append(w.hub.good, otherToken) },
			func(t *testing.T, _ *world, e *Env) Report {
				return runIn(t, e, Rotate(), where(tokenOf(otherToken)), Options{})
			},
			func(s *snapshot) { s.Versions["hub-token"] = append(s.Versions["hub-token"], "DISABLED") }, Options{}},
		{"rotate of all that use the secret, one by the project's number", func(w *world) {
			w.hub.good = append(w.hub.good, otherToken)
			w.share("other", "1").SecretVersion = "projects/" + testNumber + "/secrets/hub-token/versions/1"
		},
			func(t *testing.T, _ *world, e *Env) Report {
				return runIn(t, e, Rotate(), where(tokenOf(otherToken)), Options{AllUsers: true})
			},
			func(s *snapshot) { s.Versions["hub-token"] = append(s.Versions["hub-token"], "DISABLED") }, Options{}},
		{"remove", func(*world) {},
			func(t *testing.T, _ *world, e *Env) Report { return runIn(t, e, Remove(), where(nil), Options{}) }, func(*snapshot) {}, Options{}},
		{"a grant that doctor made", func(w *world) { w.secret.policy.Bindings = nil },
			func(t *testing.T, _ *world, e *Env) Report {
				return runIn(t, e, Doctor(), where(nil), Options{Fix: true})
			}, func(*snapshot) {}, Options{}},
		{"a version that doctor enabled", func(w *world) { w.secret.versions[0].State = "DISABLED" },
			func(t *testing.T, _ *world, e *Env) Report {
				return runIn(t, e, Doctor(), where(nil), Options{Fix: true})
			}, func(*snapshot) {}, Options{}},
		{"a secret that doctor made anew", func(w *world) { delete(w.secrets, "hub-token") },
			func(t *testing.T, _ *world, e *Env) Report {
				return runIn(t, e, Doctor(), where(tokenOf(testToken)), Options{Fix: true})
			}, func(*snapshot) {}, Options{DeleteCreated: true}},
		{"what a setup with the same answers lacked", func(w *world) { w.secret.policy.Bindings = nil },
			func(t *testing.T, _ *world, e *Env) Report {
				a := tokenOf(testToken)
				a[StepSecret], a[StepUsername] = Answer{Text: "hub-token", From: Flag}, Answer{Text: testUser, From: Flag}
				return runIn(t, e, Setup(), where(a), Options{})
			}, func(*snapshot) {}, Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := healthy()
			c.do(w)
			e := w.env(t)
			before := w.snapshot()
			if r := c.run(t, w, e); r.Status != StatusDone && r.Status != StatusHealthy {
				t.Fatalf("the run itself: %s, %v", r.Status, r.Problem)
			}
			if cmp.Equal(before, w.snapshot()) {
				t.Fatal("the run has changed nothing")
			}
			e.refresh()
			r := runIn(t, e, Undo(), nil, c.o)
			if r.Status != StatusDone {
				t.Errorf("status %s: %v %v", r.Status, r.Problem, states(r))
			}
			c.more(&before)
			if diff := cmp.Diff(before, w.snapshot()); diff != "" {
				t.Errorf("%v left %s\n%+v", states(r), diff, r.Checks)
			}
			e.refresh()
			if again := runIn(t, e, Undo(), nil, c.o); again.Changed {
				t.Errorf("a second undo did %v", states(again))
			}
		})
	}
}

// TestUndoLeavesAlone changes something after the run, which undo must respect.
func TestUndoLeavesAlone(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world)
		says string
		same func(w *world) bool
	}{
		{"the repository was given other credentials", func(w *world) { w.repo.Username = "bob" }, "somebody has changed it",
			func(w *world) bool { return w.repo.Username == "bob" && w.secrets["new-token"].versions[0].Enabled() }},
		{"the repository is gone", func(w *world) { delete(w.repos, testRepoName.String()) }, "not there any more", func(*world) bool { return true }},
		{"another repository uses the version", func(w *world) {
			r := w.share("other", "1")
			r.SecretVersion = "projects/" + testNumber + "/secrets/new-token/versions/1"
		}, "europe-west1/other", func(w *world) bool {
			return w.secrets["new-token"].versions[0].Enabled() && grants(w.secrets["new-token"].policy, AccessorRole, agentMember)
		}},
		{"somebody added a version", func(w *world) { w.addPayload(w.secrets["new-token"], "x") }, "added by somebody else",
			func(w *world) bool { return w.secrets["new-token"] != nil }},
		{"somebody was given access", func(w *world) {
			s := w.secrets["new-token"]
			s.policy.Bindings = append(s.policy.Bindings, Binding{Role: AccessorRole, Members: []string{"user:bob@example.com"}})
		}, "user:bob@example.com", func(w *world) bool {
			return w.secrets["new-token"] != nil && member(w.secrets["new-token"].policy, "user:bob@example.com")
		}},
		{"what it had before may not be read any more", func(w *world) { w.secret.policy.Bindings = nil }, "may not read",
			func(w *world) bool { return strings.Contains(w.repo.SecretVersion, "new-token") }},
		{"what it had before is not accepted any more", func(w *world) { w.secret.versions[0].payload = otherToken }, "does not accept the token",
			func(w *world) bool { return strings.Contains(w.repo.SecretVersion, "new-token") && w.pulls(w.repo) }},
		{"what it had before is gone", func(w *world) { w.secret.versions[0].State = "DESTROYED" }, "destroyed",
			func(w *world) bool { return strings.Contains(w.repo.SecretVersion, "new-token") && w.pulls(w.repo) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := healthy()
			e := w.env(t)
			runIn(t, e, Setup(), setupAnswers(), Options{})
			c.do(w)
			e.refresh()
			if c.name == "what it had before is gone" {
				w.secret = w.secrets["new-token"]
			}
			r := runIn(t, e, Undo(), nil, Options{DeleteCreated: true})
			said := ""
			for _, f := range r.Checks {
				said += f.Says + ": " + f.Why + "\n"
			}
			if r.Status != StatusDone || !strings.Contains(said, c.says) || !c.same(w) {
				t.Errorf("status %s (%v), did %v, says\n%s", r.Status, r.Problem, states(r), said)
			}
		})
	}
}

// TestUndoBackToAConditionalGrant gives credentials back whose secret the agent
// may read only under a condition. That may hold, so Google is asked; where it
// does not, no grant is on its way, and nothing is waited for.
func TestUndoBackToAConditionalGrant(t *testing.T) {
	for name, place := range map[string]func(w *world, only []Binding){
		"on the secret":  func(w *world, only []Binding) { w.secret.policy.Bindings = only },
		"on the project": func(w *world, only []Binding) { w.secret.policy.Bindings, w.above.Bindings = nil, only },
		"project closed": func(w *world, only []Binding) {
			w.secret.policy.Bindings = only
			w.deny["resourcemanager.projects.getIamPolicy"] = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := healthy()
			e := w.env(t)
			runIn(t, e, Setup(), setupAnswers(), Options{})
			place(w, []Binding{{Role: AccessorRole, Members: []string{agentMember}, Condition: "until noon: request.time < noon"}})
			tried := 0
			w.fail = func(call string, after bool) error {
				if call == "SetCredentials" && !after {
					if tried++; tried > 1 {
						return &Error{Kind: Invalid, Message: "asked again"}
					}
				}
				return nil
			}
			e.refresh()
			r := runIn(t, e, Undo(), nil, Options{})
			if r.Status != StatusFailed || tried != 1 || r.Problem == nil || !strings.Contains(r.Problem.Detail, "until noon") ||
				!strings.HasPrefix(strings.Join(r.Problem.Hints, "\n"), "gcloud secrets add-iam-policy-binding hub-token ") {
				t.Errorf("status %s after %d attempts: %+v", r.Status, tried, r.Problem)
			}
		})
	}
}

// TestAGrantThatSpreadsIsWaitedFor refuses to read the secret once, as Google
// does for a while after somebody else's run has granted it.
func TestAGrantThatSpreadsIsWaitedFor(t *testing.T) {
	w := healthy()
	tried := 0
	w.fail = func(call string, after bool) error {
		if call == "SetCredentials" && !after {
			if tried++; tried == 1 {
				return &Error{Kind: GrantPending, Message: "by the test"}
			}
		}
		return nil
	}
	w.hub.good = append(w.hub.good, otherToken)
	if r := w.run(t, Rotate(), tokenOf(otherToken), Options{}); r.Status != StatusDone || tried != 2 {
		t.Errorf("status %s after %d attempts: %+v", r.Status, tried, r.Problem)
	}
}

func TestUndoWithoutAReceipt(t *testing.T) {
	w := healthy()
	for _, o := range []Options{{}, {Receipt: "none.json"}} {
		r := runIn(t, w.env(t), Undo(), nil, o)
		if r.Status != StatusFailed || r.Problem == nil || len(r.Problem.Hints) == 0 {
			t.Errorf("status %s, %+v", r.Status, r.Problem)
		}
	}
}

func TestNetOfARun(t *testing.T) {
	creds := func(v string) *Creds { return &Creds{"u", v} }
	set := func(a, b string) Change {
		return Change{Kind: CredentialsSet, Resource: "r", Before: creds(a), After: creds(b)}
	}
	of := func(k ChangeKind, what string) Change { return Change{Kind: k, Resource: what} }
	for _, c := range []struct {
		name string
		in   []Change
		want []Change
	}{
		{"newest first", []Change{of(SecretCreated, "s"), of(VersionAdded, "v"), set("1", "2")}, []Change{set("1", "2"), of(VersionAdded, "v"), of(SecretCreated, "s")}},
		{"switched and back", []Change{of(VersionAdded, "v"), set("1", "2"), set("2", "1"), of(VersionOff, "v")}, nil},
		{"switched twice", []Change{set("1", "2"), set("2", "3")}, []Change{set("1", "3")}},
		{"granted and revoked", []Change{of(AccessGranted, "s"), of(AccessRevoked, "s")}, nil},
		{"two versions", []Change{of(VersionOff, "1"), of(VersionOn, "2")}, []Change{of(VersionOn, "2"), of(VersionOff, "1")}},
		{"added and enabled", []Change{of(VersionAdded, "1"), of(VersionOn, "1")}, []Change{of(VersionAdded, "1")}},
	} {
		if diff := cmp.Diff(c.want, Receipt{Actions: []ReceiptAction{{Changes: c.in}}}.net(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestUndoOffersToDeleteWhatNothingUses: in person, and headless only when told
// to beforehand.
func TestUndoOffersToDeleteWhatNothingUses(t *testing.T) {
	for _, c := range []struct {
		answer string
		gone   bool
	}{{keepCreated, false}, {deleteCreated, true}} {
		w := healthy()
		e := w.env(t)
		runIn(t, e, Setup(), setupAnswers(), Options{})
		e.refresh()
		m, d := inPerson(t, e, Undo(), nil, Options{})
		p, _, _ := m.Prompt()
		if m.Step().ID != StepCreated || len(p.Options) != 2 || !strings.Contains(p.Options[1].Note, "delete the secret new-token for good") {
			t.Fatalf("at %s with %+v", m.Step().ID, p.Options)
		}
		jobs, err := m.Submit(Answer{Text: c.answer})
		if err != nil {
			t.Fatal(err)
		}
		d.Settle(t.Context(), jobs)
		if m.Phase() != Reviewing {
			t.Fatalf("at %v: %v", m.Phase(), m.Problem())
		}
		d.Settle(t.Context(), m.Approve())
		if m.Report().Status != StatusDone || (w.secrets["new-token"] == nil) != c.gone {
			t.Errorf("%s: %s, the secret is gone: %v", c.answer, m.Report().Status, w.secrets["new-token"] == nil)
		}
	}
	w := healthy()
	e := w.env(t)
	runIn(t, e, Rotate(), where(tokenOf(testToken)), Options{})
	runIn(t, e, Remove(), where(nil), Options{})
	e.refresh()
	if m, _ := inPerson(t, e, Undo(), nil, Options{}); m.Phase() != Reviewing {
		t.Errorf("nothing was created, and %s is asked", m.Step().ID)
	}
}

// TestUndoTwice says what has been taken back, and when.
func TestUndoTwice(t *testing.T) {
	w := healthy()
	e := w.env(t)
	runIn(t, e, Remove(), where(nil), Options{})
	e.refresh()
	runIn(t, e, Undo(), nil, Options{})
	e.refresh()
	r := runIn(t, e, Undo(), nil, Options{})
	if r.ExitCode() != ExitFailed || r.Problem == nil || !strings.Contains(r.Problem.Title, "taken back already") {
		t.Fatalf("exit %d, %+v", r.ExitCode(), r.Problem)
	}
	for _, want := range []string{"remove of us-central1/dockerhub on 2026-03-01 12:00 UTC was taken back on 2026-03-01 12:0"} {
		if !strings.Contains(r.Problem.Detail, want) {
			t.Errorf("says %q, want %q", r.Problem.Detail, want)
		}
	}
	if hints := strings.Join(r.Problem.Hints, "\n"); !strings.Contains(hints, "upstreamauth remove") || !strings.Contains(hints, "undo --list") {
		t.Errorf("hints %s", hints)
	}
}

package change

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

// TestUndo takes every kind of run back, and compares all but times and etags.
func TestUndo(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *enginetest.World)
		run  func(t *testing.T, w *enginetest.World, e *engine.Env) engine.Report
		// more is what is left behind on purpose.
		more func(s *enginetest.Snapshot)
		o    engine.Options
	}{
		{"setup with a new secret, which stays", func(w *enginetest.World) { w.Repo.Username, w.Repo.SecretVersion = "", "" },
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
			},
			func(s *enginetest.Snapshot) { s.Versions["new-token"] = []string{"DISABLED"} }, engine.Options{}},
		{"setup with a new secret, which goes", func(w *enginetest.World) { w.Repo.Username, w.Repo.SecretVersion = "", "" },
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
			},
			func(*enginetest.Snapshot) {}, engine.Options{DeleteCreated: true}},
		{"setup over other credentials", func(*enginetest.World) {},
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
			},
			func(*enginetest.Snapshot) {}, engine.Options{DeleteCreated: true}},
		{"rotate", func(w *enginetest.World) { w.Hub.Good = append(w.Hub.Good, enginetest.OtherToken) },
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{})
			},
			func(s *enginetest.Snapshot) { s.Versions["hub-token"] = append(s.Versions["hub-token"], "DISABLED") }, engine.Options{}},
		{"rotate of all that use the secret, one by the project's number", func(w *enginetest.World) {
			w.Hub.Good = append(w.Hub.Good, enginetest.OtherToken)
			w.Share("other", "1").SecretVersion = "projects/" + cloudtest.TestNumber + "/secrets/hub-token/versions/1"
		},
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{AllUsers: true})
			},
			func(s *enginetest.Snapshot) { s.Versions["hub-token"] = append(s.Versions["hub-token"], "DISABLED") }, engine.Options{}},
		{"remove", func(*enginetest.World) {},
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, Remove(), enginetest.Where(nil), engine.Options{})
			}, func(*enginetest.Snapshot) {}, engine.Options{}},
		{"a grant that doctor made", func(w *enginetest.World) { w.Secret.Policy.Bindings = nil },
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, doctor.Doctor(), enginetest.Where(nil), engine.Options{Fix: true})
			}, func(*enginetest.Snapshot) {}, engine.Options{}},
		{"a version that doctor enabled", func(w *enginetest.World) { w.Secret.Versions[0].State = "DISABLED" },
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, doctor.Doctor(), enginetest.Where(nil), engine.Options{Fix: true})
			}, func(*enginetest.Snapshot) {}, engine.Options{}},
		{"a secret that doctor made anew", func(w *enginetest.World) { delete(w.SecretsHeld, "hub-token") },
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				return enginetest.RunIn(t, e, doctor.Doctor(), enginetest.Where(enginetest.TokenOf(cloudtest.TestToken)), engine.Options{Fix: true})
			}, func(*enginetest.Snapshot) {}, engine.Options{DeleteCreated: true}},
		{"what a setup with the same answers lacked", func(w *enginetest.World) { w.Secret.Policy.Bindings = nil },
			func(t *testing.T, _ *enginetest.World, e *engine.Env) engine.Report {
				a := enginetest.TokenOf(cloudtest.TestToken)
				a[engine.StepSecret], a[engine.StepUsername] = engine.Answer{Text: "hub-token", From: engine.Flag}, engine.Answer{Text: enginetest.TestUser, From: engine.Flag}
				return enginetest.RunIn(t, e, Setup(), enginetest.Where(a), engine.Options{})
			}, func(*enginetest.Snapshot) {}, engine.Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			c.do(w)
			e := w.Env(t)
			before := w.Snapshot()
			if r := c.run(t, w, e); r.Status != engine.StatusDone && r.Status != engine.StatusHealthy {
				t.Fatalf("the run itself: %s, %v", r.Status, r.Problem)
			}
			if cmp.Equal(before, w.Snapshot()) {
				t.Fatal("the run has changed nothing")
			}
			e.Refresh()
			r := enginetest.RunIn(t, e, Undo(), nil, c.o)
			if r.Status != engine.StatusDone {
				t.Errorf("status %s: %v %v", r.Status, r.Problem, enginetest.States(r))
			}
			c.more(&before)
			if diff := cmp.Diff(before, w.Snapshot()); diff != "" {
				t.Errorf("%v left %s\n%+v", enginetest.States(r), diff, r.Checks)
			}
			e.Refresh()
			if again := enginetest.RunIn(t, e, Undo(), nil, c.o); again.Changed {
				t.Errorf("a second undo did %v", enginetest.States(again))
			}
		})
	}
}

// TestUndoLeavesAlone changes something after the run, which undo must respect.
func TestUndoLeavesAlone(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *enginetest.World)
		code check.Code
		same func(w *enginetest.World) bool
	}{
		{"the repository was given other credentials", func(w *enginetest.World) { w.Repo.Username = "bob" }, check.UndoChanged,
			func(w *enginetest.World) bool {
				return w.Repo.Username == "bob" && w.SecretsHeld["new-token"].Versions[0].Enabled()
			}},
		{"the repository is gone", func(w *enginetest.World) { delete(w.Repos, cloudtest.TestRepoName.String()) }, check.UndoGone, func(*enginetest.World) bool { return true }},
		{"another repository uses the version", func(w *enginetest.World) {
			r := w.Share("other", "1")
			r.SecretVersion = "projects/" + cloudtest.TestNumber + "/secrets/new-token/versions/1"
		}, check.UndoInUse, func(w *enginetest.World) bool {
			return w.SecretsHeld["new-token"].Versions[0].Enabled() && cloud.Grants(w.SecretsHeld["new-token"].Policy, cloud.AccessorRole, enginetest.AgentMember)
		}},
		{"somebody added a version", func(w *enginetest.World) { w.AddPayload(w.SecretsHeld["new-token"], "x") }, check.UndoInUse,
			func(w *enginetest.World) bool { return w.SecretsHeld["new-token"] != nil }},
		{"somebody was given access", func(w *enginetest.World) {
			s := w.SecretsHeld["new-token"]
			s.Policy.Bindings = append(s.Policy.Bindings, cloud.Binding{Role: cloud.AccessorRole, Members: []string{"user:bob@example.com"}})
		}, check.UndoInUse, func(w *enginetest.World) bool {
			return w.SecretsHeld["new-token"] != nil && hasMember(w.SecretsHeld["new-token"].Policy, "user:bob@example.com")
		}},
		{"what it had before may not be read any more", func(w *enginetest.World) { w.Secret.Policy.Bindings = nil }, check.UndoUnrestorable,
			func(w *enginetest.World) bool { return strings.Contains(w.Repo.SecretVersion, "new-token") }},
		{"what it had before is not accepted any more", func(w *enginetest.World) { w.Secret.Versions[0].Payload = enginetest.OtherToken }, check.UndoUnrestorable,
			func(w *enginetest.World) bool {
				return strings.Contains(w.Repo.SecretVersion, "new-token") && w.Pulls(w.Repo)
			}},
		{"what it had before is gone", func(w *enginetest.World) { w.Secret.Versions[0].State = "DESTROYED" }, check.UndoUnrestorable,
			func(w *enginetest.World) bool {
				return strings.Contains(w.Repo.SecretVersion, "new-token") && w.Pulls(w.Repo)
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			e := w.Env(t)
			enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
			c.do(w)
			e.Refresh()
			if c.name == "what it had before is gone" {
				w.Secret = w.SecretsHeld["new-token"]
			}
			r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{DeleteCreated: true})
			if r.Status != engine.StatusDone || !found(r, c.code) || !c.same(w) {
				t.Errorf("status %s (%v), did %v, says\n%s", r.Status, r.Problem, enginetest.States(r), enginetest.Said(r))
			}
		})
	}
}

// TestUndoBackToAConditionalGrant gives credentials back whose secret the agent
// may read only under a condition. That may hold, so Google is asked; where it
// does not, no grant is on its way, and nothing is waited for.
func TestUndoBackToAConditionalGrant(t *testing.T) {
	for name, place := range map[string]func(w *enginetest.World, only []cloud.Binding){
		"on the secret": func(w *enginetest.World, only []cloud.Binding) { w.Secret.Policy.Bindings = only },
		"on the project": func(w *enginetest.World, only []cloud.Binding) {
			w.Secret.Policy.Bindings, w.Above.Bindings = nil, only
		},
		"project closed": func(w *enginetest.World, only []cloud.Binding) {
			w.Secret.Policy.Bindings = only
			w.Deny["resourcemanager.projects.getIamPolicy"] = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := enginetest.Healthy()
			e := w.Env(t)
			enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
			place(w, []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: "until noon: request.time < noon"}})
			tried := 0
			w.Fail = func(call string, after bool) error {
				if call == "SetCredentials" && !after {
					if tried++; tried > 1 {
						return &cloud.Error{Kind: cloud.Invalid, Message: "asked again"}
					}
				}
				return nil
			}
			e.Refresh()
			r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{})
			if r.Status != engine.StatusFailed || tried != 1 || r.Problem == nil || !strings.Contains(r.Problem.Detail.In(text.English), "until noon") ||
				r.Problem.Code != check.GrantMissing || !strings.HasPrefix(r.Problem.Hints[0].Command, "gcloud secrets add-iam-policy-binding hub-token ") {
				t.Errorf("status %s after %d attempts: %+v", r.Status, tried, r.Problem)
			}
		})
	}
}

// TestAGrantThatSpreadsIsWaitedFor refuses to read the secret once, as Google
// does for a while after somebody else's run has granted it.
func TestAGrantThatSpreadsIsWaitedFor(t *testing.T) {
	w := enginetest.Healthy()
	tried := 0
	w.Fail = func(call string, after bool) error {
		if call == "SetCredentials" && !after {
			if tried++; tried == 1 {
				return &cloud.Error{Kind: cloud.GrantPending, Message: "by the test"}
			}
		}
		return nil
	}
	w.Hub.Good = append(w.Hub.Good, enginetest.OtherToken)
	if r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{}); r.Status != engine.StatusDone || tried != 2 {
		t.Errorf("status %s after %d attempts: %+v", r.Status, tried, r.Problem)
	}
}

func TestUndoWithoutAReceipt(t *testing.T) {
	w := enginetest.Healthy()
	for _, o := range []engine.Options{{}, {Receipt: "none.json"}} {
		r := enginetest.RunIn(t, w.Env(t), Undo(), nil, o)
		if r.Status != engine.StatusFailed || r.Problem == nil || len(r.Problem.Hints) == 0 {
			t.Errorf("status %s, %+v", r.Status, r.Problem)
		}
	}
}

func TestNetOfARun(t *testing.T) {
	creds := func(v string) *engine.Creds { return &engine.Creds{Username: "u", SecretVersion: v} }
	set := func(a, b string) engine.Change {
		return engine.Change{Kind: engine.CredentialsSet, Resource: "r", Before: creds(a), After: creds(b)}
	}
	of := func(k engine.ChangeKind, what string) engine.Change { return engine.Change{Kind: k, Resource: what} }
	for _, c := range []struct {
		name string
		in   []engine.Change
		want []engine.Change
	}{
		{"newest first", []engine.Change{of(engine.SecretCreated, "s"), of(engine.VersionAdded, "v"), set("1", "2")}, []engine.Change{set("1", "2"), of(engine.VersionAdded, "v"), of(engine.SecretCreated, "s")}},
		{"switched and back", []engine.Change{of(engine.VersionAdded, "v"), set("1", "2"), set("2", "1"), of(engine.VersionOff, "v")}, nil},
		{"switched twice", []engine.Change{set("1", "2"), set("2", "3")}, []engine.Change{set("1", "3")}},
		{"granted and revoked", []engine.Change{of(engine.AccessGranted, "s"), of(engine.AccessRevoked, "s")}, nil},
		{"two versions", []engine.Change{of(engine.VersionOff, "1"), of(engine.VersionOn, "2")}, []engine.Change{of(engine.VersionOn, "2"), of(engine.VersionOff, "1")}},
		{"added and enabled", []engine.Change{of(engine.VersionAdded, "1"), of(engine.VersionOn, "1")}, []engine.Change{of(engine.VersionAdded, "1")}},
	} {
		if diff := cmp.Diff(c.want, engine.Receipt{Actions: []engine.ReceiptAction{{Changes: c.in}}}.Net(), cmpopts.EquateEmpty()); diff != "" {
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
	}{{step.KeepCreated, false}, {step.DeleteCreated, true}} {
		w := enginetest.Healthy()
		e := w.Env(t)
		enginetest.RunIn(t, e, Setup(), enginetest.SetupAnswers(), engine.Options{})
		e.Refresh()
		m, d := enginetest.InPerson(t, e, Undo(), nil, engine.Options{})
		p, _, _ := m.Prompt()
		if m.Step().ID != engine.StepCreated || len(p.Options) != 2 || !strings.Contains(p.Options[1].Note.In(text.English), `delete secret "new-token" for good`) {
			t.Fatalf("at %s with %+v", m.Step().ID, p.Options)
		}
		jobs, err := m.Submit(engine.Answer{Text: c.answer})
		if err != nil {
			t.Fatal(err)
		}
		d.Settle(t.Context(), jobs)
		if m.Phase() != engine.Reviewing {
			t.Fatalf("at %v: %v", m.Phase(), m.Problem())
		}
		d.Settle(t.Context(), m.Approve())
		if m.Report().Status != engine.StatusDone || (w.SecretsHeld["new-token"] == nil) != c.gone {
			t.Errorf("%s: %s, the secret is gone: %v", c.answer, m.Report().Status, w.SecretsHeld["new-token"] == nil)
		}
	}
	w := enginetest.Healthy()
	e := w.Env(t)
	enginetest.RunIn(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(cloudtest.TestToken)), engine.Options{})
	enginetest.RunIn(t, e, Remove(), enginetest.Where(nil), engine.Options{})
	e.Refresh()
	if m, _ := enginetest.InPerson(t, e, Undo(), nil, engine.Options{}); m.Phase() != engine.Reviewing {
		t.Errorf("nothing was created, and %s is asked", m.Step().ID)
	}
}

// TestUndoTwice says what has been taken back, and when.
func TestUndoTwice(t *testing.T) {
	w := enginetest.Healthy()
	e := w.Env(t)
	enginetest.RunIn(t, e, Remove(), enginetest.Where(nil), engine.Options{})
	e.Refresh()
	enginetest.RunIn(t, e, Undo(), nil, engine.Options{})
	e.Refresh()
	r := enginetest.RunIn(t, e, Undo(), nil, engine.Options{})
	if r.Ending() != engine.EndedFailed || r.Problem == nil || r.Problem.Code != check.ReceiptNone {
		t.Fatalf("ended %q, %+v", r.Ending(), r.Problem)
	}
	for _, want := range []string{`remove of "us-central1/dockerhub" on 2026-03-01 12:00 UTC was undone on 2026-03-01 12:0`} {
		if !strings.Contains(r.Problem.Detail.In(text.English), want) {
			t.Errorf("says %q, want %q", r.Problem.Detail.In(text.English), want)
		}
	}
	if hints := strings.Join(check.Lines(r.Problem.Hints, text.English), "\n"); !strings.Contains(hints, "upstreamauth remove") || !strings.Contains(hints, "undo --list") {
		t.Errorf("hints %s", hints)
	}
}

// hasMember reports whether a policy gives the member anything.
func hasMember(p cloud.Policy, member string) bool {
	return slices.ContainsFunc(p.Bindings, func(b cloud.Binding) bool { return slices.Contains(b.Members, member) })
}

// TestCreatedAnswers takes the answers about a secret that the run created.
func TestCreatedAnswers(t *testing.T) {
	for given, deletes := range map[string]bool{"delete": true, "keep": false} {
		d := engine.Draft{From: map[string]engine.Source{}}
		if err := step.Created(createdSecret).Record(&d, engine.Answer{Text: given, From: engine.Asked}); err != nil || d.Options.DeleteCreated != deletes {
			t.Errorf("%q: %v, deletes %v", given, err, d.Options.DeleteCreated)
		}
	}
	d := engine.Draft{From: map[string]engine.Source{}}
	if err := step.Created(createdSecret).Record(&d, engine.Answer{Text: "yes"}); !engine.IsUsage(err) || len(d.From) != 0 {
		t.Errorf("neither answer is taken: %v", err)
	}
}

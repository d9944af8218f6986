package change

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

func TestRotate(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(w *enginetest.World)
		o      engine.Options
		acts   []string
		states string
		uses   string
	}{
		{"alone", nil, engine.Options{}, []string{"add-version done", "grant-access already", "update-repository done", "verify done", "disable-old-version done"}, "DISABLED ENABLED", "2"},
		{"keep the old one", nil, engine.Options{KeepOld: true}, []string{"add-version done", "grant-access already", "update-repository done", "verify done"}, "ENABLED ENABLED", "2"},
		{"another one uses it", func(w *enginetest.World) { w.Share("other", "1") }, engine.Options{},
			[]string{"add-version done", "grant-access already", "update-repository done", "verify done"}, "ENABLED ENABLED", "2"},
		{"another one too", func(w *enginetest.World) { w.Share("other", "1") }, engine.Options{AllUsers: true},
			[]string{"add-version done", "grant-access already", "update-repository done", "verify done", "update-repository done", "verify done", "disable-old-version done"}, "DISABLED ENABLED", "2"},
		{"latest", func(w *enginetest.World) {
			w.Repo.SecretVersion = strings.Replace(w.Repo.SecretVersion, "/1", "/latest", 1)
		}, engine.Options{},
			[]string{"update-repository done", "add-version done", "grant-access already", "update-repository done", "verify done", "disable-old-version done"}, "DISABLED ENABLED", "2"},
		{"no pull to prove it", nil, engine.Options{SkipVerify: true},
			[]string{"add-version done", "grant-access already", "update-repository done", "verify done", "disable-old-version already"}, "ENABLED ENABLED", "2"},
		{"another project's agent may read it", func(w *enginetest.World) {
			w.Secret.Policy.Bindings[0].Members = append(w.Secret.Policy.Bindings[0].Members, strings.Replace(enginetest.AgentMember, cloudtest.TestNumber, "987", 1))
		}, engine.Options{}, []string{"add-version done", "grant-access already", "update-repository done", "verify done"}, "ENABLED ENABLED", "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Rotating()
			if c.do != nil {
				c.do(w)
			}
			w.Watch(t, nil)
			r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), c.o)
			if r.Status != engine.StatusDone || r.Ending() != engine.EndedDone {
				t.Fatalf("status %s: %v, %v", r.Status, r.Problem, enginetest.States(r))
			}
			if !slices.Equal(enginetest.States(r), c.acts) {
				t.Errorf("did %v, want %v", enginetest.States(r), c.acts)
			}
			if w.VersionStates() != c.states || !strings.HasSuffix(w.Repo.SecretVersion, "/versions/"+c.uses) || w.Repo.Username != enginetest.TestUser {
				t.Errorf("versions %s, the repository uses %s as %s", w.VersionStates(), w.Repo.SecretVersion, w.Repo.Username)
			}
			if c.o.AllUsers {
				for _, r := range w.Repos {
					if !strings.HasSuffix(r.SecretVersion, "/versions/2") {
						t.Errorf("%s uses %s", r.Name.ID, r.SecretVersion)
					}
				}
			}
		})
	}
}

func TestRotateTriesTheTokenFirst(t *testing.T) {
	w := enginetest.Healthy() // the upstream does not know the new token
	r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{})
	if r.Status != engine.StatusRefused || len(w.Writes()) > 0 {
		t.Errorf("status %s, wrote %v", r.Status, w.Writes())
	}
}

// TestRotateSwitchesBack rotates to a token that the upstream takes and the
// pull does not.
func TestRotateSwitchesBack(t *testing.T) {
	for _, reference := range []string{"1", "latest"} {
		w := enginetest.Rotating()
		w.Repo.SecretVersion = strings.Replace(w.Repo.SecretVersion, "/1", "/"+reference, 1)
		works := w.PullAnswers
		w.PullAnswers = func(r cloud.Repository, payload string) cloud.PullAnswer {
			if payload == enginetest.OtherToken {
				return cloud.PullAnswer{Status: 403, Detail: "denied by the external repository: this address is not on the token's list"}
			}
			return works(r, payload)
		}
		r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{})
		if r.Status != engine.StatusFailed || r.Ending() != engine.EndedFailed {
			t.Errorf("status %s, ended %q", r.Status, r.Ending())
		}
		if w.VersionStates() != "ENABLED DISABLED" || !strings.HasSuffix(w.Repo.SecretVersion, "/versions/1") || !w.Pulls(w.Repo) {
			t.Errorf("versions %s, the repository uses %s", w.VersionStates(), w.Repo.SecretVersion)
		}
		if !strings.HasSuffix(r.About.SecretVersion, "/versions/1") {
			t.Errorf("reports %s", r.About.SecretVersion)
		}
		if r.Problem == nil || !strings.Contains(r.Problem.Detail.In(text.English), `/versions/1" again`) || !strings.Contains(r.Problem.Detail.In(text.English), "disabled") {
			t.Errorf("says %+v", r.Problem)
		}
	}
}

// TestRotateLeavesTheOthersBehind lets the pull of a second repository fail:
// that one is switched back, and the old version stays.
func TestRotateLeavesTheOthersBehind(t *testing.T) {
	w := enginetest.Rotating()
	other := w.Share("other", "1")
	works := w.PullAnswers
	w.PullAnswers = func(r cloud.Repository, payload string) cloud.PullAnswer {
		if r.Name.ID == "other" && payload == enginetest.OtherToken {
			return cloud.PullAnswer{Status: 403, Detail: "denied by the external repository"}
		}
		return works(r, payload)
	}
	r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{AllUsers: true})
	if r.Status != engine.StatusPartial || w.VersionStates() != "ENABLED ENABLED" {
		t.Errorf("status %s, versions %s", r.Status, w.VersionStates())
	}
	if !strings.HasSuffix(w.Repo.SecretVersion, "/2") || !strings.HasSuffix(other.SecretVersion, "/1") || !w.Pulls(w.Repo) || !w.Pulls(other) {
		t.Errorf("uses %s and %s", w.Repo.SecretVersion, other.SecretVersion)
	}
}

func TestRotateNeedsSomethingToRotate(t *testing.T) {
	for _, version := range []string{"", "demo/hub-token/1", "projects/" + cloudtest.TestProject + "/secrets/none/versions/1"} {
		w := enginetest.Rotating()
		w.Repo.SecretVersion = version
		r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{})
		if r.Status != engine.StatusFailed || r.Problem == nil || len(r.Problem.Hints) == 0 || len(w.Writes()) > 0 {
			t.Errorf("%q: status %s, %+v, wrote %v", version, r.Status, r.Problem, w.Writes())
		}
	}
}

// TestRotateWhereVersionsCannotBeListed neither mistakes the version to come
// for the one in use, nor forgets the old one; what fails in passing stops it.
func TestRotateWhereVersionsCannotBeListed(t *testing.T) {
	for _, c := range []struct {
		kind cloud.Kind
		exit engine.Ending
	}{{cloud.PermissionDenied, engine.EndedDone}, {cloud.TimedOut, engine.EndedFailed}, {cloud.Conflict, engine.EndedFailed}} {
		t.Run(string(c.kind), func(t *testing.T) {
			w := enginetest.Rotating()
			w.Fail = func(call string, _ bool) error {
				if call == "Versions" {
					return &cloud.Error{Kind: c.kind, Message: "injected"}
				}
				return nil
			}
			r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{})
			if r.Ending() != c.exit {
				t.Fatalf("ended %q, %+v", r.Ending(), r.Problem)
			}
			if c.exit == engine.EndedFailed && len(w.Writes()) > 0 {
				t.Errorf("wrote %v", w.Writes())
			}
			if c.exit == engine.EndedDone {
				if w.Fail = nil; !strings.HasSuffix(w.Repo.SecretVersion, "/versions/2") || w.VersionStates() != "DISABLED ENABLED" {
					t.Errorf("the repository uses %s, the versions are %s", w.Repo.SecretVersion, w.VersionStates())
				}
			}
		})
	}
}

// TestRotateHoldsLatestFirst: whoever follows "latest" is held to the present
// version before the new one is added, or is told of where it stays behind.
func TestRotateHoldsLatestFirst(t *testing.T) {
	for _, all := range []bool{true, false} {
		w := enginetest.Rotating()
		other := w.Share("other", "latest")
		m := engine.New(w.Env(t), Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{AllUsers: all})
		m.TakeDefaults()
		m.AcceptWarnings = true
		d := engine.NewDriver(m)
		d.Settle(t.Context(), m.Begin())
		actions, pin := m.Plan().Actions, "pin "+other.Name.String()
		i := slices.IndexFunc(actions, func(a engine.Action) bool { return a.ID == engine.ActAddVersion })
		if slices.Contains(actions[i].Needs, pin) != all || slices.ContainsFunc(actions, func(a engine.Action) bool { return a.Key == pin }) != all {
			t.Errorf("all %v: the version needs %v", all, actions[i].Needs)
		}
		said := slices.ContainsFunc(m.Plan().Checks, func(f check.Finding) bool { return f.Code == check.VersionFollowsLatest })
		if said == all {
			t.Errorf("all %v: warned: %v", all, said)
		}
		d.Close()
	}
}

// TestRotateTellsWhoIsHeld: what a rotation that switched back leaves different
// is said.
func TestRotateTellsWhoIsHeld(t *testing.T) {
	w := enginetest.Rotating()
	w.Share("other", "latest")
	w.Rejecting()
	r := w.Run(t, Rotate(), enginetest.TokenOf(enginetest.OtherToken), engine.Options{AllUsers: true})
	if r.Status != engine.StatusFailed || r.Problem == nil || !strings.Contains(r.Problem.Detail.In(text.English), `pinned "other" to the old version`) {
		t.Errorf("status %s, %+v", r.Status, r.Problem)
	}
}

// TestRotateAsksAboutOtherRepositories in person, and leaves behind those whose
// upstream refuses the new token.
func TestRotateAsksAboutOtherRepositories(t *testing.T) {
	w := enginetest.Rotating()
	other := w.Share("other", "1")
	other.Username = "somebody" // whom the hub does not know
	m, d := enginetest.InPerson(t, w.Env(t), Rotate(), enginetest.Where(nil), engine.Options{})
	if m.Step().ID != engine.StepUsers {
		t.Fatalf("at %s", m.Step().ID)
	}
	for _, a := range []engine.Answer{{Text: step.AllUsers}, enginetest.TokenOf(enginetest.OtherToken)[engine.StepToken]} {
		jobs, err := m.Submit(a)
		if err != nil {
			t.Fatal(err)
		}
		d.Settle(t.Context(), jobs)
	}
	if m.Phase() != engine.Reviewing || step.Users().Show(m.Draft()).In(text.English) != "all that use the secret" {
		t.Fatalf("at %v: %v", m.Phase(), m.Findings())
	}
	d.Settle(t.Context(), m.Approve())
	r := m.Report()
	if r.Status != engine.StatusDone || !strings.HasSuffix(other.SecretVersion, "/1") || !strings.HasSuffix(w.Repo.SecretVersion, "/2") || w.VersionStates() != "ENABLED ENABLED" {
		t.Errorf("status %s, versions %s, other uses %s", r.Status, w.VersionStates(), other.SecretVersion)
	}
	if !found(r, check.OldTokenKept) {
		t.Errorf("it isn't said that the other one keeps the old token: %+v", r.Checks)
	}
}

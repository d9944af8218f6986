package flows

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
)

func TestRotate(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(w *world)
		o      Options
		acts   []string
		states string
		uses   string
	}{
		{"alone", nil, Options{}, []string{"add-version done", "grant-access already", "update-repository done", "verify done", "disable-old-version done"}, "DISABLED ENABLED", "2"},
		{"keep the old one", nil, Options{KeepOld: true}, []string{"add-version done", "grant-access already", "update-repository done", "verify done"}, "ENABLED ENABLED", "2"},
		{"another one uses it", func(w *world) { w.share("other", "1") }, Options{},
			[]string{"add-version done", "grant-access already", "update-repository done", "verify done"}, "ENABLED ENABLED", "2"},
		{"another one too", func(w *world) { w.share("other", "1") }, Options{AllUsers: true},
			[]string{"add-version done", "grant-access already", "update-repository done", "verify done", "update-repository done", "verify done", "disable-old-version done"}, "DISABLED ENABLED", "2"},
		{"latest", func(w *world) { w.repo.SecretVersion = strings.Replace(w.repo.SecretVersion, "/1", "/latest", 1) }, Options{},
			[]string{"update-repository done", "add-version done", "grant-access already", "update-repository done", "verify done", "disable-old-version done"}, "DISABLED ENABLED", "2"},
		{"no pull to prove it", nil, Options{SkipVerify: true},
			[]string{"add-version done", "grant-access already", "update-repository done", "verify done", "disable-old-version already"}, "ENABLED ENABLED", "2"},
		{"another project's agent may read it", func(w *world) {
			w.secret.policy.Bindings[0].Members = append(w.secret.policy.Bindings[0].Members, strings.Replace(agentMember, testNumber, "987", 1))
		}, Options{}, []string{"add-version done", "grant-access already", "update-repository done", "verify done"}, "ENABLED ENABLED", "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := rotating()
			if c.do != nil {
				c.do(w)
			}
			w.watch(t, nil)
			r := w.run(t, Rotate(), tokenOf(otherToken), c.o)
			if r.Status != StatusDone || r.ExitCode() != ExitDone {
				t.Fatalf("status %s: %v, %v", r.Status, r.Problem, states(r))
			}
			if !slices.Equal(states(r), c.acts) {
				t.Errorf("did %v, want %v", states(r), c.acts)
			}
			if w.versionStates() != c.states || !strings.HasSuffix(w.repo.SecretVersion, "/versions/"+c.uses) || w.repo.Username != testUser {
				t.Errorf("versions %s, the repository uses %s as %s", w.versionStates(), w.repo.SecretVersion, w.repo.Username)
			}
			if c.o.AllUsers {
				for _, r := range w.repos {
					if !strings.HasSuffix(r.SecretVersion, "/versions/2") {
						t.Errorf("%s uses %s", r.Name.ID, r.SecretVersion)
					}
				}
			}
		})
	}
}

func TestRotateTriesTheTokenFirst(t *testing.T) {
	w := healthy() // the upstream does not know the new token
	r := w.run(t, Rotate(), tokenOf(otherToken), Options{})
	if r.Status != StatusRefused || len(w.writes()) > 0 {
		t.Errorf("status %s, wrote %v", r.Status, w.writes())
	}
}

// TestRotateSwitchesBack rotates to a token that the upstream takes and the
// pull does not.
func TestRotateSwitchesBack(t *testing.T) {
	for _, reference := range []string{"1", "latest"} {
		w := rotating()
		w.repo.SecretVersion = strings.Replace(w.repo.SecretVersion, "/1", "/"+reference, 1)
		works := w.pull
		w.pull = func(r Repository, payload string) PullAnswer {
			if payload == otherToken {
				return PullAnswer{Status: 403, Detail: "denied by the external repository: this address is not on the token's list"}
			}
			return works(r, payload)
		}
		r := w.run(t, Rotate(), tokenOf(otherToken), Options{})
		if r.Status != StatusFailed || r.ExitCode() != ExitFailed {
			t.Errorf("status %s, exit %d", r.Status, r.ExitCode())
		}
		if w.versionStates() != "ENABLED DISABLED" || !strings.HasSuffix(w.repo.SecretVersion, "/versions/1") || !w.pulls(w.repo) {
			t.Errorf("versions %s, the repository uses %s", w.versionStates(), w.repo.SecretVersion)
		}
		if !strings.HasSuffix(r.About.SecretVersion, "/versions/1") {
			t.Errorf("reports %s", r.About.SecretVersion)
		}
		if r.Problem == nil || !strings.Contains(r.Problem.Detail, "as before") || !strings.Contains(r.Problem.Detail, "disabled") {
			t.Errorf("says %+v", r.Problem)
		}
	}
}

// TestRotateLeavesTheOthersBehind lets the pull of a second repository fail:
// that one is switched back, and the old version stays.
func TestRotateLeavesTheOthersBehind(t *testing.T) {
	w := rotating()
	other := w.share("other", "1")
	works := w.pull
	w.pull = func(r Repository, payload string) PullAnswer {
		if r.Name.ID == "other" && payload == otherToken {
			return PullAnswer{Status: 403, Detail: "denied by the external repository"}
		}
		return works(r, payload)
	}
	r := w.run(t, Rotate(), tokenOf(otherToken), Options{AllUsers: true})
	if r.Status != StatusPartial || w.versionStates() != "ENABLED ENABLED" {
		t.Errorf("status %s, versions %s", r.Status, w.versionStates())
	}
	if !strings.HasSuffix(w.repo.SecretVersion, "/2") || !strings.HasSuffix(other.SecretVersion, "/1") || !w.pulls(w.repo) || !w.pulls(other) {
		t.Errorf("uses %s and %s", w.repo.SecretVersion, other.SecretVersion)
	}
}

func TestRotateNeedsSomethingToRotate(t *testing.T) {
	for _, version := range []string{"", "demo/hub-token/1", "projects/" + testProject + "/secrets/none/versions/1"} {
		w := rotating()
		w.repo.SecretVersion = version
		r := w.run(t, Rotate(), tokenOf(otherToken), Options{})
		if r.Status != StatusFailed || r.Problem == nil || len(r.Problem.Hints) == 0 || len(w.writes()) > 0 {
			t.Errorf("%q: status %s, %+v, wrote %v", version, r.Status, r.Problem, w.writes())
		}
	}
}

// TestRotateWhereVersionsCannotBeListed neither mistakes the version to come
// for the one in use, nor forgets the old one; what fails in passing stops it.
func TestRotateWhereVersionsCannotBeListed(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		exit int
	}{{PermissionDenied, ExitDone}, {TimedOut, ExitFailed}, {Conflict, ExitFailed}} {
		t.Run(string(c.kind), func(t *testing.T) {
			w := rotating()
			w.fail = func(call string, _ bool) error {
				if call == "Versions" {
					return &Error{Kind: c.kind, Message: "injected"}
				}
				return nil
			}
			r := w.run(t, Rotate(), tokenOf(otherToken), Options{})
			if r.ExitCode() != c.exit {
				t.Fatalf("exit %d, %+v", r.ExitCode(), r.Problem)
			}
			if c.exit == ExitFailed && len(w.writes()) > 0 {
				t.Errorf("wrote %v", w.writes())
			}
			if c.exit == ExitDone {
				if w.fail = nil; !strings.HasSuffix(w.repo.SecretVersion, "/versions/2") || w.versionStates() != "DISABLED ENABLED" {
					t.Errorf("the repository uses %s, the versions are %s", w.repo.SecretVersion, w.versionStates())
				}
			}
		})
	}
}

// TestRotateHoldsLatestFirst: whoever follows "latest" is held to the present
// version before the new one is added, or is told of where it stays behind.
func TestRotateHoldsLatestFirst(t *testing.T) {
	for _, all := range []bool{true, false} {
		w := rotating()
		other := w.share("other", "latest")
		m := New(w.env(t), Rotate(), where(tokenOf(otherToken)), Options{AllUsers: all})
		m.TakeDefaults()
		m.AcceptWarnings = true
		d := NewDriver(m)
		d.Settle(t.Context(), m.Begin())
		actions, pin := m.Plan().Actions, "pin "+other.Name.String()
		i := slices.IndexFunc(actions, func(a Action) bool { return a.ID == ActAddVersion })
		if slices.Contains(actions[i].Needs, pin) != all || slices.ContainsFunc(actions, func(a Action) bool { return a.Key == pin }) != all {
			t.Errorf("all %v: the version needs %v", all, actions[i].Needs)
		}
		said := slices.ContainsFunc(m.Plan().Checks, func(f check.Finding) bool { return strings.Contains(f.Says, `other follows "latest"`) })
		if said == all {
			t.Errorf("all %v: warned: %v", all, said)
		}
		d.Close()
	}
}

// TestRotateTellsWhoIsHeld: what a rotation that switched back leaves different
// is said.
func TestRotateTellsWhoIsHeld(t *testing.T) {
	w := rotating()
	w.share("other", "latest")
	w.rejecting()
	r := w.run(t, Rotate(), tokenOf(otherToken), Options{AllUsers: true})
	if r.Status != StatusFailed || r.Problem == nil || !strings.Contains(r.Problem.Detail, `no longer by the name "latest" but by its number`) || !strings.Contains(r.Problem.Detail, "other") {
		t.Errorf("status %s, %+v", r.Status, r.Problem)
	}
}

// TestRotateAsksAboutOtherRepositories in person, and leaves behind those whose
// upstream refuses the new token.
func TestRotateAsksAboutOtherRepositories(t *testing.T) {
	w := rotating()
	other := w.share("other", "1")
	other.Username = "somebody" // whom the hub does not know
	m, d := inPerson(t, w.env(t), Rotate(), where(nil), Options{})
	if m.Step().ID != StepUsers {
		t.Fatalf("at %s", m.Step().ID)
	}
	for _, a := range []Answer{{Text: allUsers}, tokenOf(otherToken)[StepToken]} {
		jobs, err := m.Submit(a)
		if err != nil {
			t.Fatal(err)
		}
		d.Settle(t.Context(), jobs)
	}
	if m.Phase() != Reviewing || m.show(stepUsers()) != "all that use the secret" {
		t.Fatalf("at %v: %v", m.Phase(), m.Findings())
	}
	d.Settle(t.Context(), m.Approve())
	r := m.Report()
	said := ""
	for _, f := range r.Checks {
		if f.Level == check.Warning {
			said += f.Says + "\n"
		}
	}
	if r.Status != StatusDone || !strings.HasSuffix(other.SecretVersion, "/1") || !strings.HasSuffix(w.repo.SecretVersion, "/2") || w.versionStates() != "ENABLED ENABLED" {
		t.Errorf("status %s, versions %s, other uses %s", r.Status, w.versionStates(), other.SecretVersion)
	}
	if !strings.Contains(said, "other keeps the old token: its upstream refuses the new one") {
		t.Errorf("says %q", said)
	}
}

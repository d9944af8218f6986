package flows

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
)

func TestRemove(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(w *world)
		acts   []string
		states string
		access bool
		kept   string // what is said of what stays
	}{
		{"nobody else", nil, []string{"clear-credentials done", "revoke-access done", "disable-version done"}, "DISABLED", false, ""},
		{"another one reads the same version", func(w *world) { w.share("other", "1") }, []string{"clear-credentials done"}, "ENABLED", true, "europe-west1/other"},
		{"another one reads latest", func(w *world) { w.share("other", "latest") }, []string{"clear-credentials done"}, "ENABLED", true, "europe-west1/other"},
		{"another one reads another version", func(w *world) { w.addPayload(w.secret, testToken); w.share("other", "2") },
			[]string{"clear-credentials done", "disable-version done"}, "DISABLED ENABLED", true, "europe-west1/other"},
		{"another project's agent", func(w *world) {
			w.secret.policy.Bindings[0].Members = append(w.secret.policy.Bindings[0].Members, strings.Replace(agentMember, testNumber, "987", 1))
		}, []string{"clear-credentials done", "revoke-access done"}, "ENABLED", false, "service-987@"},
		{"nothing to take away", func(w *world) { w.repo.Username, w.repo.SecretVersion = "", "" }, []string{"clear-credentials already"}, "ENABLED", true, ""},
		{"malformed reference", func(w *world) { w.repo.SecretVersion = "nonsense" }, []string{"clear-credentials done"}, "ENABLED", true, ""},
		{"the secret is gone", func(w *world) { w.repo.SecretVersion = strings.Replace(w.repo.SecretVersion, "hub-token", "gone", 1) },
			[]string{"clear-credentials done"}, "ENABLED", true, ""},
		{"a location that cannot be listed", func(w *world) { w.unlisted = true }, []string{"clear-credentials done"}, "ENABLED", true, "could not be found out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := healthy()
			if c.do != nil {
				c.do(w)
			}
			r := w.run(t, Remove(), nil, Options{})
			if r.Status != StatusDone || !slices.Equal(states(r), c.acts) {
				t.Errorf("status %s, did %v, want %v: %v", r.Status, states(r), c.acts, r.Problem)
			}
			if w.repo.Username != "" || w.repo.SecretVersion != "" || w.versionStates() != c.states {
				t.Errorf("the repository has %q, the versions are %s", w.repo.SecretVersion, w.versionStates())
			}
			if has := grants(w.secret.policy, AccessorRole, agentMember); has != c.access {
				t.Errorf("the service agent may read the secret: %v", has)
			}
			said := ""
			for _, f := range r.Checks {
				if f.ID == "kept" {
					said += f.Says + ": " + f.Why + "\n"
				}
			}
			if !strings.Contains(said, c.kept) || c.kept == "" && said != "" {
				t.Errorf("says %q, want %q", said, c.kept)
			}
			for _, other := range w.repos {
				if other.Username != "" && !w.pulls(other) {
					t.Errorf("%s cannot pull any more", other.Name.ID)
				}
			}
		})
	}
}

// TestRemoveIsFinishedAfterItsAnswerWasLost takes the credentials off and loses
// everything from there on: the next run knows from the receipt what they were.
func TestRemoveIsFinishedAfterItsAnswerWasLost(t *testing.T) {
	w := healthy()
	e := w.env(t)
	down := false
	w.fail = func(call string, after bool) error {
		if down = down || call == "ClearCredentials" && after; down {
			return &Error{Kind: Unavailable, Message: "down"}
		}
		return nil
	}
	if r := runHeadless(t, e, Remove(), answers(), Options{}); r.ExitCode() != ExitPartial {
		t.Fatalf("exit %d, %+v", r.ExitCode(), r.Problem)
	}
	w.fail = nil
	e.refresh()
	if r := runHeadless(t, e, Remove(), answers(), Options{}); r.ExitCode() != ExitDone {
		t.Fatalf("again: exit %d, %+v", r.ExitCode(), r.Problem)
	}
	if grants(w.secret.policy, AccessorRole, agentMember) || w.versionStates() != "DISABLED" {
		t.Errorf("the policy is %v, the versions are %s", w.secret.policy, w.versionStates())
	}
}

// TestRemoveStopsWhereSomebodyElseEdits lets the repository change between the
// plan and its first write.
func TestRemoveStopsWhereSomebodyElseEdits(t *testing.T) {
	w := healthy()
	reads := 0
	w.fail = func(call string, after bool) error {
		if call == "Repository" && !after {
			if reads++; reads == 2 {
				w.repo.UpdateTime = w.repo.UpdateTime.Add(1)
			}
		}
		return nil
	}
	r := runHeadless(t, w.env(t), Remove(), answers(), Options{})
	if r.Problem == nil || r.Problem.Kind != Conflict || w.repo.Username == "" {
		t.Errorf("exit %d, %+v; the user name is %q", r.ExitCode(), r.Problem, w.repo.Username)
	}
}

// TestRemoveAsksForItsOwnPermissions has a caller who may not do what only a
// setup does.
func TestRemoveAsksForItsOwnPermissions(t *testing.T) {
	for permission, missed := range map[string]bool{"secretmanager.secrets.create": false, "secretmanager.versions.add": false, "secretmanager.versions.disable": true} {
		w := healthy()
		w.deny[permission] = true
		r := w.run(t, Remove(), nil, Options{})
		said := slices.ContainsFunc(r.Checks, func(f check.Finding) bool { return f.ID == "permissions" && strings.Contains(f.Says, permission) })
		if said != missed {
			t.Errorf("without %s: said so is %v, want %v", permission, said, missed)
		}
	}
}

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
	"example.com/upstreamauth/flows/text"
)

func TestRemove(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(w *enginetest.World)
		acts   []string
		states string
		access bool
		kept   string // what is said of what stays
	}{
		{"nobody else", nil, []string{"clear-credentials done", "revoke-access done", "disable-version done"}, "DISABLED", false, ""},
		{"another one reads the same version", func(w *enginetest.World) { w.Share("other", "1") }, []string{"clear-credentials done"}, "ENABLED", true, "europe-west1/other"},
		{"another one reads latest", func(w *enginetest.World) { w.Share("other", "latest") }, []string{"clear-credentials done"}, "ENABLED", true, "europe-west1/other"},
		{"another one reads another version", func(w *enginetest.World) { w.AddPayload(w.Secret, cloudtest.TestToken); w.Share("other", "2") },
			[]string{"clear-credentials done", "disable-version done"}, "DISABLED ENABLED", true, "europe-west1/other"},
		{"another project's agent", func(w *enginetest.World) {
			w.Secret.Policy.Bindings[0].Members = append(w.Secret.Policy.Bindings[0].Members, strings.Replace(enginetest.AgentMember, cloudtest.TestNumber, "987", 1))
		}, []string{"clear-credentials done", "revoke-access done"}, "ENABLED", false, "service-987@"},
		{"nothing to take away", func(w *enginetest.World) { w.Repo.Username, w.Repo.SecretVersion = "", "" }, []string{"clear-credentials already"}, "ENABLED", true, ""},
		{"malformed reference", func(w *enginetest.World) { w.Repo.SecretVersion = "nonsense" }, []string{"clear-credentials done"}, "ENABLED", true, ""},
		{"the secret is gone", func(w *enginetest.World) {
			w.Repo.SecretVersion = strings.Replace(w.Repo.SecretVersion, "hub-token", "gone", 1)
		},
			[]string{"clear-credentials done"}, "ENABLED", true, ""},
		{"a location that cannot be listed", func(w *enginetest.World) { w.Unlisted = true }, []string{"clear-credentials done"}, "ENABLED", true, "can't be ruled out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			if c.do != nil {
				c.do(w)
			}
			r := w.Run(t, Remove(), nil, engine.Options{})
			if r.Status != engine.StatusDone || !slices.Equal(enginetest.States(r), c.acts) {
				t.Errorf("status %s, did %v, want %v: %v", r.Status, enginetest.States(r), c.acts, r.Problem)
			}
			if w.Repo.Username != "" || w.Repo.SecretVersion != "" || w.VersionStates() != c.states {
				t.Errorf("the repository has %q, the versions are %s", w.Repo.SecretVersion, w.VersionStates())
			}
			if has := cloud.Grants(w.Secret.Policy, cloud.AccessorRole, enginetest.AgentMember); has != c.access {
				t.Errorf("the service agent may read the secret: %v", has)
			}
			said := ""
			for _, f := range r.Checks {
				if f.ID == "kept" {
					said += f.Says.In(text.English) + ": " + f.Why.In(text.English) + "\n"
				}
			}
			if !strings.Contains(said, c.kept) || c.kept == "" && said != "" {
				t.Errorf("says %q, want %q", said, c.kept)
			}
			for _, other := range w.Repos {
				if other.Username != "" && !w.Pulls(other) {
					t.Errorf("%s cannot pull any more", other.Name.ID)
				}
			}
		})
	}
}

// TestRemoveIsFinishedAfterItsAnswerWasLost takes the credentials off and loses
// everything from there on: the next run knows from the receipt what they were.
func TestRemoveIsFinishedAfterItsAnswerWasLost(t *testing.T) {
	w := enginetest.Healthy()
	e := w.Env(t)
	down := false
	w.Fail = func(call string, after bool) error {
		if down = down || call == "ClearCredentials" && after; down {
			return &cloud.Error{Kind: cloud.Unavailable, Message: "down"}
		}
		return nil
	}
	if r := enginetest.RunHeadless(t, e, Remove(), enginetest.Answers(), engine.Options{}); r.Ending() != engine.EndedPartial {
		t.Fatalf("ended %q, %+v", r.Ending(), r.Problem)
	}
	w.Fail = nil
	e.Refresh()
	if r := enginetest.RunHeadless(t, e, Remove(), enginetest.Answers(), engine.Options{}); r.Ending() != engine.EndedDone {
		t.Fatalf("again: ended %q, %+v", r.Ending(), r.Problem)
	}
	if cloud.Grants(w.Secret.Policy, cloud.AccessorRole, enginetest.AgentMember) || w.VersionStates() != "DISABLED" {
		t.Errorf("the policy is %v, the versions are %s", w.Secret.Policy, w.VersionStates())
	}
}

// TestRemoveStopsWhereSomebodyElseEdits lets the repository change between the
// plan and its first write.
func TestRemoveStopsWhereSomebodyElseEdits(t *testing.T) {
	w := enginetest.Healthy()
	reads := 0
	w.Fail = func(call string, after bool) error {
		if call == "Repository" && !after {
			if reads++; reads == 2 {
				w.Repo.UpdateTime = w.Repo.UpdateTime.Add(1)
			}
		}
		return nil
	}
	r := enginetest.RunHeadless(t, w.Env(t), Remove(), enginetest.Answers(), engine.Options{})
	if r.Problem == nil || r.Problem.Kind != cloud.Conflict || w.Repo.Username == "" {
		t.Errorf("ended %q, %+v; the user name is %q", r.Ending(), r.Problem, w.Repo.Username)
	}
}

// TestRemoveAsksForItsOwnPermissions has a caller who may not do what only a
// setup does.
func TestRemoveAsksForItsOwnPermissions(t *testing.T) {
	for permission, missed := range map[string]bool{"secretmanager.secrets.create": false, "secretmanager.versions.add": false, "secretmanager.versions.disable": true} {
		w := enginetest.Healthy()
		w.Deny[permission] = true
		r := w.Run(t, Remove(), nil, engine.Options{})
		said := slices.ContainsFunc(r.Checks, func(f check.Finding) bool {
			return f.ID == "permissions" && strings.Contains(f.Says.In(text.English), permission)
		})
		if said != missed {
			t.Errorf("without %s: said so is %v, want %v", permission, said, missed)
		}
	}
}

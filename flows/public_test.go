package flows

import (
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// publicPolicies are who reads a secret, and whether that is anybody's list.
func publicPolicies() []struct {
	name   string
	policy func(w *enginetest.World)
	public bool
} {
	on := func(role, condition string, members ...string) func(*enginetest.World) {
		return func(w *enginetest.World) {
			w.Secret.Policy.Bindings = append(w.Secret.Policy.Bindings, cloud.Binding{Role: role, Members: members, Condition: condition})
		}
	}
	return []struct {
		name   string
		policy func(w *enginetest.World)
		public bool
	}{
		{"allUsers", on(cloud.AccessorRole, "", "allUsers"), true},
		{"allAuthenticatedUsers", on(cloud.AccessorRole, "", "allAuthenticatedUsers"), true},
		{"everybody, in the new form", on(cloud.AccessorRole, "", "principalSet://goog/public:all"), true},
		{"a domain", on(cloud.AccessorRole, "", "domain:example.com"), true},
		{"everybody who may view the project", on(cloud.AccessorRole, "", "projectViewer:"+cloudtest.TestProject), true},
		{"everybody who may edit the project", on(cloud.AccessorRole, "", "projectEditor:"+cloudtest.TestProject), true},
		{"a whole workload pool", on(cloud.AccessorRole, "", "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*"), true},
		{"all of an organisation", on(cloud.AccessorRole, "", "principalSet://cloudresourcemanager.googleapis.com/organizations/1"), true},
		{"a wider role", on("roles/secretmanager.admin", "", "allUsers"), true},
		{"under a condition", on(cloud.AccessorRole, "request.time < x", "allUsers"), true},
		{"among others", on(cloud.AccessorRole, "", "user:me@example.com", "allUsers"), true},
		{"by the project's policy", func(w *enginetest.World) {
			w.Above.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{"domain:example.com"}, Condition: ""}}
		}, true},
		{"nobody else", on(cloud.AccessorRole, "", "user:me@example.com", "group:team@example.com", enginetest.AgentMember), false},
		{"one part of a pool", on(cloud.AccessorRole, "", "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/attribute.repository/a/b"), false},
		{"the owners of the project, who read it anyway", on(cloud.AccessorRole, "", "projectOwner:"+cloudtest.TestProject), false},
		{"a role that reads no versions", on("roles/secretmanager.viewer", "", "allUsers"), false},
		{"a deleted account", on(cloud.AccessorRole, "", "deleted:serviceAccount:allUsers@example.com?uid=1"), false},
	}
}

// public is the finding about who can read the secret.
func public(fs []check.Finding) *check.Finding {
	if i := slices.IndexFunc(fs, func(f check.Finding) bool { return f.Code == check.PublicSecret }); i >= 0 {
		return &fs[i]
	}
	return nil
}

// TestNoTokenIsStoredWhereEverybodyReadsIt holds setup and rotate to a block
// before the token is given, and to a way past it.
func TestNoTokenIsStoredWhereEverybodyReadsIt(t *testing.T) {
	flowsOf := map[string]func(t *testing.T, w *enginetest.World, o engine.Options) engine.Report{
		"setup": func(t *testing.T, w *enginetest.World, o engine.Options) engine.Report {
			given := enginetest.Answers()
			given[engine.StepToken] = enginetest.TokenOf(enginetest.OtherToken)[engine.StepToken]
			return enginetest.RunIn(t, w.Env(t), change.Setup(), given, o)
		},
		"rotate": func(t *testing.T, w *enginetest.World, o engine.Options) engine.Report {
			return enginetest.RunIn(t, w.Env(t), change.Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), o)
		},
	}
	for _, c := range publicPolicies() {
		for name, run := range flowsOf {
			for _, allowed := range []bool{false, true} {
				w := enginetest.Rotating()
				c.policy(w)
				r := run(t, w, engine.Options{AllowPublicSecret: allowed})
				f, stored := public(r.Checks), slices.Contains(w.Writes(), "AddVersion")
				switch {
				case !c.public && (f != nil || !stored):
					t.Errorf("%s, %s: stored %v, %+v, %v", c.name, name, stored, f, r.Problem)
				case c.public && !allowed && (f == nil || f.Level != check.Block || len(w.Writes()) > 0 || r.Status != engine.StatusFailed || !strings.Contains(f.Says.In(text.English), "hub-token")):
					t.Errorf("%s, %s: wrote %v, %s, %+v", c.name, name, w.Writes(), r.Status, f)
				case c.public && !allowed && (f.Remedy == nil || !strings.Contains(f.Remedy.Says.In(text.English), "--allow-public-secret") || f.Remedy.Command == ""):
					t.Errorf("%s, %s: no way past it: %+v", c.name, name, f.Remedy)
				case c.public && allowed && (f == nil || f.Level != check.Note || !stored || r.Status != engine.StatusDone):
					t.Errorf("%s, %s, allowed: stored %v, %s, %+v", c.name, name, stored, r.Status, f)
				}
			}
		}
	}
}

// TestAPublicSecretIsAskedAboutInPerson asks before the token, and once.
func TestAPublicSecretIsAskedAboutInPerson(t *testing.T) {
	for _, yes := range []bool{true, false} {
		w := enginetest.Rotating()
		w.Secret.Policy.Bindings = append(w.Secret.Policy.Bindings, cloud.Binding{Role: cloud.AccessorRole, Members: []string{"allUsers"}, Condition: ""})
		m, d := enginetest.InPerson(t, w.Env(t), change.Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{})
		if m.Phase() != engine.Asking || m.Step().ID != engine.StepPublicSecret {
			t.Fatalf("phase %d at %s", m.Phase(), m.Step().ID)
		}
		answer := m.Step().Default
		if yes {
			p, _, _ := m.Prompt()
			answer = p.Options[1].Value
		}
		jobs, err := m.Submit(engine.Answer{Text: answer})
		d.Settle(t.Context(), jobs)
		if err != nil || yes != (m.Phase() == engine.Reviewing) || !yes && check.Worst(m.Findings()) != check.Block {
			t.Errorf("answered %s: phase %d at %s, %v, %+v", answer, m.Phase(), m.Step().ID, err, m.Findings())
		}
	}
}

// TestAVersionThatIsThereIsNoNewLeak: nothing is stored, so nothing is asked.
func TestAVersionThatIsThereIsNoNewLeak(t *testing.T) {
	w := enginetest.Healthy()
	w.Secret.Policy.Bindings = append(w.Secret.Policy.Bindings, cloud.Binding{Role: cloud.AccessorRole, Members: []string{"allUsers"}, Condition: ""})
	given := enginetest.Answers()
	delete(given, engine.StepToken)
	given[engine.StepVersion] = engine.Answer{Text: "1", From: engine.Flag}
	if r := enginetest.RunIn(t, w.Env(t), change.Setup(), given, engine.Options{}); r.Status != engine.StatusDone {
		t.Errorf("%s: %v", r.Status, r.Problem)
	}
}

// TestDoctorAndAuditWarnOfAPublicSecret: it works, so nothing is broken.
func TestDoctorAndAuditWarnOfAPublicSecret(t *testing.T) {
	for _, c := range publicPolicies() {
		w := enginetest.Healthy()
		c.policy(w)
		r := w.Run(t, doctor.Doctor(), nil, engine.Options{})
		f := enginetest.LevelOf(r, "secret")
		if warned := f.Level == check.Warning && f.Code == check.PublicSecret; warned != c.public || r.Status != engine.StatusHealthy {
			t.Errorf("%s: doctor says %+v, and that it is %s", c.name, f, r.Status)
		}
		var rows []doctor.AuditRow
		for row, err := range doctor.NewAudit(w.FakeCloud, nil, doctor.AuditOptions{SkipTrial: true}).Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		if len(rows) != 1 {
			t.Fatalf("%+v", rows)
		}
		if warned := rows[0].Level == check.Warning && strings.Contains(rows[0].Says.In(text.English), "is readable by"); warned != c.public || rows[0].Status != engine.StatusHealthy {
			t.Errorf("%s: audit says %q, %s", c.name, rows[0].Says.In(text.English), rows[0].Status)
		}
	}
}

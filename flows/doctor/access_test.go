package doctor

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

const customRole = "projects/" + cloudtest.TestProject + "/roles/tokenReader"

// TestAccessByOtherMeans: what lets the service agent read is fine, whatever it
// is called; what may let it is not checked, and what would tell is said; only
// what surely does not is broken.
func TestAccessByOtherMeans(t *testing.T) {
	agent, group := []string{enginetest.AgentMember}, []string{"user:a@example.com", "group:admins@example.com"}
	own := func(bs ...cloud.Binding) func(*enginetest.World) {
		return func(w *enginetest.World) { w.Secret.Policy.Bindings = bs }
	}
	above := func(bs ...cloud.Binding) func(*enginetest.World) {
		return func(w *enginetest.World) { w.Secret.Policy.Bindings, w.Above.Bindings = nil, bs }
	}
	reads := func(do func(*enginetest.World), permissions ...string) func(*enginetest.World) {
		return func(w *enginetest.World) { do(w); w.Roles = map[string][]string{customRole: permissions} }
	}
	shut := func(do func(*enginetest.World)) func(*enginetest.World) {
		return func(w *enginetest.World) { do(w); w.Deny["iam.roles.get"] = true }
	}
	in := func(parent string, do func(*enginetest.World)) func(*enginetest.World) {
		return func(w *enginetest.World) { do(w); w.ProjectsKnown[0].Parent = parent }
	}
	for _, c := range []struct {
		name  string
		do    func(*enginetest.World)
		level check.Level
		code  check.Code
		says  string
	}{
		{"custom role", reads(own(cloud.Binding{Role: customRole, Members: agent, Condition: ""}), "secretmanager.versions.access"), check.OK, check.GrantHeld, customRole},
		{"custom role, on the project", reads(above(cloud.Binding{Role: customRole, Members: agent, Condition: ""}), "secretmanager.versions.access"), check.OK, check.GrantHeld, "inherited"},
		{"custom role that permits something else", reads(own(cloud.Binding{Role: customRole, Members: agent, Condition: ""}), "secretmanager.versions.get"), check.Block, check.GrantMissing, ""},
		{"custom role that is gone", own(cloud.Binding{Role: customRole, Members: agent, Condition: ""}), check.Block, check.GrantMissing, ""},
		{"custom role that may not be read", shut(own(cloud.Binding{Role: customRole, Members: agent, Condition: ""})), check.Unknown, check.GrantUnsure, "iam.roles.get"},
		{"predefined role of another service", func(w *enginetest.World) {
			own(cloud.Binding{Role: "roles/other.agent", Members: agent, Condition: ""})(w)
			w.Roles = map[string][]string{"roles/other.agent": {"secretmanager.versions.access"}}
		}, check.OK, check.GrantHeld, "roles/other.agent"},
		{"owner", own(cloud.Binding{Role: "roles/owner", Members: agent, Condition: ""}), check.OK, check.GrantHeld, "roles/owner"},
		{"Secret Manager's administrator", own(cloud.Binding{Role: "roles/secretmanager.admin", Members: agent, Condition: ""}), check.OK, check.GrantHeld, "secretmanager.admin"},
		{"editor", own(cloud.Binding{Role: "roles/editor", Members: agent, Condition: ""}), check.Block, check.GrantMissing, "roles/editor"},
		{"a group", own(cloud.Binding{Role: cloud.AccessorRole, Members: group, Condition: ""}), check.Unknown, check.GrantUnsure, "group:admins@example.com"},
		{"a group that may not read", own(cloud.Binding{Role: "roles/viewer", Members: group, Condition: ""}), check.Block, check.GrantMissing, ""},
		{"everybody", own(cloud.Binding{Role: cloud.AccessorRole, Members: []string{"allUsers"}, Condition: ""}), check.OK, check.GrantHeld, cloud.AccessorRole},
		{"for a while", own(cloud.Binding{Role: cloud.AccessorRole, Members: agent, Condition: `request.time < timestamp("2026-06-01T00:00:00Z")`}), check.Warning, check.GrantEnds, "1 June 2026"},
		{"for a while, and for good", own(cloud.Binding{Role: cloud.AccessorRole, Members: agent, Condition: `request.time < timestamp("2026-06-01T00:00:00Z")`}, cloud.Binding{Role: cloud.AccessorRole, Members: agent, Condition: ""}), check.OK, check.GrantHeld, "itself"},
		{"no longer", own(cloud.Binding{Role: cloud.AccessorRole, Members: agent, Condition: `request.time < timestamp("2026-02-01T00:00:00Z")`}), check.Block, check.GrantMissing, "under a condition"},
		{"who knows when", own(cloud.Binding{Role: cloud.AccessorRole, Members: agent, Condition: `resource.name == "x"`}), check.Unknown, check.GrantUnsure, "resource.name"},
		{"nothing, in no organisation", own(), check.Block, check.GrantMissing, ""},
		{"nothing, in a folder", in("folders/7", own()), check.Unknown, check.GrantUnsure, "folders/7"},
		{"nothing, in an organisation", in("organizations/7", own()), check.Unknown, check.GrantUnsure, "organizations/7"},
		{"the secret's own, in a folder", in("folders/7", own(cloud.Binding{Role: cloud.AccessorRole, Members: agent, Condition: ""})), check.OK, check.GrantHeld, "itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			c.do(w)
			w.Deny["artifactregistry.repositories.downloadArtifacts"] = true // no pull tells
			f := enginetest.LevelOf(w.Run(t, Doctor(), nil, engine.Options{}), linkGrant)
			if f.Level != c.level || f.Code != c.code || !strings.Contains(f.Says.In(text.English)+f.Why.In(text.English), c.says) {
				t.Errorf("doctor: %s %q: %s (%s)", f.Level, f.Code, f.Says.In(text.English), f.Why.In(text.English))
			}
			rows, err := auditOf(t, w, AuditOptions{})
			if err != nil || len(rows) != 1 {
				t.Fatalf("audit: %+v, %v", rows, err)
			}
			broken, unknown := rows[0].Broken == linkGrant, slices.Contains(rows[0].Unknown, linkGrant)
			if broken != (c.level == check.Block) || unknown != (c.level == check.Unknown) {
				t.Errorf("audit: broken at %q, not checked %v", rows[0].Broken, rows[0].Unknown)
			}
		})
	}
}

// TestAPullTellsMoreThanPolicies: Artifact Registry is the one who knows.
func TestAPullTellsMoreThanPolicies(t *testing.T) {
	for _, c := range []struct {
		name  string
		pull  cloud.PullAnswer
		level check.Level
	}{
		{"it reads the secret", cloud.PullAnswer{Status: 404, Detail: "not found"}, check.Note},
		{"it can't", cloud.PullAnswer{Status: 403, Detail: "failed to access secret version"}, check.Block},
	} {
		w := enginetest.Healthy()
		w.ProjectsKnown[0].Parent = "folders/7"
		w.Secret.Policy.Bindings = []cloud.Binding{{Role: "roles/viewer", Members: []string{enginetest.AgentMember}, Condition: ""}}
		w.Above.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{"group:all@example.com"}, Condition: ""}}
		w.Answer = &c.pull
		if f := enginetest.LevelOf(w.Run(t, Doctor(), nil, engine.Options{}), linkGrant); f.Level != c.level {
			t.Errorf("%s: %s: %s (%s)", c.name, f.Level, f.Says.In(text.English), f.Why.In(text.English))
		}
	}
}

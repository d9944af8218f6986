package act

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
)

// TestRotateTrustsACustomRole: it is a grant that may still be spreading.
func TestRotateTrustsACustomRole(t *testing.T) {
	const customRole = "projects/" + cloudtest.TestProject + "/roles/tokenReader"
	for permission, want := range map[string]bool{"secretmanager.versions.access": true, "secretmanager.versions.get": false} {
		w := enginetest.Healthy()
		w.Secret.Policy.Bindings = []cloud.Binding{{Role: customRole, Members: []string{enginetest.AgentMember}, Condition: ""}}
		w.Roles = map[string][]string{customRole: {permission}}
		r := &engine.Run{Env: w.Env(t), Plan: &engine.Plan{About: engine.About{ServiceAgent: strings.TrimPrefix(enginetest.AgentMember, cloud.MemberPrefix)}}}
		if why := ungranted(t.Context(), r, cloud.SecretName{Project: cloudtest.TestProject, ID: "hub-token"}); (why == nil) != want {
			t.Errorf("%s: %v", permission, why)
		}
	}
}

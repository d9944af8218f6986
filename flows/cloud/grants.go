package cloud

import (
	"fmt"
	"slices"
)

// ReaderRoles are the predefined roles that hold secretmanager.versions.access.
// roles/editor does not
// (https://cloud.google.com/iam/docs/roles-permissions/secretmanager).
var ReaderRoles = []string{AccessorRole, "roles/secretmanager.admin", "roles/owner"}

// Grants tells whether the policy gives the member the role, come what may.
func Grants(p Policy, role, member string) bool {
	for _, b := range p.Bindings {
		if b.Role == role && b.Condition == "" && slices.Contains(b.Members, member) {
			return true
		}
	}
	return false
}

// The members of a policy that mean everybody: without an account, and with any.
const (
	Everybody    = "allUsers"
	EveryAccount = "allAuthenticatedUsers"
)

// GrantCommand is the gcloud command that lets a service agent read a secret.
func GrantCommand(secret SecretName, agent string) string {
	return fmt.Sprintf("gcloud secrets add-iam-policy-binding %s --project=%s --member=%s --role=%s",
		secret.ID, secret.Project, MemberPrefix+agent, AccessorRole)
}

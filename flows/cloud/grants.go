package cloud

import "slices"

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

package cloud

import "slices"

// ConditionOn is the condition under which alone a policy lets a member read
// secrets.
func ConditionOn(p Policy, member string) string {
	for _, b := range p.Bindings {
		if slices.Contains(ReaderRoles, b.Role) && b.Condition != "" && slices.Contains(b.Members, member) {
			return b.Condition
		}
	}
	return ""
}

// ReaderRoles are the predefined roles that hold secretmanager.versions.access.
// roles/editor does not.
var ReaderRoles = []string{AccessorRole, "roles/secretmanager.admin", "roles/owner"}

// ReadsBy tells by which role a policy lets a member read secrets, come what may.
func ReadsBy(p Policy, name string) string {
	for _, role := range ReaderRoles {
		if Grants(p, role, name) {
			return role
		}
	}
	return ""
}

// Grants tells whether the policy gives the member the role, come what may.
func Grants(p Policy, role, member string) bool {
	for _, b := range p.Bindings {
		if b.Role == role && b.Condition == "" && slices.Contains(b.Members, member) {
			return true
		}
	}
	return false
}

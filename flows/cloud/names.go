package cloud

import (
	"regexp"
	"strings"
)

// Latest is the alias that Secret Manager itself keeps: the version that was
// added last, whatever its state.
const Latest = "latest"

// WellFormed reads the reference to a global secret's version.
func WellFormed(reference string) (VersionName, bool) {
	v, ok := ParseVersionName(reference)
	return v, ok && ProjectID.MatchString(v.Secret.Project) && SecretID.MatchString(v.Secret.ID) && SecretID.MatchString(v.ID)
}

// SameVersion compares version names whose projects may be ids or numbers.
func SameVersion(a string, b VersionName, p Project) bool {
	v, ok := ParseVersionName(a)
	return ok && v.ID == b.ID && v.Secret.ID == b.Secret.ID && SameProject(v.Secret.Project, b.Secret.Project, p)
}

// SameProject reports whether two ids or numbers name the project p, or are the
// same.
func SameProject(a, b string, p Project) bool {
	known := func(s string) bool { return s == p.ID || s == p.Number }
	return a == b || known(a) && known(b)
}

// NextNumber is the number that the next version will most likely get.
func NextNumber(vs []Version) int {
	highest := 0
	for _, v := range vs {
		highest = max(highest, v.Name.Number())
	}
	return highest + 1
}

// WellFormed reports whether each part has the form that Google accepts.
func (n RepositoryName) WellFormed() bool {
	return ProjectID.MatchString(n.Project) && IsLocation(n.Location) && RepositoryID.MatchString(n.ID)
}

// ProjectID is what Resource Manager accepts, with the older ids that start
// with a domain; a number is accepted too.
var ProjectID = regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$|^[1-9][0-9]{0,18}$`)

// IsProjectID tells whether s has the form of a project's id or number.
func IsProjectID(s string) bool { return ProjectID.MatchString(s) }

// Number reports whether a project is named by its number.
func Number(id string) bool { return id != "" && strings.Trim(id, "0123456789") == "" }

// RepositoryID is what Artifact Registry accepts as a repository's id.
var RepositoryID = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

var locationID = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)

// IsLocation tells whether s has the form of a location.
func IsLocation(s string) bool { return len(s) <= 63 && locationID.MatchString(s) }

// SecretID is what Secret Manager accepts.
var SecretID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

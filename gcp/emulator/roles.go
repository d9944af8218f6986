package emulator

import (
	"slices"
	"strings"
)

// permissions are all that this emulator checks, sorted.
var permissions = []string{
	"artifactregistry.locations.get", "artifactregistry.locations.list",
	"artifactregistry.repositories.create", "artifactregistry.repositories.delete",
	"artifactregistry.repositories.downloadArtifacts", "artifactregistry.repositories.get",
	"artifactregistry.repositories.getIamPolicy", "artifactregistry.repositories.list",
	"artifactregistry.repositories.setIamPolicy", "artifactregistry.repositories.update",
	"artifactregistry.repositories.uploadArtifacts",
	"artifactregistry.vpcscconfigs.get", "artifactregistry.vpcscconfigs.update",
	"resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy",
	"resourcemanager.projects.list", "resourcemanager.projects.setIamPolicy",
	"secretmanager.locations.get", "secretmanager.locations.list",
	"secretmanager.secrets.create", "secretmanager.secrets.delete", "secretmanager.secrets.get",
	"secretmanager.secrets.getIamPolicy", "secretmanager.secrets.list",
	"secretmanager.secrets.setIamPolicy", "secretmanager.secrets.update",
	"secretmanager.versions.access", "secretmanager.versions.add", "secretmanager.versions.destroy",
	"secretmanager.versions.disable", "secretmanager.versions.enable", "secretmanager.versions.get",
	"secretmanager.versions.list",
	"serviceusage.services.disable", "serviceusage.services.enable", "serviceusage.services.get",
	"serviceusage.services.list", "serviceusage.services.use",
}

// role is the set of permissions that it gives.
type role map[string]bool

// predefined are Google's roles as far as they give permissions that are
// checked here (iam-dataset's dump of the predefined roles).
var predefined = map[string]role{
	"roles/owner": roleOf(""),
	// An editor can do everything but decide about access and read payloads.
	"roles/editor": roleOf("", "-artifactregistry.repositories.setIamPolicy", "-resourcemanager.projects.setIamPolicy",
		"-secretmanager.secrets.setIamPolicy", "-secretmanager.versions.access"),
	"roles/viewer": roleOf("artifactregistry.locations.", "artifactregistry.repositories.downloadArtifacts",
		"artifactregistry.repositories.get", "artifactregistry.repositories.list", "artifactregistry.vpcscconfigs.get",
		"resourcemanager.projects.get", "resourcemanager.projects.list", "secretmanager.locations.",
		"secretmanager.secrets.get", "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.list",
		"secretmanager.versions.get", "secretmanager.versions.list",
		"serviceusage.services.get", "serviceusage.services.list"),
	"roles/browser": roleOf("resourcemanager.projects.", "-resourcemanager.projects.setIamPolicy"),

	"roles/artifactregistry.admin":     roleOf("artifactregistry.", "resourcemanager.projects.get"),
	"roles/artifactregistry.repoAdmin": registryWriter,
	"roles/artifactregistry.writer":    registryWriter,
	"roles/artifactregistry.reader":    registryReader,
	// The agent's own role reaches no secret: hence the grant on each one.
	"roles/artifactregistry.serviceAgent": roleOf("artifactregistry.repositories.get", "artifactregistry.repositories.list"),

	"roles/secretmanager.admin": roleOf("secretmanager.", "resourcemanager.projects.get", "resourcemanager.projects.list"),
	"roles/secretmanager.viewer": roleOf("secretmanager.locations.", "secretmanager.secrets.get", "secretmanager.secrets.getIamPolicy",
		"secretmanager.secrets.list", "secretmanager.versions.get", "secretmanager.versions.list",
		"resourcemanager.projects.get", "resourcemanager.projects.list"),
	"roles/secretmanager.secretAccessor": roleOf("secretmanager.versions.access",
		"resourcemanager.projects.get", "resourcemanager.projects.list"),
	"roles/secretmanager.secretVersionAdder": roleOf("secretmanager.versions.add",
		"resourcemanager.projects.get", "resourcemanager.projects.list"),
	"roles/secretmanager.secretVersionManager": roleOf("secretmanager.versions.", "-secretmanager.versions.access",
		"resourcemanager.projects.get", "resourcemanager.projects.list"),

	"roles/iam.securityAdmin": roleOf("artifactregistry.repositories.getIamPolicy", "artifactregistry.repositories.list",
		"artifactregistry.repositories.setIamPolicy", "resourcemanager.projects.",
		"secretmanager.secrets.getIamPolicy", "secretmanager.secrets.list", "secretmanager.secrets.setIamPolicy",
		"secretmanager.versions.list", "serviceusage.services.list"),
	"roles/resourcemanager.projectIamAdmin": roleOf("resourcemanager.projects.", "-resourcemanager.projects.list"),

	"roles/serviceusage.serviceUsageViewer": roleOf("serviceusage.services.get", "serviceusage.services.list"),
	"roles/serviceusage.serviceUsageConsumer": roleOf("serviceusage.services.get", "serviceusage.services.list",
		"serviceusage.services.use"),
	"roles/serviceusage.serviceUsageAdmin": roleOf("serviceusage."),
}

var (
	registryReader = roleOf("artifactregistry.locations.", "artifactregistry.repositories.downloadArtifacts",
		"artifactregistry.repositories.get", "artifactregistry.repositories.list")
	registryWriter = roleOf("artifactregistry.locations.", "artifactregistry.repositories.downloadArtifacts",
		"artifactregistry.repositories.get", "artifactregistry.repositories.list", "artifactregistry.repositories.uploadArtifacts")
)

// roleOf makes a role of permissions. A pattern that is empty or ends in a
// dot takes all that begin with it; one with a minus takes a permission away.
func roleOf(patterns ...string) role {
	r := role{}
	for _, p := range permissions {
		takes := func(pattern string) bool {
			return p == pattern || (pattern == "" || strings.HasSuffix(pattern, ".")) && strings.HasPrefix(p, pattern)
		}
		if slices.ContainsFunc(patterns, takes) && !slices.Contains(patterns, "-"+p) {
			r[p] = true
		}
	}
	return r
}

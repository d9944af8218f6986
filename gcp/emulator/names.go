package emulator

import (
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// api is one of Google's services as callers and refusals name it.
type api struct{ host, title string }

var (
	artifactRegistry = api{"artifactregistry.googleapis.com", "Artifact Registry API"}
	secretManager    = api{"secretmanager.googleapis.com", "Secret Manager API"}
	resourceManager  = api{"cloudresourcemanager.googleapis.com", "Cloud Resource Manager API"}
	serviceUsage     = api{"serviceusage.googleapis.com", "Service Usage API"}

	identityAndAccess = api{"iam.googleapis.com", "Identity and Access Management (IAM) API"}
	cloudBilling      = api{"cloudbilling.googleapis.com", "Cloud Billing API"}
	cloudAsset        = api{"cloudasset.googleapis.com", "Cloud Asset API"}
	cloudLogging      = api{"logging.googleapis.com", "Cloud Logging API"}
	troubleshooting   = api{"policytroubleshooter.googleapis.com", "Policy Troubleshooter API"}
)

// serviceNames are the gRPC services that are served.
var serviceNames = []protoreflect.FullName{
	"google.devtools.artifactregistry.v1.ArtifactRegistry",
	"google.cloud.secretmanager.v1.SecretManagerService",
	"google.cloud.resourcemanager.v3.Projects",
	"google.cloud.resourcemanager.v3.Folders",
	"google.cloud.resourcemanager.v3.Organizations",
	"google.cloud.billing.v1.CloudBilling",
	"google.iam.admin.v1.IAM",
	"google.cloud.asset.v1.AssetService",
	"google.cloud.policytroubleshooter.iam.v3.PolicyTroubleshooter",
	"google.logging.v2.LoggingServiceV2",
	"google.api.serviceusage.v1.ServiceUsage",
	"google.cloud.location.Locations",
	"google.longrunning.Operations",
}

// isOfGRPC reports whether a service or method is one of gRPC's own, health or
// reflection, and of no API.
func isOfGRPC(name string) bool { return strings.HasPrefix(strings.TrimPrefix(name, "/"), "grpc.") }

// apiOf tells which API a gRPC service belongs to. Two are shared: locations
// count as Artifact Registry's, and operations as Service Usage's, as asking
// for one must work before anything else was enabled.
func apiOf(service string) api {
	switch {
	case strings.HasPrefix(service, "google.cloud.secretmanager."):
		return secretManager
	case strings.HasPrefix(service, "google.cloud.resourcemanager."):
		return resourceManager
	case strings.HasPrefix(service, "google.api.serviceusage."), strings.HasPrefix(service, "google.longrunning."):
		return serviceUsage
	case strings.HasPrefix(service, "google.iam.admin."):
		return identityAndAccess
	case strings.HasPrefix(service, "google.cloud.billing."):
		return cloudBilling
	case strings.HasPrefix(service, "google.cloud.asset."):
		return cloudAsset
	case strings.HasPrefix(service, "google.cloud.policytroubleshooter."):
		return troubleshooting
	case strings.HasPrefix(service, "google.logging."):
		return cloudLogging
	default:
		return artifactRegistry
	}
}

var (
	repositoryID = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
	secretID     = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	versionRef   = regexp.MustCompile(`^projects/[^/]+/secrets/[^/]+/versions/[^/]+$`)
)

// isSecretID tells whether Secret Manager takes the id. Its length is not a
// part of the pattern, which every start of the program compiles.
func isSecretID(id string) bool { return len(id) <= 255 && secretID.MatchString(id) }

// known tells whether an enum has a name for the value: a number that none has
// may come in over either transport.
func known(value protoreflect.Enum) bool {
	return value.Descriptor().Values().ByNumber(value.Number()) != nil
}

// unknownValue is what Google says of such a value.
func unknownValue(field string, value protoreflect.Enum) error {
	return invalidField(field, "Invalid value at '%s' (type.googleapis.com/%s), %d", field, value.Descriptor().FullName(), value.Number())
}

// split takes a resource name apart by a pattern as in "projects/*/secrets/*".
// It returns the parts that stand for the stars.
func split(pattern, name string) ([]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(name, "/")
	if len(want) != len(got) {
		return nil, false
	}
	var parts []string
	for i, w := range want {
		switch {
		case w == "*" && got[i] != "":
			parts = append(parts, got[i])
		case w != got[i]:
			return nil, false
		}
	}
	return parts, true
}

// Where service agents have their addresses.
const (
	agentDomain       = "gcp-sa-artifactregistry.iam.gserviceaccount.com"
	secretAgentDomain = "gcp-sa-secretmanager.iam.gserviceaccount.com"
)

// agentEmail is the address of a project's service agent of Artifact Registry.
func agentEmail(number int64) string {
	return fmt.Sprintf("service-%d@%s", number, agentDomain)
}

// secretAgentEmail is that of Secret Manager, which uses the keys of secrets.
func secretAgentEmail(number int64) string {
	return fmt.Sprintf("service-%d@%s", number, secretAgentDomain)
}

// agentNumber is the project number in a service agent's address, as text.
func agentNumber(email string) (string, bool) {
	local, domain, ok := strings.Cut(email, "@")
	number, isAgent := strings.CutPrefix(local, "service-")
	return number, ok && isAgent && (domain == agentDomain || domain == secretAgentDomain)
}

// hasAgent tells whether the service agent of that address exists.
func (p *project) hasAgent(email string) bool {
	if strings.HasSuffix(email, "@"+secretAgentDomain) {
		return p.secretAgent
	}
	return p.agent
}

package engine

import (
	"cmp"
	"fmt"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// The constraints of organisation policies that a flow meets, without the
// "constraints/" before them
// (https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints).
const (
	RestrictServices  = "gcp.restrictServiceUsage"
	restrictNonCmek   = "gcp.restrictNonCmekServices"
	restrictKeys      = "gcp.restrictCmekCryptoKeyProjects"
	RestrictLocations = "gcp.resourceLocations"
	restrictDomains   = "iam.allowedPolicyMemberDomains"
	restrictMembers   = "iam.managed.allowedPolicyMembers"
	kmsKeyOfAutomatic = "projects/PROJECT/locations/global/keyRings/RING/cryptoKeys/KEY"
	agentOfProject    = "service-NUMBER@gcp-sa-artifactregistry.iam.gserviceaccount.com"
)

// ConstraintOf is the short name of the constraint that an error names, as
// gcloud takes it.
func ConstraintOf(e *cloud.Error) string {
	return strings.TrimPrefix(strings.TrimPrefix(e.Constraint, "constraints/"), "customConstraints/")
}

// policyRefusal explains a refusal by an organisation policy. No grant helps
// against one, and no other name.
func policyRefusal(e *cloud.Error) *Problem {
	name := ConstraintOf(e)
	p := &Problem{Code: check.OrganisationPolicy, Title: text.New("An organisation policy forbids this"), Detail: text.Verbatim(e.Message)}
	service := apiTitle(e.Service)
	switch {
	case name == "" && strings.Contains(e.Message, "restriction"):
		p.Hints = sentences(text.New("Your network only lets you reach certain organisations: ask whoever runs its proxy to add this one"))
		return p
	case name == "":
		p.Hints = sentences(text.New("Ask whoever manages the organisation's policies"))
		return p
	case name == RestrictServices && service != "":
		p.Title = text.New("An organisation policy doesn't allow %s in this project", service)
		if e.Service == cloud.SecretManagerAPI {
			p.Hints = sentences(text.New("Keep the secret in a project that allows it: --secret-project PROJECT"))
		}
	case name == RestrictServices:
		p.Title = text.New("An organisation policy doesn't allow this service in this project")
	case name == restrictNonCmek:
		p.Title = text.New("An organisation policy requires a customer-managed KMS key here")
		p.Hints = sentences(text.New("Name one: --kms-key=%s", kmsKeyOfAutomatic))
	case name == restrictKeys:
		p.Title = text.New("An organisation policy doesn't allow KMS keys of that project")
		p.Hints = sentences(text.New("Name a key of an allowed project with --kms-key"))
	case name == RestrictLocations:
		p.Title = text.New("An organisation policy doesn't allow this location")
		p.Hints = sentences(text.New("Name allowed locations: --replication-locations=REGION[,REGION]"))
	case name == restrictDomains, name == restrictMembers:
		p.Title = text.New("An organisation policy doesn't let you grant access to Artifact Registry's service agent")
		p.Hints = sentences(text.New("Ask for a policy that allows Google's service agents, such as %s", cmp.Or(e.Member, agentOfProject)))
	case strings.HasPrefix(name, "custom."):
		p.Title = text.New("The custom organisation policy %q forbids this", name)
	default:
		p.Title = text.New("The organisation policy %q forbids this", name)
	}
	return p.with(text.New("Ask whoever manages the organisation's policies to change it; this shows what it allows now:"), describePolicy(name, e))
}

// describePolicy is the command that shows a policy as it holds for the project.
func describePolicy(name string, e *cloud.Error) string {
	return fmt.Sprintf("gcloud org-policies describe %s --effective --project=%s",
		name, cmp.Or(ProjectOf(e.Consumer), ProjectOf(e.Resource), ProjectOf(e.Op), "PROJECT"))
}

// denyPolicy explains a refusal by one of IAM's deny policies, which win over
// every grant.
func denyPolicy(e *cloud.Error) *Problem {
	project := cmp.Or(ProjectOf(e.Resource), ProjectOf(e.Op), ProjectOf(e.Message), "PROJECT")
	p := &Problem{Code: check.DenyPolicy, Title: text.New("An IAM deny policy forbids this"), Detail: text.Verbatim(e.Message)}
	return p.with(text.New("Granting access won't help; ask an administrator of deny policies for an exception. This lists the policies:"),
		"gcloud iam policies list --kind=denypolicies --attachment-point=cloudresourcemanager.googleapis.com/projects/"+project)
}

// apiTitle is what people call an API; its host name where that isn't known.
func apiTitle(host string) string {
	switch host {
	case cloud.ArtifactRegistryAPI:
		return "Artifact Registry"
	case cloud.SecretManagerAPI:
		return "Secret Manager"
	case KmsAPI:
		return "Cloud KMS"
	default:
		return host
	}
}

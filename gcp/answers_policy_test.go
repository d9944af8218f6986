package gcp

import (
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/protoadapt"

	"example.com/upstreamauth/flows/cloud"
)

const (
	secretAgent = "service-1@gcp-sa-secretmanager.iam.gserviceaccount.com"
	testKey     = "projects/keys/locations/us-east1/keyRings/ring/cryptoKeys/key-is-disabled" // a name holds any word
	keyVersion  = testKey + "/cryptoKeyVersions/1"
)

func details(all ...protoadapt.MessageV1) []protoadapt.MessageV1 { return all }

func kmsInfo(reason string) *errdetails.ErrorInfo {
	i := info(reason, "permission", "cloudkms.cryptoKeyVersions.useToEncrypt")
	i.Domain = "cloudkms.googleapis.com"
	return i
}

// policyAnswers are refusals by organisation policies, by IAM's deny policies
// and on account of a KMS key. The shapes are Google's, from its documentation
// and from public reports; where Secret Manager's own words aren't public, those
// of Cloud KMS stand for them.
var policyAnswers = []answered{
	{
		name: "service restricted", code: codes.PermissionDenied, http: 403,
		message: "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for 'projects/1' attempting to use service 'secretmanager.googleapis.com'.",
		details: details(info("RESOURCE_USAGE_RESTRICTION_VIOLATED", "consumer", "projects/1", "service", "secretmanager.googleapis.com")),
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictServiceUsage", Service: cloud.SecretManagerAPI, Consumer: "projects/1"},
	},
	{
		name: "service restricted, without details", code: codes.PermissionDenied, http: 403,
		message: "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for projects/1 attempting to use service secretmanager.googleapis.com.",
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictServiceUsage", Service: cloud.SecretManagerAPI},
	},
	{
		name: "service restricted, by the reason alone", code: codes.PermissionDenied, http: 403, message: "The caller does not have permission",
		details: details(info("RESOURCE_USAGE_RESTRICTION_VIOLATED", "consumer", "projects/1", "service", "artifactregistry.googleapis.com")),
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictServiceUsage", Service: cloud.ArtifactRegistryAPI, Consumer: "projects/1"},
	},
	{
		name: "TLS version restricted", code: codes.PermissionDenied, http: 403,
		message: "Request is disallowed by organization's constraints/gcp.restrictTLSVersion constraint for projects/1.",
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictTLSVersion"},
	},
	{
		name: "key of one's own required", code: codes.FailedPrecondition, http: 400,
		message: "Constraint constraints/gcp.restrictNonCmekServices violated for projects/1 attempting to create a secret without a CMEK key. See https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints for more information.",
		details: details(violation("constraints/gcp.restrictNonCmekServices")),
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictNonCmekServices", Consumer: "projects/1"},
	},
	{
		name: "key of another project", code: codes.FailedPrecondition, http: 400,
		message: "Constraint constraints/gcp.restrictCmekCryptoKeyProjects violated for projects/1 attempting to use " + testKey + " key.",
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictCmekCryptoKeyProjects"},
	},
	{
		name: "location policy, at the end of a sentence", code: codes.FailedPrecondition, http: 400,
		message: "The location global is denied by constraints/gcp.resourceLocations.",
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.resourceLocations"},
	},
	{
		name: "managed constraint on members", code: codes.FailedPrecondition, http: 400,
		message: `Operation denied by org policy on resource 'projects/1': ["constraints/iam.managed.allowedPolicyMembers": "This list constraint defines the set of members that can be added to IAM policies."].`,
		details: details(info("CUSTOM_ORG_POLICY_VIOLATION", "customConstraints", "constraints/iam.managed.allowedPolicyMembers", "resource", "projects/1")),
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/iam.managed.allowedPolicyMembers"},
	},
	{
		name: "custom constraint, with details", code: codes.FailedPrecondition, http: 400,
		message: `Operation denied by custom org policies: ["customConstraints/custom.noRemote": "no remotes"]`,
		details: details(info("CUSTOM_ORG_POLICY_VIOLATION", "customConstraints", "customConstraints/custom.noRemote", "service", "artifactregistry.googleapis.com")),
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "customConstraints/custom.noRemote", Service: cloud.ArtifactRegistryAPI},
	},
	{
		name: "member outside the organisation", code: codes.FailedPrecondition, http: 400,
		message: "One or more users named in the policy do not belong to a permitted customer.",
		details: details(&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{
			Type: "constraints/iam.allowedPolicyMemberDomains", Subject: "orgpolicy:projects/p?configvalue=" + agent, Description: "User " + agent + " is not in permitted organization."}}}),
		want: cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/iam.allowedPolicyMemberDomains", Consumer: "projects/p"},
	},
	{
		name: "organisation not allowed by the network", code: codes.PermissionDenied, http: 403, message: "Access denied by organization restriction.",
		details: details(info("ORG_RESTRICTION_VIOLATION", "consumer", "projects/1")),
		want:    cloud.Error{Kind: cloud.OrgPolicy, Consumer: "projects/1"},
	},
	{
		name: "deny policy", code: codes.PermissionDenied, http: 403,
		message: "Permission 'secretmanager.versions.add' denied on resource '//secretmanager.googleapis.com/projects/p/secrets/s' by a deny policy.",
		want:    cloud.Error{Kind: cloud.DenyPolicy},
	},
	{
		name: "key: the agent may not use it", rpc: "SecretManagerService.CreateSecret", code: codes.PermissionDenied, http: 403,
		message: "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource '" + testKey + "' (or it may not exist).",
		details: details(kmsInfo("IAM_PERMISSION_DENIED")),
		want:    cloud.Error{Kind: cloud.KeyDenied, Key: testKey, Service: cloud.SecretManagerAPI},
	},
	{
		name: "key: the agent is named", rpc: "SecretManagerService.AddSecretVersion", code: codes.FailedPrecondition, http: 400,
		message: "Permission denied on Cloud KMS key " + keyVersion + ". Grant roles/cloudkms.cryptoKeyEncrypterDecrypter to " + secretAgent + ".",
		want:    cloud.Error{Kind: cloud.KeyDenied, Key: testKey, Member: secretAgent, Service: cloud.SecretManagerAPI},
	},
	{
		name: "key: the agent does not exist", rpc: "SecretManagerService.CreateSecret", code: codes.InvalidArgument, http: 400,
		message: "Service account " + secretAgent + " does not exist. It must be able to use the KMS key " + testKey + ".",
		want:    cloud.Error{Kind: cloud.AgentMissing, Member: secretAgent, Service: cloud.SecretManagerAPI},
	},
	{
		name: "key: disabled, by its state", rpc: "SecretManagerService.AccessSecretVersion", code: codes.FailedPrecondition, http: 400,
		message: keyVersion + " is not enabled, current state is: DISABLED.",
		details: details(&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{Type: "KEY_DISABLED", Subject: keyVersion}}}),
		want:    cloud.Error{Kind: cloud.KeyUnusable, Key: testKey, Service: cloud.SecretManagerAPI},
	},
	{
		name: "key: destroyed, by the text", rpc: "SecretManagerService.AddSecretVersion", code: codes.FailedPrecondition, http: 400,
		message: keyVersion + " is not enabled, current state is: DESTROYED.",
		want:    cloud.Error{Kind: cloud.KeyUnusable, Key: testKey, Service: cloud.SecretManagerAPI},
	},
	{
		name: "key: not there", rpc: "SecretManagerService.CreateSecret", code: codes.NotFound, http: 404, message: "CryptoKey " + testKey + " not found.",
		want: cloud.Error{Kind: cloud.KeyUnusable, Key: testKey, Service: cloud.SecretManagerAPI},
	},
	{
		name: "key: elsewhere", rpc: "SecretManagerService.CreateSecret", code: codes.InvalidArgument, http: 400,
		message: "The KMS key " + testKey + " must be in the location global.",
		want:    cloud.Error{Kind: cloud.KeyMisplaced, Key: testKey, Service: cloud.SecretManagerAPI},
	},
	{
		name: "key: its project has KMS off", rpc: "SecretManagerService.CreateSecret", code: codes.PermissionDenied, http: 403,
		message: "Google Cloud Key Management Service (KMS) API has not been used in project 2 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/cloudkms.googleapis.com/overview?project=2 then retry.",
		details: details(info("SERVICE_DISABLED", "service", "cloudkms.googleapis.com", "consumer", "projects/2")),
		want:    cloud.Error{Kind: cloud.APIDisabled, Service: "cloudkms.googleapis.com", Consumer: "projects/2"},
	},
	{
		name: "key: its project has KMS off, without details", rpc: "SecretManagerService.CreateSecret", code: codes.FailedPrecondition, http: 400,
		message: "Google Cloud Key Management Service (KMS) API has not been used in project 2 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/cloudkms.googleapis.com/overview?project=2 then retry.",
		want:    cloud.Error{Kind: cloud.APIDisabled, Service: "cloudkms.googleapis.com"},
	},
	{
		name: "key: met by Artifact Registry", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: failed to access secret version; generic::permission_denied: Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource '" + testKey + "' (or it may not exist).",
		want:    cloud.Error{Kind: cloud.KeyDenied, Key: testKey, Service: cloud.SecretManagerAPI},
	},
	{
		name: "restriction met by Artifact Registry", rpc: "ArtifactRegistry.UpdateRepository", code: codes.FailedPrecondition, http: 400,
		message: "Failed to validate remote upstream: Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for projects/1 attempting to use service secretmanager.googleapis.com.",
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.restrictServiceUsage", Service: cloud.SecretManagerAPI},
	},
	{
		name: "an upstream's page about keys", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: the external repository answered 404: your access to the KMS secret is denied by constraints/gcp.x",
		want:    cloud.Error{Kind: cloud.UpstreamFailed},
	},
	{
		name: "our own lack of a permission whose secret is named like a key", code: codes.PermissionDenied, http: 403,
		message: "Permission 'secretmanager.secrets.get' denied for resource 'projects/p/secrets/kms-key-disabled' (or it may not exist).",
		want:    cloud.Error{Kind: cloud.PermissionDenied, Permission: "secretmanager.secrets.get", Resource: "projects/p/secrets/kms-key-disabled"},
	},
}

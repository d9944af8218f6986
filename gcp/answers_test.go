package gcp

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/googleapi"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/protoadapt"

	"example.com/upstreamauth/flows/cloud"
)

// answered is an error as Google answers it.
type answered struct {
	name    string
	rpc     string
	code    codes.Code
	http    int
	message string
	details []protoadapt.MessageV1
	want    cloud.Error
}

func info(reason string, meta ...string) *errdetails.ErrorInfo {
	i := &errdetails.ErrorInfo{Reason: reason, Domain: "googleapis.com", Metadata: map[string]string{}}
	for m := range slices.Chunk(meta, 2) {
		i.Metadata[m[0]] = m[1]
	}
	return i
}

func violation(kind string) *errdetails.PreconditionFailure {
	return &errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{Type: kind, Subject: "orgpolicy:projects/1"}}}
}

const agent = "service-1@gcp-sa-artifactregistry.iam.gserviceaccount.com"

// The texts are those that Google's services answer, as seen in public reports.
var answers = []answered{
	{
		name: "API off", code: codes.PermissionDenied, http: 403,
		message: "Secret Manager API has not been used in project 1 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/secretmanager.googleapis.com/overview?project=1 then retry.",
		details: []protoadapt.MessageV1{info("SERVICE_DISABLED", "service", "secretmanager.googleapis.com", "consumer", "projects/1")},
		want:    cloud.Error{Kind: cloud.APIDisabled, Service: "secretmanager.googleapis.com", Consumer: "projects/1"},
	},
	{
		name: "API off, without details", code: codes.PermissionDenied, http: 403,
		message: "Secret Manager API has not been used in project 1 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/secretmanager.googleapis.com/overview?project=1 then retry.",
		want:    cloud.Error{Kind: cloud.APIDisabled, Service: "secretmanager.googleapis.com"},
	},
	{
		name: "no quota project", code: codes.PermissionDenied, http: 403,
		message: "Your application is authenticating by using local Application Default Credentials. The secretmanager.googleapis.com API requires a quota project, which is not set by default.",
		details: []protoadapt.MessageV1{info("SERVICE_DISABLED", "service", "secretmanager.googleapis.com", "consumer", "projects/764086051850")},
		want:    cloud.Error{Kind: cloud.QuotaProject, Consumer: "projects/764086051850"},
	},
	{
		name: "quota project not usable", code: codes.PermissionDenied, http: 403,
		message: "Caller does not have required permission to use project p. Grant the caller the roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission.",
		details: []protoadapt.MessageV1{info("USER_PROJECT_DENIED", "consumer", "projects/p")},
		want:    cloud.Error{Kind: cloud.QuotaProject, Consumer: "projects/p"},
	},
	{
		name: "quota project unknown", code: codes.PermissionDenied, http: 403, message: "Permission denied on resource project quota.",
		details: []protoadapt.MessageV1{info("CONSUMER_INVALID", "consumer", "projects/quota")},
		want:    cloud.Error{Kind: cloud.QuotaProject, Consumer: "projects/quota"},
	},
	{
		name: "project unknown", code: codes.PermissionDenied, http: 403, message: "Permission denied on resource project other.",
		details: []protoadapt.MessageV1{info("CONSUMER_INVALID", "consumer", "projects/other")},
		want:    cloud.Error{Kind: cloud.PermissionDenied, Permission: "needed.by.method", Resource: "projects/other", Consumer: "projects/other"},
	},
	{
		name: "Artifact Registry permission", code: codes.PermissionDenied, http: 403,
		message: "Permission 'artifactregistry.repositories.update' denied on resource '//artifactregistry.googleapis.com/projects/p/locations/l/repositories/r' (or it may not exist).",
		details: []protoadapt.MessageV1{info("IAM_PERMISSION_DENIED", "permission", "artifactregistry.repositories.update", "resource", "projects/p/locations/l/repositories/r")},
		want:    cloud.Error{Kind: cloud.PermissionDenied, Permission: "artifactregistry.repositories.update", Resource: "projects/p/locations/l/repositories/r"},
	},
	{
		name: "Secret Manager permission, without details", code: codes.PermissionDenied, http: 403,
		message: "Permission 'secretmanager.versions.access' denied for resource 'projects/p/secrets/s/versions/1' (or it may not exist).",
		want:    cloud.Error{Kind: cloud.PermissionDenied, Permission: "secretmanager.versions.access", Resource: "projects/p/secrets/s/versions/1"},
	},
	{
		name: "generic permission", code: codes.PermissionDenied, http: 403, message: "The caller does not have permission",
		want: cloud.Error{Kind: cloud.PermissionDenied, Permission: "needed.by.method", Resource: "projects/asked"},
	},
	{
		name: "malformed name", code: codes.InvalidArgument, http: 400, message: "Invalid resource field value in the request.",
		want: cloud.Error{Kind: cloud.Invalid},
	},
	{
		name: "version disabled", code: codes.FailedPrecondition, http: 400, message: "Secret Version [projects/1/secrets/s/versions/4] is in DISABLED state.",
		want: cloud.Error{Kind: cloud.VersionDisabled},
	},
	{
		name: "version destroyed", code: codes.FailedPrecondition, http: 400, message: "Secret Version [projects/1/secrets/s/versions/4] is in DESTROYED state.",
		want: cloud.Error{Kind: cloud.VersionDisabled},
	},
	{
		name: "no such secret", code: codes.NotFound, http: 404, message: "Secret [projects/1/secrets/s] not found or has no versions.",
		want: cloud.Error{Kind: cloud.NotFound},
	},
	{
		name: "secret exists", code: codes.AlreadyExists, http: 409, message: "Secret [projects/1/secrets/s] already exists.",
		want: cloud.Error{Kind: cloud.AlreadyExists},
	},
	{
		name: "location policy", code: codes.FailedPrecondition, http: 400,
		message: "Constraint constraints/gcp.resourceLocations violated for [orgpolicy:projects/1] attempting to create a secret in [global].",
		details: []protoadapt.MessageV1{violation("constraints/gcp.resourceLocations")},
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.resourceLocations", Consumer: "projects/1"},
	},
	{
		name: "location policy, without details", code: codes.FailedPrecondition, http: 400,
		message: "Constraint constraints/gcp.resourceLocations violated for [orgpolicy:projects/1] attempting to create a secret in [global].",
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/gcp.resourceLocations"},
	},
	{
		name: "domain restricted sharing", code: codes.FailedPrecondition, http: 400,
		message: "One or more users named in the policy do not belong to a permitted customer,  perhaps due to an organization policy.",
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "constraints/iam.allowedPolicyMemberDomains"},
	},
	{
		name: "custom policy", code: codes.PermissionDenied, http: 403,
		message: `Operation denied by custom org policies: ["customConstraints/custom.noRemote": "no remotes"]`,
		want:    cloud.Error{Kind: cloud.OrgPolicy, Constraint: "customConstraints/custom.noRemote"},
	},
	{
		name: "agent missing", code: codes.InvalidArgument, http: 400, message: "Service account " + agent + " does not exist.",
		want: cloud.Error{Kind: cloud.AgentMissing, Member: agent, Service: cloud.ArtifactRegistryAPI},
	},
	{
		name: "etag conflict", code: codes.Aborted, http: 409,
		message: "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
		want:    cloud.Error{Kind: cloud.Conflict},
	},
	{
		name: "stale etag of a secret", code: codes.FailedPrecondition, http: 400, message: "The etag provided does not match the current etag.",
		want: cloud.Error{Kind: cloud.Conflict},
	},
	{
		name: "perimeter", code: codes.PermissionDenied, http: 403,
		message: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc",
		details: []protoadapt.MessageV1{violation("VPC_SERVICE_CONTROLS"), info("SECURITY_POLICY_VIOLATED", "consumer", "projects/1")},
		want:    cloud.Error{Kind: cloud.Perimeter, Consumer: "projects/1"},
	},
	{
		name: "perimeter, without details", code: codes.PermissionDenied, http: 403,
		message: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc",
		want:    cloud.Error{Kind: cloud.Perimeter},
	},
	{
		name: "quota", code: codes.ResourceExhausted, http: 429,
		message: "Quota exceeded for quota metric 'X' and limit 'Y' of service 'S' for consumer 'project_number:1'.",
		details: []protoadapt.MessageV1{info("RATE_LIMIT_EXCEEDED", "consumer", "projects/1")},
		want:    cloud.Error{Kind: cloud.Exhausted, Consumer: "projects/1"},
	},
	{
		name: "billing", code: codes.FailedPrecondition, http: 400,
		message: "Billing account for project '1' is not found. Billing must be enabled for activation of service(s) 'x' to proceed.\nHelp Token: y",
		details: []protoadapt.MessageV1{violation("googleapis.com/billing-enabled"), info("UREQ_PROJECT_BILLING_NOT_FOUND")},
		want:    cloud.Error{Kind: cloud.Billing},
	},
	{
		name: "policy full", code: codes.InvalidArgument, http: 400,
		message: "The number of members in the policy (1,501) is larger than the maximum allowed size 1,500.",
		want:    cloud.Error{Kind: cloud.PolicyFull},
	},
	{
		name: "signed out", code: codes.Unauthenticated, http: 401, message: "Request had invalid authentication credentials.",
		want: cloud.Error{Kind: cloud.NotSignedIn},
	},
	{
		name: "wrong scopes", code: codes.PermissionDenied, http: 403, message: "Request had insufficient authentication scopes.",
		details: []protoadapt.MessageV1{info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")},
		want:    cloud.Error{Kind: cloud.NotSignedIn},
	},
	{name: "unavailable", code: codes.Unavailable, http: 503, message: "The service is currently unavailable.", want: cloud.Error{Kind: cloud.Unavailable}},
	{name: "internal", code: codes.Internal, http: 500, message: "Internal error encountered.", want: cloud.Error{Kind: cloud.Internal}},
	{name: "unimplemented", code: codes.Unimplemented, http: 501, message: "Method not found.", want: cloud.Error{Kind: cloud.Unimplemented}},
	{name: "deadline", code: codes.DeadlineExceeded, http: 504, message: "Deadline expired before operation could complete.", want: cloud.Error{Kind: cloud.TimedOut}},
	{name: "cancelled", code: codes.Canceled, http: 499, message: "cancelled", want: cloud.Error{Kind: cloud.Cancelled}},

	{
		name: "upstream rejects", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: failed to fetch bearer token; generic::unauthenticated: Unauthorized error returned by the external repository... this typically means your upstream credentials are invalid",
		want:    cloud.Error{Kind: cloud.UpstreamRejected},
	},
	{
		name: "upstream rejects, with the other code", rpc: "ArtifactRegistry.UpdateRepository", code: codes.FailedPrecondition, http: 400,
		message: "Failed to validate remote upstream: your upstream credentials are invalid",
		want:    cloud.Error{Kind: cloud.UpstreamRejected},
	},
	{
		name: "grant not there yet", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: generic::permission_denied: Permission 'secretmanager.versions.access' denied for resource 'projects/p/secrets/s/versions/1' (or it may not exist).",
		want:    cloud.Error{Kind: cloud.GrantPending},
	},
	{
		name: "grant not there yet, in other words", rpc: "ArtifactRegistry.UpdateRepository", code: codes.FailedPrecondition, http: 400,
		message: "Failed to validate remote upstream: no access to the secret",
		want:    cloud.Error{Kind: cloud.GrantPending},
	},
	{
		name: "grant not there yet, without the prefix", rpc: "ArtifactRegistry.UpdateRepository", code: codes.PermissionDenied, http: 403,
		message: "Permission 'secretmanager.versions.access' denied for resource 'projects/p/secrets/s/versions/1' (or it may not exist).",
		want:    cloud.Error{Kind: cloud.GrantPending},
	},
	{
		name: "validation finds the version off", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: failed to access secret version; generic::failed_precondition: Secret Version [projects/1/secrets/s/versions/4] is in DISABLED state.",
		want:    cloud.Error{Kind: cloud.VersionDisabled},
	},
	{
		name: "validation finds no secret", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: failed to access secret version; generic::not_found: Secret [projects/1/secrets/s] not found or has no versions.",
		want:    cloud.Error{Kind: cloud.NotFound},
	},
	{
		name: "validation finds no agent", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: Service account " + agent + " does not exist.",
		want:    cloud.Error{Kind: cloud.AgentMissing, Member: agent, Service: cloud.ArtifactRegistryAPI},
	},
	{
		name: "upstream is a registry of Google's", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: generic::invalid_argument: Artifact Registry repositories not supported as custom remote repository URI",
		want:    cloud.Error{Kind: cloud.UpstreamFailed},
	},
	{
		name: "upstream down", rpc: "ArtifactRegistry.UpdateRepository", code: codes.InvalidArgument, http: 400,
		message: "Failed to validate remote upstream: generic::unavailable: could not be reached",
		want:    cloud.Error{Kind: cloud.UpstreamFailed},
	},
}

// overGRPC is the answer as the generated clients return it.
func (a answered) overGRPC(t *testing.T) error {
	t.Helper()
	st, err := status.New(a.code, a.message).WithDetails(a.details...)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, _ := apierror.FromError(st.Err())
	return wrapped
}

// overREST is the answer as the REST client reads it off a response.
func (a answered) overREST(t *testing.T) error {
	t.Helper()
	st, err := status.New(a.code, a.message).WithDetails(a.details...)
	if err != nil {
		t.Fatal(err)
	}
	var details []json.RawMessage
	for _, d := range st.Proto().GetDetails() {
		b, err := protojson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		details = append(details, b)
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.http)
	body := map[string]any{"error": map[string]any{"code": a.http, "message": a.message, "status": codeText(a.code), "details": details}}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		t.Fatal(err)
	}
	return googleapi.CheckResponse(w.Result())
}

package emulator

import (
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
)

// The texts and details below are those that Google's services answer, as seen
// in public reports; clients match on them. Where nobody has published a text,
// the comment says "modelled".

func fail(code codes.Code, format string, args ...any) error {
	return status.Errorf(code, format, args...)
}

// failWith is fail with details. Details that cannot be attached would be a
// fault of this program: they are messages of its own making.
func failWith(code codes.Code, message string, details ...protoadapt.MessageV1) error {
	st, err := status.New(code, message).WithDetails(details...)
	if err != nil {
		return status.Errorf(codes.Internal, "attach details: %v", err)
	}
	return st.Err()
}

func invalid(format string, args ...any) error {
	return fail(codes.InvalidArgument, format, args...)
}

// violation is one fault of a request: the field that it is about, which may
// be empty, and what is said of it.
type violation struct{ field, description string }

// badRequest are violations as the details of an error carry them.
func badRequest(all ...violation) *errdetails.BadRequest {
	b := &errdetails.BadRequest{}
	for _, v := range all {
		b.FieldViolations = append(b.FieldViolations, &errdetails.BadRequest_FieldViolation{Field: v.field, Description: v.description})
	}
	return b
}

// refusedWith is invalid with the violation itself as its text, as Google's
// front end answers.
func refusedWith(v violation) error {
	return failWith(codes.InvalidArgument, v.description, badRequest(v))
}

// invalidField is invalid for one field of a request, which the details name.
func invalidField(field, format string, args ...any) error {
	return refusedWith(violation{field, fmt.Sprintf(format, args...)})
}

func unimplemented(what string) error {
	return fail(codes.Unimplemented, "the emulator does not model %s", what)
}

func denied(message string, domain string, metadata map[string]string) error {
	return failWith(codes.PermissionDenied, message, &errdetails.ErrorInfo{
		Reason: "IAM_PERMISSION_DENIED", Domain: domain, Metadata: metadata,
	})
}

// permissionDenied is what each API says to a caller without a permission.
// Secret Manager says "for resource" where the others say "on resource".
func permissionDenied(a api, permission, resource string) error {
	metadata := map[string]string{"permission": permission, "resource": resource}
	if a.host == secretManager.host {
		return denied(fmt.Sprintf("Permission '%s' denied for resource '%s' (or it may not exist).", permission, resource),
			"iam.googleapis.com", metadata)
	}
	return denied(fmt.Sprintf("Permission '%s' denied on resource '//%s/%s' (or it may not exist).", permission, a.host, resource),
		a.host, metadata)
}

// serviceDisabled is the refusal of an API that is off in a project, which
// consumer names by its number or as the caller wrote it.
func serviceDisabled(a api, consumer string) error {
	activation := fmt.Sprintf("https://console.developers.google.com/apis/api/%s/overview?project=%s", a.host, consumer)
	message := fmt.Sprintf("%s has not been used in project %s before or it is disabled. Enable it by visiting %s then retry. "+
		"If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.",
		a.title, consumer, activation)
	return failWith(codes.PermissionDenied, message,
		&errdetails.ErrorInfo{Reason: "SERVICE_DISABLED", Domain: "googleapis.com", Metadata: map[string]string{
			"service": a.host, "serviceTitle": a.title, "consumer": "projects/" + consumer,
			"containerInfo": consumer, "activationUrl": activation,
		}},
		&errdetails.LocalizedMessage{Locale: "en-US", Message: message},
		&errdetails.Help{Links: []*errdetails.Help_Link{{
			Description: "Google developers console API activation", Url: activation,
		}}})
}

// noQuotaProject is the answer to a user's own credentials that name no quota
// project: the consumer is then the project of gcloud's client id
// (golang/oauth2#702).
func noQuotaProject(a api) error {
	const consumer = "764086051850"
	message := fmt.Sprintf("Your application is authenticating by using local Application Default Credentials. The %s requires a quota project, "+
		"which is not set by default. To learn how to set your quota project, see "+
		"https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds .", a.host)
	return failWith(codes.PermissionDenied, message, &errdetails.ErrorInfo{
		Reason: "SERVICE_DISABLED", Domain: "googleapis.com",
		Metadata: map[string]string{"service": a.host, "consumer": "projects/" + consumer},
	})
}

// userProjectDenied is the answer to a quota project that the caller may not
// use (google-github-actions/auth#250).
func userProjectDenied(a api, project string) error {
	visit := "https://console.developers.google.com/iam-admin/iam/project?project=" + project
	message := fmt.Sprintf("Caller does not have required permission to use project %s. Grant the caller the "+
		"roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, by visiting "+
		"%s and then retry. Propagation of the new permission may take a few minutes.", project, visit)
	return failWith(codes.PermissionDenied, message,
		&errdetails.Help{Links: []*errdetails.Help_Link{{Description: "Google developer console IAM admin", Url: visit}}},
		&errdetails.ErrorInfo{Reason: "USER_PROJECT_DENIED", Domain: "googleapis.com",
			Metadata: map[string]string{"consumer": "projects/" + project, "service": a.host}})
}

// consumerInvalid is the answer to a quota project that does not exist or is
// being deleted.
func consumerInvalid(a api, project string) error {
	message := fmt.Sprintf("Permission denied on resource project %s.", project)
	return failWith(codes.PermissionDenied, message,
		&errdetails.ErrorInfo{Reason: "CONSUMER_INVALID", Domain: "googleapis.com",
			Metadata: map[string]string{"consumer": "projects/" + project, "service": a.host}},
		&errdetails.LocalizedMessage{Locale: "en-US", Message: message},
		&errdetails.Help{Links: []*errdetails.Help_Link{{
			Description: "Google developers console", Url: "https://console.developers.google.com",
		}}})
}

// perimeterDenied is the answer of VPC Service Controls.
func perimeterDenied(a api, number int64) error {
	const id = "emulator-perimeter"
	return failWith(codes.PermissionDenied,
		"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: "+id,
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{
			Type: "VPC_SERVICE_CONTROLS", Description: id,
		}}},
		&errdetails.ErrorInfo{Reason: "SECURITY_POLICY_VIOLATED", Domain: "googleapis.com", Metadata: map[string]string{
			"service": a.host, "uid": id, "consumer": fmt.Sprintf("projects/%d", number),
		}})
}

// locationViolated is the answer of the organisation policy on locations
// (firebase-tools#6454).
func locationViolated(number int64, location string) error {
	const constraint = "constraints/gcp.resourceLocations"
	subject := fmt.Sprintf("orgpolicy:projects/%d", number)
	return failWith(codes.FailedPrecondition,
		fmt.Sprintf("Constraint %s violated for [%s] attempting to create a secret in [%s]. For more information, see "+
			"https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations.", constraint, subject, location),
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{Type: constraint, Subject: subject}}})
}

// memberNotPermitted is the answer of domain restricted sharing
// (terraform-example-foundation#1454).
func memberNotPermitted(projectID, member string) error {
	return failWith(codes.FailedPrecondition, "One or more users named in the policy do not belong to a permitted customer.",
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{
			Type:        "constraints/iam.allowedPolicyMemberDomains",
			Subject:     fmt.Sprintf("orgpolicy:projects/%s?configvalue=%s", projectID, member),
			Description: fmt.Sprintf("User %s is not in permitted organization.", member),
		}}})
}

// quotaExceeded is what a fault of RESOURCE_EXHAUSTED answers.
func quotaExceeded(a api, consumer string) error {
	const metric, limit = "RequestsPerMinutePerProject", "60"
	return failWith(codes.ResourceExhausted,
		fmt.Sprintf("Quota exceeded for quota metric '%s' and limit '%s' of service '%s' for consumer '%s'.", metric, limit, a.host, consumer),
		&errdetails.ErrorInfo{Reason: "RATE_LIMIT_EXCEEDED", Domain: "googleapis.com", Metadata: map[string]string{
			"service": a.host, "quota_metric": metric, "quota_limit": limit, "quota_location": "global",
			"quota_limit_value": limit, "consumer": consumer,
		}},
		&errdetails.Help{Links: []*errdetails.Help_Link{{
			Description: "Request a higher quota limit.", Url: "https://cloud.google.com/docs/quota#requesting_higher_quota",
		}}})
}

package gcp

import (
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
)

// policyReasons are the ErrorInfo reasons of organisation policies, with the
// constraint that each stands for; empty: the details or the text name it
// (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto;
// CUSTOM_ORG_POLICY_VIOLATION, which managed constraints have too, in Google's
// documentation of custom organisation policies).
var policyReasons = map[string]string{
	"RESOURCE_USAGE_RESTRICTION_VIOLATED": "constraints/gcp.restrictServiceUsage",
	"ENDPOINT_USAGE_RESTRICTION_VIOLATED": "constraints/gcp.restrictEndpointUsage",
	"LOCATION_ORG_POLICY_VIOLATED":        "constraints/gcp.resourceLocations",
	"LOCATION_POLICY_VIOLATED":            "constraints/gcp.resourceLocations",
	"CUSTOM_ORG_POLICY_VIOLATION":         "",
	"ORG_RESTRICTION_VIOLATION":           "",
}

var (
	violated = regexp.MustCompile(`\b(?:constraints|customConstraints)/[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*`)
	// refusing are the words of a refusal beside a constraint's name.
	refusing = regexp.MustCompile(`(?i)\b(?:violat|den(?:y|ied)|disallow|prohibit|forbid|forbidden|not allowed|not permitted)`)
	// byOrganisation is what is said where no constraint is named.
	byOrganisation = regexp.MustCompile(`(?i)custom org polic|denied by org polic|disallowed by organization's|do not belong to a permitted customer`)
	// byDeny recognises what a grant can't help against: IAM's deny policies and
	// principal access boundaries. Google gives them no reason of their own.
	byDeny = regexp.MustCompile(`(?i)\bdeny polic(?:y|ies)\b|\bdenied explicitly\b|\bexplicitly denied\b|\bprincipal access boundar`)
	// attempting names the service in a refusal of gcp.restrictServiceUsage.
	attempting = regexp.MustCompile(`attempting to use service ([a-z0-9.-]+[a-z0-9])`)
)

// policyKind recognises a refusal by an organisation policy or by IAM's deny
// policies, or says "" of any other.
func policyKind(r refusal) cloud.Kind {
	if _, ok := policyReasons[r.details.ErrorInfo.GetReason()]; ok {
		return cloud.OrgPolicy
	}
	for _, v := range r.details.PreconditionFailure.GetViolations() {
		if violated.MatchString(v.GetType()) {
			return cloud.OrgPolicy
		}
	}
	return policyText(r.code, r.message)
}

// policyText recognises the same by what Google says, where it gives no details.
func policyText(code codes.Code, said string) cloud.Kind {
	switch code {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.PermissionDenied:
	default:
		return ""
	}
	switch {
	case byOrganisation.MatchString(said), violated.MatchString(said) && refusing.MatchString(said):
		return cloud.OrgPolicy
	case byDeny.MatchString(said):
		return cloud.DenyPolicy
	default:
		return ""
	}
}

// constraint is the name of the organisation policy that refuses.
func constraint(r refusal) string {
	info := r.details.ErrorInfo
	if name := violated.FindString(info.GetMetadata()["customConstraints"]); name != "" {
		return name
	}
	for _, v := range r.details.PreconditionFailure.GetViolations() {
		if name := violated.FindString(v.GetType()); name != "" {
			return name
		}
	}
	if name := violated.FindString(r.message); name != "" {
		return name
	}
	if name := policyReasons[info.GetReason()]; name != "" {
		return name
	}
	if strings.Contains(r.message, "permitted customer") {
		return "constraints/iam.allowedPolicyMemberDomains"
	}
	return ""
}

// restricted is the service that an organisation policy speaks of.
func restricted(r refusal) string {
	if s := service(r); s != "" {
		return s
	}
	if m := attempting.FindStringSubmatch(r.message); m != nil {
		return m[1]
	}
	return ""
}

// subject is the project that a violation names, as in "projects/1".
func subject(r refusal) string {
	for _, v := range r.details.PreconditionFailure.GetViolations() {
		if on, ok := strings.CutPrefix(v.GetSubject(), "orgpolicy:"); ok {
			on, _, _ = strings.Cut(on, "?")
			return clean.Text(on)
		}
	}
	return ""
}

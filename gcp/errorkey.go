package gcp

import (
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
)

// What Google answers when a service can't use the KMS key of a resource. The
// caller isn't at fault: it is the service's own agent that encrypts. Cloud KMS
// names the permission, or the state of the key as a violated precondition
// whose type begins with KEY_ (https://cloud.google.com/kms/docs/reference/rest);
// what Secret Manager makes of it isn't documented, so texts are matched loosely.
var (
	kmsKey  = regexp.MustCompile(`projects/[^/\s'"]+/locations/[^/\s'"]+/keyRings/[^/\s'"]+/cryptoKeys/[A-Za-z0-9_-]+`)
	ofAKey  = regexp.MustCompile(`(?i)\bkms\b|\bcrypto ?keys?\b`)
	named   = regexp.MustCompile(`(?:\bprojects|\B/)/\S+`) // a resource's name holds any word
	keyGone = regexp.MustCompile(`(?i)\bnot enabled\b|\bdisabled\b|\bdestroyed\b|\bdestroy_scheduled\b|\bdestruction\b|\bpending_generation\b|\bnot found\b|\bdoes not exist\b`)
	keyAway = regexp.MustCompile(`(?i)\blocations?\b|\bregions?\b|\bglobal\b`)
	keyShut = regexp.MustCompile(`(?i)\bpermissions?\b|\baccess\b|\bdenied\b|\bauthori[sz]ed\b|\bencrypterdecrypter\b`)
	account = regexp.MustCompile(`[A-Za-z0-9._-]+@[A-Za-z0-9.-]*gserviceaccount\.com`)
)

// keyKind recognises that a service can't use a KMS key, or says "" of any other
// refusal. A missing agent and an API that is off are kinds of their own.
func keyKind(r refusal) cloud.Kind {
	if agentMissing.MatchString(r.message) || r.details.ErrorInfo.GetReason() == "SERVICE_DISABLED" {
		return ""
	}
	for _, v := range r.details.PreconditionFailure.GetViolations() {
		if strings.HasPrefix(v.GetType(), "KEY_") {
			return cloud.KeyUnusable
		}
	}
	if name, _ := lacking(r); name != "" {
		if strings.HasPrefix(name, "cloudkms.") {
			return cloud.KeyDenied
		}
		return ""
	}
	if r.details.ErrorInfo.GetReason() == "IAM_PERMISSION_DENIED" && strings.HasPrefix(r.details.ErrorInfo.GetDomain(), "cloudkms.") {
		return cloud.KeyDenied
	}
	switch r.code {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.PermissionDenied, codes.NotFound:
		return keyText(r.message)
	default:
		return ""
	}
}

// keyText recognises the same by the words.
func keyText(said string) cloud.Kind {
	words := named.ReplaceAllString(said, "")
	if !kmsKey.MatchString(said) && !ofAKey.MatchString(words) || disabledAPI(said) {
		return ""
	}
	switch {
	case keyGone.MatchString(words):
		return cloud.KeyUnusable
	case keyShut.MatchString(words):
		return cloud.KeyDenied
	case keyAway.MatchString(words):
		return cloud.KeyMisplaced
	default:
		return ""
	}
}

// blamed is the account that Google names; empty: none.
func blamed(r refusal) string { return clean.Text(account.FindString(r.message)) }

// keyOf is the KMS key that a refusal names.
func keyOf(r refusal) string {
	if name := kmsKey.FindString(r.details.ErrorInfo.GetMetadata()["resource"]); name != "" {
		return clean.Text(name)
	}
	return clean.Text(kmsKey.FindString(r.message))
}

// keyService is the service that can't use a key. Artifact Registry, validating
// an upstream, hands on what Secret Manager says of the secret's key.
func keyService(r refusal, member string, at origin) string {
	if member == "" && validation.MatchString(r.message) {
		return cloud.SecretManagerAPI
	}
	return agentService(member, at)
}

// agentService is the service whose agent was to do the work: the one that the
// account's name tells, else the one that was called.
func agentService(member string, at origin) string {
	switch {
	case strings.Contains(member, "@gcp-sa-secretmanager."):
		return cloud.SecretManagerAPI
	case strings.Contains(member, "@gcp-sa-artifactregistry."):
		return cloud.ArtifactRegistryAPI
	case strings.HasPrefix(at.rpc, "SecretManagerService."):
		return cloud.SecretManagerAPI
	default:
		return cloud.ArtifactRegistryAPI
	}
}

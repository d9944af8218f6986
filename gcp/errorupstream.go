package gcp

import (
	"cmp"
	"regexp"
	"strings"

	"example.com/upstreamauth/flows/cloud"
)

// What Artifact Registry answers when it has tried an upstream and failed, as
// far as it has been seen in public:
//
//	Failed to validate remote upstream: failed to fetch bearer token; generic::unauthenticated: Unauthorized error returned by the external repository... this typically means your upstream credentials are invalid
//	Failed to validate remote upstream: generic::invalid_argument: Artifact Registry repositories not supported as custom remote repository URI
//
// (terraform-provider-google#17589, #20803.) What it says of a secret that it
// cannot read has not. So that is matched on words, never on a whole text, but
// only on Google's own: what it quotes of the upstream may hold any word.
var (
	validation = regexp.MustCompile(`(?i)failed to validate remote upstream`)
	// quoting begins what the upstream has answered.
	quoting = regexp.MustCompile(`(?i)\b(?:external|remote|upstream) (?:repository|registry|server)\b|\b(?:answered|responded|response)\b|\bhttp[ /]|\bstatus(?: code)?:? *\d{3}\b|[\s:(][45]\d\d(?:[\s:;,.)]|$)`)
	// canonical is the code that Google names in a text, as in
	// "generic::permission_denied".
	canonical = regexp.MustCompile(`\bgeneric::([a-z_]+)`)
	ofASecret = regexp.MustCompile(`(?i)\bsecrets?(?:manager)?\b`)
	ofAccess  = regexp.MustCompile(`(?i)\b(?:permission|access|accessible|denied|forbidden|not allowed|not authori[sz]ed)\b`)
)

// upstreamKind reads a refusal of UpdateRepository, or says "" of any other.
func upstreamKind(r refusal, at origin) cloud.Kind {
	permission, _ := lacking(r)
	unread := permission == "secretmanager.versions.access"
	prefix := validation.FindStringIndex(r.message)
	if prefix == nil {
		if unread && strings.HasSuffix(at.rpc, ".UpdateRepository") {
			return cloud.GrantPending
		}
		return ""
	}
	said := r.message[prefix[1]:]
	own := said
	if quoted := quoting.FindStringIndex(said); quoted != nil {
		own = said[:quoted[0]]
	}
	code := ""
	if named := canonical.FindStringSubmatch(own); named != nil {
		code = named[1]
	}
	switch {
	case code == "unauthenticated", strings.Contains(said, "upstream credentials are invalid"), strings.Contains(own, "Unauthorized error"):
		return cloud.UpstreamRejected
	case policyText(r.code, own) != "":
		return policyText(r.code, own)
	case strings.HasPrefix(permission, "cloudkms."), ofASecret.MatchString(own) && keyText(own) != "":
		return cmp.Or(keyText(own), cloud.KeyDenied)
	case unread && (code == "" || code == "permission_denied"):
		return cloud.GrantPending
	case agentMissing.MatchString(own):
		return cloud.AgentMissing
	case versionOff.MatchString(own):
		return cloud.VersionDisabled
	case !ofASecret.MatchString(own):
		return cloud.UpstreamFailed
	case strings.Contains(own, "not found"):
		return cloud.NotFound
	case (code == "" || code == "permission_denied") && ofAccess.MatchString(own):
		return cloud.GrantPending
	default:
		return cloud.UpstreamFailed
	}
}

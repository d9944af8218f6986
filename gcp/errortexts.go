package gcp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	"example.com/upstreamauth/flows/clean"
)

var (
	permission   = regexp.MustCompile(`[Pp]ermission '([A-Za-z0-9.]+)' denied(?: (?:on|for) resource(?: '([^']*)')?)?`)
	agentMissing = regexp.MustCompile(`[Ss]ervice account \S+ does not exist`)
	versionOff   = regexp.MustCompile(`(?i)is in (DISABLED|DESTROYED) state`)
	apiAddress   = regexp.MustCompile(`/apis/api/([a-z0-9.-]+)/`)
)

// lacking is the permission that was missing, and on what: by the details, or
// by the text. Secret Manager writes "for resource", the others "on resource".
func lacking(r refusal) (string, string) {
	meta := r.details.ErrorInfo.GetMetadata()
	name, on := meta["permission"], meta["resource"]
	if m := permission.FindStringSubmatch(r.message); m != nil {
		name, on = cmp.Or(name, m[1]), cmp.Or(on, m[2])
	}
	if r.details.ErrorInfo.GetReason() == "CONSUMER_INVALID" {
		on = meta["consumer"]
	}
	return clean.Text(name), clean.Text(on)
}

func service(r refusal) string {
	if s := r.details.ErrorInfo.GetMetadata()["service"]; s != "" {
		return clean.Text(s)
	}
	if m := apiAddress.FindStringSubmatch(r.message); m != nil {
		return m[1]
	}
	return ""
}

// disabledAPI recognises what Google says of an API that is off.
func disabledAPI(s string) bool {
	return strings.Contains(s, "it is disabled") && strings.Contains(s, "has not been used in project")
}

// signedOutText recognises what the client libraries, today's and older ones,
// say of credentials that are missing or no longer good.
func signedOutText(s string) bool {
	return has(strings.ToLower(s), "could not find default credentials", `"invalid_grant"`, "invalid_rapt", "rapt_required",
		"reauth related error", `"invalid_client"`, `"unauthorized_client"`, "cannot fetch token: 400", "cannot fetch token: 401")
}

// networkText recognises the network's failures inside a text of gRPC's.
func networkText(s string) bool {
	return has(strings.ToLower(s), "dial tcp", "no such host", "connection re", "i/o timeout", "deadline exceeded", "tls: ", "x509: ", ": eof")
}

// has tells whether any of the parts is in the text.
func has(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// detailJSON is a detail for a support ticket. One of a type unknown here is
// named only.
func detailJSON(d *anypb.Any) string {
	b, err := protojson.Marshal(d)
	if err != nil {
		return d.GetTypeUrl()
	}
	return compact(b)
}

// compact takes out the white space, which protojson varies on purpose.
func compact(b []byte) string {
	var out bytes.Buffer
	if json.Compact(&out, b) != nil {
		return string(b)
	}
	return out.String()
}

package state

import (
	"strings"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// OfVersion is a version's state in words. One that isn't known yet is shown as
// Secret Manager calls it.
func OfVersion(v cloud.Version) text.Text {
	switch v.State {
	case "ENABLED":
		return text.New("enabled")
	case "DISABLED":
		return text.New("disabled")
	case "DESTROYED":
		return text.New("destroyed")
	default:
		return text.Verbatim(strings.ToLower(v.State))
	}
}

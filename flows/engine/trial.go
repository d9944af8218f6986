package engine

import (
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/upstream"
)

// TargetOf is the repository's upstream.
func TargetOf(r cloud.Repository) upstream.Target {
	return upstream.Target{Format: r.Format, Preset: r.Preset, URI: r.URI}
}

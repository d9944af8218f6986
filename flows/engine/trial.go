package engine

import (
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/upstream"
)

// TargetOf is the repository's upstream.
func TargetOf(r cloud.Repository) upstream.Target {
	return upstream.Target{Format: r.Format, Preset: r.Preset, URI: r.URI}
}

// Artifact is what the options name to be pulled through a repository, in full;
// empty where they name nothing.
func (o Options) Artifact(r cloud.Repository) string {
	return upstream.Recognise(TargetOf(r)).Artifact(o.VerifyWith)
}

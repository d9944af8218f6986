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

// ShownUsername is a user name at the repository's upstream as it may be shown.
func ShownUsername(r cloud.Repository, username string) string {
	return upstream.Recognise(TargetOf(r)).ShownUsername(username)
}

// shown is what is reported, with a user name that is a secret hidden.
func (a About) shown() About {
	a.Username = ShownUsername(a.Repository, a.Username)
	a.Repository.Username = ShownUsername(a.Repository, a.Repository.Username)
	return a
}

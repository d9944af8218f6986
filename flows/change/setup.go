// Package change holds the flows that change something: each is a list of
// questions and a plan.
package change

import (
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

// Setup sets up a remote repository's credentials for its upstream.
func Setup() *engine.Flow {
	return &engine.Flow{
		ID: "setup", Title: text.New("Set up upstream credentials"),
		Why: text.New("Artifact Registry signs in to the upstream with your user name and a token stored in Secret Manager."),
		Steps: []engine.Step{
			step.SignIn(), step.Project(), step.Repository(), step.Secret(), step.Version(),
			step.PublicSecret(step.ChosenSecret), step.ChosenTrial(), step.Username(), step.Token(),
		},
		Plan: planSetup,
	}
}

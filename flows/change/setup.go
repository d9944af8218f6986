// Package change holds the flows that change something: each is a list of
// questions and a plan.
package change

import (
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
)

// Setup gives a remote repository the credentials for its upstream.
func Setup() *engine.Flow {
	return &engine.Flow{
		ID: "setup", Title: text.New("Give a repository its upstream credentials"),
		Why: text.New("Artifact Registry will sign in to the upstream with a user name and a token that Secret Manager keeps."),
		Steps: []engine.Step{
			step.SignIn(), step.Project(), step.Repository(), step.Secret(), step.Version(), step.PublicSecret(step.ChosenSecret), step.ChosenTrial(), step.Username(), step.Token(),
		},
		Plan: planSetup,
	}
}

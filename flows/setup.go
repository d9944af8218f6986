package flows

// Setup gives a remote repository the credentials for its upstream.
func Setup() *Flow {
	return &Flow{
		ID: "setup", Title: "Give a repository its upstream credentials",
		Why: "Artifact Registry will sign in to the upstream with a user name and a token that Secret Manager keeps.",
		Steps: []Step{
			stepSignIn(), stepProject(), stepRepository(), stepSecret(), stepVersion(), stepUsername(), stepToken(),
		},
		Plan: planSetup,
	}
}

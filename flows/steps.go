package flows

// The ids of steps.
const (
	StepFlow       = "flow"
	StepSignIn     = "sign-in"
	StepProject    = "project"
	StepRepository = "repository"
	StepSecret     = "secret"
	StepVersion    = "version"
	StepUsername   = "username"
	StepToken      = "token"
)

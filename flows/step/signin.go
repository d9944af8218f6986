package step

import (
	"context"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
)

// AskSignIn asks nothing: it finds out whether Google knows the caller.
func SignIn() engine.Step {
	return engine.Step{
		ID: engine.StepSignIn, Title: "Sign-in", Why: "Google must know who you are.",
		Check: func(ctx context.Context, e *engine.Env, _ engine.Draft) ([]check.Finding, error) {
			c, err := e.Caller(ctx)
			if err != nil {
				return nil, err
			}
			f := check.Finding{ID: engine.StepSignIn, Level: check.OK, Says: signedIn(c)}
			if c.QuotaProject != "" {
				f.Why = "calls are charged to " + c.QuotaProject
			}
			return []check.Finding{f}, nil
		},
	}
}

func signedIn(c cloud.Caller) string {
	switch {
	case c.Kind == "emulator":
		return "an emulator stands in for Google"
	case c.Email != "":
		return "signed in as " + c.Email
	default:
		return "signed in with the credentials of a " + c.Kind
	}
}

package step

import (
	"context"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// AskSignIn asks nothing: it finds out whether Google knows the caller.
func SignIn() engine.Step {
	return engine.Step{
		ID: engine.StepSignIn, Title: text.New("Sign-in"), Why: text.New("Google must know who you are."),
		Check: func(ctx context.Context, e *engine.Env, _ engine.Draft) ([]check.Finding, error) {
			c, err := e.Caller(ctx)
			if err != nil {
				return nil, err
			}
			f := check.Finding{ID: engine.StepSignIn, Level: check.OK, Says: signedIn(c)}
			if c.QuotaProject != "" {
				f.Why = text.New("calls are charged to %s", c.QuotaProject)
			}
			return []check.Finding{f}, nil
		},
	}
}

func signedIn(c cloud.Caller) text.Text {
	switch {
	case c.Kind == "emulator":
		return text.New("an emulator stands in for Google")
	case c.Email != "":
		return text.New("signed in as %s", c.Email)
	default:
		return text.New("signed in with the credentials of a %s", c.Kind)
	}
}

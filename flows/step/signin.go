package step

import (
	"context"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// SignIn asks nothing: it checks that Google knows the caller.
func SignIn() engine.Step {
	return engine.Step{
		ID: engine.StepSignIn, Title: text.New("Sign-in"), Why: text.New("Checks that you are signed in to Google Cloud."),
		Check: func(ctx context.Context, e *engine.Env, _ engine.Draft) ([]check.Finding, error) {
			c, err := e.Caller(ctx)
			if err != nil {
				return nil, err
			}
			f := check.Finding{ID: engine.StepSignIn, Code: check.SignedIn, Level: check.OK, Says: signedIn(c)}
			if c.QuotaProject != "" {
				f.Why = text.New("API calls count towards the quota of project %q", c.QuotaProject)
			}
			return []check.Finding{f}, nil
		},
	}
}

func signedIn(c cloud.Caller) text.Text {
	switch {
	case c.Kind == "emulator":
		return text.New("Using an emulator instead of Google Cloud")
	case c.Email != "":
		return text.New("Signed in as %q", c.Email)
	default:
		return text.New("Signed in with credentials of the type %q", c.Kind)
	}
}

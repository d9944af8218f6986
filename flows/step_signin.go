package flows

import (
	"context"

	"example.com/upstreamauth/flows/check"
)

// stepSignIn asks nothing: it finds out whether Google knows the caller.
func stepSignIn() Step {
	return Step{
		ID: StepSignIn, Title: "Sign-in", Why: "Google must know who you are.",
		Check: func(ctx context.Context, e *Env, _ Draft) ([]check.Finding, error) {
			c, err := e.Caller(ctx)
			if err != nil {
				return nil, err
			}
			f := check.Finding{ID: StepSignIn, Level: check.OK, Says: signedIn(c)}
			if c.QuotaProject != "" {
				f.Why = "calls are charged to " + c.QuotaProject
			}
			return []check.Finding{f}, nil
		},
	}
}

func signedIn(c Caller) string {
	switch {
	case c.Kind == "emulator":
		return "an emulator stands in for Google"
	case c.Email != "":
		return "signed in as " + c.Email
	default:
		return "signed in with the credentials of a " + c.Kind
	}
}

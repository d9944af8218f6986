package step

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
)

const onlyThis = "only"

const AllUsers = "all"

// AskUsersOf asks, where other repositories use the same secret, whether they
// are to be switched as well.
func Users() engine.Step {
	return engine.Step{
		ID: engine.StepUsers, Title: "Other repositories", Default: onlyThis,
		Why:  "Other repositories take their token from the same secret; each is verified by a pull of its own.",
		When: func(d engine.Draft) bool { return !d.Options.AllUsers || d.From[engine.StepUsers] != "" },
		Ask:  engine.AtOnce(askUsers),
		Take: func(d *engine.Draft, a engine.Answer) error {
			d.Options.AllUsers = a.Text == AllUsers
			return engine.OneOf(a.Text, AllUsers, onlyThis)
		},
		Show: func(d engine.Draft) string {
			if d.Options.AllUsers {
				return "all that use the secret"
			}
			return "only this one"
		},
	}
}

func askUsers(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
	r, err := state.RepositoryOf(ctx, e, d)
	if err != nil {
		return engine.Prompt{}, err
	}
	u := state.OtherUsers(ctx, e, d, r)
	if len(u.Repositories) == 0 {
		return engine.Prompt{Settled: onlyThis}, nil
	}
	return engine.Prompt{Kind: engine.Pick, Help: []string{"The secret is " + u.Reason()}, Options: []engine.Option{
		{Value: AllUsers, Label: fmt.Sprintf("all %d", len(u.Repositories)+1), Note: "switch these too: " + strings.TrimPrefix(u.Reason(), "still used by ")},
		{Value: onlyThis, Label: "only this one", Note: "the old version stays enabled as long as another one uses it"},
	}}, nil
}

// AskKeptUsername keeps the repository's user name unless another is given.
func KeptUsername() engine.Step {
	s := Username()
	ask := s.Ask
	s.Settles = true
	s.Ask = func(ctx context.Context, e *engine.Env, d engine.Draft) iter.Seq2[engine.Prompt, error] {
		return func(yield func(engine.Prompt, error) bool) {
			r, err := state.RepositoryOf(ctx, e, d)
			if err != nil || r.Username != "" {
				yield(engine.Prompt{Settled: r.Username}, err)
				return
			}
			ask(ctx, e, d)(yield)
		}
	}
	return s
}

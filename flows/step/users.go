package step

import (
	"context"
	"iter"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// onlyThis is the answer that switches this repository alone.
const onlyThis = "only"

// AllUsers is the answer that switches every repository of the secret.
const AllUsers = "all"

// Users asks, where other repositories use the same secret, whether to switch them
// as well.
func Users() engine.Step {
	return engine.Step{
		ID: engine.StepUsers, Title: text.New("Other repositories"), Default: onlyThis,
		Why:  text.New("Other repositories use the same secret. Each one you switch is verified by its own pull."),
		When: func(d engine.Draft) bool { return !d.Options.AllUsers || d.From[engine.StepUsers] != "" },
		Ask:  engine.AtOnce(askUsers),
		Take: func(d *engine.Draft, a engine.Answer) error {
			d.Options.AllUsers = a.Text == AllUsers
			return engine.OneOf(a.Text, AllUsers, onlyThis)
		},
		Show: func(d engine.Draft) text.Text {
			if d.Options.AllUsers {
				return text.New("all that use the secret")
			}
			return text.New("only this one")
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
	return engine.Prompt{Kind: engine.Pick, Options: []engine.Option{
		{Value: AllUsers, Label: text.New("All %d", len(u.Repositories)+1),
			Note: text.New("also switch %s", u.Named())},
		{Value: onlyThis, Label: text.New("Only this one"),
			Note: text.New("the old version stays enabled while another repository uses it")},
	}}, nil
}

// KeptUsername keeps the repository's user name unless another is given.
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

package step

import (
	"context"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// KeepCreated and DeleteCreated are the answers to the question about a secret that
// the run created.
const (
	KeepCreated   = "keep"
	DeleteCreated = "delete"
)

// Created asks whether an undo deletes the secret that its run created, where
// nothing else uses it. deletion is the action that would do so, nil where the
// secret has to stay.
func Created(deletion func(context.Context, *engine.Env, engine.Draft) (*engine.Action, error)) engine.Step {
	return engine.Step{
		ID: engine.StepCreated, Title: text.New("Created secret"), Default: KeepCreated,
		Why:  text.New("The run created this secret, and nothing else uses it. Deleting it can't be undone."),
		When: func(d engine.Draft) bool { return !d.Options.DeleteCreated || d.From[engine.StepCreated] != "" },
		Ask: engine.AtOnce(func(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
			a, err := deletion(ctx, e, d)
			switch {
			case err != nil:
				return engine.Prompt{}, err
			case a == nil:
				return engine.Prompt{Settled: KeepCreated}, nil
			}
			return engine.Prompt{Kind: engine.Pick, Options: []engine.Option{
				{Value: KeepCreated, Label: text.New("Keep it"), Note: text.New("its version is disabled")},
				{Value: DeleteCreated, Label: text.New("Delete it"), Note: a.Says},
			}}, nil
		}),
		Take: func(d *engine.Draft, a engine.Answer) error {
			d.Options.DeleteCreated = a.Text == DeleteCreated
			return engine.OneOf(a.Text, KeepCreated, DeleteCreated)
		},
		Show: func(d engine.Draft) text.Text {
			if d.Options.DeleteCreated {
				return text.New("delete it")
			}
			return text.New("keep it")
		},
	}
}

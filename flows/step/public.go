package step

import (
	"context"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// The answers to the question whether to store a token where others can read it.
const (
	keepItOut   = "no"
	storeAnyway = "yes"
)

// PublicSecret asks, before a token is given, whether to store it in a secret that
// too many may read. Where nobody can be asked, a flag has to allow it.
func PublicSecret(
	which func(ctx context.Context, e *engine.Env, d engine.Draft) (cloud.SecretName, bool),
) engine.Step {
	about := func(ctx context.Context, e *engine.Env, d engine.Draft) *check.Finding {
		secret, ok := which(ctx, e, d)
		if !ok {
			return nil
		}
		return state.PublicReaders(ctx, e, secret)
	}
	return engine.Step{
		ID: engine.StepPublicSecret, Title: text.New("Shared secret"), Default: keepItOut,
		Why:  text.New("Anyone who can read the secret can use your token."),
		When: func(d engine.Draft) bool { return d.Version == "" },
		Ask: engine.AtOnce(func(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
			f := about(ctx, e, d)
			if f == nil || d.Options.AllowPublicSecret {
				return engine.Prompt{Settled: keepItOut}, nil
			}
			return engine.Prompt{Kind: engine.Pick, Help: []text.Text{f.Says, f.Why}, Options: []engine.Option{
				{Value: keepItOut, Label: text.New("Don't store it"),
					Note: text.New("choose another secret, or remove these members from its policy")},
				{Value: storeAnyway, Label: text.New("Store it anyway"), Note: text.New("they can read the token")},
			}}, nil
		}),
		Take: func(d *engine.Draft, a engine.Answer) error {
			d.Public = a.Text == storeAnyway
			return engine.OneOf(a.Text, storeAnyway, keepItOut)
		},
		Check: func(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
			f := about(ctx, e, d)
			switch {
			case f == nil:
				return nil, nil
			case d.Public || d.Options.AllowPublicSecret:
				f.Level, f.Why = check.Note, text.New("The token is stored in it anyway, as you chose")
			default:
				f.Level = check.Block
				f.Remedy.Says = text.New("Choose another secret, remove these members from its policy, or allow it with --allow-public-secret")
			}
			return []check.Finding{*f}, nil
		},
		Show: func(d engine.Draft) text.Text {
			if d.Public {
				return text.New("store it anyway")
			}
			return text.New("not shared")
		},
	}
}

// ChosenSecret is the secret that a setup stores its token in.
func ChosenSecret(_ context.Context, _ *engine.Env, d engine.Draft) (cloud.SecretName, bool) {
	return d.SecretName(), true
}

// PresentSecret is the secret that the repository refers to now.
func PresentSecret(ctx context.Context, e *engine.Env, d engine.Draft) (cloud.SecretName, bool) {
	r, err := state.RepositoryOf(ctx, e, d)
	v, ok := cloud.WellFormed(r.SecretVersion)
	return v.Secret, err == nil && ok
}

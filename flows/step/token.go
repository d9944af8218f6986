package step

import (
	"context"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// maxPayload is what Secret Manager takes for one version, in bytes.
const maxPayload = 64 << 10

// Token asks for the upstream's access token and tests it there.
func Token() engine.Step {
	return engine.Step{
		ID: engine.StepToken, Title: text.New("Token"), Flag: "token-file",
		Why:  text.New("Your access token. It's tested at the upstream now, and stored only in Secret Manager."),
		When: func(d engine.Draft) bool { return d.Version == "" },
		Ask: engine.AtOnce(func(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
			r, err := state.RepositoryOf(ctx, e, d)
			k := upstream.Recognise(engine.TargetOf(r))
			return engine.Prompt{Kind: engine.Token, Noun: text.New("token"), Help: []text.Text{k.TokenHelp, k.Trial.Says}}, err
		}),
		Take:  takeToken,
		Check: checkToken,
		Show: func(d engine.Draft) text.Text {
			if d.Token.Empty() { // it was stored, and wiped from memory
				return text.New("given")
			}
			return text.Plural(d.Token.Len(), "%d character", "%d characters")
		},
	}
}

func takeToken(d *engine.Draft, a engine.Answer) error {
	given := a.Secret.Reveal()
	trimmed, removed := upstream.Trim(given)
	if d.AsIs = a.AsIs || d.Options.TokenAsIs; d.AsIs {
		trimmed, removed = given, 0
	}
	switch {
	case len(given) == 0:
		return &engine.Usage{Title: text.New("The token is empty")}
	case len(trimmed) == 0:
		return &engine.Usage{Title: text.New("The token is only white space")}
	case len(trimmed) > maxPayload:
		return &engine.Usage{Title: text.New("The token is too long"),
			Detail: text.New("It has %d bytes; Secret Manager takes up to %d", len(trimmed), maxPayload)}
	}
	d.Token, d.Trimmed = a.Secret, removed
	if removed > 0 {
		d.Token = token.New(trimmed) // the same bytes: wiping one wipes both
	}
	return nil
}

func checkToken(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
	r, err := state.RepositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	var fs []check.Finding
	if d.Trimmed > 0 {
		fs = append(fs, check.Finding{ID: "token-space", Code: check.TokenTrimmed, Level: check.Note,
			Says: text.Plural(d.Trimmed, "Removed %d character of white space around the token",
				"Removed %d characters of white space around the token")})
	}
	return append(fs, state.TryToken(ctx, e, d, r, d.Token)...), nil
}

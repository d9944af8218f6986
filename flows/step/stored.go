package step

import (
	"context"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// leaveAlone is the answer that a stored token isn't sent where Google may not send
// it.
const leaveAlone = "leave"

// storedTrial asks a person whether to test a stored token at an upstream where
// nothing shows that Google sends it. Only a person can agree to that.
func storedTrial(which func(cloud.Repository, engine.Draft) (cloud.VersionName, bool),
	when func(engine.Draft) bool) engine.Step {
	return engine.Step{
		ID: engine.StepStoredTrial, Title: text.New("Test the stored token"), Default: leaveAlone, InPerson: true,
		Why:  text.New("Artifact Registry may not read this token, so it may not be meant for this upstream."),
		When: func(d engine.Draft) bool { return !d.Options.SkipTrial && when(d) },
		Ask: engine.AtOnce(func(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
			r, err := state.RepositoryOf(ctx, e, d)
			v, ok := which(r, d)
			if err != nil || !ok { // the next step, or the chain, says what is wrong
				return engine.Prompt{Settled: leaveAlone}, nil
			}
			return askStoredTrial(ctx, e, r, v)
		}),
		Take: func(d *engine.Draft, a engine.Answer) error {
			d.Agreed = ""
			if a.Text != leaveAlone {
				d.Agreed = a.Text
			}
			return nil
		},
		Check: func(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
			r, err := state.RepositoryOf(ctx, e, d)
			v, ok := which(r, d)
			if d.Agreed == "" || err == nil && ok && d.Agreed == state.Agreement(r, v) {
				return nil, nil
			}
			return []check.Finding{{ID: engine.StepStoredTrial, Code: check.AnswerOutdated, Level: check.Block,
				Says: text.New("The token or the upstream has changed since you answered"), Remedy: &check.Hint{Says: text.New("Answer again")}}}, nil
		},
		Show: func(d engine.Draft) text.Text {
			if d.Agreed != "" {
				return text.New("test it once")
			}
			return text.New("don't test it")
		},
	}
}

func askStoredTrial(
	ctx context.Context, e *engine.Env, r cloud.Repository, v cloud.VersionName,
) (engine.Prompt, error) {
	_, err := state.MayTry(ctx, e, r, v, "")
	f := state.AsUntried(err)
	if f == nil { // it may be tried, or there is nothing to try
		return engine.Prompt{Settled: leaveAlone}, nil
	}
	return engine.Prompt{Kind: engine.Pick, Help: []text.Text{f.Why}, Options: []engine.Option{
		{Value: leaveAlone, Label: text.New("Don't test it"),
			Note: text.New("nothing is sent, and the token counts as not checked")},
		{Value: state.Agreement(r, v), Label: text.New("Test it once"),
			Note: text.New("send version %s of secret %q to %s", v.ID, v.Secret.ID, engine.TargetOf(r).BaseURL())},
	}}, nil
}

// ChosenTrial is storedTrial for the version that a setup uses.
func ChosenTrial() engine.Step {
	return storedTrial(func(_ cloud.Repository, d engine.Draft) (cloud.VersionName, bool) {
		return cloud.VersionName{Secret: d.SecretName(), ID: d.Version}, true
	},
		func(d engine.Draft) bool { return d.Version != "" })
}

// PresentTrial is storedTrial for the version that the repository uses now.
func PresentTrial() engine.Step {
	return storedTrial(func(r cloud.Repository, _ engine.Draft) (cloud.VersionName, bool) {
		v, ok := cloud.WellFormed(r.SecretVersion)
		return v, ok && r.Username != "" && upstream.Recognise(engine.TargetOf(r)).PasswordLess.Empty()
	}, func(engine.Draft) bool { return true })
}

package step

import (
	"cmp"
	"context"
	"strings"
	"unicode"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// maxUsername is how long a user name may be, in bytes.
const maxUsername = 1024

// Username asks for the user name at the upstream.
func Username() engine.Step {
	return engine.Step{
		ID: engine.StepUsername, Title: text.New("User name"), Flag: "username",
		Why: text.New("Your user name at the upstream (not your Google account)."),
		Ask: engine.AtOnce(func(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
			r, err := state.RepositoryOf(ctx, e, d)
			k := upstream.Recognise(engine.TargetOf(r))
			p := engine.Prompt{Kind: engine.Type, Noun: text.New("user name"), Help: help(k),
				Proposal: cmp.Or(r.Username, k.User.Proposal)}
			return p, err
		}),
		Take: func(d *engine.Draft, a engine.Answer) error {
			name := strings.TrimSpace(a.Text)
			switch {
			case name == "":
				return &engine.Usage{Title: text.New("The user name is empty")}
			case len(name) > maxUsername:
				return &engine.Usage{Title: text.New("The user name is too long"),
					Detail: text.New("It has %d bytes; the limit is %d", len(name), maxUsername)}
			case strings.ContainsFunc(name, unicode.IsControl):
				return &engine.Usage{Title: text.New("The user name contains a control character")}
			}
			d.Username, d.UsernameAsIs = name, a.AsIs || d.Options.TokenAsIs
			return nil
		},
		Check: checkUsername,
		Show: func(d engine.Draft) text.Text {
			return text.Verbatim(engine.ShownUsername(cloud.Repository{}, d.Username))
		},
	}
}

// help is what is known about an upstream's user names, and about how Artifact
// Registry uses the upstream where that isn't obvious.
func help(k *upstream.Kind) []text.Text {
	if k.Seen.Empty() {
		return []text.Text{k.User.Help}
	}
	return []text.Text{k.User.Help, k.Seen}
}

func checkUsername(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
	r, err := state.RepositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	fs := upstream.Recognise(engine.TargetOf(r)).CheckUsername(d.Username)
	for i := range fs {
		switch f := &fs[i]; {
		case f.Code != check.UsernameIsSecret || f.Level != check.Block:
		case d.UsernameAsIs:
			f.Level = check.Warning
		default:
			offers := append(f.Remedy.Offers(),
				check.Choice{Says: text.New("Use it as it is (--token-as-is)"), Use: check.Correction{AsIs: true}})
			f.Remedy = &check.Hint{Says: f.Remedy.Says, Choices: offers}
		}
	}
	if d.Version == "" || check.Worst(fs) == check.Block {
		return fs, nil
	}
	return append(fs, state.TryStored(ctx, e, d, r)...), nil
}

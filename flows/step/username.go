package step

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// AskUsername asks for the user name at the upstream.
func Username() engine.Step {
	return engine.Step{
		ID: engine.StepUsername, Title: "User name", Flag: "username",
		Why: "The name that the upstream knows you by, not your Google account.",
		Ask: engine.AtOnce(func(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
			r, err := state.RepositoryOf(ctx, e, d)
			k := upstream.Recognise(engine.TargetOf(r))
			return engine.Prompt{Kind: engine.Type, Noun: "user name", Help: help(k), Proposal: cmp.Or(r.Username, k.User.Proposal)}, err
		}),
		Take: func(d *engine.Draft, a engine.Answer) error {
			name := strings.TrimSpace(a.Text)
			switch {
			case name == "":
				return &engine.Usage{Title: "the user name is empty"}
			case len(name) > 1024:
				return &engine.Usage{Title: "the user name is too long", Detail: "it has more than 1,024 bytes"}
			case strings.ContainsFunc(name, unicode.IsControl):
				return &engine.Usage{Title: "the user name holds a control character"}
			}
			d.Username = name
			return nil
		},
		Check: checkUsername,
		Show:  func(d engine.Draft) string { return d.Username },
	}
}

// help is what is known of an upstream's user names, and of how Artifact
// Registry uses it where that is not plain.
func help(k *upstream.Kind) []string {
	if k.Seen == "" {
		return []string{k.User.Help}
	}
	return []string{k.User.Help, fmt.Sprintf("To Artifact Registry: %s.", k.Seen)}
}

func checkUsername(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
	r, err := state.RepositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	fs := upstream.Recognise(engine.TargetOf(r)).CheckUsername(d.Username)
	if d.Version == "" || check.Worst(fs) == check.Block {
		return fs, nil
	}
	return append(fs, tryStored(ctx, e, d, r)...), nil
}

// tryStored tries a token that is stored already, where the caller may read it.
func tryStored(ctx context.Context, e *engine.Env, d engine.Draft, r cloud.Repository) []check.Finding {
	name := cloud.VersionName{Secret: d.SecretName(), ID: d.Version}
	stored, err := e.Payload(ctx, name)
	if err != nil {
		return []check.Finding{{ID: engine.CheckUpstream, Level: check.Unknown, Says: "the stored token could not be tried on the upstream",
			Why:    "you may not read it: " + engine.Explain(err).Error(),
			Remedy: &check.Remedy{Says: "roles/secretmanager.secretAccessor on the secret allows it"}}}
	}
	defer stored.Wipe()
	return TryToken(ctx, e, d, r, stored, e.StoredAt(ctx, name))
}

// TryToken checks a token's shape and tries it on the upstream. One that was
// stored already, and not just given, is judged by its age as well.
func TryToken(ctx context.Context, e *engine.Env, d engine.Draft, r cloud.Repository, s token.Secret, storedAt time.Time) []check.Finding {
	fs := upstream.Recognise(engine.TargetOf(r)).StoredAt(storedAt).CheckToken(d.Username, s, e.Now())
	worst := check.Worst(fs)
	if worst == check.Block || d.Options.SkipTrial || d.Looking && worst == check.Warning {
		return fs // half a token is not tried: an upstream may lock an account after some
	}
	o, err := e.Try(ctx, engine.TargetOf(r), d.Username, s, d.Options.VerifyWith, d.Options.AllowRealms)
	if err != nil {
		return append(fs, check.Finding{ID: engine.CheckUpstream, Level: check.Warning, Says: "the credential could not be tried on the upstream", Why: engine.Explain(err).Error()})
	}
	f := o.Finding()
	if o.Verdict == upstream.NotRegistry { // nothing is written for what nothing can be pulled from
		f.Level = check.Block
	}
	return append(fs, f)
}

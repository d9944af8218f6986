package flows

import (
	"cmp"
	"context"
	"strings"
	"unicode"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// stepUsername asks for the user name at the upstream.
func stepUsername() Step {
	return Step{
		ID: StepUsername, Title: "User name", Flag: "username",
		Why: "The name that the upstream knows you by, not your Google account.",
		Ask: atOnce(func(ctx context.Context, e *Env, d Draft) (Prompt, error) {
			r, err := repositoryOf(ctx, e, d)
			k := upstream.Recognise(targetOf(r))
			return Prompt{Kind: Type, Noun: "user name", Help: []string{k.User.Help}, Proposal: cmp.Or(r.Username, k.User.Proposal)}, err
		}),
		Take: func(d *Draft, a Answer) error {
			name := strings.TrimSpace(a.Text)
			switch {
			case name == "":
				return &Usage{Title: "the user name is empty"}
			case len(name) > 1024:
				return &Usage{Title: "the user name is too long", Detail: "it has more than 1,024 bytes"}
			case strings.ContainsFunc(name, unicode.IsControl):
				return &Usage{Title: "the user name holds a control character"}
			}
			d.Username = name
			return nil
		},
		Check: checkUsername,
		Show:  func(d Draft) string { return d.Username },
	}
}

func checkUsername(ctx context.Context, e *Env, d Draft) ([]check.Finding, error) {
	r, err := repositoryOf(ctx, e, d)
	if err != nil {
		return nil, err
	}
	fs := upstream.Recognise(targetOf(r)).CheckUsername(d.Username)
	if d.Version == "" || check.Worst(fs) == check.Block {
		return fs, nil
	}
	return append(fs, e.tryStored(ctx, d, r)...), nil
}

// tryStored tries a token that is stored already, where the caller may read it.
func (e *Env) tryStored(ctx context.Context, d Draft, r Repository) []check.Finding {
	name := VersionName{d.SecretName(), d.Version}
	stored, err := e.Payload(ctx, name)
	if err != nil {
		return []check.Finding{{ID: checkUpstream, Level: check.Unknown, Says: "the stored token could not be tried on the upstream",
			Why:    "you may not read it: " + Explain(err).Error(),
			Remedy: &check.Remedy{Says: "roles/secretmanager.secretAccessor on the secret allows it"}}}
	}
	defer stored.Wipe()
	return e.tryToken(ctx, d, r, stored)
}

// tryToken checks a token's shape and tries it on the upstream.
func (e *Env) tryToken(ctx context.Context, d Draft, r Repository, s token.Secret) []check.Finding {
	fs := upstream.Recognise(targetOf(r)).CheckToken(d.Username, s, e.Now())
	worst := check.Worst(fs)
	if worst == check.Block || d.Options.SkipTrial || d.Looking && worst == check.Warning {
		return fs // half a token is not tried: an upstream may lock an account after some
	}
	o, err := e.Try(ctx, targetOf(r), d.Username, s, d.Options.VerifyWith, d.Options.AllowRealms)
	if err != nil {
		return append(fs, check.Finding{ID: checkUpstream, Level: check.Warning, Says: "the credential could not be tried on the upstream", Why: Explain(err).Error()})
	}
	return append(fs, o.Finding())
}

// checkUpstream is the id of the trial on the upstream, in every flow.
const checkUpstream = "upstream"

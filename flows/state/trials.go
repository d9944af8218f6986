package state

import (
	"context"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// TryStored tries a token that is stored already, where Google would send it
// too and the caller may read it.
func TryStored(ctx context.Context, e *engine.Env, d engine.Draft, r cloud.Repository) []check.Finding {
	leave, err := MayTry(ctx, e, r, cloud.VersionName{Secret: d.SecretName(), ID: d.Version}, d.Agreed)
	if f := AsUntried(err); f != nil {
		return []check.Finding{*f}
	}
	var stored token.Secret
	if err == nil {
		stored, err = leave.Read(ctx)
	}
	if err != nil {
		return []check.Finding{{ID: engine.CheckUpstream, Code: check.StoredTokenUnread, Level: check.Unknown,
			Says:   text.New("The stored token couldn't be tried at the upstream"),
			Why:    text.New("You can't read it: %s", engine.Explain(err)),
			Remedy: &check.Hint{Says: text.New("Ask an owner to grant you %s on the secret", cloud.AccessorRole)}}}
	}
	defer stored.Wipe()
	return AboutToken(d, r, stored, e.Now(), e.StoredAt(ctx, leave.version), func() (upstream.Outcome, error) { return leave.Send(ctx, d.Username, stored, d.Options) })
}

// TryToken checks the shape of a token that was given for this repository, and
// tries it on its upstream.
func TryToken(ctx context.Context, e *engine.Env, d engine.Draft, r cloud.Repository, s token.Secret) []check.Finding {
	return AboutToken(d, r, s, e.Now(), time.Time{}, func() (upstream.Outcome, error) {
		return e.Try(ctx, engine.TargetOf(r), d.Username, s, d.Options.VerifyWith, d.Options.AllowRealms)
	})
}

// AboutToken tries a token as it is, and weighs what it looks like by what the
// upstream says. One that was stored already, and not just given, is judged by
// its age as well.
func AboutToken(d engine.Draft, r cloud.Repository, s token.Secret, now, storedAt time.Time, try func() (upstream.Outcome, error)) []check.Finding {
	kind := upstream.Recognise(engine.TargetOf(r))
	shape := kind.StoredAt(storedAt).CheckToken(d.Username, s, now)
	worst := check.Worst(shape)
	doubtful := worst == check.Warning || worst == check.Block
	switch {
	case !kind.PasswordLess.Empty() || s.Empty():
		return shape
	case d.Looking && doubtful && !d.AsIs:
		return offerAsIs(shape) // half a token is not tried: an upstream may lock an account after some
	case d.Options.SkipTrial:
		return asGiven(upstream.Weigh(shape, upstream.Outcome{}), d.AsIs)
	}
	o, err := try()
	if f := AsUntried(err); f != nil {
		return append(asGiven(upstream.Weigh(shape, upstream.Outcome{}), d.AsIs), *f)
	}
	if err != nil {
		return append(asGiven(upstream.Weigh(shape, upstream.Outcome{}), d.AsIs), check.Finding{ID: engine.CheckUpstream, Code: check.CredentialUnproven,
			Level: check.Warning, Says: text.New("The credentials couldn't be tried at the upstream"), Why: engine.Explain(err).Text()})
	}
	f := o.Finding()
	if o.Verdict == upstream.NotRegistry { // nothing is written for what nothing can be pulled from
		f.Level = check.Block
	}
	weighed := upstream.Weigh(shape, o)
	if o.Verdict != upstream.Rejected { // as it is, it was tried
		weighed = asGiven(weighed, d.AsIs)
	}
	return append(weighed, f)
}

// asGiven is what remains to be said of a token's shape: a way past every
// block, or nothing but notes where the token is to be used as it is.
func asGiven(fs []check.Finding, asIs bool) []check.Finding {
	if !asIs {
		return offerAsIs(fs)
	}
	for i := range fs {
		if f := &fs[i]; f.ID == "token" && f.Level == check.Block && f.Code != check.TokenMissing && f.Code != check.TokenNotTaken {
			f.Code, f.Level, f.Remedy = check.TokenAsIs, check.Note, nil
		}
	}
	return fs
}

// offerAsIs adds to every block that a shape alone makes the offer to go on as
// it is.
func offerAsIs(fs []check.Finding) []check.Finding {
	asIs := check.Choice{Says: text.New("Use it as it is (--token-as-is)"), Use: check.Correction{AsIs: true}}
	for i := range fs {
		f := &fs[i]
		if f.Level != check.Block || f.Code == check.TokenMissing || f.Code == check.TokenNotTaken {
			continue
		}
		offers := append(f.Remedy.Offers(), asIs)
		says := text.Text{}
		if f.Remedy != nil {
			says = f.Remedy.Says
		}
		if len(offers) == 1 {
			f.Remedy = &check.Hint{Says: asIs.Says, Use: &asIs.Use}
			continue
		}
		f.Remedy = &check.Hint{Says: says, Choices: offers}
	}
	return fs
}

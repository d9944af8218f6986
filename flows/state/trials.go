package state

import (
	"context"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
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
		return []check.Finding{{ID: engine.CheckUpstream, Level: check.Unknown, Says: "the stored token could not be tried on the upstream",
			Why:    "you may not read it: " + engine.Explain(err).Error(),
			Remedy: &check.Remedy{Says: "roles/secretmanager.secretAccessor on the secret allows it"}}}
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

// AboutToken checks a token's shape and, where that is right, tries it. One that
// was stored already, and not just given, is judged by its age as well.
func AboutToken(d engine.Draft, r cloud.Repository, s token.Secret, now, storedAt time.Time, try func() (upstream.Outcome, error)) []check.Finding {
	fs := upstream.Recognise(engine.TargetOf(r)).StoredAt(storedAt).CheckToken(d.Username, s, now)
	worst := check.Worst(fs)
	if worst == check.Block || d.Options.SkipTrial || d.Looking && worst == check.Warning {
		return fs // half a token is not tried: an upstream may lock an account after some
	}
	o, err := try()
	if f := AsUntried(err); f != nil {
		return append(fs, *f)
	}
	if err != nil {
		return append(fs, check.Finding{ID: engine.CheckUpstream, Level: check.Warning, Says: "the credential could not be tried on the upstream", Why: engine.Explain(err).Error()})
	}
	f := o.Finding()
	if o.Verdict == upstream.NotRegistry { // nothing is written for what nothing can be pulled from
		f.Level = check.Block
	}
	return append(fs, f)
}

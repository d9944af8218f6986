package doctor

import (
	"cmp"
	"errors"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// payloadLink judges what the secret version holds.
func (x *examination) payloadLink() check.Finding {
	switch {
	case !x.payload.ok():
		return x.unreadPayload()
	case len(x.paste) == 0:
		return check.Finding{Level: check.OK, Code: check.TokenClean, Says: text.New("The stored token has no stray spaces or line breaks")}
	}
	f := engine.Merge(x.paste)
	f.Code = cmp.Or(f.Code, check.TokenWrapped)
	if f.Level == check.Block {
		f.Remedy = x.newToken()
		if x.fixable {
			f.Remedy = &check.Hint{Says: text.New("Store only the token, as a new version"), Action: engine.ActAddVersion, Command: x.fixCommand()}
		}
	}
	return f
}

// unreadPayload is the finding of a token that was not read.
func (x *examination) unreadPayload() check.Finding {
	secret, err := x.reference.Secret, x.payload.err
	switch kind := cloud.KindOf(err); {
	case kind == cloud.VersionDisabled, kind == cloud.NotFound && x.secret.ok():
		return waits(linkVersion)
	case kind == cloud.NotFound:
		return waits(linkSecret)
	case errors.Is(err, errNotAsked):
		return check.Finding{Level: check.Unknown, Code: check.NotTried, Says: text.New("The token wasn't read"), Why: text.New("You asked to leave it alone")}
	case x.secretReference().Level == check.Block:
		return waits(linkReference)
	case forbids(err) && forbids(x.secret.err):
		return waits(linkSecret)
	}
	if f, ok := x.forbidden(err); ok {
		return f
	}
	if f := state.AsUntried(err); f != nil {
		if grant := x.grant(); grant.Level == check.Block || grant.Level == check.Unknown {
			return waits(linkGrant) // the upstream's link says which token was not sent where
		}
		return *f
	}
	return unchecked(text.New("You can't read the token in the secret %q", secret.ID), err, "secretmanager.versions.access", secret.String())
}

package doctor

import (
	"cmp"
	"errors"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// upstreamLink judges whether the upstream accepts the stored credential.
func (x *examination) upstreamLink() check.Finding {
	if !x.trial.ok() {
		return x.untriedCredential()
	}
	h := x.diagnosis()
	f := x.trial.is.Finding()
	switch v := x.trial.is.Verdict; {
	case f.Level == check.Block:
		f.Remedy = x.newCredentials()
	case h == pullRejected && !x.trial.is.Proven():
		return x.rejectedAtPull()
	case v == upstream.Accepted && x.fixable:
		f.Why = text.New("Tried with the token alone, without what else is stored with it")
	case (v == upstream.Unreachable || v == upstream.NotRegistry) && h == pullUnreachable:
		f.Level = check.Block
		f.Why = text.New("Artifact Registry can't reach it either: %s", x.pull.is.Detail)
		f.Remedy = x.anotherAddress()
	}
	return f
}

// rejectedAtPull is the finding of a credential that the upstream rejects when
// Artifact Registry sends it.
func (x *examination) rejectedAtPull() check.Finding {
	return check.Finding{Level: check.Block, Code: check.CredentialRejected,
		Says: text.New("The upstream rejected the user name or the token when Artifact Registry pulled"),
		Why:  text.Verbatim(x.pull.is.Detail), Remedy: x.newCredentials()}
}

// untriedCredential is the finding of a credential that we did not try.
func (x *examination) untriedCredential() check.Finding {
	untried := cmp.Or(state.AsUntried(x.payload.err), state.AsUntried(x.trial.err))
	f := check.Finding{Level: check.Unknown, Code: check.NotTried, Says: text.New("The credential wasn't tried on the upstream")}
	switch {
	case x.diagnosis() == pullRejected:
		return x.rejectedAtPull()
	case untried != nil:
		return *untried
	case !errors.Is(x.trial.err, errNotAsked):
		f.Code, f.Says, f.Why = check.NoAnswer, text.New("The credential couldn't be tried on the upstream"), engine.Explain(x.trial.err).Text()
	case x.options.SkipTrial:
		f.Why = text.New("You asked to leave it alone")
	case !x.payload.ok():
		payload := x.payloadLink()
		if payload.Code == check.CausedBy {
			return payload
		}
		return waits(linkPayload)
	default:
		f.Why = text.New("It can't be valid as it is")
	}
	return f
}

// anotherAddress is the remedy of an upstream that Artifact Registry can't
// reach.
func (x *examination) anotherAddress() *check.Hint {
	return &check.Hint{Says: text.New("Check the upstream's address: it must be reachable from the internet, and can't be changed; you can create another repository"),
		Command: state.AnotherRepository(x.repo.is)}
}

package flows

import (
	"errors"

	"example.com/upstreamauth/flows/check"
)

// forbids tells whether an error is Google's word that nobody may do this here,
// whatever is granted: not the caller, and not the service agent either.
func forbids(err error) bool {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return false
	case e.Kind == OrgPolicy:
		return constraintOf(e) == restrictServices
	case e.Kind == AgentMissing: // which decrypts
		return e.Service == SecretManagerAPI
	default:
		return e.Kind == KeyDenied || e.Kind == KeyUnusable
	}
}

// forbidden is the finding of a link that nobody may use: a problem, unless
// Artifact Registry has just used it, for then it holds for the caller alone.
func (x *examination) forbidden(err error) (check.Finding, bool) {
	if !forbids(err) {
		return check.Finding{}, false
	}
	p := Explain(err)
	f := check.Finding{Level: check.Block, Code: check.OrganisationPolicy, Says: p.Title, Why: p.Detail, Remedy: p.fix}
	if p.Kind != OrgPolicy {
		f.Code = check.KMSKeyUnusable
	}
	if x.heard().readsSecret() {
		f.Level = check.Unknown
	}
	return f, true
}

// shut is what keeps everybody from the repository or its token; nil: nothing
// that is known. No action of ours helps against it.
func (x *examination) shut() *Problem {
	if x.heard().readsSecret() {
		return nil
	}
	for _, err := range []error{x.repo.err, x.secret.err, x.version.err, x.payload.err} {
		if forbids(err) {
			return Explain(err)
		}
	}
	return nil
}

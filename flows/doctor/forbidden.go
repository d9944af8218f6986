package doctor

import (
	"errors"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
)

// forbids reports whether an error is Google's word that nobody may do this here,
// whatever is granted: not the caller, and not the service agent either.
func forbids(err error) bool {
	e, ok := errors.AsType[*cloud.Error](err)
	switch {
	case !ok:
		return false
	case e.Kind == cloud.OrgPolicy:
		return engine.ConstraintOf(e) == engine.RestrictServices
	case e.Kind == cloud.AgentMissing: // which decrypts
		return e.Service == cloud.SecretManagerAPI
	default:
		return e.Kind == cloud.KeyDenied || e.Kind == cloud.KeyUnusable
	}
}

// forbidden is the finding of a link that nobody may use: a problem, unless
// Artifact Registry has just used it, for then it holds for the caller alone.
func (x *examination) forbidden(err error) (check.Finding, bool) {
	if !forbids(err) {
		return check.Finding{}, false
	}
	p := engine.Explain(err)
	f := check.Finding{Level: check.Block, Code: check.OrganisationPolicy, Says: p.Title, Why: p.Detail, Remedy: p.Fix}
	if p.Kind != cloud.OrgPolicy {
		f.Code = check.KMSKeyUnusable
	}
	if x.diagnosis().readsSecret() {
		f.Level = check.Unknown
	}
	return f, true
}

// shut is what keeps everybody from the repository or its token; nil: nothing
// that is known. No action of ours helps against it.
func (x *examination) shut() *engine.Problem {
	if x.diagnosis().readsSecret() {
		return nil
	}
	for _, err := range []error{x.repo.err, x.secret.err, x.version.err, x.payload.err} {
		if forbids(err) {
			return engine.Explain(err)
		}
	}
	return nil
}

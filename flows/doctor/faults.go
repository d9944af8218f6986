package doctor

import "example.com/upstreamauth/flows/engine"

// faults are Google's errors that an examination has met, each once.
func (x *examination) faults() []engine.Fault {
	var all []engine.Fault
	for _, err := range []error{x.project.err, x.on.err, x.repo.err, x.home.err, x.homeOn.err, x.secret.err, x.versions.err, x.version.err,
		x.policy.err, x.above.err, x.payload.err, x.trial.err, x.allowed.err, x.pull.err} {
		if f, ok := engine.FaultOf(err); ok {
			all = engine.WithFault(all, f)
		}
	}
	return all
}

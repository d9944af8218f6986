package upstream

import (
	"errors"
	"net/url"

	"example.com/upstreamauth/flows/text"
)

// realmError is the failure of a request to a token realm on another host than
// its registry.
type realmError struct {
	host string
	error
}

func (e *realmError) Unwrap() error { return e.error }

// failedHost is the host of a request that failed.
func (v *visit) failedHost(err error) string {
	if realm, ok := errors.AsType[*realmError](err); ok {
		return realm.host
	}
	return v.base.Host
}

// realmFailed is the outcome of a request to a token realm that got no answer.
// A realm on another host is named: the registry itself has answered.
func (d *dockerVisit) realmFailed(realm *url.URL, err error) Outcome {
	if realm.Host == d.base.Host {
		return d.failed(err)
	}
	host := d.quote(realm.Host)
	o := d.failed(&realmError{host, err})
	if o.Verdict == Unreachable {
		o.Says = text.New("The token server %s of %s can't be reached from here", host, d.kind.Name())
	}
	return o
}

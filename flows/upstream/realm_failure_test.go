package upstream

import (
	"context"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"example.com/upstreamauth/flows/text"
)

// TestUnansweredRealmIsNamed holds that a token server which doesn't answer is
// blamed by its name, and not the registry that does.
func TestUnansweredRealmIsNamed(t *testing.T) {
	for _, refused := range []error{
		&net.DNSError{IsNotFound: true, Name: "auth.example.com"},
		&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		context.DeadlineExceeded,
	} {
		web := &internet{t: t, hosts: map[string]http.HandlerFunc{
			"images.example.com": func(w http.ResponseWriter, _ *http.Request) { ask(w, `Bearer realm="https://auth.example.com/token"`) },
		}}
		tester := &Tester{Transport: broken{web, "auth.example.com", refused}, AllowRealms: []string{"auth.example.com"}}
		o := tester.Try(t.Context(), plain, goodUser, good(), "")
		says, why := o.Says.In(text.English), o.Why.In(text.English)
		if o.Verdict != Unreachable || !strings.Contains(says, "auth.example.com") || strings.Contains(why, "images.example.com") {
			t.Errorf("%v: %s: %s (%s)", refused, o.Verdict, says, why)
		}
	}
}

// broken is a network on which one host can't be reached.
type broken struct {
	*internet
	host string
	err  error
}

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == b.host {
		return nil, b.err
	}
	return b.internet.RoundTrip(r)
}

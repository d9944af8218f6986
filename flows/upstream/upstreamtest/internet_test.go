package upstreamtest_test

import (
	"testing"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/flows/upstream/upstreamtest"
)

// A host is played under its real name, over TLS; one that nobody plays can't
// be reached.
func TestHostsArePlayedByName(t *testing.T) {
	n := upstreamtest.New(t)
	hub := upstreamtest.DockerRealm("https://auth.docker.io/token", "registry.docker.io", upstreamtest.Only("jane", "s3cret-T0ken"))
	n.Serve("registry-1.docker.io", hub)
	n.Serve("auth.docker.io", hub)
	transport := n.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	tester := &upstream.Tester{Transport: transport}
	for _, tt := range []struct {
		preset, uri, token string
		want               upstream.Verdict
	}{
		{"DOCKER_HUB", "", "s3cret-T0ken", upstream.Accepted},
		{"DOCKER_HUB", "", "wrong", upstream.Rejected},
		{"", "https://nobody.example.com", "s3cret-T0ken", upstream.Unreachable},
	} {
		o := tester.Try(t.Context(), upstream.Target{Format: "DOCKER", Preset: tt.preset, URI: tt.uri}, "jane", token.New([]byte(tt.token)), "")
		if o.Verdict != tt.want {
			t.Errorf("%s%s, %s: %s (%s; %s), want %s", tt.preset, tt.uri, tt.token, o.Verdict, o.Says.In(text.English), o.Why.In(text.English), tt.want)
		}
	}
	if n.Refused() != 1 || len(n.Requests("auth.docker.io")) < 2 {
		t.Errorf("requests: %+v", n.Requests())
	}
	n.Forget()
	if len(n.Requests()) != 0 {
		t.Error("requests are not forgotten")
	}
}

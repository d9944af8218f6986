package upstreams_test

import (
	"testing"
	"time"

	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// TestTrialsTellOnTheEmbedded tries credentials as a person's program does,
// by the address that a registry stands for: each registry must be told apart
// as its original is.
func TestTrialsTellOnTheEmbedded(t *testing.T) {
	set, err := upstreams.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	}()
	tester := upstream.Tester{Resolve: func(uri string) string {
		if here, ok := set.Resolve(uri); ok {
			return here
		}
		return uri
	}}
	try := func(r upstreams.Registry, uri, password string) upstream.Verdict {
		target := upstream.Target{Format: r.Format, URI: uri}
		image := ""
		if r.Name == "ghcr" { // whose token service accepts anything: only an image tells
			image = "demo/private"
		}
		return tester.Try(t.Context(), target, r.Username, token.New([]byte(password)), image).Verdict
	}
	for _, r := range set.All() {
		unprovable := r.Username == "" || r.Name == "pypi"
		for _, uri := range r.StandsFor {
			t.Run(uri, func(t *testing.T) {
				right, wrong := upstream.Accepted, upstream.Rejected
				if unprovable {
					right, wrong = upstream.Unproven, upstream.Unproven
				}
				if got := try(r, uri, r.Token); got != right {
					t.Errorf("right credential: %s", got)
				}
				if got := try(r, uri, "dckr_pat_wrong-wrong-wrong-wrong"); got != wrong {
					t.Errorf("wrong credential: %s", got)
				}
			})
		}
	}
	for fault, want := range map[upstreams.Fault]upstream.Verdict{
		upstreams.Wrong: upstream.Rejected, upstreams.Limited: upstream.Limited,
		upstreams.Down: upstream.Unreachable, upstreams.Slow: upstream.Unreachable,
	} {
		for _, r := range set.All() {
			if fault == upstreams.Wrong && (r.Username == "" || r.Name == "pypi") {
				continue
			}
			if err := set.SetFault(r.Name, fault); err != nil {
				t.Fatal(err)
			}
			tester.Deadline = 0 // its own
			if fault == upstreams.Slow {
				tester.Deadline = 100 * time.Millisecond // it never answers: no need to wait for long
			}
			if got := try(r, r.StandsFor[0], r.Token); got != want {
				t.Errorf("%s, %s: %s, want %s", r.Name, fault, got, want)
			}
		}
	}
}

package upstream

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream/upstreamtest"
)

// A credential that many repositories share is rejected once, however many are
// tried at a time and whatever their addresses on that host.
func TestARejectionIsShared(t *testing.T) {
	n := upstreamtest.New(t)
	n.Serve("nexus.example.com", upstreamtest.Files(upstreamtest.Only("bob", goodToken), nil))
	x := through(t, n)
	x.Refused = &Refusals{}
	try := func(i int, user string) Outcome {
		target := Target{Format: []string{"MAVEN", "PYTHON", "NPM", "APT"}[i%4], URI: fmt.Sprintf("https://nexus.example.com/repository/r%d", i)}
		return x.Try(t.Context(), target, user, good(), "")
	}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if o := try(i, goodUser); o.Verdict != Rejected {
				t.Errorf("%d: %s: %s", i, o.Verdict, o.Why.In(text.English))
			}
		})
	}
	all.Wait()
	if n.Refused() != 1 {
		t.Errorf("%d requests with a wrong credential", n.Refused())
	}
	// Another user name is another credential, and one that is right is tried
	// at every address.
	n.Forget()
	for i := range 4 {
		if o := try(i, "bob"); o.Verdict == Rejected {
			t.Errorf("%d: %s", i, o.Why.In(text.English))
		}
	}
	if paths := len(n.Requests()); paths < 4 {
		t.Errorf("%d requests", paths)
	}
	x.Refused.Forget()
	n.Forget()
	if try(0, goodUser); n.Refused() != 1 {
		t.Errorf("%d requests once the rejection was forgotten", n.Refused())
	}
}

// What proves nothing is not remembered, and nobody waits for it for ever.
func TestNothingProvenIsTriedAgain(t *testing.T) {
	n := upstreamtest.New(t)
	status := http.StatusServiceUnavailable
	n.Serve("nexus.example.com", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { upstreamtest.JSON(w, status, "{}") }))
	x := through(t, n)
	x.Refused = &Refusals{Lasts: time.Hour}
	for range 3 {
		if o := x.Try(t.Context(), Target{Format: "MAVEN", URI: "https://nexus.example.com"}, goodUser, good(), ""); o.Verdict != Unreachable {
			t.Errorf("%s", o.Verdict)
		}
	}
	if len(n.Requests()) != 3 {
		t.Errorf("%d requests", len(n.Requests()))
	}
	// One that waits for its turn ends with its context.
	held, tell, err := x.Refused.enter(t.Context(), "h", "u", good())
	if held != nil || err != nil {
		t.Fatal(held, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := x.Refused.enter(ended, "h", "u", good()); err == nil {
		t.Error("it does not wait")
	}
	tell(Outcome{Verdict: Unproven})
}

package upstream

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream/upstreamtest"
)

// endlessly are answers that never come to an end. Each is written to a
// connection until that is closed.
var endlessly = map[string]func(net.Conn){
	"switching protocols": func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096)) // the request: who answers before it is not believed
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	},
	"continue without end":      func(c net.Conn) { repeat(c, "HTTP/1.1 100 Continue\r\n\r\n") },
	"early hints without end":   func(c net.Conn) { repeat(c, "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n") },
	"a header without end":      func(c net.Conn) { repeat(c, "HTTP/1.1 200 OK\r\nX: ", strings.Repeat("x", 4096)) },
	"headers without end":       func(c net.Conn) { repeat(c, "HTTP/1.1 401 No\r\n", "X: y\r\n") },
	"a status line without end": func(c net.Conn) { repeat(c, "HTTP/1.1 200 ", strings.Repeat("x", 4096)) },
	"a body without end":        func(c net.Conn) { repeat(c, "HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 4096)) },
	"a body that never comes":   func(c net.Conn) { repeat(c, "HTTP/1.1 401 No\r\nContent-Length: 10\r\n\r\n", "") },
	"chunks without end": func(c net.Conn) {
		repeat(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")
	},
	"trailers without end": func(c net.Conn) {
		repeat(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n")
	},
	"nothing": func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
}

// repeat reads a request's first bytes, answers, and goes on with the last
// piece until the connection ends.
func repeat(c net.Conn, pieces ...string) {
	_, _ = c.Read(make([]byte, 4096))
	for i := 0; ; i++ {
		piece := pieces[min(i, len(pieces)-1)]
		if piece == "" {
			_, _ = io.Copy(io.Discard, c)
			return
		}
		if _, err := io.WriteString(c, piece); err != nil {
			return
		}
	}
}

// Whatever an upstream never finishes to say, a trial of each kind ends, and
// proves nothing. The same goes for its token realm and a companion host.
func TestNoAnswerHangs(t *testing.T) {
	companions := map[Target][2]string{
		hub:  {"registry-1.docker.io", "auth.docker.io"},
		ghcr: {"ghcr.io", "api.github.com"},
	}
	for name, answer := range endlessly {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, target := range slices.Concat(targets, []Target{hub, ghcr}) {
				n := upstreamtest.New(t)
				n.Raw(target.host(), answer)
				if pair, ok := companions[target]; ok {
					n.Serve(pair[0], upstreamtest.DockerRealm("https://"+pair[1]+"/token", "x", upstreamtest.Nobody))
					n.Raw(pair[1], answer)
				}
				transport := n.Transport()
				x := &Tester{Transport: transport, Deadline: 60 * time.Millisecond}
				if o := x.Try(t.Context(), target, goodUser, good(), ""); o.Verdict == Accepted || o.Verdict == Rejected {
					t.Errorf("%s: %s (%s; %s)", target, o.Verdict, o.Says.In(text.English), o.Why.In(text.English))
				}
				transport.CloseIdleConnections()
			}
		})
	}
}

// What is left of an answer after 101 is not read at all.
func TestSwitchingProtocolsEndsATrialAtOnce(t *testing.T) {
	n := upstreamtest.New(t)
	n.Raw("x.test", endlessly["switching protocols"])
	transport := n.Transport()
	defer transport.CloseIdleConnections()
	for _, format := range everyFormat {
		x := &Tester{Transport: transport, Deadline: time.Hour}
		o := x.Try(t.Context(), Target{Format: format, URI: "https://x.test"}, goodUser, good(), "")
		if given := o.Says.In(text.English) + o.Why.In(text.English); o.Verdict == Accepted || !strings.Contains(given, http.StatusText(http.StatusSwitchingProtocols)) {
			t.Errorf("%s: %s: %s", format, o.Verdict, given)
		}
	}
}

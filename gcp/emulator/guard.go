package emulator

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/upstreamauth/flows/clean"
)

// guard turns away what a web page may have sent. A browser on this machine
// reaches loopback for any page: under a name of the page's own that resolves
// to loopback (DNS rebinding), which the Host header tells, or as a
// cross-site request, which Origin or Sec-Fetch-Site tells (CSRF).
type guard struct {
	// listen is the host that the emulator was told to listen on.
	listen string
	// names are further hosts that the person allowed.
	names []string
	next  http.Handler
}

func newGuard(o Options, next http.Handler) http.Handler {
	g := guard{next: next}
	g.listen, _, _ = net.SplitHostPort(o.Listen)
	for _, name := range o.AllowHosts {
		g.names = append(g.names, hostName(name))
	}
	return g
}

// ServeHTTP hands on what no web page sent.
func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch says := g.foreign(r); {
	case says != "":
		refuseRequest(w, r, codes.PermissionDenied, says)
	case len(r.Header.Get(callerHeader)) > maxCaller:
		refuseRequest(w, r, codes.InvalidArgument, fmt.Sprintf("The header %s is longer than %d bytes.", callerHeader, maxCaller))
	default:
		g.next.ServeHTTP(w, r)
	}
}

// foreign says why a request is refused; empty: it isn't.
func (g guard) foreign(r *http.Request) string {
	if host := hostName(r.Host); host != "" && !isGoogles(host) && !g.own(host, r) {
		name := clean.Text(host)
		return fmt.Sprintf("The emulator does not answer to the host %q: a web page may have sent this request. "+
			"Start the emulator with --allow-host %s if that name is yours.", name, name)
	}
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !g.own(hostName(u.Host), r) {
			return fmt.Sprintf("The emulator does not answer web pages of the origin %q. "+
				"Start the emulator with --allow-host and the page's host name if that page is yours.", clean.Text(origin))
		}
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Origin") == "" {
		return "The emulator does not answer web pages of another site."
	}
	return ""
}

// own reports whether host means this emulator: a name or an address of
// loopback, what it listens on, or a name that the person allowed.
func (g guard) own(host string, r *http.Request) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(g.names, host) {
		return true
	}
	ip := net.ParseIP(host)
	if ip == nil {
		return host != "" && host == g.listen
	}
	// The address that the connection came in on is the one listened on, even
	// where that was given as "any".
	local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ip.IsLoopback() || ip.Equal(net.ParseIP(g.listen)) || local != nil && local.IP.Equal(ip)
}

// isGoogles reports whether host is one of Google's that clients keep in the
// Host header when they are sent to the emulator: an API's or a registry's.
// They are no origins: anybody may publish pages on some of them.
func isGoogles(host string) bool {
	return strings.HasSuffix(host, ".googleapis.com") || strings.HasSuffix(host, ".pkg.dev")
}

// hostName is a host without port, brackets and final dot, in lower case.
func hostName(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, bad := strconv.ParseUint(port, 10, 16); bad == nil || port == "" {
			host = name
		}
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// refuseRequest says no in the way of who asks: a gRPC client, a package
// manager or a client of REST.
func refuseRequest(w http.ResponseWriter, r *http.Request, code codes.Code, says string) {
	switch {
	case isGRPC(r):
		h := w.Header()
		h.Set("Content-Type", "application/grpc")
		h.Set("Grpc-Status", strconv.Itoa(int(code)))
		h.Set("Grpc-Message", grpcMessage(says))
		w.WriteHeader(http.StatusOK)
	case isPull(r):
		wanted, _ := parsePull(r)
		refuse(w, wanted, refusal{status: httpStatus(code), says: says})
	default:
		writeREST(w, systemParameters{}, errorReply(status.Error(code, says)))
	}
}

func isGRPC(r *http.Request) bool {
	return r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// grpcMessage writes a text as the header grpc-message has it: percent-encoded
// but for printable ASCII (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md).
func grpcMessage(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

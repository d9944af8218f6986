package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// lookupPatience is how long to wait for the addresses of a host that accepted
// a credential.
const lookupPatience = time.Second

// seenFromGoogle adds to an accepted credential what holds from here alone:
// Artifact Registry reaches an upstream from the internet, trusts the
// authorities that everybody trusts, and signs in by basic authentication.
func (v *visit) seenFromGoogle(ctx context.Context, x *Tester, o Outcome) Outcome {
	if o.Verdict != Accepted || v.standIn {
		return o
	}
	for _, host := range v.met {
		if why := x.outOfReach(ctx, v.transport, host.name); !why.Empty() {
			return v.doubted(o, check.UpstreamPrivate, why)
		}
	}
	for _, host := range v.met {
		if host.tls != nil && !x.publiclyTrusted(host.tls, host.name) {
			return v.doubted(o, check.UpstreamPrivateCA, text.New("Only --ca-file makes the certificate of %s "+
				"valid. Artifact Registry can't use that file, so its pulls will probably fail", host.name))
		}
	}
	return o
}

// doubted is a credential that was accepted from here, but may not be from Google.
func (v *visit) doubted(o Outcome, code check.Code, why text.Text) Outcome {
	o.Code, o.Doubt = code, text.Also(why, o.Doubt)
	o.Says = text.New("%s accepted this user name and token from here, but may not accept them from Artifact "+
		"Registry", v.kind.Name())
	return o
}

// metHost is a host that answered during a visit.
type metHost struct {
	name string
	tls  *tls.ConnectionState // nil: no TLS
}

// meet notes who has answered.
func (v *visit) meet(name string, state *tls.ConnectionState) {
	v.meeting.Lock()
	defer v.meeting.Unlock()
	for _, host := range v.met {
		if host.name == name {
			return
		}
	}
	v.met = append(v.met, metHost{strings.ToLower(name), state})
}

// outOfReach explains why Google's network can't reach a host; empty where it
// may. One private address among several is enough: nobody can choose which one
// is used.
func (x *Tester) outOfReach(ctx context.Context, transport http.RoundTripper, host string) text.Text {
	if x.Local && loopback(host) {
		return text.Text{}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if special(ip) {
			return text.New("Artifact Registry can't reach %s: it is a private address", host)
		}
		return text.Text{}
	}
	if privateName(host) {
		return text.New("Artifact Registry can't reach %s: it is a name in a private network", host)
	}
	lookup := x.Lookup
	if _, real := transport.(*http.Transport); lookup == nil && real {
		lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if lookup == nil {
		return text.Text{}
	}
	ctx, cancel := context.WithTimeout(ctx, lookupPatience)
	defer cancel()
	addresses, err := lookup(ctx, host)
	if err != nil {
		return text.Text{} // a proxy may know the name
	}
	for _, ip := range addresses {
		if special(ip) {
			return text.New("Artifact Registry can't reach %s: its address here is %s, a private one", host, ip.Unmap().String())
		}
	}
	return text.Text{}
}

// privateSuffixes are the ends of names that mean nothing on the internet:
// RFC 6762 (appendix G), RFC 8375, and ICANN's .internal.
var privateSuffixes = []string{".internal", ".local", ".localhost", ".localdomain", ".intranet", ".private", ".corp", ".home", ".lan", ".home.arpa"}

// privateName reports whether a name can be one of a private network only.
func privateName(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == host || strings.Trim(last, "0123456789") == "" { // one word alone, or an address in another writing
		return true
	}
	for _, suffix := range privateSuffixes {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// specialBlocks are the blocks that the internet doesn't route, besides those
// that netip knows: IANA's registries of special-purpose addresses (RFC 6890).
var specialBlocks = func() (all []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"100::/64", "2001:2::/48", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}()

// carriers are the blocks of IPv6 in which an address of IPv4 stands, and the
// byte that it begins at: NAT64 (RFC 6052) and 6to4 (RFC 3056).
var carriers = map[netip.Prefix]int{netip.MustParsePrefix("64:ff9b::/96"): 12, netip.MustParsePrefix("2002::/16"): 2}

// special reports whether the internet has no way to an address.
func special(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	for block, at := range carriers {
		if block.Contains(ip) {
			b := ip.As16()
			return special(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return true
	}
	for _, block := range specialBlocks {
		if block.Contains(ip) {
			return true
		}
	}
	return false
}

// publiclyTrusted reports whether a certificate is good without an authority of
// the person's own.
func (x *Tester) publiclyTrusted(state *tls.ConnectionState, host string) bool {
	if len(state.PeerCertificates) == 0 {
		return true
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: x.Public, Intermediates: between, DNSName: host})
	var unknown x509.UnknownAuthorityError
	return !errors.As(err, &unknown)
}

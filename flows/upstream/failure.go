package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// failed ends a trial without an answer.
func (v *visit) failed(err error) Outcome {
	var (
		foreign *foreignRealm
		plain   *plainRealm
	)
	switch {
	case errors.As(err, &plain):
		realm := v.quote(plain.realm.Scheme + "://" + plain.realm.Host + plain.realm.EscapedPath())
		o := v.unproven(text.New("%s is reached over https, but its token server is %s, plain http: the token "+
			"would cross the network unencrypted, so it wasn't sent", v.kind.Name(), realm))
		o.Code = check.RealmPlainHTTP
		o.Remedy = text.New("Ask the operator to set the registry's external address to https, or to send " +
			"X-Forwarded-Proto from its proxy")
		return o
	case errors.Is(err, errPlain):
		return v.unproven(text.New("Its address is plain http: the token would cross the network unencrypted, so " +
			"it wasn't sent"))
	case errors.Is(err, errUnsendable):
		return v.unproven(text.New("The token has a character that can't be sent: a space, a line break or a " +
			"non-ASCII letter"))
	case errors.As(err, &foreign):
		o := v.unproven(text.New("Its token server is %s, a host that isn't known to belong to it: nothing was "+
			"sent there", v.quote(foreign.host)))
		o.Code, o.Realm = check.RealmElsewhere, v.quote(foreign.host)
		o.Remedy = text.New("If this is the registry's own token server, allow it with --allow-realm %s", o.Realm)
		return o
	case errors.Is(err, context.Canceled):
		return v.unproven(text.New("The check was stopped"))
	}
	why, remedy := v.cause(err)
	return Outcome{Verdict: Unreachable, Says: text.New("%s can't be reached from here", v.kind.Name()), Why: why, Remedy: remedy}
}

// cause explains why a request failed, and what can be done.
func (v *visit) cause(err error) (why, remedy text.Text) {
	var (
		dns       *net.DNSError
		op        *net.OpError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		timeout   net.Error
	)
	host := v.failedHost(err)
	proxied := errors.As(err, &op) && op.Op == "proxyconnect"
	switch {
	case proxied:
		why = text.New("The proxy in HTTPS_PROXY doesn't answer")
		remedy = text.New("Check HTTPS_PROXY, or add the host to NO_PROXY")
	case errors.As(err, &authority):
		why = text.New("This machine doesn't trust the authority that signed its certificate")
		remedy = text.New("If it is your company's authority, give its certificate with --ca-file")
	case errors.As(err, &hostname):
		why = text.New("Its certificate is for another host name")
		remedy = text.New("Check the address. A proxy may be answering in its place")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		why = text.New("Its certificate has expired or isn't valid yet")
		remedy = text.New("Check this machine's clock. If it is right, the operator has to renew the certificate")
	case errors.As(err, &invalid):
		why = text.New("Its certificate isn't valid: %s", v.quote(invalid.Error()))
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		why = text.New("It answers in plain http, not https")
		remedy = text.New("Check the port in the address")
	case op != nil && op.Op == "remote error": // an alert of TLS, whose type crypto/tls keeps to itself
		why = text.New("It ended the TLS handshake: %s", v.quote(op.Err.Error()))
		remedy = text.New("It may require a client certificate, which Artifact Registry can't provide")
	case errors.As(err, &dns) && dns.IsNotFound:
		why = text.New("The host %s doesn't exist", host)
		remedy = text.New("Check the address. Artifact Registry can't reach a name in a private network")
	case errors.As(err, &dns):
		why = text.New("The host name %s couldn't be looked up", host)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		why = text.New("It didn't answer in time")
	case errors.Is(err, syscall.ECONNREFUSED):
		why = text.New("Nothing is listening at %s", host)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = text.New("It closed the connection without an answer")
	default:
		why = text.New("The connection failed: %s", v.quote(err.Error()))
	}
	return why, remedy
}

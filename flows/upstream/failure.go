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
)

// failed ends a trial that got no answer.
func (v *visit) failed(err error) Outcome {
	var foreign *foreignRealm
	switch {
	case errors.Is(err, errPlain):
		return v.unproven("Its address is plain http: the credential would cross the network in the clear, and is not sent.")
	case errors.Is(err, errUnsendable):
		return v.unproven("The token holds a character that cannot be sent: white space, a line end, or a letter beyond ASCII.")
	case errors.As(err, &foreign):
		o := v.unproven("It wants the credential at " + v.quote(foreign.host) + ", another host, which is not known to belong to it. Nothing was sent there.")
		o.Realm = v.quote(foreign.host)
		o.Remedy = "if that host is this registry's own token server, allow it with --allow-realm " + o.Realm
		return o
	case errors.Is(err, context.Canceled):
		return v.unproven("The trial was stopped.")
	}
	why, remedy := v.cause(err)
	return Outcome{Verdict: Unreachable, Says: v.kind.Name() + " cannot be reached from here.", Why: why, Remedy: remedy}
}

// cause puts the failure of a request into words.
func (v *visit) cause(err error) (why, remedy string) {
	var (
		dns       *net.DNSError
		op        *net.OpError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		timeout   net.Error
	)
	host := v.base.Host
	proxied := errors.As(err, &op) && op.Op == "proxyconnect"
	switch {
	case proxied:
		why = "The proxy that HTTPS_PROXY names does not answer."
		remedy = "check HTTPS_PROXY, or put the host into NO_PROXY"
	case errors.As(err, &authority):
		why = "Its certificate is signed by an authority that this machine does not trust."
		remedy = "if it is your company's own, give its certificate with --ca-file"
	case errors.As(err, &hostname):
		why = "Its certificate is for another host name."
		remedy = "check the address; a proxy in between may answer in its place"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		why = "Its certificate has expired or is not valid yet."
		remedy = "check this machine's clock; otherwise its owner has to renew it"
	case errors.As(err, &invalid):
		why = "Its certificate is not valid: " + v.quote(invalid.Error()) + "."
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		why = "It does not speak TLS: something answers plain http there."
		remedy = "check the port in the address"
	case op != nil && op.Op == "remote error": // an alert of TLS, whose type crypto/tls keeps to itself
		why = "It ended the TLS handshake: " + v.quote(op.Err.Error()) + "."
		remedy = "it may want a client certificate, which Artifact Registry cannot give"
	case errors.As(err, &dns) && dns.IsNotFound:
		why = "There is no host of that name: " + host + "."
		remedy = "check the address; a name that only a private network knows is out of Artifact Registry's reach too"
	case errors.As(err, &dns):
		why = "The name " + host + " could not be looked up."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		why = "It gave no whole answer in time."
	case errors.Is(err, syscall.ECONNREFUSED):
		why = "Nothing listens at " + host + "."
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = "It closed the connection without an answer."
	default:
		why = "The connection failed: " + v.quote(err.Error()) + "."
	}
	return why, remedy
}

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

// failed ends a trial that got no answer.
func (v *visit) failed(err error) Outcome {
	var (
		foreign *foreignRealm
		plain   *plainRealm
	)
	switch {
	case errors.As(err, &plain):
		realm := v.quote(plain.realm.Scheme + "://" + plain.realm.Host + plain.realm.EscapedPath())
		o := v.unproven(text.New("%s is reached over https and sends clients to the token realm %s, which is plain http: the credential would cross the network in the clear, and is not sent", v.kind.Name(), realm))
		o.Code = check.RealmPlainHTTP
		o.Remedy = text.New("ask its operator to set the registry's external address to https, or to have the proxy in front of it send X-Forwarded-Proto: it doesn't know that it is reached over https")
		return o
	case errors.Is(err, errPlain):
		return v.unproven(text.New("its address is plain http: the credential would cross the network in the clear, and is not sent"))
	case errors.Is(err, errUnsendable):
		return v.unproven(text.New("the token holds a character that cannot be sent: white space, a line end, or a letter beyond ASCII"))
	case errors.As(err, &foreign):
		o := v.unproven(text.New("it wants the credential at %s, another host, which is not known to belong to it; nothing was sent there", v.quote(foreign.host)))
		o.Code, o.Realm = check.RealmElsewhere, v.quote(foreign.host)
		o.Remedy = text.New("allow it, if that is this registry's own token server: --allow-realm %s", o.Realm)
		return o
	case errors.Is(err, context.Canceled):
		return v.unproven(text.New("the trial was stopped"))
	}
	why, remedy := v.cause(err)
	return Outcome{Verdict: Unreachable, Says: text.New("%s cannot be reached from here", v.kind.Name()), Why: text.Verbatim(why), Remedy: text.Verbatim(remedy)}
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
	host := v.failedHost(err)
	proxied := errors.As(err, &op) && op.Op == "proxyconnect"
	switch {
	case proxied:
		why = "the proxy that HTTPS_PROXY names does not answer"
		remedy = "check HTTPS_PROXY, or put the host into NO_PROXY"
	case errors.As(err, &authority):
		why = "its certificate is signed by an authority that this machine does not trust"
		remedy = "if it is your company's own, give its certificate with --ca-file"
	case errors.As(err, &hostname):
		why = "its certificate is for another host name"
		remedy = "check the address; a proxy in between may answer in its place"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		why = "its certificate has expired or is not valid yet"
		remedy = "check this machine's clock; otherwise its owner has to renew it"
	case errors.As(err, &invalid):
		why = "its certificate is not valid: " + v.quote(invalid.Error())
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		why = "it does not speak TLS: something answers plain http there"
		remedy = "check the port in the address"
	case op != nil && op.Op == "remote error": // an alert of TLS, whose type crypto/tls keeps to itself
		why = "it ended the TLS handshake: " + v.quote(op.Err.Error())
		remedy = "it may want a client certificate, which Artifact Registry cannot give"
	case errors.As(err, &dns) && dns.IsNotFound:
		why = "there is no host of that name: " + host
		remedy = "check the address; a name that only a private network knows is out of Artifact Registry's reach too"
	case errors.As(err, &dns):
		why = "the name " + host + " could not be looked up"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		why = "it gave no whole answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		why = "nothing listens at " + host
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = "it closed the connection without an answer"
	default:
		why = "the connection failed: " + v.quote(err.Error())
	}
	return why, remedy
}

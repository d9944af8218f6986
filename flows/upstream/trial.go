package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// Verdict is the result of a trial.
type Verdict string

// The verdicts. Only Rejected stops anybody.
const (
	Accepted    Verdict = "accepted"     // it works, and another one would not
	Rejected    Verdict = "rejected"     // the upstream rejects it
	Limited     Verdict = "limited"      // the upstream is limiting requests (429)
	Unreachable Verdict = "unreachable"  // no answer, or a server error
	Unproven    Verdict = "unproven"     // it can't be checked; Why says the reason
	NotRegistry Verdict = "not-registry" // something answers, but no registry of this format
)

// Outcome is the result of a trial. Its texts are clean, and never hold the
// token nor what an upstream makes of it.
type Outcome struct {
	Verdict   Verdict
	Code      check.Code // what kind of finding it is; empty: the verdict's own
	Says, Why text.Text
	// Realm is the host, with its port where it has one, that asks for the
	// credential on behalf of the upstream, without being known to belong to
	// it. It was sent nothing; put it into AllowRealms to go on.
	Realm string
	// Limit is how much may still be pulled; nil where the upstream doesn't say.
	Limit *PullLimit
	// Doubt is what may still go wrong with an accepted credential; may be
	// empty. With a Code, the credential works from here, but probably not from
	// Google.
	Doubt text.Text
	// Remedy is what can be done; may be empty.
	Remedy text.Text
	// Help says where a right credential comes from, where it was rejected.
	Help []text.Text
}

// Finding is the outcome as the check "upstream".
func (o Outcome) Finding() check.Finding {
	f := check.Finding{ID: "upstream", Code: cmp.Or(o.Code, codes[o.Verdict]), Level: check.Warning, Says: o.Says, Why: o.Why}
	switch o.Verdict {
	case Accepted:
		switch {
		case o.Doubt.Empty():
			f.Level = check.OK
		case o.Proven():
			f.Level, f.Why = check.Note, o.Doubt
		default:
			f.Why = o.Doubt
		}
	case Rejected:
		f.Level = check.Block
	default:
	}
	if o.Limit != nil {
		f.Says = text.New("%s: %s", f.Says, o.Limit)
	}
	if !o.Remedy.Empty() || len(o.Help) > 0 {
		f.Remedy = &check.Hint{Says: o.Remedy, Help: o.Help}
		if o.Realm != "" {
			f.Remedy.Use = &check.Correction{AllowRealm: o.Realm}
		}
	}
	return f
}

// Proven reports whether Artifact Registry's own pulls will be let in, as far as
// that can be known from here.
func (o Outcome) Proven() bool { return o.Verdict == Accepted && o.Code == "" }

// codes are the kinds of finding that verdicts are, where nothing nearer is known.
var codes = map[Verdict]check.Code{
	Accepted: check.CredentialAccepted, Rejected: check.CredentialRejected, Limited: check.UpstreamLimited,
	Unreachable: check.UpstreamUnreachable, Unproven: check.CredentialUnproven, NotRegistry: check.UpstreamNotRegistry,
}

// Deadline is how long a trial may take from end to end.
const Deadline = 10 * time.Second

// Tester tries credentials on upstreams. The zero value works. It may be used
// by several goroutines at once.
type Tester struct {
	// Transport carries the requests; nil is NewTransport(nil). It is called
	// without anything that follows redirects.
	Transport http.RoundTripper
	// Resolve says where an upstream really is, for an emulator that stands
	// in for it on loopback; nil, or the same address, is the upstream itself.
	Resolve func(uri string) string
	// AllowRealms are hosts, with or without port, that may be sent the
	// credential when an upstream names them as its token realm.
	AllowRealms []string
	// Local is set where an emulator stands in for Google: it can reach this
	// machine's own upstreams.
	Local bool
	// Refused, if set, keeps a credential from being sent again to a host that
	// has rejected it.
	Refused *Refusals
	// Public are the certificate authorities that everybody trusts; nil: this
	// machine's. A certificate that only others make valid is doubted.
	Public *x509.CertPool
	// Lookup returns the addresses of a host; nil asks the domain name system.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Deadline is how long a trial may take; 0 is the constant of that name.
	Deadline time.Duration
}

// NewTransport returns a transport for trials: proxies come from the
// environment, and roots, if any, replace the system's certificate authorities.
//
// It speaks HTTP/1.1 only: with GODEBUG=http2debug=2 Go's HTTP/2 client prints
// every header it sends, the credential among them.
func NewTransport(roots *x509.CertPool) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		Protocols:              &protocols,
		MaxResponseHeaderBytes: maxBody,
		DisableCompression:     true, // what is read stays what was sent, and small
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        Deadline,
	}
}

// Try tries a user name and token on an upstream, by the upstream's own
// protocol. name may name something to be pulled: an image, a package, a
// path; without it nothing in particular is asked for. It takes at most
// Deadline, and ends at once when ctx does.
//
// The credential is sent over https or to loopback only, and only to the
// upstream, to a token realm of the same host, to a companion host of its
// catalogue entry, or to one of AllowRealms; never across a redirect.
func (x *Tester) Try(ctx context.Context, t Target, username string, secret token.Secret, name string) Outcome {
	k := Recognise(t)
	if !k.PasswordLess.Empty() {
		return passwordless(ctx, &visit{kind: k})
	}
	limit := x.Deadline
	if limit == 0 {
		limit = Deadline
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	transport := x.Transport
	if transport == nil {
		fresh := NewTransport(nil)
		defer fresh.CloseIdleConnections()
		transport = fresh
	}
	// The caller may wipe its own when nobody waits for the answer any more.
	own := secret.Clone()
	defer own.Wipe()
	v := &visit{kind: k, name: k.Artifact(name), transport: transport, allowed: x.AllowRealms, given: basic(username, own)}
	shape, _ := k.shapeOf(own.Reveal())
	v.shaped = shape != nil
	v.echo.Add(username, own)
	defer v.echo.Wipe()
	address, err := t.url()
	if err != nil {
		return v.unproven(text.New("The upstream has no web address"))
	}
	v.base = address
	if x.Resolve != nil {
		// An address that cannot be read leaves the real one in place.
		if u, err := parseBase(x.Resolve(t.BaseURL())); err == nil && *u != *address {
			v.base, v.standIn = u, true
		}
	}
	if err := v.mayReceive(v.base); err != nil {
		return v.failed(err)
	}
	if x.Refused == nil {
		return v.seenFromGoogle(ctx, x, k.Trial.run(ctx, v))
	}
	before, tell, err := x.Refused.enter(ctx, t.host(), username, own)
	switch {
	case err != nil:
		return v.failed(err)
	case before != nil && !k.fallback:
		return *before
	case before != nil:
		return v.rejected(nil, text.New("It already rejected them in this run, and upstreamauth doesn't send a "+
			"wrong login twice"))
	}
	o := v.unproven(text.New("The check didn't finish"))
	defer func() { tell(o) }()
	o = v.seenFromGoogle(ctx, x, k.Trial.run(ctx, v))
	return o
}

// passwordless is the trial of what takes no password.
func passwordless(_ context.Context, v *visit) Outcome {
	return v.unproven(v.kind.PasswordLess)
}

// tryProtocol tries by the protocol of the format, for vendors with several.
func tryProtocol(ctx context.Context, v *visit) Outcome {
	i := slices.IndexFunc(otherKinds, func(k *Kind) bool { return k.Match(v.kind.target) })
	return otherKinds[i].Trial.run(ctx, v)
}

// The ways in which a trial ends, in the same words everywhere.

func (v *visit) accepted(why text.Text) Outcome {
	return Outcome{Verdict: Accepted, Says: text.New("%s accepted this user name and token", v.kind.Name()), Why: why}
}

func (v *visit) rejected(a *answer, why text.Text) Outcome {
	says := text.New("%s rejected this user name and token", v.kind.Name())
	if words := v.words(a); words != "" {
		says = text.New("%s rejected this user name and token: %s", v.kind.Name(), words)
	}
	return Outcome{Verdict: Rejected, Says: says, Why: why, Remedy: text.New("Check both."), Help: []text.Text{v.kind.User.Help, v.kind.TokenHelp}}
}

func (v *visit) unproven(why text.Text) Outcome {
	return Outcome{Verdict: Unproven, Says: text.New("This user name and token can't be checked at %s", v.kind.Name()), Why: why}
}

func (v *visit) notRegistry(why text.Text) Outcome {
	return Outcome{
		Verdict: NotRegistry,
		Says:    text.New("%s doesn't answer like a registry of this format", v.kind.Name()), Why: why,
		Remedy: v.anotherAddress(),
	}
}

// anotherAddress is what to do about an upstream that isn't a registry.
func (v *visit) anotherAddress() text.Text {
	if right := v.kind.target.registry(); right != "" {
		return text.New("Create a repository with the upstream address %s: the upstream of an existing one can't "+
			"change", right)
	}
	return text.New("Check the upstream address of the repository: %s. To continue anyway, use --skip-trial", clean.Text(v.base.String()))
}

// other ends a trial on an answer that says nothing about the credential: too
// many requests, a server error, a redirect, or a status without a meaning here.
func (v *visit) other(a *answer) Outcome {
	switch {
	case a.status == http.StatusTooManyRequests:
		o := Outcome{Verdict: Limited, Says: text.New("%s is limiting requests (429)", v.kind.Name()), Why: text.Verbatim(v.words(a)), Limit: v.limit(a)}
		if wait := retryAfter(a.header); wait > 0 {
			o.Remedy = text.New("Try again in %s", wait)
		}
		return o
	case a.status >= 500:
		return Outcome{Verdict: Unreachable, Says: text.New("%s returned a server error (%s)", v.kind.Name(), a.code()), Why: text.Verbatim(v.words(a))}
	case a.status >= 300 && a.status < 400:
		return v.unproven(v.redirected(a))
	default:
		return v.unproven(text.Also(text.New("It answered %s, which doesn't say whether the token is right", a.code()), text.Verbatim(v.words(a))))
	}
}

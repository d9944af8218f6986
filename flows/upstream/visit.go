package upstream

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/token"
)

// maxBody is how much is read of an answer's header, and of its body.
const maxBody = 64 << 10

// visit is one trial under way.
//
// The exchange with a Docker registry is written by hand, and not left to
// go-containerregistry's transport, for three reasons. That one wants the token
// as a string and keeps it; its errors quote the answer of a token realm, which
// may repeat what it was sent; and it sends the credential to whatever realm
// the registry names, following redirects.
type visit struct {
	kind      *Kind
	base      *url.URL // with its trailing slash
	standIn   bool     // base stands in for the upstream
	name      string
	transport http.RoundTripper
	allowed   []string // realms allowed by the person
	given     auth
	shaped    bool       // the token begins like one that a vendor issues
	echo      token.Echo // what must not be quoted: the token, and those that were issued for it

	meeting sync.Mutex
	met     []metHost
}

// auth is what a request is signed with. The zero value is nothing.
type auth struct {
	scheme   string // "", Basic or Bearer
	username string
	secret   token.Secret
}

func basic(username string, secret token.Secret) auth { return auth{"Basic", username, secret} }

func bearer(secret token.Secret) auth { return auth{"Bearer", "", secret} }

// madeUp is a credential that no upstream can know, in each scheme. It has a
// user name of its own, so that nobody's account is locked by it.
func madeUp(scheme string) auth {
	return auth{scheme, "upstreamauth-trial", token.New([]byte("upstreamauth-made-up-credential"))}
}

// sign sets the Authorization header. It is the only place where a credential
// becomes a string, as net/http wants it.
func (a auth) sign(h http.Header) {
	switch a.scheme {
	case "Basic":
		pair := slices.Concat([]byte(a.username), []byte(":"), a.secret.Reveal())
		defer clear(pair)
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString(pair))
	case "Bearer":
		h.Set("Authorization", "Bearer "+string(a.secret.Reveal()))
	}
}

// unsendable reports whether a header can't hold r (RFC 6750, 2.1, allows less).
func unsendable(r rune) bool { return r <= ' ' || r > '~' }

// answer is what is kept of a response.
type answer struct {
	status int
	header http.Header
	body   []byte // its first maxBody bytes
	long   bool   // there was more
}

func (a *answer) code() string {
	if text := http.StatusText(a.status); text != "" {
		return fmt.Sprintf("%d %s", a.status, text)
	}
	return fmt.Sprint(a.status)
}

// ok reports whether the answer is a success.
func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// denied reports whether a credential is missing, wrong or not enough.
func (a *answer) denied() bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
}

// html reports whether it is a page for people.
func (a *answer) html() bool {
	return strings.Contains(strings.ToLower(a.header.Get("Content-Type")), "html")
}

// errPlain says that a credential would cross a network in the clear, to the
// upstream itself.
var errPlain = errors.New("the address is plain http")

// plainRealm says that a credential would cross a network in the clear, to a
// realm that an upstream names though it is reached over https itself.
type plainRealm struct{ realm *url.URL }

func (p *plainRealm) Error() string { return "the token realm " + p.realm.Host + " is plain http" }

// errUnsendable says that a token is none that a header can hold.
var errUnsendable = errors.New("the token cannot be put into a header")

// foreignRealm says that a credential would go to a host that is not known to
// belong to the upstream.
type foreignRealm struct{ host string }

func (f *foreignRealm) Error() string { return "the host " + f.host + " is not the upstream's" }

// mayReceive is the rule of where a credential may go: over https or to
// loopback; to the upstream's host on any port, as many run their registry and
// its token realm on two; to companions, unless a stand-in answers for all of
// them; to realms that the person allowed.
func (v *visit) mayReceive(u *url.URL) error {
	host := strings.ToLower(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(host)) {
		if u.Host != v.base.Host || u.Scheme != v.base.Scheme {
			return &plainRealm{realm: u}
		}
		return errPlain
	}
	if host == strings.ToLower(v.base.Hostname()) || !v.standIn && slices.Contains(v.kind.Companions, host) {
		return nil
	}
	for _, realm := range v.allowed {
		if strings.EqualFold(realm, host) || strings.EqualFold(realm, u.Host) {
			return nil
		}
	}
	return &foreignRealm{host: strings.ToLower(u.Host)}
}

// ask makes one request. Redirects are not followed: it speaks to the
// transport itself, and no client is there to do it.
func (v *visit) ask(ctx context.Context, method string, u *url.URL, a auth, accept ...string) (*answer, error) {
	if a.scheme != "" {
		if err := v.mayReceive(u); err != nil {
			return nil, err
		}
	}
	if a.scheme == "Bearer" && bytes.ContainsFunc(a.secret.Reveal(), unsendable) {
		return nil, errUnsendable
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "upstreamauth")
	if len(accept) > 0 {
		req.Header.Set("Accept", strings.Join(accept, ", "))
	}
	a.sign(req.Header)
	res, err := v.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	v.meet(u.Hostname(), res.TLS)
	got := &answer{status: res.StatusCode, header: res.Header}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return got, nil // what follows is a connection and no body: it has no end, and no deadline
	}
	// A read that the transport doesn't bind to the context ends with it too.
	defer context.AfterFunc(ctx, func() { _ = res.Body.Close() })()
	got.body, err = io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if got.long = len(got.body) > maxBody; got.long {
		got.body = got.body[:maxBody]
	}
	return got, nil
}

// reply is an answer or the lack of one.
type reply struct {
	*answer
	err error
}

// together makes several requests at once and waits for all of them.
func together(asks ...func() (*answer, error)) []reply {
	replies := make([]reply, len(asks))
	var group parallel.Group
	for i, ask := range asks {
		group.Go(func() error { replies[i].answer, replies[i].err = ask(); return nil })
	}
	_ = group.Wait() // each has its own error
	return replies
}

// asks is a request for together.
func (v *visit) asks(ctx context.Context, method string, u *url.URL, a auth, accept ...string) func() (*answer, error) {
	return func() (*answer, error) { return v.ask(ctx, method, u, a, accept...) }
}

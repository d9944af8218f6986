// Package origin is how the emulator asks an upstream: whether it accepts a
// credential, and for an artifact. It stands for Artifact Registry's own
// fetcher and is written apart from the trial that the client side makes, as
// a mistake in code shared by both would agree with itself.
package origin

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"example.com/upstreamauth/flows/clean"
)

// Formats of upstreams, as Artifact Registry names them.
const (
	Docker = "DOCKER"
	NPM    = "NPM"
	Python = "PYTHON"
	Maven  = "MAVEN"
)

// Upstream is a registry that a remote repository pulls from.
type Upstream struct {
	Format string // as in Artifact Registry's enum: DOCKER, NPM, …
	URI    string // where it really is, https or http
}

// Credential is what an upstream is asked with.
type Credential struct {
	Username string
	Password []byte
}

// Format never shows the password.
func (Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[credential]") }

// basic is the credential as an Authorization header.
func (c *Credential) basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString(append([]byte(c.Username+":"), c.Password...))
}

func (c *Credential) bearer() string { return "Bearer " + string(c.Password) }

// Kind tells the ways to fail apart.
type Kind int

// The ways an upstream can fail.
const (
	Unauthorized Kind = iota + 1 // it rejected the credential, or wants one
	Denied                       // it knows the caller and refuses the artifact
	NotFound                     // it has no such thing
	Limited                      // too many requests
	Unreachable                  // no connection, no name, no answer in time
	TLS                          // its certificate is not to be trusted
	NotARegistry                 // it answers, but not as a registry of this format
	Server                       // it is broken: 5xx, or an answer that makes no sense
)

var kinds = map[Kind]string{
	Unauthorized: "unauthorized", Denied: "denied", NotFound: "not found", Limited: "too many requests",
	Unreachable: "unreachable", TLS: "certificate not trusted", NotARegistry: "not a registry", Server: "server error",
}

func (k Kind) String() string { return kinds[k] }

// Error is an upstream's failure. Its text holds no credential, whatever the
// upstream sent back.
type Error struct {
	Kind   Kind
	Status int    // of the answer, 0 if there was none
	Detail string // cleaned, one line
	Cause  Cause  // what a pull says of it
	Last   string // where a redirect led from, without user and query
}

// Cause tells apart what Artifact Registry words apart to those who pull
// (cloud.google.com/artifact-registry/docs/troubleshoot-remote).
type Cause int

// The causes with words of their own.
const (
	NotConnected    Cause = iota + 1 // no name, no connection
	EndedEarly                       // the connection was closed before the answer ended
	NoRedirectURL                    // a redirect leads to what is no address
	EndlessRedirect                  // redirects do not end
	DeniedByRobots                   // the upstream's robots.txt denies the fetch
)

func (e *Error) Error() string {
	switch {
	case e.Detail == "":
		return e.Kind.String()
	case e.Status == 0:
		return e.Kind.String() + ": " + e.Detail
	}
	return fmt.Sprintf("%s: %d %s", e.Kind, e.Status, e.Detail)
}

// Limits of what an upstream may cost.
const (
	// Patience is how long a validation, or the beginning of an answer to a
	// pull, may take.
	Patience = 10 * time.Second
	// maxDocument bounds what is read into memory to be rewritten: the largest
	// packuments of the public npm registry have some 60 MB.
	maxDocument = 128 << 20
	// maxHeader bounds the headers of an answer.
	maxHeader = 256 << 10
	// maxManifest bounds an image's manifest, as the distribution
	// specification asks registries to.
	maxManifest = 4 << 20
	// maxDetail bounds what is read of an error or a token.
	maxDetail = 64 << 10
	// maxRedirects is how often an upstream may send us elsewhere.
	maxRedirects = 5
)

// Client asks upstreams. Its zero value is ready.
type Client struct {
	// Transport is http.DefaultTransport when nil.
	Transport http.RoundTripper
	// Patience is the package's when zero.
	Patience time.Duration
}

func (c *Client) patience() time.Duration {
	if c.Patience > 0 {
		return c.Patience
	}
	return Patience
}

// ask is one request and what it carries.
type ask struct {
	method        string
	url           *url.URL
	authorization string
	header        http.Header // copied
}

// get makes an ask of method GET.
func get(u *url.URL, authorization string) ask {
	return ask{method: http.MethodGet, url: u, authorization: authorization}
}

// transport is the usual one, with a bound to what an answer's headers take.
var transport = func() *http.Transport {
	t, _ := http.DefaultTransport.(*http.Transport)
	t = t.Clone()
	t.MaxResponseHeaderBytes = maxHeader
	return t
}()

// do sends one request and follows redirects, leaving the credential behind
// at the first one that leads to another origin (RFC 9110, 15.4: a client
// should consider which headers to send on).
func (c *Client) do(ctx context.Context, a ask) (*http.Response, error) {
	client := http.Client{
		Transport:     c.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if client.Transport == nil {
		client.Transport = transport
	}
	for range maxRedirects + 1 {
		req, err := http.NewRequestWithContext(ctx, a.method, a.url.String(), nil)
		if err != nil {
			return nil, &Error{Kind: Unreachable, Detail: clean.Text(err.Error())}
		}
		for name, values := range a.header {
			req.Header[name] = values
		}
		req.Header.Set("User-Agent", "upstreamauth-emulator")
		if a.authorization != "" {
			req.Header.Set("Authorization", a.authorization)
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, unreachable(ctx, err)
		}
		if !redirects(resp) {
			return resp, nil
		}
		closed(resp)
		next, err := a.url.Parse(resp.Header.Get("Location"))
		if err != nil || next.Host == "" || next.Scheme != "https" && next.Scheme != "http" {
			return nil, &Error{Kind: Server, Status: resp.StatusCode, Cause: NoRedirectURL, Last: shownURL(a.url), Detail: "a redirect to no address"}
		}
		if !sameOrigin(a.url, next) {
			a.authorization = ""
		}
		a.url = next
	}
	return nil, &Error{Kind: Unreachable, Cause: EndlessRedirect, Last: shownURL(a.url), Detail: "too many redirects"}
}

// redirects reports whether an answer leads elsewhere.
func redirects(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	default:
		return false
	}
}

// shownURL is an address without what may be secret in it.
func shownURL(u *url.URL) string {
	shown := *u
	shown.User, shown.RawQuery, shown.Fragment = nil, "", ""
	return clean.Text(shown.String())
}

// sameOrigin tells whether two addresses are of one scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// unreachable explains why there is no answer.
func unreachable(ctx context.Context, err error) *Error {
	var failure *url.Error
	if errors.As(err, &failure) {
		err = failure.Err // without the URL, which may hold anything
	}
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	var timeout net.Error
	var connection *net.OpError
	switch {
	case errors.As(err, &certificate), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return &Error{Kind: TLS, Detail: clean.Text(err.Error())}
	case timedOut(ctx), errors.As(err, &timeout) && timeout.Timeout():
		return &Error{Kind: Unreachable, Detail: "no answer in time"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return &Error{Kind: Unreachable, Cause: EndedEarly, Detail: "connection closed without an answer"}
	case errors.As(err, &connection) && connection.Op == "dial":
		return &Error{Kind: Unreachable, Cause: NotConnected, Detail: clean.Text(err.Error())}
	}
	return &Error{Kind: Unreachable, Detail: clean.Text(err.Error())}
}

// failure turns an answer other than a success into an error, and closes it.
func failure(resp *http.Response, secrets []string) *Error {
	defer closed(resp)
	e := &Error{Status: resp.StatusCode, Detail: detail(resp, secrets)}
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		e.Kind = Unauthorized
	case http.StatusForbidden:
		e.Kind = Denied
	case http.StatusNotFound, http.StatusGone:
		e.Kind = NotFound
	case http.StatusTooManyRequests:
		e.Kind = Limited
	default:
		e.Kind = Server
	}
	return e
}

// closed ends an answer of which all that matters was read.
func closed(resp *http.Response) { _ = resp.Body.Close() }

// shown is how much of an upstream's error text is repeated.
const shown = 200

// detail is the beginning of an answer's text on one line, without any secret
// that the upstream echoed.
func detail(resp *http.Response, secrets []string) string {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxDetail))
	text := string(body)
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	text = strings.TrimSpace(clean.Text(text))
	if runes := []rune(text); len(runes) > shown {
		text = string(runes[:shown]) + " [cut]"
	}
	if text == "" {
		text = http.StatusText(resp.StatusCode)
	}
	return text
}

// secrets are all forms of the credential that could be echoed.
func (c *Credential) secrets() []string {
	if c == nil {
		return nil
	}
	basic := strings.TrimPrefix(c.basic(), "Basic ")
	password := string(c.Password)
	return []string{basic, password, url.QueryEscape(password), url.PathEscape(password)}
}

// base parses an upstream's URI; its path ends in a slash.
func (u Upstream) base() (*url.URL, error) {
	parsed, err := url.Parse(u.URI)
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return nil, &Error{Kind: NotARegistry, Detail: "not an http or https address"}
	}
	parsed.User, parsed.RawQuery, parsed.Fragment = nil, "", ""
	return parsed.JoinPath("/"), nil
}

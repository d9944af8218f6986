package gcp

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/impersonate"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
)

// scopes are what all of Google's APIs that are used here ask for.
var scopes = []string{"https://www.googleapis.com/auth/cloud-platform"}

// identity is who is signed in, as far as the credentials' file tells.
type identity struct {
	credentials  *auth.Credentials
	kind, email  string
	quotaProject string
}

// credentialsFile is what is read of an application default credentials file:
// none of its secrets. The two token addresses tell an emulator's file.
type credentialsFile struct {
	Type                string `json:"type"`
	Account             string `json:"account"`
	ClientEmail         string `json:"client_email"`
	QuotaProject        string `json:"quota_project_id"`
	ImpersonationURL    string `json:"service_account_impersonation_url"`
	TokenURI            string `json:"token_uri"`
	TokenURL            string `json:"token_url"`
	CredentialSourceURL struct {
		URL string `json:"url"`
	} `json:"credential_source"`
}

// credentialsVariable names a credentials file that is used before all others
// (https://cloud.google.com/docs/authentication/application-default-credentials).
const credentialsVariable = "GOOGLE_APPLICATION_CREDENTIALS"

// signIn finds the credentials once. It asks nobody, but where there is no
// credentials' file it looks for a metadata server.
func (c *Client) signIn(ctx context.Context) (*identity, error) {
	return c.signedIn.get(func() (*identity, error) {
		if c.conn != nil {
			return &identity{kind: "emulator", email: c.options.Caller, quotaProject: c.quotaOverride()}, nil
		}
		quiet := slog.New(slog.DiscardHandler)
		found, err := credentials.DetectDefault(&credentials.DetectOptions{
			Scopes: scopes, Client: c.web(c.http, c.options.Timeout), UniverseDomain: c.universeOverride(), Logger: quiet,
		})
		if err != nil {
			if os.Getenv(credentialsVariable) != "" { // signing in anew would not be seen
				err = fmt.Errorf("%s: %w", credentialsVariable, err)
			}
			return nil, &signInError{err}
		}
		who := identify(found.JSON())
		who.credentials = found
		who.quotaProject = cmp.Or(c.quotaOverride(), who.quotaProject)
		if c.options.Impersonate == "" {
			return who, nil
		}
		who.kind, who.email = "impersonated service account", c.options.Impersonate
		who.credentials, err = impersonate.NewCredentials(&impersonate.CredentialsOptions{
			TargetPrincipal: c.options.Impersonate, Scopes: scopes, Logger: quiet, Credentials: found, // for their universe
			Client: c.web(&bearer{next: c.http, credentials: found, quotaProject: who.quotaProject}, c.options.Timeout),
		})
		if err != nil {
			return nil, &signInError{err}
		}
		return who, nil
	})
}

// identity signs in and proves that the credentials work, by fetching an access
// token where none is at hand. Calls do so first, because gRPC keeps of a
// failure to get one nothing but its text.
func (c *Client) identity(ctx context.Context) (*identity, error) {
	who, err := c.signIn(ctx)
	if err != nil || c.conn != nil {
		return who, err
	}
	t, err := who.credentials.Token(ctx)
	if err != nil {
		return nil, &signInError{err}
	}
	// A copy, because calls share what signIn returns.
	known := *who
	if known.email == "" {
		known.email = idTokenEmail(t.MetadataString("id_token"))
	}
	return &known, nil
}

// Caller says who is signed in, once an access token has proven that it works.
// The address of a user is known only if gcloud asked for it at sign-in.
func (c *Client) Caller(ctx context.Context) (cloud.Caller, error) {
	m := method{op: "sign in", repeat: true}
	return call(ctx, c, m, "", func(ctx context.Context) (cloud.Caller, error) {
		who, err := c.identity(ctx)
		if err != nil {
			return cloud.Caller{}, err
		}
		return cloud.Caller{Email: clean.Text(who.email), Kind: who.kind, QuotaProject: clean.Text(who.quotaProject)}, nil
	})
}

// identify reads the kind and the owner off a credentials' file, if there is
// one: there is none where a metadata server hands out the tokens.
func identify(file []byte) *identity {
	if len(file) == 0 {
		return &identity{kind: "metadata server"}
	}
	var f credentialsFile
	if json.Unmarshal(file, &f) != nil {
		return &identity{kind: "external account"}
	}
	who := &identity{quotaProject: f.QuotaProject}
	switch f.Type {
	case "authorized_user":
		who.kind, who.email = "user", f.Account
	case "service_account", "gdch_service_account":
		who.kind, who.email = "service account", f.ClientEmail
	case "impersonated_service_account":
		who.kind, who.email = "impersonated service account", impersonated(f.ImpersonationURL)
	default:
		who.kind, who.email = "external account", impersonated(f.ImpersonationURL)
	}
	return who
}

// impersonated is the address within ".../serviceAccounts/EMAIL:generateAccessToken".
func impersonated(u string) string {
	email, _, ok := strings.Cut(u[strings.LastIndex(u, "/")+1:], ":")
	if !ok {
		return ""
	}
	return email
}

// idTokenEmail reads the address off an id token that Google's token endpoint
// has just answered over TLS; its signature needs no check then
// (https://developers.google.com/identity/openid-connect/openid-connect#obtainuserinfo).
func idTokenEmail(idToken string) string {
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return ""
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var c struct {
		Email string `json:"email"`
	}
	if json.Unmarshal(claims, &c) != nil {
		return ""
	}
	return c.Email
}

// quotaOverride is the quota project that wins over the credentials' own.
func (c *Client) quotaOverride() string {
	return cmp.Or(c.options.QuotaProject, os.Getenv("GOOGLE_CLOUD_QUOTA_PROJECT"))
}

// universeOverride is the universe of credentials that do not name theirs.
func (c *Client) universeOverride() string {
	if c.universe == defaultUniverse {
		return ""
	}
	return c.universe
}

// emulatorCaller is whom the file of GOOGLE_APPLICATION_CREDENTIALS speaks of,
// if the emulator at addr has issued it; any other file is none of its business.
func emulatorCaller(addr string) string {
	file, err := os.ReadFile(os.Getenv(credentialsVariable))
	if err != nil {
		return ""
	}
	var f credentialsFile
	if json.Unmarshal(file, &f) != nil || !strings.HasPrefix(cmp.Or(f.TokenURI, f.TokenURL), "http://"+addr+"/emulator/") {
		return ""
	}
	if f.Account != "" {
		return f.Account
	}
	source, err := url.Parse(f.CredentialSourceURL.URL)
	if err != nil {
		return ""
	}
	return source.Query().Get("caller")
}

// bearer sends requests with an access token and the quota project.
type bearer struct {
	next         http.RoundTripper
	credentials  *auth.Credentials
	quotaProject string
}

// RoundTrip adds the credentials to a copy of the request.
func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	t, err := b.credentials.Token(r.Context())
	if err != nil {
		return nil, &signInError{err}
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.Value)
	if b.quotaProject != "" {
		r.Header.Set("X-Goog-User-Project", b.quotaProject)
	}
	return b.next.RoundTrip(r)
}

// web is a client of Google over HTTP. It follows no redirect: none of these
// APIs sends one, and what is sent, tokens above all, goes nowhere else. The
// timeout is for requests whose context has no deadline; 0 is none.
func (c *Client) web(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// asCaller sends requests over REST as the calls over gRPC are sent.
func (c *Client) asCaller() http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if c.conn != nil {
			r = r.Clone(r.Context())
			for k, v := range c.emulatorHeaders() {
				r.Header.Set(k, v)
			}
			return c.observeHTTP(c.http, r)
		}
		who, err := c.signIn(r.Context())
		if err != nil {
			return nil, err
		}
		return c.observeHTTP(&bearer{next: c.http, credentials: who.credentials, quotaProject: who.quotaProject}, r)
	})
}

// roundTrip is a function as an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type proxyFunc = func(*http.Request) (*url.URL, error)

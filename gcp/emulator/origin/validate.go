package origin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
)

// Validate asks the upstream, over the network and for at most 10 s, whether
// it is there and accepts cred. Without a credential an upstream that asks for
// one is fine. It returns nil or an *Error.
//
// What exactly Artifact Registry requests is not documented but for Docker,
// where its error speaks of fetching a bearer token
// (hashicorp/terraform-provider-google#17589): the other formats are modelled.
func (c *Client) Validate(ctx context.Context, u Upstream, cred *Credential) error {
	base, err := u.base()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	switch u.Format {
	case Docker:
		err = c.validateDocker(ctx, base, cred)
	case NPM:
		err = c.validateNPM(ctx, base, cred)
	case Python:
		err = c.validateTree(ctx, simpleURL(base, ""), cred)
	default:
		err = c.validateTree(ctx, base, cred)
	}
	var e *Error
	if errors.As(err, &e) && cred != nil && e.Kind == Denied {
		e.Kind = Unauthorized // nothing but the credential was asked about
	}
	return err
}

// validateNPM asks who the caller is, where the registry can say that.
func (c *Client) validateNPM(ctx context.Context, base *url.URL, cred *Credential) error {
	if cred == nil {
		return c.validateTree(ctx, base, nil)
	}
	resp, err := c.fetchNPM(ctx, get(base.JoinPath("-/whoami"), ""), cred)
	if err != nil {
		return err
	}
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		_ = resp.Body.Close()
		return c.validateTree(ctx, base, cred)
	default:
		return failure(resp, cred.secrets())
	}
	defer closed(resp)
	var who struct {
		Username string `json:"username"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxDetail)).Decode(&who); err != nil {
		return &Error{Kind: NotARegistry, Status: resp.StatusCode, Detail: "/-/whoami is not answered as by an npm registry"}
	}
	if who.Username == "" {
		return &Error{Kind: Unauthorized, Status: resp.StatusCode, Detail: "the registry knows no user of that credential"}
	}
	return nil
}

// validateTree looks at a folder of files. A folder that cannot be listed
// says nothing of a credential: many servers answer 404, or 403 to everybody.
func (c *Client) validateTree(ctx context.Context, folder *url.URL, cred *Credential) error {
	status := func(cred *Credential) (*http.Response, error) {
		a := get(folder, "")
		if cred != nil {
			a.authorization = cred.basic()
		}
		return c.do(ctx, a)
	}
	resp, err := status(cred)
	if err != nil {
		return err
	}
	switch code := resp.StatusCode; {
	case code < http.StatusBadRequest, code == http.StatusNotFound && path.Base(folder.Path) != "simple":
		_ = resp.Body.Close()
		return nil
	case cred == nil && (code == http.StatusUnauthorized || code == http.StatusForbidden):
		_ = resp.Body.Close()
		return nil
	case code == http.StatusForbidden:
		e := failure(resp, cred.secrets())
		open, err := status(nil)
		if err != nil {
			return err
		}
		_ = open.Body.Close()
		if open.StatusCode == http.StatusForbidden {
			return nil
		}
		return e
	}
	return failure(resp, cred.secrets())
}

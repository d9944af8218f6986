package cloud

import (
	"context"
	"errors"
	"sync"

	"example.com/upstreamauth/flows/token"
)

// leftOut stands for a text that repeats a token.
const leftOut = "what the upstream said repeats the credential, and is left out"

// Discreet keeps tokens out of what Google quotes of an upstream's answers.
// Artifact Registry tries a credential itself, when a repository is given one
// and at each pull, and hands on what the upstream said: an upstream that
// repeats what it was sent would so reach the screen and the report. It knows
// the tokens because they pass through it.
type Discreet struct {
	Cloud

	echo token.Echo

	mu    sync.Mutex
	known []token.Secret // what the echo is made of, for user names to come
	names map[string]bool
}

// AddVersion stores the token, and knows it from then on.
func (c *Discreet) AddVersion(ctx context.Context, s SecretName, payload token.Secret) (Version, error) {
	c.know(payload)
	v, err := c.Cloud.AddVersion(ctx, s, payload)
	return v, c.hush(err, "")
}

// Payload reads a token, and knows it from then on.
func (c *Discreet) Payload(ctx context.Context, v VersionName) (token.Secret, error) {
	payload, err := c.Cloud.Payload(ctx, v)
	c.know(payload)
	return payload, err
}

// SetCredentials says nothing of the token if it fails.
func (c *Discreet) SetCredentials(ctx context.Context, r RepositoryName, username, secretVersion string) (Repository, error) {
	now, err := c.Cloud.SetCredentials(ctx, r, username, secretVersion)
	return now, c.hush(err, username)
}

// Pull says nothing of the token, whatever the answer.
func (c *Discreet) Pull(ctx context.Context, r Repository, artifact string) (PullAnswer, error) {
	a, err := c.Cloud.Pull(ctx, r, artifact)
	if c.repeats(a.Detail, r.Username) {
		a.Detail = leftOut
	}
	return a, c.hush(err, r.Username)
}

// know keeps a copy of the token: calls may outlive the one it was taken from.
func (c *Discreet) know(s token.Secret) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.known {
		if k.Equal(s) {
			return
		}
	}
	c.known = append(c.known, s.Clone())
	c.echo.Add("", s)
	for name := range c.names {
		c.echo.Add(name, s)
	}
}

// meet knows the tokens in a pair with that user name too.
func (c *Discreet) meet(username string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if username == "" || c.names[username] {
		return
	}
	if c.names == nil {
		c.names = map[string]bool{}
	}
	c.names[username] = true
	for _, s := range c.known {
		c.echo.Add(username, s)
	}
}

// Forget wipes what is known.
func (c *Discreet) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.known {
		s.Wipe()
	}
	c.known, c.names = nil, nil
	c.echo.Wipe()
}

func (c *Discreet) repeats(text, username string) bool {
	c.meet(username)
	return c.echo.In(text)
}

// hush returns the error without its words where one of them repeats a token.
// What it means stays.
func (c *Discreet) hush(err error, username string) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	said := c.repeats(e.Error(), username)
	for _, d := range e.Details {
		said = said || c.repeats(d, username)
	}
	if e.Err != nil {
		said = said || c.repeats(e.Err.Error(), username)
	}
	if !said {
		return err
	}
	quiet := *e
	quiet.Message, quiet.Details, quiet.Err = leftOut, nil, nil
	return &quiet
}

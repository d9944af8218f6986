package cloud

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/token"
)

// echoing is a Google whose upstream repeats the token.
type echoing struct {
	Cloud
	says string
}

func (e *echoing) SetCredentials(context.Context, RepositoryName, string, string) (Repository, error) {
	return Repository{}, &Error{Kind: UpstreamFailed, Op: "update", Message: e.says, Details: []string{e.says}, Err: errors.New(e.says)}
}

func (e *echoing) Pull(context.Context, Repository, string) (PullAnswer, error) {
	return PullAnswer{Status: 500, Detail: e.says}, nil
}

func (e *echoing) AddVersion(context.Context, SecretName, token.Secret) (Version, error) {
	return Version{}, nil
}

func (e *echoing) Payload(context.Context, VersionName) (token.Secret, error) {
	return token.New([]byte(echoed)), nil
}

const echoed = `s3cret/"of the"+upstream`

// What Google hands on of an upstream's words must not repeat the token,
// whether it was typed or read.
func TestGoogleIsNotQuotedWhereItRepeatsTheToken(t *testing.T) {
	for name, learn := range map[string]func(*Discreet){
		"typed": func(c *Discreet) { _, _ = c.AddVersion(t.Context(), SecretName{}, token.New([]byte(echoed))) },
		"read":  func(c *Discreet) { _, _ = c.Payload(t.Context(), VersionName{}) },
	} {
		for form, written := range map[string]string{
			"raw": echoed, "cut": echoed[:10], "JSON": `s3cret/\"of the\"+upstream`,
			"base64 pair": base64.StdEncoding.EncodeToString([]byte("jane:" + echoed)),
		} {
			c := &Discreet{Cloud: &echoing{says: "Failed to validate: you sent " + written}}
			learn(c)
			_, err := c.SetCredentials(t.Context(), RepositoryName{}, "jane", "")
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != UpstreamFailed || e.Message != leftOut || len(e.Details) != 0 || e.Err != nil || e.Op != "update" {
				t.Errorf("%s, %s: got %+v", name, form, err)
			}
			if a, _ := c.Pull(t.Context(), Repository{Username: "jane"}, ""); a.Status != 500 || a.Detail != leftOut {
				t.Errorf("%s, %s: got %+v", name, form, a)
			}
		}
	}
}

func TestGoogleIsQuotedWhereItDoesNot(t *testing.T) {
	c := &Discreet{Cloud: &echoing{says: "no such host"}}
	if _, err := c.SetCredentials(t.Context(), RepositoryName{}, "jane", ""); !strings.Contains(err.Error(), "no such host") {
		t.Errorf("got %v, knowing nothing", err)
	}
	_, _ = c.AddVersion(t.Context(), SecretName{}, token.New([]byte(echoed)))
	if _, err := c.SetCredentials(t.Context(), RepositoryName{}, "jane", ""); !strings.Contains(err.Error(), "no such host") {
		t.Errorf("got %v", err)
	}
}

// A copy is kept, so that a token that is wiped early is still recognised; it
// goes with the machine.
func TestKnownTokensAreCopiesAndAreForgotten(t *testing.T) {
	c := &Discreet{Cloud: &echoing{says: echoed}}
	s := token.New([]byte(echoed))
	_, _ = c.AddVersion(t.Context(), SecretName{}, s)
	_, _ = c.AddVersion(t.Context(), SecretName{}, s)
	s.Wipe()
	if !c.repeats(echoed, "") || len(c.known) != 1 {
		t.Fatalf("it is not known any more, or known %d times", len(c.known))
	}
	kept := c.known[0]
	c.Forget()
	if !kept.Empty() || c.repeats(echoed, "") {
		t.Error("it is not forgotten")
	}
}

package source

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
	"example.com/upstreamauth/flows/upstream/wrapping"
)

const (
	// helperPrefix begins the name of every credential helper's program,
	// https://docs.docker.com/reference/cli/docker/login/#credential-helper-protocol.
	helperPrefix = "docker-credential-"
	// maxAnswer is how much a credential helper may print: a token in which
	// each byte is escaped, and the rest of its JSON.
	maxAnswer = 6*maxToken + 4<<10
	// dockerHub is what Docker calls Docker Hub in its configuration and to
	// credential helpers.
	dockerHub = "https://index.docker.io/v1/"
	// identityUser is the user name that stands for an identity token.
	identityUser = "<token>"
	// notFound is what a helper prints where it has nothing, along with an exit
	// code that isn't 0: the protocol's own words.
	notFound = "credentials not found in native keychain"
)

// Credential is a user name and a token as this machine keeps them.
type Credential struct {
	Username string // as it is kept, not cleaned; empty where there is none
	Token    token.Secret
	// Identity is set where the token is an identity token: Docker trades it
	// for another one, while Artifact Registry sends it as a password.
	Identity bool
}

// Findings are what to know of the credential before it is used.
func (c Credential) Findings() []check.Finding {
	if !c.Identity {
		return nil
	}
	return []check.Finding{{ID: "token-source", Code: check.SourceIdentity, Level: check.Warning,
		Says:   text.New("This is an identity token, not a password"),
		Why:    text.New("Artifact Registry sends it as a password, which most upstreams reject"),
		Remedy: &check.Hint{Says: text.New("if it's rejected, create an access token at the upstream and use that")}}}
}

// ServerOf is what Docker asks a credential helper for: the host of a container
// registry, Docker's own name for Docker Hub, or the address of any other
// upstream.
func ServerOf(t upstream.Target) string {
	if upstream.Recognise(t).ID == "docker-hub" {
		return dockerHub
	}
	base := t.BaseURL()
	if u, err := url.Parse(base); err == nil && t.Format == "DOCKER" {
		return u.Host
	}
	return strings.TrimSuffix(base, "/")
}

// Helper asks a credential helper of Docker's, by its name with or without
// "docker-credential-", for the credentials of an upstream.
//
// An error is an *engine.Usage where the name can't be one, an
// *engine.Problem where the helper had no credentials, and the context's.
func Helper(ctx context.Context, name string, t upstream.Target) (Credential, error) {
	return askFor(ctx, name, ServerOf(t))
}

// notInNames reports whether a character is a space or a control character.
func notInNames(r rune) bool { return r <= ' ' || r == 0x7f }

// askFor asks a credential helper for what it keeps under a server's address.
func askFor(ctx context.Context, name, server string) (Credential, error) {
	name = strings.TrimPrefix(name, helperPrefix)
	if name == "" || strings.ContainsAny(name, `/\:`) || strings.ContainsFunc(name, notInNames) {
		return Credential{}, &engine.Usage{Code: check.HelperName,
			Title: text.New("This isn't the name of a credential helper"),
			Hints: []check.Hint{hint(text.New("give what follows docker-credential- in its program's name, " +
				"as in --credential-helper desktop"))}}
	}
	return askHelper(ctx, program{words: []string{helperPrefix + name, "get"}, stdin: server, limit: maxAnswer,
		patience: patience, grace: grace})
}

func askHelper(ctx context.Context, p program) (Credential, error) {
	r, err := p.run(ctx)
	if err != nil {
		return Credential{}, err
	}
	defer r.wipe()
	name, server := shown(p.words[0]), clean.Address(p.stdin)
	if r.outcome == ended && r.code != 0 && bytes.Contains(r.out, []byte(notFound)) {
		return Credential{}, problem(check.ProgramNothing, text.New("%q has no credentials for %s", name, server),
			r.complaint(),
			hint(text.New("sign in there first, with docker login")))
	}
	if trouble := r.trouble(p.words, p.limit, p.patience); trouble != nil {
		return Credential{}, trouble
	}
	// Texts, so that no token becomes a string.
	var answer struct{ Username, Secret wrapping.Text }
	defer func() { clear(answer.Secret); clear(answer.Username) }()
	object, rest := firstObject(r.out)
	switch {
	case object == nil || json.Unmarshal(object, &answer) != nil:
		return Credential{}, problem(check.ProgramNotAnswer,
			text.New("%q didn't answer as a Docker credential helper does", name), r.complaint(),
			hint(text.New("it has to print one JSON object with Username and Secret")))
	case len(bytes.TrimSpace(rest)) > 0:
		return Credential{}, problem(check.ProgramSeveral, text.New("%q printed more than one answer", name),
			r.complaint(),
			hint(text.New("it has to print one JSON object with Username and Secret")))
	case len(answer.Secret) == 0 && len(answer.Username) == 0:
		return Credential{}, problem(check.ProgramNothing, text.New("%q has no credentials for %s", name, server),
			r.complaint(),
			hint(text.New("sign in there first, with docker login")))
	case len(answer.Secret) == 0:
		return Credential{}, problem(check.ProgramEmpty,
			text.New("%q has a user name for %s, but no token", name, server), r.complaint(),
			hint(text.New("sign in there again, with docker login")))
	case len(answer.Secret) > maxToken:
		return Credential{}, problem(check.ProgramFlooded,
			text.New("%q printed more than %d bytes", name, maxToken), text.Text{},
			hint(text.New("Secret Manager keeps at most 64 KiB in a secret version")))
	}
	c := Credential{Username: string(answer.Username), Token: token.New(bytes.Clone(answer.Secret))}
	if c.Username == identityUser {
		c.Username, c.Identity = "", true
	}
	return c, nil
}

// firstObject cuts the first JSON object off a text; nil: it begins with none.
func firstObject(b []byte) (object, rest []byte) {
	b = bytes.TrimSpace(b)
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return b[:i+1], b[i+1:]
			}
		}
		if depth == 0 {
			return nil, nil
		}
	}
	return nil, nil
}

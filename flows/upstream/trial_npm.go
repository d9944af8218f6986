package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// npmTrial tries a credential on an npm registry: by asking for a package, as a
// pull does, and by /-/whoami, which says whose the credential is.
type npmTrial struct {
	// bearerOnly: the registry takes tokens in no other way.
	bearerOnly bool
}

func (n npmTrial) run(ctx context.Context, v *visit) Outcome {
	if n.bearerOnly && !v.standIn {
		return n.whose(ctx, v)
	}
	r := v.npmPackage(ctx, auth{})
	if r.err != nil {
		return v.failed(r.err)
	}
	if undecided(r) {
		return v.other(r.answer)
	}
	t := &npmVisit{visit: v, anon: r, given: v.npmScheme(r)}
	return t.run(ctx)
}

// whose asks for the owner of a token, and for nothing else.
func (n npmTrial) whose(ctx context.Context, v *visit) Outcome {
	a, err := v.ask(ctx, http.MethodGet, v.whoami(), bearer(v.given.secret))
	switch {
	case err != nil:
		return v.failed(err)
	case a.denied():
		return v.rejected(a, text.New("It answered %s to /-/whoami", a.code()))
	case a.ok() && npmUser(a) == "":
		return v.notRegistry(text.New("It doesn't answer /-/whoami like an npm registry"))
	case npmUser(a) == "":
		return v.other(a)
	default:
		o := v.belongs(npmUser(a))
		o.Why = text.Also(o.Why, v.kind.CannotProve)
		return o
	}
}

// npmVisit is a trial of a private npm registry under way. The credential is
// sent in one way only, as a wrong login counts against an account; the other
// way is tried once the first is accepted.
type npmVisit struct {
	*visit
	anon  reply // what a package is answered to nobody
	given auth
}

// npmScheme is the way in which an npm registry is sent the credential: by basic
// authentication, as Artifact Registry signs in, unless the registry offers
// bearer tokens alone, or offers nothing and asks for a credential, as npm
// itself sends a bearer token then, or the token is of a kind that npm sends so.
func (v *visit) npmScheme(anon reply) auth {
	offered := challenges(anon.header)
	offers := func(scheme string) bool {
		return slices.ContainsFunc(offered, func(c challenge) bool { return c.scheme == scheme })
	}
	basic, token := offers("basic"), offers("bearer")
	sendable := !bytes.ContainsFunc(v.given.secret.Reveal(), unsendable)
	bearerAlone := !basic && (token || anon.denied())
	if sendable && (bearerAlone || v.shaped && !(basic && !token)) {
		return bearer(v.given.secret)
	}
	return v.given
}

func (v *visit) whoami() *url.URL { return v.base.JoinPath("-/whoami") }

// npmPackage asks for the package that the trial is about.
func (v *visit) npmPackage(ctx context.Context, a auth) (r reply) {
	r.answer, r.err = v.ask(ctx, http.MethodGet, npmPackage.probe(v.base, v.name), a, npmPackage.accept...)
	return r
}

func (v *npmVisit) run(ctx context.Context) Outcome {
	given := v.npmPackage(ctx, v.given)
	switch {
	case given.err != nil:
		return v.failed(given.err)
	case undecided(given):
		return v.other(given.answer)
	case given.status == http.StatusUnauthorized:
		return v.rejected(given.answer, text.New("It answered %s", given.code()))
	}
	if o, told := v.named(ctx); told {
		return v.asGoogleDoes(ctx, o)
	}
	bogus := v.npmPackage(ctx, madeUp(v.given.scheme))
	return v.asGoogleDoes(ctx, fileTrial(npmPackage).judge(v.visit, given, v.anon, bogus))
}

// named asks the registry whose the credential is; told is false where it
// doesn't say.
func (v *npmVisit) named(ctx context.Context) (o Outcome, told bool) {
	mine, err := v.ask(ctx, http.MethodGet, v.whoami(), v.given)
	if err != nil || undecided(reply{answer: mine}) {
		return Outcome{}, false
	}
	anon, err := v.ask(ctx, http.MethodGet, v.whoami(), auth{})
	if err != nil || npmUser(anon) != "" { // it calls everybody by a name
		return Outcome{}, false
	}
	switch {
	case npmUser(mine) != "":
		return v.belongs(npmUser(mine)), true
	case !v.anon.denied() && stranger(mine) && stranger(anon):
		// Everybody may read, and still the registry tells who is who.
		return v.rejected(mine, text.New("It doesn't say who the token belongs to")), true
	default:
		return Outcome{}, false
	}
}

// asGoogleDoes signs in once more by basic authentication, where a bearer token
// was accepted.
func (v *npmVisit) asGoogleDoes(ctx context.Context, o Outcome) Outcome {
	if o.Verdict != Accepted || v.given.scheme == "Basic" {
		return o
	}
	u := v.whoami()
	if v.anon.denied() {
		u = npmPackage.probe(v.base, v.name)
	}
	a, err := v.ask(ctx, http.MethodGet, u, v.visit.given)
	if err == nil && !a.denied() && !undecided(reply{answer: a}) && (v.anon.denied() || npmUser(a) != "") {
		return o
	}
	return v.doubted(o, check.UpstreamBearerOnly, text.New("It accepts only bearer tokens, and Artifact Registry "+
		"signs in by basic authentication: its pulls will probably fail"))
}

// stranger reports whether an answer to /-/whoami is one to somebody unknown:
// a refusal, or with Verdaccio an object without a name.
func stranger(a *answer) bool {
	var body map[string]any
	return a.denied() || a.ok() && !a.long && json.Unmarshal(a.body, &body) == nil && body["username"] == nil
}

// npmPackage is a package's document.
var npmPackage = layout{
	probe: func(base *url.URL, name string) *url.URL {
		u, err := base.Parse(url.PathEscape(either(name))) // a scope's slash is escaped
		if err != nil {
			return base
		}
		return u
	},
	looks: func(a *answer) bool {
		return !a.html() && (bytes.Contains(a.body, []byte(`"versions"`)) || bytes.Contains(a.body, []byte(`"dist-tags"`)))
	},
	accept: []string{"application/vnd.npm.install-v1+json", "application/json;q=0.8"},
}

// npmUser is whose credential it is by an answer to /-/whoami; empty where it
// names nobody.
func npmUser(a *answer) string {
	var body struct {
		Username string `json:"username"`
	}
	if !a.ok() || a.long || json.Unmarshal(a.body, &body) != nil {
		return ""
	}
	return body.Username
}

// belongs ends a trial with the name that a token goes by.
func (v *visit) belongs(user string) Outcome {
	if user = v.quote(user); user == "" {
		return v.accepted(text.Text{})
	}
	o := v.accepted(text.New("The token belongs to %q", user))
	if !strings.EqualFold(user, v.given.username) {
		o.Doubt = text.New("The token belongs to %q, which isn't the user name that you gave", user)
	}
	return o
}

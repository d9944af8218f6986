package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// npmTrial tries a credential on an npm registry: by /-/whoami, which says
// whose it is, and where that is not known, by asking for a package.
type npmTrial struct {
	// bearerOnly: the registry takes tokens in no other way.
	bearerOnly bool
}

func (n npmTrial) run(ctx context.Context, v *visit) Outcome {
	whoami := v.base.JoinPath("-/whoami")
	token := bearer(v.given.secret)
	if n.bearerOnly && !v.standIn {
		a, err := v.ask(ctx, http.MethodGet, whoami, token)
		switch {
		case err != nil:
			return v.failed(err)
		case a.denied():
			return v.rejected(a, "it answers "+a.code()+" to the question whose token it is")
		case npmUser(a) == "":
			return v.whoamiUnknown(a)
		default:
			o := v.belongs(npmUser(a), "")
			o.Why = also(o.Why, "not proven: "+v.kind.CannotProve)
			return o
		}
	}
	r := together(
		v.asks(ctx, http.MethodGet, whoami, v.given),
		v.asks(ctx, http.MethodGet, whoami, token),
		v.asks(ctx, http.MethodGet, whoami, auth{}),
	)
	asBasic, asBearer, anon := r[0], r[1], r[2]
	if asBasic.err != nil {
		return v.failed(asBasic.err)
	}
	if asBasic.status == http.StatusTooManyRequests || asBasic.status >= 500 {
		return v.other(asBasic.answer)
	}
	everybody := anon.err == nil && npmUser(anon.answer) != ""
	switch {
	case !everybody && npmUser(asBasic.answer) != "":
		return v.belongs(npmUser(asBasic.answer), "")
	case !everybody && asBearer.err == nil && npmUser(asBearer.answer) != "":
		return v.belongs(npmUser(asBearer.answer),
			"it takes the token as a bearer token only, and Artifact Registry documents basic authentication")
	}
	o := packages(ctx, v)
	if o.Verdict == Unproven && stranger(asBasic) && stranger(asBearer) {
		// Everybody may read, and still the registry tells who is who.
		return v.rejected(asBasic.answer, "asked whose token it is, it names nobody")
	}
	return o
}

// stranger tells whether an answer to /-/whoami is one to somebody unknown:
// a refusal, or with Verdaccio an object without a name.
func stranger(r reply) bool {
	if r.err != nil {
		return false
	}
	var body map[string]any
	return r.denied() || r.ok() && !r.long && json.Unmarshal(r.body, &body) == nil && body["username"] == nil
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

// packages compares the answers for a package, with the credential sent in both
// of the ways that npm registries know.
func packages(ctx context.Context, v *visit) Outcome {
	u := npmPackage.probe(v.base, v.name)
	get := func(a auth) func() (*answer, error) {
		return v.asks(ctx, http.MethodGet, u, a, npmPackage.accept...)
	}
	r := together(get(v.given), get(auth{}), get(madeUp("Basic")), get(bearer(v.given.secret)), get(madeUp("Bearer")))
	asBasic := fileTrial(npmPackage).judge(v, r[0], r[1], r[2])
	asBearer := fileTrial(npmPackage).judge(v, r[3], r[1], r[4])
	if asBasic.Verdict == Accepted || asBearer.Verdict != Accepted && asBearer.Verdict != Unproven {
		return asBasic
	}
	if asBearer.Verdict == Accepted {
		asBearer.Doubt = "it takes the token as a bearer token only, and Artifact Registry documents basic authentication"
	}
	return asBearer
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

// whoamiUnknown ends a trial on an answer to /-/whoami that names nobody.
func (v *visit) whoamiUnknown(a *answer) Outcome {
	if a.ok() {
		return v.notRegistry("it does not say whose token it is, as every npm registry does")
	}
	return v.other(a)
}

// belongs ends a trial with the name that a token goes by.
func (v *visit) belongs(user, doubt string) Outcome {
	user = v.quote(user)
	o := v.accepted("the token belongs to " + user)
	o.Doubt = doubt
	if user != "" && !strings.EqualFold(user, v.given.username) {
		o.Doubt = also("the token belongs to "+user+", and the user name given is another", doubt)
	}
	return o
}

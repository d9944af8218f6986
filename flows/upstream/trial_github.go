package upstream

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// gitHubUser tells whose a token is and, for classic ones, its scopes:
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps.
var gitHubUser = url.URL{Scheme: "https", Host: "api.github.com", Path: "/user"}

// tryGitHub asks GitHub's interface, because ghcr.io's token realm gives a
// token to anybody. Where an image is named, that is asked for as well.
func tryGitHub(ctx context.Context, v *visit) Outcome {
	if v.standIn {
		return tryProtocol(ctx, v)
	}
	a, err := v.ask(ctx, http.MethodGet, &gitHubUser, bearer(v.given.secret), "application/vnd.github+json")
	if err != nil {
		return v.failed(err)
	}
	o := v.gitHub(a)
	if v.name == "" || v.kind.target.Format != "DOCKER" || o.Verdict == Rejected {
		return o
	}
	image := dockerTrial{}.run(ctx, v)
	if image.Verdict == Unproven {
		return o
	}
	image.Doubt = o.Doubt
	return image
}

// gitHub judges the answer of GitHub's interface.
func (v *visit) gitHub(a *answer) Outcome {
	switch {
	case a.status == http.StatusUnauthorized:
		return v.rejected(a, text.New("GitHub doesn't know this token: it is mistyped, expired or revoked. With "+
			"it, even public packages can't be pulled"))
	case a.status == http.StatusForbidden && a.header.Get("X-Ratelimit-Remaining") == "0":
		return Outcome{Verdict: Limited, Says: text.New("%s is limiting requests", "GitHub"), Why: text.Verbatim(v.words(a))}
	case !a.ok():
		return v.other(a)
	}
	var user struct {
		Login string `json:"login"`
	}
	if a.long || json.Unmarshal(a.body, &user) != nil || user.Login == "" {
		return v.unproven(text.New("GitHub doesn't say who the token belongs to"))
	}
	list, listed := a.header["X-Oauth-Scopes"]
	scopes := strings.FieldsFunc(strings.Join(list, ","), func(r rune) bool { return r == ',' || r == ' ' })
	switch {
	case !listed:
		return v.unproven(text.New("The token belongs to %q, but GitHub shows no scopes for this kind of token, "+
			"and GitHub Packages accepts only classic ones", v.quote(user.Login)))
	case !gitHubReads(scopes):
		o := v.rejected(nil, text.New("Its scopes: %s", v.quote(strings.Join(scopes, ", "))))
		if len(scopes) == 0 {
			o.Why = text.New("It has no scopes")
		}
		o.Help = []text.Text{v.kind.TokenHelp}
		o.Says = text.New("This token may not read packages: the scope read:packages is missing")
		return o
	default:
		return v.belongs(user.Login)
	}
}

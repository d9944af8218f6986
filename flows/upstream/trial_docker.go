package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// dockerTrial tries a credential by the protocol of container registries:
// https://distribution.github.io/distribution/spec/auth/token/.
type dockerTrial struct {
	// strict: the registry is known to refuse a wrong credential at the door,
	// so that none has to be made up for comparison.
	strict bool
	// limits is a repository whose manifest tells how many pulls are left;
	// empty where there is none.
	limits string
}

// manifests are the sorts of manifest that an image may have.
var manifests = []string{
	"application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
}

// dockerVisit is a trial of a registry under way.
type dockerVisit struct {
	*visit
	dockerTrial
	root *url.URL // …/v2/
}

func (d dockerTrial) run(ctx context.Context, v *visit) Outcome {
	t := &dockerVisit{v, d, v2(v.base)}
	first, err := v.ask(ctx, http.MethodGet, t.root, auth{})
	if err == nil && first.status == http.StatusNotFound && v.base.Path != "/" {
		// The path may name a folder of images and be no part of the protocol.
		t.root = v.base.ResolveReference(&url.URL{Path: "/v2/"})
		first, err = v.ask(ctx, http.MethodGet, t.root, auth{})
	}
	switch {
	case err != nil:
		return v.failed(err)
	case first.ok() && !registry(first):
		return v.notRegistry(text.New("It answers, but not by the protocol of container registries"))
	case first.ok():
		return t.open(ctx)
	case first.status == http.StatusUnauthorized:
		return t.challenged(ctx, first)
	case first.status == http.StatusForbidden:
		return v.unproven(text.Also(text.New("It denies every request (403). A firewall may be blocking it"), text.Verbatim(v.words(first))))
	case first.status >= 400 && first.status < 500 && first.status != http.StatusTooManyRequests:
		return v.notRegistry(text.New("It answered %s, and a container registry answers 200 or 401", first.code()))
	default:
		return v.other(first)
	}
}

// v2 is where a registry's interface begins.
func v2(base *url.URL) *url.URL {
	if strings.HasSuffix(base.Path, "/v2/") {
		return base
	}
	return base.JoinPath("v2/")
}

// registry reports whether a successful answer to /v2/ is a registry's: it has
// the header that registries send, or at least JSON for a body.
func registry(a *answer) bool {
	if strings.HasPrefix(a.header.Get("Docker-Distribution-Api-Version"), "registry/2") {
		return true
	}
	return !a.html() && json.Valid(a.body)
}

// open goes on where /v2/ asks nobody for credentials.
func (d *dockerVisit) open(ctx context.Context) Outcome {
	if d.name == "" {
		return d.unproven(text.New("It answers without asking for credentials"))
	}
	u, method := d.image()
	a, err := d.ask(ctx, method, u, auth{}, manifests...)
	switch {
	case err != nil:
		return d.failed(err)
	case a.status == http.StatusUnauthorized:
		return d.challenged(ctx, a)
	default:
		return d.unproven(text.New("It answers for %q without asking for credentials (%s)", d.quote(d.name), a.code()))
	}
}

// image is the address that tells whether the named image may be pulled. A tag
// or digest is asked for itself, which counts as no pull; without one the list
// of tags is.
func (d *dockerVisit) image() (*url.URL, string) {
	name, ref, ok := strings.Cut(d.name, "@")
	if !ok {
		if i := strings.LastIndexByte(d.name, ':'); i > strings.LastIndexByte(d.name, '/') {
			name, ref = d.name[:i], d.name[i+1:]
		}
	}
	if ref == "" {
		u := d.root.JoinPath(name, "tags/list")
		u.RawQuery = "n=1"
		return u, http.MethodGet
	}
	return d.root.JoinPath(name, "manifests", ref), http.MethodHead
}

// imageName is the named image without tag and digest.
func (d *dockerVisit) imageName() string {
	name, _, _ := strings.Cut(d.name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return name
}

// challenged goes on where credentials are asked for.
func (d *dockerVisit) challenged(ctx context.Context, a *answer) Outcome {
	offered := challenges(a.header)
	pick := func(scheme string) int {
		return slices.IndexFunc(offered, func(c challenge) bool { return c.scheme == scheme })
	}
	if i := pick("bearer"); i >= 0 && offered[i].params["realm"] != "" {
		return d.tokens(ctx, offered[i])
	}
	if pick("basic") >= 0 {
		return d.door(ctx, d.given, madeUp("Basic"))
	}
	return d.unproven(text.New("It supports neither basic authentication nor a token server"))
}

// tokens asks the registry's realm for a token.
func (d *dockerVisit) tokens(ctx context.Context, c challenge) Outcome {
	realm, err := d.root.Parse(c.params["realm"])
	if err != nil || realm.User != nil {
		return d.notRegistry(text.New("The address of its token server isn't valid"))
	}
	if err := d.mayReceive(realm); err != nil {
		return d.failed(err)
	}
	query := realm.Query()
	if c.params["service"] != "" {
		query.Set("service", c.params["service"])
	}
	if d.limits != "" {
		query.Add("scope", "repository:"+d.limits+":pull")
	}
	switch {
	case d.name != "":
		query.Add("scope", "repository:"+d.imageName()+":pull")
	case c.params["scope"] != "":
		query.Add("scope", c.params["scope"])
	}
	realm.RawQuery = query.Encode()

	given, err := d.ask(ctx, http.MethodGet, realm, d.given)
	if err != nil {
		return d.realmFailed(realm, err)
	}
	mine := d.issued(given)
	defer mine.Wipe()
	switch {
	case given.denied():
		return d.rejected(given, text.New("Its token server %s answered %s", d.quote(realm.Host), given.code()))
	case !given.ok():
		return d.other(given)
	case mine.Empty():
		return d.notRegistry(text.New("Its token server answered without a token"))
	case d.strict:
		return d.welcome(ctx, bearer(mine))
	}
	bogus, err := d.ask(ctx, http.MethodGet, realm, madeUp("Basic"))
	switch {
	case err != nil:
		return d.unproven(text.New("It issued a pull token, but there was no answer for a made-up token to " +
			"compare with"))
	case bogus.denied():
		return d.welcome(ctx, bearer(mine))
	case bogus.ok() && !issued(bogus).Empty():
		// A realm that refuses nobody says nothing; its registry may.
		return d.door(ctx, bearer(mine), bearer(d.issued(bogus)))
	default:
		return d.unproven(text.New("It issued a pull token, but it answered %s to a made-up token, which proves "+
			"nothing", bogus.code()))
	}
}

// issued reads a token realm's answer. What it issued is never quoted, like the
// credential itself.
func (d *dockerVisit) issued(a *answer) token.Secret {
	s := issued(a)
	d.echo.Add("", s)
	return s
}

// issued reads a token realm's answer; empty where there is no token in it. It
// is a secret too: ghcr.io's is the credential in base64.
func issued(a *answer) token.Secret {
	var body struct {
		Token       raw `json:"token"`
		AccessToken raw `json:"access_token"`
	}
	if a.long || json.Unmarshal(a.body, &body) != nil {
		return token.Secret{}
	}
	b := []byte(body.Token)
	if len(b) == 0 {
		b = body.AccessToken
	}
	if bytes.ContainsFunc(b, unsendable) {
		return token.Secret{}
	}
	return token.New(b)
}

// door asks the registry itself with the given credential and, unless that is
// refused or the registry is known to be strict, with a made-up one.
func (d *dockerVisit) door(ctx context.Context, given, bogus auth) Outcome {
	u, method := d.root, http.MethodGet
	if d.name != "" {
		u, method = d.image()
	}
	a, err := d.ask(ctx, method, u, given, manifests...)
	switch {
	case err != nil:
		return d.failed(err)
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden && d.strict:
		return d.rejected(a, text.New("It answered %s", a.code()))
	}
	if !d.strict {
		other, err := d.ask(ctx, method, u, bogus, manifests...)
		switch {
		case err != nil:
			return d.unproven(text.New("There was no answer for a made-up token to compare with"))
		case a.status == http.StatusForbidden && other.status == http.StatusForbidden:
			return d.rejected(a, text.New("It answered %s, as it does to a made-up token", a.code()))
		case a.status == other.status && (a.ok() || a.status == http.StatusNotFound):
			return d.unproven(text.New("It gives a made-up token the same answer (%s)", a.code()))
		}
	}
	switch {
	case d.name != "":
		return d.pull(a)
	case a.ok() && !registry(a):
		return d.notRegistry(text.New("It accepts the sign-in, but doesn't answer like a container registry"))
	case a.ok():
		return d.accepted(text.Text{})
	default:
		return d.other(a)
	}
}

// welcome goes on with a token that only the right credential gets: can the
// named image be pulled, and how many pulls are left?
func (d *dockerVisit) welcome(ctx context.Context, a auth) Outcome {
	if d.name == "" && d.limits == "" {
		return d.accepted(text.Text{})
	}
	none := func() (*answer, error) { return nil, nil }
	asks := []func() (*answer, error){none, none}
	if d.name != "" {
		u, method := d.image()
		asks[0] = d.asks(ctx, method, u, a, manifests...)
	}
	if d.limits != "" {
		asks[1] = d.asks(ctx, http.MethodHead, d.root.JoinPath(d.limits, "manifests/latest"), a, manifests...)
	}
	replies := together(asks...)
	o := d.accepted(text.Text{})
	if d.name != "" {
		if replies[0].err != nil {
			return d.failed(replies[0].err)
		}
		o = d.pull(replies[0].answer)
	}
	// That the limit cannot be read changes nothing about the credential.
	if a := replies[1].answer; a != nil && replies[1].err == nil && o.Limit == nil {
		o.Limit = d.limit(a)
	}
	return o
}

// pull judges the answer for the named image to a credential that is right.
func (d *dockerVisit) pull(a *answer) Outcome {
	name := d.quote(d.name)
	switch {
	case a.ok():
		return d.accepted(text.New("It may pull %q", name))
	case a.denied(), a.status == http.StatusNotFound:
		o := d.unproven(text.New("The sign-in works, but the answer for %q is %s: check the image name and the "+
			"token's scope", name, a.code()))
		o.Says = text.New("%s doesn't let this user name and token pull %q", d.kind.Name(), name)
		return o
	default:
		return d.other(a)
	}
}

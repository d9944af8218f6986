package upstream

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"example.com/upstreamauth/flows/text"
)

// fileTrial tries a credential on an upstream that is a tree of files behind
// basic authentication, as Python indexes, Maven, apt and yum repositories are.
// Such an upstream may answer 200 to anybody, so that three answers are
// compared: without a credential, with a made-up one, and with the given one.
type fileTrial layout

// layout is where a sort of repository keeps its files.
type layout struct {
	// probe is the address asked for: what name names, or else something that
	// need not exist. That a right credential gets a 404 where a wrong one
	// gets a 401 proves it as well as a 200 does, and a server that has even
	// what was made up is no registry.
	probe func(base *url.URL, name string) *url.URL
	// always is set where every such repository has what probe asks for.
	always bool
	// looks reports whether what was found is such a repository's.
	looks func(*answer) bool
	// public is set where the upstream is known to answer everybody: then it
	// is sent nothing unless it tells a made-up credential from none.
	public bool
	accept []string
}

// nothing is a name that no upstream has.
const nothing = "upstreamauth-trial"

func either(name string) string {
	if name == "" {
		return nothing
	}
	return name
}

// pythonIndex is a simple index,
// https://packaging.python.org/en/latest/specifications/simple-repository-api/.
var pythonIndex = layout{
	probe: func(base *url.URL, name string) *url.URL {
		if !strings.HasSuffix(base.Path, "/simple/") {
			base = base.JoinPath("simple/")
		}
		return base.JoinPath(either(name), "/")
	},
	looks: func(a *answer) bool {
		if strings.Contains(a.header.Get("Content-Type"), "application/vnd.pypi.simple") {
			return true
		}
		for _, sign := range []string{"pypi:repository-version", "<title>links for", ".whl", ".tar.gz", ".zip"} {
			if bytes.Contains(bytes.ToLower(a.body), []byte(sign)) {
				return true
			}
		}
		return false
	},
	accept: []string{"application/vnd.pypi.simple.v1+json", "text/html;q=0.5"},
}

// mavenTree is a Maven repository. A name is GROUP:ARTIFACT, or a path.
var mavenTree = layout{
	probe: func(base *url.URL, name string) *url.URL {
		group, artifact, ok := strings.Cut(either(name), ":")
		if ok {
			group = strings.ReplaceAll(group, ".", "/")
		}
		return base.JoinPath(group, artifact, "maven-metadata.xml")
	},
	looks: func(a *answer) bool { return bytes.Contains(a.body, []byte("<metadata")) },
}

// aptArchive is a Debian repository; a name is a suite,
// https://wiki.debian.org/DebianRepository/Format.
var aptArchive = layout{
	probe: func(base *url.URL, name string) *url.URL {
		if strings.Contains(base.Path, "/dists/") {
			return base.JoinPath("InRelease")
		}
		return base.JoinPath("dists", either(name), "InRelease")
	},
	looks: func(a *answer) bool {
		return bytes.HasPrefix(a.body, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) || bytes.Contains(a.body, []byte("\nSHA256:"))
	},
}

// yumTree is an rpm repository; it has one index, and no name changes that.
var yumTree = layout{
	probe:  func(base *url.URL, _ string) *url.URL { return base.JoinPath("repodata/repomd.xml") },
	always: true,
	looks:  func(a *answer) bool { return bytes.Contains(a.body, []byte("<repomd")) },
}

// anyFolder is an upstream of which nothing is known but its address.
var anyFolder = layout{
	probe: func(base *url.URL, name string) *url.URL {
		if name == "" {
			return base
		}
		return base.JoinPath(name)
	},
	looks: func(*answer) bool { return true },
}

// known is a layout whose upstream is known to answer everybody.
func known(l layout) fileTrial {
	l.public = true
	return fileTrial(l)
}

func (f fileTrial) run(ctx context.Context, v *visit) Outcome {
	u := f.probe(v.base, v.name)
	ask := func(a auth) (r reply) {
		r.answer, r.err = v.ask(ctx, http.MethodGet, u, a, f.accept...)
		return r
	}
	if !f.public {
		given := ask(v.given)
		if given.err != nil || undecided(given) || given.status == http.StatusUnauthorized {
			return f.judge(v, given, given, given) // decided: nothing is compared
		}
		return f.judge(v, given, ask(auth{}), ask(madeUp("Basic")))
	}
	anon := ask(auth{})
	if anon.err != nil {
		return v.failed(anon.err)
	}
	var bogus reply
	if !anon.denied() {
		bogus = ask(madeUp("Basic"))
		if bogus.err == nil && anon.status == bogus.status && !undecided(bogus) {
			return v.unproven(text.New("%s: the token wasn't sent", v.kind.CannotProve))
		}
	}
	given := ask(v.given)
	if bogus.answer == nil && bogus.err == nil && given.err == nil && !undecided(given) && given.status != http.StatusUnauthorized {
		bogus = ask(madeUp("Basic"))
	}
	return f.judge(v, given, anon, bogus)
}

// judge compares the three answers.
func (f fileTrial) judge(v *visit, given, anon, bogus reply) Outcome {
	if given.err != nil {
		return v.failed(given.err)
	}
	if undecided(given) {
		return v.other(given.answer)
	}
	if given.status == http.StatusUnauthorized {
		return v.rejected(given.answer, text.New("It answered %s", given.code()))
	}
	if undecided(bogus) || undecided(anon) {
		return v.unproven(text.New("It answered %s, but there was no answer for a made-up token to compare with", given.code()))
	}
	if given.denied() {
		return f.forbidden(v, given, anon, bogus)
	}
	if given.ok() && !f.looks(given.answer) {
		return v.notRegistry(text.New("Its answer isn't the index of a registry"))
	}
	if f.always && !given.ok() && given.status/100 != 3 {
		return v.notRegistry(text.New("It answered %s for the registry's index, %s", given.code(), v.quote(f.probe(v.base, v.name).Path)))
	}
	switch {
	case bogus.denied(), bogus.status/100 != given.status/100:
		return v.accepted(text.New("It answered %s, and %s to a made-up token", given.code(), bogus.code()))
	case given.status/100 == 3:
		return v.other(given.answer)
	case anon.denied():
		return v.unproven(text.New("It asks for credentials, but accepts a made-up token, too"))
	default:
		o := v.unproven(text.New("It gives everybody the same answer (%s), with or without credentials", given.code()))
		if v.name == "" && !f.always {
			o.Remedy = text.New("Use --verify-with to name something that needs credentials")
		}
		return o
	}
}

// forbidden judges a 403, which means "not you" with some, "not this" with others.
func (f fileTrial) forbidden(v *visit, given, anon, bogus reply) Outcome {
	switch {
	case bogus.status != given.status:
		o := v.unproven(text.New("It answered %s, and %s to a made-up token: the token's scope may be too narrow", given.code(), bogus.code()))
		o.Says = text.New("%s knows this user name and token, but doesn't let them read", v.kind.Name())
		return o
	case anon.status == given.status:
		return v.unproven(text.New("It denies this to everybody (%s)", given.code()))
	default:
		return v.rejected(given.answer, text.New("It answered %s, as it does to a made-up token", given.code()))
	}
}

// undecided tells that an answer says nothing of a credential: there is none,
// or it speaks of a fault, of too many requests, or of the request itself.
func undecided(r reply) bool {
	if r.err != nil {
		return true
	}
	switch r.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return false
	}
	return r.status >= 400 || r.status < 200
}

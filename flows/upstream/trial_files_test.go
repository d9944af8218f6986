package upstream

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

// TestJudge goes through what a tree of files can answer to nobody, to
// somebody made up, and to the one who is tried.
func TestJudge(t *testing.T) {
	const page = "<html>Welcome.</html>"
	for _, tt := range []struct {
		name               string
		given, anon, bogus int // 0: no answer
		body               string
		want               Verdict
	}{
		{"private", 404, 401, 401, "", Accepted},
		{"private, and there", 200, 401, 401, "<metadata>", Accepted},
		{"private, sent on", 302, 401, 401, "", Accepted},
		{"private, hidden from others", 200, 404, 404, "<metadata>", Accepted},
		{"private, others are sent to sign in", 404, 302, 302, "", Accepted},
		{"private, others are forbidden", 404, 403, 403, "", Accepted},
		{"public, but wrong credentials are refused", 404, 404, 401, "", Accepted},
		{"wrong", 401, 401, 401, "", Rejected},
		{"wrong, and public", 401, 404, 401, "", Rejected},
		{"wrong, forbidden like any other", 403, 401, 403, "", Rejected},
		{"wrong while others are limited", 401, 429, 429, "", Rejected},
		{"known but not allowed", 403, 401, 401, "", Unproven},
		{"everybody forbidden", 403, 403, 403, "", Unproven},
		{"public", 404, 404, 404, "", Unproven},
		{"public, and there", 200, 200, 200, "<metadata>", Unproven},
		{"anybody with a credential", 404, 401, 404, "", Unproven},
		{"everybody sent on", 302, 302, 302, "", Unproven},
		{"others limited", 404, 401, 429, "", Unproven},
		{"others get no answer", 404, 401, 0, "", Unproven},
		{"nobody's answer is missing", 404, 0, 401, "", Unproven},
		{"page for all", 200, 200, 200, page, NotRegistry},
		{"page behind a password", 200, 401, 401, page, NotRegistry},
		{"limited", 429, 401, 401, "", Limited},
		{"fault", 502, 401, 401, "", Unreachable},
		{"no answer", 0, 401, 401, "", Unreachable},
		{"strange", 418, 401, 401, "", Unproven},
	} {
		t.Run(tt.name, func(t *testing.T) {
			as := func(status int, body string) reply {
				if status == 0 {
					return reply{err: errors.New("no answer")}
				}
				return reply{answer: &answer{status: status, header: http.Header{}, body: []byte(body)}}
			}
			target := Target{Format: "MAVEN", URI: "https://maven.example.com"}
			base, err := target.url()
			if err != nil {
				t.Fatal(err)
			}
			v := visiting(Recognise(target), basic(goodUser, good()))
			v.base = base
			o := fileTrial(mavenTree).judge(v, as(tt.given, tt.body), as(tt.anon, ""), as(tt.bogus, ""))
			wants(t, o, tt.want, "")
			if o.Verdict != Accepted && o.Why.Empty() && o.Says.Empty() {
				t.Error("nothing is said")
			}
		})
	}
}

// A trial of files is one round trip of three requests; one of what is known
// to be public has a second one only where that turns out to be wrong.
func TestFileRoundTrips(t *testing.T) {
	private := func(w http.ResponseWriter, r *http.Request) {
		if !knows(r) {
			ask(w, "Basic realm=x")
			return
		}
		http.NotFound(w, r)
	}
	for _, tt := range []struct {
		on   Target
		host string
	}{
		{Target{Format: "MAVEN", URI: "https://x.test"}, "x.test"},
		{Target{Format: "PYTHON", URI: "https://x.test"}, "x.test"},
		{Target{Format: "APT", URI: "https://x.test"}, "x.test"},
		{Target{Format: "GO", URI: "https://x.test"}, "x.test"},
		{pypi, "pypi.io"},
	} {
		net := &internet{t: t, hosts: map[string]http.HandlerFunc{tt.host: private}}
		wants(t, net.tester().Try(context.Background(), tt.on, goodUser, good(), ""), Accepted, "")
		if net.requests() != 3 {
			t.Errorf("%s: requests %q", tt.on.Format, net.seen)
		}
	}
}

// What is asked for, by format and name.
func TestProbes(t *testing.T) {
	for _, tt := range []struct {
		layout     layout
		base, name string
		want       string
	}{
		{pythonIndex, "https://x.test", "", "https://x.test/simple/upstreamauth-trial/"},
		{pythonIndex, "https://x.test/simple/", "demo", "https://x.test/simple/demo/"},
		{pythonIndex, "https://x.test/a", "../../b", "https://x.test/b/"},
		{mavenTree, "https://x.test/maven2", "", "https://x.test/maven2/upstreamauth-trial/maven-metadata.xml"},
		{mavenTree, "https://x.test/", "org.demo:app", "https://x.test/org/demo/app/maven-metadata.xml"},
		{mavenTree, "https://x.test/", "org/demo/app", "https://x.test/org/demo/app/maven-metadata.xml"},
		{aptArchive, "https://x.test/debian", "", "https://x.test/debian/dists/upstreamauth-trial/InRelease"},
		{aptArchive, "https://x.test/debian", "stable", "https://x.test/debian/dists/stable/InRelease"},
		{aptArchive, "https://x.test/debian/dists/stable", "", "https://x.test/debian/dists/stable/InRelease"},
		{yumTree, "https://x.test/el9", "", "https://x.test/el9/repodata/repomd.xml"},
		{npmPackage, "https://x.test/npm", "@scope/app", "https://x.test/npm/@scope%2Fapp"},
		{anyFolder, "https://x.test/a", "", "https://x.test/a/"},
	} {
		base, err := parseBase(tt.base)
		if err != nil {
			t.Fatal(err)
		}
		if got := tt.layout.probe(base, tt.name).String(); got != tt.want {
			t.Errorf("%s with %q: %s, want %s", tt.base, tt.name, got, tt.want)
		}
	}
}

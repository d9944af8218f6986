package upstream

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

func TestChallenges(t *testing.T) {
	type params = map[string]string
	for _, tt := range []struct {
		name    string
		headers []string
		want    []challenge
	}{
		{"none", nil, nil},
		{"empty", []string{""}, nil},
		{"basic", []string{`Basic realm="Registry Realm"`}, []challenge{{"basic", params{"realm": "Registry Realm"}}}},
		{"bearer", []string{`Bearer realm="https://auth.docker.io/token",service="registry.docker.io"`},
			[]challenge{{"bearer", params{"realm": "https://auth.docker.io/token", "service": "registry.docker.io"}}}},
		{"commas in a value", []string{`Bearer realm="https://x.test/t", scope="repository:a/b:pull,push"`},
			[]challenge{{"bearer", params{"realm": "https://x.test/t", "scope": "repository:a/b:pull,push"}}}},
		{"two headers", []string{"Negotiate", `Basic realm="x"`}, []challenge{{"negotiate", params{}}, {"basic", params{"realm": "x"}}}},
		{"two in one", []string{`Basic realm="a", Bearer realm="b",service=c`},
			[]challenge{{"basic", params{"realm": "a"}}, {"bearer", params{"realm": "b", "service": "c"}}}},
		{"escapes", []string{`Basic realm="a \"b\" \\"`}, []challenge{{"basic", params{"realm": `a "b" \`}}}},
		{"names in any case, spaces around", []string{`BEARER Realm = "x" , SERVICE = y`}, []challenge{{"bearer", params{"realm": "x", "service": "y"}}}},
		{"no quotes around an address", []string{`Bearer realm=https://x.test/token,service=y`},
			[]challenge{{"bearer", params{"realm": "https://x.test/token", "service": "y"}}}},
		{"the first of two counts", []string{`Bearer realm="https://a.test/",realm="https://evil.test/"`}, []challenge{{"bearer", params{"realm": "https://a.test/"}}}},
		{"no last quote", []string{`Basic realm="x`}, []challenge{{"basic", params{"realm": "x"}}}},
		{"nonsense", []string{`=== "`, `Basic`}, []challenge{{"basic", params{}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{"Www-Authenticate": tt.headers}
			if d := cmp.Diff(tt.want, challenges(h), cmp.AllowUnexported(challenge{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzChallenges(f *testing.F) {
	f.Add(`Bearer realm="https://auth.docker.io/token",service="registry.docker.io"`)
	f.Add(`Basic realm="a", Bearer realm=b,,, = "\`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, c := range challenges(http.Header{"Www-Authenticate": {line}}) {
			if c.scheme == "" || c.params == nil || c.scheme != strings.ToLower(c.scheme) {
				t.Errorf("%+v", c)
			}
			for name, value := range c.params {
				if name == "" || len(value) > len(line) {
					t.Errorf("%q = %q", name, value)
				}
			}
		}
		// What was written with care is read back.
		if !strings.ContainsAny(line, `"\`) {
			got := challenges(http.Header{"Www-Authenticate": {`Bearer realm="` + line + `"`}})
			if len(got) != 1 || got[0].params["realm"] != line {
				t.Errorf("%q became %+v", line, got)
			}
		}
	})
}

func TestIssued(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{`{"token":"abc"}`, "abc"},
		{`{"access_token":"abc"}`, "abc"},
		{`{"token":"abc","access_token":"def","expires_in":300}`, "abc"},
		{`{"token":null,"access_token":"def"}`, "def"},
		{`{"token":17}`, ""},
		{`{"token":"a\nb"}`, ""},
		{"{\"token\":\"a b\"}", ""},
		{`{}`, ""},
		{`<html>`, ""},
		{``, ""},
	} {
		if got := string(issued(&answer{body: []byte(tt.body)}).Reveal()); got != tt.want {
			t.Errorf("%s holds %q, want %q", tt.body, got, tt.want)
		}
	}
	if !issued(&answer{body: []byte(`{"token":"abc"}`), long: true}).Empty() {
		t.Error("an answer that was cut is believed")
	}
}

func FuzzIssued(f *testing.F) {
	f.Add([]byte(`{"token":"abc","access_token":"def"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, b := range issued(&answer{body: body}).Reveal() {
			if b <= ' ' || b > '~' { // a header would end there
				t.Errorf("%q holds %q", body, b)
			}
		}
	})
}

func TestPullLimit(t *testing.T) {
	for _, tt := range []struct {
		limit, remaining string
		want             string
	}{
		{"200;w=21600", "176;w=21600", "176 of 200 pulls left in this 6-hour window"},
		{"100;w=3600", "0", "0 of 100 pulls left in this 1-hour window"},
		{"200", "7", "7 of 200 pulls left"},
		{"", "", ""},
		{"200;w=21600", "", ""},
		{"many", "1", ""},
		{"-5", "-6", ""},
		{"1", "2", ""},
		{"200;w=99999999999999999999", "1", "1 of 200 pulls left"},
		{"200;w=9223372036", "1", "1 of 200 pulls left"},
	} {
		got := pullLimit(http.Header{"Ratelimit-Limit": {tt.limit}, "Ratelimit-Remaining": {tt.remaining}, "Docker-Ratelimit-Source": {"\x1b[31m"}})
		switch {
		case got == nil && tt.want != "", got != nil && got.Text().In(text.English) != tt.want:
			t.Errorf("%q, %q: %v, want %q", tt.limit, tt.remaining, got, tt.want)
		case got != nil && got.Source != `\x1b[31m`:
			t.Errorf("source %q", got.Source)
		}
	}
}

func FuzzPullLimit(f *testing.F) {
	f.Add("200;w=21600", "176;w=21600", "30")
	f.Fuzz(func(t *testing.T, limit, remaining, wait string) {
		if l := pullLimit(http.Header{"Ratelimit-Limit": {limit}, "Ratelimit-Remaining": {remaining}}); l != nil {
			if l.Remaining < 0 || l.Remaining > l.Limit || l.Window < 0 || l.Window > maxSpan {
				t.Errorf("%q, %q: %+v", limit, remaining, l)
			}
		}
		if d := retryAfter(http.Header{"Retry-After": {wait}}); d < 0 || d > maxSpan {
			t.Errorf("%q is %s", wait, d)
		}
	})
}

func TestJWTExpiry(t *testing.T) {
	enc := base64.RawURLEncoding.EncodeToString
	claims := func(s string) string { return "eyJh." + enc([]byte(s)) + ".c2ln" }
	for _, tt := range []struct {
		token string
		want  int64 // 0: none
	}{
		{claims(`{"exp":1795435200}`), 1795435200},
		{claims(`{"exp":1.7954352e9}`), 1795435200},
		{claims(`{"exp":1795435200,"aud":["x"],"nested":{"exp":1}}`), 1795435200},
		{claims(`{"exp":"1795435200"}`), 0},
		{claims(`{"exp":0}`), 0},
		{claims(`{"exp":-1}`), 0},
		{claims(`{"exp":1e300}`), 0},
		{claims(`{}`), 0},
		{claims(`[]`), 0},
		{"eyJh." + enc([]byte(`{"exp":1795435200}`)), 0},
		{claims(`{"exp":1795435200}`) + ".more", 0},
		{"abc." + enc([]byte(`{"exp":1795435200}`)) + ".c2ln", 0},
		{"eyJh.!!.c2ln", 0},
		{"", 0},
	} {
		got, ok := jwtExpiry([]byte(tt.token))
		if ok != (tt.want != 0) || ok && got.Unix() != tt.want {
			t.Errorf("%s ends %v, %v; want %d", tt.token, got, ok, tt.want)
		}
	}
}

func FuzzExpiry(f *testing.F) {
	f.Add([]byte("eyJh.eyJleHAiOjE3OTU0MzUyMDB9.c2ln"))
	f.Add([]byte("eyJleHBpcmF0aW9uIjoxNzk1NDM1MjAwfQ=="))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func([]byte) (time.Time, bool){jwtExpiry, ecrExpiry} {
			if at, ok := read(b); ok && (at.Year() < 1970 || at.Year() > 9999) {
				t.Errorf("%q ends %s", b, at)
			}
		}
	})
}

// FuzzCheckToken types anything into the field of every kind of upstream. What
// is said is fit to be shown and holds no part of what was typed; what is
// offered instead is never found wanting in the same way for ever.
func FuzzCheckToken(f *testing.F) {
	f.Add("alice", []byte("alice:hunter22"))
	f.Add("", []byte(`{"auths":{"ghcr.io":{"auth":"YWxpY2U6aHVudGVyMjI="}}}`))
	f.Add("AWS", []byte(`"Authorization: Basic YWxpY2U6aHVudGVyMjI="`))
	f.Add("x", []byte("\ufeffq\u200bZ 9\n"))
	f.Add("x", []byte(jwt(now)))
	f.Fuzz(func(t *testing.T, username string, typed []byte) {
		for _, k := range Catalogue() {
			fs := append(k.CheckUsername(username), k.CheckToken(username, token.New(append([]byte(nil), typed...)), now)...)
			for _, finding := range fs {
				given := finding.Says.In(text.English) + finding.Why.In(text.English)
				if finding.Remedy != nil {
					given += finding.Remedy.Says.In(text.English)
				}
				if !utf8.ValidString(given) || strings.ContainsAny(given, "\x00\x1b\r\n\u202e\u200b") {
					t.Errorf("%s says %q", k.ID, given)
				}
				if finding.Level == check.OK || finding.Says.Empty() {
					t.Errorf("%s has an empty finding: %+v", k.ID, finding)
				}
				if r := finding.Remedy; r != nil && r.Use != nil && r.Use.Token.Len() > len(typed)+len(username) {
					t.Errorf("%s offers more than was typed", k.ID)
				}
			}
		}
	})
}

// FuzzWords has an upstream say anything.
func FuzzWords(f *testing.F) {
	f.Add([]byte(`{"errors":[{"code":"DENIED","message":"no"}],"details":"x","error":{"a":1}}`), "s3cret-T0ken")
	f.Fuzz(func(t *testing.T, body []byte, secret string) {
		v := visiting(Recognise(plain), basic(goodUser, token.New([]byte(secret))))
		said := v.words(&answer{header: http.Header{}, body: body})
		if strings.ContainsAny(said, "\x00\x1b\r\n\u202e\u200b") || utf8.RuneCountInString(said) > maxWords+1 {
			t.Errorf("says %q", said)
		}
		if len(secret) >= 8 && strings.Contains(said, secret) {
			t.Errorf("says %q, and the token is %q", said, secret)
		}
	})
}

package upstream

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream/wrapping"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Tokens as their vendors make them, each with its parts put together so that
// no scanner takes them for real ones.
var (
	dockerPAT   = "dckr_" + "pat_" + strings.Repeat("aB3", 9)
	dockerOAT   = "dckr_" + "oat_" + strings.Repeat("aB3", 9)
	gitHubPAT   = "ghp" + "_" + strings.Repeat("aB3x", 9)
	gitHubFine  = "github" + "_pat_" + strings.Repeat("a", 82)
	gitLabPAT   = "glpat" + "-" + strings.Repeat("aB3x-", 4)
	npmToken    = "npm" + "_" + strings.Repeat("aB3x", 9)
	pypiToken   = "pypi" + "-AgEIcHlwaS5vcmc" + strings.Repeat("C", 90)
	jfrogRef    = base64.RawStdEncoding.EncodeToString([]byte("reftkn:01:0000000000:" + strings.Repeat("abc", 9)))
	awsKey      = "AKIA" + strings.Repeat("ABCD", 4)
	googleToken = "ya29" + "." + strings.Repeat("a", 40)
)

// jwt makes a JSON web token that ends at exp.
func jwt(exp time.Time) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"none"}`)) + "." + enc(fmt.Appendf(nil, `{"sub":"x","exp":%d}`, exp.Unix())) + "." + enc([]byte("signature"))
}

var (
	hub    = Target{Format: "DOCKER", Preset: "DOCKER_HUB", URI: "https://registry-1.docker.io"}
	ghcr   = Target{Format: "DOCKER", URI: "https://ghcr.io"}
	lab    = Target{Format: "DOCKER", URI: "https://registry.gitlab.com"}
	ecr    = Target{Format: "DOCKER", URI: "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com"}
	acr    = Target{Format: "DOCKER", URI: "https://demo.azurecr.io"}
	jfrog  = Target{Format: "NPM", URI: "https://demo.jfrog.io/artifactory/api/npm/npm"}
	npmjs  = Target{Format: "NPM", Preset: "NPMJS", URI: "https://registry." + "npmjs.org"}
	pypi   = Target{Format: "PYTHON", Preset: "PYPI", URI: "https://pypi.io"}
	harbor = Target{Format: "DOCKER", URI: "https://harbor.example.com"}
	plain  = Target{Format: "DOCKER", URI: "https://images.example.com"}
)

// TestTokenMistakes types each mistake and reads the finding.
func TestTokenMistakes(t *testing.T) {
	pair := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, tt := range []struct {
		name     string
		on       Target
		username string
		typed    string
		level    check.Level
		code     check.Code
		layers   string // the codes of what is around the token
		date     string // of its end
		use      string // the token that is offered
		useName  string // the user name that is offered
	}{
		{name: "right", on: hub, typed: dockerPAT, level: check.OK},
		{name: "right GitHub", on: ghcr, typed: gitHubPAT, level: check.OK},
		{name: "right GitLab", on: lab, typed: gitLabPAT, level: check.OK},
		{name: "right npm", on: npmjs, typed: npmToken, level: check.OK},
		{name: "right PyPI", on: pypi, typed: pypiToken, level: check.OK},
		{name: "right reference token, which is base64 of words with colons", on: jfrog, typed: jfrogRef, level: check.OK},
		{name: "any password elsewhere", on: plain, typed: "correct-horse-battery", level: check.OK},
		{name: "a known token elsewhere", on: plain, typed: gitHubPAT, level: check.OK},

		{name: "empty", on: hub, level: check.Block, code: check.TokenMissing},
		{name: "only spaces", on: hub, typed: " \t\n", level: check.Block, code: check.TokenSpaces},
		{name: "trailing newline", on: hub, typed: dockerPAT + "\n", level: check.Block, code: check.TokenSpaces, use: dockerPAT},
		{name: "trailing CR and newline", on: hub, typed: dockerPAT + "\r\n", level: check.Block, code: check.TokenSpaces, use: dockerPAT},
		{name: "leading space", on: hub, typed: " " + dockerPAT, level: check.Block, code: check.TokenSpaces, use: dockerPAT},
		{name: "line end inside", on: hub, typed: dockerPAT[:10] + "\n" + dockerPAT[10:], level: check.Block, code: check.TokenBroken},
		{name: "space inside", on: plain, typed: "two words here", level: check.Warning, code: check.TokenSpace},
		{name: "not text", on: plain, typed: "\xffab\xfe", level: check.Block, code: check.TokenNotText},
		{name: "UTF-16", on: plain, typed: "\xff\xfea\x00b\x00", level: check.Block, code: check.TokenWrapped, layers: "utf-16", use: "ab"},

		{name: "user and token", on: hub, username: "alice", typed: "alice:" + dockerPAT, level: check.Block, code: check.TokenWrapped, layers: "user-and-token", use: dockerPAT, useName: "alice"},
		{name: "user and password", on: plain, username: "alice", typed: "alice:hunter22", level: check.Block, code: check.TokenWrapped, layers: "user-and-token", use: "hunter22", useName: "alice"},
		{name: "another user and token", on: plain, username: "bob", typed: "alice:" + gitHubPAT, level: check.Block, code: check.TokenWrapped, layers: "user-and-token", use: gitHubPAT, useName: "alice"},
		{name: "a password that may hold a colon", on: plain, username: "bob", typed: "alice:hunter22", level: check.Warning, code: check.TokenWrapped, layers: "user-and-token", use: "hunter22", useName: "alice"},
		{name: "no token of this vendor holds a colon", on: npmjs, username: "bob", typed: "alice:hunter22", level: check.Block, code: check.TokenWrapped, layers: "user-and-token", use: "hunter22", useName: "alice"},
		{name: "double quotes", on: hub, typed: `"` + dockerPAT + `"`, level: check.Block, code: check.TokenWrapped, layers: "quotes", use: dockerPAT},
		{name: "single quotes", on: hub, typed: "'" + dockerPAT + "'", level: check.Block, code: check.TokenWrapped, layers: "quotes", use: dockerPAT},
		{name: "typographic quotes", on: hub, typed: "“" + dockerPAT + "”", level: check.Block, code: check.TokenWrapped, layers: "quotes", use: dockerPAT},
		{name: "quotes and a newline", on: hub, typed: `"` + dockerPAT + "\"\n", level: check.Block, code: check.TokenWrapped, layers: "quotes", use: dockerPAT},
		{name: "bearer", on: npmjs, typed: "Bearer " + npmToken, level: check.Block, code: check.TokenWrapped, layers: "authorization-scheme", use: npmToken},
		{name: "bearer in small letters", on: npmjs, typed: "bearer " + npmToken, level: check.Block, code: check.TokenWrapped, layers: "authorization-scheme", use: npmToken},
		{name: "whole header", on: npmjs, typed: "Authorization: Bearer " + npmToken, level: check.Block, code: check.TokenWrapped, layers: "authorization-header", use: npmToken},
		{name: "basic header in quotes", on: plain, typed: `"Authorization: Basic ` + pair("alice:hunter22") + `"`, level: check.Block, code: check.TokenWrapped, layers: "quotes authorization-header", use: "hunter22", useName: "alice"},
		{name: "base64 of a pair", on: hub, typed: pair("alice:" + dockerPAT), level: check.Block, code: check.TokenWrapped, layers: "base64", use: dockerPAT, useName: "alice"},
		{name: "base64 of a pair without padding", on: hub, typed: strings.TrimRight(pair("alice1:"+dockerPAT), "="), level: check.Block, code: check.TokenWrapped, layers: "base64", use: dockerPAT, useName: "alice1"},
		{name: "what ECR calls an authorization token", on: ecr, typed: pair("AWS:" + "eyJwYXlsb2FkIjoi"), level: check.Block, code: check.TokenWrapped, layers: "base64", use: "eyJwYXlsb2FkIjoi", useName: "AWS"},
		{name: "config.json", on: hub, typed: `{"auths":{"https://index.docker.io/v1/":{"auth":"` + pair("alice:"+dockerPAT) + `"}}}`, level: check.Block, code: check.TokenWrapped, layers: "docker-config", use: dockerPAT, useName: "alice"},
		{name: "config.json with several entries", on: plain, typed: `{"auths":{"ghcr.io":{"auth":"` + pair("a:b") + `"},"images.example.com":{"auth":"` + pair("alice:hunter22") + `"}}}`, level: check.Block, code: check.TokenWrapped, layers: "docker-config", use: "hunter22", useName: "alice"},
		{name: "config.json without this upstream", on: plain, typed: `{"auths":{"ghcr.io":{"auth":"YTpi"},"quay.io":{"auth":"YTpi"}}}`, level: check.Block, code: check.TokenSeveral, layers: "docker-config"},
		{name: "config.json with a store", on: hub, typed: `{"auths":{"https://index.docker.io/v1/":{}},"credsStore":"desktop"}`, level: check.Block, code: check.TokenElsewhere, layers: "docker-config"},
		{name: "one entry of config.json", on: hub, typed: `{"auth":"` + pair("alice:"+dockerPAT) + `"}`, level: check.Block, code: check.TokenWrapped, layers: "docker-config", use: dockerPAT, useName: "alice"},
		{name: "entries of config.json", on: hub, typed: `{"ghcr.io":{"username":"alice","password":"hunter22"}}`, level: check.Block, code: check.TokenWrapped, layers: "docker-config", use: "hunter22", useName: "alice"},
		{name: "a key in JSON, which is a token", on: plain, typed: `{"type":"service_account","private_key":"x"}`, level: check.OK},

		{name: "password instead of token", on: hub, typed: "correct-horse", level: check.Warning, code: check.TokenUnknown},
		{name: "password for PyPI", on: pypi, typed: "correct-horse", level: check.Warning, code: check.TokenUnknown},
		{name: "another vendor's", on: hub, typed: gitHubPAT, level: check.Warning, code: check.TokenForeign},
		{name: "another vendor's, npm", on: npmjs, typed: dockerPAT, level: check.Warning, code: check.TokenForeign},
		{name: "cut short", on: ghcr, typed: gitHubPAT[:30], level: check.Warning, code: check.TokenCutOff},
		{name: "fine-grained", on: ghcr, typed: gitHubFine, level: check.Warning, code: check.TokenNotAccepted},
		{name: "organisation token", on: hub, username: "alice", typed: dockerOAT, level: check.Note, code: check.TokenOfOrganisation},
		{name: "AWS key", on: ecr, typed: awsKey, level: check.Warning, code: check.TokenNotAccepted},
		{name: "AWS key elsewhere", on: plain, typed: awsKey, level: check.Warning, code: check.TokenNotAccepted},
		{name: "JFrog's old key", on: jfrog, typed: "AKCp" + strings.Repeat("a", 69), level: check.Warning, code: check.TokenNotAccepted},
		{name: "TestPyPI", on: pypi, typed: "pypi-AgENdGVzdC5weXBpLm9yZw" + strings.Repeat("C", 90), level: check.Warning, code: check.TokenNotAccepted},
		{name: "Google API key", on: plain, typed: "AIza" + strings.Repeat("a", 35), level: check.Warning, code: check.TokenNotAccepted},

		{name: "expired JWT", on: jfrog, typed: jwt(now.Add(-time.Hour)), level: check.Block, code: check.TokenEnded, date: "2026-11-23 11:00 UTC"},
		{name: "JWT that ends soon", on: jfrog, typed: jwt(now.Add(time.Hour)), level: check.Warning, code: check.TokenEnds, date: "2026-11-23 13:00 UTC"},
		{name: "JWT that lasts", on: jfrog, typed: jwt(now.AddDate(1, 0, 0)), level: check.Note, code: check.TokenEnds, date: "2027-11-23"},
		{name: "ECR password", on: ecr, username: "AWS", typed: "opaque", level: check.Warning, code: check.TokenEnds, date: "2026-11-24 00:00 UTC"},
		{name: "ECR password with its date", on: ecr, username: "AWS", typed: pair(fmt.Sprintf(`{"payload":"x","expiration":%d}`, now.Add(2*time.Hour).Unix())), level: check.Warning, code: check.TokenEnds, date: "2026-11-23 14:00 UTC"},
		{name: "ECR password that is over", on: ecr, username: "AWS", typed: pair(fmt.Sprintf(`{"payload":"x","expiration":%d}`, now.Add(-2*time.Hour).Unix())), level: check.Block, code: check.TokenEnded},
		{name: "ACR sign-in", on: acr, username: acrExchange, typed: "opaque", level: check.Warning, code: check.TokenEnds, date: "2026-11-23 15:00 UTC"},
		{name: "ACR sign-in with its date", on: acr, username: acrExchange, typed: jwt(now.Add(time.Hour)), level: check.Warning, code: check.TokenEnds, date: "2026-11-23 13:00 UTC"},
		{name: "CI job token", on: lab, typed: "glcbt" + "-64_aaaaaaaaaaaaaaaaaaaa", level: check.Warning, code: check.TokenEnds},
		{name: "Google access token", on: plain, typed: googleToken, level: check.Warning, code: check.TokenEnds, date: "2026-11-23 13:00 UTC"},
		{name: "Actions token", on: ghcr, typed: "ghs" + "_" + strings.Repeat("a", 36), level: check.Warning, code: check.TokenEnds, date: "2026-11-23 13:00 UTC"},

		{name: "zero-width space", on: hub, typed: dockerPAT[:12] + "\u200b" + dockerPAT[12:], level: check.Block, code: check.TokenWrapped, layers: "invisible-characters", use: dockerPAT},
		{name: "byte order mark", on: hub, typed: "\ufeff" + dockerPAT, level: check.Block, code: check.TokenWrapped, layers: "byte-order-mark", use: dockerPAT},
		{name: "no-break space inside", on: plain, typed: "two\u00a0words", level: check.Block, code: check.TokenWrapped, layers: "invisible-characters", use: "two words"},
		{name: "look-alike letter", on: plain, typed: "p\u0430ssword-1", level: check.Warning, code: check.TokenNotASCII},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs := Recognise(tt.on).CheckToken(tt.username, token.New([]byte(tt.typed)), now)
			if got := check.Worst(fs); got != tt.level {
				t.Fatalf("level %s, want %s: %+v", got, tt.level, fs)
			}
			var found *check.Finding
			for i, f := range fs {
				if f.ID != "token" {
					t.Errorf("id %q", f.ID)
				}
				if tt.code != "" && f.Code == tt.code && f.Level == tt.level && strings.Contains(f.Says.In(text.English), tt.date) {
					found = &fs[i]
				}
				given := f.Says.In(text.English) + f.Why.In(text.English)
				if f.Remedy != nil {
					given += f.Remedy.Says.In(text.English)
				}
				if len(tt.use) >= 6 && strings.Contains(given, tt.use) {
					t.Errorf("the token is shown: %q", given)
				}
			}
			if tt.code == "" {
				return
			}
			if found == nil {
				t.Fatalf("no finding is %s with %q: %+v", tt.code, tt.date, fs)
			}
			if got := around(Recognise(tt.on), tt.username, tt.typed); got != tt.layers {
				t.Errorf("it is inside %q, want %q", got, tt.layers)
			}
			var use check.Correction
			if found.Remedy != nil && found.Remedy.Use != nil {
				use = *found.Remedy.Use
			}
			if got := string(use.Token.Reveal()); got != tt.use || use.Username != tt.useName {
				t.Errorf("offers %q and %q, want %q and %q", use.Username, got, tt.useName, tt.use)
			}
		})
	}
}

// around are the codes of what is around a token.
func around(k *Kind, username, typed string) string {
	about := wrapping.About{Username: username, Known: knownToken, Fits: k.Fits}
	var codes []string
	for _, r := range wrapping.Readings([]byte(typed), about)[1:] {
		codes = nil
		for _, l := range r.Layers {
			codes = append(codes, l.Code)
		}
	}
	return strings.Join(codes, " ")
}

// TestCutOff reads what is said of a token that isn't whole.
func TestCutOff(t *testing.T) {
	for _, tt := range []struct {
		on    Target
		typed string
		want  text.Text
	}{
		{hub, dockerPAT[:35], text.New("This looks like %s that was cut off: it has %d characters, not %d", text.New("a Docker personal access token"), 35, 36)},
		{ghcr, gitHubPAT + "x", text.New("This looks like %s with something after it: it has %d characters, not %d", text.New("a GitHub token (classic)"), 41, 40)},
		{pypi, pypiToken[:40], text.New("This looks like %s, but it isn't complete", text.New("a PyPI token"))},
	} {
		fs := Recognise(tt.on).CheckToken("", token.New([]byte(tt.typed)), now)
		if len(fs) != 1 || fs[0].Code != check.TokenCutOff || !fs[0].Says.Equal(tt.want) {
			t.Errorf("%+v, want %q", fs, tt.want.In(text.English))
		}
	}
}

func TestUsernameMistakes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		on    Target
		typed string
		level check.Level
		code  check.Code
		use   string
	}{
		{name: "right", on: hub, typed: "alice", level: check.OK},
		{name: "a mail address where those are names", on: plain, typed: "alice@example.com", level: check.OK},
		{name: "empty", on: hub, level: check.Block, code: check.UsernameMissing},
		{name: "empty, with a proposal", on: pypi, level: check.Block, code: check.UsernameMissing, use: "__token__"},
		{name: "white space", on: hub, typed: "alice ", level: check.Block, code: check.UsernameSpaces, use: "alice"},
		{name: "e-mail", on: hub, typed: "alice@example.com", level: check.Warning, code: check.UsernameMail},
		{name: "e-mail on GitHub", on: ghcr, typed: "alice@example.com", level: check.Warning, code: check.UsernameMail},
		{name: "pair", on: hub, typed: "alice:" + "hunter22", level: check.Block, code: check.UsernamePair, use: "alice"},
		{name: "token", on: hub, typed: dockerPAT, level: check.Block, code: check.UsernameIsSecret},
		{name: "zero-width", on: hub, typed: "al\u200bice", level: check.Block, code: check.UsernameWrapped, use: "alice"},
		{name: "a variable", on: hub, typed: "DOCKER_USERNAME=alice", level: check.Block, code: check.UsernameWrapped, use: "alice"},
		{name: "quotes", on: hub, typed: `"alice"`, level: check.Block, code: check.UsernameWrapped, use: "alice"},
		{name: "not text", on: hub, typed: "al\xffice", level: check.Block, code: check.UsernameNotText},
		{name: "escape", on: hub, typed: "al\x1bice", level: check.Block, code: check.UsernameInvisible, use: "alice"},
		{name: "look-alike", on: hub, typed: "\u0430lice", level: check.Warning, code: check.UsernameNotASCII},
		{name: "PyPI account", on: pypi, typed: "alice", level: check.Warning, code: check.UsernameUnusual, use: "__token__"},
		{name: "PyPI, one underscore", on: pypi, typed: "_token_", level: check.Warning, code: check.UsernameUnusual, use: "__token__"},
		{name: "ECR", on: ecr, typed: "aws", level: check.Warning, code: check.UsernameUnusual, use: "AWS"},
		{name: "ECR right", on: ecr, typed: "AWS", level: check.OK},
		{name: "ACR sign-in", on: acr, typed: acrExchange, level: check.Warning, code: check.UsernameShortLived},
		{name: "CI job", on: lab, typed: "gitlab-ci-token", level: check.Warning, code: check.UsernameShortLived},
		{name: "Harbor robot that a shell ate", on: harbor, typed: "robot", level: check.Warning, code: check.UsernameCut},
		{name: "Harbor robot", on: harbor, typed: "robot$ci", level: check.OK},
		{name: "Artifact Registry", on: Target{Format: "DOCKER", URI: "projects/p/locations/us/repositories/r"}, typed: "x", level: check.Block, code: check.UsernameNotTaken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs := Recognise(tt.on).CheckUsername(tt.typed)
			if got := check.Worst(fs); got != tt.level {
				t.Fatalf("level %s, want %s: %+v", got, tt.level, fs)
			}
			if tt.code == "" {
				return
			}
			if fs[0].Code != tt.code || fs[0].ID != "username" {
				t.Errorf("%s is %q, want %q", fs[0].ID, fs[0].Code, tt.code)
			}
			var use string
			if r := fs[0].Remedy; r != nil && r.Use != nil {
				use = r.Use.Username
			}
			if use != tt.use {
				t.Errorf("offers %q, want %q", use, tt.use)
			}
		})
	}
}

func TestTrim(t *testing.T) {
	for _, tt := range []struct {
		in, out string
		removed int
	}{
		{"abc", "abc", 0},
		{" a b \r\n", "a b", 4},
		{"\u00a0abc\u3000", "abc", 2},
		{"\u200babc", "\u200babc", 0}, // invisible, but no white space
		{" \n", "", 2},
		{"", "", 0},
	} {
		got, removed := Trim([]byte(tt.in))
		if string(got) != tt.out || removed != tt.removed {
			t.Errorf("Trim(%q) = %q, %d; want %q, %d", tt.in, got, removed, tt.out, tt.removed)
		}
	}
}

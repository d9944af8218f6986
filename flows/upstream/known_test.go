package upstream

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// TestKnownUpstreams signs in to each registry of the catalogue's clouds and
// publishers as it wants it, and as people get it wrong.
func TestKnownUpstreams(t *testing.T) {
	first := func(kind string) Target { return samples[kind][0] }
	oldNGC := base64.StdEncoding.EncodeToString([]byte("abcdefghijklmnopqrstuvwxyz:01234567-89ab-4cde-8f01-23456789abcd"))
	azurePAT := strings.Repeat("7", 20) + "zyxwvutsrqponmlkjihgfedcba234567"
	azureNew := strings.Repeat("aB3x", 19) + "AZDO" + "4Gh7"
	awesome := "01234567-89AB-CDEF-0123-456789ABCDEF"
	key := `{"id": "x", "private_key": "y"}`
	for _, tt := range []struct {
		kind            string
		username, token string
		level           check.Level // of what is said of the two, before a trial
		code            check.Code  // of the gravest finding
		use             string      // the user name that is offered
	}{
		{kind: "ngc", username: "$oauthtoken", token: oldNGC, level: check.OK},
		{kind: "ngc", username: "$oauthtoken", token: "nvapi-" + strings.Repeat("aB3x", 16), level: check.OK},
		{kind: "ngc", username: "oauthtoken", token: oldNGC, level: check.Warning, code: check.UsernameUnusual, use: "$oauthtoken"},
		{kind: "ngc", username: "jane", token: oldNGC, level: check.Warning, code: check.UsernameUnusual, use: "$oauthtoken"},
		{kind: "redhat", username: "1234567|ci", token: jwt(now.AddDate(1, 0, 0)), level: check.Note, code: check.TokenEnds},
		{kind: "redhat", username: "ci", token: "x-password", level: check.Warning, code: check.UsernameUnusual},
		{kind: "chainguard", username: "45a0c61ea6fd977f050c5fb9ac06a69eed764595/9b5b4a3f8f0c4a1d", token: jwt(now.AddDate(0, 0, 30)), level: check.Note, code: check.TokenEnds},
		{kind: "chainguard", username: "45a0c61e/9b5b", token: jwt(now.AddDate(0, 0, -1)), level: check.Block, code: check.TokenEnded},
		{kind: "chainguard", username: "jane", token: jwt(now.AddDate(0, 0, 30)), level: check.Warning, code: check.UsernameUnusual},
		{kind: "docker-hardened", username: "jane", token: dockerPAT, level: check.OK},
		{kind: "docker-hardened", username: "jane@example.com", token: dockerPAT, level: check.Warning, code: check.UsernameMail},
		{kind: "github-enterprise", username: "jane_acme", token: gitHubPAT, level: check.OK},
		{kind: "github-enterprise", username: "jane_acme", token: gitHubFine, level: check.Warning, code: check.TokenNotAccepted},
		{kind: "codeartifact", username: "aws", token: jwe(now.Add(11 * time.Hour)), level: check.Warning, code: check.TokenEnds},
		{kind: "codeartifact", username: "aws", token: jwe(now.Add(-time.Hour)), level: check.Block, code: check.TokenEnded},
		{kind: "codeartifact", username: "aws", token: "opaque", level: check.Warning, code: check.TokenEnds},
		{kind: "codeartifact", username: "AWS", token: jwe(now.AddDate(0, 1, 0)), level: check.Warning, code: check.UsernameUnusual, use: "aws"},
		{kind: "ecr-public", username: "AWS", token: "opaque", level: check.Warning, code: check.TokenEnds},
		{kind: "ecr-public", username: "jane", token: "opaque", level: check.Warning, code: check.UsernameUnusual, use: "AWS"},
		{kind: "azure-artifacts", username: "acme", token: azurePAT, level: check.OK},
		{kind: "azure-artifacts", username: "jane@example.com", token: azureNew, level: check.OK},
		{kind: "azure-artifacts", username: "jane", token: "correct-horse", level: check.Warning, code: check.TokenUnknown},
		{kind: "oracle-ocir", username: "acme/oracleidentitycloudservice/jane@example.com", token: "p;w{d)1", level: check.OK},
		{kind: "oracle-ocir", username: "jane@example.com", token: "p;w{d)1", level: check.Warning, code: check.UsernameUnusual},
		{kind: "ibm", username: "iamapikey", token: strings.Repeat("aB3x", 11), level: check.OK},
		{kind: "ibm", username: "iambearer", token: "opaque", level: check.Warning, code: check.UsernameShortLived},
		{kind: "ibm", username: "jane@example.com", token: "opaque", level: check.Warning, code: check.UsernameUnusual, use: "iamapikey"},
		{kind: "ibm-entitled", username: "cp", token: jwt(now.AddDate(2, 0, 0)), level: check.Note, code: check.TokenEnds},
		{kind: "ibm-entitled", username: "iamapikey", token: "opaque", level: check.Warning, code: check.UsernameUnusual, use: "cp"},
		{kind: "gitea", username: "jane", token: strings.Repeat("0a1b", 10), level: check.OK},
		{kind: "yandex", username: "json_key", token: key, level: check.OK},
		{kind: "yandex", username: "json_key", token: "not-json", level: check.Warning, code: check.TokenUnusual},
		{kind: "yandex", username: "iam", token: "t1." + strings.Repeat("a", 30) + "." + strings.Repeat("b", 86), level: check.Warning, code: check.UsernameShortLived},
		{kind: "yandex", username: "_json_key", token: key, level: check.Warning, code: check.UsernameUnusual, use: "json_key"},
		{kind: "cloudsmith", username: "token", token: "aB3aB3aB3aB3aB3a", level: check.OK},
		{kind: "jitpack", username: "jp_0123456789abcdefghijklmnop", token: ".", level: check.Warning, code: check.UsernameIsSecret},
		{kind: "elastic", username: "jane", token: "a-password", level: check.OK},
		{kind: "font-awesome", username: "token", token: awesome, level: check.OK},
		{kind: "font-awesome", username: "jane", token: awesome, level: check.Warning, code: check.UsernameUnusual, use: "token"},
		{kind: "scaleway", username: "nologin", token: "01234567-89ab-cdef-0123-456789abcdef", level: check.OK},
		{kind: "digitalocean", username: "jane@example.com", token: "dop_v1_" + strings.Repeat("0a", 32), level: check.OK},
		{kind: "digitalocean", username: "dop_v1_" + strings.Repeat("0a", 32), token: "dop_v1_" + strings.Repeat("0a", 32), level: check.Block, code: check.UsernameIsSecret},
		{kind: "alibaba", username: "cr_temp_user", token: "opaque", level: check.Warning, code: check.UsernameShortLived},
		{kind: "tencent", username: "tcr$ci", token: "opaque", level: check.OK},
		{kind: "huawei", username: "eu-west-101@ABCDEFGH", token: strings.Repeat("0a", 32), level: check.OK},
		{kind: "huawei", username: "jane", token: "opaque", level: check.Warning, code: check.UsernameUnusual},
		{kind: "gemfury", username: "fury-token", token: "NOPASS", level: check.OK},
		{kind: "oracle-container-registry", username: "jane@example.com", token: "opaque", level: check.OK},
	} {
		t.Run(tt.kind+" as "+tt.username, func(t *testing.T) {
			k := Recognise(first(tt.kind))
			fs := append(k.CheckUsername(tt.username), k.CheckToken(tt.username, token.New([]byte(tt.token)), now)...)
			var worst check.Finding
			for _, f := range fs {
				if check.Worst([]check.Finding{f}) == check.Worst(fs) && worst.ID == "" {
					worst = f
				}
			}
			if check.Worst(fs) != tt.level || worst.Code != tt.code {
				t.Fatalf("level %s and code %q, want %s and %q: %+v", check.Worst(fs), worst.Code, tt.level, tt.code, fs)
			}
			var use string
			if r := worst.Remedy; r != nil && r.Use != nil {
				use = r.Use.Username
			}
			if tt.use != use {
				t.Errorf("offers the user name %q, want %q", use, tt.use)
			}
		})
	}
}

// jwe makes an encrypted JSON web token as AWS CodeArtifact does, with its end
// in the header.
func jwe(exp time.Time) string {
	enc := base64.RawURLEncoding.EncodeToString
	header := fmt.Sprintf(`{"ver":1,"isu":%d,"enc":"A128GCM","tag":"AAAA","exp":%d,"alg":"A128GCMKW","iv":"AAAA"}`, exp.Add(-12*time.Hour).Unix(), exp.Unix())
	return strings.Join([]string{enc([]byte(header)), enc([]byte("key")), enc([]byte("iv")), enc([]byte("text")), enc([]byte("tag"))}, ".")
}

// The end of a CodeArtifact token is read from inside of the address it is in.
func TestCodeArtifactAddress(t *testing.T) {
	b, err := os.ReadFile("testdata/pastes/address-with-token")
	if err != nil {
		t.Fatal(err)
	}
	k := Recognise(samples["codeartifact"][0])
	fs := k.CheckToken("aws", token.New(b), now)
	tok := fs[0].Remedy.Use.Token
	until, ok := jwtExpiry(tok.Reveal())
	if !ok || until.Unix() != 1793043200 {
		t.Errorf("ends at %v, %v", until, ok)
	}
}

// A token that lives for hours is judged by when it was stored: one of three
// days ago does not stop working in twelve hours.
func TestAge(t *testing.T) {
	for _, tt := range []struct {
		kind, username, token string
		age                   time.Duration
		code                  check.Code
		date                  string
	}{
		{kind: "ecr", username: "AWS", token: "opaque", age: 0, code: check.TokenEnds, date: "2026-11-24 00:00 UTC"},
		{kind: "ecr", username: "AWS", token: "opaque", age: 10 * time.Hour, code: check.TokenEnds, date: "2026-11-23 14:00 UTC"},
		{kind: "ecr", username: "AWS", token: "opaque", age: 72 * time.Hour, code: check.TokenEnded, date: "2026-11-21 00:00 UTC"},
		{kind: "codeartifact", username: "aws", token: "opaque", age: 72 * time.Hour, code: check.TokenEnded, date: "2026-11-21"},
		{kind: "acr", username: acrExchange, token: "opaque", age: 24 * time.Hour, code: check.TokenEnded, date: "2026-11-22 15:00 UTC"},
		{kind: "docker", username: "x", token: googleToken, age: 48 * time.Hour, code: check.TokenEnded, date: "2026-11-21 13:00 UTC"},
		{kind: "yandex", username: "iam", token: "t1." + strings.Repeat("a", 30) + "." + strings.Repeat("b", 86), age: 72 * time.Hour, code: check.TokenEnded, date: "2026-11-21"},
	} {
		fs := Recognise(samples[tt.kind][0]).StoredAt(now.Add(-tt.age)).CheckToken(tt.username, token.New([]byte(tt.token)), now)
		if len(fs) != 1 || fs[0].Code != tt.code || !strings.Contains(fs[0].Says.In(text.English), tt.date) || fs[0].Level != check.Warning {
			t.Errorf("%s of %v ago: %+v, want %q", tt.kind, tt.age, fs, tt.date)
		}
	}
}

// What is wrong with an upstream's address is known without asking it.
func TestCheckAddress(t *testing.T) {
	for _, tt := range []struct {
		on     Target
		code   check.Code
		remedy string
	}{
		{on: hub},
		{on: Target{Format: "DOCKER", URI: "https://index.docker.io/v1/"}},
		{on: Target{Format: "DOCKER", URI: "https://hub.docker.com"}, code: check.UpstreamAddressWrong, remedy: "https://registry-1.docker.io"},
		{on: Target{Format: "DOCKER", URI: "https://hub.docker.com/r/acme"}, code: check.UpstreamAddressWrong, remedy: "https://registry-1.docker.io"},
		{on: Target{Format: "DOCKER", URI: "docker.io"}, code: check.UpstreamAddressWrong, remedy: "https://registry-1.docker.io"},
		{on: Target{Format: "DOCKER", URI: "https://cgr.dev/acme"}, code: check.UpstreamAddressPath, remedy: "https://cgr.dev, and pull"},
		{on: Target{Format: "DOCKER", URI: "https://ghcr.io/acme/"}, code: check.UpstreamAddressPath, remedy: "REPOSITORY/acme/IMAGE"},
		{on: Target{Format: "DOCKER", URI: "https://docker.cloudsmith.io/acme/repo"}, code: check.UpstreamAddressPath, remedy: "REPOSITORY/acme/repo/IMAGE"},
		{on: Target{Format: "DOCKER", URI: "https://registry.example.com:5000/v2/"}},
		{on: Target{Format: "DOCKER", URI: "https://acme.jfrog.io/artifactory/api/docker/docker"}},
		{on: Target{Format: "DOCKER", URI: "https://nexus.example.com/repository/docker/"}},
		{on: Target{Format: "DOCKER", URI: "https://us-docker.pkg.dev/p/r"}},
		{on: Target{Format: "DOCKER", URI: "projects/p/locations/us/repositories/r"}},
		{on: Target{Format: "NPM", URI: "https://npm.example.com/a/b/"}},
	} {
		fs := Recognise(tt.on).CheckAddress()
		switch {
		case tt.code == "" && len(fs) > 0:
			t.Errorf("%+v: %+v", tt.on, fs)
		case tt.code != "" && (len(fs) != 1 || fs[0].Code != tt.code || fs[0].Level != check.Warning || !strings.Contains(fs[0].Remedy.Says.In(text.English), tt.remedy)):
			t.Errorf("%+v: %+v, want %s", tt.on, fs, tt.remedy)
		}
	}
}

// An image of Docker Hub's own has a name with library/ in front.
func TestArtifact(t *testing.T) {
	for _, tt := range []struct {
		on         Target
		name, want string
	}{
		{hub, "alpine:latest", "library/alpine:latest"},
		{hub, "alpine", "library/alpine"},
		{hub, "alpine@sha256:" + strings.Repeat("0", 64), "library/alpine@sha256:" + strings.Repeat("0", 64)},
		{hub, "library/alpine:latest", "library/alpine:latest"},
		{hub, "acme/app", "acme/app"},
		{hub, "", ""},
		{plain, "alpine:latest", "alpine:latest"},
		{npmjs, "left-pad", "left-pad"},
	} {
		if got := Recognise(tt.on).Artifact(tt.name); got != tt.want {
			t.Errorf("%q on %s is %q, want %q", tt.name, tt.on, got, tt.want)
		}
	}
}

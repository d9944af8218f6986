package upstream

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// TestPastes reads the files of testdata/pastes, which hold what people paste
// or keep in a file. Each row stands for its kind; package wrapping has others.
func TestPastes(t *testing.T) {
	azure := Target{Format: "NPM", URI: "https://pkgs.dev.azure.com/acme/_packaging/feed/npm/registry/"}
	artifact := Target{Format: "PYTHON", URI: "https://acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com/pypi/main/simple/"}
	awesome := Target{Format: "NPM", URI: "https://npm.fontawesome.com/"}
	yandex := Target{Format: "DOCKER", URI: "https://cr.yandex"}
	azurePAT := "77777777777777777777zyxwvutsrqponmlkjihgfedcba234567"
	for _, tt := range []struct {
		file, username string
		on             Target
		code           check.Code // of the gravest finding; none where it is a token as it is
		layers         string     // the codes of what is around the token
		use, useName   string
	}{
		{file: "base64-of-a-token", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "base64", use: dockerPAT},
		{file: "base64-of-config", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "base64 docker-config", use: dockerPAT, useName: "acmebuild"},
		{file: "base64-of-json", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "base64 json-credential", use: dockerPAT, useName: "acmebuild"},
		{file: "env-line", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "assignment", use: dockerPAT},
		{file: "echo-option", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "echo-command", use: dockerPAT},
		{file: "azure-password-in-base64", username: "acme", on: azure, code: check.TokenWrapped, layers: "base64", use: azurePAT},
		{file: "npmrc-file", username: "acme", on: azure, code: check.TokenWrapped, layers: "npmrc", use: azurePAT},
		{file: "npmrc-auth", username: "build", on: Target{Format: "NPM", URI: "https://npm.example.com"}, code: check.TokenWrapped, layers: "npmrc", use: "plainpassword1", useName: "build"},
		{file: "address-with-token", username: "aws", on: artifact, code: check.TokenWrapped, layers: "address", use: "eyJ2ZXIi", useName: "aws"},
		{file: "json-user-and-token", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "json-credential", use: dockerPAT, useName: "acmebuild"},
		{file: "config-over-lines", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "docker-config", use: dockerPAT, useName: "acmebuild"},
		{file: "maven-encrypted", username: "build", on: Target{Format: "MAVEN", URI: "https://maven.example.com"}, code: check.TokenElsewhere, layers: "maven-encrypted"},
		{file: "typographic-hyphens", username: "token", on: awesome, code: check.TokenWrapped, layers: "typographic-characters", use: "01234567-89AB-CDEF-0123-456789ABCDEF"},
		{file: "utf16", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "utf-16", use: dockerPAT},
		{file: "literal-line-end", username: "acmebuild", on: hub, code: check.TokenWrapped, layers: "escaped-line-end", use: dockerPAT},
		{file: "json-key-in-one-line", username: "json_key", on: yandex},
		{file: "json-key-over-lines", username: "json_key", on: yandex},
		{file: "json-key-over-lines", username: "_json_key", on: plain},
		{file: "ngc-key-of-old", username: "$oauthtoken", on: Target{Format: "DOCKER", URI: "https://nvcr.io"}},
	} {
		t.Run(tt.file+" on "+tt.on.host(), func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", "pastes", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Count(bytes.TrimSpace(b), []byte("\n")) > 0 && !Holds(b) {
				t.Error("a file of several lines would be refused before it is read")
			}
			pasted, _ := Trim(b)
			fs := Recognise(tt.on).CheckToken(tt.username, token.New(bytes.Clone(pasted)), now)
			if tt.code == check.NoCode {
				if check.Worst(fs) != check.OK && check.Worst(fs) != check.Note {
					t.Errorf("what is a token as it is is found wanting: %+v", fs)
				}
				return
			}
			if len(fs) != 1 || fs[0].Code != tt.code || fs[0].Level != check.Block || fs[0].Remedy == nil {
				t.Fatalf("says %+v, want %s", fs, tt.code)
			}
			if got := around(Recognise(tt.on), tt.username, string(pasted)); got != tt.layers {
				t.Errorf("it is inside %q, want %q", got, tt.layers)
			}
			var use check.Correction
			if fs[0].Remedy.Use != nil {
				use = *fs[0].Remedy.Use
			}
			if got := string(use.Token.Reveal()); use.Username != tt.useName || got != tt.use && (tt.file != "address-with-token" || !strings.HasPrefix(got, tt.use) || strings.Contains(got, "@")) {
				t.Errorf("offers %q and a token of %d bytes, want %q and %d", use.Username, len(got), tt.useName, len(tt.use))
			}
			if given := fs[0].Says.In(text.English) + fs[0].Why.In(text.English) + fs[0].Remedy.Sentence().In(text.English); len(tt.use) > 0 && strings.Contains(given, tt.use) {
				t.Errorf("the token is shown: %q", given)
			}
		})
	}
}

// Where nothing tells which of several credentials is meant, a person chooses;
// elsewhere all are named.
func TestSeveralCredentials(t *testing.T) {
	quay := Target{Format: "DOCKER", URI: "https://quay.io"}
	config := []byte(`{"auths":{"quay.io/acme":{"auth":"YWNtZStyOm9uZTEx"},"quay.io/other":{"auth":"b3RoZXIrcjp0d28yMg=="}}}`)
	fs := Recognise(quay).CheckToken("", token.New(config), now)
	if len(fs) != 1 || fs[0].Code != check.TokenSeveral || fs[0].Level != check.Block || fs[0].Remedy.Use != nil {
		t.Fatalf("%+v", fs)
	}
	for i, want := range []struct{ user, tok string }{{"acme+r", "one11"}, {"other+r", "two22"}} {
		c := fs[0].Remedy.Choices[i]
		if c.Use.Username != want.user || string(c.Use.Token.Reveal()) != want.tok || !strings.Contains(fs[0].Remedy.Sentence().In(text.English), want.user) {
			t.Errorf("choice %d is %+v, want %v", i, c, want)
		}
	}
	fs = Recognise(quay).CheckToken("other+r", token.New(bytes.Clone(config)), now)
	if use := fs[0].Remedy.Use; use == nil || use.Username != "other+r" || string(use.Token.Reveal()) != "two22" {
		t.Errorf("the user name that was given is not taken: %+v", fs)
	}
}

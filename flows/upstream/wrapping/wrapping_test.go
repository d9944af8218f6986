package wrapping

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"example.com/upstreamauth/flows/text"
)

// Tokens whose parts are put together so that no scanner takes them for real.
var (
	pat   = "dckr_" + "pat_" + strings.Repeat("aB3", 9)
	other = "glpat" + "-" + strings.Repeat("aB3x-", 4)
)

var vendors = regexp.MustCompile(`^(dckr_pat_[\w-]{27}|glpat-[\w-]{20})$`)

// on is a registry as the upstream, with a user name given.
func on(username, upstream string) About {
	return About{Username: username, Known: vendors.Match, Fits: func(address string) int {
		address = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(address, "https:"), "//"), "/")
		switch host, _, _ := strings.Cut(upstream, "/"); {
		case address == upstream:
			return 3
		case address == host || strings.HasPrefix(address, host+"/"):
			return 1
		}
		return 0
	}}
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func utf16Of(s string, little, mark bool) string {
	var b []byte
	units := utf16.Encode([]rune(s))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		if little {
			b = append(b, byte(u), byte(u>>8))
		} else {
			b = append(b, byte(u>>8), byte(u))
		}
	}
	return string(b)
}

// lines breaks a text after each n characters.
func lines(s string, n int) string {
	var b strings.Builder
	for i := 0; i < len(s); i += n {
		b.WriteString(s[i:min(i+n, len(s))] + "\n")
	}
	return b.String()
}

// TestReadings pastes things and reads what may be meant.
func TestReadings(t *testing.T) {
	config := `{"auths":{"reg.test":{"auth":"` + b64("alice:"+pat) + `"}}}`
	for _, tt := range []struct {
		name   string
		pasted string
		codes  string   // the layers, from the outside; empty: nothing around it
		want   []string // USER|TOKEN|FOR of each credential; "elsewhere" for a token that is not there
	}{
		{name: "a token", pasted: pat},
		{name: "a password", pasted: "correct-horse-battery"},
		{name: "a password with an equals sign", pasted: "abc=def"},
		{name: "a password that ends like base64", pasted: "aGVsbG8gd29ybGQ="},
		{name: "a key in JSON", pasted: `{"type":"service_account","private_key":"-----BEGIN","client_email":"a@b.c"}`},
		{name: "JSON of nothing", pasted: `{"a":1}`},
		{name: "bytes that are no text", pasted: "\xff\xfe\xfd"},
		{name: "Amazon ECR's password, which is base64 of JSON", pasted: b64(`{"payload":"eA","datakey":"eA","version":"2","type":"DATA_KEY","expiration":1793000000}`)},
		{name: "a password with typographic characters of its own", pasted: "naïve—пароль"},

		{name: "double quotes", pasted: `"` + pat + `"`, codes: "quotes", want: []string{"|" + pat + "|"}},
		{name: "quotes and a comma", pasted: `"` + pat + `",`, codes: "quotes", want: []string{"|" + pat + "|"}},
		{name: "a JSON string with escapes", pasted: `"p\u0061ss\/word\"1"`, codes: "quotes", want: []string{`|pass/word"1|`}},
		{name: "German quotes", pasted: "„" + pat + "“", codes: "quotes", want: []string{"|" + pat + "|"}},
		{name: "guillemets", pasted: "«" + pat + "»", codes: "quotes", want: []string{"|" + pat + "|"}},
		{name: "a fenced block", pasted: "```text\n" + pat + "\n```", codes: "quotes", want: []string{"|" + pat + "|"}},
		{name: "Japanese quotes", pasted: "「" + pat + "」", codes: "quotes", want: []string{"|" + pat + "|"}},

		{name: "base64", pasted: b64(pat), codes: "base64", want: []string{"|" + pat + "|"}},
		{name: "base64 of a line", pasted: b64(pat + "\n"), codes: "base64", want: []string{"|" + pat + "|"}},
		{name: "base64 over lines", pasted: lines(b64(pat), 20), codes: "base64", want: []string{"|" + pat + "|"}},
		{name: "base64 url-safe without padding", pasted: base64.RawURLEncoding.EncodeToString([]byte("a_user:" + pat + "~~")), codes: "base64", want: []string{"a_user|" + pat + "~~|"}},
		{name: "base64 twice", pasted: b64(b64(pat)), codes: "base64 base64", want: []string{"|" + pat + "|"}},
		{name: "base64 of config.json over lines", pasted: lines(b64(config), 76), codes: "base64 docker-config", want: []string{"alice|" + pat + "|reg.test"}},
		{name: "base64 of a variable", pasted: b64("TOKEN=" + pat), codes: "base64 assignment", want: []string{"|" + pat + "|"}},

		{name: "a variable", pasted: "DOCKERHUB_TOKEN=" + pat, codes: "assignment", want: []string{"|" + pat + "|"}},
		{name: "an unknown password's variable", pasted: "REGISTRY_PASSWORD=hunter22", codes: "assignment", want: []string{"|hunter22|"}},
		{name: "export", pasted: `export DH_PAT="` + pat + `"`, codes: "assignment", want: []string{"|" + pat + "|"}},
		{name: "set of Windows", pasted: "set TOKEN=" + pat, codes: "assignment", want: []string{"|" + pat + "|"}},
		{name: "PowerShell", pasted: `$env:GITLAB_TOKEN = "` + other + `"`, codes: "assignment", want: []string{"|" + other + "|"}},
		{name: "fish", pasted: "set -gx TOKEN " + pat, codes: "assignment", want: []string{"|" + pat + "|"}},
		{name: "YAML", pasted: "password: hunter22", codes: "assignment", want: []string{"|hunter22|"}},
		{name: "YAML with another name and a known token", pasted: "dockerhub: '" + pat + "'", codes: "assignment", want: []string{"|" + pat + "|"}},
		{name: "a member of JSON", pasted: `"accessToken": "` + pat + `",`, codes: "assignment", want: []string{"|" + pat + "|"}},
		{name: ".env with user and password", pasted: "REGISTRY_USER=bob\nREGISTRY_PASSWORD=hunter22\n", codes: "assignment", want: []string{"bob|hunter22|"}},
		{name: ".env with two tokens", pasted: "GITLAB_TOKEN=" + other + "\nDOCKER_TOKEN=" + pat, codes: "assignment", want: []string{"|" + other + "|GITLAB_TOKEN", "|" + pat + "|DOCKER_TOKEN"}},
		{name: "a properties file's line", pasted: "repo.password=hunter22", codes: "assignment", want: []string{"|hunter22|"}},

		{name: "echo -n's option", pasted: "-n " + pat, codes: "echo-command", want: []string{"|" + pat + "|"}},
		{name: "echo -e's option", pasted: "-e " + pat, codes: "echo-command", want: []string{"|" + pat + "|"}},
		{name: "echo -ne in quotes", pasted: `echo -ne "` + pat + `"`, codes: "echo-command", want: []string{"|" + pat + "|"}},
		{name: "printf", pasted: `printf '%s' '` + pat + `'`, codes: "echo-command", want: []string{"|" + pat + "|"}},
		{name: "a token that begins with a dash", pasted: "-nabcdef"},

		{name: "npmrc's token", pasted: "//reg.test/npm/:_authToken=" + other, codes: "npmrc", want: []string{"|" + other + "|reg.test/npm"}},
		{name: "npmrc's token in quotes", pasted: `//reg.test/:_authToken="` + other + `"`, codes: "npmrc", want: []string{"|" + other + "|reg.test"}},
		{name: "npmrc's password and user", pasted: "//reg.test/:username=bob\n//reg.test/:_password=" + b64("hunter22"), codes: "npmrc", want: []string{"bob|hunter22|reg.test"}},
		{name: "npmrc's _auth", pasted: "_auth=" + b64("bob:hunter22"), codes: "npmrc", want: []string{"bob|hunter22|"}},
		{name: "npmrc with two hosts", pasted: "//a.test/:_authToken=" + pat + "\n//reg.test/:_authToken=" + other, codes: "npmrc", want: []string{"|" + other + "|reg.test"}},
		{name: "npmrc with a variable", pasted: "//reg.test/:_authToken=${NPM_TOKEN}", codes: "npmrc reference", want: []string{"elsewhere"}},
		{name: "npm config set", pasted: "npm config set //reg.test/:_authToken " + other, codes: "npmrc", want: []string{"|" + other + "|reg.test"}},

		{name: "an address", pasted: "https://bob:hunter22@reg.test/simple/", codes: "address", want: []string{"bob|hunter22|reg.test/simple/"}},
		{name: "an address with escapes", pasted: "https://bob:p%40ss%2Fword@reg.test/", codes: "address", want: []string{"bob|p@ss/word|reg.test/"}},
		{name: "an address with a token alone", pasted: "https://" + other + "@reg.test/g/p.git", codes: "address", want: []string{"|" + other + "|reg.test/g/p.git"}},
		{name: "an address without a user part", pasted: "https://reg.test/simple"},
		{name: "an address whose path holds an @", pasted: "https://reg.test/@scope/pkg"},

		{name: "docker login", pasted: "docker login -u bob -p " + pat + " reg.test", codes: "login-command", want: []string{"bob|" + pat + "|reg.test"}},
		{name: "docker login with long options", pasted: "docker login --username=bob --password='" + pat + "'", codes: "login-command", want: []string{"bob|" + pat + "|"}},
		{name: "options of docker login alone", pasted: "--username bob --password " + pat, codes: "login-command", want: []string{"bob|" + pat + "|"}},
		{name: "podman with a prompt", pasted: "$ sudo podman login reg.test -u bob -p hunter22", codes: "login-command", want: []string{"bob|hunter22|reg.test"}},
		{name: "helm over two lines", pasted: "helm registry login reg.test \\\n  --username bob --password hunter22", codes: "login-command", want: []string{"bob|hunter22|reg.test"}},
		{name: "skopeo", pasted: "skopeo login --username bob --password hunter22 reg.test", codes: "login-command", want: []string{"bob|hunter22|reg.test"}},
		{name: "echo into docker login", pasted: `echo "` + pat + `" | docker login -u bob --password-stdin`, codes: "login-command", want: []string{"bob|" + pat + "|"}},
		{name: "a here string into docker login", pasted: "docker login -u bob --password-stdin <<< hunter22", codes: "login-command", want: []string{"bob|hunter22|"}},
		{name: "a file into docker login", pasted: "cat ~/token.txt | docker login -u bob --password-stdin", codes: "login-command", want: []string{"elsewhere"}},
		{name: "docker login that asks", pasted: "docker login -u bob", codes: "login-command", want: []string{"elsewhere"}},
		{name: "kubectl create secret", pasted: "kubectl create secret docker-registry r --docker-server=reg.test --docker-username=bob --docker-password=hunter22", codes: "login-command", want: []string{"bob|hunter22|reg.test"}},
		{name: "poetry", pasted: "poetry config http-basic.main bob hunter22", codes: "login-command", want: []string{"bob|hunter22|main"}},

		{name: "curl -u", pasted: "curl -u bob:hunter22 https://reg.test/v2/", codes: "curl-command", want: []string{"bob|hunter22|reg.test/v2/"}},
		{name: "curl -H", pasted: `curl -H "Authorization: Bearer ` + other + `" https://reg.test`, codes: "curl-command", want: []string{"|" + other + "|"}},
		{name: "the option of curl alone", pasted: "-u bob:hunter22", codes: "curl-command", want: []string{"bob|hunter22|"}},

		{name: "a basic header", pasted: "Authorization: Basic " + b64("bob:hunter22"), codes: "authorization-header", want: []string{"bob|hunter22|"}},
		{name: "a bearer header", pasted: "authorization: bearer " + other, codes: "authorization-header", want: []string{"|" + other + "|"}},
		{name: "basic alone", pasted: "Basic " + b64("bob:hunter22"), codes: "authorization-scheme", want: []string{"bob|hunter22|"}},
		{name: "GitLab's header", pasted: "PRIVATE-TOKEN: " + other, codes: "authorization-header", want: []string{"|" + other + "|"}},
		{name: "JFrog's header", pasted: "X-JFrog-Art-Api: AKCpold", codes: "authorization-header", want: []string{"|AKCpold|"}},

		{name: "AWS' form of a pair", pasted: `{"username":"bob","accessToken":"` + pat + `"}`, codes: "json-credential", want: []string{"bob|" + pat + "|"}},
		{name: "what a credential helper prints", pasted: `{"ServerURL":"https://reg.test","Username":"bob","Secret":"hunter22"}`, codes: "json-credential", want: []string{"bob|hunter22|https://reg.test"}},
		{name: "aws ecr get-authorization-token", pasted: `{"authorizationData":[{"authorizationToken":"` + b64("AWS:eyJwYXlsb2FkIjoi") + `","expiresAt":1,"proxyEndpoint":"https://reg.test"}]}`, codes: "json-credential base64", want: []string{"AWS|eyJwYXlsb2FkIjoi|https://reg.test"}},
		{name: "az acr login --expose-token", pasted: `{"accessToken":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln","loginServer":"reg.test","refreshToken":"x"}`, codes: "json-credential", want: []string{"|eyJhbGciOiJSUzI1NiJ9.e30.c2ln|reg.test"}},
		{name: "az account get-access-token", pasted: `{"accessToken":"abc.def","expiresOn":"2026","tokenType":"Bearer"}`, codes: "json-credential", want: []string{"|abc.def|"}},
		{name: "JSON with two tokens", pasted: `{"user":"bob","password":"hunter22","token":"t0ken-1"}`, codes: "json-credential", want: []string{"bob|hunter22|password", "bob|t0ken-1|token"}},

		{name: "config.json", pasted: config, codes: "docker-config", want: []string{"alice|" + pat + "|reg.test"}},
		{name: "config.json, the one of the user name", pasted: `{"auths":{"reg.test/a":{"auth":"` + b64("bob:one11") + `"},"reg.test/b":{"auth":"` + b64("given:two22") + `"}}}`, codes: "docker-config", want: []string{"given|two22|reg.test/b"}},
		{name: "config.json, the one of the path", pasted: `{"auths":{"reg.test":{"auth":"` + b64("bob:one11") + `"},"reg.test/team":{"auth":"` + b64("carol:two22") + `"},"a.test":{"auth":"` + b64("given:three") + `"}}}`, codes: "docker-config", want: []string{"carol|two22|reg.test/team"}},
		{name: "config.json, several that may be meant", pasted: `{"auths":{"reg.test/x":{"auth":"` + b64("bob:one11") + `"},"reg.test/y":{"auth":"` + b64("carol:two22") + `"}}}`, codes: "docker-config", want: []string{"bob|one11|reg.test/x", "carol|two22|reg.test/y"}},
		{name: "config.json with an identity token", pasted: `{"auths":{"reg.test":{"auth":"` + b64("00000000-0000-0000-0000-000000000000:") + `","identitytoken":"eyJ.e.s"}}}`, codes: "docker-config", want: []string{"00000000-0000-0000-0000-000000000000|eyJ.e.s|reg.test"}},
		{name: "config.json with a store", pasted: `{"auths":{"reg.test":{}},"credsStore":"osxkeychain"}`, codes: "docker-config", want: []string{"elsewhere"}},
		{name: "config.json with helpers", pasted: `{"credHelpers":{"reg.test":"ecr-login","a.test":"gcloud"}}`, codes: "docker-config", want: []string{"elsewhere"}},
		{name: "config.json with Docker Desktop's own tokens", pasted: `{"auths":{"https://index.docker.io/v1/access-token":{"auth":"` + b64("x:y1y1") + `"},"reg.test":{"auth":"` + b64("bob:one11") + `"}}}`, codes: "docker-config", want: []string{"bob|one11|reg.test"}},

		{name: "a Secret in YAML", pasted: "apiVersion: v1\ndata:\n  .dockerconfigjson: " + b64(config) + "\nkind: Secret\nmetadata:\n  name: regcred\ntype: kubernetes.io/dockerconfigjson\n", codes: "kubernetes-secret", want: []string{"alice|" + pat + "|reg.test"}},
		{name: "a Secret in YAML with user and password", pasted: "kind: Secret\nmetadata:\n  name: x\ndata:\n  username: " + b64("bob") + "\n  password: " + b64("hunter22") + "\n", codes: "kubernetes-secret", want: []string{"bob|hunter22|"}},
		{name: "a Secret with stringData over lines", pasted: "kind: Secret\nstringData:\n  .dockerconfigjson: |\n    {\n      \"auths\": {\"reg.test\": {\"auth\": \"" + b64("bob:one11") + "\"}}\n    }\n", codes: "kubernetes-secret", want: []string{"bob|one11|reg.test"}},
		{name: "a Secret in JSON", pasted: `{"kind":"Secret","data":{"token":"` + b64(pat) + `"}}`, codes: "kubernetes-secret", want: []string{"|" + pat + "|"}},
		{name: "the line of a Secret", pasted: ".dockerconfigjson: " + b64(config), codes: "kubernetes-secret", want: []string{"alice|" + pat + "|reg.test"}},

		{name: "netrc", pasted: "machine reg.test login bob password hunter22", codes: "netrc", want: []string{"bob|hunter22|reg.test"}},
		{name: "netrc over lines", pasted: "machine a.test\n  login x\n  password y1\nmachine reg.test\n  login bob\n  password hunter22\n", codes: "netrc", want: []string{"bob|hunter22|reg.test"}},
		{name: "pip.conf", pasted: "[global]\nindex-url = https://bob:hunter22@reg.test/simple\n", codes: "pip-config", want: []string{"bob|hunter22|reg.test/simple"}},
		{name: "a line of requirements.txt", pasted: "--extra-index-url https://bob:hunter22@reg.test/simple", codes: "pip-config", want: []string{"bob|hunter22|reg.test/simple"}},
		{name: "settings.xml", pasted: "<?xml version=\"1.0\"?>\n<settings><servers><server><id>central</id><username>bob</username><password>hunter22</password></server></servers></settings>", codes: "maven-settings", want: []string{"bob|hunter22|central"}},
		{name: "a server of settings.xml with a header", pasted: "<server><id>gl</id><configuration><httpHeaders><property><name>Private-Token</name><value>" + other + "</value></property></httpHeaders></configuration></server>", codes: "maven-settings", want: []string{"|" + other + "|gl"}},
		{name: "settings.xml with an encrypted password", pasted: "<server><id>x</id><username>bob</username><password>{COQLCE6DU6GtcS5P=}</password></server>", codes: "maven-settings maven-encrypted", want: []string{"elsewhere"}},
		{name: "Maven's encrypted password", pasted: "{COQLCE6DU6GtcS5P=}", codes: "maven-encrypted", want: []string{"elsewhere"}},

		{name: "hyphens", pasted: "0123‐89AB–CDEF—0123", codes: "typographic-characters", want: []string{"|0123-89AB-CDEF-0123|"}},
		{name: "full width", pasted: "ａｂｃ１２３！", codes: "typographic-characters", want: []string{"|abc123!|"}},
		{name: "UTF-16 with a mark", pasted: utf16Of(pat+"\r\n", true, true), codes: "utf-16", want: []string{"|" + pat + "|"}},
		{name: "UTF-16 the other way round", pasted: utf16Of(pat, false, true), codes: "utf-16", want: []string{"|" + pat + "|"}},
		{name: "UTF-16 without a mark", pasted: utf16Of(pat+"\n", true, false), codes: "utf-16", want: []string{"|" + pat + "|"}},
		{name: "UTF-16 the other way round without a mark", pasted: utf16Of(pat+"\n", false, false), codes: "utf-16", want: []string{"|" + pat + "|"}},
		{name: "UTF-16 of a variable", pasted: utf16Of("TOKEN="+pat, true, true), codes: "utf-16 assignment", want: []string{"|" + pat + "|"}},
		{name: "a mark of UTF-8", pasted: "\ufeff" + pat, codes: "byte-order-mark", want: []string{"|" + pat + "|"}},
		{name: "a zero-width space", pasted: pat[:12] + "\u200b" + pat[12:], codes: "invisible-characters", want: []string{"|" + pat + "|"}},
		{name: "a soft hyphen and a joiner", pasted: "abc\u00addef\u200dghi", codes: "invisible-characters", want: []string{"|abcdefghi|"}},
		{name: "a no-break space", pasted: "two\u00a0words", codes: "invisible-characters", want: []string{"|two words|"}},
		{name: "a no-break space in a token", pasted: pat[:12] + "\u00a0" + pat[12:], codes: "invisible-characters", want: []string{"|" + pat + "|"}},

		{name: "a literal line end", pasted: pat + `\n`, codes: "escaped-line-end", want: []string{"|" + pat + "|"}},
		{name: "a literal line end of Windows", pasted: pat + `\r\n`, codes: "escaped-line-end", want: []string{"|" + pat + "|"}},
		{name: "a line end of an address", pasted: pat + `%0A`, codes: "escaped-line-end", want: []string{"|" + pat + "|"}},
		{name: "the mark of zsh", pasted: pat + `%`, codes: "escaped-line-end", want: []string{"|" + pat + "|"}},
		{name: "a password that ends in a percent sign", pasted: "hunter22%"},
		{name: "a bracketed paste", pasted: "\x1b[200~" + pat + "\x1b[201~", codes: "terminal-marks", want: []string{"|" + pat + "|"}},
		{name: "a bracketed paste as a shell echoes it", pasted: "^[[200~" + pat + "~", codes: "terminal-marks", want: []string{"|" + pat + "|"}},
		{name: "what is left of the marks in a shell", pasted: "0~" + pat + "1~", codes: "terminal-marks", want: []string{"|" + pat + "|"}},
		{name: "a password that ends like a mark", pasted: "hunter201~"},
		{name: "what is left of a bracketed paste", pasted: "[200~" + pat + "[201~", codes: "terminal-marks", want: []string{"|" + pat + "|"}},
		{name: "colours", pasted: "\x1b[32m" + pat + "\x1b[0m", codes: "terminal-marks", want: []string{"|" + pat + "|"}},

		{name: "a variable's name", pasted: "${NPM_TOKEN}", codes: "reference", want: []string{"elsewhere"}},
		{name: "a pipeline's secret", pasted: "${{ secrets.DOCKERHUB_TOKEN }}", codes: "reference", want: []string{"elsewhere"}},
		{name: "PowerShell's variable", pasted: "$env:TOKEN", codes: "reference", want: []string{"elsewhere"}},

		{name: "user and token", pasted: "given:hunter22", codes: "user-and-token", want: []string{"given|hunter22|"}},
		{name: "no deeper than three", pasted: `"'` + "`“" + pat + "”`" + `'"`, codes: "quotes quotes quotes", want: []string{"|“" + pat + "”|"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			given := []byte(tt.pasted)
			rs := Readings(given, on("given", "reg.test/team"))
			if string(rs[0].Token) != tt.pasted || len(rs[0].Layers) > 0 {
				t.Errorf("the first reading is not what was pasted: %q", rs[0].Token)
			}
			var got []string
			codes := ""
			for _, r := range rs[1:] {
				var layers []string
				for _, l := range r.Layers {
					if l.Is.Empty() {
						t.Errorf("%s is nothing", l.Code)
					}
					layers = append(layers, l.Code)
				}
				codes = strings.Join(layers, " ")
				if !r.Elsewhere.Empty() {
					got = append(got, "elsewhere")
				} else {
					got = append(got, r.Username+"|"+string(r.Token)+"|"+r.For)
				}
			}
			if codes != tt.codes || strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("reads %q in %q, want %q in %q", got, codes, tt.want, tt.codes)
			}
			if string(given) != tt.pasted {
				t.Errorf("what was pasted is changed: %q", given)
			}
		})
	}
}

// TestUsername gives things instead of a user name.
func TestUsername(t *testing.T) {
	for _, tt := range []struct{ given, codes, want string }{
		{given: "alice"}, {given: "robot$ci+pull"}, {given: "$oauthtoken"}, {given: "1234567|ci"}, {given: "acme/oracleidentitycloudservice/jane@example.com"},
		{given: "00000000-0000-0000-0000-000000000000"}, {given: "__token__"}, {given: "_json_key"}, {given: "eu-west-101@ABCDEFGH"}, {given: "org+robot"},
		{given: "DOMAIN\\alice"}, {given: "jp_0123456789"}, {given: "ひろし"}, {given: "AWS"}, {given: "gitlab+deploy-token-1"}, {given: "cn=alice,dc=example"},
		{given: `"alice"`, codes: "quotes", want: "alice|"},
		{given: "'alice',", codes: "quotes", want: "alice|"},
		{given: "DOCKER_USERNAME=alice", codes: "assignment", want: "alice|"},
		{given: "username: alice", codes: "assignment", want: "alice|"},
		{given: `"username": "alice",`, codes: "assignment", want: "alice|"},
		{given: `export REGISTRY_USER='alice'`, codes: "assignment", want: "alice|"},
		{given: "\ufeffalice", codes: "byte-order-mark", want: "alice|"},
		{given: "al\u200bice", codes: "invisible-characters", want: "alice|"},
		{given: "alice\\n", codes: "escaped-line-end", want: "alice|"},
		{given: "robot‐ci", codes: "typographic-characters", want: "robot-ci|"},
		{given: "\x1b[200~alice\x1b[201~", codes: "terminal-marks", want: "alice|"},
		{given: "docker login -u alice -p hunter22", codes: "login-command", want: "alice|hunter22"},
		{given: "curl -u alice:hunter22 https://reg.test", codes: "curl-command", want: "alice|hunter22"},
		{given: "https://alice:hunter22@reg.test/", codes: "address", want: "alice|hunter22"},
		{given: `{"username":"alice","password":"hunter22"}`, codes: "json-credential", want: "alice|hunter22"},
		{given: `"DOCKER_USERNAME=alice"`, codes: "quotes assignment", want: "alice|"},
	} {
		p, layers, ok := Username([]byte(tt.given), vendors.Match)
		var codes []string
		for _, l := range layers {
			codes = append(codes, l.Code)
		}
		got := p.Username + "|" + string(p.Token)
		if ok != (tt.want != "") || strings.Join(codes, " ") != tt.codes || ok && got != tt.want {
			t.Errorf("%q gives %q in %q, want %q in %q", tt.given, got, codes, tt.want, tt.codes)
		}
	}
}

// The person is told which helper holds a registry's credential.
func TestHelper(t *testing.T) {
	for _, tt := range []struct{ pasted, helper string }{
		{`{"auths":{"reg.test":{}},"credsStore":"osxkeychain"}`, "docker-credential-osxkeychain get"},
		{`{"credHelpers":{"reg.test":"ecr-login","a.test":"gcloud"},"credsStore":"desktop"}`, "docker-credential-ecr-login get"},
		{`{"credHelpers":{"a.test":"gcloud"},"credsStore":"desktop"}`, "docker-credential-desktop get"},
	} {
		rs := Readings([]byte(tt.pasted), on("", "reg.test"))
		if len(rs) != 2 || !strings.Contains(rs[1].Elsewhere.In(text.English), tt.helper) {
			t.Errorf("%s: %+v, want %q", tt.pasted, rs[1:], tt.helper)
		}
	}
}

// Each wrapping has a code of its own, and says what it is inside a sentence.
func TestList(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range list() {
		if seen[w.Code] || !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(w.Code) || w.Is.Empty() || w.read == nil {
			t.Errorf("%+v", w.Layer)
		}
		seen[w.Code] = true
	}
}

// Twice as much takes about twice as long: a file of the largest size that is
// taken is read in no time, whatever it is made of.
func TestLinear(t *testing.T) {
	for _, piece := range []string{
		"a", "aGVs", `"`, `\`, "{", "[", `{"a":`, "'", "x=1\n", "TOKEN=x\n", "machine a login b password c\n", "//a.test/:_authToken=x\n", "<server>", "-u ", "| ", "%0A", "\x1b[0m",
		"\u200b", "‐", "a:b", "https://a:b@", " ", "\n", "=", "$", "  a: b\n", "data:\n", "kind: Secret\n", "auths", "`", "eyJ.", "\x00a", "index-url=https://a:b@c\n",
	} {
		b := bytes.Repeat([]byte(piece), (64<<10)/len(piece))
		began := time.Now()
		for _, front := range []string{"", "{", "machine ", "<a></a>", "docker login -u x -p ", "kind: Secret\ndata:\n", `"`} {
			Readings(append([]byte(front), b...), on("given", "reg.test"))
		}
		took := time.Since(began)
		t.Logf("%q %v", piece, took)
		if took > 5*time.Second {
			t.Errorf("%q over and over takes %v", piece, took)
		}
	}
}

// FuzzReadings reads anything: nothing panics, what was given is the first
// reading and is left alone, and no more comes out than went in.
func FuzzReadings(f *testing.F) {
	for _, s := range []string{
		pat, b64("alice:" + pat), "TOKEN=" + pat, `{"auths":{"reg.test":{"auth":"YTpi"}}}`, "//reg.test/:_password=YWJj", "machine a login b password c",
		"<server><password>x</password></server>", "docker login -u a -p b", "kind: Secret\ndata:\n  a: YWJj", `"a\u0041"`, "\xff\xfea\x00", "https://a:b%40@c", "${X}", "-n x", "a‐b",
	} {
		f.Add([]byte(s), "alice")
	}
	f.Fuzz(func(t *testing.T, b []byte, username string) {
		given := bytes.Clone(b)
		rs := Readings(b, on(username, "reg.test"))
		if !bytes.Equal(b, given) || !bytes.Equal(rs[0].Token, given) || len(rs[0].Layers) != 0 || !rs[0].Elsewhere.Empty() {
			t.Fatalf("%q is not its own first reading: %q", given, rs[0].Token)
		}
		total := 0
		for _, r := range rs[1:] {
			total += len(r.Token)
			if n := len(r.Layers); n == 0 || n > maxDepth {
				t.Errorf("%d layers", n)
			}
			if (len(r.Token) == 0) == (r.Elsewhere.Empty()) {
				t.Errorf("%q: a token, or where it is: %+v", given, r)
			}
			for i := range r.Token {
				r.Token[i] = 'x' // these bytes are nobody else's
			}
		}
		if !bytes.Equal(b, given) {
			t.Errorf("a reading of %q shares its bytes", given)
		}
		if p, layers, ok := Username(given, vendors.Match); ok != (len(layers) > 0) || len(layers) > maxDepth || len(p.Username)+len(p.Token) > 2*len(given)+utf16Slack {
			t.Errorf("%q as a user name: %+v in %v", given, p, layers)
		}
		if total > 2*len(given)+utf16Slack {
			t.Errorf("%q: %d bytes come out", given, total)
		}
	})
}

// utf16Slack is for text whose characters take more bytes in UTF-8.
const utf16Slack = 8

// FuzzDockerConfig reads anything as Docker's config.json.
func FuzzDockerConfig(f *testing.F) {
	f.Add([]byte(`{"auths":{"ghcr.io":{"auth":"YWxpY2U6aHVudGVyMjI="}},"credsStore":"x"}`))
	f.Add([]byte(`{"auth":"YWxpY2U6aHVudGVyMjI=","username":"bob","password":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		found, ok := dockerConfig.read(b, on("", "ghcr.io"))
		if !ok {
			return
		}
		if (len(found.parts) == 0) == (found.elsewhere.Empty()) {
			t.Errorf("%q: a token, or where it is: %+v", b, found)
		}
		for _, p := range found.parts {
			if len(p.Token) == 0 || len(p.Token) > len(b) {
				t.Errorf("%q: %+v", b, p)
			}
		}
	})
}

// An unescaped JSON string is what encoding/json makes of it.
func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		`plain`: "plain", `a\/b`: "a/b", `\u003d\u00e9`: "=é", `\ud83d\ude00`: "😀", `\"\\\n\t`: "\"\\\n\t", `\ud83dx`: "\ufffdx",
	} {
		if got := string(unescape([]byte(in))); got != want {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
}

func ExampleReadings() {
	for _, r := range Readings([]byte(`export TOKEN="`+other+`"`), on("", "reg.test"))[1:] {
		fmt.Println(r.Layers[0].Is.In(text.English), "-", len(r.Token), "bytes")
	}
	// Output: the variable "TOKEN" and its value - 26 bytes
}

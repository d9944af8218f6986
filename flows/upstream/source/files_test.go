package source

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// home is a machine with these files in its home directory.
func home(t *testing.T, files map[string]string) Machine {
	t.Helper()
	m := Machine{Home: t.TempDir(), OS: "linux", Getenv: func(string) string { return "" }}
	for name, content := range files {
		path := filepath.Join(m.Home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// with is the machine with other environment variables.
func (m Machine) with(variables map[string]string) Machine {
	m.Getenv = func(name string) string { return variables[name] }
	return m
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// told is everything that entries and findings show to somebody, or keep.
func told(entries []Entry, findings []check.Finding) string {
	var b strings.Builder
	for _, l := range text.Languages() {
		for _, e := range entries {
			fmt.Fprintln(&b, e.Label().In(l), e.Note().In(l), e.Elsewhere.In(l))
		}
		for _, f := range findings {
			fmt.Fprintln(&b, f.Says.In(l), f.Why.In(l))
		}
	}
	fmt.Fprintf(&b, "%v %+v %#v", entries, entries, findings)
	return b.String()
}

// read finds the upstream's entries and reads each: "user=token" in their
// order, "user->helper" for what a helper holds and "user?" for what is
// elsewhere.
func read(t *testing.T, m Machine, target upstream.Target) []string {
	t.Helper()
	entries, findings := m.Find(t.Context(), target)
	said := told(entries, findings)
	tellsNoToken(t, said)
	var got []string
	for _, e := range entries {
		switch {
		case e.Helper != "":
			got = append(got, fmt.Sprintf("%s->%s", e.Username, e.Helper))
			continue
		case !e.Elsewhere.Empty():
			got = append(got, e.Username+"?")
			_, err := e.Read(t.Context(), m)
			if p := engine.Explain(err); p == nil || p.Code != check.SourceElsewhere {
				t.Errorf("%v was read: %v", e.Label(), err)
			}
			continue
		}
		c, err := e.Read(t.Context(), m)
		if err != nil {
			t.Errorf("%v: %v", e.Label().In(text.English), err)
			continue
		}
		if token := string(c.Token.Reveal()); len(token) > 3 && strings.Contains(said, token) {
			t.Errorf("the token %q is told: %s", token, said)
		}
		mark := ""
		if c.Identity {
			mark = "!"
		}
		got = append(got, fmt.Sprintf("%s=%s%s", c.Username, c.Token.Reveal(), mark))
	}
	for _, f := range findings {
		got = append(got, string(f.Code))
	}
	return got
}

var (
	hub    = upstream.Target{Format: "DOCKER", Preset: "DOCKER_HUB"}
	npmjs  = upstream.Target{Format: "NPM", Preset: "NPMJS"}
	npm    = upstream.Target{Format: "NPM", URI: "https://npm.example.com/api/npm/all/"}
	pypi   = upstream.Target{Format: "PYTHON", URI: "https://pypi.example.com/simple"}
	fury   = upstream.Target{Format: "PYTHON", URI: "https://pypi.fury.io/me/"}
	maven  = upstream.Target{Format: "MAVEN", URI: "https://maven.example.com/releases/"}
	apt    = upstream.Target{Format: "APT", URI: "https://apt.example.com:8443/debian"}
	npmKey = "//registry." + "npmjs.org/"
)

func TestFiles(t *testing.T) {
	docker := func(content string) map[string]string { return map[string]string{".docker/config.json": content} }
	npmrc := func(content string) map[string]string { return map[string]string{".npmrc": content} }
	pip := func(content string) map[string]string { return map[string]string{".config/pip/pip.conf": content} }
	netrc := func(content string) map[string]string { return map[string]string{".netrc": content} }
	settings := func(content string) map[string]string {
		return map[string]string{".m2/settings.xml": "<settings>" + content + "</settings>"}
	}
	server := `<servers><server><id>ours</id><username>jane</username><password>a&amp;b</password></server></servers>`
	for _, c := range []struct {
		name   string
		files  map[string]string
		target upstream.Target
		want   []string
	}{
		{"docker", docker(`{"auths":{"ghcr.io":{"auth":"` + b64("jane:"+canary) + `"},"quay.io":{"auth":"` + b64("q:q") + `"}}}`), ghcr, []string{"jane=" + canary}},
		{"docker, password with a colon and a zero byte", docker(`{"auths":{"https://ghcr.io/v2/":{"auth":"` + b64("jane:a:b\x00") + `"}}}`), ghcr, []string{"jane=a:b"}},
		{"docker, plain", docker(`{"auths":{"ghcr.io":{"username":"jane","password":"p\u0041\"ss"}}}`), ghcr, []string{`jane=pA"ss`}},
		{"docker, identity token", docker(`{"auths":{"ghcr.io":{"auth":"` + b64("00000000-0000-0000-0000-000000000000:") + `","identitytoken":"idtok"}}}`), ghcr, []string{"00000000-0000-0000-0000-000000000000=idtok!"}},
		{"docker hub", docker(`{"auths":{"https://index.docker.io/v1/":{"auth":"` + b64("jane:tok1") + `"},"https://index.docker.io/v1/access-token":{"auth":"` + b64("x:y") + `"}}}`), hub, []string{"jane=tok1"}},
		{"docker hub by other names", docker(`{"auths":{"docker.io":{"auth":"` + b64("a:1") + `"},"registry-1.docker.io":{"auth":"` + b64("b:2") + `"}}}`), hub, []string{"a=1", "b=2"}},
		{"docker, a helper of its own", docker(`{"auths":{"ghcr.io":{"auth":"` + b64("old:older") + `"}},"credHelpers":{"ghcr.io":"gh","quay.io":"q"},"credsStore":"desktop"}`), ghcr, []string{"->gh", "old=older", "->desktop"}},
		{"docker, a store", docker(`{"auths":{"ghcr.io":{}},"credsStore":"desktop"}`), ghcr, []string{"->desktop"}},
		{"docker, a store that may have it", docker(`{"auths":{"quay.io":{}},"credsStore":"desktop"}`), ghcr, []string{"->desktop"}},
		{"docker, port", docker(`{"auths":{"r.example.com:5000":{"auth":"` + b64("a:1") + `"},"r.example.com":{"auth":"` + b64("b:2") + `"}}}`), upstream.Target{Format: "DOCKER", URI: "http://r.example.com:5000"}, []string{"a=1"}},
		{"docker, broken", docker(`{"auths":{"ghcr.io":{"auth":"` + canary), ghcr, []string{"source-malformed"}},
		{"docker, nothing", docker(`{"auths":{"ghcr.io":{}},"HttpHeaders":{"a":"b"}}`), ghcr, nil},
		{"docker, odd values", docker(`{"auths":{"ghcr.io":{"auth":12,"password":null}},"credHelpers":null}`), ghcr, nil},
		{"podman", map[string]string{".config/containers/auth.json": `{"auths":{"quay.io":{"auth":"` + b64("a:1") + `"},"quay.io/team":{"auth":"` + b64("b:2") + `"}}}`}, upstream.Target{Format: "DOCKER", URI: "https://quay.io"}, []string{"a=1", "b=2"}},
		{"docker's is not npm's", docker(`{"auths":{"npm.example.com":{"auth":"` + b64("a:1") + `"}}}`), npm, nil},

		{"npm", npmrc("; mine\n" + npmKey + ":_authToken=npm_tok\n//other.example.com/:_authToken=x\n"), npmjs, []string{"=npm_tok"}},
		{"npm, best path first", npmrc("//npm.example.com/:_authToken=host-tok\n//npm.example.com/api/npm/all/:_authToken=path-tok\n//npm.example.com/api/npm/more:_authToken=more-tok\n"), npm, []string{"=path-tok", "=host-tok", "=more-tok"}},
		{"npm, a pair", npmrc("//npm.example.com/api/npm/all/:_auth=" + b64("jane:a:b") + "\n"), npm, []string{"jane=a:b"}},
		{"npm, a password", npmrc("//npm.example.com/:username=jane\n//npm.example.com/:_password=\"" + b64("pa ss") + "\"\n"), npm, []string{"jane=pa ss"}},
		{"npm, only a user name", npmrc("//npm.example.com/:username=jane\n"), npm, nil},
		{"npm, quoted", npmrc(`"//npm.example.com/:_authToken" = "a=b;c#d\u0041"` + "\n"), npm, []string{"=a=b;c#dA"}},
		{"npm, escaped, with a comment", npmrc(`//npm.example.com/:_authToken = a\;b\#c\d ; old` + "\r\n"), npm, []string{`=a;b#c\d`}},
		{"npm, the last one counts", npmrc("//npm.example.com/:_authToken=one\n//npm.example.com/:_authToken=two\n"), npm, []string{"=two"}},
		{"npm, a variable", npmrc("//npm.example.com/:_authToken=${NPM_TOKEN}\n"), npm, []string{"?"}},
		{"npm, a variable of the user name", npmrc("//npm.example.com/:_authToken=tok\n//npm.example.com/:username=${ME}\n"), npm, []string{"=tok"}},
		{"npm, no variable", npmrc(`//npm.example.com/:_authToken=a${b$c` + "\n"), npm, []string{"=a${b$c"}},
		{"npm, a section", npmrc("[x]\n//npm.example.com/:_authToken=tok\n"), npm, nil},
		{"npm, of old", npmrc("registry=https://npm.example.com/api/npm/all\n_auth=" + b64("jane:tok") + "\n"), npm, []string{"jane=tok"}},
		{"npm, of old, elsewhere", npmrc("_authToken=tok\n"), npm, nil},
		{"npm, another port", npmrc("//npm.example.com:8443/:_authToken=tok\n"), npm, nil},

		{"pip", pip("[global]\nindex-url = https://jane:pa%20ss%40@pypi.example.com/simple/\n"), pypi, []string{"jane=pa ss@"}},
		{"pip, several lines", pip("[global]\nextra-index-url =\n    https://a:1@other.example.com/simple\n    # b\n\n    https://b:2@pypi.example.com/simple https://c:3@pypi.example.com/more\n[install]\ntimeout: 5\n"), pypi, []string{"b=2", "c=3"}},
		{"pip, a sign of the command line", pip("[install]\nINDEX_URL: https://jane:tok@pypi.example.com/simple/\n"), pypi, []string{"jane=tok"}},
		{"pip, without a password", pip("[global]\nindex-url = https://jane@pypi.example.com/simple/\n"), pypi, []string{"?"}},
		{"pip, an empty password", pip("[global]\nindex-url = https://secretfurytoken:@pypi.fury.io/me/\n"), fury, []string{"=secretfurytoken"}},
		{"pip, without a login", pip("[global]\nindex-url = https://pypi.example.com/simple/\n"), pypi, nil},
		{"pip, broken", pip("index-url = https://jane:" + canary + "@pypi.example.com/simple/\n"), pypi, []string{"source-malformed"}},
		{"keyring", map[string]string{".local/share/python_keyring/keyring_pass.cfg": "[https_3A_2F_2Fpypi_2Eexample_2Ecom_2Fsimple_2F]\njane_40x = \n\t" + b64("pa ss") + "\n\t\n\n[other]\na = \n\tYQ==\n"}, pypi, []string{"jane@x=pa ss"}},
		{"keyring, long", map[string]string{".local/share/python_keyring/keyring_pass.cfg": "[pypi_2Eexample_2Ecom]\njane = \n\t" + b64(strings.Repeat("m", 90))[:76] + "\n\t" + b64(strings.Repeat("m", 90))[76:] + "\n"}, pypi, []string{"jane=" + strings.Repeat("m", 90)}},
		{"keyring, encrypted", map[string]string{".local/share/python_keyring/crypted_pass.cfg": "[keyring_2Dsetting]\npassword_20reference = \n\tYQ==\n[pypi_2Eexample_2Ecom]\njane = \n\tYQ==\n"}, pypi, []string{"jane?"}},

		{"netrc", netrc("machine other.example.com login o password o\nmachine pypi.example.com\n\tlogin jane # me\n\tpassword " + canary[:10] + "\n"), pypi, []string{"jane=" + canary[:10]}},
		{"netrc, any port, and the default", netrc("default login d password dd\nmachine apt.example.com login a password b\n"), apt, []string{"a=b", "d=dd"}},
		{"netrc, anonymous by default", netrc("default login anonymous password me@example.com\n"), apt, nil},
		{"netrc, a macro", netrc("macdef init\nmachine apt.example.com login x password x\n\nmachine apt.example.com login a password b"), apt, []string{"a=b"}},
		{"netrc, quoted", netrc(`machine apt.example.com login "j d" password "a\"b c"`), apt, []string{`j d=a"b c`}},
		{"netrc, a backslash for curl", netrc(`machine apt.example.com login a password a\b#c`), apt, []string{`a=a\b#c`}},
		{"netrc, a backslash for Python", netrc(`machine pypi.example.com login a password a\b#c`), pypi, []string{"a=ab#c"}},
		{"netrc, a comment, an account, and nothing", netrc("# machine apt.example.com password x\nmachine apt.example.com account y login a\npassword 1 machine \"\" login"), apt, []string{"a=1"}},
		{"netrc, two users", netrc("machine apt.example.com login a password 1\nmachine apt.example.com login b password 2\n"), apt, []string{"a=1", "b=2"}},

		{"maven, a mirror", settings(server + `<mirrors><mirror><id>ours</id><mirrorOf>*</mirrorOf><url>https://maven.example.com/releases</url></mirror></mirrors>`), maven, []string{"jane=a&b"}},
		{"maven, a repository before its server", settings(`<profiles><profile><repositories><repository><id>ours</id><url> https://maven.example.com/releases/ </url></repository></repositories></profile></profiles>` + server), maven, []string{"jane=a&b"}},
		{"maven, another id", settings(server + `<mirrors><mirror><id>theirs</id><url>https://maven.example.com/releases</url></mirror></mirrors>`), maven, nil},
		{"maven, another place", settings(server + `<mirrors><mirror><id>ours</id><url>https://other.example.com/releases</url></mirror></mirrors>`), maven, nil},
		{"maven central", settings(strings.ReplaceAll(server, "ours", "central")), upstream.Target{Format: "MAVEN", Preset: "MAVEN_CENTRAL"}, []string{"jane=a&b"}},
		{"maven, encrypted", settings(strings.ReplaceAll(server, "a&amp;b", "{"+b64(strings.Repeat("x", 32))+"}") + `<mirrors><mirror><id>ours</id><url>https://maven.example.com/releases</url></mirror></mirrors>`), maven, []string{"jane?"}},
		{"maven, braces of its own", settings(strings.ReplaceAll(server, "a&amp;b", "{x}") + `<mirrors><mirror><id>ours</id><url>https://maven.example.com/releases</url></mirror></mirrors>`), maven, []string{"jane={x}"}},
		{"maven, a variable", settings(strings.ReplaceAll(server, "a&amp;b", "${env.TOKEN}") + `<mirrors><mirror><id>ours</id><url>https://maven.example.com/releases</url></mirror></mirrors>`), maven, []string{"?"}},
		{"maven, as data, with a comment", settings(strings.ReplaceAll(server, "a&amp;b", "<![CDATA[a<b]]><!-- x -->&#65;") + `<mirrors><mirror><id>ours</id><url>https://maven.example.com/releases</url></mirror></mirrors>`), maven, []string{"jane=a<bA"}},
		{"maven, in another encoding", map[string]string{".m2/settings.xml": `<?xml version="1.0" encoding="ISO-8859-1"?><settings>` + strings.ReplaceAll(server, "a&amp;b", "p\xe4ss") + `<mirrors><mirror><id>ours</id><url>https://maven.example.com/releases</url></mirror></mirrors></settings>`}, maven, []string{"jane=päss"}},
		{"maven, cut off", map[string]string{".m2/settings.xml": "<settings><servers><server><id>ours</id><password>" + canary}, maven, []string{"source-malformed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(t, home(t, c.files), c.target); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Where the files are depends on the environment and the system.
func TestPlaces(t *testing.T) {
	auth := `{"auths":{"ghcr.io":{"auth":"` + b64("jane:tok") + `"}}}`
	pip := "[global]\nindex-url = https://jane:tok@pypi.example.com/simple/\n"
	for _, c := range []struct {
		variable, value, file, content string
		target                         upstream.Target
		system                         string
	}{
		{"DOCKER_CONFIG", "d", "d/config.json", auth, ghcr, "linux"},
		{"XDG_RUNTIME_DIR", "run", "run/containers/auth.json", auth, ghcr, "linux"},
		{"XDG_CONFIG_HOME", "conf", "conf/containers/auth.json", auth, ghcr, "linux"},
		{"REGISTRY_AUTH_FILE", "r.json", "r.json", auth, ghcr, "linux"},
		{"NPM_CONFIG_USERCONFIG", "rc", "rc", "//npm.example.com/:_authToken=tok", npm, "linux"},
		{"npm_config_userconfig", "rc", "rc", "//npm.example.com/:_authToken=tok", npm, "linux"},
		{"PIP_CONFIG_FILE", "p", "p", pip, pypi, "linux"},
		{"VIRTUAL_ENV", "v", "v/pip.conf", pip, pypi, "linux"},
		{"XDG_CONFIG_HOME", "conf", "conf/pip/pip.conf", pip, pypi, "linux"},
		{"APPDATA", "roaming", "roaming/pip/pip.ini", pip, pypi, "windows"},
		{"", "", "Library/Application Support/pip/pip.conf", pip, pypi, "darwin"},
		{"", "", ".pip/pip.conf", pip, pypi, "linux"},
		{"NETRC", "n", "n", "machine pypi.example.com login jane password tok", pypi, "linux"},
		{"", "", "_netrc", "machine pypi.example.com login jane password tok", pypi, "windows"},
		{"MAVEN_HOME", "mvn", "mvn/conf/settings.xml", "<settings><servers><server><id>a</id><username>jane</username><password>tok</password></server></servers><mirrors><mirror><id>a</id><url>https://maven.example.com/releases</url></mirror></mirrors></settings>", maven, "linux"},
	} {
		m := home(t, map[string]string{c.file: c.content})
		m.OS = c.system
		if c.variable != "" {
			m = m.with(map[string]string{c.variable: filepath.Join(m.Home, c.value)})
		}
		if got := read(t, m, c.target); len(got) != 1 || !strings.HasSuffix(got[0], "=tok") {
			t.Errorf("%s=%s, %s on %s: %q", c.variable, c.value, c.file, c.system, got)
		}
	}
	m := home(t, map[string]string{"project/.npmrc": "//npm.example.com/:_authToken=project-tok", ".npmrc": "//npm.example.com/:_authToken=mine-tok"})
	if got := read(t, m, npm); !slices.Equal(got, []string{"=mine-tok"}) {
		t.Errorf("a project is looked at unasked: %q", got)
	}
	m.Project = filepath.Join(m.Home, "project")
	if got := read(t, m, npm); !slices.Equal(got, []string{"=project-tok", "=mine-tok"}) {
		t.Errorf("a project's: %q", got)
	}
	if got, notes := (Machine{OS: "linux", Getenv: func(string) string { return "" }}).Find(t.Context(), npm); len(got)+len(notes) != 0 {
		t.Errorf("without a home directory: %v, %v", got, notes)
	}
}

// An upstream that takes no credentials isn't offered those of everybody.
func TestNoCredentialsWhereNoneAreTaken(t *testing.T) {
	m := home(t, map[string]string{".netrc": "default login a password b", ".docker/config.json": `{"credsStore":"desktop"}`})
	for _, target := range []upstream.Target{
		{Format: "DOCKER", URI: "projects/p/locations/us/repositories/r"}, {Format: "DOCKER", URI: "https://us-docker.pkg.dev/p/r"}, {Format: "DOCKER"}, {},
	} {
		if got := read(t, m, target); len(got) > 0 {
			t.Errorf("%v: %q", target, got)
		}
	}
}

func TestASharedFileCountsOnce(t *testing.T) {
	m := home(t, map[string]string{".docker/config.json": `{"auths":{"ghcr.io":{"auth":"` + b64("jane:tok") + `"}}}`})
	m = m.with(map[string]string{"REGISTRY_AUTH_FILE": m.home(".docker", "config.json")})
	if got := read(t, m, ghcr); !slices.Equal(got, []string{"jane=tok"}) {
		t.Errorf("%q", got)
	}
}

// A user name that is a token is as secret as one.
func TestSecretUserNames(t *testing.T) {
	shaped := "ghp_" + strings.Repeat("a1B2", 9)
	m := home(t, map[string]string{".docker/config.json": `{"auths":{"ghcr.io":{"auth":"` + b64(shaped+":x-oauth-basic") + `"}}}`})
	entries, notes := m.Find(t.Context(), ghcr)
	if len(entries) != 1 {
		t.Fatalf("%v, %v", entries, notes)
	}
	if said := fmt.Sprint(entries[0].Label().In(text.English), entries[0].Username); strings.Contains(said, shaped) {
		t.Errorf("%s", said)
	}
}

func TestChangedAndUnreadable(t *testing.T) {
	m := home(t, map[string]string{".npmrc": "//npm.example.com/:_authToken=tok"})
	path := filepath.Join(m.Home, ".npmrc")
	entries, _ := m.Find(t.Context(), npm)
	if len(entries) != 1 {
		t.Fatal(entries)
	}
	for _, c := range []struct {
		change func() error
		want   check.Code
	}{
		{func() error { return os.WriteFile(path, []byte("//npm.example.com/:_auth="+b64("b:c")), 0o600) }, check.SourceChanged},
		{func() error { return os.Remove(path) }, check.SourceChanged},
		{func() error { return os.Mkdir(path, 0o700) }, check.SourceChanged},
		{func() error { return errors.Join(os.Remove(path), os.WriteFile(path, make([]byte, maxFile+1), 0o600)) }, check.SourceUnreadable},
	} {
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		if got, err := entries[0].Read(t.Context(), m); engine.Explain(err) == nil || engine.Explain(err).Code != c.want || !got.Token.Empty() {
			t.Errorf("%v, want the code %q", err, c.want)
		}
	}
	if _, notes := m.Find(t.Context(), npm); len(notes) != 1 || notes[0].Code != check.SourceUnreadable {
		t.Errorf("%v", notes)
	}
}

// What a helper holds is asked for only once it is chosen.
func TestHelperOfAFile(t *testing.T) {
	helpers(t, "server")
	m := home(t, map[string]string{".docker/config.json": `{"auths":{"https://index.docker.io/v1/":{}},"credsStore":"server"}`})
	entries, _ := m.Find(t.Context(), hub)
	if len(entries) != 1 {
		t.Fatalf("%v", entries)
	}
	c, err := entries[0].Read(t.Context(), m)
	if err != nil || c.Username != "jane" || string(c.Token.Reveal()) != "https://index.docker.io/v1/" {
		t.Errorf("%q, %v", c.Token.Reveal(), err)
	}
}

// What is read to find an entry is overwritten once it has been looked at.
func TestFindingWipes(t *testing.T) {
	password := strings.Repeat("m", 40)
	xml := "<settings><servers><server><id>a</id><password>" + password + "</password></server></servers><mirrors><mirror><id>a</id><url>https://maven.example.com/</url></mirror></mirrors></settings>"
	m := home(t, map[string]string{
		".docker/config.json": `{"auths":{"ghcr.io":{"auth":"` + b64("a:"+password) + `"}}}`, ".npmrc": "//npm.example.com/:_authToken=" + password, ".m2/settings.xml": xml,
		".config/pip/pip.conf": "[global]\nindex-url=https://a:" + password + "@pypi.example.com/\n", ".netrc": "machine apt.example.com password " + password,
	})
	for _, target := range []upstream.Target{ghcr, npm, pypi, maven, apt} {
		var kept [][]byte
		s := newSearch(m, target)
		for _, f := range m.files(target.Format) {
			if problem := f.each(s, func(l login) { kept = append(kept, l.secret) }); problem != nil {
				t.Error(problem)
			}
		}
		if len(kept) == 0 || len(kept[0]) != len(password) {
			t.Errorf("%v: nothing was read", target)
		}
		for _, secret := range kept {
			if len(bytes.Trim(secret, "\x00")) > 0 {
				t.Errorf("%v: %q is still there", target, secret)
			}
		}
	}
}

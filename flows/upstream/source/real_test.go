package source

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/upstream"
)

// tool runs a real tool on a machine of its own, and skips where it isn't here.
func tool(t *testing.T, m Machine, stdin string, words ...string) string {
	t.Helper()
	path, err := exec.LookPath(words[0])
	if err != nil {
		t.Skip(words[0], "isn't here")
	}
	cmd := exec.CommandContext(t.Context(), path, words[1:]...)
	cmd.Dir, cmd.Stdin = m.Home, strings.NewReader(stdin)
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(strings.ToUpper(name), "NPM_CONFIG_") && !strings.HasPrefix(name, "PIP_") && !strings.HasPrefix(name, "XDG_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	// pyenv and its like are found by the home directory of before.
	cmd.Env = append(cmd.Env, "HOME="+m.Home, "PYENV_ROOT="+pyenv(), "DOCKER_CONFIG="+m.home(".docker"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Skipf("%q doesn't run here: %v: %s", words, err, out)
	}
	return string(out)
}

func pyenv() string {
	if root := os.Getenv("PYENV_ROOT"); root != "" {
		return root
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".pyenv")
}

// odd are passwords that tools have to quote, escape or encode.
var odd = []string{"plain-token", `a=b;c#d"e'f\g`, " lead and trail ", "päss 日本", "100%25", "${HOME}x"}

func TestRealNpm(t *testing.T) {
	m := home(t, nil)
	token := `npm_a;b#c=d"e`
	words := []string{"npm", "config", "set", "--location=user", npmKey + ":_authToken=" + token}
	place := func(i int) string { return "npm.example.com/" + strings.Repeat("x", i+1) + "/" }
	for i, password := range odd {
		words = append(words, "//"+place(i)+":username=jane", "//"+place(i)+":_password="+b64(password))
	}
	tool(t, m, "", words...)
	if got := read(t, m, npmjs); !slices.Equal(got, []string{"=" + token}) {
		t.Errorf("%q", got)
	}
	for i, password := range odd {
		got := read(t, m, upstream.Target{Format: "NPM", URI: "https://" + place(i)})
		if len(got) != len(odd) || got[0] != "jane="+password {
			t.Errorf("%q, want %q first", got, password)
		}
	}
}

func TestRealDocker(t *testing.T) {
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer registry.Close()
	host := strings.TrimPrefix(registry.URL, "http://")
	for _, password := range odd {
		m := home(t, nil)
		tool(t, m, password, "docker", "login", "--username", "jane", "--password-stdin", host)
		want := "jane=" + strings.TrimSpace(password) // as Docker takes it
		if got := read(t, m, upstream.Target{Format: "DOCKER", URI: registry.URL}); !slices.Equal(got, []string{want}) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRealPip(t *testing.T) {
	m := home(t, nil)
	tool(t, m, "", "python3", "-m", "pip", "config", "--user", "set", "global.extra-index-url",
		"https://other.example.com/simple/ https://jane:p%40ss%2Fw@pypi.example.com/simple/\nhttps://x:y@pypi.example.com/other/")
	if got := read(t, m, pypi); !slices.Equal(got, []string{"jane=p@ss/w", "x=y"}) {
		t.Errorf("%q", got)
	}
}

// Python's own readers are the judges of what its files hold.
func TestRealPython(t *testing.T) {
	file := "# c\nmachine pypi.example.com login \"j d\" password a\\\"b#c\nmachine other.example.com\n\tpassword x\n\tlogin y\n\nmacdef m\nmachine z password z\n\n"
	m := home(t, map[string]string{".netrc": file})
	out := tool(t, m, "", "python3", "-c", "import netrc,sys; a=netrc.netrc().authenticators('pypi.example.com'); sys.stdout.write(a[0]+'='+a[2])")
	if got := read(t, m, pypi); !slices.Equal(got, []string{out}) {
		t.Errorf("%q, Python says %q", got, out)
	}
	keyring := `
import base64, configparser
escape = lambda s: "".join(c if c.isalnum() and c.isascii() else "".join("_%02X" % b for b in c.encode()) for c in s)
c = configparser.RawConfigParser()
c.add_section(escape("https://pypi.example.com/simple/"))
c.set(escape("https://pypi.example.com/simple/"), escape("jane@x"), "\n" + base64.encodebytes(("p\u00e4ss" * 30).encode()).decode())
c.write(open("keyring_pass.cfg", "w"))`
	tool(t, m, "", "python3", "-c", keyring)
	if err := os.MkdirAll(m.home(".local", "share", "python_keyring"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(m.home("keyring_pass.cfg"), m.home(".local", "share", "python_keyring", "keyring_pass.cfg")), os.Remove(m.home(".netrc"))); err != nil {
		t.Fatal(err)
	}
	if got := read(t, m, pypi); !slices.Equal(got, []string{"jane@x=" + strings.Repeat("päss", 30)}) {
		t.Errorf("%q", got)
	}
}

func TestRealMaven(t *testing.T) {
	if testing.Short() {
		t.Skip("Maven takes seconds to start")
	}
	m := home(t, nil)
	out := tool(t, m, "", "mvn", "-B", "-Duser.home="+m.Home, "--encrypt-master-password", "master")
	i := strings.IndexByte(out, '{')
	if i < 0 {
		t.Skip("this Maven encrypts nothing:", out)
	}
	encrypted := strings.TrimSpace(out[i : i+strings.IndexByte(out[i:], '}')+1])
	if !mavenEncrypted([]byte(encrypted)) {
		t.Errorf("%q isn't known to be encrypted", encrypted)
	}
	for _, plain := range []string{"", "{}", "{x}", "token", `\{` + encrypted[1:], "}{"} {
		if mavenEncrypted([]byte(plain)) {
			t.Errorf("%q isn't encrypted", plain)
		}
	}
}

// Every reader takes anything, and each login's secret is overwritten once it
// has been looked at.
func FuzzReaders(f *testing.F) {
	readers := []reader{readDocker, readNpm, readPip, readKeyring, readEncryptedKeyring, readNetrc, readMaven}
	targets := []upstream.Target{ghcr, npm, pypi, pypi, pypi, apt, maven}
	for _, seed := range []string{
		`{"auths":{"ghcr.io":{"auth":"YTpi"}},"credsStore":"x","credHelpers":{"a":"b"}}`, "//npm.example.com/:_authToken=\"a\\u0041\"\n//h/:_auth=YTpi\n//h/:username=${A}\n//h/:_password=Yg==",
		"[global]\nindex-url = https://a:b%20@pypi.example.com/\n  https://c:@d\n", "[a_2Eb]\nc = \n\tYQ==\n", "machine a login \"b\\n\" password c\\d\ndefault login x\nmacdef m\nx\n\n",
		"<settings><servers><server><id>central</id><password>{a}b&amp;</password></server></servers><mirror><id>central</id><url>u</url></mirror></settings>", `<?xml encoding="latin1"?><server>` + "\xe4",
	} {
		for i := range readers {
			f.Add(uint8(i), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		i := int(which) % len(readers)
		s := newSearch(Machine{Getenv: func(string) string { return "" }}, targets[i])
		given := bytes.Clone(b)
		var first, second []string
		_ = readers[i](b, s, func(l login) {
			first = append(first, l.address+"\x00"+l.username+"\x00"+string(l.secret)+"\x00"+l.helper)
		})
		if !bytes.Equal(given, b) {
			t.Fatal("what is read was changed")
		}
		// What becomes of one login's secret doesn't touch the next.
		_ = readers[i](b, s, func(l login) {
			second = append(second, l.address+"\x00"+l.username+"\x00"+string(l.secret)+"\x00"+l.helper)
			clear(l.secret)
		})
		if !slices.Equal(first, second) {
			t.Errorf("%q and then %q", first, second)
		}
	})
}

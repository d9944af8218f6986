package origin_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/gcp/emulator/origin"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// start serves the embedded upstreams for one test.
func start(t *testing.T) *upstreams.Set {
	t.Helper()
	set, err := upstreams.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return set
}

// kind is what kind of error err is, 0 for none.
func kind(t *testing.T, err error) origin.Kind {
	t.Helper()
	if err == nil {
		return 0
	}
	var e *origin.Error
	if !errors.As(err, &e) {
		t.Fatalf("not an *origin.Error: %v", err)
	}
	return e.Kind
}

func TestValidateEmbedded(t *testing.T) {
	set := start(t)
	for _, r := range set.All() {
		t.Run(r.Name, func(t *testing.T) {
			public := r.Username == "" || r.Name == "pypi"
			tolerant := public || r.Name == "ghcr" // its token service accepts anything
			u := origin.Upstream{Format: r.Format, URI: r.URI}
			var c origin.Client
			right := &origin.Credential{Username: r.Username, Password: []byte(r.Token)}
			if err := c.Validate(t.Context(), u, right); err != nil {
				t.Errorf("right credential: %v", err)
			}
			if err := c.Validate(t.Context(), u, nil); err != nil {
				t.Errorf("no credential: %v", err)
			}
			for what, wrong := range map[string]*origin.Credential{
				"password": {Username: r.Username, Password: []byte("wrong-password-0000")},
				"user":     {Username: "somebody", Password: []byte(r.Token)},
			} {
				if what == "user" && r.Format == upstreams.NPM {
					continue // a token alone says who one is
				}
				err := c.Validate(t.Context(), u, wrong)
				if got := kind(t, err); tolerant && got != 0 || !tolerant && got != origin.Unauthorized {
					t.Errorf("wrong %s: got %v", what, err)
				}
			}
		})
	}
}

func TestValidateFollowsFaults(t *testing.T) {
	set := start(t)
	r, _ := set.Lookup("docker-hub")
	u := origin.Upstream{Format: r.Format, URI: r.URI}
	cred := &origin.Credential{Username: r.Username, Password: []byte(r.Token)}
	for _, c := range []struct {
		fault upstreams.Fault
		want  origin.Kind
	}{
		{upstreams.Wrong, origin.Unauthorized},
		{upstreams.Limited, origin.Limited},
		{upstreams.Down, origin.Unreachable},
		{upstreams.Slow, origin.Unreachable},
		{upstreams.None, 0},
	} {
		if err := set.SetFault(r.Name, c.fault); err != nil {
			t.Fatal(err)
		}
		client := origin.Client{}
		if c.fault == upstreams.Slow {
			client.Patience = 50 * time.Millisecond
		}
		err := client.Validate(t.Context(), u, cred)
		if got := kind(t, err); got != c.want {
			t.Errorf("%s: got %v, want %v", c.fault, err, c.want)
		}
	}
	if err := set.SetToken(r.Name, "dckr_pat_changed"); err != nil {
		t.Fatal(err)
	}
	if err := new(origin.Client).Validate(t.Context(), u, cred); kind(t, err) != origin.Unauthorized {
		t.Errorf("after the password changed: %v", err)
	}
}

// serve is a server for one test.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestValidateOddServers(t *testing.T) {
	page := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<html>welcome</html>"))
	})
	challenging := func(challenge string, status int) *httptest.Server {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if challenge != "" {
				w.Header().Set("WWW-Authenticate", challenge)
			}
			w.WriteHeader(status)
		})
	}
	encrypted := httptest.NewUnstartedServer(http.NotFoundHandler())
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake fails on purpose
	encrypted.StartTLS()
	t.Cleanup(encrypted.Close)
	gone := serve(t, nil)
	gone.Close()
	loop := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) })
	for _, c := range []struct {
		name, format, uri string
		want              origin.Kind
	}{
		{"web page", origin.Docker, page.URL, origin.NotARegistry},
		{"web page as npm", origin.NPM, page.URL, origin.NotARegistry},
		{"no challenge", origin.Docker, challenging("", 401).URL, origin.Unauthorized},
		{"realm that is no address", origin.Docker, challenging(`Bearer realm="::"`, 401).URL, origin.NotARegistry},
		{"realm of another host in clear", origin.Docker, challenging(`Bearer realm="http://192.0.2.1/token"`, 401).URL, origin.NotARegistry},
		{"missing", origin.Docker, challenging("", 404).URL, origin.NotFound},
		{"missing index", origin.Python, challenging("", 404).URL, origin.NotFound},
		{"unlisted folder", origin.Maven, challenging("", 404).URL, 0},
		{"forbidden to everybody", origin.Maven, challenging("", 403).URL, 0},
		{"limited", origin.Maven, challenging("", 429).URL, origin.Limited},
		{"broken", origin.Docker, challenging("", 503).URL, origin.Server},
		{"unknown authority", origin.Docker, encrypted.URL, origin.TLS},
		{"no https", origin.Docker, strings.Replace(page.URL, "http:", "https:", 1), origin.TLS},
		{"stopped", origin.Docker, gone.URL, origin.Unreachable},
		{"redirects for ever", origin.Maven, loop.URL, origin.Unreachable},
		{"no address", origin.Docker, "ghcr.io", origin.NotARegistry},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := new(origin.Client).Validate(t.Context(), origin.Upstream{Format: c.format, URI: c.uri},
				&origin.Credential{Username: "demo", Password: []byte("a-password")})
			if got := kind(t, err); got != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestCredentialStaysWithItsHost(t *testing.T) {
	var leaked []string
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" {
			leaked = append(leaked, r.URL.Path)
		}
	})
	home := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			t.Errorf("%s without the credential", r.URL.Path)
		}
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	cred := &origin.Credential{Username: "demo", Password: []byte("a-password")}
	for _, format := range []string{origin.Maven, origin.Python} {
		if err := new(origin.Client).Validate(t.Context(), origin.Upstream{Format: format, URI: home.URL}, cred); err != nil {
			t.Error(err)
		}
	}
	if len(leaked) > 0 {
		t.Errorf("credential sent on to another host for %v", leaked)
	}
}

func TestEchoedCredentialIsNotRepeated(t *testing.T) {
	echo := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		http.Error(w, "\x1b[31mno "+user+":"+password+" in "+r.Header.Get("Authorization"), http.StatusUnauthorized)
	})
	err := new(origin.Client).Validate(t.Context(), origin.Upstream{Format: origin.Maven, URI: echo.URL},
		&origin.Credential{Username: "demo", Password: []byte("canary-password")})
	if err == nil {
		t.Fatal("accepted")
	}
	text := err.Error()
	for _, bad := range []string{"canary", "ZGVtbzpjYW5hcnktcGFzc3dvcmQ", "\x1b"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q contains %q", text, bad)
		}
	}
	if !strings.Contains(text, `\x1b[31mno demo:[secret]`) {
		t.Errorf("the upstream's own words are lost: %q", text)
	}
}

func TestNPMWithoutWhoami(t *testing.T) {
	for _, c := range []struct {
		name   string
		whoami string // what it answers there; empty: 404
		want   origin.Kind
	}{
		{"no such page", "", 0},
		{"knows the user", `{"username":"demo"}`, 0},
		{"knows nobody", `{}`, origin.Unauthorized},
	} {
		for _, password := range []string{"right", "wrong"} {
			t.Run(c.name+", "+password, func(t *testing.T) {
				registry := serve(t, func(w http.ResponseWriter, r *http.Request) {
					_, given, _ := r.BasicAuth()
					switch {
					case given != "right":
						w.WriteHeader(http.StatusUnauthorized)
					case r.URL.Path != "/-/whoami": // its front page
					case c.whoami == "":
						w.WriteHeader(http.StatusNotFound)
					default:
						_, _ = w.Write([]byte(c.whoami))
					}
				})
				want := c.want
				if password == "wrong" {
					want = origin.Unauthorized
				}
				err := new(origin.Client).Validate(t.Context(), origin.Upstream{Format: origin.NPM, URI: registry.URL},
					&origin.Credential{Username: "demo", Password: []byte(password)})
				if got := kind(t, err); got != want {
					t.Errorf("got %v, want %v", err, want)
				}
			})
		}
	}
}

func TestCredentialIsNotPrinted(t *testing.T) {
	cred := origin.Credential{Username: "demo", Password: []byte("canary")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, given := range []any{cred, &cred} {
			if got := fmt.Sprintf(verb, given); got != "[credential]" {
				t.Errorf("%s of %T: %s", verb, given, got)
			}
		}
	}
}

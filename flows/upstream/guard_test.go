package upstream

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

func TestMayReceive(t *testing.T) {
	for _, tt := range []struct {
		name    string
		on      Target
		standIn bool
		allowed []string
		to      string
		want    string // part of the error; empty for none
	}{
		{name: "itself", on: plain, to: "https://images.example.com/v2/"},
		{name: "its own realm on another port", on: plain, to: "https://images.example.com:5050/token"},
		{name: "its own realm in capitals", on: plain, to: "https://IMAGES.example.com/token"},
		{name: "its own realm in the clear", on: plain, to: "http://images.example.com/token", want: "plain http"},
		{name: "another protocol", on: plain, to: "ftp://images.example.com/token", want: "plain http"},
		{name: "a brother", on: plain, to: "https://auth.example.com/token", want: "auth.example.com"},
		{name: "a child", on: plain, to: "https://auth.images.example.com/token", want: "auth.images.example.com"},
		{name: "a name that only begins alike", on: plain, to: "https://images.example.com.evil.test/token", want: "evil.test"},
		{name: "loopback, which is another host", on: plain, to: "http://127.0.0.1/token", want: "127.0.0.1"},
		{name: "the metadata server", on: plain, to: "http://169.254.169.254/token", want: "plain http"},
		{name: "allowed", on: plain, allowed: []string{"auth.example.com"}, to: "https://auth.example.com:444/token"},
		{name: "allowed with its port", on: plain, allowed: []string{"auth.example.com:444"}, to: "https://auth.example.com:444/token"},
		{name: "allowed on another port", on: plain, allowed: []string{"auth.example.com:444"}, to: "https://auth.example.com/token", want: "auth.example.com"},
		{name: "a name that only begins as an allowed one", on: plain, allowed: []string{"auth.example.com"}, to: "https://auth.example.com.evil.test/token", want: "evil.test"},
		{name: "a longer word than an allowed one", on: plain, allowed: []string{"auth.example"}, to: "https://auth.example.evil.test/token", want: "evil.test"},
		{name: "a name that only ends as an allowed one", on: plain, allowed: []string{"auth.example.com"}, to: "https://evil-auth.example.com/token", want: "evil-auth"},
		{name: "a child of an allowed one", on: plain, allowed: []string{"auth.example.com"}, to: "https://evil.auth.example.com/token", want: "evil.auth"},
		{name: "allowed with a port that only begins alike", on: plain, allowed: []string{"auth.example.com:44"}, to: "https://auth.example.com:444/token", want: "auth.example.com:444"},
		{name: "allowed but in the clear", on: plain, allowed: []string{"auth.example.com"}, to: "http://auth.example.com/token", want: "plain http"},
		{name: "companion", on: hub, to: "https://auth.docker.io/token"},
		{name: "companion in the clear", on: hub, to: "http://auth.docker.io/token", want: "plain http"},
		{name: "another's companion", on: ghcr, to: "https://auth.docker.io/token", want: "auth.docker.io"},
		{name: "companion of what is stood in for", on: hub, standIn: true, to: "https://auth.docker.io/token", want: "auth.docker.io"},
		{name: "loopback in the clear", on: Target{Format: "DOCKER", URI: "http://localhost:5000"}, to: "http://localhost:5001/token"},
		{name: "loopback, version 6", on: Target{Format: "DOCKER", URI: "http://[::1]:5000"}, to: "http://[::1]:5001/token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base, err := tt.on.url()
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(tt.to)
			if err != nil {
				t.Fatal(err)
			}
			v := &visit{kind: Recognise(tt.on), base: base, standIn: tt.standIn, allowed: tt.allowed}
			err = v.mayReceive(u)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// Plain http is not even asked.
func TestPlainHTTP(t *testing.T) {
	for _, format := range everyFormat {
		net := &internet{t: t}
		o := net.tester().Try(context.Background(), Target{Format: format, URI: "http://images.example.com"}, goodUser, good(), "")
		wants(t, o, Unproven, "plain http")
		if net.requests() != 0 {
			t.Errorf("%s: requests %q", format, net.seen)
		}
	}
}

// A redirect is told of and not followed, wherever it leads; for ever, if need be.
func TestRedirects(t *testing.T) {
	for _, format := range everyFormat {
		for _, to := range []string{"https://evil.test/", "/again", "//evil.test", "https://images.example.com/v2/", "\x7f:"} {
			net := &internet{t: t, hosts: map[string]http.HandlerFunc{"images.example.com": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusTemporaryRedirect)
			}}}
			o := net.tester().Try(context.Background(), Target{Format: format, URI: "https://images.example.com"}, goodUser, good(), "")
			wants(t, o, Unproven, "never sends a token after a redirect")
			if net.sentTo("evil.test") || net.requests() > 8 {
				t.Errorf("%s to %s: requests %q", format, to, net.seen)
			}
		}
	}
}

// An upstream that echoes what it was sent, in any place and writing, does not
// get it into what is said.
func TestEchoes(t *testing.T) {
	for _, secret := range []string{goodToken, "short1", `with "quotes" & <signs> \ % + ü`} {
		pair := []byte(goodUser + ":" + secret)
		writings := map[string]string{
			"as it is":      secret,
			"in capitals":   strings.ToUpper(secret),
			"first part":    secret[:len(secret)*3/4],
			"base64":        base64.StdEncoding.EncodeToString([]byte(secret)),
			"base64 pair":   base64.StdEncoding.EncodeToString(pair),
			"base64 inside": base64.RawURLEncoding.EncodeToString([]byte("xy" + secret + "z")),
			"hexadecimal":   hex.EncodeToString([]byte(secret)),
			"escaped":       url.QueryEscape(secret),
			"path":          url.PathEscape(secret),
		}
		for name, written := range writings {
			if len(secret) < 8 && name == "first part" {
				continue // too little to be told from any other word
			}
			t.Run(name, func(t *testing.T) {
				v := visiting(Recognise(plain), basic(goodUser, token.New([]byte(secret))))
				if got := v.quote("you sent " + written + ", which is wrong"); got != "" {
					t.Errorf("says %q", got)
				}
				body := fmt.Sprintf(`{"errors":[{"code":"DENIED","message":%q}]}`, written)
				if got := v.words(&answer{header: http.Header{}, body: []byte(body)}); got != "" {
					t.Errorf("says %q", got)
				}
			})
		}
	}
}

// TestEchoEverywhere has an upstream repeat the Authorization header and what is
// in it in every place that is read.
func TestEchoEverywhere(t *testing.T) {
	for _, format := range everyFormat {
		for _, status := range []int{200, 302, 400, 401, 403, 404, 418, 429, 500} {
			net := &internet{t: t, hosts: map[string]http.HandlerFunc{"images.example.com": func(w http.ResponseWriter, r *http.Request) {
				sent := r.Header.Get("Authorization")
				if sent == "" {
					ask(w, `Bearer realm="https://images.example.com/token",service="x"`)
					return
				}
				_, pass, _ := r.BasicAuth()
				echo := sent + " " + pass
				w.Header().Set("Location", "https://"+pass+".example.com/"+pass)
				w.Header().Set("WWW-Authenticate", `Bearer realm="https://`+pass+`.test/"`)
				w.Header().Set("Ratelimit-Limit", "10")
				w.Header().Set("Ratelimit-Remaining", "1")
				w.Header().Set("Docker-Ratelimit-Source", pass)
				say(w, status, fmt.Sprintf(`{"token":%q,"username":%q,"message":%q,"error":%q,"details":%q,"errors":[{"code":%q,"message":%q}]}`, echo, echo, echo, echo, echo, echo, echo))
			}}}
			o := net.tester().Try(context.Background(), Target{Format: format, URI: "https://images.example.com"}, goodUser, good(), "")
			all := strings.ToLower(fmt.Sprintf("%+v %+v", o, o.Limit))
			for _, leak := range []string{goodToken, base64.StdEncoding.EncodeToString([]byte(goodUser + ":" + goodToken))} {
				if strings.Contains(all, strings.ToLower(leak)) {
					t.Errorf("%s %d: %s", format, status, all)
				}
			}
		}
	}
}

// Hostile text is shown, harmless.
func TestHostileWords(t *testing.T) {
	net := dockerHub(t)
	net.hosts["auth.docker.io"] = func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusUnauthorized, `{"details":"\u001b]52;c;aGk=\u0007bad\r\n\u202e`+strings.Repeat("x", 500)+`"}`)
	}
	o := net.tester().Try(context.Background(), hub, goodUser, good(), "")
	wants(t, o, Rejected, `\x1b]52;c;aGk=\x07bad`)
	if strings.ContainsAny(o.Says.In(text.English), "\x1b\x07\r\n\u202e") || len(o.Says.In(text.English)) > maxWords+100 {
		t.Errorf("says %q", o.Says.In(text.English))
	}
}

// endless is a body that never ends.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	e.read += len(b)
	return copy(b, bytes.Repeat([]byte{'x'}, len(b))), nil
}
func (*endless) Close() error { return nil }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Of a body without end a little is read, and no more.
func TestEndlessBody(t *testing.T) {
	for _, format := range everyFormat {
		var bodies []*endless
		net := roundTrip(func(*http.Request) (*http.Response, error) {
			b := &endless{}
			bodies = append(bodies, b)
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: b}, nil
		})
		v := &visit{kind: Recognise(Target{Format: format}), base: &url.URL{Scheme: "https", Host: "x.test", Path: "/"}, transport: net}
		if _, err := v.ask(context.Background(), http.MethodGet, v.base, auth{}); err != nil {
			t.Fatal(err)
		}
		if bodies[0].read > 2*maxBody {
			t.Errorf("%d bytes were read", bodies[0].read)
		}
	}
}

// everyFormat is every one that has upstreams with credentials, and Go's.
var everyFormat = []string{"DOCKER", "NPM", "PYTHON", "MAVEN", "APT", "YUM", "GO"}

// targets are an upstream of each kind of trial.
var targets = func() []Target {
	all := []Target{hub, ghcr, npmjs, pypi, plain}
	for _, format := range everyFormat {
		all = append(all, Target{Format: format, URI: "https://x.test"})
	}
	return all
}()

// A server that accepts and never answers, or that sends a byte a second, is
// given up after the deadline. Time is synctest's.
func TestDeadline(t *testing.T) {
	silent := roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	trickle := roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(readerFunc(func(b []byte) (int, error) {
			select {
			case <-r.Context().Done():
				return 0, r.Context().Err()
			case <-time.After(time.Second):
				b[0] = 'x'
				return 1, nil
			}
		}))}, nil
	})
	for _, transport := range []http.RoundTripper{silent, trickle} {
		for _, target := range targets {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				o := (&Tester{Transport: transport}).Try(t.Context(), target, goodUser, good(), "")
				wants(t, o, Unreachable, "didn't answer in time")
				if took := time.Since(began); took != Deadline {
					t.Errorf("%s took %s", target, took)
				}
			})
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// A trial whose answer nobody waits for any more ends at once, with all its
// requests.
func TestCancel(t *testing.T) {
	for _, target := range targets {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			began := time.Now()
			silent := roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			done := make(chan Outcome)
			go func() { done <- (&Tester{Transport: silent}).Try(ctx, target, goodUser, good(), "") }()
			synctest.Wait() // all that can be asked at once is asked
			cancel()
			o := <-done
			wants(t, o, Unproven, "check was stopped")
			if took := time.Since(began); took != 0 {
				t.Errorf("took %s", took)
			}
		})
	}
}

// A real connection is closed, and no goroutine stays.
func TestCancelClosesConnections(t *testing.T) {
	arrived := make(chan struct{}, 8)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan Outcome)
	go func() {
		done <- new(Tester).Try(ctx, Target{Format: "DOCKER", URI: server.URL}, goodUser, good(), "")
	}()
	<-arrived
	cancel()
	wants(t, <-done, Unproven, "check was stopped")
	server.Close() // waits for its requests to end, which they do when the client hangs up
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func TestUnknownHostIsUnreachable(t *testing.T) {
	net := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("malformed HTTP status code " + goodToken)
	})
	o := (&Tester{Transport: net}).Try(context.Background(), plain, goodUser, good(), "")
	wants(t, o, Unreachable, "can't be reached from here")
}

// The person may go on, and the field be wiped, while a trial is under way.
func TestWipedMeanwhile(t *testing.T) {
	net, secret := dockerHub(t), good()
	registry := net.hosts["registry-1.docker.io"]
	net.hosts["registry-1.docker.io"] = func(w http.ResponseWriter, r *http.Request) {
		secret.Wipe()
		registry(w, r)
	}
	wants(t, net.tester().Try(context.Background(), hub, goodUser, secret, ""), Accepted, "")
	if !secret.Empty() {
		t.Error("the caller's own token is not wiped")
	}
}

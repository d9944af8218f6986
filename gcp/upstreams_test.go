package gcp

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/gcp/emulator"
)

func TestUpstreamsOfTheEmulatorStandIn(t *testing.T) {
	c := clientOf(t, startEmulator(t, emulator.Options{}), Options{})
	for uri, path := range map[string]string{
		"https://registry-1.docker.io":         "",
		"https://REGISTRY-1.docker.io:443/":    "/",
		"https://" + npmHost:                   "",
		"https://repo.maven.apache.org/maven2": "/maven2",
		"https://python.example.com/simple/":   "/simple/",
		"https://python.example.com":           "",
		"https://maven.example.com/releases":   "/releases",
	} {
		in, err := c.Upstream(t.Context(), uri)
		if err != nil || !strings.HasPrefix(in, "http://127.0.0.1:") || strings.TrimLeft(strings.TrimPrefix(in, "http://127.0.0.1:"), "0123456789") != path {
			t.Errorf("%s is at %q, %v", uri, in, err)
		}
	}
	for _, uri := range []string{"https://registry.example.org", "http://127.0.0.1:5000/x", "://", "projects/p/locations/l/repositories/r"} {
		if in, err := c.Upstream(t.Context(), uri); err != nil || in != uri {
			t.Errorf("%s is at %q, %v", uri, in, err)
		}
	}
}

func TestUpstreamsOfGoogleAreTheirOwn(t *testing.T) {
	c := must(New(t.Context(), Options{}))(t)
	if in, err := c.Upstream(t.Context(), "https://ghcr.io"); err != nil || in != "https://ghcr.io" {
		t.Errorf("got %q, %v", in, err)
	}
}

func TestTheListOfUpstreamsIsReadOnce(t *testing.T) {
	asked, body := 0, "not JSON"
	f := newFake(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/emulator/v1/upstreams" {
			http.NotFound(w, r)
			return
		}
		asked++
		_, _ = io.WriteString(w, body)
	}), nil)
	c := f.client(t, Options{})
	if _, err := c.Upstream(t.Context(), "https://a.example.com"); err == nil {
		t.Error("no error for a list that is none")
	}
	asked, body = 0, `{"upstreams":[{"name":"a","standsFor":["https://a.example.com"],"uri":"http://127.0.0.1:7/base"}]}`
	for range 3 {
		if in, err := c.Upstream(t.Context(), "https://a.example.com/base"); err != nil || in != "https://a.example.com/base" {
			t.Errorf("another path is at %q, %v", in, err)
		}
	}
	if in, err := c.Upstream(t.Context(), "https://a.example.com"); err != nil || in != "http://127.0.0.1:7" || asked != 1 {
		t.Errorf("got %q, %v after %d requests", in, err, asked)
	}
	old := newFake(t, nil, nil).client(t, Options{})
	if _, err := old.Upstream(t.Context(), "https://a.example.com"); cloud.KindOf(err) != cloud.NotFound {
		t.Errorf("an emulator without the list: %v", err)
	}
}

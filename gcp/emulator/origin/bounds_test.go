package origin_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/upstreamauth/gcp/emulator/origin"
)

// TestAnswersAreBounded pulls from an upstream that sends more than is held.
func TestAnswersAreBounded(t *testing.T) {
	for _, c := range []struct {
		name, format, path string
		answer             http.HandlerFunc
		want               string
	}{
		{"headers", origin.Maven, "a", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}, "unreachable"},
		{"a manifest", origin.Docker, "a/manifests/b", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 5<<20)) // the client's loss if it is gone
		}, "server error"},
		{"a manifest that may be", origin.Docker, "a/manifests/b", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"schemaVersion":2}`))
		}, `{"schemaVersion":2}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			there := serve(t, c.answer)
			here := repository(t, new(origin.Client), origin.Upstream{Format: c.format, URI: there.URL}, nil)
			if _, _, body := fetch(t, http.MethodGet, here.URL+"/p/r/"+c.path); strings.TrimSpace(body) != c.want {
				t.Errorf("got %.100s, want %s", body, c.want)
			}
		})
	}
}

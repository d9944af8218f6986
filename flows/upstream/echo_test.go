package upstream

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/upstream/upstreamtest"
)

// A token that a realm issued opens the registry for a while: like the
// credential, it isn't quoted where the registry repeats it.
func TestIssuedTokensAreNotQuoted(t *testing.T) {
	const issued = "eyJhbGciOi.issued-by-the-realm.Zx81Kq"
	for name, written := range map[string]string{
		"as it is": "Bearer " + issued, "base64": base64.StdEncoding.EncodeToString([]byte("t=" + issued)), "bytes": fmt.Sprint([]byte(issued)),
	} {
		for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusTeapot} {
			n := upstreamtest.New(t)
			n.Serve("harbor.example.com", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/service/token" && knows(r):
					upstreamtest.JSON(w, http.StatusOK, `{"token":"`+issued+`"}`)
				case r.URL.Path == "/service/token":
					upstreamtest.JSON(w, http.StatusUnauthorized, `{}`)
				case r.Header.Get("Authorization") != "":
					w.Header().Set("Ratelimit-Limit", "10")
					w.Header().Set("Ratelimit-Remaining", "1")
					w.Header().Set("Docker-Ratelimit-Source", written)
					upstreamtest.JSON(w, status, fmt.Sprintf(`{"errors":[{"code":"NO","message":%q}]}`, "you sent "+written))
				default:
					ask(w, `Bearer realm="https://harbor.example.com/service/token",service="harbor-registry"`)
				}
			}))
			transport := n.Transport()
			o := (&Tester{Transport: transport}).Try(t.Context(), Target{Format: "DOCKER", URI: "https://harbor.example.com"}, goodUser, good(), "team/app")
			transport.CloseIdleConnections()
			if text := fmt.Sprintf("%+v %+v", o, o.Finding()); strings.Contains(text, written) || strings.Contains(text, "you sent") {
				t.Errorf("%s, %d: %s", name, status, text)
			}
			if o.Limit != nil && o.Limit.Source != "" {
				t.Errorf("%s, %d: source %q", name, status, o.Limit.Source)
			}
		}
	}
}

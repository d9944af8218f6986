package upstreams

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// tokenLife is how long a Bearer token is valid: that of Docker Hub.
const tokenLife = 300 * time.Second

// grant is what a Bearer token says.
type grant struct {
	Who          caller
	Repositories []string // which may be pulled
	Until        time.Time
}

// key signs the Bearer tokens of one registry.
type key []byte

func newKey() key {
	k := make(key, sha256.Size)
	_, _ = rand.Read(k) // never fails
	return k
}

func (k key) sign(payload string) string {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(payload))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (k key) seal(g grant) string {
	payload := base64.RawURLEncoding.EncodeToString(encoded(g))
	return payload + "." + k.sign(payload)
}

// open returns what a token of this registry says, and false for any other.
func (k key) open(token string) (g grant, ok bool) {
	payload, signature, _ := strings.Cut(token, ".")
	if !hmac.Equal([]byte(signature), []byte(k.sign(payload))) {
		return grant{}, false
	}
	b, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(b, &g) != nil {
		return grant{}, false
	}
	return g, time.Now().Before(g.Until)
}

// issue answers a request for a token.
func issue(w http.ResponseWriter, k key, g grant) {
	now := time.Now()
	g.Until = now.Add(tokenLife)
	token := k.seal(g)
	answer(w, http.StatusOK, map[string]any{
		"token": token, "access_token": token,
		"expires_in": int(tokenLife.Seconds()), "issued_at": now.UTC().Format(time.RFC3339),
	})
}

// pullable returns the repositories of the scopes asked for that may be
// pulled.
func pullable(req *http.Request, may func(name string) bool) []string {
	var names []string
	for _, scope := range req.URL.Query()["scope"] {
		for one := range strings.FieldsSeq(scope) {
			parts := strings.Split(one, ":")
			if len(parts) == 3 && parts[0] == "repository" && may(parts[1]) {
				names = append(names, parts[1])
			}
		}
	}
	return names
}

func bearer(req *http.Request) string {
	token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	return token
}

// challenge asks for a token; insufficient says that the one given does not
// reach that far.
func challenge(w http.ResponseWriter, req *http.Request, service, name string, insufficient bool) {
	text := fmt.Sprintf(`Bearer realm="http://%s/token",service="%s"`, req.Host, service)
	if name != "" {
		text += fmt.Sprintf(`,scope="repository:%s:pull"`, name)
	}
	if insufficient {
		text += `,error="insufficient_scope"`
	}
	w.Header().Set("WWW-Authenticate", text)
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	refuseDocker(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
}

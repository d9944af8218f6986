package upstreamtest

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// Login reports whether an upstream knows a user name and token. A request with
// a bearer token has no user name.
type Login func(username, token string) bool

// Only knows one pair.
func Only(username, token string) Login {
	return func(u, s string) bool { return (u == username || u == "") && s == token }
}

// Nobody refuses every credential.
func Nobody(string, string) bool { return false }

// DockerRealm plays a container registry with a token realm of its own,
// https://distribution.github.io/distribution/spec/auth/token/. realm is the
// realm's address, as in "https://auth.docker.io/token"; play the same handler
// at its host too where that is another one.
func DockerRealm(realm, service string, login Login) http.Handler {
	const issued = "issued-by-the-realm-0123456789"
	path := realm[strings.Index(realm, "://")+3:]
	path = path[strings.IndexByte(path, '/'):]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		user, password, given := r.BasicAuth()
		switch {
		case r.URL.Path == path && given && login(user, password):
			JSON(w, http.StatusOK, `{"token":"`+issued+`","expires_in":300}`)
		case r.URL.Path == path:
			JSON(w, http.StatusUnauthorized, `{"details":"incorrect username or password"}`)
		case r.Header.Get("Authorization") == "Bearer "+issued:
			dockerContent(w, r)
		default:
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service=%q`, realm, service))
			JSON(w, http.StatusUnauthorized, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
		}
	})
}

// DockerBasic plays a container registry behind basic authentication, as Amazon
// ECR and Nexus have it.
func DockerBasic(login Login) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		if user, password, given := r.BasicAuth(); given && login(user, password) {
			dockerContent(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		JSON(w, http.StatusUnauthorized, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
	})
}

func dockerContent(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/v2/") {
		JSON(w, http.StatusOK, `{}`)
		return
	}
	JSON(w, http.StatusOK, `{"name":"team/app","tags":["1.0"]}`)
}

// BearerOf is whose every bearer token is that an npm registry here takes.
const BearerOf = "jane"

// NPM plays a private npm registry that asks for credentials by the schemes
// given ("Basic", "Bearer", both, or none, which answers 401 without a
// challenge) and takes Basic, Bearer, or both.
func NPM(login Login, takesBasic, takesBearer bool, offers ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, basic := r.BasicAuth()
		bearer, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		known := basic && takesBasic && login(user, password) || isBearer && takesBearer && login("", bearer)
		switch {
		case !known:
			for _, scheme := range offers {
				w.Header().Add("WWW-Authenticate", scheme+` realm="npm"`)
			}
			JSON(w, http.StatusUnauthorized, `{"error":"authorization required"}`)
		case r.URL.Path == "/-/whoami":
			JSON(w, http.StatusOK, fmt.Sprintf(`{"username":%q}`, cmp.Or(user, BearerOf)))
		default:
			JSON(w, http.StatusNotFound, `{"error":"not_found"}`)
		}
	})
}

// Files plays a tree of files behind basic authentication, as Maven, Python,
// apt and yum repositories are. Whoever is let in finds what files holds, by
// its path, and 404 for all else.
func Files(login Login, files map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, given := r.BasicAuth()
		body, found := files[r.URL.Path]
		switch {
		case !given || !login(user, password):
			w.Header().Set("WWW-Authenticate", `Basic realm="files"`)
			http.Error(w, "401 Unauthorized", http.StatusUnauthorized)
		case !found:
			http.NotFound(w, r)
		default:
			_, _ = w.Write([]byte(body))
		}
	})
}

// JSON answers with a status and a body of JSON.
func JSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

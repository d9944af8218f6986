package upstreams

import (
	"crypto/sha1" //nolint:gosec // npm's older checksum, which clients still read; the other one is SHA-512
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
)

// npmjs behaves as the public npm registry: packages for anybody, scoped
// private ones hidden as not found, and no answer at all to a wrong token.
func npmjs() *registry {
	r := &registry{
		Registry: Registry{Name: "npmjs", Format: NPM, StandsFor: []string{"https://" + npmHost}, Username: DemoUser, Token: NPMToken, Fault: None},
		refuse:   tooMany,
	}
	r.handle = func(w http.ResponseWriter, req *http.Request) {
		who := r.npmCaller(req)
		switch {
		case who == stranger, who == anonymous && req.URL.Path == "/-/whoami":
			answer(w, http.StatusUnauthorized, map[string]string{"message": "Unauthorized"})
		case who == anonymous && strings.HasPrefix(req.URL.Path, "/@demo/"):
			answer(w, http.StatusNotFound, map[string]string{"error": "Not found"})
		default:
			serveNPM(w, req, r.Username)
		}
	}
	return r
}

// npmPrivate behaves as a company's npm registry: nothing without a
// credential.
func npmPrivate() *registry {
	r := &registry{
		Registry: Registry{Name: "npm-private", Format: NPM, StandsFor: []string{"https://npm.example.com"}, Username: DemoUser, Token: PrivateNPMToken, Fault: None},
		refuse:   tooMany,
	}
	r.handle = func(w http.ResponseWriter, req *http.Request) {
		if r.npmCaller(req) != member && req.URL.Path != "/-/ping" {
			w.Header().Set("WWW-Authenticate", `Basic realm="npm-private", Bearer`)
			answer(w, http.StatusUnauthorized, map[string]string{"error": "authorization required to access package"})
			return
		}
		serveNPM(w, req, r.Username)
	}
	return r
}

// npmCaller accepts the token as Bearer, or with the user name as Basic.
func (r *registry) npmCaller(req *http.Request) caller {
	if token := bearer(req); strings.HasPrefix(req.Header.Get("Authorization"), "Bearer ") {
		return r.judge(r.Username, token)
	}
	return r.basic(req)
}

// npmPackages are the tarballs, by package name.
var npmPackages = sync.OnceValue(func() map[string][]byte {
	packages := map[string][]byte{}
	for _, name := range []string{"hello-npm", "@demo/private"} {
		packages[name] = gzipped(tarball(
			file{"package/package.json", string(encoded(map[string]string{
				"name": name, "version": "1.0.0", "description": "A package of an embedded upstream", "main": "index.js", "license": "Apache-2.0",
			}))},
			file{"package/index.js", "module.exports = 'Hello from an embedded upstream.';\n"},
		))
	}
	return packages
})

// serveNPM answers the reads of the npm registry's interface
// (github.com/npm/registry, docs/REGISTRY-API.md).
func serveNPM(w http.ResponseWriter, req *http.Request, user string) {
	switch req.URL.Path {
	case "/-/whoami":
		answer(w, http.StatusOK, map[string]string{"username": user})
		return
	case "/", "/-/ping":
		answer(w, http.StatusOK, struct{}{})
		return
	}
	name, filename, isTarball := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/-/")
	content, ok := npmPackages()[name]
	switch {
	case !ok, isTarball && filename != tarballName(name):
		answer(w, http.StatusNotFound, map[string]string{"error": "Not found"})
	case isTarball:
		serveFile(w, req, content)
	default:
		answer(w, http.StatusOK, packument(name, "http://"+req.Host, content))
	}
}

func tarballName(name string) string {
	return name[strings.LastIndex(name, "/")+1:] + "-1.0.0.tgz"
}

func packument(name, base string, content []byte) map[string]any {
	sum1, sum512 := sha1.Sum(content), sha512.Sum512(content) //nolint:gosec // see above
	version := map[string]any{
		"name": name, "version": "1.0.0", "description": "A package of an embedded upstream", "main": "index.js",
		"dist": map[string]any{
			"tarball":   base + "/" + name + "/-/" + tarballName(name),
			"shasum":    hex.EncodeToString(sum1[:]),
			"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum512[:]),
		},
	}
	return map[string]any{
		"_id": name, "name": name,
		"dist-tags": map[string]string{"latest": "1.0.0"},
		"versions":  map[string]any{"1.0.0": version},
		"time":      map[string]any{"created": made, "modified": made, "1.0.0": made},
	}
}

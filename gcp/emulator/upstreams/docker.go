package upstreams

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// images says which repositories a Docker registry has, and which of them
// anybody may pull. All hold the same image, as latest.
type images struct{ public, private []string }

func (i images) has(name string) bool {
	return slices.Contains(slices.Concat(i.public, i.private), name)
}

// dockerHub behaves as Docker Hub: nothing without a token, tokens for
// anybody for public images, and a token service that rejects a wrong
// password (docs.docker.com/reference/api/registry/auth).
func dockerHub() *registry {
	r := &registry{
		Registry: Registry{Name: "docker-hub", Format: Docker, StandsFor: []string{"https://registry-1.docker.io"}, Username: DemoUser, Token: DockerHubToken, Fault: None},
		refuse: func(w http.ResponseWriter) {
			refuseDocker(w, http.StatusTooManyRequests, "TOOMANYREQUESTS",
				"You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit")
		},
	}
	held := images{
		public:  []string{"library/hello", "library/hello-world", "library/alpine", "ratelimitpreview/test"},
		private: []string{"demo/private"},
	}
	key := newKey()
	var pulls [member + 1]atomic.Int64
	r.handle = func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/token" {
			who := r.basic(req)
			if who == stranger {
				answer(w, http.StatusUnauthorized, map[string]string{"details": "incorrect username or password"})
				return
			}
			issue(w, key, grant{Who: who, Repositories: pullable(req, func(name string) bool {
				return slices.Contains(held.public, name) || who == member && strings.HasPrefix(name, DemoUser+"/")
			})})
			return
		}
		g, ok := key.open(bearer(req))
		name, _, _ := route(req.URL.Path)
		if !ok || name != "" && !slices.Contains(g.Repositories, name) {
			challenge(w, req, "registry.docker.io", name, ok)
			return
		}
		if _, kind, _ := route(req.URL.Path); kind == "manifests" && held.has(name) {
			rateLimit(w, req, g.Who, &pulls[g.Who])
		}
		serveImages(w, req, held)
	}
	return r
}

// rateLimit tells what is left of the pulls of six hours: 100 without an
// account, 200 with a personal one; a HEAD does not count
// (docs.docker.com/docker-hub/usage/pulls). Nothing is refused at the end of
// the count: the fault Limited is there for that.
func rateLimit(w http.ResponseWriter, req *http.Request, who caller, pulls *atomic.Int64) {
	limit, source := int64(100), "127.0.0.1"
	if who == member {
		limit, source = 200, DemoUser
	}
	if req.Method == http.MethodGet {
		pulls.Add(1)
	}
	w.Header().Set("ratelimit-limit", fmt.Sprintf("%d;w=21600", limit))
	w.Header().Set("ratelimit-remaining", fmt.Sprintf("%d;w=21600", max(0, limit-pulls.Load())))
	w.Header().Set("docker-ratelimit-source", source)
}

// ghcr behaves as GitHub's container registry: its token service answers 200
// to any credential, and the refusal comes with the manifest, even that of a
// public image.
func ghcr() *registry {
	r := &registry{
		Registry: Registry{Name: "ghcr", Format: Docker, StandsFor: []string{"https://ghcr.io"}, Username: DemoUser, Token: GitHubToken, Fault: None},
		refuse:   tooManyImages,
	}
	held := images{public: []string{"demo/public"}, private: []string{"demo/private"}}
	key := newKey()
	r.handle = func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/token" {
			issue(w, key, grant{Who: r.basic(req)})
			return
		}
		g, ok := key.open(bearer(req))
		name, _, _ := route(req.URL.Path)
		switch {
		case !ok:
			challenge(w, req, "ghcr.io", name, false)
		case name == "" || g.Who == member || g.Who == anonymous && slices.Contains(held.public, name):
			serveImages(w, req, held)
		case g.Who == anonymous:
			refuseDocker(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
		default:
			refuseDocker(w, http.StatusForbidden, "DENIED", "denied")
		}
	}
	return r
}

// dockerPrivate is a plain registry behind Basic authentication, as Nexus and
// the reference implementation with htpasswd are.
func dockerPrivate() *registry {
	r := &registry{
		Registry: Registry{Name: "docker-private", Format: Docker, StandsFor: []string{"https://docker.example.com"}, Username: DemoUser, Token: PrivatePassword, Fault: None},
		refuse:   tooManyImages,
	}
	held := images{private: []string{"demo/private", "demo/hello"}}
	r.handle = func(w http.ResponseWriter, req *http.Request) {
		if r.basic(req) != member {
			w.Header().Set("WWW-Authenticate", `Basic realm="Registry Realm"`)
			refuseDocker(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
			return
		}
		serveImages(w, req, held)
	}
	return r
}

func tooManyImages(w http.ResponseWriter) {
	refuseDocker(w, http.StatusTooManyRequests, "TOOMANYREQUESTS", "too many requests")
}

// route takes /v2/NAME/KIND/REFERENCE apart; all are empty for /v2/ itself.
func route(path string) (name, kind, reference string) {
	path = strings.TrimPrefix(path, "/v2/")
	for _, kind := range []string{"manifests", "blobs", "tags"} {
		if name, reference, ok := strings.Cut(path, "/"+kind+"/"); ok {
			return name, kind, reference
		}
	}
	return "", "", ""
}

// serveImages answers the reads of the distribution specification
// (github.com/opencontainers/distribution-spec, "pull" and "list tags").
func serveImages(w http.ResponseWriter, req *http.Request, held images) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	if req.URL.Path == "/v2/" || req.URL.Path == "/v2" {
		answer(w, http.StatusOK, struct{}{})
		return
	}
	name, kind, reference := route(req.URL.Path)
	img := demoImage()
	switch {
	case name == "":
		http.NotFound(w, req)
	case !held.has(name):
		refuseDocker(w, http.StatusNotFound, "NAME_UNKNOWN", "repository name not known to registry")
	case kind == "tags" && reference == "list":
		answer(w, http.StatusOK, map[string]any{"name": name, "tags": []string{"latest"}})
	case kind == "manifests" && (reference == "latest" || reference == img.digest):
		send(w, req, manifestType, img.digest, img.manifest)
	case kind == "blobs" && img.blobs[reference] != nil:
		send(w, req, "application/octet-stream", reference, img.blobs[reference])
	case kind == "blobs":
		refuseDocker(w, http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown to registry")
	default:
		refuseDocker(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
	}
}

func send(w http.ResponseWriter, req *http.Request, mediaType, digest string, b []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("ETag", `"`+digest+`"`)
	if req.Method == http.MethodGet {
		_, _ = w.Write(b)
	}
}

// refuseDocker writes an error of the distribution specification.
func refuseDocker(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]any{"errors": []any{map[string]any{"code": code, "message": message, "detail": nil}}})
}

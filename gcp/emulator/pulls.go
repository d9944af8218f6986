package emulator

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/metadata"

	"example.com/upstreamauth/gcp/emulator/origin"
)

// pulls serves what package managers ask of Artifact Registry: the artifacts
// of remote repositories. Nothing is cached, so that each pull tells how the
// upstream and the credential fare at that moment (modelled: Google serves
// what it has cached without asking the upstream).
type pulls struct{ *Server }

func newPulls(s *Server) http.Handler { return pulls{s} }

// pull is one request of a package manager.
type pull struct {
	format                        artifactregistrypb.Repository_Format
	location, project, repository string
	path                          string // below the repository
}

func (p pull) name() string {
	return "projects/" + p.project + "/locations/" + p.location + "/repositories/" + p.repository
}

// registryHost is a host name of Artifact Registry, as in
// us-central1-docker.pkg.dev.
var registryHost = regexp.MustCompile(`^([a-z0-9-]+)-(docker|npm|python|maven)\.pkg\.dev$`)

// parsePull reads Google's addresses, HOST/PROJECT/REPOSITORY/PATH, with the
// host in the Host header or else as the first element of the path. A docker
// client puts "v2" before all of that, whichever it is. A project of a domain,
// example.com:project, is written example.com/project.
func parsePull(r *http.Request) (pull, bool) {
	path, docker := strings.CutPrefix(strings.TrimPrefix(r.URL.Path, "/"), "v2/")
	host, _, _ := strings.Cut(r.Host, ":")
	if !registryHost.MatchString(host) {
		host, path, _ = strings.Cut(path, "/")
		if rest, ok := strings.CutPrefix(path, "v2/"); ok {
			path, docker = rest, true
		}
	}
	parts := registryHost.FindStringSubmatch(host)
	if parts == nil || docker != (parts[2] == "docker") {
		return pull{}, false
	}
	p := pull{location: parts[1]}
	p.format = artifactregistrypb.Repository_Format(artifactregistrypb.Repository_Format_value[strings.ToUpper(parts[2])])
	p.project, path, _ = strings.Cut(path, "/")
	if strings.Contains(p.project, ".") {
		id, rest, _ := strings.Cut(path, "/")
		p.project, path = p.project+":"+id, rest
	}
	p.repository, p.path, _ = strings.Cut(path, "/")
	return p, p.path != "" && p.repository != ""
}

// belowHost is a path without the registry's host that may be its first element.
func belowHost(path string) string {
	path = strings.TrimPrefix(path, "/")
	if host, rest, ok := strings.Cut(path, "/"); ok && registryHost.MatchString(host) {
		return rest
	}
	return path
}

// ServeHTTP answers one request of a package manager.
func (p pulls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch belowHost(r.URL.Path) {
	case "v2", "v2/":
		p.greet(w, r)
		return
	case "v2/token":
		p.issue(w, r)
		return
	}
	wanted, ok := parsePull(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(w, wanted, refusal{http.StatusMethodNotAllowed, "the emulator's repositories are read-only"})
		return
	}
	if err := p.serve(w, r, wanted); err != nil {
		told := refusalOf(err)
		if told.status == http.StatusUnauthorized {
			challenge(w, r, wanted)
		}
		refuse(w, wanted, told)
	}
}

// challenge says how to authenticate, as every 401 must (RFC 9110, 15.5.2).
// That of Docker is Google's; the others are modelled.
func challenge(w http.ResponseWriter, r *http.Request, wanted pull) {
	how := `Basic realm="` + r.Host + `"`
	if wanted.format == artifactregistrypb.Repository_DOCKER {
		before, _, _ := strings.Cut(r.URL.Path+"/", "/v2/")
		realm := url.URL{Scheme: "http", Host: r.Host, Path: before + "/v2/token"}
		how = `Bearer realm="` + realm.String() + `",service="` + r.Host + `"`
		if image := dockerImage(wanted.path); image != "" {
			how += `,scope="repository:` + wanted.project + "/" + wanted.repository + "/" + image + `:pull"`
		}
	}
	w.Header().Set("WWW-Authenticate", how)
}

// dockerImage is the image of a path below a repository.
func dockerImage(path string) string {
	for _, kind := range []string{"/manifests/", "/blobs/", "/tags/"} {
		if i := strings.LastIndex(path, kind); i > 0 {
			return path[:i]
		}
	}
	return ""
}

// greet answers the check of the version that docker clients begin with. As
// Google does, it sends them for a token, which carries their caller; a
// request for an artifact needs none.
func (p pulls) greet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	if r.Header.Get("Authorization") != "" {
		writeJSON(w, http.StatusOK, struct{}{})
		return
	}
	challenge(w, r, pull{format: artifactregistrypb.Repository_DOCKER})
	refuse(w, pull{format: artifactregistrypb.Repository_DOCKER}, refusal{http.StatusUnauthorized, "Unauthenticated request."})
}

// issue answers a docker client's request for a token: the caller's own,
// given as the password of oauth2accesstoken, or the default caller's.
func (p pulls) issue(w http.ResponseWriter, r *http.Request) {
	token := tokenPrefix + p.puller(r)
	writeJSON(w, http.StatusOK, map[string]any{"token": token, "access_token": token, "expires_in": 3600})
}

// puller is who a package manager comes from. Most of them know only Basic
// authentication, with the access token as password
// (cloud.google.com/artifact-registry/docs/docker/authentication#token).
func (p pulls) puller(r *http.Request) string {
	md := metadata.MD{callerHeader: r.Header.Values(callerHeader), "authorization": r.Header.Values("Authorization")}
	if _, token, ok := r.BasicAuth(); ok {
		md.Set("authorization", "Bearer "+token)
	}
	return p.identify(md)
}

// serve answers from a repository. It has written nothing if it returns an
// error.
func (p pulls) serve(w http.ResponseWriter, r *http.Request, wanted pull) error {
	found, err := p.readable(context.WithValue(r.Context(), callerKey{}, p.puller(r)), wanted)
	if err != nil {
		return err
	}
	if found.pb.GetMode() == artifactregistrypb.Repository_VIRTUAL_REPOSITORY && found.pb.GetFormat() == wanted.format {
		return p.serveVirtual(w, r, wanted, found)
	}
	return p.serveRemote(w, r, wanted, found)
}

// readFrom is a repository as it is at the moment of a pull.
type readFrom struct {
	project    *project
	repository *repository
	pb         *artifactregistrypb.Repository
}

// serveRemote fetches from the upstream of a remote repository, and notes what
// came of it.
func (p pulls) serveRemote(w http.ResponseWriter, r *http.Request, wanted pull, from readFrom) error {
	rec := newRecorder(w, wanted)
	err := p.fetch(rec, r, wanted, from)
	if err == nil && r.Method == http.MethodGet && rec.status == http.StatusOK && !hasNoCache(from.pb) {
		p.world.mu.Lock()
		if from.repository.contents == nil {
			from.repository.contents = &contents{}
		}
		from.repository.contents.record(from.repository, wanted, rec, p.now())
		p.world.mu.Unlock()
	}
	p.logPull(r, wanted, from, rec.status, err)
	return err
}

func (p pulls) fetch(w http.ResponseWriter, r *http.Request, wanted pull, from readFrom) error {
	pb := from.pb
	if pb.GetFormat() != wanted.format || pb.GetMode() != artifactregistrypb.Repository_REMOTE_REPOSITORY {
		return refusal{http.StatusNotFound, "Requested entity was not found."} // a standard repository here is empty
	}
	u := sourceOf(pb)
	if u.isRegistry() {
		return refusal{http.StatusNotImplemented, "the emulator does not model pulls through another Artifact Registry repository"}
	}
	if err := p.checkPerimeter(from.project, from.repository.location); err != nil {
		return err
	}
	credential, err := p.credential(from.project, pb)
	if err != nil {
		return err
	}
	uri, embedded := p.upstreams.Resolve(u.uri)
	if !embedded {
		uri = u.uri
	}
	path := wanted.path
	if wanted.format == artifactregistrypb.Repository_DOCKER {
		path = officialImage(u.uri, path)
	}
	err = p.origin.Forward(w, r, origin.Upstream{Format: pb.GetFormat().String(), URI: uri}, credential, path)
	var e *origin.Error
	if errors.As(err, &e) {
		return upstreamAnswer(e, credential != nil, strings.TrimSuffix(u.uri, "/")+"/"+path)
	}
	return err
}

// readable finds the repository and checks that the caller may read from it.
func (p pulls) readable(ctx context.Context, wanted pull) (readFrom, error) {
	p.world.mu.RLock()
	defer p.world.mu.RUnlock()
	r, err := p.repository(ctx, wanted.name(), "artifactregistry.repositories.downloadArtifacts")
	if err != nil {
		return readFrom{}, repositoryRefusal(err, wanted)
	}
	return readFrom{r.project, r, r.pb}, nil
}

// credential is what the service agent can read of the repository's at this
// moment; nil if the repository has none.
func (p pulls) credential(owner *project, pb *artifactregistrypb.Repository) (*origin.Credential, error) {
	given := pb.GetRemoteRepositoryConfig().GetUpstreamCredentials().GetUsernamePasswordCredentials()
	if given.GetUsername() == "" {
		return nil, nil
	}
	password, err := p.agentAccess(owner, given.GetPasswordSecretVersion())
	if err != nil {
		return nil, secretRefusal(err)
	}
	return &origin.Credential{Username: given.GetUsername(), Password: password}, nil
}

// officialImage puts Docker Hub's own namespace before an image that names
// none, as docker does.
func officialImage(upstream, path string) string {
	u, err := url.Parse(upstream)
	if err != nil || !strings.EqualFold(u.Host, "registry-1.docker.io") {
		return path
	}
	for _, kind := range []string{"/manifests/", "/blobs/", "/tags/"} {
		if image, _, ok := strings.Cut(path, kind); ok && !strings.Contains(image, "/") {
			return "library/" + path
		}
	}
	return path
}

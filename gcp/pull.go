package gcp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
)

const (
	pullTimeout = 10 * time.Second
	// pullBody is how much of an answer is looked at; what it says of an
	// error fits many times over.
	pullBody = 8 << 10
	// pullDetail is how much of that is told.
	pullDetail = 500
)

// Pull asks the repository for an artifact with one GET, authenticated as the
// caller. The default artifact has a random name, so that no cache knows it
// (Artifact Registry keeps Docker tags and Python indexes for an hour). An
// answer of any status is an answer; redirects are not followed, so that the
// access token goes nowhere else.
func (c *Client) Pull(ctx context.Context, r cloud.Repository, artifact string) (cloud.PullAnswer, error) {
	m := method{op: "pull through repository", rpc: "GET " + strings.ToLower(r.Format), repeat: true}
	u, err := c.pullURL(r, cmp.Or(artifact, absentArtifact(r)))
	if err != nil {
		return cloud.PullAnswer{}, c.explain(m, r.Name.String(), err)
	}
	ctx, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	if asked, err := url.Parse(u); err == nil {
		m.host = asked.Host
	}
	return call(ctx, c, m, r.Name.String(), func(ctx context.Context) (cloud.PullAnswer, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
		if err != nil {
			return cloud.PullAnswer{}, err
		}
		request.Header.Set("User-Agent", c.userAgent())
		for _, t := range pullTypes[r.Format] {
			request.Header.Add("Accept", t)
		}
		// A transport alone follows no redirect.
		answer, err := c.asCaller().RoundTrip(request)
		if err != nil {
			return cloud.PullAnswer{}, err
		}
		defer func() { _ = answer.Body.Close() }() // only read from
		body, err := io.ReadAll(io.LimitReader(answer.Body, pullBody))
		if err != nil {
			return cloud.PullAnswer{}, err
		}
		if answer.StatusCode == http.StatusNotImplemented { // an emulator's word, which says nothing of the upstream
			return cloud.PullAnswer{}, &cloud.Error{Kind: cloud.Unimplemented, Op: m.op + " " + r.Name.String(), Message: pullError(body)}
		}
		said := cloud.PullAnswer{Status: answer.StatusCode, URL: clean.Text(u)}
		if answer.StatusCode >= 400 {
			said.Detail = pullError(body)
		}
		return said, nil
	})
}

// pullTypes are what clients of a format accept. Without them a Docker registry
// answers an image's index with 404.
var pullTypes = map[string][]string{
	"DOCKER": {
		"application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
		"application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
	},
	"NPM":    {"application/vnd.npm.install-v1+json", "application/json"},
	"PYTHON": {"application/vnd.pypi.simple.v1+json", "text/html"},
}

// absentArtifact names an artifact that surely does not exist. On Docker Hub it
// is a tag of an image that does: for an image that does not, Docker Hub answers
// 401 whoever asks, which would prove nothing.
func absentArtifact(r cloud.Repository) string {
	none := "upstreamauth-" + strings.ToLower(rand.Text())
	switch {
	case r.Format == "DOCKER" && (r.Preset == "DOCKER_HUB" || strings.HasPrefix(strings.ToLower(r.URI), "https://registry-1.docker.io")):
		return "library/alpine:" + none
	case r.Format == "MAVEN":
		return "com.example:" + none + ":1.0"
	default:
		return none
	}
}

// pullURL is where the artifact is: IMAGE[:TAG|@DIGEST] for Docker, a package's
// name for npm and Python, GROUP:ARTIFACT:VERSION or a path for Maven.
func (c *Client) pullURL(r cloud.Repository, artifact string) (string, error) {
	host, base, err := c.pullBase(r)
	if err != nil {
		return "", err
	}
	var path string
	switch r.Format {
	case "DOCKER":
		image, reference, ok := strings.Cut(artifact, "@")
		if !ok {
			if image, reference = artifact, "latest"; strings.LastIndex(artifact, ":") > strings.LastIndex(artifact, "/") {
				i := strings.LastIndex(artifact, ":")
				image, reference = artifact[:i], artifact[i+1:]
			}
		}
		path = base + "/" + escapePath(image) + "/manifests/" + url.PathEscape(reference)
		if c.addr != "" {
			return "http://" + c.addr + "/v2/" + host + "/" + path, nil
		}
		return "https://" + host + "/v2/" + path, nil
	case "NPM":
		path = url.PathEscape(artifact)
	case "PYTHON":
		path = "simple/" + url.PathEscape(artifact) + "/"
	case "MAVEN":
		path = escapePath(mavenPath(artifact))
	default:
		return "", &cloud.Error{Kind: cloud.Unimplemented, Op: "pull through repository " + r.Name.String(),
			Message: "pulls of format " + clean.Text(r.Format) + " are not known here"}
	}
	if c.addr != "" {
		return "http://" + c.addr + "/" + host + "/" + base + "/" + path, nil
	}
	return "https://" + host + "/" + base + "/" + path, nil
}

// pullBase splits the registry's address into its host and path. The host is
// checked, because the caller's access token goes there: it must be the one
// that Google documents, or in another universe begin as that does.
func (c *Client) pullBase(r cloud.Repository) (host, path string, err error) {
	label := r.Name.Location + "-" + strings.ToLower(r.Format)
	// A project id of a domain, "example.com:p", is a path of two elements.
	host, path = label+".pkg.dev", strings.Replace(r.Name.Project, ":", "/", 1)+"/"+r.Name.ID
	if r.RegistryURI == "" {
		return host, path, nil
	}
	told, rest, ok := strings.Cut(r.RegistryURI, "/")
	if !ok || told != host && (c.universe == defaultUniverse || !strings.HasPrefix(told, label+".") || !hostName.MatchString(told)) {
		return "", "", &cloud.Error{Kind: cloud.Invalid, Op: "pull through repository " + r.Name.String(),
			Message: fmt.Sprintf("its address %q is not one of Artifact Registry's", clean.Text(r.RegistryURI))}
	}
	return told, escapePath(rest), nil
}

// hostName matches a host's name and nothing else: no user before it, no port.
var hostName = regexp.MustCompile(`^[a-z0-9.-]+$`)

func mavenPath(artifact string) string {
	p := strings.Split(artifact, ":")
	if len(p) != 3 {
		return artifact
	}
	return strings.ReplaceAll(p[0], ".", "/") + "/" + p[1] + "/" + p[2] + "/" + p[1] + "-" + p[2] + ".pom"
}

func escapePath(p string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// pullError is what an error's body says: the message of a Docker registry, of
// Google's envelope or of npm, or else its text.
func pullError(body []byte) string {
	var said struct {
		Errors []struct {
			Code, Message string
		} `json:"errors"`
		Error json.RawMessage `json:"error"`
	}
	text := string(bytes.TrimSpace(body))
	if json.Unmarshal(body, &said) == nil {
		var envelope struct{ Message string }
		var plain string
		switch {
		case len(said.Errors) > 0:
			text = strings.TrimPrefix(said.Errors[0].Code+": "+said.Errors[0].Message, ": ")
		case json.Unmarshal(said.Error, &envelope) == nil && envelope.Message != "":
			text = envelope.Message
		case json.Unmarshal(said.Error, &plain) == nil && plain != "":
			text = plain
		}
	}
	text = clean.Text(text) // before it is cut: half an address is not known as one
	if runes := []rune(text); len(runes) > pullDetail {
		text = string(runes[:pullDetail]) + "…"
	}
	return text
}

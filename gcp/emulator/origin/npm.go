package origin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// forwardNPM fetches a packument, its tarball addresses turned towards the
// repository, or a tarball, which it finds through the packument: upstreams
// keep tarballs where they like.
func (c *Client) forwardNPM(ctx context.Context, base *url.URL, cred *Credential, f fetch) (*http.Response, error) {
	name, file, isTarball := strings.Cut(f.path, "/-/")
	if strings.HasPrefix(f.path, "-/") {
		return nil, errNoSuchFile() // whoami, search and the like are not proxied
	}
	a := get(base.JoinPath(url.PathEscape(name)), "")
	if !isTarball {
		a.header = f.header.Clone()
		a.header.Del("Range")
		a.header.Del("If-None-Match") // of our own text, which is not the upstream's
		a.header.Del("If-Modified-Since")
	}
	resp, err := c.fetchNPM(ctx, a, cred)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	text, err := document(ctx, resp, maxDocument)
	if err != nil {
		return nil, err
	}
	p, err := parsePackument(text)
	if err != nil {
		return nil, &Error{Kind: NotARegistry, Status: resp.StatusCode, Detail: "not a packument"}
	}
	if !isTarball {
		return rewritten(resp, "application/json", p.rewrite(f.base, name)), nil
	}
	for version := range p.versions {
		if tarballName(name, version) != file {
			continue
		}
		u, err := resp.Request.URL.Parse(p.tarball(version))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return nil, errNoSuchFile()
		}
		if !sameOrigin(u, base) {
			cred = nil
		}
		return c.fetchNPM(ctx, ask{method: f.method, url: u, header: f.header}, cred)
	}
	return nil, errNoSuchFile()
}

// tarballName is what npm calls the tarball of a version: without the scope.
func tarballName(name, version string) string {
	return name[strings.LastIndex(name, "/")+1:] + "-" + version + ".tgz"
}

// object is JSON of which most is passed on unread.
type object map[string]json.RawMessage

// packument is npm's description of a package (github.com/npm/registry,
// docs/responses/package-metadata.md).
type packument struct {
	whole    object
	versions map[string]object
}

func parsePackument(text []byte) (packument, error) {
	p := packument{}
	if err := json.Unmarshal(text, &p.whole); err != nil {
		return p, fmt.Errorf("parse packument: %w", err)
	}
	if p.whole["versions"] == nil {
		return p, nil // a package with every version unpublished
	}
	if err := json.Unmarshal(p.whole["versions"], &p.versions); err != nil {
		return p, fmt.Errorf("parse packument's versions: %w", err)
	}
	return p, nil
}

// dist is where a version is kept and how it is checked.
func (p packument) dist(version string) object {
	var dist object
	if json.Unmarshal(p.versions[version]["dist"], &dist) != nil {
		return nil
	}
	return dist
}

func (p packument) tarball(version string) string {
	var address string
	if json.Unmarshal(p.dist(version)["tarball"], &address) != nil {
		return ""
	}
	return address
}

// rewrite returns the packument with tarballs below base.
func (p packument) rewrite(base, name string) []byte {
	for version, description := range p.versions {
		dist := p.dist(version)
		if description == nil || dist == nil {
			continue
		}
		dist["tarball"] = encoded(base + "/" + escapePath(name) + "/-/" + url.PathEscape(tarballName(name, version)))
		description["dist"] = encoded(dist)
	}
	if p.versions != nil {
		p.whole["versions"] = encoded(p.versions)
	}
	return encoded(p.whole)
}

// encoded is v, made of what was JSON before, as JSON.
func encoded(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

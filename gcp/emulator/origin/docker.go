package origin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// dockerURL is where a registry keeps what path names. A path in the
// upstream's URI is the beginning of image names, not of the API's: so does
// Artifact Registry itself with https://REGION-docker.pkg.dev/PROJECT/REPOSITORY.
func dockerURL(base *url.URL, path string) *url.URL {
	root := *base
	prefix := strings.Trim(strings.TrimPrefix(base.Path, "/v2/"), "/")
	root.Path, root.RawPath = "/", ""
	if path == "" {
		return root.JoinPath("v2/")
	}
	return root.JoinPath("v2", prefix, path)
}

// fetchDocker sends a request to a registry of the distribution specification
// and answers its challenge, if it makes one, with a token of the realm named
// there or with Basic authentication. It returns the last answer; to be asked
// for a token again, with one at hand, is to be denied. scope is what a token is
// asked for where the challenge names nothing.
func (c *Client) fetchDocker(ctx context.Context, a ask, cred *Credential, scope string) (*http.Response, error) {
	resp, err := c.do(ctx, a)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	offered := challenges(resp.Header)
	if bearer, ok := offer(offered, "bearer"); ok {
		_ = resp.Body.Close()
		token, err := c.token(ctx, a.url, bearer.parameters, cred, scope)
		if err != nil {
			return nil, err
		}
		a.authorization = "Bearer " + token
		resp, err = c.do(ctx, a)
		if err == nil && resp.StatusCode == http.StatusUnauthorized && cred != nil {
			e := failure(resp, cred.secrets())
			e.Kind = Denied
			return nil, e
		}
		return resp, err
	}
	if _, ok := offer(offered, "basic"); ok && cred != nil {
		_ = resp.Body.Close()
		a.authorization = cred.basic()
		return c.do(ctx, a)
	}
	return resp, nil
}

// token asks a token service for a token (distribution.github.io/distribution,
// "Token authentication specification").
func (c *Client) token(ctx context.Context, registry *url.URL, parameters map[string]string, cred *Credential, scope string) (string, error) {
	realm, err := url.Parse(parameters["realm"])
	if err != nil || realm.Host == "" || realm.Scheme != "https" && realm.Scheme != "http" {
		return "", &Error{Kind: NotARegistry, Detail: "its challenge names no token service"}
	}
	authorization := ""
	if cred != nil {
		if !trusted(registry, realm) {
			return "", &Error{Kind: NotARegistry, Detail: "its token service is another host over plain http, which gets no password"}
		}
		authorization = cred.basic()
	}
	query := realm.Query()
	if service := parameters["service"]; service != "" {
		query.Set("service", service)
	}
	if parameters["scope"] != "" {
		scope = parameters["scope"]
	}
	if scope != "" {
		query.Set("scope", scope)
	}
	realm.RawQuery = query.Encode()
	resp, err := c.do(ctx, get(realm, authorization))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		e := failure(resp, cred.secrets())
		if e.Kind == Denied || resp.StatusCode == http.StatusBadRequest {
			e.Kind = Unauthorized // token services differ in how they say so
		}
		return "", e
	}
	defer closed(resp)
	var issued struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxDetail)).Decode(&issued); err != nil {
		return "", &Error{Kind: NotARegistry, Status: resp.StatusCode, Detail: "its token service answers no JSON"}
	}
	if issued.Token == "" {
		issued.Token = issued.AccessToken
	}
	if issued.Token == "" || strings.ContainsFunc(issued.Token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", &Error{Kind: NotARegistry, Status: resp.StatusCode, Detail: "its token service answers no token"}
	}
	return issued.Token, nil
}

// trusted tells whether a token service may get the password: on the
// registry's own host, over https, or on this machine. Artifact Registry
// follows the challenge of Docker Hub and of GitLab to other hosts.
func trusted(registry, realm *url.URL) bool {
	host := realm.Hostname()
	ip := net.ParseIP(host)
	return realm.Scheme == "https" || strings.EqualFold(host, registry.Hostname()) && registry.Scheme == "http" ||
		host == "localhost" || ip != nil && ip.IsLoopback()
}

// validateDocker asks for /v2/, the specification's own check.
func (c *Client) validateDocker(ctx context.Context, base *url.URL, cred *Credential) error {
	probe := get(dockerURL(base, ""), "")
	if cred == nil {
		resp, err := c.do(ctx, probe)
		if err != nil {
			return err
		}
		if resp.StatusCode == http.StatusUnauthorized {
			defer closed(resp)
			if len(challenges(resp.Header)) == 0 {
				return &Error{Kind: NotARegistry, Status: resp.StatusCode, Detail: "no challenge"}
			}
			return nil
		}
		return judgeDocker(resp, nil)
	}
	resp, err := c.fetchDocker(ctx, probe, cred, "") //nolint:bodyclose // judgeDocker closes it
	if err != nil {
		return err
	}
	return judgeDocker(resp, cred)
}

// judgeDocker looks at the last answer for /v2/.
func judgeDocker(resp *http.Response, cred *Credential) error {
	if resp.StatusCode != http.StatusOK {
		return failure(resp, cred.secrets())
	}
	defer closed(resp)
	if resp.Header.Get("Docker-Distribution-Api-Version") == "" && !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return &Error{Kind: NotARegistry, Status: resp.StatusCode, Detail: "/v2/ is not answered as by a registry"}
	}
	return nil
}

// forwardDocker fetches a manifest, a blob or a list of tags.
func (c *Client) forwardDocker(ctx context.Context, base *url.URL, cred *Credential, f fetch) (*http.Response, error) {
	image := f.path
	for _, kind := range []string{"/manifests/", "/blobs/", "/tags/"} {
		if i := strings.LastIndex(image, kind); i > 0 {
			image = image[:i]
		}
	}
	u := dockerURL(base, f.path)
	prefix := strings.TrimSuffix(strings.TrimPrefix(dockerURL(base, image).Path, "/v2/"), "/")
	a := ask{method: f.method, url: u, header: f.header}
	resp, err := c.fetchDocker(ctx, a, cred, "repository:"+prefix+":pull")
	if err != nil || resp.StatusCode != http.StatusOK || f.method != http.MethodGet || !strings.Contains(f.path, "/manifests/") {
		return resp, err
	}
	// A manifest is small and read whole, so that one which breaks off is an
	// answer too.
	text, err := document(ctx, resp, maxManifest)
	if err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return resp, nil
}

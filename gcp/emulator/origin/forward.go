package origin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fetch is what a client of the repository wants.
type fetch struct {
	method string
	path   string // below the repository, decoded
	header http.Header
	base   string // the repository's own address, without a final slash
}

// Headers that pass through, towards the upstream and towards the client.
var (
	asked    = []string{"Accept", "Range", "If-None-Match", "If-Modified-Since", "If-Range"}
	answered = []string{
		"Content-Type", "Content-Range", "Accept-Ranges", "Etag", "Last-Modified",
		"Docker-Content-Digest", "Docker-Distribution-Api-Version",
	}
)

// Forward answers a read (GET or HEAD) of path, below the repository that r
// addresses, with what the upstream has, asked with cred unless that is nil.
// Links in what it answers lead back to the repository. On failure it returns
// an *Error and has written nothing: how to say so is the caller's business.
// An answer that breaks off on the way is broken off towards the client, as
// net/http does it: by a panic with http.ErrAbortHandler.
func (c *Client) Forward(w http.ResponseWriter, r *http.Request, u Upstream, cred *Credential, path string) error {
	base, err := u.base()
	if err != nil {
		return err
	}
	path = strings.TrimPrefix(path, "/")
	if slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return part == "." || part == ".." }) {
		return &Error{Kind: NotFound, Status: http.StatusNotFound, Detail: "no such path"}
	}
	f := fetch{method: r.Method, path: path, header: http.Header{}, base: repositoryBase(r, path)}
	for _, name := range asked {
		if values := r.Header.Values(name); len(values) > 0 {
			f.header[name] = values
		}
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	idle := time.AfterFunc(c.patience(), func() { cancel(context.DeadlineExceeded) })
	defer idle.Stop()

	resp, err := c.artifact(ctx, u.Format, base, cred, f)
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusForbidden && c.robotsDeny(ctx, resp.Request.URL) {
		e := failure(resp, cred.secrets())
		e.Cause = DeniedByRobots
		return e
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusPartialContent, http.StatusNotModified:
	default:
		return failure(resp, cred.secrets())
	}
	defer closed(resp)
	for _, name := range answered {
		if values := resp.Header.Values(name); len(values) > 0 {
			w.Header()[name] = values
		}
	}
	if resp.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	}
	w.WriteHeader(resp.StatusCode)
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(w, &patient{resp.Body, idle, c.patience()}); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// artifact asks for what f wants in the way of the upstream's format.
func (c *Client) artifact(ctx context.Context, format string, base *url.URL, cred *Credential, f fetch) (*http.Response, error) {
	switch format {
	case Docker:
		return c.forwardDocker(ctx, base, cred, f)
	case NPM:
		return c.forwardNPM(ctx, base, cred, f)
	case Python:
		return c.forwardPython(ctx, base, cred, f)
	default:
		return c.fetchBasic(ctx, ask{method: f.method, url: base.JoinPath(escapePath(f.path)), header: f.header}, cred)
	}
}

// patient gives up on a reader that sends nothing for a while. The time in which
// nobody reads does not count: a client may be slow.
type patient struct {
	io.Reader
	idle *time.Timer
	wait time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	p.idle.Reset(p.wait)
	defer p.idle.Stop()
	return p.Reader.Read(b)
}

// repositoryBase is the address of the repository as the client sees it: that
// of the request, without path.
func repositoryBase(r *http.Request, path string) string {
	u := url.URL{Scheme: "http", Host: r.Host, Path: strings.TrimSuffix(strings.TrimSuffix(r.URL.Path, path), "/")}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}

// escapePath escapes each part of a path.
func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// fetchBasic sends a request with the credential as Basic authentication.
func (c *Client) fetchBasic(ctx context.Context, a ask, cred *Credential) (*http.Response, error) {
	if cred != nil {
		a.authorization = cred.basic()
	}
	return c.do(ctx, a)
}

// fetchNPM sends a request with the credential as Basic authentication, and
// if that is rejected with the password alone as a Bearer token. Which of
// them Artifact Registry uses is not documented; npm's own client sends the
// latter for tokens.
func (c *Client) fetchNPM(ctx context.Context, a ask, cred *Credential) (*http.Response, error) {
	resp, err := c.fetchBasic(ctx, a, cred)
	if err != nil || cred == nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	_ = resp.Body.Close()
	a.authorization = cred.bearer()
	return c.do(ctx, a)
}

// slots are for documents that are read whole and are not small: a few of them
// at once, so that their sum stays bounded too.
var slots = make(chan struct{}, 2)

// smallDocument is what is read without a slot.
const smallDocument = 4 << 20

// document reads an answer of at most most bytes that is to be rewritten.
func document(ctx context.Context, resp *http.Response, most int64) ([]byte, error) {
	defer closed(resp)
	b, err := io.ReadAll(io.LimitReader(resp.Body, min(most, smallDocument)+1))
	if err == nil && int64(len(b)) > smallDocument && most > smallDocument {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-ctx.Done():
			return nil, unreachable(ctx, ctx.Err())
		}
		var rest []byte
		rest, err = io.ReadAll(io.LimitReader(resp.Body, most-int64(len(b))+1))
		b = append(b, rest...)
	}
	switch {
	case err != nil:
		return nil, unreachable(ctx, err)
	case int64(len(b)) > most:
		return nil, &Error{Kind: Server, Status: resp.StatusCode, Detail: "its answer is too long"}
	}
	return b, nil
}

// rewritten makes resp an answer with another body.
func rewritten(resp *http.Response, contentType string, b []byte) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(bytes.NewReader(b)), ContentLength: int64(len(b)), Request: resp.Request,
	}
}

// errNoSuchFile is what a repository says of a file that no index names.
func errNoSuchFile() error {
	return &Error{Kind: NotFound, Status: http.StatusNotFound, Detail: "no such file"}
}

// timedOut tells whether ctx ended for want of patience.
func timedOut(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), context.DeadlineExceeded)
}

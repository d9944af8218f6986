package origin

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"path"
	"strings"

	nethtml "golang.org/x/net/html"
)

// simpleURL is the page of a package in an upstream's simple index, or the
// index itself; a URI may already end in "simple".
func simpleURL(base *url.URL, name string) *url.URL {
	if path.Base(base.Path) != "simple" {
		base = base.JoinPath("simple/")
	}
	if name == "" {
		return base
	}
	return base.JoinPath(url.PathEscape(name), "/")
}

// forwardPython fetches a page of the simple index, its links turned towards
// the repository, or a file, PACKAGE/FILE, which it finds through the page:
// indexes keep files where they like, also on other hosts.
func (c *Client) forwardPython(ctx context.Context, base *url.URL, cred *Credential, f fetch) (*http.Response, error) {
	name, isPage := strings.CutPrefix(f.path+"/", "simple/")
	name, file := strings.Trim(name, "/"), ""
	if !isPage {
		if name, file, _ = strings.Cut(f.path, "/"); file == "" {
			return nil, errNoSuchFile()
		}
	}
	if strings.Contains(name, "/") || strings.Contains(file, "/") {
		return nil, errNoSuchFile()
	}
	page := get(simpleURL(base, name), "")
	page.header = http.Header{"Accept": {"text/html"}} // the older form, which all have
	resp, err := c.fetchBasic(ctx, page, cred)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	text, err := document(ctx, resp, maxDocument)
	if err != nil {
		return nil, err
	}
	links := parseLinks(text)
	if isPage {
		return rewritten(resp, "text/html; charset=utf-8", simplePage(name, links, resp.Request.URL)), nil
	}
	for _, l := range links {
		u, err := resp.Request.URL.Parse(l.href)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || path.Base(u.Path) != file {
			continue
		}
		if !sameOrigin(u, base) {
			cred = nil
		}
		u.Fragment = ""
		return c.fetchBasic(ctx, ask{method: f.method, url: u, header: f.header}, cred)
	}
	return nil, errNoSuchFile()
}

// link is one of a simple page.
type link struct {
	href           string
	requiresPython string
	yanked         *string
}

// parseLinks returns the links of a page.
func parseLinks(text []byte) []link {
	var links []link
	tokens := nethtml.NewTokenizer(bytes.NewReader(text))
	for {
		kind := tokens.Next()
		if kind == nethtml.ErrorToken {
			return links
		}
		token := tokens.Token()
		if kind != nethtml.StartTagToken || token.Data != "a" {
			continue
		}
		var l link
		for _, attribute := range token.Attr {
			switch attribute.Key {
			case "href":
				l.href = attribute.Val
			case "data-requires-python":
				l.requiresPython = attribute.Val
			case "data-yanked":
				l.yanked = &attribute.Val
			}
		}
		if l.href != "" {
			links = append(links, l)
		}
	}
}

// simplePage writes a page of the repository's own index
// (packaging.python.org, "Simple repository API"): of packages for an empty
// name, else of the package's files. at is where the links were found.
func simplePage(name string, links []link, at *url.URL) []byte {
	var b bytes.Buffer
	title := "Simple index"
	if name != "" {
		title = "Links for " + name
	}
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html><head><title>%s</title></head>\n<body>\n", html.EscapeString(title))
	for _, l := range links {
		u, err := at.Parse(l.href)
		if err != nil {
			continue
		}
		last := path.Base(u.Path)
		if last == "." || last == "/" || last == ".." {
			continue
		}
		to := (&url.URL{Path: "./" + last + "/"}).String()
		if name != "" {
			to = "../../" + url.PathEscape(name) + "/" + url.PathEscape(last)
			if u.Fragment != "" {
				to += "#" + u.EscapedFragment()
			}
		}
		fmt.Fprintf(&b, "<a href=\"%s\"", html.EscapeString(to))
		if l.requiresPython != "" {
			fmt.Fprintf(&b, " data-requires-python=\"%s\"", html.EscapeString(l.requiresPython))
		}
		if l.yanked != nil {
			fmt.Fprintf(&b, " data-yanked=\"%s\"", html.EscapeString(*l.yanked))
		}
		fmt.Fprintf(&b, ">%s</a><br>\n", html.EscapeString(last))
	}
	b.WriteString("</body></html>\n")
	return b.Bytes()
}

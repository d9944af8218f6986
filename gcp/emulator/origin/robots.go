package origin

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// robotsDeny reports whether the robots.txt of u's host denies u to all
// fetchers (RFC 9309). It is looked at where the host denied the fetch itself,
// to tell why (modelled: when Artifact Registry asks for it is not known).
func (c *Client) robotsDeny(ctx context.Context, u *url.URL) bool {
	at := *u
	at.Path, at.RawPath, at.RawQuery, at.User = "/robots.txt", "", "", nil
	resp, err := c.do(ctx, get(&at, ""))
	if err != nil {
		return false
	}
	defer closed(resp)
	return resp.StatusCode == http.StatusOK && robotsDisallow(io.LimitReader(resp.Body, maxDetail), u.EscapedPath())
}

// robotsDisallow reads the rules for all fetchers: the longest that is a
// beginning of path decides. Patterns with wildcards are taken by what is
// before them.
func robotsDisallow(text io.Reader, path string) bool {
	ours, inAgents, longest, denied := false, false, -1, false
	for lines := bufio.NewScanner(text); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key = strings.ToLower(strings.TrimSpace(key)); key {
		case "user-agent":
			if !inAgents {
				ours = false
			}
			ours, inAgents = ours || value == "*", true
		case "allow", "disallow":
			inAgents = false
			rule, _, _ := strings.Cut(value, "*")
			if !ours || value == "" || !strings.HasPrefix(path, rule) || len(rule) < longest {
				continue
			}
			if deny := key == "disallow"; len(rule) > longest || !deny { // of two alike, the one that allows
				longest, denied = len(rule), deny
			}
		}
	}
	return denied
}

package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/api/googleapi"
)

// Upstream says where an upstream is really asked: on Google at its own
// address, on an emulator at the stand-in that it has for it, if any.
func (c *Client) Upstream(ctx context.Context, uri string) (string, error) {
	if c.addr == "" {
		return uri, nil
	}
	m := method{op: "ask the emulator for its upstreams", rpc: "GET /emulator/v1/upstreams", repeat: true}
	standIns, err := call(ctx, c, m, "", func(ctx context.Context) (map[string]string, error) {
		return c.upstreamURIs.get(func() (map[string]string, error) { return c.standIns(ctx) })
	})
	if err != nil {
		return "", err
	}
	u, err := url.Parse(uri)
	if err != nil {
		return uri, nil
	}
	if server, ok := standIns[upstreamKey(u)]; ok {
		return server + u.EscapedPath(), nil
	}
	return uri, nil
}

// standIns maps the upstreams that an emulator stands in for to the servers
// that do so, which keep the upstreams' paths.
func (c *Client) standIns(ctx context.Context) (map[string]string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.baseURL("")+"/emulator/v1/upstreams", nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.asCaller().RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // only read from
	if err := googleapi.CheckResponse(answer); err != nil {
		return nil, err
	}
	var list struct {
		Upstreams []struct {
			StandsFor []string `json:"standsFor"`
			URI       string   `json:"uri"`
		} `json:"upstreams"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("read the emulator's upstreams: %w", err)
	}
	all := map[string]string{}
	for _, u := range list.Upstreams {
		own, err := url.Parse(u.URI)
		if err != nil {
			return nil, fmt.Errorf("read the emulator's upstreams: %w", err)
		}
		for _, uri := range u.StandsFor {
			if known, err := url.Parse(uri); err == nil {
				all[upstreamKey(known)] = own.Scheme + "://" + own.Host
			}
		}
	}
	return all, nil
}

// upstreamKey makes addresses equal that differ only in the case of the host, in
// a default port and in a final slash.
func upstreamKey(u *url.URL) string {
	return u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Host), ":443") + strings.TrimRight(u.EscapedPath(), "/")
}

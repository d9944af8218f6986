package upstream

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"example.com/upstreamauth/flows/clean"
)

// Target is what a remote repository pulls from, as plain text.
type Target struct {
	Format string // DOCKER, NPM, PYTHON, MAVEN, APT, YUM, GO, …
	Preset string // DOCKER_HUB, NPMJS, PYPI, MAVEN_CENTRAL, …, or empty
	URI    string // where it is, or a repository's resource name
}

// presets are the addresses that Artifact Registry names for its own presets,
// https://cloud.google.com/artifact-registry/docs/repositories/remote-overview.
var presets = map[string]string{
	"DOCKER_HUB":    "https://registry-1.docker.io",
	"NPMJS":         "https://registry." + "npmjs.org",
	"PYPI":          "https://pypi.io",
	"MAVEN_CENTRAL": "https://repo.maven.apache.org/maven2",
}

// BaseURL is the absolute address that an upstream's protocol starts from, with
// its trailing slash, or what was given where that is no address.
func (t Target) BaseURL() string {
	u, err := t.url()
	if err != nil {
		return clean.Address(t.URI)
	}
	return u.String()
}

// String is the upstream as people call it: its address without scheme.
func (t Target) String() string {
	u, err := t.url()
	if err != nil {
		return clean.Address(t.URI)
	}
	return clean.Text(strings.TrimSuffix(u.Host+u.EscapedPath(), "/"))
}

var errNoAddress = errors.New("the upstream has no web address")

// url reads the target's address. A missing scheme is https, a missing slash
// at the end is added as every base is a folder, and what could hold a
// password or change a path's meaning (user part, query, fragment) is left out.
func (t Target) url() (*url.URL, error) {
	uri := t.URI
	if uri == "" {
		uri = presets[t.Preset]
	}
	return parseBase(uri)
}

func parseBase(uri string) (*url.URL, error) {
	if uri == "" || strings.HasPrefix(uri, "projects/") {
		return nil, errNoAddress
	}
	if !strings.Contains(uri, "://") {
		uri = "https://" + uri
	}
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, errNoAddress
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	u.Host = strings.ToLower(u.Host)
	return u.JoinPath("/"), nil
}

// host is the upstream's host name in lower case, without port.
func (t Target) host() string {
	u, err := t.url()
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// path is the upstream's path with its trailing slash.
func (t Target) path() string {
	u, err := t.url()
	if err != nil {
		return ""
	}
	return u.Path
}

// on reports whether the target is one of hosts. One that begins with a dot
// matches every host below it.
func (t Target) on(hosts ...string) bool {
	h := t.host()
	for _, host := range hosts {
		if h == host || (strings.HasPrefix(host, ".") && strings.HasSuffix(h, host)) {
			return true
		}
	}
	return false
}

// named reports whether a part of the host name is word, alone or with a number
// or a name behind it: gitlab.example.com, gitlab2.example.com, my-gitlab.org.
func (t Target) named(word string) bool {
	h := t.host()
	if net.ParseIP(h) != nil {
		return false
	}
	for part := range strings.FieldsFuncSeq(h, func(r rune) bool { return r == '.' || r == '-' }) {
		if strings.TrimRight(part, "0123456789") == word {
			return true
		}
	}
	return false
}

// loopback reports whether host, without port, is this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

package cli

import (
	"net"
	"net/url"
	"os"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// connectAsGcloud takes what gcloud's configuration says about calls to Google,
// where no flag does, and notes each setting that it takes. An emulator is not
// Google: gcloud's settings mean nothing to it.
func (f *flowFlags) connectAsGcloud(s *surroundings) []check.Finding {
	if f.connection.Emulator != "" {
		return nil
	}
	var notes []check.Finding
	note := func(p gcloudSetting, from engine.Source, says text.Text) {
		where := text.New("from gcloud's configuration: %s", p.section+"/"+p.key)
		if from == engine.Environment {
			where = text.New("from the environment: %s", p.variable())
		}
		notes = append(notes, check.Finding{ID: "gcloud", Level: check.Note, Says: says, Why: where})
	}
	if a, ok := s.setting(impersonate); ok && f.connection.Impersonate == "" {
		switch {
		case strings.Contains(a.Text, ","):
			notes = append(notes, check.Finding{
				ID: "gcloud", Level: check.Warning,
				Says: text.New("gcloud acts through a chain of service accounts, which can't be followed here; the calls are made as you"),
				Why:  text.New("--impersonate-service-account EMAIL names the one to act as"),
			})
		case email.MatchString(a.Text):
			f.connection.Impersonate = a.Text
			note(impersonate, a.From, text.New("Google is called as the service account %q", a.Text))
		}
	}
	// LEGACY, CURRENT_PROJECT and CURRENT_PROJECT_WITH_FALLBACK are no projects:
	// they say what happens anyway.
	if a, ok := s.setting(quotaProject); ok && f.connection.QuotaProject == "" &&
		s.getenv("GOOGLE_CLOUD_QUOTA_PROJECT") == "" && cloud.IsProjectID(a.Text) {
		f.connection.QuotaProject = a.Text
		note(quotaProject, a.From, text.New("API calls are charged to the project %q", a.Text))
	}
	if a, ok := s.setting(universe); ok && f.connection.UniverseDomain == "" && domain.MatchString(a.Text) {
		f.connection.UniverseDomain = a.Text
		note(universe, a.From, text.New("Google's APIs are called at %q", a.Text))
	}
	switch u, from := s.proxy(); {
	case u == nil:
	case u.Scheme != "http": // gRPC speaks to no other
		notes = append(notes, check.Finding{
			ID: "gcloud", Level: check.Warning,
			Says: text.New("gcloud's proxy is a SOCKS proxy, which isn't supported here; connections are made without it"),
			Why:  text.New("HTTPS_PROXY names an HTTP proxy"),
		})
	default:
		// Both of Google's transports, and the one to upstreams, read it there.
		_ = os.Setenv("HTTPS_PROXY", u.String())
		note(proxyAddress, from, text.New("all connections go through the proxy %q", u.Host))
	}
	return notes
}

// proxy is gcloud's proxy; nil where there is none, or the environment names
// one in the usual way.
func (s *surroundings) proxy() (*url.URL, engine.Source) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if s.getenv(name) != "" {
			return nil, ""
		}
	}
	kind, _ := s.setting(proxyType)
	host, ok := s.setting(proxyAddress)
	port, given := s.setting(proxyPort)
	scheme, known := map[string]string{"http": "http", "http_no_tunnel": "http", "socks4": "socks4",
		"socks5": "socks5"}[kind.Text]
	address := net.JoinHostPort(host.Text, port.Text)
	if !ok || !given || !known || !isHostPort(address) {
		return nil, ""
	}
	u := &url.URL{Scheme: scheme, Host: address}
	if user, ok := s.setting(proxyUsername); ok {
		u.User = url.User(user.Text)
		if password, ok := s.setting(proxyPassword); ok {
			u.User = url.UserPassword(user.Text, password.Text)
		}
	}
	return u, host.From
}

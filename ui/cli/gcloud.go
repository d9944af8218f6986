package cli

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// maxConfig is how much of a configuration file is read, in bytes.
const maxConfig = 1 << 20

// surroundings are the environment and the configuration files that answer
// where no flag does.
type surroundings struct {
	getenv func(string) string
	home   string
	// config is gcloud's active configuration, once it was read.
	config *string
}

func around() *surroundings {
	home, _ := os.UserHomeDir()
	return &surroundings{getenv: os.Getenv, home: home}
}

// gcloudSetting is a property of gcloud's
// (https://cloud.google.com/sdk/docs/properties).
type gcloudSetting struct {
	section, key string
	says         text.Text
}

// variable is the environment variable that overrides the property.
func (s gcloudSetting) variable() string { return "CLOUDSDK_" + strings.ToUpper(s.section+"_"+s.key) }

var (
	coreProject  = gcloudSetting{"core", "project", text.New("the project")}
	repository   = gcloudSetting{"artifacts", "repository", text.New("the repository")}
	location     = gcloudSetting{"artifacts", "location", text.New("the location of artifacts/repository")}
	impersonate  = gcloudSetting{"auth", "impersonate_service_account", text.New("the service account to act as")}
	quotaProject = gcloudSetting{"billing", "quota_project", text.New("the project that API calls are charged to")}
	universe     = gcloudSetting{"core", "universe_domain", text.New("the domain of Google's APIs")}

	proxyType     = gcloudSetting{"proxy", "type", text.New("the kind of proxy: http or http_no_tunnel")}
	proxyAddress  = gcloudSetting{"proxy", "address", text.New("the proxy's host")}
	proxyPort     = gcloudSetting{"proxy", "port", text.New("the proxy's port")}
	proxyUsername = gcloudSetting{"proxy", "username", text.New("the user name at the proxy")}
	proxyPassword = gcloudSetting{"proxy", "password", text.New("the password at the proxy")}
)

// gcloudSettings are all properties that are read.
func gcloudSettings() []gcloudSetting {
	return []gcloudSetting{
		coreProject, location, repository, impersonate, quotaProject, universe,
		proxyType, proxyAddress, proxyPort, proxyUsername, proxyPassword,
	}
}

// setting is a property of gcloud's: from its variable, else from the active
// configuration.
func (s *surroundings) setting(p gcloudSetting) (engine.Answer, bool) {
	if v := s.getenv(p.variable()); v != "" {
		return engine.Answer{Text: v, From: engine.Environment}, true
	}
	if s.config == nil {
		s.config = new(s.activeConfig())
	}
	v := property([]byte(*s.config), p.section, p.key)
	return engine.Answer{Text: v, From: engine.Config}, v != ""
}

// project is the first of GOOGLE_CLOUD_PROJECT, gcloud's own, and the quota
// project.
func (s *surroundings) project(quotaProject string) (engine.Answer, bool) {
	if v := s.getenv("GOOGLE_CLOUD_PROJECT"); v != "" {
		return engine.Answer{Text: v, From: engine.Environment}, true
	}
	if a, ok := s.setting(coreProject); ok {
		return a, true
	}
	if quotaProject != "" {
		return engine.Answer{Text: quotaProject, From: engine.Flag}, true
	}
	if v := s.getenv("GOOGLE_CLOUD_QUOTA_PROJECT"); v != "" {
		return engine.Answer{Text: v, From: engine.Environment}, true
	}
	if v := s.credentialsQuotaProject(); v != "" {
		return engine.Answer{Text: v, From: engine.Config}, true
	}
	return engine.Answer{}, false
}

// repository is the one that gcloud's artifacts commands work on. Its location
// counts only along with it: a repository that a flag names may be elsewhere.
func (s *surroundings) repository() (engine.Answer, bool) {
	a, ok := s.setting(repository)
	if l, known := s.setting(location); ok && known && !strings.Contains(a.Text, "/") {
		a.Text = l.Text + "/" + a.Text
	}
	return a, ok
}

// gcloudDir is where gcloud keeps its configuration
// (https://cloud.google.com/sdk/docs/configurations).
func (s *surroundings) gcloudDir() string {
	switch dir := s.getenv("CLOUDSDK_CONFIG"); {
	case dir != "":
		return dir
	case runtime.GOOS == "windows":
		return filepath.Join(s.getenv("APPDATA"), "gcloud")
	case s.home == "":
		return "" // and not a folder of that name below the present one
	default:
		return filepath.Join(s.home, ".config", "gcloud")
	}
}

// activeConfig is the file of gcloud's active configuration; empty where there
// is none.
func (s *surroundings) activeConfig() string {
	dir := s.gcloudDir()
	if dir == "" {
		return ""
	}
	name := s.getenv("CLOUDSDK_ACTIVE_CONFIG_NAME")
	if name == "" {
		name = strings.TrimSpace(string(readConfig(filepath.Join(dir, "active_config"))))
	}
	if name == "" {
		name = "default"
	}
	if strings.ContainsAny(name, `/\`) {
		return ""
	}
	return string(readConfig(filepath.Join(dir, "configurations", "config_"+name)))
}

// credentialsQuotaProject is the one that the application default credentials
// name (https://cloud.google.com/docs/quotas/set-quota-project).
func (s *surroundings) credentialsQuotaProject() string {
	path := s.getenv("GOOGLE_APPLICATION_CREDENTIALS")
	if path == "" && s.gcloudDir() == "" {
		return ""
	}
	if path == "" {
		path = filepath.Join(s.gcloudDir(), "application_default_credentials.json")
	}
	var file struct {
		QuotaProject string `json:"quota_project_id"`
	}
	if json.Unmarshal(readConfig(path), &file) != nil {
		return ""
	}
	return file.QuotaProject
}

// readConfig reads a regular file; one that can't be read counts as empty.
func readConfig(path string) []byte {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path) //nolint:gosec // gcloud's own file, or one that the person names
	if err != nil {
		return nil
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxConfig))
	return b
}

// property reads one value of gcloud's properties: sections in brackets, and
// "key = value" or "key: value" under them, the last one counts.
func property(config []byte, section, key string) string {
	var value, in string
	lines := bufio.NewScanner(strings.NewReader(string(config)))
	lines.Buffer(nil, maxConfig+1)
	for lines.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			in, _, _ = strings.Cut(line[1:], "]")
			in = strings.TrimSpace(in)
		case in == section:
			if i := strings.IndexAny(line, "=:"); i > 0 && strings.EqualFold(strings.TrimSpace(line[:i]), key) {
				value = strings.TrimSpace(line[i+1:])
			}
		}
	}
	return value
}

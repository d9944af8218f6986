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
)

// maxConfig is how much of a configuration file is read, in bytes.
const maxConfig = 1 << 20

// surroundings are the environment and the configuration files that answer for
// the project where no flag does.
type surroundings struct {
	getenv func(string) string
	home   string
}

func around() surroundings {
	home, _ := os.UserHomeDir()
	return surroundings{getenv: os.Getenv, home: home}
}

// project is the first of GOOGLE_CLOUD_PROJECT, CLOUDSDK_CORE_PROJECT, the
// project of gcloud's active configuration, and the quota project.
func (s surroundings) project(quotaProject string) (engine.Answer, bool) {
	for _, name := range []string{"GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"} {
		if v := s.getenv(name); v != "" {
			return engine.Answer{Text: v, From: engine.Environment}, true
		}
	}
	if v := s.activeProject(); v != "" {
		return engine.Answer{Text: v, From: engine.Config}, true
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

// gcloudDir is where gcloud keeps its configuration
// (https://cloud.google.com/sdk/docs/configurations).
func (s surroundings) gcloudDir() string {
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

// activeProject is core/project of gcloud's active configuration.
func (s surroundings) activeProject() string {
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
	return property(readConfig(filepath.Join(dir, "configurations", "config_"+name)), "core", "project")
}

// credentialsQuotaProject is the one that the application default credentials
// name (https://cloud.google.com/docs/quotas/set-quota-project).
func (s surroundings) credentialsQuotaProject() string {
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

// readConfig reads a regular file; one that cannot be read says nothing.
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

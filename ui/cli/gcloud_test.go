package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/engine"
)

func TestProperty(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"plain", "[core]\naccount = a@example.com\nproject = my-project\n", "my-project"},
		{"colon, no spaces, line ends of Windows", "\ufeff[core]\r\nproject:my-project\r\n", "my-project"},
		{"another section", "[compute]\nproject = other\n", ""},
		{"comments", "# [core]\n; project = x\n[core]\n#project = x\nproject = y", "y"},
		{"the last one counts", "[core]\nproject = a\n[core]\nproject = b\n", "b"},
		{"section with spaces", "[ core ]\nproject = a\n", "a"},
		{"no value", "[core]\nproject =\n", ""},
		{"no key", "[core]\n= x\nproject", ""},
		{"nothing", "", ""},
	} {
		if got := property([]byte(c.config), "core", "project"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzProperty(f *testing.F) {
	f.Add("[core]\nproject = my-project\n")
	f.Add("[[core]\n: =")
	f.Fuzz(func(t *testing.T, config string) {
		got := property([]byte(config), "core", "project")
		if got != strings.TrimSpace(got) || strings.Contains(got, "\n") || !strings.Contains(config, got) {
			t.Errorf("%q gives %q", config, got)
		}
	})
}

func TestProjectFromSurroundings(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("active_config", "mine\n")
	write("configurations/config_mine", "[core]\nproject = from-mine\n")
	write("configurations/config_default", "[core]\nproject = from-default\n")
	write("configurations/config_empty", "")
	write("application_default_credentials.json", `{"quota_project_id":"from-credentials"}`)
	write("key.json", `{"quota_project_id":"from-key"}`)
	write("secret", "[core]\nproject = stolen\n")
	config := "CLOUDSDK_CONFIG=" + dir
	for _, c := range []struct {
		name, quota, want string
		env               []string
		from              engine.Source
	}{
		{"the environment first", "q", "from-env", []string{config, "GOOGLE_CLOUD_PROJECT=from-env", "CLOUDSDK_CORE_PROJECT=other"}, engine.Environment},
		{"gcloud's variable", "q", "other", []string{config, "CLOUDSDK_CORE_PROJECT=other"}, engine.Environment},
		{"the active configuration", "q", "from-mine", []string{config}, engine.Config},
		{"one that is named", "q", "from-default", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=default"}, engine.Config},
		{"the quota project's flag", "q", "q", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=empty", "GOOGLE_CLOUD_QUOTA_PROJECT=qe"}, engine.Flag},
		{"the quota project's variable", "", "qe", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=empty", "GOOGLE_CLOUD_QUOTA_PROJECT=qe"}, engine.Environment},
		{"the credentials", "", "from-credentials", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=empty"}, engine.Config},
		{"credentials that are named", "", "from-key", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=empty", "GOOGLE_APPLICATION_CREDENTIALS=" + filepath.Join(dir, "key.json")}, engine.Config},
		{"a name that leads elsewhere", "", "from-credentials", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=/../../secret"}, engine.Config},
		{"nothing at all", "", "", []string{"CLOUDSDK_CONFIG=" + filepath.Join(dir, "none")}, ""},
	} {
		s := &surroundings{home: dir, getenv: func(name string) string {
			for _, e := range c.env {
				if v, ok := strings.CutPrefix(e, name+"="); ok {
					return v
				}
			}
			return ""
		}}
		if got, _ := s.project(c.quota); got.Text != c.want || got.From != c.from {
			t.Errorf("%s: got %q from %q, want %q from %q", c.name, got.Text, got.From, c.want, c.from)
		}
	}
}

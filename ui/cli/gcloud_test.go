package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
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
		{"the environment first", "q", "from-env",
			[]string{config, "GOOGLE_CLOUD_PROJECT=from-env", "CLOUDSDK_CORE_PROJECT=other"}, engine.Environment},
		{"gcloud's variable", "q", "other", []string{config, "CLOUDSDK_CORE_PROJECT=other"}, engine.Environment},
		{"the active configuration", "q", "from-mine", []string{config}, engine.Config},
		{"one that is named", "q", "from-default", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=default"},
			engine.Config},
		{"the quota project's flag", "q", "q", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=empty",
			"GOOGLE_CLOUD_QUOTA_PROJECT=qe"}, engine.Flag},
		{"the quota project's variable", "", "qe",
			[]string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=empty", "GOOGLE_CLOUD_QUOTA_PROJECT=qe"}, engine.Environment},
		{"the credentials", "", "from-credentials", []string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=empty"},
			engine.Config},
		{"credentials that are named", "", "from-key",
			[]string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=empty",
				"GOOGLE_APPLICATION_CREDENTIALS=" + filepath.Join(dir, "key.json")}, engine.Config},
		{"a name that leads elsewhere", "", "from-credentials",
			[]string{config, "CLOUDSDK_ACTIVE_CONFIG_NAME=/../../secret"}, engine.Config},
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

// TestGcloudsSettings holds what is taken of gcloud's configuration, and that
// flags, the environment and an emulator win over it.
func TestGcloudsSettings(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "") // which a proxy sets
	config := "[core]\nuniverse_domain = example.org\n[auth]\nimpersonate_service_account = robot@my-project.iam.gserviceaccount.com\n" +
		"[billing]\nquota_project = my-quota\n[proxy]\ntype = http\naddress = proxy.example\nport = 3128\nusername = ann\npassword = pw\n" +
		"[artifacts]\nlocation = us-central1\nrepository = hub\n"
	all := Connection{Impersonate: "robot@my-project.iam.gserviceaccount.com", QuotaProject: "my-quota",
		UniverseDomain: "example.org"}
	for _, c := range []struct {
		name, config string
		env          map[string]string
		flags, want  Connection
		notes        int
	}{
		{"all of them", config, nil, Connection{}, all, 4},
		{"flags win", config, nil, Connection{Impersonate: "a@b.example", QuotaProject: "other",
			UniverseDomain: "x.example"},
			Connection{Impersonate: "a@b.example", QuotaProject: "other", UniverseDomain: "x.example"}, 1},
		{"variables win", "[billing]\nquota_project = my-quota\n",
			map[string]string{"CLOUDSDK_BILLING_QUOTA_PROJECT": "from-variable"}, Connection{},
			Connection{QuotaProject: "from-variable"}, 1},
		{"Google's own variable wins", "[billing]\nquota_project = my-quota\n",
			map[string]string{"GOOGLE_CLOUD_QUOTA_PROJECT": "q"}, Connection{}, Connection{}, 0},
		{"no project", "[billing]\nquota_project = CURRENT_PROJECT\n", nil, Connection{}, Connection{}, 0},
		{"a chain", "[auth]\nimpersonate_service_account = a@b.example,c@d.example\n", nil, Connection{},
			Connection{}, 1},
		{"a SOCKS proxy", "[proxy]\ntype = socks5\naddress = proxy.example\nport = 1080\n", nil, Connection{},
			Connection{}, 1},
		{"half a proxy", "[proxy]\ntype = http\naddress = proxy.example\n", nil, Connection{}, Connection{}, 0},
		{"a proxy in the environment", "[proxy]\ntype = http\naddress = proxy.example\nport = 1\n",
			map[string]string{"HTTPS_PROXY": "http://other"}, Connection{}, Connection{}, 0},
		{"an emulator", config, nil, Connection{Emulator: "127.0.0.1:1"}, Connection{Emulator: "127.0.0.1:1"}, 0},
		{"nothing", "", nil, Connection{}, Connection{}, 0},
	} {
		s := &surroundings{config: &c.config, getenv: func(name string) string { return c.env[name] }}
		f := &flowFlags{connection: c.flags}
		notes := f.connectAsGcloud(s)
		if len(notes) != c.notes || f.connection != c.want {
			t.Errorf("%s: %+v, %d notes", c.name, f.connection, len(notes))
		}
		for _, n := range notes {
			if n.Why.Empty() || strings.Contains(n.Says.In(text.English), "pw") {
				t.Errorf("%s: %s (%s)", c.name, n.Says.In(text.English), n.Why.In(text.English))
			}
		}
	}
	s := &surroundings{config: &config, getenv: func(string) string { return "" }}
	if u, _ := s.proxy(); u == nil || u.String() != "http://ann:pw@proxy.example:3128" {
		t.Errorf("the proxy is %v", u)
	}
	if a, ok := s.repository(); !ok || a.Text != "us-central1/hub" || a.From != engine.Config {
		t.Errorf("the repository is %+v", a)
	}
}

// TestRepositoryFromGcloud holds that gcloud's repository is an answer where
// nobody can be asked, a proposal in person, and none beside a flag.
func TestRepositoryFromGcloud(t *testing.T) {
	config := "[core]\nproject = my-project\n[artifacts]\nlocation = us-central1\nrepository = hub\n"
	for args, want := range map[string]string{
		"":                      "us-central1/hub",
		"--repository us/other": "us/other",
		"--location europe":     "",
	} {
		a := &app{}
		f := a.newFlowFlags(a.root())
		f.cmd.ResetFlags()
		f.common()
		f.questions()
		if err := f.cmd.ParseFlags(strings.Fields(args + " --output json")); err != nil {
			t.Fatal(err)
		}
		r := &flowRun{app: a, flags: f, flow: doctor.Doctor()}
		err := r.prepare(&surroundings{config: &config, getenv: func(string) string { return "" }})
		if got := r.given[engine.StepRepository]; err != nil || got.Text != want {
			t.Errorf("%q: %+v, %v", args, got, err)
		}
	}
}

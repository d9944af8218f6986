package robust

import (
	"fmt"
	"strings"
	"testing"
)

const (
	cyrillic = "dem\u043e-healthy" // its o is not Latin
	wide     = "\uff44emo-healthy"
	hidden   = "demo-\u200bhealthy"
	turned   = "demo-\u202ehealthy"
	escape   = "demo-\x1b]52;c;AAAA\x07healthy"
)

// bad is a value that a flag must not take.
type bad struct {
	flag, value string
	says        string
}

// huge is more than any field takes, and less than what the system allows for
// one argument.
var huge = strings.Repeat("a", 100_000)

// everywhere are flags that all flows have.
var everywhere = []bad{
	{"output", "", "--output takes text"},
	{"output", "yaml", "--output takes text"},
	{"output", "JSON", "--output takes text"},
	{"output", huge, "--output takes text"},
	{"timeout", "-1s", "negative"},
	{"timeout", "soon", "soon"},
	{"timeout", "5", "unit"},
	{"timeout", "99999999999h", "--timeout"},
	{"emulator", "rubbish", "not a host and a port"},
	{"emulator", "http://127.0.0.1:80", "not a host and a port"},
	{"emulator", "127.0.0.1:99999", "not a host and a port"},
	{"emulator", "127.0.0.1:0", "not a host and a port"},
	{"emulator", "127.0.0.1:http", "not a host and a port"},
	{"emulator", "me@host:80", "not a host and a port"},
	{"emulator", huge + ":80000", "not a host and a port"},
	{"quota-project", "", "is empty"},
	{"quota-project", cyrillic, "not a project"},
	{"quota-project", "a\nb", "not a project"},
	{"impersonate-service-account", "robot", "email"},
	{"impersonate-service-account", "projects/-/serviceAccounts/r@p.iam.gserviceaccount.com", "email"},
	{"impersonate-service-account", huge, "email"},
	{"universe-domain", "https://googleapis.com", "not a domain"},
	{"universe-domain", "x y", "not a domain"},
	{"ca-file", "/", "directory"},
	{"ca-file", "/dev/zero", "not a regular file"},
	{"ca-file", "/nowhere/at/all", "no such file"},
	{"ca-file", huge, "--ca-file"},
	{"log-file", "/", "directory"},
	{"log-file", "/nowhere/at/all", "no such file"},
}

// ids are flags that name things.
var ids = []bad{
	{"project", "", "is empty"},
	{"project", "   ", "is empty"},
	{"project", "DEMO-HEALTHY", "not a project id"},
	{"project", cyrillic, "not a project id"},
	{"project", wide, "not a project id"},
	{"project", hidden, `\u200b`},
	{"project", turned, `\u202e`},
	{"project", escape, `\x1b`},
	{"project", "../demo-healthy", "not a project id"},
	{"project", "demo-healthy/../other", "not a project id"},
	{"project", "projects/demo-healthy/locations/us-central1/repositories/docker-hub", "not a project id"},
	{"project", "-1", "not a project id"},
	{"project", "0", "not a project id"},
	{"project", "99999999999999999999999", "not a project id"},
	{"project", huge, "not a project id"},
	{"repository", "", "is empty"},
	{"repository", "Docker-Hub", "not a repository's name"},
	{"repository", "d\u043ecker-hub", "not a repository's name"},
	{"repository", "..", "not a repository's name"},
	{"repository", "../docker-hub", "not a location"},
	{"repository", "us-central1/../docker-hub", "not a repository's name"},
	{"repository", "us-central1/docker-hub/", "not a repository's name"},
	{"repository", "projects/demo-healthy", "not a repository's full name"},
	{"repository", "projects/demo-healthy/secrets/docker-hub-token", "not a repository's full name"},
	{"repository", "projects/demo-healthy/locations/us-central1/repositories/docker-hub/packages/x", "not a repository's full name"},
	{"repository", "projects/demo-denied/locations/us-central1/repositories/docker-hub", "another project"},
	{"repository", "us-docker.pkg.dev/demo-healthy/docker-hub", "not a"},
	{"repository", huge, "not a repository's name"},
	{"location", "", "is empty"},
	{"location", "US-CENTRAL1", "not a location"},
	{"location", "us\u2010central1", "not a location"},
	{"location", "../us-central1", "not a location"},
	{"location", "projects/demo-healthy/locations/us-central1", "not a location"},
	{"location", "europe", "another location"},
	{"location", huge, "not a location"},
}

// values are the other flags of setup.
var values = []bad{
	{"secret", "", "is empty"},
	{"secret", "s\u0435cret", "not a secret's name"},
	{"secret", "../secret", "not a secret's name"},
	{"secret", "a secret", "not a secret's name"},
	{"secret", strings.Repeat("a", 256), "not a secret's name"},
	{"secret", "projects/demo-healthy", "not a secret's name"},
	{"secret", "projects/demo-healthy/locations/us-central1/secrets/s", "regional"},
	{"secret", "projects/demo-healthy/secrets/s/versions/latest", "pinned by its number"},
	{"secret", "projects/DEMO/secrets/s", "not a project id"},
	{"secret", huge, "not a secret's name"},
	{"secret-project", "", "is empty"},
	{"secret-project", cyrillic, "not a project"},
	{"secret-project", "projects/demo-healthy", "not a project"},
	{"secret-version", "", "is empty"},
	{"secret-version", "0", "not a version's number"},
	{"secret-version", "-1", "not a version's number"},
	{"secret-version", "1.5", "not a version's number"},
	{"secret-version", "latest", "not a version's number"},
	{"secret-version", "\u0661", "not a version's number"}, // an Arabic one
	{"secret-version", "99999999999999999999", "not a version's number"},
	{"secret-version", "projects/demo-healthy/secrets/s/versions/1", "not a version's number"},
	{"username", "", "is empty"},
	{"username", " \t", "is empty"},
	{"username", "a\tb", "control character"},
	{"username", "a\x1b[2Jb", "control character"},
	{"username", strings.Repeat("u", 1025), "too long"},
	{"username", huge, "too long"},
	{"replication-locations", "", "is empty"},
	{"replication-locations", "us-central1,", "is empty"},
	{"replication-locations", "US", "not a location"},
	{"replication-locations", "us-central1,us-central1", "twice"},
	{"replication-locations", `"`, "--replication-locations"},
	{"kms-key", "", "is empty"},
	{"kms-key", "my-key", "full name of a key"},
	{"kms-key", "projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1", "full name of a key"},
	{"kms-key", "projects/p/locations/../keyRings/r/cryptoKeys/k", "full name of a key"},
	{"allow-realm", "", "is empty"},
	{"allow-realm", "https://auth.example.com/token", "not a host"},
	{"allow-realm", "\u0430uth.example.com", "not a host"},
	{"allow-realm", "auth.example.com@evil.example", "not a host"},
	{"verify-with", "", "is empty"},
	{"verify-with", "../../secrets", "not the name of an artifact"},
	{"verify-with", "a b", "not the name of an artifact"},
	{"verify-with", "a\r\nHost: evil.example", "not the name of an artifact"},
	{"verify-with", "https://evil.example/x", "not the name of an artifact"},
	{"verify-with", huge, "not the name of an artifact"},
	{"token-file", "", "is empty"},
	{"no-such-flag", "x", "unknown flag"},
	{"token", demoToken, "no flag of its own"},
	{"password", demoToken, "no flag of its own"},
}

// refused holds that the program says what is wrong and what to do, in few
// words, and that nothing was changed.
func (p *place) refused(e ended, code int, says string) {
	p.t.Helper()
	switch {
	case e.code != code:
		p.t.Errorf("exit code %d, want %d: %s", e.code, code, shorten(e.err))
	case e.out != "" && code == 2:
		p.t.Errorf("on standard output: %s", shorten(e.out))
	case !strings.Contains(e.err, "error: "), !strings.Contains(e.err, says):
		p.t.Errorf("it does not say %q: %s", says, shorten(e.err))
	case !strings.Contains(e.err, "hint: "):
		p.t.Errorf("it does not say what to do: %s", shorten(e.err))
	case len(e.err) > 4096:
		p.t.Errorf("it says %d bytes: %s", len(e.err), shorten(e.err))
	}
	if p.emulator == nil {
		return
	}
	if w := p.writes(); len(w) > 0 {
		p.t.Errorf("it has written: %v", w)
	}
}

func TestBadFlags(t *testing.T) {
	p := newPlace(t)
	for _, b := range append(append(append([]bad(nil), everywhere...), ids...), values...) {
		t.Run(shortName(b), func(t *testing.T) {
			p := *p
			p.t = t
			p.refused(p.run(p.complete("--"+b.flag+"="+b.value)...), 2, b.says)
		})
	}
}

func TestBadFlagsOfOtherCommands(t *testing.T) {
	p := newPlace(t)
	_, commands, _ := strings.Cut(p.run("help").out, "Available Commands:\n")
	commands, _, _ = strings.Cut(commands, "\n\n")
	for line := range strings.Lines(commands) {
		command := strings.Fields(line)[0]
		if command == "setup" {
			continue
		}
		_, flags, _ := strings.Cut(p.run(command, "--help").out, "\nFlags:\n")
		for _, b := range []bad{everywhere[0], everywhere[4], everywhere[7], everywhere[14], ids[3], ids[8], ids[14], ids[17], ids[22], ids[26]} {
			if !strings.Contains(flags, "--"+b.flag+" ") {
				continue
			}
			t.Run(command+" "+shortName(b), func(t *testing.T) {
				p := *p
				p.t = t
				p.refused(p.run(command, "--"+b.flag+"="+b.value), 2, b.says)
			})
		}
	}
}

func shortName(b bad) string {
	if len(b.value) > 60 {
		return fmt.Sprintf("%s %.20s… (%d)", b.flag, b.value, len(b.value))
	}
	return b.flag + " " + fmt.Sprintf("%+q", b.value)
}

// A look-alike that could be a name is taken for one; what it names is not
// there, and that is said.
func TestNamesOfNothing(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{p.complete("--project", "dem0-healthy"), 1, "no project dem0-healthy"},
		{p.complete("--project", "999999999999"), 1, "999999999999"},
		{p.complete("--repository", "us-central1/docker-hud"), 1, "no repository docker-hud"},
		{p.complete("--repository", "docker-hud"), 1, "no repository docker-hud"},
		{p.complete("--repository", "us-central1/images"), 1, "not a remote repository"},
		{p.complete("--secret", "docker-hub-token", "--secret-version", "999"), 1, "no version 999"},
		{p.complete("--username", "dem\u043e"), 5, "Docker Hub refuses"},
		{p.complete("--username", "demo:demo"), 5, "colon"},
	} {
		p.refused(p.run(c.args...), c.code, c.says)
	}
}

func TestBadCommands(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		says string
		args []string
	}{
		{"unknown command", []string{"stup"}},
		{"unknown command", []string{"\x1b[2J"}},
		{"unknown command", []string{huge}},
		{"takes no arguments", []string{"setup", demoToken}},
		{"takes no arguments", []string{"version", "x"}},
		{"unknown flag", []string{"--" + huge}},
		{"unknown flag", []string{"setup", "-\u0440"}},
	} {
		p.refused(p.run(c.args...), 2, c.says)
	}
}

func TestBadEmulators(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{2, "unknown scenario", []string{"--scenario", "../onboarding"}},
		{2, "unknown scenario", []string{"--scenario", huge}},
		{2, "cannot go together", []string{"--scenario", "fleet", "--seed-file", p.path("token")}},
		{2, "other machines", []string{"--listen", "0.0.0.0:0"}},
		{2, "other machines", []string{"--listen", ":0"}},
		{2, "other machines", []string{"--listen", "[::]:0"}},
		{2, "other machines", []string{"--listen", "example.com:0"}},
		{2, "not a host and a port", []string{"--listen", "rubbish"}},
		{2, "not a host and a port", []string{"--listen", "127.0.0.1:99999"}},
		{2, "not a host and a port", []string{"--listen", ""}},
		{1, "cannot listen", []string{"--listen", p.addr}},
		{2, "fault", []string{"--fault", "rubbish"}},
		{2, "fault", []string{"--fault", ""}},
		{2, "no such code", []string{"--fault", "A.B=NOPE"}},
		{2, "times must be", []string{"--fault", "A.B=UNAVAILABLE:0"}},
		{2, "times must be", []string{"--fault", "A.B=UNAVAILABLE:99999999999999999999"}},
		{2, "neither before nor after", []string{"--fault", "A.B=UNAVAILABLE@never"}},
		{2, "want [SERVICE.]METHOD=CODE", []string{"--fault", "A.B=" + huge}},
		{2, "negative", []string{"--latency", "-1s"}},
		{2, "negative", []string{"--iam-delay", "-1s"}},
		{2, "invalid", []string{"--latency", "soon"}},
		{2, "negative", []string{"--projects", "-1"}},
		{2, "at most", []string{"--scenario", "fleet", "--projects", "2000000000"}},
		{2, "invalid", []string{"--projects", "99999999999999999999"}},
		{2, "directory", []string{"--seed-file", p.home}},
		{2, "not a regular file", []string{"--seed-file", "/dev/zero"}},
		{2, "no such file", []string{"--seed-file", p.path("nothing")}},
		{2, "cannot be used", []string{"--seed-file", p.write("list.yaml", "- a\n- b\n", 0o600)}},
		{2, "cannot be used", []string{"--seed-file", p.write("unknown.yaml", "nonsense: 1\n", 0o600)}},
		{2, "cannot be used", []string{"--seed-file", p.write("bomb.yaml", bomb(), 0o600)}},
		{2, "cannot be used", []string{"--seed-file", p.write("deep.yaml", strings.Repeat("[", 20_000), 0o600)}},
		{2, "cannot be used", []string{"--seed-file", p.write("binary.yaml", "\x00\xff\xfe\x1b]0;x\x07", 0o600)}},
	} {
		p.refused(p.run(append([]string{"emulator"}, c.args...)...), c.code, c.says)
	}
}

// bomb grows without end for who believes its references.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [", i, i)
		for range 9 {
			fmt.Fprintf(&b, "*a%d, ", i-1)
		}
		b.WriteString("]\n")
	}
	return b.String()
}

package robust

import (
	"fmt"
	"regexp"
	"slices"
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
	{"timeout", "", "not a duration"},
	{"timeout", "-1s", "negative"},
	{"timeout", "soon", "not a duration"},
	{"timeout", "5", "not a duration"},
	{"timeout", "\u0665m", "not a duration"}, // an Arabic five
	{"timeout", "99999999999h", "not a duration"},
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
	{"universe-domain", "", "is empty"},
	{"universe-domain", "googleapis.\u0441om", "not a domain"},
	{"universe-domain", "https://googleapis.com", "not a domain"},
	{"universe-domain", "x y", "not a domain"},
	{"ca-file", "", "is empty"},
	{"ca-file", "/", "directory"},
	{"ca-file", "/dev/zero", "not a regular file"},
	{"ca-file", "/nowhere/at/all", "no such file"},
	{"ca-file", huge, "--ca-file"},
	{"lang", "", "en or ja"},
	{"lang", "JA", "en or ja"},
	{"lang", "de", "en or ja"},
	{"lang", huge, "en or ja"},
	{"emulator", "192.0.2.1:8085", "isn't on this machine"},
	{"log-file", "", "is empty"},
	{"log-file", "/", "directory"},
	{"log-file", "/nowhere/at/all", "no such file"},
	{"log-file", huge, "--log-file"},
}

// ids are flags that name things.
var ids = []bad{
	{"project", "", "is empty"},
	{"project", "   ", "is empty"},
	{"project", "DEMO-HEALTHY", "not a project"},
	{"project", cyrillic, "not a project"},
	{"project", wide, "not a project"},
	{"project", hidden, `\u200b`},
	{"project", turned, `\u202e`},
	{"project", escape, `\x1b`},
	{"project", "../demo-healthy", "not a project"},
	{"project", "demo-healthy/../other", "not a project"},
	{"project", "projects/demo-healthy/locations/us-central1/repositories/docker-hub", "not a project"},
	{"project", "-1", "not a project"},
	{"project", "0", "not a project"},
	{"project", "99999999999999999999999", "not a project"},
	{"project", huge, "not a project"},
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
	{"repository", "us-docker.pkg.dev/demo-healthy/docker-hub", "not a"},
	{"repository", huge, "not a repository's name"},
	{"location", "", "is empty"},
	{"location", "US-CENTRAL1", "not a location"},
	{"location", "us\u2010central1", "not a location"},
	{"location", "../us-central1", "not a location"},
	{"location", "projects/demo-healthy/locations/us-central1", "not a location"},
	{"location", huge, "not a location"},
}

// beside are values that do not go with the other flags of setup.
var beside = []bad{
	{"repository", "projects/demo-denied/locations/us-central1/repositories/docker-hub", "another project"},
	{"location", "europe", "another location"},
}

// values are the other flags of flows.
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
	{"dir", "", "is empty"},
	{"dir", "/nowhere/at/all", "no such file"},
	{"bundle", "", "is empty"},
	{"bundle", "/", "directory"},
	{"bundle", "/nowhere/at/all", "no such file"},
	{"bundle", "/dev/null/x", "not a directory"},
	{"bundle", huge, "--bundle"},
}

// unknown are flags that no command has.
var unknown = []bad{
	{"no-such-flag", "x", "unknown flag"},
	{"x", "x", "unknown flag: --x"},
	{"token", demoToken, "no flag of its own"},
	{"password", demoToken, "no flag of its own"},
}

// yesOrNo is what a flag without a value does not take.
var yesOrNo = []string{"", "maybe", "YES", "2", "tru\u0435", huge}

// refused holds that the program says what is wrong and what to do, in few
// words, and that nothing was changed.
func (p *place) refused(e ended, code int, says string) {
	p.t.Helper()
	switch {
	case e.code != code:
		p.t.Errorf("exit code %d, want %d: %s", e.code, code, shorten(e.err))
	case e.out != "" && code == 2:
		p.t.Errorf("on standard output: %s", shorten(e.out))
	case !strings.Contains(e.err, "problem: "), !strings.Contains(e.err, says):
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
	for _, b := range slices.Concat(everywhere, ids, beside, values, unknown) {
		if b.flag == "bundle" || b.flag == "dir" {
			continue // setup has none
		}
		t.Run(shortName(b), func(t *testing.T) {
			p := *p
			p.t = t
			p.refused(p.run(p.complete("--"+b.flag+"="+b.value)...), 2, b.says)
		})
	}
}

// aFlag is a flag in a help text, and the name of its value.
var aFlag = regexp.MustCompile(`(?m)^ {2,6}(?:-\w, )?--([a-z-]+)( \S+)?(?:  |$)`)

// Every flag of every command, and of the bare one, refuses what it cannot
// mean. A flag without a row fails.
func TestBadFlagsOfEveryCommand(t *testing.T) {
	p := newPlace(t)
	commands := [][]string{nil}
	for line := range strings.Lines(p.run("__complete", "").out) {
		if name, _, ok := strings.Cut(line, "\t"); ok {
			commands = append(commands, []string{name})
		}
	}
	if len(commands) < 10 {
		t.Fatalf("too few commands: %v", commands)
	}
	tried := map[string]bool{}
	for _, command := range commands {
		for _, flag := range aFlag.FindAllStringSubmatch(p.run(append(command, "--help")...).out, -1) {
			tried[flag[1]] = true
			var rows []bad
			for _, b := range slices.Concat(everywhere, ids, values) {
				if b.flag == flag[1] {
					rows = append(rows, b)
				}
			}
			if flag[2] == "" { // it takes no value
				rows = nil
				for _, v := range yesOrNo {
					rows = append(rows, bad{flag[1], v, "true or false"})
				}
			}
			if len(rows) == 0 && !slices.ContainsFunc(emulators, func(e badEmulator) bool { return slices.Contains(e.args, "--"+flag[1]) }) {
				t.Errorf("%v: nothing is tried on --%s", command, flag[1])
			}
			if flag[1] == "help" || slices.Equal(command, []string{"setup"}) && flag[2] != "" {
				continue // see TestBadFlags
			}
			for _, b := range rows {
				t.Run(strings.Join(append(command, shortName(b)), " "), func(t *testing.T) {
					p := *p
					p.t = t
					p.refused(p.run(append(p.answered(command), "--"+b.flag+"="+b.value)...), 2, b.says)
				})
			}
		}
	}
	for _, name := range []string{"yes", "allow-public-secret", "token-as-is", "disable-old", "allow-remote-emulator", "lang", "output", "replication-locations"} {
		if !tried[name] {
			t.Errorf("no command's help lists --%s", name)
		}
	}
	p.refused(p.run(append(p.answered([]string{"rotate"}), "--keep-old", "--disable-old")...), 2, "contradict")
}

// answered is a command with all that it would ask for.
func (p *place) answered(command []string) []string {
	all := p.complete()[1:]
	switch where := all[:4]; strings.Join(command, "") {
	case "":
		return all
	case "rotate":
		return slices.Concat(command, where, []string{"--token-file", p.path("token"), "--yes"})
	case "doctor":
		return slices.Concat(command, where)
	case "remove":
		return slices.Concat(command, where, []string{"--yes"})
	case "undo":
		return slices.Concat(command, []string{"--yes"})
	}
	return command
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
		{p.complete("--username", "dem\u043e"), 5, "Docker Hub rejected"},
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
		{"unknown command", []string{"help", "stup"}},
		{"unknown command", []string{"help", "setup", "x"}},
		{"no completion", []string{"completion", "klingon"}},
		{"no completion", []string{"completion", huge}},
		{"takes no arguments", []string{"completion", "bash", "x"}},
		{"takes no arguments", []string{"rotate", demoToken}},
		{"takes no arguments", []string{"emulator", "x"}},
		{"takes no arguments", []string{"demo", "x"}},
		{"negative", []string{"demo", "--latency", "-1s"}},
		{"takes one argument, 2 given", []string{"undo", "a.json", "b.json"}},
		{"takes no receipt", []string{"undo", "--list", "a.json"}},
	} {
		p.refused(p.run(c.args...), 2, c.says)
	}
}

type badEmulator struct {
	code int
	says string
	args []string
}

var emulators = []badEmulator{
	{2, "unknown scenario", []string{"--scenario", "../onboarding"}},
	{2, "unknown scenario", []string{"--scenario", huge}},
	{2, "other machines", []string{"--listen", "0.0.0.0:0"}},
	{2, "other machines", []string{"--listen", ":0"}},
	{2, "other machines", []string{"--listen", "[::]:0"}},
	{2, "other machines", []string{"--listen", "example.com:0"}},
	{2, "not a host and a port", []string{"--listen", "rubbish"}},
	{2, "not a host and a port", []string{"--listen", "127.0.0.1:99999"}},
	{2, "is empty", []string{"--listen", ""}},
	{2, "other machines", []string{"--listen", huge + ":0"}},
	{2, "--allow-host", []string{"--allow-host", ""}},
	{2, "--allow-host", []string{"--allow-host", "*"}},
	{2, "--allow-host", []string{"--allow-host", "http://emulator.test"}},
	{2, "--allow-host", []string{"--allow-host", "emulator.test/path"}},
	{2, "--allow-host", []string{"--allow-host", "two names"}},
	{2, "fault", []string{"--fault", "rubbish"}},
	{2, "fault", []string{"--fault", ""}},
	{2, "no such code", []string{"--fault", "A.B=NOPE"}},
	{2, "times must be", []string{"--fault", "A.B=UNAVAILABLE:0"}},
	{2, "times must be", []string{"--fault", "A.B=UNAVAILABLE:99999999999999999999"}},
	{2, "neither before nor after", []string{"--fault", "A.B=UNAVAILABLE@never"}},
	{2, "want [SERVICE.]METHOD=CODE", []string{"--fault", "A.B=" + huge}},
	{2, "negative", []string{"--latency", "-1s"}},
	{2, "negative", []string{"--iam-delay", "-1s"}},
	{2, "not a duration", []string{"--latency", "soon"}},
	{2, "not a duration", []string{"--iam-delay", "5"}},
	{2, "negative", []string{"--projects", "-1"}},
	{2, "at most", []string{"--scenario", "fleet", "--projects", "2000000000"}},
	{2, "not a number", []string{"--projects", "99999999999999999999"}},
	{2, "not a number", []string{"--projects", "\u0661"}},
	{2, "negative", []string{"--scenario", "fleet", "--repositories", "-1"}},
	{2, "not a number", []string{"--repositories", "1.5"}},
	{2, "need --scenario fleet", []string{"--repositories", "10"}},
	{2, "not a number", []string{"--seed", "0x"}},
	{2, "is empty", []string{"--scenario", ""}},
	{2, "is empty", []string{"--seed-file", ""}},
	{2, "is empty", []string{"--caller", "", "--print-env"}},
	{2, "not an email", []string{"--caller", "viewer", "--print-env"}},
	{2, "not an email", []string{"--caller", "a@b.example\nexport X=1", "--print-env"}},
	{2, "needs --print-env", []string{"--caller", "viewer@example.com"}},
	{2, "not a regular file", []string{"--seed-file", "/dev/zero"}},
}

func TestBadEmulators(t *testing.T) {
	p := newPlace(t)
	for _, c := range append(slices.Clone(emulators), []badEmulator{
		{2, "can't go together", []string{"--scenario", "fleet", "--seed-file", p.path("token")}},
		{1, "can't listen", []string{"--listen", p.addr}},
		{2, "directory", []string{"--seed-file", p.home}},
		{2, "no such file", []string{"--seed-file", p.path("nothing")}},
		{2, "can't be used", []string{"--seed-file", p.write("list.yaml", "- a\n- b\n", 0o600)}},
		{2, "can't be used", []string{"--seed-file", p.write("unknown.yaml", "nonsense: 1\n", 0o600)}},
		{2, "can't be used", []string{"--seed-file", p.write("bomb.yaml", bomb(), 0o600)}},
		{2, "can't be used", []string{"--seed-file", p.write("deep.yaml", strings.Repeat("[", 20_000), 0o600)}},
		{2, "can't be used", []string{"--seed-file", p.write("binary.yaml", "\x00\xff\xfe\x1b]0;x\x07", 0o600)}},
	}...) {
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

package source

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/upstream"
)

var ghcr = upstream.Target{Format: "DOCKER", URI: "https://ghcr.io"}

// helpers puts credential helpers in PATH: the test itself, in all its roles.
func helpers(t *testing.T, roles ...string) {
	t.Helper()
	dir := t.TempDir()
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range roles {
		name := filepath.Join(dir, helperPrefix+role)
		if runtime.GOOS == "windows" {
			name += ".exe"
		}
		if err := os.Symlink(self, name); err != nil {
			t.Skip("no links here:", err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestHelperAnswers(t *testing.T) {
	helpers(t, "answer", "pretty", "identity", "userless", "server")
	for name, want := range map[string]Credential{
		"answer": {Username: "jane"}, "docker-credential-answer": {Username: "jane"}, "pretty": {Username: "jane"}, "identity": {Identity: true},
	} {
		got, err := Helper(t.Context(), name, ghcr)
		if err != nil || got.Username != want.Username || got.Identity != want.Identity || string(got.Token.Reveal()) != canary {
			t.Errorf("%s: user %q, identity %v, %v", name, got.Username, got.Identity, err)
		}
		if findings := got.Findings(); (len(findings) > 0) != want.Identity {
			t.Errorf("%s: findings %v", name, findings)
		}
	}
	if got, err := Helper(t.Context(), "userless", ghcr); err != nil || got.Username != "" || string(got.Token.Reveal()) != "s" {
		t.Errorf("without a user name: %v", err)
	}
	for _, c := range []struct {
		target upstream.Target
		asked  string
	}{
		{ghcr, "ghcr.io"},
		{upstream.Target{Format: "DOCKER", URI: "https://registry.example.com:5000/v2/"}, "registry.example.com:5000"},
		{upstream.Target{Format: "DOCKER", Preset: "DOCKER_HUB"}, "https://index.docker.io/v1/"},
		{upstream.Target{Format: "DOCKER", URI: "https://registry-1.docker.io"}, "https://index.docker.io/v1/"},
		{upstream.Target{Format: "NPM", URI: "https://npm.example.com/api/npm/all"}, "https://npm.example.com/api/npm/all"},
	} {
		got, err := Helper(t.Context(), "server", c.target)
		if err != nil || string(got.Token.Reveal()) != c.asked {
			t.Errorf("%v: it was asked for %q, %v, want %q", c.target, got.Token.Reveal(), err, c.asked)
		}
	}
}

func TestHelperTroubles(t *testing.T) {
	roles := map[string]check.Code{
		"nothing": check.ProgramEmpty, "blank": check.ProgramEmpty, "twice": check.ProgramSeveral, "prose": check.ProgramNotAnswer, "list": check.ProgramNotAnswer,
		"cut": check.ProgramNotAnswer, "token": check.ProgramNotAnswer, "fail": check.ProgramFailed, "repeat": check.ProgramFailed, "absent": check.ProgramNothing, "hollow": check.ProgramNothing,
		"strange": check.ProgramNothing, "secretless": check.ProgramEmpty, "bytes": check.ProgramNotText, "flood": check.ProgramFlooded, "none-such": check.ProgramMissing,
	}
	for role := range roles {
		if role != "none-such" {
			helpers(t, role)
		}
	}
	for role, want := range roles {
		got, err := Helper(t.Context(), role, ghcr)
		p, ok := errors.AsType[*engine.Problem](err)
		if !ok || p.Code != want || !got.Token.Empty() {
			t.Errorf("%s: %v, want the code %q", role, err, want)
			continue
		}
		tellsNoToken(t, all(err))
	}
	helpers(t, "hang")
	p := program{words: []string{helperPrefix + "hang", "get"}, limit: maxAnswer, patience: 300 * time.Millisecond, grace: time.Second}
	if _, err := askHelper(t.Context(), p); engine.Explain(err).Code != check.ProgramHung {
		t.Errorf("hang: %v", err)
	}
}

func TestHelperNames(t *testing.T) {
	for _, name := range []string{"", "docker-credential-", "../x", "a/b", `a\b`, "a b", "a\x00", "C:x"} {
		_, err := Helper(t.Context(), name, ghcr)
		if u, ok := errors.AsType[*engine.Usage](err); !ok || u.Code != check.HelperName {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func FuzzHelperAnswer(f *testing.F) {
	for _, seed := range []string{`{"Username":"a","Secret":"b"}`, `{"a":"\"}"} x`, `{`, ``, `{"a":{}}{}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		object, rest := firstObject(b)
		if object != nil && (object[0] != '{' || object[len(object)-1] != '}' || len(object)+len(rest) > len(b)) {
			t.Errorf("%q of %q, and %q", object, b, rest)
		}
	})
}

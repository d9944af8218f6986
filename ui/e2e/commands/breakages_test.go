package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
	"example.com/upstreamauth/ui/e2e"
)

// broken is a way to break a repository that worked, by gcloud. In commands
// and texts $REPO is the repository, $SECRET its secret, $VERSIONS the secret's
// versions, $AGENT the service agent, and $SET updates the repository without
// Google's own check of the upstream. A command that begins with a policy or a
// payload has it in a file, $FILE.
type broken struct {
	name   string
	gcloud []string
	// file is the content of $FILE.
	file string
	// later is how much time goes by before doctor looks.
	later time.Duration
	// link is what doctor must name; empty: nothing is broken, and a note says so.
	link string
	// says is a part of what is said of the link, or of the note that names it.
	says string
	// fix are the flags that mending needs.
	fix []string
	// not tells that nothing can mend it.
	not bool
}

const (
	agentOfOther = "serviceAccount:service-700000000002@gcp-sa-artifactregistry.iam.gserviceaccount.com"
	accessorRole = "roles/secretmanager.secretAccessor"
)

func granted(member, condition string) string {
	return fmt.Sprintf(`{"version": 3, "bindings": [{"role": %q, "members": [%q]%s}]}`, accessorRole, member, condition)
}

func breakagesByGcloud() []broken {
	token := []string{"--token-file", "good"}
	grant := func(name, policy, says string) broken {
		return broken{name: name, gcloud: []string{"secrets set-iam-policy $SECRET $FILE"}, file: policy, link: "grant", says: says}
	}
	payload := func(name, bytes, link, says string, fix ...string) broken {
		return broken{name: name, gcloud: []string{"secrets versions add $SECRET --data-file=$FILE", "$SET --remote-username=demo --remote-password-secret-version=$VERSIONS/2"},
			file: bytes, link: link, says: says, fix: fix}
	}
	set := func(name, user, version, link, says string, fix ...string) broken {
		return broken{name: name, gcloud: []string{"$SET --remote-username=" + user + " --remote-password-secret-version=" + version}, link: link, says: says, fix: fix}
	}
	return []broken{
		{name: "version-disabled", gcloud: []string{"secrets versions disable 1 --secret=$SECRET"}, link: "version", says: "version 1 is disabled"},
		{name: "version-destroyed", gcloud: []string{"secrets versions destroy 1 --secret=$SECRET"}, link: "version", says: "version 1 is destroyed", fix: token},
		{name: "secret-deleted", gcloud: []string{"secrets delete $SECRET"}, link: "secret", says: "there is no secret", fix: token},
		{name: "secret-expired", gcloud: []string{"secrets update $SECRET --ttl=3600s"}, later: 2 * time.Hour, link: "secret", says: "has expired", fix: token},
		{name: "grant-revoked", gcloud: []string{"secrets remove-iam-policy-binding $SECRET --member=$AGENT --role=" + accessorRole}, link: "grant", says: "may not read the secret"},
		grant("grant-conditional", granted("$AGENT", `, "condition": {"title": "over", "expression": "request.time < timestamp(\"2024-01-01T00:00:00Z\")"}`), "only under a condition"),
		grant("grant-other-agent", granted(agentOfOther, ""), "another project's service agent"),
		grant("grant-own-account", granted("user:demo@example.com", ""), "not the service agent: user:demo@example.com"),
		grant("grant-deleted-account", granted("deleted:$AGENT?uid=123456789012345678901", ""), "a deleted account"),
		grant("grant-other-role", `{"bindings": [{"role": "roles/secretmanager.viewer", "members": ["$AGENT"]}]}`, "is not enough"),
		set("user-wrong", "somebody", "$VERSIONS/1", "upstream", "refuses", append(token, "--username", "demo")...),
		payload("token-wrong", "dckr_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAA", "upstream", "refuses", token...),
		payload("token-newline", upstreams.DockerHubToken+"\n", "payload", "white-space"),
		{name: "latest-disabled", gcloud: []string{"$SET --remote-username=demo --remote-password-secret-version=$VERSIONS/latest", "secrets versions disable 1 --secret=$SECRET"},
			link: "version", says: `"latest"`},
		set("version-missing", "demo", "$VERSIONS/9", "version", "there is no version 9"),
		set("secret-elsewhere", "demo", "projects/by-gcloud-other/secrets/foreign/versions/1", "grant", "may not read the secret"),
		set("project-missing", "demo", "projects/by-gcloud-nowhere/secrets/foreign/versions/1", "secret-reference", "does not exist", token...),
		{name: "credentials-cleared", gcloud: []string{"artifacts repositories update $REPO --location=us-central1 --remote-username= --remote-password-secret-version="},
			says: "no credentials"},
		{name: "repository-deleted", gcloud: []string{"artifacts repositories delete $REPO --location=us-central1"}, link: "repository", says: "no repository", not: true},
		{name: "api-off", gcloud: []string{"services disable secretmanager.googleapis.com"}, link: "apis", says: "secretmanager.googleapis.com"},
	}
}

// project is the one that holds the breakage: an API is off for all of it.
func (b broken) project() string {
	if b.link == "apis" {
		return "by-gcloud-off"
	}
	return "by-gcloud"
}

// healthyWorld has a working repository and a secret for each breakage.
func healthyWorld(all []broken) string {
	var repositories, secrets, off strings.Builder
	for _, b := range all {
		repository := fmt.Sprintf("      - {name: us-central1/%s, format: docker, username: demo, password: projects/%s/secrets/of-%s/versions/1}\n", b.name, b.project(), b.name)
		secret := fmt.Sprintf("      - {id: of-%s, versions: [{tokenFor: docker-hub}], policy: [{role: %s, members: [agent]}]}\n", b.name, accessorRole)
		if b.link == "apis" {
			off.WriteString("    repositories:\n" + repository + "    secrets:\n" + secret)
			continue
		}
		repositories.WriteString(repository)
		secrets.WriteString(secret)
	}
	return "projects:\n  - id: by-gcloud\n    number: 700000000001\n    repositories:\n" + repositories.String() + "    secrets:\n" + secrets.String() +
		"  - id: by-gcloud-other\n    number: 700000000002\n    agent: true\n    secrets: [{id: foreign, versions: [{tokenFor: docker-hub}]}]\n" +
		"  - id: by-gcloud-off\n    number: 700000000003\n" + off.String()
}

// TestWhatGcloudBreaks breaks repositories that work by Google's own command
// line: doctor finds each breakage, mends it, and is content.
func TestWhatGcloudBreaks(t *testing.T) {
	if os.Getenv("UPSTREAMAUTH_PEERS") == "" {
		t.Skip("`make peers` runs it")
	}
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		t.Skip("gcloud is not installed: whether doctor finds what it breaks was not looked at")
	}
	path := e2e.Program(t)
	dir := t.TempDir()
	all := breakagesByGcloud()
	seed := filepath.Join(dir, "seed.yaml")
	for name, text := range map[string]string{seed: healthyWorld(all), filepath.Join(dir, "good"): upstreams.DockerHubToken} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var later atomic.Int64 // what the emulator's clock is ahead
	s, err := emulator.Start(t.Context(), emulator.Options{SeedFile: seed, Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, b := range all {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			w := patient{t: t, path: path, gcloud: gcloud, dir: dir, addr: s.Addr(), broken: b}
			w.look(0, "healthy", "")
			for _, command := range b.gcloud {
				w.run(command)
			}
			if b.later > 0 {
				later.Add(int64(b.later))
			}
			if b.link == "" {
				w.says(w.look(0, "healthy", ""), "credentials")
				return
			}
			w.says(w.look(5, "broken", b.link), b.link)
			if b.not {
				w.look(5, "broken", b.link, "--fix", "--yes")
				return
			}
			w.look(0, "healthy", "", append([]string{"--fix", "--yes"}, b.fix...)...)
			w.look(0, "healthy", "")
		})
	}
}

// patient is one repository, before gcloud and doctor.
type patient struct {
	t                       *testing.T
	path, gcloud, dir, addr string
	broken
}

// chain is what is read of doctor's JSON.
type chain struct {
	Status string
	Broken *string
	Checks []struct{ ID, Code, Level, Says, Why string }
}

// look runs doctor and demands its exit code, status and broken link.
func (p patient) look(exit int, status, link string, flags ...string) chain {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	c := p.command(p.path, append([]string{"doctor", "--emulator", p.addr, "--project", p.project(), "--repository", "us-central1/" + p.name, "--output", "json"}, flags...)...)
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	code, _ := errors.AsType[*exec.ExitError](err)
	var is chain
	if err := json.Unmarshal(stdout.Bytes(), &is); err != nil {
		p.t.Fatalf("doctor %v: exit %d, no JSON: %v\n%s", flags, exitCode(code), err, stderr.String())
	}
	at := ""
	if is.Broken != nil {
		at = *is.Broken
	}
	if exitCode(code) != exit || is.Status != status || at != link {
		p.t.Fatalf("doctor %v: exit %d, %s at %q, want %d, %s at %q\n%s%s", flags, exitCode(code), is.Status, at, exit, status, link, stdout.String(), stderr.String())
	}
	return is
}

// says demands the code of what is said of a link.
func (p patient) says(is chain, link string) {
	p.t.Helper()
	for _, c := range is.Checks {
		if c.ID == link && c.Level != "ok" && c.Says != "" && c.Code != "" && c.Code == codeOf[p.name] {
			return
		}
	}
	p.t.Errorf("no code %q, as for %q, of %s: %+v", codeOf[p.name], p.broken.says, link, is.Checks)
}

// run runs one command of gcloud's.
func (p patient) run(command string) {
	p.t.Helper()
	vars := strings.NewReplacer("$SET", "artifacts repositories update $REPO --location=us-central1 --disable-remote-validation")
	names := strings.NewReplacer("$REPO", p.name, "$SECRET", "of-"+p.name, "$VERSIONS", "projects/"+p.project()+"/secrets/of-"+p.name+"/versions",
		"$AGENT", "serviceAccount:service-700000000001@gcp-sa-artifactregistry.iam.gserviceaccount.com", "$FILE", filepath.Join(p.dir, "file-"+p.name))
	if p.file != "" {
		if err := os.WriteFile(filepath.Join(p.dir, "file-"+p.name), []byte(names.Replace(p.file)), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	c := p.command(p.gcloud, strings.Fields(names.Replace(vars.Replace(command)))...)
	if out, err := c.CombinedOutput(); err != nil {
		p.t.Fatalf("gcloud %s: %v\n%s", command, err, out)
	}
}

func (p patient) command(name string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*time.Minute)
	p.t.Cleanup(cancel)
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = p.dir
	c.Env = append(gcloudEnv(p.addr, filepath.Join(p.dir, p.name)), "PATH="+os.Getenv("PATH"), "HOME="+p.dir, "XDG_STATE_HOME="+filepath.Join(p.dir, "state"),
		"CLOUDSDK_CORE_PROJECT="+p.project(), "LANG=C.UTF-8")
	c.WaitDelay = time.Second
	return c
}

// gcloudEnv points gcloud at an emulator, with nobody signed in.
func gcloudEnv(addr, config string) []string {
	env := []string{"CLOUDSDK_CONFIG=" + config, "CLOUDSDK_CORE_DISABLE_PROMPTS=1", "CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true",
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=true", "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=true"}
	for _, api := range []string{"ARTIFACTREGISTRY", "SECRETMANAGER", "CLOUDRESOURCEMANAGER", "SERVICEUSAGE"} {
		env = append(env, "CLOUDSDK_API_ENDPOINT_OVERRIDES_"+api+"=http://"+addr+"/")
	}
	return env
}

// codeOf is the code that doctor gives each breakage.
var codeOf = map[string]string{
	"api-off":               "apis-off",
	"credentials-cleared":   "credentials-none",
	"grant-conditional":     "grant-missing",
	"grant-deleted-account": "grant-missing",
	"grant-other-agent":     "grant-missing",
	"grant-other-role":      "grant-missing",
	"grant-own-account":     "grant-missing",
	"grant-revoked":         "grant-missing",
	"latest-disabled":       "version-disabled",
	"project-missing":       "secret-project-unreadable",
	"repository-deleted":    "repository-missing",
	"secret-deleted":        "secret-missing",
	"secret-elsewhere":      "grant-missing",
	"secret-expired":        "secret-missing",
	"token-newline":         "token-spaces",
	"token-wrong":           "credential-rejected",
	"user-wrong":            "credential-rejected",
	"version-destroyed":     "version-destroyed",
	"version-disabled":      "version-disabled",
	"version-missing":       "version-missing",
}

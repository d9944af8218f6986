package security

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// lureSeed is what somebody has set up who may edit the repositories of
// lure-shop and read no secret: they point at the token of another project, or at
// one of their own project, and at an upstream of theirs. The last one is as it
// should be: Artifact Registry itself sends its token there.
const lureSeed = `
projects:
  - id: lure-shop
    number: 700000000011
    agent: true
    repositories:
      - {name: us-central1/far, format: docker, upstream: UPSTREAM(evil), username: jane, password: projects/lure-vault/secrets/far-token/versions/1}
      - {name: us-central1/near, format: docker, upstream: UPSTREAM(evil), username: jane, password: projects/lure-shop/secrets/near-token/versions/1}
      - {name: us-central1/condition, format: docker, upstream: UPSTREAM(evil), username: jane, password: projects/lure-shop/secrets/night-token/versions/1}
      - {name: us-central1/malformed, format: docker, upstream: UPSTREAM(evil), username: jane, password: projects/lure-shop/near-token/1}
      - {name: us-central1/granted, format: docker, upstream: UPSTREAM(good), username: jane, password: projects/lure-shop/secrets/granted-token/versions/1}
    secrets:
      - {id: near-token, versions: [{data: CANARY}]}
      - id: night-token
        versions: [{data: CANARY}]
        policy:
          - role: roles/secretmanager.secretAccessor
            members: [agent]
            condition: {title: nights, expression: "request.time.getHours() < 6"}
      - id: granted-token
        versions: [{data: CANARY}]
        policy: [{role: roles/secretmanager.secretAccessor, members: [agent]}]
  - id: lure-vault
    number: 700000000012
    agent: true
    secrets:
      - id: far-token
        versions: [{data: CANARY}]
        policy: [{role: roles/secretmanager.secretAccessor, members: [agent]}]
`

// TestAStoredTokenIsNotLuredAway runs every command that tries stored tokens,
// as somebody who may read all of them. Nothing reaches the upstream that was
// put there, and the report names the secret and the upstream.
func TestAStoredTokenIsNotLuredAway(t *testing.T) {
	var lured, sent atomic.Int64
	count := func(n *atomic.Int64) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
			if r.Header.Get("Authorization") == "" {
				rw.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
				rw.WriteHeader(http.StatusUnauthorized)
				return
			}
			n.Add(1)
		})
	}
	w := serveWorld(t, &world{}, strings.ReplaceAll(lureSeed, "CANARY", canary), map[string]http.Handler{"evil": count(&lured), "good": count(&sent)})
	path := e2e.Program(t)
	on := func(repository string) []string {
		return []string{"--project", "lure-shop", "--repository", "us-central1/" + repository, "--skip-verify"}
	}
	use := func(repository, secret string) []string {
		return append(on(repository), "--secret", secret, "--secret-version", "1", "--username", "jane", "--dry-run")
	}
	for _, c := range []struct {
		name    string
		args    []string
		secret  string // that is named; empty: none
		granted bool
	}{
		{"audit", []string{"audit", "--project", "lure-shop"}, "", true}, // of the last repository
		{"doctor, a secret of another project", append([]string{"doctor"}, on("far")...), "far-token", false},
		{"doctor, a secret of this project", append([]string{"doctor"}, on("near")...), "near-token", false},
		{"doctor, a grant under a condition", append([]string{"doctor"}, on("condition")...), "night-token", false},
		{"doctor --fix, its plan", append([]string{"doctor", "--fix", "--dry-run"}, on("far")...), "far-token", false},
		{"doctor --fix, a malformed reference", append([]string{"doctor", "--fix", "--dry-run"}, on("malformed")...), "", false},
		{"setup --secret-version", append([]string{"setup"}, use("near", "near-token")...), "near-token", false},
		{"setup --secret-version, of another project", append([]string{"setup"}, use("far", "projects/lure-vault/secrets/far-token")...), "far-token", false},
		{"doctor, as it should be", append([]string{"doctor"}, on("granted")...), "", true},
		{"setup --secret-version, as it should be", append([]string{"setup"}, use("granted", "granted-token")...), "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, luredBefore := sent.Load(), lured.Load()
			cmd := exec.CommandContext(t.Context(), path, append(slices.Clone(c.args), "--output", "json", "--emulator", w.addr)...)
			cmd.Env = e2e.Environment(t.TempDir())
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			_ = cmd.Run() // doctor ends with 5 where a link is broken
			if lured.Load() > luredBefore {
				t.Fatalf("the token went to the upstream that was put there\n%s%s", &out, &errs)
			}
			if got := sent.Load() > before; got != c.granted {
				t.Errorf("tried where Google sends it: %v\n%s%s", got, &out, &errs)
			}
			if cmd.ProcessState.ExitCode() == 2 { // nothing that is there will do, and no other token was given
				return
			}
			var report struct {
				Checks []struct{ ID, Level, Says string }
			}
			if err := json.Unmarshal(out.Bytes(), &report); err != nil {
				t.Fatalf("%v\n%s%s", err, &out, &errs)
			}
			named := false
			for _, l := range report.Checks {
				named = named || l.ID == "upstream" && l.Level == "unknown" && strings.Contains(l.Says, c.secret) && strings.Contains(l.Says, "http://127.0.0.1:")
			}
			if c.secret != "" && !named {
				t.Errorf("neither the secret nor the upstream is named:\n%s", &out)
			}
		})
	}
}

//go:build unix

package security

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/ui/e2e"
)

// leakSeed is a world of one project, with upstreams that accept the canary or
// repeat it.
const leakSeed = `
projects:
  - id: canary-project
    agent: true
    repositories:
      - {name: us-central1/good, format: docker, upstream: "UPSTREAM(good)"}
      - {name: us-central1/npm-good, format: npm, upstream: "UPSTREAM(good)"}
      - {name: us-central1/refuses, format: docker, upstream: "UPSTREAM(refuses)"}
      - {name: us-central1/forbids, format: docker, upstream: "UPSTREAM(forbids)"}
      - {name: us-central1/breaks, format: docker, upstream: "UPSTREAM(breaks)"}
      - {name: us-central1/limits, format: docker, upstream: "UPSTREAM(limits)"}
      - {name: us-central1/agrees, format: docker, upstream: "UPSTREAM(agrees)"}
      - {name: us-central1/moves, format: docker, upstream: "UPSTREAM(moves)"}
      - {name: us-central1/npm-refuses, format: npm, upstream: "UPSTREAM(refuses)"}
      - {name: us-central1/npm-agrees, format: npm, upstream: "UPSTREAM(agrees)"}
      - {name: us-central1/python-refuses, format: python, upstream: "UPSTREAM(refuses)/simple/"}
      - {name: us-central1/maven-breaks, format: maven, upstream: "UPSTREAM(breaks)"}
      - {name: us-central1/set-good, format: docker, upstream: "UPSTREAM(good)", username: jane.canary, password: projects/canary-project/secrets/stored/versions/1}
      - {name: us-central1/set-stale, format: docker, upstream: "UPSTREAM(good)", username: jane.canary, password: projects/canary-project/secrets/stale/versions/1}
      - {name: us-central1/set-refuses, format: docker, upstream: "UPSTREAM(refuses)", username: jane.canary, password: projects/canary-project/secrets/stored/versions/1}
      - {name: us-central1/set-forbids, format: docker, upstream: "UPSTREAM(forbids)", username: jane.canary, password: projects/canary-project/secrets/stored/versions/1}
      - {name: us-central1/set-breaks, format: docker, upstream: "UPSTREAM(breaks)", username: jane.canary, password: projects/canary-project/secrets/stored/versions/1}
    secrets:
      - {id: older, versions: [{data: another-token-of-before}]}
      - {id: stale, versions: [{data: another-token-of-before}], policy: [{role: roles/secretmanager.secretAccessor, members: [agent]}]}
      - {id: stored, versions: [{data: FORMER}], policy: [{role: roles/secretmanager.secretAccessor, members: [agent]}]}
`

func leakWorld(t *testing.T) *world {
	w := &world{}
	seed := strings.ReplaceAll(leakSeed, "FORMER", strconv.QuoteToASCII(former))
	return serveWorld(t, w, seed, map[string]http.Handler{
		"good": w.registry(), "refuses": w.echo(http.StatusUnauthorized), "forbids": w.echo(http.StatusForbidden),
		"breaks": w.echo(http.StatusInternalServerError), "limits": w.echo(http.StatusTooManyRequests),
		"agrees": w.echo(http.StatusOK), "moves": w.echo(http.StatusTemporaryRedirect),
	})
}

// flow is one command, run to its end without a person.
type flow struct {
	name string
	args string // beside those that all have
	code int    // the exit code; -1: whichever
	// faults make calls fail.
	faults []string
	// after is the command that must have been run before, with the token of
	// before.
	after string
	says  string // proof that the run came where it should
	// bundled is what must be in the support bundle, bundle.json, if there is
	// to be one.
	bundled string
	env     []string
}

// on are the arguments of a setup of this repository with this secret.
func on(repository, secret string) string {
	return "setup --repository us-central1/" + repository + " --secret " + secret + " --username " + user + " --token-file -"
}

const (
	lostVersion = "SecretManagerService.AddSecretVersion=UNAVAILABLE@after:1"
	good        = "--repository us-central1/good"
	// bundled writes a support bundle of a repository that has credentials.
	bundled = "doctor --bundle bundle.json --repository us-central1/set-"
	mending = bundled + "stale --fix --yes --username " + user + " --token-file -"
)

// flowRows are the flows and failures that a token goes through. A new flow is
// a new row.
var flowRows = []flow{
	{name: "setup, new secret", args: on("good", "canary") + " --yes", says: "update-repository"},
	{name: "setup, a secret that is there", args: on("good", "older") + " --yes", says: "update-repository"},
	{name: "setup over another token", args: on("good", "canary") + " --yes", after: on("good", "canary") + " --yes", says: "update-repository"},
	{name: "setup of npm", args: on("npm-good", "canary") + " --yes", says: "update-repository"},
	{name: "dry run", args: on("good", "canary") + " --dry-run", says: "planned"},
	{name: "without a consent", args: on("good", "canary"), code: 2, says: "--yes"},
	{name: "an unknown flag", args: on("good", "canary") + " --tokenfile x", code: 2, says: "unknown flag"},

	{name: "rotate", args: "rotate " + good + " --token-file - --yes", after: on("good", "canary") + " --yes", says: "disable-old-version"},
	{name: "remove", args: "remove " + good + " --yes", after: on("good", "canary") + " --yes", says: "clear-credentials"},
	{name: "undo", args: "undo --yes", after: on("good", "canary") + " --yes", says: "clear-credentials"},
	{name: "doctor", args: "doctor " + good, after: on("good", "canary") + " --yes", says: "healthy"},
	{name: "doctor, mending", args: "doctor " + good + " --fix --yes --username " + user + " --token-file -", after: on("good", "canary") + " --yes", code: -1, says: "actions"},
	{name: "audit", args: "audit", after: on("good", "canary") + " --yes", code: -1, says: "repositories"},

	{name: "bundle", args: bundled + "good", says: "healthy", bundled: "healthy"},
	{name: "bundle, refused and echoed", args: bundled + "refuses", code: 5, says: "broken", bundled: "401"},
	{name: "bundle, forbidden and echoed", args: bundled + "forbids", code: 5, says: "broken", bundled: "403"},
	{name: "bundle, broken and echoed", args: bundled + "breaks", code: 5, says: "broken", bundled: "500"},
	{name: "bundle, the payload may not be read", args: bundled + "breaks", faults: []string{"SecretManagerService.AccessSecretVersion=PERMISSION_DENIED"}, code: -1, says: "upstream", bundled: "PERMISSION_DENIED"},
	{name: "bundle, the repository cannot be read", args: bundled + "good", faults: []string{"ArtifactRegistry.GetRepository=INTERNAL"}, code: -1, says: "repository", bundled: "Internal error"},
	{name: "bundle of a mending", args: mending, code: 0, says: "healthy", bundled: "add-version"},
	{name: "bundle of a mending, its token refused", args: strings.Replace(mending, "stale", "refuses", 1), code: 5, says: "broken", bundled: "401"},
	{name: "bundle of a mending that fails", args: mending, faults: []string{lostVersion, "ArtifactRegistry.UpdateRepository=INTERNAL"}, code: 3, says: "actions", bundled: "Internal error"},

	{name: "refused and echoed", args: on("refuses", "canary") + " --yes", code: 5, says: "refused"},
	{name: "forbidden and echoed", args: on("forbids", "canary") + " --yes", code: -1, says: "upstream"},
	{name: "broken and echoed", args: on("breaks", "canary") + " --yes --timeout 2s", code: -1, says: "upstream"},
	{name: "limited and echoed", args: on("limits", "canary") + " --yes --timeout 2s", code: -1, says: "upstream"},
	{name: "accepted and echoed", args: on("agrees", "canary") + " --yes", code: -1, says: "upstream"},
	{name: "redirected and echoed", args: on("moves", "canary") + " --yes", code: -1, says: "redirect"},
	{name: "npm, refused and echoed", args: on("npm-refuses", "canary") + " --yes", code: 5, says: "refused"},
	{name: "npm, accepted and echoed", args: on("npm-agrees", "canary") + " --yes", code: -1, says: "upstream"},
	{name: "python, refused and echoed", args: on("python-refuses", "canary") + " --yes", code: -1, says: "upstream"},
	{name: "maven, broken and echoed", args: on("maven-breaks", "canary") + " --yes --timeout 2s", code: -1, says: "upstream"},
	{name: "echoed by way of Google", args: on("refuses", "canary") + " --yes --skip-trial", code: 5, says: "update-repository"},

	{name: "no secret can be made", args: on("good", "canary") + " --yes", faults: []string{"SecretManagerService.CreateSecret=PERMISSION_DENIED"}, code: 1, says: "create-secret"},
	{name: "no version can be added", args: on("good", "canary") + " --yes", faults: []string{"SecretManagerService.AddSecretVersion=PERMISSION_DENIED"}, code: 3, says: "add-version"},
	{name: "the answer to the version is lost", args: on("good", "canary") + " --yes", faults: []string{lostVersion}, says: "add-version"},
	{name: "the policy cannot be set", args: on("good", "canary") + " --yes", faults: []string{"SecretManagerService.SetIamPolicy=PERMISSION_DENIED"}, code: 3, says: "grant-access"},
	{name: "the update fails", args: on("good", "canary") + " --yes", faults: []string{"ArtifactRegistry.UpdateRepository=INTERNAL"}, code: 3, says: "update-repository"},
}

// row is the one of that name.
func row(t *testing.T, name string) flow {
	t.Helper()
	i := slices.IndexFunc(flowRows, func(f flow) bool { return f.name == name })
	if i < 0 {
		t.Fatalf("there is no row %q", name)
	}
	return flowRows[i]
}

// TestLeaks sends the canary through every flow and failure, with nobody
// asked, and hunts for it in all that is left.
func TestLeaks(t *testing.T) {
	bin := e2e.Program(t)
	for _, f := range flowRows {
		for _, output := range []string{"json", "text"} {
			t.Run(f.name+"/"+output, func(t *testing.T) {
				t.Parallel()
				x, state := f.run(t, bin, output, nil)
				x.wantNone(t)
				if strings.Contains(x.text("stderr"), "unknown command") {
					t.Skip("this program has no such command")
				}
				if code := state.ExitCode(); code != f.code && f.code >= 0 {
					t.Errorf("exit code %d, want %d\n%s\n%s", code, f.code, x.text("stdout"), x.text("stderr"))
				}
				if f.bundled != "" && !strings.Contains(x.text("file /work/bundle.json"), f.bundled) {
					t.Errorf("%q is not in the support bundle:\n%s", f.bundled, x.text("file /work/bundle.json"))
				}
				if output == "json" && !strings.Contains(x.text("stdout")+x.text("stderr"), f.says) {
					t.Errorf("%q is not said:\n%s\n%s", f.says, x.text("stdout"), x.text("stderr"))
				}
			})
		}
	}
}

// run makes a world of its own, and in it what must come before.
func (f flow) run(t *testing.T, bin, output string, meanwhile func(*os.Process)) (*traces, *os.ProcessState) {
	t.Helper()
	w, h := leakWorld(t), newHome(t)
	h.more = f.env
	if f.after != "" {
		if x, state := finish(t, w, h, nil, former+"\n", bin, f.line(w, h, f.after, output)...); state.ExitCode() != 0 {
			t.Fatalf("%s: %v\n%s\n%s", f.after, state, x.text("stdout"), x.text("stderr"))
		}
	}
	for _, text := range f.faults {
		fault, err := emulator.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		w.emulator.AddFault(fault)
	}
	return finish(t, w, h, meanwhile, canary+"\n", bin, f.line(w, h, f.args, output)...)
}

func (flow) line(w *world, h home, args, output string) []string {
	all := slices.Concat(strings.Fields(args), []string{"--emulator", w.addr, "--log-file", h.log, "--output", output})
	if !strings.HasPrefix(args, "undo") {
		all = append(all, "--project", "canary-project")
	}
	return all
}

// TestLeaksWhenItIsKilled ends the program in the most talkative way while the
// token is on its way to the upstream, with core dumps asked for.
func TestLeaksWhenItIsKilled(t *testing.T) {
	bin := e2e.Program(t)
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			x, state := row(t, "setup, new secret").run(t, bin, "text", func(p *os.Process) { _ = p.Signal(sig) })
			x.wantNone(t)
			if state.Success() {
				t.Errorf("it came to its end as if nothing had happened: %v", state)
			}
			if status, ok := state.Sys().(syscall.WaitStatus); ok && status.CoreDump() {
				t.Error("it left a core dump")
			}
		})
	}
}

// TestTheWatchIsReal holds the hunt to looking where it says it looks.
func TestTheWatchIsReal(t *testing.T) {
	x, _ := flowRows[0].run(t, e2e.Program(t), "text", nil)
	for _, where := range []string{"stdout", "names of files", "file /calls.log"} {
		if x.text(where) == "" {
			t.Errorf("nothing was seen of %s", where)
		}
	}
	if !strings.Contains(x.text("names of files"), "/state/upstreamauth/receipts/") {
		t.Errorf("no receipt was seen among\n%s", x.text("names of files"))
	}
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("no /proc here: what it would show was not looked at")
	}
	if !strings.Contains(x.text("/proc/PID/cmdline"), "--token-file") {
		t.Errorf("the arguments were not seen: %q", x.text("/proc/PID/cmdline"))
	}
	if e := x.text("/proc/PID/environ"); !strings.Contains(e, "GODEBUG=") && !strings.Contains(e, "permission denied") {
		t.Errorf("the environment was not seen: %q", e)
	}
	for line := range strings.Lines(x.text("/proc/PID/limits")) {
		if strings.HasPrefix(line, "Max core file size") && !strings.Contains(line, " 0  ") {
			t.Errorf("core dumps are not switched off: %s", line)
		}
	}
}

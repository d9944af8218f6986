package security

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/gcp/emulator"
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
    secrets:
      - {id: older, versions: [{data: another-token-of-before}]}
`

func leakWorld(t *testing.T) *world {
	w := &world{}
	return serveWorld(t, w, leakSeed, map[string]http.Handler{
		"good": w.registry(), "refuses": w.echo(http.StatusUnauthorized), "forbids": w.echo(http.StatusForbidden),
		"breaks": w.echo(http.StatusInternalServerError), "limits": w.echo(http.StatusTooManyRequests),
		"agrees": w.echo(http.StatusOK), "moves": w.echo(http.StatusTemporaryRedirect),
	})
}

// flow is one command, run to its end without a person.
type flow struct {
	name string
	args string // beside those that all have
	code int    // -1: whichever
	// faults make calls fail.
	faults []string
	// after are the commands that must have been run before.
	after []string
	says  string // in stdout or stderr: proof that the run came where it should
}

const (
	setupGood = "setup --repository us-central1/good --secret canary --username " + user + " --token-file -"
	setupOld  = "setup --repository us-central1/good --secret older --username " + user + " --token-file -"
)

// flowRows are the flows and failures that a token goes through. A new flow is
// a new row.
var flowRows = []flow{
	{name: "setup, new secret", args: setupGood + " --yes", says: "update-repository"},
	{name: "setup, a secret that is there", args: setupOld + " --yes", says: "update-repository"},
	{name: "setup twice", args: setupGood + " --yes", after: []string{setupGood + " --yes"}, says: "already"},
	{name: "setup of npm", args: "setup --repository us-central1/npm-good --secret canary --username " + user + " --token-file - --yes", says: "update-repository"},
	{name: "dry run", args: setupGood + " --dry-run", says: "planned"},
	{name: "without a consent", args: "setup --repository us-central1/good --secret canary --username " + user + " --token-file /dev/stdin", code: 2, says: "--yes"},
	{name: "an unknown flag", args: setupGood + " --tokenfile x", code: 2, says: "unknown flag"},
	{name: "refused and echoed", args: "setup --repository us-central1/refuses --secret canary --username " + user + " --token-file - --yes", code: 5, says: "refused"},
	{name: "forbidden and echoed", args: "setup --repository us-central1/forbids --secret canary --username " + user + " --token-file - --yes", code: -1, says: "upstream"},
	{name: "broken and echoed", args: "setup --repository us-central1/breaks --secret canary --username " + user + " --token-file - --yes --timeout 2s", code: -1, says: "upstream"},
	{name: "limited and echoed", args: "setup --repository us-central1/limits --secret canary --username " + user + " --token-file - --yes --timeout 2s", code: -1, says: "upstream"},
	{name: "accepted and echoed", args: "setup --repository us-central1/agrees --secret canary --username " + user + " --token-file - --yes", code: -1, says: "upstream"},
	{name: "redirected and echoed", args: "setup --repository us-central1/moves --secret canary --username " + user + " --token-file - --yes", code: -1, says: "redirect"},
	{name: "npm, refused and echoed", args: "setup --repository us-central1/npm-refuses --secret canary --username " + user + " --token-file - --yes", code: 5, says: "refused"},
	{name: "npm, accepted and echoed", args: "setup --repository us-central1/npm-agrees --secret canary --username " + user + " --token-file - --yes", code: -1, says: "upstream"},
	{name: "python, refused and echoed", args: "setup --repository us-central1/python-refuses --secret canary --username " + user + " --token-file - --yes", code: -1, says: "upstream"},
	{name: "maven, broken and echoed", args: "setup --repository us-central1/maven-breaks --secret canary --username " + user + " --token-file - --yes --timeout 2s", code: -1, says: "upstream"},
	{name: "the echo comes by way of Google", args: "setup --repository us-central1/refuses --secret canary --username " + user + " --token-file - --yes --skip-trial", code: 5, says: "update-repository"},
	{name: "no secret can be made", args: setupGood + " --yes", faults: []string{"SecretManagerService.CreateSecret=PERMISSION_DENIED"}, code: 1, says: "create-secret"},
	{name: "no version can be added", args: setupGood + " --yes", faults: []string{"SecretManagerService.AddSecretVersion=PERMISSION_DENIED"}, code: 3, says: "add-version"},
	{name: "the answer to the version is lost", args: setupGood + " --yes", faults: []string{"SecretManagerService.AddSecretVersion=UNAVAILABLE@after:1"}, says: "add-version"},
	{name: "the policy cannot be set", args: setupGood + " --yes", faults: []string{"SecretManagerService.SetIamPolicy=PERMISSION_DENIED"}, code: 3, says: "grant-access"},
	{name: "the update fails", args: setupGood + " --yes", faults: []string{"ArtifactRegistry.UpdateRepository=INTERNAL"}, code: 3, says: "update-repository"},
}

// TestLeaks sends the canary through every flow and failure, with nobody
// asked, and hunts for it in all that is left.
func TestLeaks(t *testing.T) {
	bin := program(t)
	for _, f := range flowRows {
		for _, output := range []string{"json", "text"} {
			t.Run(f.name+"/"+output, func(t *testing.T) {
				t.Parallel()
				x, code := f.run(t, bin, output)
				if leaks := x.leaks(canary); len(leaks) > 0 {
					t.Errorf("the token leaked:\n%s", strings.Join(leaks, "\n"))
				}
				if code != f.code && f.code >= 0 {
					t.Errorf("exit code %d, want %d\n%s\n%s", code, f.code, x.text("stdout"), x.text("stderr"))
				}
				if output == "json" && !strings.Contains(x.text("stdout")+x.text("stderr"), f.says) {
					t.Errorf("%q is not said:\n%s\n%s", f.says, x.text("stdout"), x.text("stderr"))
				}
			})
		}
	}
}

// run makes a world of its own, and in it what must come before.
func (f flow) run(t *testing.T, bin, output string) (*traces, int) {
	t.Helper()
	w, h := leakWorld(t), newHome(t)
	for _, line := range f.after {
		if x, code := finish(t, w, h, canary+"\n", bin, f.line(w, h, line, output)...); code != 0 {
			t.Fatalf("%s: exit code %d\n%s\n%s", line, code, x.text("stdout"), x.text("stderr"))
		}
	}
	for _, text := range f.faults {
		fault, err := emulator.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		w.emulator.AddFault(fault)
	}
	return finish(t, w, h, canary+"\n", bin, f.line(w, h, f.args, output)...)
}

func (flow) line(w *world, h home, args, output string) []string {
	return slices.Concat(strings.Fields(args), []string{
		"--project", "canary-project", "--emulator", w.addr, "--log-file", h.log, "--output", output,
	})
}

// TestTheWatchIsReal holds the hunt to looking where it says it looks.
func TestTheWatchIsReal(t *testing.T) {
	x, _ := flowRows[0].run(t, program(t), "text")
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

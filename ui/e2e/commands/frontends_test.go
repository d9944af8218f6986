//go:build unix

package commands

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
	"example.com/upstreamauth/ui/e2e"
)

// said is an answer to one step, as each front end is given it.
type said struct {
	step  string
	given string
	// typed is the choice's name in a list that has one; empty: the text.
	typed string
}

// TestFrontEndsAgree gives the same answers to the real program in three ways:
// as flags, line by line from a pipe, and by keys on a terminal. What each
// prints, the plan with all its actions and what was noticed, must be the same
// to the byte. Together the cases answer every step.
func TestFrontEndsAgree(t *testing.T) {
	path := e2e.Program(t)
	s, err := emulator.Start(t.Context(), emulator.Options{Scenario: "onboarding"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	dir := t.TempDir()
	tokenFile := filepath.Join(dir, "token")
	if err := os.WriteFile(tokenFile, []byte(upstreams.DockerHubToken), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, stdin string, args ...string) string {
		t.Helper()
		c := exec.CommandContext(t.Context(), path, args...)
		c.Env = e2e.Environment(dir)
		c.Stdin = strings.NewReader(stdin)
		var out, log bytes.Buffer
		c.Stdout, c.Stderr = &out, &log
		if err := c.Run(); err != nil {
			t.Fatalf("%v: %v\n%s%s", args, err, &out, &log)
		}
		return out.String()
	}
	base := []string{"setup", "--emulator", s.Addr()}
	answers := []said{{engine.StepProject, "demo-healthy", ""}, {engine.StepRepository, "us-central1/docker-hub", ""},
		{engine.StepSecret, "shared", ""}, {engine.StepUsername, upstreams.DemoUser, ""}, {engine.StepToken, upstreams.DockerHubToken, ""}}
	flagsOf := func(answers []said) []string {
		args := slices.Clone(base)
		for _, step := range change.Setup().Steps {
			for _, a := range answers {
				switch {
				case a.step != step.ID:
				case a.step == engine.StepToken:
					args = append(args, "--token-file", tokenFile)
				case a.step == engine.StepVersion && a.given == "new", a.step == engine.StepStoredTrial:
				case a.step == engine.StepPublicSecret:
					args = append(args, "--allow-public-secret")
				default:
					args = append(args, "--"+step.Flag, a.given)
				}
			}
		}
		return args
	}

	covered := map[string]bool{}
	compare := func(name string, answers []said) {
		t.Run(name, func(t *testing.T) {
			var lines strings.Builder
			for _, a := range answers {
				covered[a.step] = true
				if a.step == engine.StepStoredTrial { // a pipe is nobody to ask
					continue
				}
				lines.WriteString(cmp.Or(a.typed, a.given) + "\n")
			}
			headless := run(t, "", append(flagsOf(answers), "--dry-run", "--yes")...)
			if !strings.Contains(headless, "Planned; nothing has been changed") || !strings.Contains(headless, "gcloud artifacts repositories update docker-hub") {
				t.Fatalf("no plan:\n%s", headless)
			}
			if diff := gocmp.Diff(headless, run(t, lines.String(), append(slices.Clone(base), "--dry-run", "--yes", "--plain")...)); diff != "" {
				t.Errorf("line by line (+) differs from headless (-):\n%s", diff)
			}
			if diff := gocmp.Diff(headless, fullScreen(t, path, dir, answers, append(slices.Clone(base), "--dry-run", "--yes")...)); diff != "" {
				t.Errorf("full screen (+) differs from headless (-):\n%s", diff)
			}
		})
	}
	compare("a new secret", answers)
	token := base64.StdEncoding.EncodeToString([]byte(upstreams.DockerHubToken))
	post(t, s.Addr(), "secrets?secretId=shared", `{"replication": {"automatic": {}}}`)
	post(t, s.Addr(), "secrets/shared:addVersion", `{"payload": {"data": "`+token+`"}}`)
	compare("a new version of a secret", slices.Insert(slices.Clone(answers), 3, said{engine.StepVersion, "new", "New version"}))
	compare("an existing version", append(slices.Clone(answers[:3]), said{engine.StepVersion, "1", "Version 1"},
		said{engine.StepStoredTrial, "leave", "Don't test it"}, answers[3]))
	post(t, s.Addr(), "secrets?secretId=open", `{"replication": {"automatic": {}}}`)
	post(t, s.Addr(), "secrets/open:setIamPolicy", `{"policy": {"bindings": [{"role": "roles/secretmanager.secretAccessor", "members": ["allAuthenticatedUsers"]}]}}`)
	public := slices.Insert(slices.Clone(answers), 3, said{engine.StepPublicSecret, "yes", "Store it anyway"})
	public[2].given = "open"
	compare("a secret that everybody reads", public)
	for _, step := range change.Setup().Steps {
		if step.Ask != nil && !covered[step.ID] {
			t.Errorf("no case answers the step %s", step.ID)
		}
	}
}

func post(t *testing.T, addr, path, body string) {
	t.Helper()
	res, err := http.Post("http://"+addr+"/v1/projects/demo-healthy/"+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, res.Status)
	}
}

// fullScreen gives the answers by keys, and returns what is printed at the end.
func fullScreen(t *testing.T, path, dir string, answers []said, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), path, args...)
	c.Env = e2e.Environment(dir)
	var printed bytes.Buffer
	c.Stdout = &printed
	x := e2e.Start(t, c, 80, 24)
	steps := change.Setup().Steps
	for _, a := range answers {
		i := slices.IndexFunc(steps, func(s engine.Step) bool { return s.ID == a.step })
		title := regexp.MustCompile(`\n ` + regexp.QuoteMeta(steps[i].Title.In(text.English)) + `( |\n|$)`)
		x.Until(title.MatchString, steps[i].Title.In(text.English))
		typed := cmp.Or(a.typed, a.given)
		switch {
		case a.step != engine.StepUsername && a.step != engine.StepToken:
			x.Sees("type to filter").Types(typed).Sees("/ " + typed)
		case a.step == engine.StepToken:
			x.Sees("isn't shown").Types(typed).Sees("accepted this user name")
		default:
			x.Sees("type the user name").Types(typed).Sees(typed)
		}
		x.Types("\r")
	}
	x.Sees("Dry run: nothing was changed").Types("\r")
	if state := x.Ends(); !state.Success() {
		t.Fatalf("%v\n%s", state, x.Shown())
	}
	return printed.String()
}

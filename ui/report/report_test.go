package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

func partial() engine.Report {
	return engine.Report{
		Flow: "setup", Status: engine.StatusPartial, Changed: true, Receipt: "/state/re ceipt.json",
		About: engine.About{
			Project: "my-project", ProjectNumber: "123", Upstream: "https://registry-1.docker.io/", Username: "jane",
			Repository: cloud.Repository{Name: cloud.RepositoryName{Project: "my-project", Location: "europe", ID: "hub"}, Format: "DOCKER"},
		},
		Actions: []engine.Action{
			{ID: engine.ActAddVersion, Says: text.New("store the token"), State: engine.Done, Note: text.New("version 1"), Command: "gcloud secrets versions add <>&"},
			{ID: engine.ActUpdate, Says: text.New("let hub sign in as jane"), State: engine.Failed},
			{ID: engine.ActVerify, Says: text.New("pull through the repository"), State: engine.Skipped},
		},
		Checks: []check.Finding{
			{ID: "project", Level: check.OK, Says: text.New("the project is there")},
			{ID: "apis", Level: check.Warning, Says: text.New("an API is off"), Why: text.New("the plan turns it on"), Remedy: &check.Hint{Says: text.New("turn it on"), Command: "gcloud services enable x"}},
		},
		Problem: &engine.Problem{Title: text.New("You lack a permission"), Detail: text.New("on hub"), Hints: []check.Hint{{Says: text.New("ask an owner")}}},
	}
}

func TestText(t *testing.T) {
	want := strings.TrimPrefix(`
setup: partly done
  project         my-project (number 123)
  repository      projects/my-project/locations/europe/repositories/hub
  upstream        https://registry-1.docker.io/
  user name       jane

  + done     store the token (version 1)
  x failed   let hub sign in as jane
  - skipped  pull through the repository

  warning: an API is off
    the plan turns it on
    hint: turn it on
    $ gcloud services enable x

  receipt: /state/re ceipt.json
  to take this back: upstreamauth undo '/state/re ceipt.json'
`, "\n")
	var b strings.Builder
	if err := Text(&b, partial(), Style{ASCII: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestHeadlines(t *testing.T) {
	already := engine.Report{Flow: "setup", Status: engine.StatusDone, Actions: []engine.Action{{State: engine.Already}}}
	for want, r := range map[string]engine.Report{
		"setup: done": {Flow: "setup", Status: engine.StatusDone, Actions: []engine.Action{{State: engine.Done}}},
		"undo: there was nothing to do, nothing has been changed": {Flow: "undo", Status: engine.StatusDone},
		"setup: planned, nothing has been changed":                {Flow: "setup", Status: engine.StatusPlanned},
		"setup: failed, nothing has been changed":                 {Flow: "setup", Status: engine.StatusFailed},
		"rotate: failed, and what it had done has been taken back": {Flow: "rotate", Status: engine.StatusFailed,
			Actions: []engine.Action{{State: engine.Done}, {State: engine.Failed}}},
		"setup: interrupted, nothing has been changed":                         {Flow: "setup", Status: engine.StatusFailed, Interrupted: true},
		"setup: the upstream refuses the credential, nothing has been changed": {Flow: "setup", Status: engine.StatusRefused},
		"setup: everything was as it should be, nothing has been changed":      already,
		"doctor: broken at: grant":                                             {Flow: "doctor", Status: engine.StatusBroken, Chain: true, Broken: "grant"},
		"doctor: no fault found, 2 not looked at":                              {Flow: "doctor", Status: engine.StatusHealthy, Chain: true, Unknown: []string{"a", "b"}},
	} {
		var b strings.Builder
		if err := Text(&b, r, Style{}); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(b.String(), "\n"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A script is told what to do about a finding as a reader is: by a command, a
// flag or a sentence.
func TestJSONSaysEachRemedy(t *testing.T) {
	for _, c := range []struct {
		r    *check.Hint
		want string
	}{
		{nil, "null"},
		{&check.Hint{}, "null"},
		{&check.Hint{Says: text.New("turn it on"), Command: "gcloud services enable x"}, `"gcloud services enable x"`},
		{&check.Hint{Says: text.New("allow it: --allow-realm auth.example.com"), Use: &check.Correction{AllowRealm: "auth.example.com"}}, `"allow it: --allow-realm auth.example.com"`},
		{&check.Hint{Says: text.New("trust it with --ca-file")}, `"trust it with --ca-file"`},
		{&check.Hint{Says: text.New("try again in 30s")}, `"try again in 30s"`},
		{&check.Hint{Says: text.New("choose one of them"), Choices: []check.Choice{{Says: text.New("the one of a")}, {Says: text.New("the one of b")}}}, `"choose one of them: the one of a; the one of b"`},
	} {
		var b strings.Builder
		if err := JSON(&b, engine.Report{Checks: []check.Finding{{ID: "x", Level: check.Warning, Remedy: c.r}}}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), `"remedy": `+c.want+"\n") {
			t.Errorf("%+v is %s", c.r, b.String())
		}
	}
}

func TestChainListsEveryLink(t *testing.T) {
	var b strings.Builder
	r := engine.Report{Flow: "doctor", Status: engine.StatusBroken, Chain: true, Broken: "grant", Checks: []check.Finding{
		{ID: "apis", Level: check.OK, Says: text.New("on")}, {ID: "grant", Level: check.Block, Says: text.New("missing")}, {ID: "perimeter", Level: check.Unknown, Says: text.New("denied")},
	}}
	if err := Text(&b, r, Style{ASCII: true}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+ apis              ok: on", "x grant             error: missing", "? perimeter         not looked at: denied"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

func TestJSON(t *testing.T) {
	want := strings.TrimPrefix(`
{
  "flow": "setup",
  "status": "partial",
  "emulator": null,
  "project": "my-project",
  "projectNumber": "123",
  "repository": "projects/my-project/locations/europe/repositories/hub",
  "upstream": "https://registry-1.docker.io/",
  "serviceAgent": null,
  "secretVersion": null,
  "username": "jane",
  "actions": [
    {
      "id": "add-version",
      "says": "store the token",
      "state": "done",
      "command": "gcloud secrets versions add <>&"
    },
    {
      "id": "update-repository",
      "says": "let hub sign in as jane",
      "state": "failed",
      "command": null
    },
    {
      "id": "verify",
      "says": "pull through the repository",
      "state": "skipped",
      "command": null
    }
  ],
  "checks": [
    {
      "id": "project",
      "level": "ok",
      "says": "the project is there",
      "why": "",
      "remedy": null
    },
    {
      "id": "apis",
      "level": "warning",
      "says": "an API is off",
      "why": "the plan turns it on",
      "remedy": "gcloud services enable x"
    }
  ],
  "problem": {
    "title": "You lack a permission",
    "detail": "on hub",
    "hints": [
      "ask an owner"
    ]
  },
  "receipt": "/state/re ceipt.json"
}
`, "\n")
	var b strings.Builder
	if err := JSON(&b, partial()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestJSONKeysAreAlwaysThere(t *testing.T) {
	base := []string{"actions", "checks", "emulator", "flow", "problem", "project", "projectNumber", "receipt", "repository", "secretVersion", "serviceAgent", "status", "upstream", "username"}
	for flow, want := range map[string][]string{"setup": base, "doctor": append([]string{"broken", "unknown"}, base...)} {
		var b strings.Builder
		if err := JSON(&b, engine.Report{Flow: flow, Status: engine.StatusFailed, Problem: &engine.Problem{Title: text.New("x")}}); err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
			t.Fatal(err)
		}
		for _, key := range want {
			if _, ok := got[key]; !ok {
				t.Errorf("%s: no key %s", flow, key)
			}
			delete(got, key)
		}
		if len(got) > 0 {
			t.Errorf("%s: more than was promised: %v", flow, got)
		}
		if strings.Contains(b.String(), `"hints": null`) || strings.Contains(b.String(), `"actions": null`) || strings.Contains(b.String(), `"unknown": null`) {
			t.Errorf("%s: a list is null\n%s", flow, b.String())
		}
	}
}

func TestProblem(t *testing.T) {
	var b strings.Builder
	Problem(&b, partial().Problem)
	Problem(&b, nil)
	if want := "upstreamauth: error: You lack a permission: on hub\nhint: ask an owner\n"; b.String() != want {
		t.Errorf("got %q", b.String())
	}
}

func TestProgressTellsEachChangeOnce(t *testing.T) {
	var b strings.Builder
	p := Progress{W: &b, Style: Style{ASCII: true}}
	plan := &engine.Plan{Actions: []engine.Action{{Says: text.New("one"), State: engine.Running}, {Says: text.New("two"), State: engine.Planned}}}
	p.Tell(plan)
	p.Tell(plan)
	plan.Actions[0].Note = text.New("waits for the grant")
	p.Tell(plan)
	plan.Actions[0].State = engine.Done
	p.Tell(plan)
	want := "  > running  one\n  > running  one (waits for the grant)\n  + done     one (waits for the grant)\n"
	if b.String() != want {
		t.Errorf("got %q", b.String())
	}
}

func TestNeedsASCII(t *testing.T) {
	for _, c := range []struct {
		term, no, locale string
		want             bool
	}{
		{"xterm-256color", "", "en_US.UTF-8", false},
		{"xterm", "", "", false},
		{"linux", "", "en_US.UTF-8", true},
		{"xterm", "1", "en_US.UTF-8", true},
		{"xterm", "", "ja_JP.UTF-8", true},
		{"xterm", "", "C", true},
		{"xterm", "", "C.utf8", false},
	} {
		if got := NeedsASCII(c.term, c.no, c.locale); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

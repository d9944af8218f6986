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
			{ID: "apis", Code: check.APIsOff, Level: check.Warning, Says: text.New("an API is off"), Why: text.New("the plan turns it on"), Remedy: &check.Hint{Says: text.New("turn it on"), Command: "gcloud services enable x"}},
		},
		Problem: &engine.Problem{Title: text.New("You lack a permission"), Detail: text.New("on hub"), Kind: cloud.PermissionDenied,
			Hints: []check.Hint{{Says: text.New("ask an owner"), Help: []text.Text{text.New("say why")}, Command: "gcloud projects"}}},
	}
}

func TestText(t *testing.T) {
	want := strings.TrimPrefix(`
x problem: Partly done; some steps are left
  Project         my-project (number 123)
  Repository      projects/my-project/locations/europe/repositories/hub
  Upstream        https://registry-1.docker.io/
  User name       jane

  + done     store the token (version 1)
  x failed   let hub sign in as jane
  - skipped  pull through the repository

  ! warning: an API is off
    the plan turns it on
    hint: turn it on
      gcloud services enable x

  Receipt: /state/re ceipt.json
  To undo this run:
    upstreamauth undo '/state/re ceipt.json'
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
	did := []engine.Action{{State: engine.Done}}
	hub := engine.About{Username: "jane", Repository: cloud.Repository{Name: cloud.RepositoryName{ID: "hub"}}}
	pulled := []check.Finding{{ID: engine.CheckPull, Level: check.OK}}
	may := []check.Finding{{ID: "apis", Level: check.OK}, {ID: "grant", Level: check.Block, Says: text.New("Artifact Registry may not read the secret %q", "s")}}
	for want, r := range map[string]engine.Report{
		`✓ ok: "hub" now pulls as "jane"`:                                                       {Flow: "setup", Status: engine.StatusDone, Actions: did, About: hub, Checks: pulled},
		`✓ ok: "hub" now has its credentials; no pull has proved them`:                          {Flow: "setup", Status: engine.StatusDone, Actions: did, About: hub},
		`✓ ok: "hub" now pulls with the new token`:                                              {Flow: "rotate", Status: engine.StatusDone, Actions: did, About: hub, Checks: pulled},
		`✓ ok: "hub" no longer has credentials`:                                                 {Flow: "remove", Status: engine.StatusDone, Actions: did, About: hub},
		"✓ ok: Nothing to do; nothing has been changed":                                         {Flow: "undo", Status: engine.StatusDone},
		"i note: Planned; nothing has been changed":                                             {Flow: "setup", Status: engine.StatusPlanned},
		"✗ problem: Failed; nothing has been changed":                                           {Flow: "setup", Status: engine.StatusFailed},
		"✗ problem: Failed; every change was undone":                                            {Flow: "rotate", Status: engine.StatusFailed, Actions: []engine.Action{{State: engine.Done}, {State: engine.Failed}}},
		"i note: Interrupted; nothing has been changed":                                         {Flow: "setup", Status: engine.StatusFailed, Interrupted: true},
		"✗ problem: The upstream rejected the user name or the token; nothing has been changed": {Flow: "setup", Status: engine.StatusRefused},
		"✓ ok: Everything was set up already; nothing has been changed":                         already,
		`✗ problem: Artifact Registry may not read the secret "s"`:                              {Flow: "doctor", Status: engine.StatusBroken, Chain: true, Broken: "grant", Checks: may},
		"✓ ok: no fault found":                                                                  {Flow: "doctor", Status: engine.StatusHealthy, Chain: true},
		"i note: no fault found, 2 not checked":                                                 {Flow: "doctor", Status: engine.StatusHealthy, Chain: true, Unknown: []string{"a", "b"}},
		"! warning: no fault found":                                                             {Flow: "doctor", Status: engine.StatusHealthy, Chain: true, Checks: []check.Finding{{Level: check.Warning}}},
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
		if err := JSON(&b, engine.Report{Checks: []check.Finding{{ID: "x", Level: check.Warning, Remedy: c.r}}}, text.English); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), `"remedy": `+c.want+"\n") {
			t.Errorf("%+v is %s", c.r, b.String())
		}
	}
}

// TestChain: the finding leads, with its cause and its fix; the links follow in a
// line each, and nothing is said twice.
func TestChain(t *testing.T) {
	fix := &check.Hint{Says: text.New("Grant access"), Command: "gcloud secrets add-iam-policy-binding s"}
	r := engine.Report{Flow: "doctor", Status: engine.StatusBroken, Chain: true, Broken: "grant", Checks: []check.Finding{
		{ID: "apis", Level: check.OK, Says: text.New("Every API is on"), Why: text.New("left out")},
		{ID: "version", Level: check.Note, Code: check.NotNeeded, Says: text.New("Not needed"), Why: text.New("left out")},
		{ID: "grant", Level: check.Block, Says: text.New("It may not read the secret"), Why: text.New("It has no role"), Remedy: fix},
		{ID: "payload", Level: check.Unknown, Code: check.NotAllowed, Says: text.New("You can't read it"), Why: text.New("You need a permission"), Remedy: &check.Hint{Says: text.New("An owner can grant it"), Command: "gcloud projects"}},
		{ID: "upstream", Level: check.Unknown, Code: check.CausedBy, Cause: "payload", Says: text.New("Not checked yet"), Why: text.New("Caused by: You can't read it. Fix that first.")},
		{ID: "perimeter", Level: check.Unknown, Code: check.NotAllowed, Says: text.New("You can't see it"), Why: text.New("You need a permission"), Remedy: &check.Hint{Says: text.New("An owner can grant it"), Command: "gcloud projects"}},
		{ID: "pull", Level: check.Block, Code: check.CausedBy, Cause: "grant", Says: text.New("A pull fails"), Why: text.New("403"), Remedy: &check.Hint{Says: text.New("Caused by: It may not read the secret. Fix that first.")}},
	}, Unknown: []string{"payload", "upstream", "perimeter"}}
	want := strings.TrimPrefix(`
x problem: It may not read the secret
  why: It has no role
  fix: Grant access
    gcloud secrets add-iam-policy-binding s

  + ok          APIs       Every API is on
  - skipped     Version    Not needed
  x problem     Access     It may not read the secret
  ? not checked Token      You can't read it
    You need a permission
  ? not checked Upstream   Caused by: You can't read it. Fix that first.
  ? not checked Perimeter  You can't see it
  x problem     Pull       A pull fails
    403
    Caused by: It may not read the secret. Fix that first.
`, "\n")
	var b strings.Builder
	if err := Text(&b, r, Style{ASCII: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	r.Status, r.Broken, r.Checks = engine.StatusHealthy, "", r.Checks[3:6]
	b.Reset()
	if err := Text(&b, r, Style{ASCII: true}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "gcloud projects"); n != 1 {
		t.Errorf("says %d times what would allow it:\n%s", n, b.String())
	}
}

func TestJSON(t *testing.T) {
	want := strings.TrimPrefix(`
{
  "format": 1,
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
  "expires": null,
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
      "code": null,
      "level": "ok",
      "says": "the project is there",
      "why": "",
      "remedy": null
    },
    {
      "id": "apis",
      "code": "apis-off",
      "level": "warning",
      "says": "an API is off",
      "why": "the plan turns it on",
      "remedy": "gcloud services enable x"
    }
  ],
  "problem": {
    "code": "permission-denied",
    "title": "You lack a permission",
    "detail": "on hub",
    "hints": [
      "ask an owner",
      "say why",
      "gcloud projects"
    ]
  },
  "receipt": "/state/re ceipt.json"
}
`, "\n")
	var b strings.Builder
	if err := JSON(&b, partial(), text.English); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestJSONKeysAreAlwaysThere(t *testing.T) {
	base := []string{"actions", "checks", "emulator", "expires", "flow", "format", "problem", "project", "projectNumber", "receipt", "repository", "secretVersion", "serviceAgent", "status", "upstream", "username"}
	for flow, want := range map[string][]string{"setup": base, "doctor": append([]string{"broken", "unknown"}, base...)} {
		var b strings.Builder
		if err := JSON(&b, engine.Report{Flow: flow, Status: engine.StatusFailed, Problem: &engine.Problem{Title: text.New("x")}}, text.English); err != nil {
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
	Problem(&b, partial().Problem, Style{})
	Problem(&b, nil, Style{})
	if want := "upstreamauth: problem: You lack a permission: on hub\nhint: ask an owner\nhint: say why\n  gcloud projects\n"; b.String() != want {
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

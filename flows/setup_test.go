package flows

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
)

func TestSetupWithANewSecret(t *testing.T) {
	f := newFake()
	r := runHeadless(t, testEnv(t, f), Setup(), answers(), Options{})
	if r.Status != StatusDone || r.ExitCode() != ExitDone {
		t.Fatalf("status %s, exit %d, problem %v, checks %v", r.Status, r.ExitCode(), r.Problem, r.Checks)
	}
	want := []string{"create-secret done", "add-version done", "grant-access done", "update-repository done", "verify done"}
	if diff := cmp.Diff(want, states(r)); diff != "" {
		t.Error(diff)
	}
	repo := f.repos[testRepoName.String()]
	if repo.Username != "alice" || repo.SecretVersion != "projects/demo-project/secrets/hub-token/versions/1" {
		t.Errorf("the repository has %q and %q", repo.Username, repo.SecretVersion)
	}
	if got := f.secrets["hub-token"].versions[0].payload; got != testToken {
		t.Errorf("stored %d bytes, want the %d of the token without its newline", len(got), len(testToken))
	}
	if r.About.SecretVersion != repo.SecretVersion {
		t.Errorf("the report says %s", r.About.SecretVersion)
	}
}

func TestSetupAgainChangesNothing(t *testing.T) {
	f := newFake()
	runHeadless(t, testEnv(t, f), Setup(), answers(), Options{})
	f.calls = nil
	r := runHeadless(t, testEnv(t, f), Setup(), answers(), Options{})
	if r.Status != StatusDone {
		t.Fatalf("status %s: %v", r.Status, r.Problem)
	}
	for _, a := range r.Actions {
		if a.State != Already {
			t.Errorf("%s is %s", a.ID, a.State)
		}
	}
	if w := f.writes(); len(w) > 0 {
		t.Errorf("wrote %v", w)
	}
	if r.Receipt != "" {
		t.Errorf("left a receipt of nothing: %s", r.Receipt)
	}
}

func TestSetupReadsNothingTwice(t *testing.T) {
	f := newFake()
	e := testEnv(t, f)
	m := New(e, Setup(), answers(), Options{SkipTrial: true})
	m.TakeDefaults()
	d := NewDriver(m)
	d.Settle(t.Context(), m.Begin())
	if m.Phase() != Reviewing {
		t.Fatalf("stands at %v: %v", m.Phase(), m.Findings())
	}
	d.Close()
	count := map[string]int{}
	for _, c := range f.calls {
		count[c]++
	}
	for c, n := range count {
		if n > 1 {
			t.Errorf("%s was asked %d times", c, n)
		}
	}
	if w := f.writes(); len(w) > 0 {
		t.Errorf("a plan wrote %v", w)
	}
}

func TestSetupUsesAnExistingVersion(t *testing.T) {
	f := newFake()
	f.addSecret("hub-token", "old", testToken)
	given := answers()
	given[StepVersion] = Answer{Text: "2", From: Flag}
	delete(given, StepToken)
	r := runHeadless(t, testEnv(t, f), Setup(), given, Options{})
	if r.Status != StatusDone || slices.Contains(f.writes(), "AddVersion") {
		t.Fatalf("status %s, %v, wrote %v", r.Status, r.Problem, f.writes())
	}
	if got := f.repos[testRepoName.String()].SecretVersion; !strings.HasSuffix(got, "/versions/2") {
		t.Errorf("uses %s", got)
	}
}

func TestSetupKeepsOtherBindings(t *testing.T) {
	f := newFake()
	s := f.addSecret("hub-token", "old")
	s.policy.Bindings = []Binding{
		{AccessorRole, []string{"user:bob@example.com"}, ""},
		{AccessorRole, []string{"user:eve@example.com"}, "request.time < x"},
		{"roles/viewer", []string{"user:ann@example.com"}, ""},
	}
	runHeadless(t, testEnv(t, f), Setup(), answers(), Options{})
	want := []Binding{
		{AccessorRole, []string{"user:bob@example.com", memberPrefix + f.ServiceAgent(testNumber)}, ""},
		{AccessorRole, []string{"user:eve@example.com"}, "request.time < x"},
		{"roles/viewer", []string{"user:ann@example.com"}, ""},
	}
	if diff := cmp.Diff(want, s.policy.Bindings); diff != "" {
		t.Error(diff)
	}
}

func TestSetupMakesTheServiceAgent(t *testing.T) {
	f := newFake()
	f.agents = map[string]bool{}
	r := runHeadless(t, testEnv(t, f), Setup(), answers(), Options{})
	if r.Status != StatusDone || !slices.Contains(f.writes(), "CreateServiceAgent") {
		t.Fatalf("status %s, %v, wrote %v", r.Status, r.Problem, f.writes())
	}
}

func TestSetupTurnsOnSecretManager(t *testing.T) {
	f := newFake()
	f.off[SecretManagerAPI] = true
	r := runHeadless(t, testEnv(t, f), Setup(), answers(), Options{})
	if r.Status != StatusDone || r.Actions[0].ID != ActEnableAPIs || r.Actions[0].State != Done {
		t.Fatalf("status %s, %v, %v", r.Status, r.Problem, states(r))
	}
}

func TestSetupIsBlocked(t *testing.T) {
	for _, c := range []struct {
		name  string
		given map[string]Answer
		world func(f *fakeCloud)
		step  string
		says  string
		exit  int
	}{
		{"unknown project", map[string]Answer{StepProject: {Text: "no-such-project", From: Flag}}, nil, StepProject, "no project", ExitFailed},
		{"unknown repository", map[string]Answer{StepRepository: {Text: "us-central1/nope", From: Flag}}, nil, StepRepository, "no repository", ExitFailed},
		{"unknown location", map[string]Answer{StepRepository: {Text: "mars-east1/dockerhub", From: Flag}}, nil, StepRepository, "mars-east1", ExitFailed},
		{"unknown short name", map[string]Answer{StepRepository: {Text: "nope", From: Flag}}, nil, StepRepository, "no repository", ExitFailed},
		{"name in two locations", map[string]Answer{StepRepository: {Text: "dockerhub", From: Flag}}, func(f *fakeCloud) {
			f.addRepo(Repository{Name: RepositoryName{testProject, "europe", testRepo}, Mode: "REMOTE_REPOSITORY", Format: "DOCKER"})
		}, StepRepository, "several", ExitFailed},
		{"standard repository", nil, func(f *fakeCloud) { f.repos[testRepoName.String()].Mode = "STANDARD_REPOSITORY" }, StepRepository, "standard", ExitFailed},
		{"may not change the repository", nil, func(f *fakeCloud) { f.deny["artifactregistry.repositories.update"] = true }, StepRepository, "may not change", ExitFailed},
		{"secret not readable", nil, func(f *fakeCloud) {
			f.addSecret("hub-token", "x")
			f.deny["secretmanager.secrets.get"], f.deny["secretmanager.versions.add"] = true, true
		}, StepSecret, "may not look", ExitFailed},
		{"may not change the policy", nil, func(f *fakeCloud) { f.addSecret("hub-token", "x"); f.deny["secretmanager.secrets.setIamPolicy"] = true }, StepSecret, "setIamPolicy", ExitFailed},
		{"may not make a secret", nil, func(f *fakeCloud) { f.deny["secretmanager.secrets.create"] = true }, StepSecret, "may not make", ExitFailed},
		{"may not let a new secret be read", nil, func(f *fakeCloud) { f.deny["secretmanager.secrets.setIamPolicy"] = true }, StepSecret, "may not make one that can be read", ExitFailed},
		{"typed secret", nil, func(f *fakeCloud) { f.addSecret("hub-token", "x").info.Type = "CERTIFICATE" }, StepSecret, "CERTIFICATE", ExitFailed},
		{"Artifact Registry is off", nil, func(f *fakeCloud) { f.off[ArtifactRegistryAPI] = true }, StepProject, ArtifactRegistryAPI, ExitFailed},
		{"not signed in", nil, func(f *fakeCloud) {
			f.fail = func(string, bool) error {
				return &Error{Kind: NotSignedIn, Message: "could not find default credentials"}
			}
		}, StepSignIn, "not signed in", ExitNotSignedIn},
		{"disabled version", map[string]Answer{StepVersion: {Text: "1", From: Flag}}, func(f *fakeCloud) {
			f.addSecret("hub-token", "x").versions[0].State = "DISABLED"
		}, StepVersion, "disabled", ExitFailed},
		{"user:token pasted", map[string]Answer{StepToken: {Secret: token.New([]byte("alice:" + testToken)), From: Flag}}, nil, StepToken, "", ExitRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			if c.world != nil {
				c.world(f)
			}
			given := answers()
			for k, v := range c.given {
				given[k] = v
			}
			r := runHeadless(t, testEnv(t, f), Setup(), given, Options{})
			if r.Problem == nil || !strings.Contains(strings.ToLower(r.Problem.Title), strings.ToLower(c.says)) {
				t.Errorf("the problem is %+v, want %q (status %s)", r.Problem, c.says, r.Status)
			}
			if r.ExitCode() != c.exit {
				t.Errorf("exit %d, want %d", r.ExitCode(), c.exit)
			}
			if r.Problem != nil && len(r.Problem.Hints) == 0 {
				t.Errorf("no hint: %+v", r.Problem)
			}
			if w := f.writes(); len(w) > 0 {
				t.Errorf("wrote %v", w)
			}
		})
	}
}

func TestARepositoryChangedMeanwhileStopsTheRun(t *testing.T) {
	f := newFake()
	e := testEnv(t, f)
	f.fail = func(c string, after bool) error {
		if c == "Grant" && after {
			f.repos[testRepoName.String()].Username = "mallory"
		}
		return nil
	}
	r := runHeadless(t, e, Setup(), answers(), Options{})
	if r.Status != StatusPartial || r.Problem == nil || r.Problem.Kind != Conflict {
		t.Fatalf("status %s, problem %+v", r.Status, r.Problem)
	}
	if got := f.repos[testRepoName.String()].Username; got != "mallory" {
		t.Errorf("overwrote the change: %s", got)
	}
}

func TestReceiptOfARunHoldsNoToken(t *testing.T) {
	f := newFake()
	e := testEnv(t, f)
	r := runHeadless(t, e, Setup(), answers(), Options{})
	data, err := os.ReadFile(r.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), testToken[9:]) {
		t.Error("the receipt holds the token")
	}
	all, err := e.Receipts.List()
	if err != nil || len(all) != 1 {
		t.Fatalf("%d receipts, %v", len(all), err)
	}
	var kinds []ChangeKind
	for _, a := range all[0].Actions {
		for _, c := range a.Changes {
			kinds = append(kinds, c.Kind)
		}
	}
	if diff := cmp.Diff([]ChangeKind{SecretCreated, VersionAdded, AccessGranted, CredentialsSet}, kinds); diff != "" {
		t.Error(diff)
	}
	if info, _ := os.Stat(r.Receipt); info.Mode().Perm() != 0o600 {
		t.Errorf("the receipt's mode is %v", info.Mode())
	}
}

// TestPermissionsThatGoogleDoesNotTell are not taken for permissions that are
// missing.
func TestPermissionsThatGoogleDoesNotTell(t *testing.T) {
	for _, untold := range []string{"ProjectPermissions", "RepositoryPermissions", "SecretPermissions"} {
		for name, secret := range map[string]string{"new": "new-token", "old": "hub-token"} {
			t.Run(untold+", "+name, func(t *testing.T) {
				w := healthy()
				w.fail = func(call string, _ bool) error {
					if call == untold {
						return &Error{Kind: TimedOut, Message: "by the test"}
					}
					return nil
				}
				given := setupAnswers()
				given[StepSecret] = Answer{Text: secret, From: Flag}
				r := w.run(t, Setup(), given, Options{})
				said := false
				for _, f := range r.Checks {
					said = said || f.Level == check.Warning && strings.Contains(f.Says, NotLookedAt)
					if strings.Contains(f.Says, "lack") || f.Level == check.Block {
						t.Errorf("it says %+v", f)
					}
				}
				if asked := untold != "SecretPermissions" || name == "old"; said != asked || r.Status != StatusDone {
					t.Errorf("status %s (%v), said %v: %+v", r.Status, r.Problem, said, r.Checks)
				}
			})
		}
	}
}

// TestSetupByTheProjectsNumber needs no permission to see the project.
func TestSetupByTheProjectsNumber(t *testing.T) {
	w := healthy()
	w.deny["resourcemanager.projects.get"] = true
	w.repo.Name.Project = testNumber
	w.addRepo(*w.repo)
	given := setupAnswers()
	given[StepProject] = Answer{Text: testNumber, From: Flag}
	r := w.run(t, Setup(), given, Options{})
	if r.Status != StatusDone || r.About.ProjectNumber != testNumber || r.About.ServiceAgent != strings.TrimPrefix(agentMember, memberPrefix) {
		t.Errorf("status %s, %+v, %v", r.Status, r.About, r.Problem)
	}
}

// TestADryRunWritesNothing ends with the plan, as planned.
func TestADryRunWritesNothing(t *testing.T) {
	w := healthy()
	m := New(w.env(t), Setup(), setupAnswers(), Options{})
	m.TakeDefaults()
	m.DryRun, m.Approved = true, true
	d := NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	r := m.Report()
	if !m.Done() || r.Status != StatusPlanned || r.ExitCode() != ExitDone || r.Receipt != "" || len(w.writes()) > 0 {
		t.Errorf("at %v: %s, receipt %q, wrote %v", m.Phase(), r.Status, r.Receipt, w.writes())
	}
	if jobs := m.Approve(); jobs != nil {
		t.Error("a dry run is applied")
	}
	if at, of := m.Position(); at != of {
		t.Errorf("at %d of %d", at, of)
	}
}

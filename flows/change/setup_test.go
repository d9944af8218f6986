package change

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

func TestSetupWithANewSecret(t *testing.T) {
	f := cloudtest.NewFake()
	r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), Setup(), enginetest.Answers(), engine.Options{})
	if r.Status != engine.StatusDone || r.Ending() != engine.EndedDone {
		t.Fatalf("status %s, ended %q, problem %v, checks %v", r.Status, r.Ending(), r.Problem, r.Checks)
	}
	want := []string{"create-secret done", "add-version done", "grant-access done", "update-repository done", "verify done"}
	if diff := cmp.Diff(want, enginetest.States(r)); diff != "" {
		t.Error(diff)
	}
	repo := f.Repos[cloudtest.TestRepoName.String()]
	if repo.Username != "alice" || repo.SecretVersion != "projects/demo-project/secrets/hub-token/versions/1" {
		t.Errorf("the repository has %q and %q", repo.Username, repo.SecretVersion)
	}
	if got := f.SecretsHeld["hub-token"].Versions[0].Payload; got != cloudtest.TestToken {
		t.Errorf("stored %d bytes, want the %d of the token without its newline", len(got), len(cloudtest.TestToken))
	}
	if r.About.SecretVersion != repo.SecretVersion {
		t.Errorf("the report says %s", r.About.SecretVersion)
	}
}

func TestSetupAgainChangesNothing(t *testing.T) {
	f := cloudtest.NewFake()
	enginetest.RunHeadless(t, enginetest.EnvOf(t, f), Setup(), enginetest.Answers(), engine.Options{})
	f.Calls = nil
	r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), Setup(), enginetest.Answers(), engine.Options{})
	if r.Status != engine.StatusDone {
		t.Fatalf("status %s: %v", r.Status, r.Problem)
	}
	for _, a := range r.Actions {
		if a.State != engine.Already {
			t.Errorf("%s is %s", a.ID, a.State)
		}
	}
	if w := f.Writes(); len(w) > 0 {
		t.Errorf("wrote %v", w)
	}
	if r.Receipt != "" {
		t.Errorf("left a receipt of nothing: %s", r.Receipt)
	}
}

func TestSetupReadsNothingTwice(t *testing.T) {
	f := cloudtest.NewFake()
	e := enginetest.EnvOf(t, f)
	m := engine.New(e, Setup(), enginetest.Answers(), engine.Options{SkipTrial: true})
	m.TakeDefaults()
	d := engine.NewDriver(m)
	d.Settle(t.Context(), m.Begin())
	if m.Phase() != engine.Reviewing {
		t.Fatalf("stands at %v: %v", m.Phase(), m.Findings())
	}
	d.Close()
	count := map[string]int{}
	for _, c := range f.Calls {
		count[c]++
	}
	for c, n := range count {
		if n > 1 {
			t.Errorf("%s was asked %d times", c, n)
		}
	}
	if w := f.Writes(); len(w) > 0 {
		t.Errorf("a plan wrote %v", w)
	}
}

func TestSetupUsesAnExistingVersion(t *testing.T) {
	f := cloudtest.NewFake()
	f.AddSecret("hub-token", "old", cloudtest.TestToken)
	given := enginetest.Answers()
	given[engine.StepVersion] = engine.Answer{Text: "2", From: engine.Flag}
	delete(given, engine.StepToken)
	r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), Setup(), given, engine.Options{})
	if r.Status != engine.StatusDone || slices.Contains(f.Writes(), "AddVersion") {
		t.Fatalf("status %s, %v, wrote %v", r.Status, r.Problem, f.Writes())
	}
	if got := f.Repos[cloudtest.TestRepoName.String()].SecretVersion; !strings.HasSuffix(got, "/versions/2") {
		t.Errorf("uses %s", got)
	}
}

func TestSetupKeepsOtherBindings(t *testing.T) {
	f := cloudtest.NewFake()
	s := f.AddSecret("hub-token", "old")
	s.Policy.Bindings = []cloud.Binding{
		{Role: cloud.AccessorRole, Members: []string{"user:bob@example.com"}, Condition: ""},
		{Role: cloud.AccessorRole, Members: []string{"user:eve@example.com"}, Condition: "request.time < x"},
		{Role: "roles/viewer", Members: []string{"user:ann@example.com"}, Condition: ""},
	}
	enginetest.RunHeadless(t, enginetest.EnvOf(t, f), Setup(), enginetest.Answers(), engine.Options{})
	want := []cloud.Binding{
		{Role: cloud.AccessorRole, Members: []string{"user:bob@example.com", cloud.MemberPrefix + f.ServiceAgent(cloudtest.TestNumber)}, Condition: ""},
		{Role: cloud.AccessorRole, Members: []string{"user:eve@example.com"}, Condition: "request.time < x"},
		{Role: "roles/viewer", Members: []string{"user:ann@example.com"}, Condition: ""},
	}
	if diff := cmp.Diff(want, s.Policy.Bindings); diff != "" {
		t.Error(diff)
	}
}

func TestSetupMakesTheServiceAgent(t *testing.T) {
	f := cloudtest.NewFake()
	f.Agents = map[string]bool{}
	r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), Setup(), enginetest.Answers(), engine.Options{})
	if r.Status != engine.StatusDone || !slices.Contains(f.Writes(), "CreateServiceAgent") {
		t.Fatalf("status %s, %v, wrote %v", r.Status, r.Problem, f.Writes())
	}
}

func TestSetupTurnsOnSecretManager(t *testing.T) {
	f := cloudtest.NewFake()
	f.Off[cloud.SecretManagerAPI] = true
	r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), Setup(), enginetest.Answers(), engine.Options{})
	if r.Status != engine.StatusDone || r.Actions[0].ID != engine.ActEnableAPIs || r.Actions[0].State != engine.Done {
		t.Fatalf("status %s, %v, %v", r.Status, r.Problem, enginetest.States(r))
	}
}

func TestSetupIsBlocked(t *testing.T) {
	for _, c := range []struct {
		name  string
		given map[string]engine.Answer
		world func(f *cloudtest.FakeCloud)
		step  string
		says  string // a finding's code, or a part of the problem's title
		exit  engine.Ending
	}{
		{"unknown project", map[string]engine.Answer{engine.StepProject: {Text: "no-such-project", From: engine.Flag}}, nil, engine.StepProject, "project-missing", engine.EndedFailed},
		{"unknown repository", map[string]engine.Answer{engine.StepRepository: {Text: "us-central1/nope", From: engine.Flag}}, nil, engine.StepRepository, "no repository", engine.EndedFailed},
		{"unknown location", map[string]engine.Answer{engine.StepRepository: {Text: "mars-east1/dockerhub", From: engine.Flag}}, nil, engine.StepRepository, "mars-east1", engine.EndedFailed},
		{"unknown short name", map[string]engine.Answer{engine.StepRepository: {Text: "nope", From: engine.Flag}}, nil, engine.StepRepository, "no repository", engine.EndedFailed},
		{"name in two locations", map[string]engine.Answer{engine.StepRepository: {Text: "dockerhub", From: engine.Flag}}, func(f *cloudtest.FakeCloud) {
			f.AddRepo(cloud.Repository{Name: cloud.RepositoryName{Project: cloudtest.TestProject, Location: "europe", ID: cloudtest.TestRepo}, Mode: "REMOTE_REPOSITORY", Format: "DOCKER"})
		}, engine.StepRepository, "several", engine.EndedFailed},
		{"standard repository", nil, func(f *cloudtest.FakeCloud) { f.Repos[cloudtest.TestRepoName.String()].Mode = "STANDARD_REPOSITORY" }, engine.StepRepository, "standard", engine.EndedFailed},
		{"may not change the repository", nil, func(f *cloudtest.FakeCloud) { f.Deny["artifactregistry.repositories.update"] = true }, engine.StepRepository, "permissions-missing", engine.EndedFailed},
		{"secret not readable", nil, func(f *cloudtest.FakeCloud) {
			f.AddSecret("hub-token", "x")
			f.Deny["secretmanager.secrets.get"], f.Deny["secretmanager.versions.add"] = true, true
		}, engine.StepSecret, "secret-hidden", engine.EndedFailed},
		{"may not change the policy", nil, func(f *cloudtest.FakeCloud) {
			f.AddSecret("hub-token", "x")
			f.Deny["secretmanager.secrets.setIamPolicy"] = true
		}, engine.StepSecret, "permissions-missing", engine.EndedFailed},
		{"may not make a secret", nil, func(f *cloudtest.FakeCloud) { f.Deny["secretmanager.secrets.create"] = true }, engine.StepSecret, "secret-not-creatable", engine.EndedFailed},
		{"may not let a new secret be read", nil, func(f *cloudtest.FakeCloud) { f.Deny["secretmanager.secrets.setIamPolicy"] = true }, engine.StepSecret, "secret-not-creatable", engine.EndedFailed},
		{"typed secret", nil, func(f *cloudtest.FakeCloud) { f.AddSecret("hub-token", "x").Info.Type = "CERTIFICATE" }, engine.StepSecret, "secret-typed", engine.EndedFailed},
		{"Artifact Registry is off", nil, func(f *cloudtest.FakeCloud) { f.Off[cloud.ArtifactRegistryAPI] = true }, engine.StepProject, "apis-off", engine.EndedFailed},
		{"not signed in", nil, func(f *cloudtest.FakeCloud) {
			f.Fail = func(string, bool) error {
				return &cloud.Error{Kind: cloud.NotSignedIn, Message: "could not find default credentials"}
			}
		}, engine.StepSignIn, "signed in", engine.EndedNotSignedIn},
		{"disabled version", map[string]engine.Answer{engine.StepVersion: {Text: "1", From: engine.Flag}}, func(f *cloudtest.FakeCloud) {
			f.AddSecret("hub-token", "x").Versions[0].State = "DISABLED"
		}, engine.StepVersion, "version-not-enabled", engine.EndedFailed},
		{"user:token pasted", map[string]engine.Answer{engine.StepToken: {Secret: token.New([]byte("alice:" + cloudtest.TestToken)), From: engine.Flag}}, nil, engine.StepToken, "", engine.EndedRejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := cloudtest.NewFake()
			if c.world != nil {
				c.world(f)
			}
			given := enginetest.Answers()
			for k, v := range c.given {
				given[k] = v
			}
			r := enginetest.RunHeadless(t, enginetest.EnvOf(t, f), Setup(), given, engine.Options{})
			if r.Problem == nil || !found(r, check.Code(c.says)) &&
				!strings.Contains(strings.ToLower(r.Problem.Title.In(text.English)), strings.ToLower(c.says)) {
				t.Errorf("the problem is %+v, want %q (status %s)", r.Problem, c.says, r.Status)
			}
			if r.Ending() != c.exit {
				t.Errorf("ended %q, want %q", r.Ending(), c.exit)
			}
			if r.Problem != nil && len(r.Problem.Hints) == 0 {
				t.Errorf("no hint: %+v", r.Problem)
			}
			if w := f.Writes(); len(w) > 0 {
				t.Errorf("wrote %v", w)
			}
		})
	}
}

func TestARepositoryChangedMeanwhileStopsTheRun(t *testing.T) {
	f := cloudtest.NewFake()
	e := enginetest.EnvOf(t, f)
	f.Fail = func(c string, after bool) error {
		if c == "Grant" && after {
			f.Repos[cloudtest.TestRepoName.String()].Username = "mallory"
		}
		return nil
	}
	r := enginetest.RunHeadless(t, e, Setup(), enginetest.Answers(), engine.Options{})
	if r.Status != engine.StatusPartial || r.Problem == nil || r.Problem.Kind != cloud.Conflict {
		t.Fatalf("status %s, problem %+v", r.Status, r.Problem)
	}
	if got := f.Repos[cloudtest.TestRepoName.String()].Username; got != "mallory" {
		t.Errorf("overwrote the change: %s", got)
	}
}

func TestReceiptOfARunHoldsNoToken(t *testing.T) {
	f := cloudtest.NewFake()
	e := enginetest.EnvOf(t, f)
	r := enginetest.RunHeadless(t, e, Setup(), enginetest.Answers(), engine.Options{})
	data, err := os.ReadFile(r.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), cloudtest.TestToken[9:]) {
		t.Error("the receipt holds the token")
	}
	all, err := e.Receipts.List()
	if err != nil || len(all) != 1 {
		t.Fatalf("%d receipts, %v", len(all), err)
	}
	var kinds []engine.ChangeKind
	for _, a := range all[0].Actions {
		for _, c := range a.Changes {
			kinds = append(kinds, c.Kind)
		}
	}
	if diff := cmp.Diff([]engine.ChangeKind{engine.SecretCreated, engine.VersionAdded, engine.AccessGranted, engine.CredentialsSet}, kinds); diff != "" {
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
				w := enginetest.Healthy()
				w.Fail = func(call string, _ bool) error {
					if call == untold {
						return &cloud.Error{Kind: cloud.TimedOut, Message: "by the test"}
					}
					return nil
				}
				given := enginetest.SetupAnswers()
				given[engine.StepSecret] = engine.Answer{Text: secret, From: engine.Flag}
				r := w.Run(t, Setup(), given, engine.Options{})
				said := found(r, check.PermissionsUnchecked)
				for _, f := range r.Checks {
					if f.Code == check.PermissionsMissing || f.Level == check.Block {
						t.Errorf("it says %+v", f)
					}
				}
				if asked := untold != "SecretPermissions" || name == "old"; said != asked || r.Status != engine.StatusDone {
					t.Errorf("status %s (%v), said %v: %+v", r.Status, r.Problem, said, r.Checks)
				}
			})
		}
	}
}

// TestSetupByTheProjectsNumber needs no permission to see the project.
func TestSetupByTheProjectsNumber(t *testing.T) {
	w := enginetest.Healthy()
	w.Deny["resourcemanager.projects.get"] = true
	w.Repo.Name.Project = cloudtest.TestNumber
	w.AddRepo(*w.Repo)
	given := enginetest.SetupAnswers()
	given[engine.StepProject] = engine.Answer{Text: cloudtest.TestNumber, From: engine.Flag}
	r := w.Run(t, Setup(), given, engine.Options{})
	if r.Status != engine.StatusDone || r.About.ProjectNumber != cloudtest.TestNumber || r.About.ServiceAgent != strings.TrimPrefix(enginetest.AgentMember, cloud.MemberPrefix) {
		t.Errorf("status %s, %+v, %v", r.Status, r.About, r.Problem)
	}
}

// TestADryRunWritesNothing ends with the plan, as planned.
func TestADryRunWritesNothing(t *testing.T) {
	w := enginetest.Healthy()
	m := engine.New(w.Env(t), Setup(), enginetest.SetupAnswers(), engine.Options{})
	m.TakeDefaults()
	m.DryRun, m.Approved = true, true
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	r := m.Report()
	if !m.Done() || r.Status != engine.StatusPlanned || r.Ending() != engine.EndedDone || r.Receipt != "" || len(w.Writes()) > 0 {
		t.Errorf("at %v: %s, receipt %q, wrote %v", m.Phase(), r.Status, r.Receipt, w.Writes())
	}
	if jobs := m.Approve(); jobs != nil {
		t.Error("a dry run is applied")
	}
	if at, of := m.Position(); at != of {
		t.Errorf("at %d of %d", at, of)
	}
}

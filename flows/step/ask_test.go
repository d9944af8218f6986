package step

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/text"
)

// asked opens one question with the answers before it, and returns the machine
// that asks it.
func asked(t *testing.T, w *enginetest.World, s engine.Step, o engine.Options) *engine.Machine {
	t.Helper()
	return enginetest.Open(t, w.Env(t), s, o, func(d *engine.Draft) {
		d.Project, d.Location, d.Repository = cloudtest.TestProject, "us-central1", cloudtest.TestRepo
		d.Secret = cloud.SecretName{ID: "hub-token"}
		d.Username = enginetest.TestUser
	})
}

// summary is a prompt in short, as a front end would say it.
func summary(m *engine.Machine) string {
	p, ready, complete := m.Prompt()
	var b strings.Builder
	for _, o := range p.Options {
		fmt.Fprintf(&b, "%s (%s)", o.Value, o.Note.In(text.English))
		if !o.Off.Empty() {
			b.WriteString(" off: " + o.Off.In(text.English))
		}
		b.WriteString("\n")
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note: %s\n", cmp.Or(string(n.Code), n.ID))
	}
	for _, h := range p.Help {
		fmt.Fprintf(&b, "help: %s\n", h.In(text.English))
	}
	if p.Empty != nil {
		fmt.Fprintf(&b, "empty: %s; %s\n", p.Empty, strings.Join(check.Lines(p.Empty.Hints, text.English), "; "))
	}
	if p.Free {
		fmt.Fprintf(&b, "or a %s\n", p.Noun.In(text.English))
	}
	if p.Proposal != "" {
		fmt.Fprintf(&b, "proposes %s\n", p.Proposal)
	}
	if problem := m.Problem(); problem != nil {
		fmt.Fprintf(&b, "problem: %s\n", problem)
	}
	if !ready || !complete {
		b.WriteString("unfinished\n")
	}
	return b.String()
}

func denied403(call string) func(string, bool) error {
	return func(c string, _ bool) error {
		if c == call {
			return cloudtest.Refused("x.list", "projects/"+cloudtest.TestProject)
		}
		return nil
	}
}

// TestPrompts: what each question shows, in each state of the world that
// changes it.
func TestPrompts(t *testing.T) {
	signedOut := func(w *enginetest.World) {
		w.Fail = func(string, bool) error { return &cloud.Error{Kind: cloud.NotSignedIn, Message: "no credentials"} }
	}
	for _, c := range []struct {
		name string
		step engine.Step
		o    engine.Options
		do   func(w *enginetest.World)
		want []string // lines of the summary, or parts of them
		not  string
	}{
		{"projects", Project(), engine.Options{}, nil, []string{"demo-project (Demo)", "other-project (Other)", "or a project ID"}, "empty"},
		{"no project", Project(), engine.Options{}, func(w *enginetest.World) { w.ProjectsKnown = nil }, []string{"empty: No projects found", "gcloud projects create", "or a project ID"}, ""},
		{"projects may not be listed", Project(), engine.Options{}, func(w *enginetest.World) { w.Fail = denied403("Projects") },
			[]string{"note: list", "empty: ", "or a project ID"}, "problem"},
		{"not signed in", Project(), engine.Options{}, signedOut, []string{"problem: You aren't signed in"}, "empty"},

		{"repositories", Repository(), engine.Options{}, func(w *enginetest.World) {
			w.AddRepo(cloud.Repository{Name: cloud.RepositoryName{Project: cloudtest.TestProject, Location: "us", ID: "own"}, Mode: "STANDARD_REPOSITORY", Format: "NPM"})
			w.AddRepo(cloud.Repository{Name: cloud.RepositoryName{Project: cloudtest.TestProject, Location: "us", ID: "empty"}, Mode: "REMOTE_REPOSITORY", Format: "NPM", URI: "https://npm.example.com"})
		}, []string{"us-central1/dockerhub (us-central1 · docker · ", `user "alice"`, "us/empty (us · npm · ", "no credentials", "us/own (us · npm) off: This is a standard repository, not a remote repository", "or a LOCATION/NAME"}, "empty:"},
		{"of one location", Repository(), engine.Options{Location: "us"}, func(w *enginetest.World) {
			w.AddRepo(cloud.Repository{Name: cloud.RepositoryName{Project: cloudtest.TestProject, Location: "us", ID: "hub"}, Mode: "REMOTE_REPOSITORY", Format: "DOCKER"})
		}, []string{"us/hub"}, "us-central1"},
		{"no repository", Repository(), engine.Options{Location: "asia"}, nil, []string{`empty: No remote repositories found in "demo-project"`, "gcloud artifacts repositories create", "--location=asia"}, "It has"},
		{"none that can be used", Repository(), engine.Options{}, func(w *enginetest.World) { w.Repo.Mode = "VIRTUAL_REPOSITORY" },
			[]string{"off: This is a virtual repository, not a remote repository", "It has 1 repository, which can't use upstream credentials."}, ""},
		{"an upstream without a password", Repository(), engine.Options{}, func(w *enginetest.World) {
			w.Repo.Preset, w.Repo.URI = "", "projects/up/locations/us/repositories/base"
		}, []string{"off: The upstream (Artifact Registry) takes no password"}, ""},
		{"a location that cannot be listed", Repository(), engine.Options{}, func(w *enginetest.World) { w.Unlisted = true }, []string{"us-central1/dockerhub", "note: location-unlisted"}, "empty:"},
		{"repositories may not be listed", Repository(), engine.Options{}, func(w *enginetest.World) { w.Fail = denied403("Repositories") },
			[]string{"note: list", "empty: ", "or a LOCATION/NAME"}, "problem"},

		{"secrets", Secret(), engine.Options{}, func(w *enginetest.World) {
			w.AddSecret("typed").Info.Type = "CERTIFICATE"
			w.AddSecret("gone").Info.ExpireTime = w.Clock.Add(-time.Hour)
			w.AddSecret("ending").Info.ExpireTime = w.Clock.Add(72 * time.Hour)
		}, []string{`dockerhub-upstream-token ("dockerhub-upstream-token")`, "hub-token (this repository uses version 1)", "typed (created 1 March 2026) off: ",
			"gone (created 1 March 2026, expires 1 March 2026) off: ", "ending (created 1 March 2026, expires 4 March 2026)\n", "proposes hub-token", "projects/PROJECT/secrets/NAME", "or a secret name"}, "empty"},
		{"no secret yet, as the API is off", Secret(), engine.Options{}, func(w *enginetest.World) { w.Off[cloud.SecretManagerAPI] = true; w.Fail = apiOff("Secrets") },
			[]string{"dockerhub-upstream-token"}, "note"},
		{"secrets may not be listed", Secret(), engine.Options{}, func(w *enginetest.World) { w.Fail = denied403("Secrets") }, []string{"dockerhub-upstream-token", "note: list"}, "empty"},

		{"versions", Version(), engine.Options{}, func(w *enginetest.World) {
			w.AddPayload(w.Secret, "x").State = "DISABLED"
			w.AddPayload(w.Secret, "x").State = "DESTROYED"
		}, []string{"new (you enter the token next)\n3 (created 1 March 2026) off: destroyed\n2 (created 1 March 2026) off: disabled\n1 (created 1 March 2026)\n"}, "or a"},
		{"versions that cannot be read", Version(), engine.Options{}, func(w *enginetest.World) {
			w.Fail = func(c string, _ bool) error {
				if c == "Versions" {
					return &cloud.Error{Kind: cloud.Unavailable, Message: "down"}
				}
				return nil
			}
		}, []string{"problem: Google can't be reached"}, "new"},

		{"user name of Docker Hub", Username(), engine.Options{}, func(w *enginetest.World) { w.Repo.Username = "" }, []string{"help: Your Docker ID"}, "proposes"},
		{"user name that is there", Username(), engine.Options{}, nil, []string{"proposes alice"}, ""},
		{"user name of PyPI", Username(), engine.Options{}, func(w *enginetest.World) {
			w.Repo.Username, w.Repo.Format, w.Repo.Preset, w.Repo.URI = "", "PYTHON", "PYPI", "https://pypi.org"
		}, []string{"proposes __token__"}, ""},
		{"token", Token(), engine.Options{}, nil, []string{"help: Create one at https://app.docker.com", "help: To check the token, upstreamauth "}, ""},
		{"token of a repository that is gone", Token(), engine.Options{}, func(w *enginetest.World) { delete(w.Repos, cloudtest.TestRepoName.String()) }, []string{"problem: A required resource doesn't exist"}, "help"},

		{"other repositories", Users(), engine.Options{}, func(w *enginetest.World) { w.Share("b", "1"); w.Share("a", "7") },
			[]string{"all (also switch \"europe-west1/a\" and \"europe-west1/b\")", "only (the old version stays enabled"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			if c.do != nil {
				c.do(w)
			}
			got := summary(asked(t, w, c.step, c.o))
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("shows\n%s\nwithout %q", got, want)
				}
			}
			if c.not != "" && strings.Contains(got, c.not) || strings.Contains(got, "unfinished") {
				t.Errorf("shows\n%s", got)
			}
		})
	}
}

// apiOff answers a call as where the API is off.
func apiOff(call string) func(string, bool) error {
	return func(c string, _ bool) error {
		if c == call {
			return &cloud.Error{Kind: cloud.APIDisabled, Service: cloud.SecretManagerAPI, Message: "off"}
		}
		return nil
	}
}

// TestQuestionsThatSettleThemselves are not asked where only one answer makes
// sense.
func TestQuestionsThatSettleThemselves(t *testing.T) {
	for _, c := range []struct {
		name string
		step engine.Step
		do   func(w *enginetest.World)
		want string
	}{
		{"no version to choose", Version(), func(w *enginetest.World) { w.Secret.Versions[0].State = "DISABLED" }, "new"},
		{"no other repository", Users(), nil, "only this one"},
		{"a user name to keep", KeptUsername(), nil, enginetest.TestUser},
	} {
		w := enginetest.Healthy()
		if c.do != nil {
			c.do(w)
		}
		m := asked(t, w, c.step, engine.Options{})
		if shown := c.step.Show(m.Draft()).In(text.English); m.Phase() != engine.Finished || shown != c.want || m.Draft().From[c.step.ID] != engine.Only {
			t.Errorf("%s: at %v with %q from %s", c.name, m.Phase(), shown, m.Draft().From[c.step.ID])
		}
	}
	w := enginetest.Healthy()
	w.Repo.Username = ""
	if m := asked(t, w, KeptUsername(), engine.Options{}); m.Phase() != engine.Asking {
		t.Error("a user name that is missing is not asked for")
	}
}

// TestChecks: what is said of an answer while it is looked at, and what to do.
func TestChecks(t *testing.T) {
	lacks := func(ps ...string) func(w *enginetest.World) {
		return func(w *enginetest.World) {
			for _, p := range ps {
				w.Deny[p] = true
			}
		}
	}
	for _, c := range []struct {
		name  string
		step  engine.Step
		do    func(w *enginetest.World)
		text  string
		level check.Level
		says  []string // of findings: their codes and commands
	}{
		{"a project", Project(), nil, cloudtest.TestProject, check.OK, []string{"project-found", "apis-on", "permissions-held"}},
		{"an API that is off", Project(), func(w *enginetest.World) { w.Off[cloud.SecretManagerAPI] = true }, cloudtest.TestProject, check.Warning,
			[]string{"apis-off", "gcloud services enable " + cloud.SecretManagerAPI}},
		{"both APIs off", Project(), func(w *enginetest.World) {
			w.Off[cloud.SecretManagerAPI], w.Off[cloud.ArtifactRegistryAPI] = true, true
		}, cloudtest.TestProject, check.Block, []string{"apis-off"}},
		{"permissions that are missing", Project(), lacks("secretmanager.secrets.create", "secretmanager.versions.add", "artifactregistry.repositories.update"), cloudtest.TestProject, check.Warning,
			[]string{"permissions-missing",
				"--role=roles/artifactregistry.admin && gcloud projects add-iam-policy-binding demo-project --member=user:YOU --role=roles/secretmanager.admin"}},
		{"a project that is being deleted", Project(), func(w *enginetest.World) { w.ProjectsKnown[0].Active = false }, cloudtest.TestProject, check.Block, []string{"project-deleting", "gcloud projects undelete demo-project"}},
		{"no such project", Project(), nil, "no-such-project", check.Block, []string{"project-missing", "gcloud projects list"}},
		{"a number that may not be looked at", Project(), lacks("resourcemanager.projects.get"), cloudtest.TestNumber, check.Warning, []string{"project-hidden"}},

		{"a repository", Repository(), nil, "us-central1/dockerhub", check.Note, []string{"repository-found", "credentials-present"}},
		{"by its short name", Repository(), nil, "dockerhub", check.Note, []string{"repository-found"}},
		{"plain http", Repository(), func(w *enginetest.World) { w.Repo.Preset, w.Repo.URI = "", "http://hub.example.com" }, "us-central1/dockerhub", check.Warning, []string{"upstream-plain-http"}},
		{"a format without documented credentials", Repository(), func(w *enginetest.World) { w.Repo.Format = "YUM" }, "us-central1/dockerhub", check.Warning, []string{"format-undocumented"}},
		{"a repository that may not be changed", Repository(), lacks("artifactregistry.repositories.update"), "us-central1/dockerhub", check.Block,
			[]string{"permissions-missing", "gcloud artifacts repositories add-iam-policy-binding dockerhub --project=demo-project --location=us-central1"}},
		{"a standard repository", Repository(), func(w *enginetest.World) { w.Repo.Mode = "STANDARD_REPOSITORY" }, "us-central1/dockerhub", check.Block,
			[]string{"--mode=remote-repository"}},
		{"another repository of Google's for an upstream", Repository(), func(w *enginetest.World) {
			w.Repo.Preset, w.Repo.URI = "", "projects/up/locations/us/repositories/base"
		},
			"us-central1/dockerhub", check.Block, []string{"add-iam-policy-binding base --project=up --location=us", "roles/artifactregistry.reader"}},

		{"a secret", Secret(), nil, "hub-token", check.OK, []string{"secret-found"}},
		{"a new secret", Secret(), nil, "brand-new", check.Note, []string{"secret-new"}},
		{"a secret that ends", Secret(), func(w *enginetest.World) { w.Secret.Info.ExpireTime = w.Clock.Add(50 * time.Hour) }, "hub-token", check.Warning, []string{"secret-expires"}},
		{"a secret that has ended", Secret(), func(w *enginetest.World) { w.Secret.Info.ExpireTime = w.Clock.Add(-time.Hour) }, "hub-token", check.Block, []string{"secret-expired"}},
		{"a policy that may not be changed", Secret(), lacks("secretmanager.secrets.setIamPolicy"), "hub-token", check.Block,
			[]string{"permissions-missing", "gcloud secrets add-iam-policy-binding hub-token"}},
		{"a new secret that may not be made", Secret(), lacks("secretmanager.secrets.create"), "brand-new", check.Block, []string{"secret-not-creatable", "gcloud projects add-iam-policy-binding demo-project"}},

		{"a version", Version(), nil, "1", check.OK, []string{"version-enabled"}},
		{"a version that is disabled", Version(), func(w *enginetest.World) { w.AddPayload(w.Secret, "x").State = "DISABLED" }, "2", check.Block, []string{"version-not-enabled", "gcloud secrets versions enable 2"}},
		{"a version that is destroyed", Version(), func(w *enginetest.World) { w.AddPayload(w.Secret, "x").State = "DESTROYED" }, "2", check.Block, []string{"version-not-enabled"}},
		{"no such version", Version(), nil, "9", check.Block, []string{"version-missing", "gcloud secrets versions list hub-token"}},

		{"a user name", Username(), nil, enginetest.TestUser, check.OK, nil},
		{"an e-mail address", Username(), nil, "ada@example.com", check.Warning, []string{"username-mail"}},
		{"a token for a user name", Username(), nil, cloudtest.TestToken, check.Block, []string{"username-is-secret"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			w.AddSecret("other", "x")
			if c.do != nil {
				c.do(w)
			}
			m := asked(t, w, c.step, engine.Options{})
			enginetest.Settle(m, m.Look(engine.Answer{Text: c.text}))
			got, worst := "", check.Worst(m.Findings())
			for _, f := range m.Findings() {
				got += fmt.Sprintf("%s: %s", f.Level, f.Code)
				if f.Remedy != nil {
					got += fmt.Sprintf(" $ %s", f.Remedy.Command)
				}
				got += "\n"
			}
			if worst != c.level || m.Problem() != nil {
				t.Errorf("is %s, problem %v:\n%s", worst, m.Problem(), got)
			}
			for _, want := range c.says {
				if !strings.Contains(got, want) {
					t.Errorf("says\n%s\nwithout %q", got, want)
				}
			}
			if worst == check.Block && !slices.ContainsFunc(m.Findings(), func(f check.Finding) bool { return f.Level == check.Block && f.Remedy != nil }) {
				t.Errorf("blocked, without a remedy:\n%s", got)
			}
		})
	}
}

// TestTokenIsTriedWhereItIsAsked: the verdict of the upstream, an expired web
// token, and half a token that is not tried while it is typed.
func TestTokenIsTriedWhereItIsAsked(t *testing.T) {
	const expired = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1MDAwMDAwMDB9.c2lnbmF0dXJl"
	for _, c := range []struct {
		name, typed string
		level       check.Level
		code        check.Code
		sent        int64 // credentials
	}{
		{"accepted", cloudtest.TestToken, check.OK, check.CredentialAccepted, 1},
		{"rejected", enginetest.OtherToken, check.Block, check.CredentialRejected, 1},
		{"with a line end", cloudtest.TestToken + "\n", check.Note, check.TokenTrimmed, 1},
		{"an expired web token", expired, check.Block, check.TokenEnded, 0},
		{"half of one", cloudtest.TestToken[:12], check.Warning, check.TokenCutOff, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			m := asked(t, w, Token(), engine.Options{})
			enginetest.Settle(m, m.Look(engine.Answer{Secret: enginetest.TokenOf(c.typed)[engine.StepToken].Secret}))
			found := c.code == check.NoCode || slices.ContainsFunc(m.Findings(), func(f check.Finding) bool { return f.Code == c.code })
			if check.Worst(m.Findings()) != c.level || !found || w.Hub.Sent.Load() != c.sent {
				t.Errorf("is %s, sent %d: %v", check.Worst(m.Findings()), w.Hub.Sent.Load(), m.Findings())
			}
			if c.name == "rejected" {
				p, _, _ := m.Prompt()
				f := m.Findings()[len(m.Findings())-1]
				if !strings.Contains(f.Remedy.Sentence().In(text.English), p.Help[0].In(text.English)) || strings.Contains(p.Unsaid(f).Remedy.Sentence().In(text.English), p.Help[0].In(text.English)) || p.Unsaid(f).Remedy.Says.Empty() {
					t.Errorf("the remedy is %q, on a screen %q", f.Remedy.Says.In(text.English), p.Unsaid(f).Remedy.Says.In(text.English))
				}
			}
		})
	}
}

func TestSignIn(t *testing.T) {
	for want, c := range map[string]cloud.Caller{
		"Using an emulator instead of Google Cloud": {Kind: "emulator"}, `Signed in as "me@example.com"`: {Email: "me@example.com", Kind: "user"},
		`Signed in with credentials of the type "metadata server"`: {Kind: "metadata server"},
	} {
		if got := signedIn(c).In(text.English); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

package doctor

import (
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

// breakage is one way to be broken.
type breakage struct {
	name string
	do   func(w *enginetest.World)
	link string // that is named
	code check.Code
	// fix is what --fix does, by action; nil: it can't be fixed.
	fix   []string
	given map[string]engine.Answer
}

func breakages() []breakage {
	set := func(version string) func(*enginetest.World) {
		return func(w *enginetest.World) { w.Repo.SecretVersion = version }
	}
	policy := func(bs ...cloud.Binding) func(*enginetest.World) {
		return func(w *enginetest.World) { w.Secret.Policy.Bindings = bs }
	}
	here := "projects/" + cloudtest.TestProject + "/secrets/hub-token"
	renew := []string{engine.ActCreateSecret, engine.ActAddVersion, engine.ActGrant, engine.ActUpdate, engine.ActVerify}
	regrant := []string{engine.ActGrant, engine.ActVerify}
	return []breakage{
		{"Secret Manager off", func(w *enginetest.World) { w.Off[cloud.SecretManagerAPI] = true }, linkAPIs, check.APIsOff, []string{engine.ActEnableAPIs, engine.ActVerify}, nil},
		{"Artifact Registry off", func(w *enginetest.World) { w.Off[cloud.ArtifactRegistryAPI] = true }, linkAPIs, check.APIsOff, []string{engine.ActEnableAPIs, engine.ActVerify}, nil},
		{"no such repository", func(w *enginetest.World) { delete(w.Repos, cloudtest.TestRepoName.String()) }, linkRepository, check.RepositoryMissing, nil, nil},
		{"not a remote repository", func(w *enginetest.World) { w.Repo.Mode = "STANDARD_REPOSITORY" }, linkRepository, check.NotRemote, nil, nil},
		{"user name without a token", set(""), linkCredentials, check.CredentialsIncomplete, renew, enginetest.TokenOf(cloudtest.TestToken)},
		{"e-mail address for a user name", func(w *enginetest.World) { w.Repo.Username = "alice@example.com" }, linkCredentials, check.UsernameMail,
			[]string{engine.ActUpdate, engine.ActVerify}, map[string]engine.Answer{engine.StepUsername: {Text: enginetest.TestUser, From: engine.Flag}}},
		{"token for a user name", func(w *enginetest.World) { w.Repo.Username = cloudtest.TestToken }, linkCredentials, check.UsernameIsSecret,
			[]string{engine.ActUpdate, engine.ActVerify}, map[string]engine.Answer{engine.StepUsername: {Text: enginetest.TestUser, From: engine.Flag}}},
		{"malformed reference", set(cloudtest.TestProject + "/hub-token/1"), linkReference, check.ReferenceMalformed, []string{engine.ActUpdate, engine.ActVerify}, nil},
		{"reference to a secret", set(here), linkReference, check.ReferenceMalformed, []string{engine.ActUpdate, engine.ActVerify}, nil},
		{"reference that means nothing", set("a token"), linkReference, check.ReferenceMalformed, renew, enginetest.TokenOf(cloudtest.TestToken)},
		{"regional secret", set("projects/" + cloudtest.TestProject + "/locations/us-central1/secrets/hub-token/versions/1"), linkReference, check.ReferenceRegional, renew, enginetest.TokenOf(cloudtest.TestToken)},
		{"secret in a project that is not there", set("projects/no-project-0/secrets/hub-token/versions/1"), linkReference, check.SecretProjectOutOfReach, renew, enginetest.TokenOf(cloudtest.TestToken)},
		{"secret's project is being deleted", func(w *enginetest.World) {
			w.ProjectsKnown = append(w.ProjectsKnown, cloud.Project{ID: "dying-project", Number: "55"})
			w.Repo.SecretVersion = "projects/dying-project/secrets/gone/versions/1"
		}, linkReference, check.SecretProjectDeleted, renew, enginetest.TokenOf(cloudtest.TestToken)},
		{"no such secret", func(w *enginetest.World) { delete(w.SecretsHeld, "hub-token") }, linkSecret, check.SecretMissing, []string{engine.ActCreateSecret, engine.ActAddVersion, engine.ActGrant, engine.ActVerify}, enginetest.TokenOf(cloudtest.TestToken)},
		{"expired secret", func(w *enginetest.World) { w.Secret.Info.ExpireTime = w.Clock.Add(-time.Hour) }, linkSecret, check.SecretExpired, renew, enginetest.TokenOf(cloudtest.TestToken)},
		{"no such version", set(here + "/versions/7"), linkVersion, check.VersionMissing, []string{engine.ActUpdate, engine.ActVerify}, nil},
		{"disabled version", func(w *enginetest.World) { w.Secret.Versions[0].State = "DISABLED" }, linkVersion, check.VersionDisabled, []string{engine.ActEnableVersion, engine.ActVerify}, nil},
		{"destroyed version, another one good", func(w *enginetest.World) {
			w.AddPayload(w.Secret, cloudtest.TestToken)
			w.Secret.Versions[0].State = "DESTROYED"
		}, linkVersion, check.VersionDestroyed, []string{engine.ActUpdate, engine.ActVerify}, nil},
		{"destroyed version, none left", func(w *enginetest.World) { w.Secret.Versions[0].State = "DESTROYED" }, linkVersion, check.VersionDestroyed,
			[]string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, enginetest.TokenOf(cloudtest.TestToken)},
		{"destroyed version, the other one no good", func(w *enginetest.World) {
			w.AddPayload(w.Secret, "dckr_pat_wrongwrongwrongwrongwrong00")
			w.Secret.Versions[0].State = "DESTROYED"
		}, linkVersion, check.VersionDestroyed, []string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, enginetest.TokenOf(cloudtest.TestToken)},
		{"latest is disabled", func(w *enginetest.World) {
			w.AddPayload(w.Secret, cloudtest.TestToken).State = "DISABLED"
			w.Repo.SecretVersion = here + "/versions/latest"
		}, linkVersion, check.VersionDisabled, []string{engine.ActUpdate, engine.ActVerify}, nil},
		{"latest is disabled, and the only one", func(w *enginetest.World) {
			w.Secret.Versions[0].State = "DISABLED"
			w.Repo.SecretVersion = here + "/versions/latest"
		}, linkVersion, check.VersionDisabled, []string{engine.ActEnableVersion, engine.ActUpdate, engine.ActVerify}, nil},
		{"no service agent", func(w *enginetest.World) { w.Agents = map[string]bool{}; w.Secret.Policy.Bindings = nil }, linkAgent, check.AgentMissing,
			[]string{engine.ActCreateAgent, engine.ActGrant, engine.ActVerify}, nil},
		{"no grant", policy(), linkGrant, check.GrantMissing, regrant, nil},
		{"conditional grant", policy(cloud.Binding{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: "request.time < x"}), linkGrant, check.GrantMissing, regrant, nil},
		{"another project's agent", policy(cloud.Binding{Role: cloud.AccessorRole, Members: []string{strings.Replace(enginetest.AgentMember, cloudtest.TestNumber, "987", 1)}}), linkGrant, check.GrantMissing, regrant, nil},
		{"the caller's own account", policy(cloud.Binding{Role: cloud.AccessorRole, Members: []string{"user:me@example.com"}}), linkGrant, check.GrantMissing, regrant, nil},
		{"deleted agent", policy(cloud.Binding{Role: cloud.AccessorRole, Members: []string{"deleted:" + enginetest.AgentMember + "?uid=1"}}), linkGrant, check.GrantMissing, regrant, nil},
		{"another role", policy(cloud.Binding{Role: "roles/secretmanager.viewer", Members: []string{enginetest.AgentMember}}), linkGrant, check.GrantMissing, regrant, nil},
		{"newline in the payload", func(w *enginetest.World) { w.Secret.Versions[0].Payload += "\n" }, linkPayload, check.TokenSpaces, []string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, nil},
		{"quotes in the payload", func(w *enginetest.World) { w.Secret.Versions[0].Payload = `"` + cloudtest.TestToken + `"` }, linkPayload, check.TokenWrapped, []string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, nil},
		{"user and token in the payload", func(w *enginetest.World) {
			w.Secret.Versions[0].Payload = enginetest.TestUser + ":" + cloudtest.TestToken
		}, linkPayload, check.TokenWrapped, []string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, nil},
		{"newline after a wrong token", func(w *enginetest.World) { w.Secret.Versions[0].Payload = "dckr_pat_wrongwrongwrongwrongwrong00\n" }, linkPayload, check.TokenSpaces,
			[]string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, enginetest.TokenOf(cloudtest.TestToken)},
		{"empty payload", func(w *enginetest.World) { w.Secret.Versions[0].Payload = "" }, linkPayload, check.TokenMissing, []string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, enginetest.TokenOf(cloudtest.TestToken)},
		{"wrong token", func(w *enginetest.World) { w.Secret.Versions[0].Payload = "dckr_pat_wrongwrongwrongwrongwrong00" }, linkUpstream, check.CredentialRejected, []string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, enginetest.TokenOf(cloudtest.TestToken)},
		{"wrong token that may not be read", func(w *enginetest.World) {
			w.Secret.Versions[0].Payload = "dckr_pat_wrongwrongwrongwrongwrong00"
			w.Deny["secretmanager.versions.access"] = true
		}, linkUpstream, check.CredentialRejected, []string{engine.ActAddVersion, engine.ActUpdate, engine.ActVerify}, enginetest.TokenOf(cloudtest.TestToken)},
		{"upstream out of reach", func(w *enginetest.World) { w.Hub.Down = true }, linkUpstream, check.UpstreamUnreachable, nil, nil},
		{"perimeter", func(w *enginetest.World) {
			w.Allow = false
			w.PullAnswers = func(cloud.Repository, string) cloud.PullAnswer {
				return cloud.PullAnswer{Status: 403, Detail: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x"}
			}
		}, linkPerimeter, check.PerimeterBlocks, nil, nil},
		{"only the pull fails", func(w *enginetest.World) {
			w.PullAnswers = func(cloud.Repository, string) cloud.PullAnswer {
				return cloud.PullAnswer{Status: 500, Detail: "internal"}
			}
		}, engine.LinkPull, check.PullFails, nil, nil},
	}
}

var allLinks = []string{linkAPIs, linkRepository, linkCredentials, linkReference, linkSecret, linkVersion, linkAgent, linkGrant, linkPayload, linkUpstream, linkPerimeter, engine.LinkPull}

func TestDoctorNamesTheBrokenLink(t *testing.T) {
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			w := enginetest.Healthy()
			b.do(w)
			r := w.Run(t, Doctor(), nil, engine.Options{})
			if r.Status != engine.StatusBroken || r.Ending() != engine.EndedRejected {
				t.Errorf("status %s, ended %q, problem %v", r.Status, r.Ending(), r.Problem)
			}
			if r.Broken != b.link {
				t.Errorf("names %q, want %q", r.Broken, b.link)
				for _, f := range r.Checks {
					t.Logf("%-17s %-8s %s (%s)", f.ID, f.Level, f.Says.In(text.English), f.Why.In(text.English))
				}
			}
			f := enginetest.LevelOf(r, b.link)
			if f.Code != b.code {
				t.Errorf("is %q, want %q: %s (%s)", f.Code, b.code, f.Says.In(text.English), f.Why.In(text.English))
			}
			if f.Remedy == nil || f.Remedy.Command == "" {
				t.Errorf("without a command to paste: %+v", f.Remedy)
			}
			if pull := enginetest.LevelOf(r, engine.LinkPull); b.link != engine.LinkPull && pull.Level == check.Block &&
				(pull.Code != check.CausedBy || pull.Cause != b.link || pull.Remedy.Empty() || pull.Remedy.Command != "") {
				t.Errorf("the pull fails because of %s, and is %+v with the remedy %+v", b.link, pull, pull.Remedy)
			}
			var ids []string
			for _, f := range r.Checks {
				ids = append(ids, f.ID)
				if f.Level == check.Unknown && f.Why.Empty() {
					t.Errorf("%s was not checked, and nothing says what would help", f.ID)
				}
				if f.Code == check.NoCode {
					t.Errorf("%s has no code: %s", f.ID, f.Says.In(text.English))
				}
			}
			if !slices.Equal(ids, allLinks) {
				t.Errorf("checks %v", ids)
			}
			if written := w.Writes(); len(written) > 0 {
				t.Errorf("wrote %v", written)
			}
		})
	}
}

func TestDoctorFixes(t *testing.T) {
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			w := enginetest.Healthy()
			b.do(w)
			r := w.Run(t, Doctor(), b.given, engine.Options{Fix: true})
			var did []string
			for _, a := range r.Actions {
				did = append(did, a.ID)
				if a.State != engine.Done {
					t.Errorf("%s is %s: %v", a.ID, a.State, a.Problem)
				}
			}
			if !slices.Equal(did, b.fix) {
				t.Errorf("did %v, want %v (problem %v)", did, b.fix, r.Problem)
			}
			want := engine.StatusHealthy
			if b.fix == nil {
				want = engine.StatusBroken
			}
			if r.Status != want {
				t.Errorf("is %s afterwards, with %q broken: %+v", r.Status, r.Broken, enginetest.LevelOf(r, r.Broken))
			}
			if b.fix == nil && len(w.Writes()) > 0 {
				t.Errorf("wrote %v", w.Writes())
			}
			if b.fix != nil {
				if again := w.Run(t, Doctor(), nil, engine.Options{Fix: true}); again.Status != engine.StatusHealthy || len(again.Actions) > 0 {
					t.Errorf("a second run finds %s and does %v", again.Broken, enginetest.States(again))
				}
				if v, _ := cloud.ParseVersionName(w.Repo.SecretVersion); v.Number() == 0 {
					t.Errorf("the repository refers to %s", w.Repo.SecretVersion)
				}
			}
		})
	}
}

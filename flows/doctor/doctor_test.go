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

// TestDoctorIsContent holds what is fine, or merely worth a word, to not being
// called broken.
func TestDoctorIsContent(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(w *enginetest.World)
		link  string
		level check.Level
		code  check.Code
	}{
		{"all is well", func(*enginetest.World) {}, engine.LinkPull, check.OK, check.PullWorks},
		{"no credentials", func(w *enginetest.World) { w.Repo.Username, w.Repo.SecretVersion = "", "" }, linkCredentials, check.Note, check.CredentialsNone},
		{"no credentials, so no secret", func(w *enginetest.World) { w.Repo.Username, w.Repo.SecretVersion = "", "" }, linkGrant, check.Note, check.NotNeeded},
		{"latest", func(w *enginetest.World) {
			w.Repo.SecretVersion = "projects/" + cloudtest.TestProject + "/secrets/hub-token/versions/latest"
		}, linkVersion, check.Note, check.VersionLatest},
		{"a newer version", func(w *enginetest.World) { w.AddPayload(w.Secret, "x") }, linkVersion, check.Note, check.VersionOlder},
		{"a newer version that is disabled", func(w *enginetest.World) { w.AddPayload(w.Secret, "x").State = "DISABLED" }, linkVersion, check.OK, check.VersionEnabled},
		{"the secret ends soon", func(w *enginetest.World) { w.Secret.Info.ExpireTime = w.Clock.Add(48 * time.Hour) }, linkSecret, check.Warning, check.SecretExpires},
		{"the secret ends some day", func(w *enginetest.World) { w.Secret.Info.ExpireTime = w.Clock.Add(1000 * time.Hour) }, linkSecret, check.Note, check.SecretExpires},
		{"typed secret", func(w *enginetest.World) { w.Secret.Info.Type = "CERTIFICATE" }, linkSecret, check.Warning, check.SecretTyped},
		{"plain http", func(w *enginetest.World) { w.Repo.URI, w.Repo.Preset = "http://registry-1.docker.io", "" }, linkRepository, check.Warning, check.UpstreamPlainHTTP},
		{"inherited from the project", func(w *enginetest.World) {
			w.Secret.Policy.Bindings, w.Above.Bindings = nil, []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}}}
		}, linkGrant, check.OK, check.GrantHeld},
		{"granted by a wider role", func(w *enginetest.World) { w.Secret.Policy.Bindings[0].Role = "roles/secretmanager.admin" }, linkGrant, check.OK, check.GrantHeld},
		{"reference by the project's number", func(w *enginetest.World) {
			w.Repo.SecretVersion = strings.Replace(w.Repo.SecretVersion, cloudtest.TestProject, cloudtest.TestNumber, 1)
		}, linkReference, check.OK, check.ReferenceWellFormed},
		{"perimeter setting, no perimeter", func(w *enginetest.World) { w.Allow = false }, linkPerimeter, check.OK, check.PerimeterOpen},
		{"the upstream is busy", func(w *enginetest.World) {
			w.PullAnswers = func(cloud.Repository, string) cloud.PullAnswer {
				return cloud.PullAnswer{Status: 429, Detail: "toomanyrequests"}
			}
		}, engine.LinkPull, check.Warning, check.UpstreamLimited},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			c.do(w)
			if c.name == "granted by a wider role" {
				w.PullAnswers = nil // the fake knows one role alone
			}
			r := w.Run(t, Doctor(), nil, engine.Options{})
			if c.name != "granted by a wider role" && (r.Status != engine.StatusHealthy || r.Ending() != engine.EndedDone || r.Broken != "") {
				t.Errorf("status %s, ended %q, %q broken: %+v", r.Status, r.Ending(), r.Broken, enginetest.LevelOf(r, r.Broken))
			}
			f := enginetest.LevelOf(r, c.link)
			if f.Level != c.level || f.Code != c.code {
				t.Errorf("%s is %s, %q: %s (%s); want %s, %q", c.link, f.Level, f.Code, f.Says.In(text.English), f.Why.In(text.English), c.level, c.code)
			}
		})
	}
}

// TestDoctorTellsWhatItCannotSee takes permissions away from the caller. A
// link that cannot be seen is named, is not called healthy, and is not called
// broken.
func TestDoctorTellsWhatItCannotSee(t *testing.T) {
	for _, c := range []struct {
		name    string
		deny    []string
		noPull  bool
		unknown []string
	}{
		{"services", []string{"serviceusage.services.get"}, false, nil}, // they answer, so they are on
		{"project", []string{"resourcemanager.projects.get"}, false, nil},
		{"repository", []string{"artifactregistry.repositories.get"}, false, allLinks[1:]},
		{"secret", []string{"secretmanager.secrets.get"}, false, nil}, // its versions can be seen
		{"versions, by the list alone", []string{"secretmanager.versions.list"}, false, nil},
		{"versions", []string{"secretmanager.versions.list", "secretmanager.versions.get"}, false, []string{linkVersion}},
		// A grant that can't be seen is no leave to send the token anywhere.
		{"policy, while a pull works", []string{"secretmanager.secrets.getIamPolicy"}, false, []string{linkPayload, linkUpstream}},
		{"policy", []string{"secretmanager.secrets.getIamPolicy"}, true, []string{linkAgent, linkGrant, linkPayload, linkUpstream, engine.LinkPull}},
		{"payload", []string{"secretmanager.versions.access"}, false, []string{linkPayload, linkUpstream}},
		{"perimeter", []string{"artifactregistry.vpcscconfigs.get"}, false, []string{linkPerimeter}},
		{"pull", []string{"artifactregistry.repositories.downloadArtifacts"}, false, []string{engine.LinkPull}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			for _, p := range c.deny {
				w.Deny[p] = true
			}
			r := w.Run(t, Doctor(), nil, engine.Options{SkipVerify: c.noPull})
			if r.Status != engine.StatusHealthy || r.Ending() != engine.EndedDone {
				t.Errorf("status %s, ended %q: %+v", r.Status, r.Ending(), enginetest.LevelOf(r, r.Broken))
			}
			if !slices.Equal(r.Unknown, c.unknown) {
				t.Errorf("did not check %v, want %v", r.Unknown, c.unknown)
			}
			for _, id := range r.Unknown {
				if id == engine.LinkPull && c.noPull {
					continue
				}
				f := enginetest.LevelOf(r, id)
				if !slices.ContainsFunc(c.deny, func(p string) bool { return strings.Contains(f.Why.In(text.English), p) }) &&
					(f.Code != check.CausedBy || !slices.Contains(r.Unknown, f.Cause)) && f.Code != check.AgentUnseen {
					t.Errorf("%s: %q names no permission that would help", id, f.Why.In(text.English))
				}
			}
		})
	}
}

// TestDoctorDoubtsTheProjectsName says, where neither the project nor the
// repository may be seen, that the project may not be there at all.
func TestDoctorDoubtsTheProjectsName(t *testing.T) {
	for _, seen := range []bool{true, false} {
		w := enginetest.Healthy()
		w.Deny["artifactregistry.repositories.get"], w.Deny["resourcemanager.projects.get"] = true, !seen
		f := enginetest.LevelOf(w.Run(t, Doctor(), nil, engine.Options{}), linkRepository)
		if strings.Contains(f.Why.In(text.English), "check the name") == seen {
			t.Errorf("the project is seen: %v: %q", seen, f.Why.In(text.English))
		}
	}
}

// TestDoctorNamesLookalikes holds the findings about grants that only look
// right to saying so.
func TestDoctorNamesLookalikes(t *testing.T) {
	for _, c := range []struct {
		binding cloud.Binding
		says    string
	}{
		{cloud.Binding{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: "request.time < x"}, "under a condition"},
		{cloud.Binding{Role: cloud.AccessorRole, Members: []string{strings.Replace(enginetest.AgentMember, cloudtest.TestNumber, "987", 1)}}, "Another project's service agent"},
		{cloud.Binding{Role: cloud.AccessorRole, Members: []string{"user:me@example.com"}}, "Your own account"},
		{cloud.Binding{Role: cloud.AccessorRole, Members: []string{"deleted:" + enginetest.AgentMember + "?uid=1"}}, "A deleted account"},
		{cloud.Binding{Role: cloud.AccessorRole, Members: []string{"user:a@example.com", "user:b@example.com", "user:c@example.com", "user:d@example.com"}},
			"others have access: user:a@example.com, user:b@example.com, user:c@example.com and 1 more"},
		{cloud.Binding{Role: "roles/secretmanager.viewer", Members: []string{enginetest.AgentMember}}, "its role roles/secretmanager.viewer isn't enough"},
	} {
		w := enginetest.Healthy()
		w.Secret.Policy.Bindings = []cloud.Binding{c.binding}
		if f := enginetest.LevelOf(w.Run(t, Doctor(), nil, engine.Options{}), linkGrant); f.Level != check.Block || !strings.Contains(f.Why.In(text.English), c.says) {
			t.Errorf("%s: %s (%s), want %q", f.Level, f.Says.In(text.English), f.Why.In(text.English), c.says)
		}
	}
}

// TestDoctorReadsNothingTwice holds the chain to one call for each thing, but
// for the repository: it is read again right before the token is sent.
func TestDoctorReadsNothingTwice(t *testing.T) {
	w := enginetest.Healthy()
	w.Run(t, Doctor(), nil, engine.Options{})
	count := map[string]int{}
	for _, c := range w.Calls {
		count[c]++
	}
	for c, n := range count {
		if want := map[string]int{"Repository": 2}[c]; n != max(want, 1) {
			t.Errorf("%s was asked %d times", c, n)
		}
	}
	if len(w.Calls) > 13 {
		t.Errorf("%d calls: %v", len(w.Calls), w.Calls)
	}
}

// TestDoctorLeavesAloneWhatItDoesNotNeed gives a user name and a token to a
// chain that they do not fix, and the user name along with a token that does.
func TestDoctorLeavesAloneWhatItDoesNotNeed(t *testing.T) {
	given := func(user string) map[string]engine.Answer {
		return map[string]engine.Answer{engine.StepUsername: {Text: user, From: engine.Flag}, engine.StepToken: enginetest.TokenOf(cloudtest.TestToken)[engine.StepToken]}
	}
	for _, c := range []struct {
		name     string
		broken   func(w *enginetest.World)
		user     string
		status   engine.Status
		unneeded []string
	}{
		{"no repository", func(w *enginetest.World) { delete(w.Repos, cloudtest.TestRepoName.String()) }, enginetest.TestUser, engine.StatusBroken, []string{"username", "token-file"}},
		{"no grant", func(w *enginetest.World) { w.Secret.Policy.Bindings = nil }, "not a user@name", engine.StatusHealthy, []string{"username", "token-file"}},
		{"another user's token", func(w *enginetest.World) { w.Repo.Username = "somebody"; w.Secret.Versions[0].State = "DESTROYED" }, enginetest.TestUser, engine.StatusHealthy, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := enginetest.Healthy()
			c.broken(w)
			all := given(c.user)
			all[engine.StepProject] = engine.Answer{Text: cloudtest.TestProject, From: engine.Flag}
			all[engine.StepRepository] = engine.Answer{Text: "us-central1/" + cloudtest.TestRepo, From: engine.Flag}
			m := engine.New(w.Env(t), Doctor(), all, engine.Options{Fix: true})
			m.AcceptWarnings = true
			m.TakeDefaults()
			d := engine.NewDriver(m)
			defer d.Close()
			d.Settle(t.Context(), m.Begin())
			if m.Phase() == engine.Reviewing {
				d.Settle(t.Context(), m.Approve())
			}
			if r := m.Report(); r.Status != c.status {
				t.Errorf("is %s with %q broken, problem %v", r.Status, r.Broken, r.Problem)
			}
			if got := m.Unneeded(); !slices.Equal(got, c.unneeded) {
				t.Errorf("left alone %v, want %v", got, c.unneeded)
			}
			if c.unneeded == nil && w.Repo.Username != c.user {
				t.Errorf("the token was tried with %s, and the repository has %s", c.user, w.Repo.Username)
			}
		})
	}
}

// TestDoctorThatCannotAsk never calls well what it could not ask about.
func TestDoctorThatCannotAsk(t *testing.T) {
	for _, kind := range []cloud.Kind{cloud.Unavailable, cloud.TimedOut, cloud.Exhausted, cloud.Internal} {
		w := enginetest.Healthy()
		w.Fail = func(string, bool) error { return &cloud.Error{Kind: kind, Message: "by the test"} }
		if r := w.Run(t, Doctor(), nil, engine.Options{}); r.Status != engine.StatusFailed || r.Ending() != engine.EndedFailed || r.Problem == nil {
			t.Errorf("%s: status %s, ended %q, problem %v", kind, r.Status, r.Ending(), r.Problem)
		}
	}
}

// TestAGrantFromElsewhere: access that is not on the secret, where the project's
// policy can be read and where it cannot.
func TestAGrantFromElsewhere(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(w *enginetest.World)
		level check.Level
		code  check.Code
	}{
		{"from a folder: a pull reads the secret all the same", func(w *enginetest.World) {
			w.Secret.Policy.Bindings = nil
			w.Above.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}}}
			w.Deny["resourcemanager.projects.getIamPolicy"] = true
		}, check.Note, check.GrantFromAbove},
		{"the project's policy may not be read, and no pull tells", func(w *enginetest.World) {
			w.Secret.Policy.Bindings = nil
			w.Deny["resourcemanager.projects.getIamPolicy"], w.Deny["artifactregistry.repositories.downloadArtifacts"] = true, true
		}, check.Unknown, check.GrantUnsure},
	} {
		w := enginetest.Healthy()
		c.do(w)
		if f := enginetest.LevelOf(w.Run(t, Doctor(), nil, engine.Options{}), linkGrant); f.Level != c.level || f.Code != c.code {
			t.Errorf("%s: %s, %s (%s)", c.name, f.Level, f.Says.In(text.English), f.Why.In(text.English))
		}
	}
}

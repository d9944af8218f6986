package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
)

// TestDoctorIsContent holds what is fine, or merely worth a word, to not being
// called broken.
func TestDoctorIsContent(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(w *world)
		link  string
		level check.Level
		says  string
	}{
		{"all is well", func(*world) {}, linkPull, check.OK, "reaches the upstream"},
		{"no credentials", func(w *world) { w.repo.Username, w.repo.SecretVersion = "", "" }, linkCredentials, check.Note, "no credentials"},
		{"no credentials, so no secret", func(w *world) { w.repo.Username, w.repo.SecretVersion = "", "" }, linkGrant, check.Note, "not needed"},
		{"latest", func(w *world) {
			w.repo.SecretVersion = "projects/" + testProject + "/secrets/hub-token/versions/latest"
		}, linkVersion, check.Note, "latest"},
		{"a newer version", func(w *world) { w.addPayload(w.secret, "x") }, linkVersion, check.Note, "version 2 is newer"},
		{"a newer version that is disabled", func(w *world) { w.addPayload(w.secret, "x").State = "DISABLED" }, linkVersion, check.OK, "version 1 is enabled"},
		{"the secret ends soon", func(w *world) { w.secret.info.ExpireTime = w.clock.Add(48 * time.Hour) }, linkSecret, check.Warning, "will be deleted"},
		{"the secret ends some day", func(w *world) { w.secret.info.ExpireTime = w.clock.Add(1000 * time.Hour) }, linkSecret, check.Note, "will be deleted"},
		{"typed secret", func(w *world) { w.secret.info.Type = "CERTIFICATE" }, linkSecret, check.Warning, "CERTIFICATE"},
		{"plain http", func(w *world) { w.repo.URI, w.repo.Preset = "http://registry-1.docker.io", "" }, linkRepository, check.Warning, "plain http"},
		{"inherited from the project", func(w *world) {
			w.secret.policy.Bindings, w.above.Bindings = nil, []Binding{{Role: AccessorRole, Members: []string{agentMember}}}
		}, linkGrant, check.OK, "inherited"},
		{"granted by a wider role", func(w *world) { w.secret.policy.Bindings[0].Role = "roles/secretmanager.admin" }, linkGrant, check.OK, "may read"},
		{"reference by the project's number", func(w *world) {
			w.repo.SecretVersion = strings.Replace(w.repo.SecretVersion, testProject, testNumber, 1)
		}, linkReference, check.OK, testNumber},
		{"perimeter setting, no perimeter", func(w *world) { w.allow = false }, linkPerimeter, check.OK, "no perimeter"},
		{"the upstream is busy", func(w *world) {
			w.pull = func(Repository, string) PullAnswer { return PullAnswer{Status: 429, Detail: "toomanyrequests"} }
		}, linkPull, check.Warning, "no more pulls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := healthy()
			c.do(w)
			if c.name == "granted by a wider role" {
				w.pull = nil // the fake knows one role alone
			}
			r := w.doctor(t, nil, Options{})
			if c.name != "granted by a wider role" && (r.Status != StatusHealthy || r.ExitCode() != ExitDone || r.Broken != "") {
				t.Errorf("status %s, exit %d, %q broken: %+v", r.Status, r.ExitCode(), r.Broken, levelOf(r, r.Broken))
			}
			f := levelOf(r, c.link)
			if f.Level != c.level || !strings.Contains(f.Says+f.Why, c.says) {
				t.Errorf("%s is %s: %s (%s); want %s, %q", c.link, f.Level, f.Says, f.Why, c.level, c.says)
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
		{"policy, while a pull works", []string{"secretmanager.secrets.getIamPolicy"}, false, nil},
		{"policy", []string{"secretmanager.secrets.getIamPolicy"}, true, []string{linkAgent, linkGrant, linkPull}},
		{"payload", []string{"secretmanager.versions.access"}, false, []string{linkPayload, linkUpstream}},
		{"perimeter", []string{"artifactregistry.vpcscconfigs.get"}, false, []string{linkPerimeter}},
		{"pull", []string{"artifactregistry.repositories.downloadArtifacts"}, false, []string{linkPull}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := healthy()
			for _, p := range c.deny {
				w.deny[p] = true
			}
			r := w.doctor(t, nil, Options{SkipVerify: c.noPull})
			if r.Status != StatusHealthy || r.ExitCode() != ExitDone {
				t.Errorf("status %s, exit %d: %+v", r.Status, r.ExitCode(), levelOf(r, r.Broken))
			}
			if !slices.Equal(r.Unknown, c.unknown) {
				t.Errorf("could not look at %v, want %v", r.Unknown, c.unknown)
			}
			for _, id := range r.Unknown {
				if id == linkPull && c.noPull {
					continue
				}
				f := levelOf(r, id)
				if !slices.ContainsFunc(c.deny, func(p string) bool { return strings.Contains(f.Why, p) }) && !strings.Contains(f.Why, "comes first") &&
					!strings.Contains(f.Why, "tells nobody") {
					t.Errorf("%s: %q names no permission that would help", id, f.Why)
				}
			}
		})
	}
}

// TestDoctorDoubtsTheProjectsName says, where neither the project nor the
// repository may be seen, that the project may not be there at all.
func TestDoctorDoubtsTheProjectsName(t *testing.T) {
	for _, seen := range []bool{true, false} {
		w := healthy()
		w.deny["artifactregistry.repositories.get"], w.deny["resourcemanager.projects.get"] = true, !seen
		f := levelOf(w.doctor(t, nil, Options{}), linkRepository)
		if strings.Contains(f.Why, "is its name right?") == seen {
			t.Errorf("the project is seen: %v: %q", seen, f.Why)
		}
	}
}

// TestDoctorNamesLookalikes holds the findings about grants that only look
// right to saying so.
func TestDoctorNamesLookalikes(t *testing.T) {
	for _, c := range []struct {
		binding Binding
		says    string
	}{
		{Binding{AccessorRole, []string{agentMember}, "request.time < x"}, "under a condition"},
		{Binding{Role: AccessorRole, Members: []string{strings.Replace(agentMember, testNumber, "987", 1)}}, "another project's service agent"},
		{Binding{Role: AccessorRole, Members: []string{"user:me@example.com"}}, "your own account"},
		{Binding{Role: AccessorRole, Members: []string{"deleted:" + agentMember + "?uid=1"}}, "a deleted account"},
		{Binding{Role: AccessorRole, Members: []string{"user:a@example.com", "user:b@example.com", "user:c@example.com", "user:d@example.com"}},
			"not the service agent: user:a@example.com, user:b@example.com, user:c@example.com, and 1 more"},
		{Binding{Role: "roles/secretmanager.viewer", Members: []string{agentMember}}, "its role roles/secretmanager.viewer is not enough"},
	} {
		w := healthy()
		w.secret.policy.Bindings = []Binding{c.binding}
		if f := levelOf(w.doctor(t, nil, Options{}), linkGrant); f.Level != check.Block || !strings.Contains(f.Why, c.says) {
			t.Errorf("%s: %s (%s), want %q", f.Level, f.Says, f.Why, c.says)
		}
	}
}

// TestDoctorReadsNothingTwice holds the chain to one call for each thing.
func TestDoctorReadsNothingTwice(t *testing.T) {
	w := healthy()
	w.doctor(t, nil, Options{})
	count := map[string]int{}
	for _, c := range w.calls {
		if count[c]++; count[c] > 1 {
			t.Errorf("%s was asked %d times", c, count[c])
		}
	}
	if len(w.calls) > 12 {
		t.Errorf("%d calls: %v", len(w.calls), w.calls)
	}
}

// TestDoctorLeavesAloneWhatItDoesNotNeed gives a user name and a token to a
// chain that they do not mend, and the user name along with a token that does.
func TestDoctorLeavesAloneWhatItDoesNotNeed(t *testing.T) {
	given := func(user string) map[string]Answer {
		return map[string]Answer{StepUsername: {Text: user, From: Flag}, StepToken: tokenOf(testToken)[StepToken]}
	}
	for _, c := range []struct {
		name     string
		broken   func(w *world)
		user     string
		status   Status
		unneeded []string
	}{
		{"no repository", func(w *world) { delete(w.repos, testRepoName.String()) }, testUser, StatusBroken, []string{"username", "token-file"}},
		{"no grant", func(w *world) { w.secret.policy.Bindings = nil }, "not a user@name", StatusHealthy, []string{"username", "token-file"}},
		{"another user's token", func(w *world) { w.repo.Username = "somebody"; w.secret.versions[0].State = "DESTROYED" }, testUser, StatusHealthy, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := healthy()
			c.broken(w)
			all := given(c.user)
			all[StepProject] = Answer{Text: testProject, From: Flag}
			all[StepRepository] = Answer{Text: "us-central1/" + testRepo, From: Flag}
			m := New(w.env(t), Doctor(), all, Options{Fix: true})
			m.AcceptWarnings = true
			d := NewDriver(m)
			defer d.Close()
			d.Settle(t.Context(), m.Begin())
			if m.Phase() == Reviewing {
				d.Settle(t.Context(), m.Approve())
			}
			if r := m.Report(); r.Status != c.status {
				t.Errorf("is %s with %q broken, problem %v", r.Status, r.Broken, r.Problem)
			}
			if got := m.Unneeded(); !slices.Equal(got, c.unneeded) {
				t.Errorf("left alone %v, want %v", got, c.unneeded)
			}
			if c.unneeded == nil && w.repo.Username != c.user {
				t.Errorf("the token was tried with %s, and the repository has %s", c.user, w.repo.Username)
			}
		})
	}
}

// TestDoctorThatCannotAsk never calls well what it could not ask about.
func TestDoctorThatCannotAsk(t *testing.T) {
	for _, kind := range []Kind{Unavailable, TimedOut, Exhausted, Internal} {
		w := healthy()
		w.fail = func(string, bool) error { return &Error{Kind: kind, Message: "by the test"} }
		if r := w.doctor(t, nil, Options{}); r.Status != StatusFailed || r.ExitCode() != ExitFailed || r.Problem == nil {
			t.Errorf("%s: status %s, exit %d, problem %v", kind, r.Status, r.ExitCode(), r.Problem)
		}
	}
}

// TestAGrantFromElsewhere: access that is not on the secret, where the project's
// policy can be read and where it cannot.
func TestAGrantFromElsewhere(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(w *world)
		level check.Level
		says  string
	}{
		{"from a folder: a pull reads the secret all the same", func(w *world) {
			w.secret.policy.Bindings = nil
			w.above.Bindings = []Binding{{Role: AccessorRole, Members: []string{agentMember}}}
			w.deny["resourcemanager.projects.getIamPolicy"] = true
		}, check.Note, "from a folder or the organisation"},
		{"the project's policy may not be read, and no pull tells", func(w *world) {
			w.secret.policy.Bindings = nil
			w.deny["resourcemanager.projects.getIamPolicy"], w.deny["artifactregistry.repositories.downloadArtifacts"] = true, true
		}, check.Unknown, "resourcemanager.projects.getIamPolicy on demo-project would tell"},
	} {
		w := healthy()
		c.do(w)
		if f := levelOf(w.doctor(t, nil, Options{}), linkGrant); f.Level != c.level || !strings.Contains(f.Says+f.Why, c.says) {
			t.Errorf("%s: %s, %s (%s)", c.name, f.Level, f.Says, f.Why)
		}
	}
}

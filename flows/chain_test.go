package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/upstreamauth/flows/check"
)

// breakage is one way to be broken.
type breakage struct {
	name string
	do   func(w *world)
	link string // that is named
	says string // part of what is said of it
	// fix is what --fix does, by action; nil: it cannot be mended.
	fix   []string
	given map[string]Answer
}

func breakages() []breakage {
	set := func(version string) func(*world) {
		return func(w *world) { w.repo.SecretVersion = version }
	}
	policy := func(bs ...Binding) func(*world) { return func(w *world) { w.secret.policy.Bindings = bs } }
	here := "projects/" + testProject + "/secrets/hub-token"
	renew := []string{ActCreateSecret, ActAddVersion, ActGrant, ActUpdate, ActVerify}
	regrant := []string{ActGrant, ActVerify}
	return []breakage{
		{"Secret Manager off", func(w *world) { w.off[SecretManagerAPI] = true }, linkAPIs, SecretManagerAPI, []string{ActEnableAPIs, ActVerify}, nil},
		{"Artifact Registry off", func(w *world) { w.off[ArtifactRegistryAPI] = true }, linkAPIs, ArtifactRegistryAPI, []string{ActEnableAPIs, ActVerify}, nil},
		{"no such repository", func(w *world) { delete(w.repos, testRepoName.String()) }, linkRepository, "no repository", nil, nil},
		{"not a remote repository", func(w *world) { w.repo.Mode = "STANDARD_REPOSITORY" }, linkRepository, "not a remote", nil, nil},
		{"user name without a token", set(""), linkCredentials, "no token", renew, tokenOf(testToken)},
		{"e-mail address for a user name", func(w *world) { w.repo.Username = "alice@example.com" }, linkCredentials, "e-mail",
			[]string{ActUpdate, ActVerify}, map[string]Answer{StepUsername: {Text: testUser, From: Flag}}},
		{"token for a user name", func(w *world) { w.repo.Username = testToken }, linkCredentials, "user name is wanted",
			[]string{ActUpdate, ActVerify}, map[string]Answer{StepUsername: {Text: testUser, From: Flag}}},
		{"malformed reference", set(testProject + "/hub-token/1"), linkReference, "not the name", []string{ActUpdate, ActVerify}, nil},
		{"reference to a secret", set(here), linkReference, "not the name", []string{ActUpdate, ActVerify}, nil},
		{"reference that means nothing", set("a token"), linkReference, "not the name", renew, tokenOf(testToken)},
		{"regional secret", set("projects/" + testProject + "/locations/us-central1/secrets/hub-token/versions/1"), linkReference, "regional", renew, tokenOf(testToken)},
		{"secret in a project that is not there", set("projects/no-project-0/secrets/hub-token/versions/1"), linkReference, "out of reach", renew, tokenOf(testToken)},
		{"secret's project is being deleted", func(w *world) {
			w.projects = append(w.projects, Project{"dying-project", "55", "", false})
			w.repo.SecretVersion = "projects/dying-project/secrets/gone/versions/1"
		}, linkReference, "about to be deleted", renew, tokenOf(testToken)},
		{"no such secret", func(w *world) { delete(w.secrets, "hub-token") }, linkSecret, "no secret", []string{ActCreateSecret, ActAddVersion, ActGrant, ActVerify}, tokenOf(testToken)},
		{"expired secret", func(w *world) { w.secret.info.ExpireTime = w.clock.Add(-time.Hour) }, linkSecret, "expired", renew, tokenOf(testToken)},
		{"no such version", set(here + "/versions/7"), linkVersion, "no version 7", []string{ActUpdate, ActVerify}, nil},
		{"disabled version", func(w *world) { w.secret.versions[0].State = "DISABLED" }, linkVersion, "is disabled", []string{ActEnableVersion, ActVerify}, nil},
		{"destroyed version, another one good", func(w *world) {
			w.addPayload(w.secret, testToken)
			w.secret.versions[0].State = "DESTROYED"
		}, linkVersion, "destroyed", []string{ActUpdate, ActVerify}, nil},
		{"destroyed version, none left", func(w *world) { w.secret.versions[0].State = "DESTROYED" }, linkVersion, "destroyed",
			[]string{ActAddVersion, ActUpdate, ActVerify}, tokenOf(testToken)},
		{"destroyed version, the other one no good", func(w *world) {
			w.addPayload(w.secret, "dckr_pat_wrongwrongwrongwrongwrong00")
			w.secret.versions[0].State = "DESTROYED"
		}, linkVersion, "destroyed", []string{ActAddVersion, ActUpdate, ActVerify}, tokenOf(testToken)},
		{"latest is disabled", func(w *world) {
			w.addPayload(w.secret, testToken).State = "DISABLED"
			w.repo.SecretVersion = here + "/versions/latest"
		}, linkVersion, `"latest"`, []string{ActUpdate, ActVerify}, nil},
		{"latest is disabled, and the only one", func(w *world) {
			w.secret.versions[0].State = "DISABLED"
			w.repo.SecretVersion = here + "/versions/latest"
		}, linkVersion, `"latest"`, []string{ActEnableVersion, ActUpdate, ActVerify}, nil},
		{"no service agent", func(w *world) { w.agents = map[string]bool{}; w.secret.policy.Bindings = nil }, linkAgent, "does not exist",
			[]string{ActCreateAgent, ActGrant, ActVerify}, nil},
		{"no grant", policy(), linkGrant, "may not read", regrant, nil},
		{"conditional grant", policy(Binding{AccessorRole, []string{agentMember}, "request.time < x"}), linkGrant, "may not read", regrant, nil},
		{"another project's agent", policy(Binding{Role: AccessorRole, Members: []string{strings.Replace(agentMember, testNumber, "987", 1)}}), linkGrant, "may not read", regrant, nil},
		{"the caller's own account", policy(Binding{Role: AccessorRole, Members: []string{"user:me@example.com"}}), linkGrant, "may not read", regrant, nil},
		{"deleted agent", policy(Binding{Role: AccessorRole, Members: []string{"deleted:" + agentMember + "?uid=1"}}), linkGrant, "may not read", regrant, nil},
		{"another role", policy(Binding{Role: "roles/secretmanager.viewer", Members: []string{agentMember}}), linkGrant, "may not read", regrant, nil},
		{"newline in the payload", func(w *world) { w.secret.versions[0].payload += "\n" }, linkPayload, "white space", []string{ActAddVersion, ActUpdate, ActVerify}, nil},
		{"quotes in the payload", func(w *world) { w.secret.versions[0].payload = `"` + testToken + `"` }, linkPayload, "quotes", []string{ActAddVersion, ActUpdate, ActVerify}, nil},
		{"user and token in the payload", func(w *world) { w.secret.versions[0].payload = testUser + ":" + testToken }, linkPayload, "colon", []string{ActAddVersion, ActUpdate, ActVerify}, nil},
		{"newline after a wrong token", func(w *world) { w.secret.versions[0].payload = "dckr_pat_wrongwrongwrongwrongwrong00\n" }, linkPayload, "white space",
			[]string{ActAddVersion, ActUpdate, ActVerify}, tokenOf(testToken)},
		{"empty payload", func(w *world) { w.secret.versions[0].payload = "" }, linkPayload, "empty", []string{ActAddVersion, ActUpdate, ActVerify}, tokenOf(testToken)},
		{"wrong token", func(w *world) { w.secret.versions[0].payload = "dckr_pat_wrongwrongwrongwrongwrong00" }, linkUpstream, "", []string{ActAddVersion, ActUpdate, ActVerify}, tokenOf(testToken)},
		{"wrong token that may not be read", func(w *world) {
			w.secret.versions[0].payload = "dckr_pat_wrongwrongwrongwrongwrong00"
			w.deny["secretmanager.versions.access"] = true
		}, linkUpstream, "refuses", []string{ActAddVersion, ActUpdate, ActVerify}, tokenOf(testToken)},
		{"upstream out of reach", func(w *world) { w.hub.down = true }, linkUpstream, "", nil, nil},
		{"perimeter", func(w *world) {
			w.allow = false
			w.pull = func(Repository, string) PullAnswer {
				return PullAnswer{Status: 403, Detail: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x"}
			}
		}, linkPerimeter, "VPC Service Controls", nil, nil},
		{"only the pull fails", func(w *world) {
			w.pull = func(Repository, string) PullAnswer { return PullAnswer{Status: 500, Detail: "internal"} }
		}, linkPull, "500", nil, nil},
	}
}

var allLinks = []string{linkAPIs, linkRepository, linkCredentials, linkReference, linkSecret, linkVersion, linkAgent, linkGrant, linkPayload, linkUpstream, linkPerimeter, linkPull}

func TestDoctorNamesTheBrokenLink(t *testing.T) {
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			w := healthy()
			b.do(w)
			r := w.doctor(t, nil, Options{})
			if r.Status != StatusBroken || r.ExitCode() != ExitRefused {
				t.Errorf("status %s, exit %d, problem %v", r.Status, r.ExitCode(), r.Problem)
			}
			if r.Broken != b.link {
				t.Errorf("names %q, want %q", r.Broken, b.link)
				for _, f := range r.Checks {
					t.Logf("%-17s %-8s %s (%s)", f.ID, f.Level, f.Says, f.Why)
				}
			}
			f := levelOf(r, b.link)
			if !strings.Contains(f.Says+f.Why, b.says) {
				t.Errorf("says %q (%s), want %q", f.Says, f.Why, b.says)
			}
			if f.Remedy == nil || f.Remedy.Command == "" {
				t.Errorf("without a command to paste: %+v", f.Remedy)
			}
			if pull := levelOf(r, linkPull); b.link != linkPull && pull.Level == check.Block &&
				(pull.Remedy == nil || pull.Remedy.Command != f.Remedy.Command || !strings.Contains(pull.Remedy.Says, b.link)) {
				t.Errorf("the pull fails because of %s, and its remedy is %+v", b.link, pull.Remedy)
			}
			var ids []string
			for _, f := range r.Checks {
				ids = append(ids, f.ID)
				if f.Level == check.Unknown && f.Why == "" {
					t.Errorf("%s could not be looked at, and nothing says what would help", f.ID)
				}
			}
			if !slices.Equal(ids, allLinks) {
				t.Errorf("checks %v", ids)
			}
			if written := w.writes(); len(written) > 0 {
				t.Errorf("wrote %v", written)
			}
		})
	}
}

func TestDoctorMends(t *testing.T) {
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			w := healthy()
			b.do(w)
			r := w.doctor(t, b.given, Options{Fix: true})
			var did []string
			for _, a := range r.Actions {
				did = append(did, a.ID)
				if a.State != Done {
					t.Errorf("%s is %s: %v", a.ID, a.State, a.Problem)
				}
			}
			if !slices.Equal(did, b.fix) {
				t.Errorf("did %v, want %v (problem %v)", did, b.fix, r.Problem)
			}
			want := StatusHealthy
			if b.fix == nil {
				want = StatusBroken
			}
			if r.Status != want {
				t.Errorf("is %s afterwards, with %q broken: %+v", r.Status, r.Broken, levelOf(r, r.Broken))
			}
			if b.fix == nil && len(w.writes()) > 0 {
				t.Errorf("wrote %v", w.writes())
			}
			if b.fix != nil {
				if again := w.doctor(t, nil, Options{Fix: true}); again.Status != StatusHealthy || len(again.Actions) > 0 {
					t.Errorf("a second run finds %s and does %v", again.Broken, states(again))
				}
				if v, _ := ParseVersionName(w.repo.SecretVersion); v.Number() == 0 {
					t.Errorf("the repository refers to %s", w.repo.SecretVersion)
				}
			}
		})
	}
}

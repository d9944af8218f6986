package flows

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/step"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// evil is an upstream of somebody who may edit a repository and read no secret.
const evil = "https://registry.evil.example"

// listener is every host of the internet. It keeps the hosts that a credential
// was sent to, and lets everything in.
type listener struct {
	mu    sync.Mutex
	hosts []string
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Header.Get("Authorization") != "" {
		l.hosts = append(l.hosts, r.URL.Host)
		return answer(r, http.StatusOK, ""), nil
	}
	return answer(r, http.StatusUnauthorized, `Basic realm="evil"`), nil
}

func answer(r *http.Request, status int, challenge string) *http.Response {
	a := &http.Response{StatusCode: status, Header: http.Header{"Docker-Distribution-Api-Version": {"registry/2.0"}}, Body: http.NoBody, Request: r}
	if challenge != "" {
		a.Header.Set("WWW-Authenticate", challenge)
	}
	return a
}

// lured is a world whose repository somebody has pointed at a secret that it
// has nothing to do with, and at a host of theirs.
func lured() *enginetest.World {
	w := enginetest.Healthy()
	w.Secret.Policy.Bindings = nil
	w.Repo.Preset, w.Repo.URI = "", evil
	return w
}

// tries is what became of the stored token: how often it was read, and the
// hosts that a credential was sent to.
func tries(w *enginetest.World, l *listener) (read int, sent []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return w.Count("Payload"), l.hosts
}

// audited stands for the reason of a link that an audit could not look at.
const audited = "the row of an audit names the link alone"

// looks are the ways to have a stored token tried before anything is changed;
// each returns what was said of it.
func looks() map[string]func(t *testing.T, w *enginetest.World, e *engine.Env) []check.Finding {
	planned := func(t *testing.T, e *engine.Env, f *engine.Flow, given map[string]engine.Answer, o engine.Options) []check.Finding {
		t.Helper()
		m := engine.New(e, f, enginetest.Where(given), o)
		m.AcceptWarnings, m.DryRun = true, true
		m.TakeDefaults()
		d := engine.NewDriver(m)
		defer d.Close()
		d.Settle(t.Context(), m.Begin())
		return m.Report().Checks
	}
	return map[string]func(t *testing.T, w *enginetest.World, e *engine.Env) []check.Finding{
		"doctor": func(t *testing.T, _ *enginetest.World, e *engine.Env) []check.Finding {
			return planned(t, e, doctor.Doctor(), nil, engine.Options{SkipVerify: true})
		},
		"doctor --fix, up to its plan": func(t *testing.T, _ *enginetest.World, e *engine.Env) []check.Finding {
			return planned(t, e, doctor.Doctor(), nil, engine.Options{Fix: true, SkipVerify: true})
		},
		"setup --secret-version --dry-run": func(t *testing.T, _ *enginetest.World, e *engine.Env) []check.Finding {
			return planned(t, e, change.Setup(), map[string]engine.Answer{engine.StepSecret: {Text: "hub-token", From: engine.Flag},
				engine.StepVersion: {Text: "1", From: engine.Flag}, engine.StepUsername: {Text: enginetest.TestUser, From: engine.Flag}}, engine.Options{SkipVerify: true})
		},
		"audit": func(t *testing.T, w *enginetest.World, e *engine.Env) []check.Finding {
			a := doctor.NewAudit(w.FakeCloud, e.Upstream, doctor.AuditOptions{})
			a.Now = e.Now
			var fs []check.Finding
			for r, err := range a.Rows(t.Context()) {
				if err != nil || r.Problem != nil {
					t.Errorf("%v, %v", err, r.Problem)
				}
				for _, link := range r.Unknown {
					fs = append(fs, check.Finding{ID: link, Level: check.Unknown, Why: text.Verbatim(audited)})
				}
			}
			return fs
		},
	}
}

// TestAStoredTokenGoesWhereGoogleWouldSendIt: who may edit a repository, and
// read no secret, has nothing sent to a host of theirs by somebody who may.
func TestAStoredTokenGoesWhereGoogleWouldSendIt(t *testing.T) {
	bind := func(role, member, condition string) func(*enginetest.World) {
		return func(w *enginetest.World) {
			w.Secret.Policy.Bindings = []cloud.Binding{{Role: role, Members: []string{member}, Condition: condition}}
		}
	}
	other := strings.Replace(enginetest.AgentMember, cloudtest.TestNumber, "987", 1)
	for _, c := range []struct {
		name string
		do   func(w *enginetest.World)
		sent bool
	}{
		{"a grant on the secret", bind(cloud.AccessorRole, enginetest.AgentMember, ""), true},
		{"a wider role on the secret", bind("roles/secretmanager.admin", enginetest.AgentMember, ""), true},
		{"a grant on the project", func(w *enginetest.World) {
			w.Above.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: ""}}
		}, true},
		{"a grant on the project, while the secret's own policy can't be seen", func(w *enginetest.World) {
			w.Above.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: ""}}
			w.Deny["secretmanager.secrets.getIamPolicy"] = true
		}, true},
		{"a grant beside a conditional one", func(w *enginetest.World) {
			w.Secret.Policy.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: "request.time < x"}, {Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: ""}}
		}, true},
		{"the number of the project is learnt from the secret", func(w *enginetest.World) {
			bind(cloud.AccessorRole, enginetest.AgentMember, "")(w)
			w.Deny["resourcemanager.projects.get"] = true
		}, true},
		{"a condition on the time, which holds", bind(cloud.AccessorRole, enginetest.AgentMember, `request.time < timestamp("2031-01-01T00:00:00Z")`), true},
		{"a custom role that is known to read tokens", func(w *enginetest.World) {
			bind("projects/p/roles/reads", enginetest.AgentMember, "")(w)
			w.Roles = map[string][]string{"projects/p/roles/reads": {"secretmanager.versions.access"}}
		}, true},
		{"a condition on the time, which has ended", bind(cloud.AccessorRole, enginetest.AgentMember, `request.time < timestamp("2021-01-01T00:00:00Z")`), false},
		{"a condition on the time, and on more", bind(cloud.AccessorRole, enginetest.AgentMember,
			`request.time < timestamp("2031-01-01T00:00:00Z") && resource.name == "x"`), false},
		{"a custom role that may not be read", func(w *enginetest.World) {
			bind("projects/p/roles/reads", enginetest.AgentMember, "")(w)
			w.Roles = map[string][]string{"projects/p/roles/reads": {"secretmanager.versions.access"}}
			w.Deny["iam.roles.get"] = true
		}, false},
		{"everybody may read it", bind(cloud.AccessorRole, "allUsers", ""), true},
		{"no grant", func(*enginetest.World) {}, false},
		{"a condition", bind(cloud.AccessorRole, enginetest.AgentMember, "resource.name == x"), false},
		{"a condition, on the project", func(w *enginetest.World) {
			w.Above.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: "request.time < x"}}
		}, false},
		{"a condition for everybody", bind(cloud.AccessorRole, "allUsers", "request.time < x"), false},
		{"another project's service agent", bind(cloud.AccessorRole, other, ""), false},
		{"a group", bind(cloud.AccessorRole, "group:agents@example.com", ""), false},
		{"a custom role", bind("projects/"+cloudtest.TestProject+"/roles/reader", enginetest.AgentMember, ""), false},
		{"a role that reads no versions", bind("roles/secretmanager.viewer", enginetest.AgentMember, ""), false},
		{"a deleted account of that name", bind(cloud.AccessorRole, "deleted:"+enginetest.AgentMember+"?uid=1", ""), false},
		{"the caller's own account", bind(cloud.AccessorRole, "user:me@example.com", ""), false},
		{"policies that can't be seen", func(w *enginetest.World) {
			bind(cloud.AccessorRole, enginetest.AgentMember, "")(w)
			w.Deny["secretmanager.secrets.getIamPolicy"], w.Deny["resourcemanager.projects.getIamPolicy"] = true, true
		}, false},
		{"the secret is in another project, whose own service agent may read it", func(w *enginetest.World) {
			bind(cloud.AccessorRole, other, "")(w)
			w.Repo.SecretVersion = "projects/other-project/secrets/hub-token/versions/1"
		}, false},
		{"a version that means the newest", func(w *enginetest.World) {
			w.Repo.SecretVersion = strings.Replace(w.Repo.SecretVersion, "/1", "/latest", 1)
		}, false},
	} {
		for how, look := range looks() {
			t.Run(c.name+"/"+how, func(t *testing.T) {
				w, l := lured(), &listener{}
				c.do(w)
				if how == "audit" && w.Deny["resourcemanager.projects.get"] {
					t.Skip("an audit knows the number from the list of projects")
				}
				if strings.HasPrefix(how, "setup") && w.Deny["resourcemanager.projects.get"] {
					t.Skip("a setup needs the project")
				}
				ended := strings.HasPrefix(how, "setup") && w.Deny["secretmanager.secrets.getIamPolicy"] // for another reason
				e := w.Env(t)
				e.Upstream = &upstream.Tester{Transport: l}
				fs := look(t, w, e)
				read, sent := tries(w, l)
				if c.sent && !ended {
					if len(sent) == 0 || read == 0 {
						t.Errorf("read %d times and sent to %q: it would be sent by Google", read, sent)
					}
					return
				}
				if !c.sent && (read > 0 || len(sent) > 0) {
					t.Errorf("read %d times and sent to %q", read, sent)
				}
				if ended {
					return
				}
				i := slices.IndexFunc(fs, func(f check.Finding) bool { return f.ID == engine.CheckUpstream })
				if i >= 0 && fs[i].Why.In(text.English) == audited {
					return
				}
				if i < 0 || fs[i].Code != check.StoredTokenUntried || fs[i].Level != check.Unknown ||
					!strings.Contains(fs[i].Says.In(text.English), "hub-token") || !strings.Contains(fs[i].Says.In(text.English), evil) {
					t.Errorf("neither the secret nor the host is named: %+v", fs)
				}
			})
		}
	}
}

// TestNoOtherVersionIsTriedEither: what doctor would put in the place of a
// broken reference is somebody else's token as well.
func TestNoOtherVersionIsTriedEither(t *testing.T) {
	for name, reference := range map[string]string{
		"a malformed reference":       "projects/" + cloudtest.TestProject + "/hub-token/1",
		"a malformed reference, to 2": cloudtest.TestProject + "/hub-token/2",
		"a secret without a version":  "projects/" + cloudtest.TestProject + "/secrets/hub-token",
		"a version that is not there": "projects/" + cloudtest.TestProject + "/secrets/hub-token/versions/7",
		"latest, which is disabled":   "projects/" + cloudtest.TestProject + "/secrets/hub-token/versions/latest",
	} {
		t.Run(name, func(t *testing.T) {
			w, l := lured(), &listener{}
			w.Repo.SecretVersion = reference
			w.AddPayload(w.Secret, enginetest.OtherToken)
			w.AddPayload(w.Secret, enginetest.OtherToken).State = "DISABLED"
			e := w.Env(t)
			e.Upstream = &upstream.Tester{Transport: l}
			m := engine.New(e, doctor.Doctor(), enginetest.Where(nil), engine.Options{Fix: true})
			m.AcceptWarnings, m.DryRun = true, true
			m.TakeDefaults()
			enginetest.Settle(m, m.Begin())
			defer m.Close()
			if read, sent := tries(w, l); read > 0 || len(sent) > 0 {
				t.Errorf("read %d times and sent to %q", read, sent)
			}
			if _, formed := cloud.WellFormed(reference); formed {
				return
			}
			if r := m.Report(); slices.ContainsFunc(r.Actions, func(a engine.Action) bool { return a.ID == engine.ActGrant }) {
				t.Errorf("what a broken reference may mean is to be granted: %v", enginetest.States(r))
			}
		})
	}
}

// TestRotateTriesATokenWhereGoogleWouldSendIt: a token that was given for one
// repository goes to another one's upstream only by the same rule.
func TestRotateTriesATokenWhereGoogleWouldSendIt(t *testing.T) {
	for _, granted := range []bool{true, false} {
		w, l := enginetest.Healthy(), &listener{}
		if !granted {
			w.Secret.Policy.Bindings = nil
		}
		w.Share("lure", "1").URI = evil
		w.Repos[cloud.RepositoryName{Project: cloudtest.TestProject, Location: "europe-west1", ID: "lure"}.String()].Preset = ""
		e := w.Env(t)
		e.Upstream = &upstream.Tester{Transport: l}
		m := engine.New(e, change.Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{AllUsers: true})
		m.AcceptWarnings, m.DryRun = true, true
		m.TakeDefaults()
		enginetest.Settle(m, m.Begin())
		untried := slices.ContainsFunc(m.Report().Checks, func(f check.Finding) bool { return f.Code == check.StoredTokenUntried })
		if sent := slices.Contains(l.hosts, "registry.evil.example"); sent != granted || untried == granted {
			t.Errorf("granted %v: sent %v, said to be left alone %v", granted, sent, untried)
		}
		m.Close()
	}
}

// TestUndoTriesATokenWhereGoogleWouldSendIt: a receipt, which somebody may have
// forged, names a version; a condition may let the service agent read it.
func TestUndoTriesATokenWhereGoogleWouldSendIt(t *testing.T) {
	w, l := enginetest.Healthy(), &listener{}
	e := w.Env(t)
	e.Upstream = &upstream.Tester{Transport: l}
	receipts := e.Receipts
	if r := enginetest.RunIn(t, e, change.Setup(), enginetest.SetupAnswers(), engine.Options{}); r.Status != engine.StatusDone {
		t.Fatalf("%s: %v", r.Status, r.Problem)
	}
	e = w.Env(t)
	e.Upstream, e.Receipts = &upstream.Tester{Transport: l}, receipts
	w.Secret.Policy.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: "resource.name == x"}}
	w.Repo.Preset, w.Repo.URI = "", evil
	w.Calls, l.hosts = nil, nil
	m := engine.New(e, change.Undo(), nil, engine.Options{})
	m.DryRun = true
	m.TakeDefaults()
	enginetest.Settle(m, m.Begin())
	defer m.Close()
	if len(m.Report().Actions) == 0 {
		t.Errorf("nothing is taken back: %+v", m.Report())
	}
	if read, sent := tries(w, l); read > 0 || len(sent) > 0 {
		t.Errorf("read %d times and sent to %q", read, sent)
	}
}

// TestTheUpstreamIsReadAgainBeforeItIsSentAToken lets somebody put another
// repository in the place of this one after it was read.
func TestTheUpstreamIsReadAgainBeforeItIsSentAToken(t *testing.T) {
	for how, look := range looks() {
		t.Run(how, func(t *testing.T) {
			w, l := lured(), &listener{}
			w.Secret.Policy.Bindings = []cloud.Binding{{Role: cloud.AccessorRole, Members: []string{enginetest.AgentMember}, Condition: ""}}
			w.Fail = func(call string, after bool) error {
				if call == "Payload" && after {
					w.Repo.URI = "https://elsewhere.example"
				}
				return nil
			}
			e := w.Env(t)
			e.Upstream = &upstream.Tester{Transport: l}
			fs := look(t, w, e)
			if _, sent := tries(w, l); len(sent) > 0 {
				t.Errorf("sent to %q, which is this repository's upstream no more", sent)
			}
			if !slices.ContainsFunc(fs, func(f check.Finding) bool {
				return f.Code == check.StoredTokenUntried && strings.Contains(f.Why.In(text.English), "elsewhere.example") || f.Why.In(text.English) == audited
			}) {
				t.Errorf("nothing says that the upstream has changed: %+v", fs)
			}
		})
	}
}

// TestTheGrantNamesWhereTheTokenGoes: whoever edits the repository has chosen
// the secret and the upstream, so the plan that grants access names both.
func TestTheGrantNamesWhereTheTokenGoes(t *testing.T) {
	w := lured()
	m := engine.New(w.Env(t), doctor.Doctor(), enginetest.Where(nil), engine.Options{Fix: true, SkipTrial: true, SkipVerify: true})
	m.DryRun = true
	m.TakeDefaults()
	enginetest.Settle(m, m.Begin())
	defer m.Close()
	i := slices.IndexFunc(m.Report().Actions, func(a engine.Action) bool { return a.ID == engine.ActGrant })
	if i < 0 || !strings.Contains(m.Report().Actions[i].Says.In(text.English), `"hub-token"`) || !strings.Contains(m.Report().Actions[i].Says.In(text.English), evil) {
		t.Errorf("%+v", m.Report().Actions)
	}
}

// TestAPersonMayAgreeToATrial asks in person alone, names what is sent where,
// and takes the yes for nothing else.
func TestAPersonMayAgreeToATrial(t *testing.T) {
	setup := map[string]engine.Answer{engine.StepSecret: {Text: "hub-token", From: engine.Flag}, engine.StepVersion: {Text: "1", From: engine.Flag}, engine.StepUsername: {Text: enginetest.TestUser, From: engine.Flag}}
	for _, c := range []struct {
		flow  *engine.Flow
		given map[string]engine.Answer
	}{{doctor.Doctor(), nil}, {change.Setup(), setup}} {
		for _, yes := range []bool{true, false} {
			w, l := lured(), &listener{}
			e := w.Env(t)
			e.Upstream = &upstream.Tester{Transport: l}
			m, d := enginetest.InPerson(t, e, c.flow, enginetest.Where(c.given), engine.Options{SkipVerify: true})
			if m.Phase() != engine.Asking || m.Step().ID != engine.StepStoredTrial {
				t.Fatalf("%s asks %s", c.flow.ID, m.Step().ID)
			}
			if read, sent := tries(w, l); read > 0 || len(sent) > 0 {
				t.Errorf("%s, before the answer: read %d times, sent to %q", c.flow.ID, read, sent)
			}
			p, _, _ := m.Prompt()
			if note := p.Options[1].Note.In(text.English); p.Options[0].Value != step.PresentTrial().Default || !strings.Contains(note, "hub-token") || !strings.Contains(note, evil) {
				t.Errorf("%s asks %+v", c.flow.ID, p.Options)
			}
			answer := p.Options[0].Value
			if yes {
				answer = p.Options[1].Value
			}
			jobs, err := m.Submit(engine.Answer{Text: answer})
			if err != nil {
				t.Fatal(err)
			}
			d.Settle(t.Context(), jobs)
			if read, sent := tries(w, l); (read > 0) != yes || (len(sent) > 0) != yes {
				t.Errorf("%s, answered %v: read %d times, sent to %q", c.flow.ID, yes, read, sent)
			}
		}
	}
}

// TestAYesIsForOneTokenAndOneUpstream holds that what was agreed to is tried,
// and nothing else.
func TestAYesIsForOneTokenAndOneUpstream(t *testing.T) {
	w := lured()
	v, _ := cloud.ParseVersionName(w.Repo.SecretVersion)
	agreed := state.Agreement(*w.Repo, v)
	e := w.Env(t)
	second, elsewhere := cloud.VersionName{Secret: v.Secret, ID: "2"}, *w.Repo
	elsewhere.URI = "https://elsewhere.example"
	for _, c := range []struct {
		name string
		r    cloud.Repository
		v    cloud.VersionName
		ok   bool
	}{{"as agreed", *w.Repo, v, true}, {"another version", *w.Repo, second, false}, {"another upstream", elsewhere, v, false}} {
		_, err := state.MayTry(t.Context(), e, c.r, c.v, agreed)
		if (err == nil) != c.ok || !c.ok && state.AsUntried(err) == nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// An answer that came before the version was changed is asked anew.
	question := step.ChosenTrial()
	d := engine.Draft{Project: cloudtest.TestProject, Location: "us-central1", Repository: cloudtest.TestRepo, Secret: v.Secret, Version: "2", Agreed: agreed}
	if fs, err := question.Check(t.Context(), e, d); err != nil || check.Worst(fs) != check.Block {
		t.Errorf("%v, %v", fs, err)
	}
}

// TestNobodyElseAgrees: no flag answers the question, headless it is answered
// with no, and so it is where answers come from a pipe.
func TestNobodyElseAgrees(t *testing.T) {
	w, l := lured(), &listener{}
	e := w.Env(t)
	e.Upstream = &upstream.Tester{Transport: l}
	m := engine.New(e, doctor.Doctor(), enginetest.Where(nil), engine.Options{SkipVerify: true})
	m.Unattended = true
	defer m.Close()
	enginetest.Settle(m, m.Begin())
	if read, sent := tries(w, l); !m.Done() || read > 0 || len(sent) > 0 {
		t.Errorf("phase %d at %s, read %d times, sent to %q", m.Phase(), m.Step().ID, read, sent)
	}
	for _, s := range []engine.Step{step.ChosenTrial(), step.PresentTrial()} {
		var d engine.Draft
		if err := s.Take(&d, engine.Answer{Text: s.Default, From: engine.Default}); err != nil || d.Agreed != "" || s.Flag != "" {
			t.Errorf("flag %q, default %q agrees to %q: %v", s.Flag, s.Default, d.Agreed, err)
		}
	}
}

// TestOneWayToAnUpstream holds the source to one place where a stored token is
// read and then sent: whoever calls Env.Try otherwise must not have read one.
func TestOneWayToAnUpstream(t *testing.T) {
	callers := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "upstream" || strings.HasSuffix(d.Name(), "test") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := filepath.ToSlash(filepath.Dir(path)) + "." + fn.Name.Name
			ast.Inspect(fn, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if ok && (s.Sel.Name == "Try" || s.Sel.Name == "TryIf" || s.Sel.Name == "Payload") && !slices.Contains(callers[s.Sel.Name], name) {
					callers[s.Sel.Name] = append(callers[s.Sel.Name], name)
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string][]string{
		// What a person gave, and Env.Try itself, which asks the tester.
		"Try":   {"engine.Try", "engine.TryIf", "state.TryToken"},
		"TryIf": {"state.Send"},
		// The layers below Env.Payload; what a leave allows; and those that compare
		// what is stored, or store its right part, and send it nowhere.
		"Payload": {"act.ours", "act.twin", "act.wake", "cloud.Payload", "doctor.storeCorrected", "engine.Payload", "state.Read", "state.holdsToken"},
	} {
		slices.Sort(callers[what])
		if !slices.Equal(callers[what], want) {
			t.Errorf("%s is called by %q, want %q", what, callers[what], want)
		}
	}
}

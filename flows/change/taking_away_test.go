package change

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
	"example.com/upstreamauth/flows/state"
	"example.com/upstreamauth/flows/text"
)

// strangerMember is another project's service agent.
var strangerMember = strings.Replace(enginetest.AgentMember, cloudtest.TestNumber, "987", 1)

// approveAfter runs a flow up to its plan, lets somebody else act, and then
// approves the plan. It runs in a bubble.
func approveAfter(t *testing.T, e *engine.Env, f *engine.Flow, given map[string]engine.Answer, o engine.Options, others func()) engine.Report {
	t.Helper()
	m := engine.New(e, f, given, o)
	m.AcceptWarnings = true
	m.TakeDefaults()
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	if m.Phase() != engine.Reviewing {
		t.Fatalf("at %v: %v", m.Phase(), m.Problem())
	}
	synctest.Wait() // for what was read ahead
	others()
	d.Settle(t.Context(), m.Approve())
	return m.Report()
}

// takingAway is a flow whose plan takes something away, in a world where a run
// before may have been made.
type takingAway struct {
	name   string
	begin  func(t *testing.T) (*enginetest.World, *engine.Env)
	flow   func() *engine.Flow
	given  map[string]engine.Answer
	o      engine.Options
	act    string // the action that takes it away
	secret string // that it is about
}

func takingsAway() []takingAway {
	plain := func(w *enginetest.World) func(t *testing.T) (*enginetest.World, *engine.Env) {
		return func(t *testing.T) (*enginetest.World, *engine.Env) { return w, w.Env(t) }
	}
	afterSetup := func(t *testing.T) (*enginetest.World, *engine.Env) {
		w, e, _ := afterSetup(t)
		return w, e
	}
	return []takingAway{
		{"undo disables", afterSetup, Undo, nil, engine.Options{}, engine.ActDisableVersion, "new-token"},
		{"undo revokes", afterSetup, Undo, nil, engine.Options{}, engine.ActRevoke, "new-token"},
		{"undo deletes", afterSetup, Undo, nil, engine.Options{DeleteCreated: true}, engine.ActDeleteSecret, "new-token"},
		{"remove disables", plain(enginetest.Healthy()), Remove, enginetest.Where(nil), engine.Options{}, engine.ActDisableVersion, "hub-token"},
		{"remove revokes", plain(enginetest.Healthy()), Remove, enginetest.Where(nil), engine.Options{}, engine.ActRevoke, "hub-token"},
		{"rotate disables the old version", plain(enginetest.Rotating()), Rotate, enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{}, engine.ActDisableOld, "hub-token"},
	}
}

// foreign is what somebody else does meanwhile, and what is said of it.
type foreign struct {
	name string
	acts []string // that it stands against; nil: all
	do   func(w *enginetest.World, secret string)
	says string
}

func foreigners() []foreign {
	uses := func(w *enginetest.World, id, location, secret, version string) {
		r := *w.Repo
		r.Name.ID, r.Name.Location, r.Username = id, location, enginetest.TestUser
		r.SecretVersion = "projects/" + cloudtest.TestNumber + "/secrets/" + secret + "/versions/" + version
		w.AddRepo(r)
	}
	return []foreign{
		{"another repository uses it", nil, func(w *enginetest.World, s string) { uses(w, "late", "us-central1", s, "1") }, "us-central1/late"},
		{"one in another location", nil, func(w *enginetest.World, s string) { uses(w, "late", "asia-east1", s, "1") }, "asia-east1/late"},
		{"one that follows latest", nil, func(w *enginetest.World, s string) { uses(w, "late", "asia-east1", s, "latest") }, "asia-east1/late"},
		{"another project's agent may read it", []string{engine.ActDisableVersion, engine.ActDisableOld, engine.ActDeleteSecret}, func(w *enginetest.World, s string) {
			p := &w.SecretsHeld[s].Policy
			p.Bindings = append(p.Bindings, cloud.Binding{Role: cloud.AccessorRole, Members: []string{strangerMember}})
		}, "service-987@"},
		{"another project's agent may read it, by a grant on the project", []string{engine.ActDisableVersion, engine.ActDisableOld, engine.ActDeleteSecret}, func(w *enginetest.World, _ string) {
			w.Above.Bindings = append(w.Above.Bindings, cloud.Binding{Role: cloud.AccessorRole, Members: []string{strangerMember}})
		}, "service-987@"},
		{"a location fails from now on", nil, func(w *enginetest.World, _ string) { w.Unlisted = true }, ""},
		{"the secret's policy may not be read any more", nil, func(w *enginetest.World, _ string) { w.Deny["secretmanager.secrets.getIamPolicy"] = true }, ""},
		{"the project's policy may not be read any more", []string{engine.ActDeleteSecret}, func(w *enginetest.World, _ string) {
			w.Deny["resourcemanager.projects.getIamPolicy"] = true
		}, "can't be ruled out"},
		{"a version is added", []string{engine.ActDeleteSecret}, func(w *enginetest.World, s string) { w.AddPayload(w.SecretsHeld[s], "theirs") }, "version 2"},
		{"somebody gets access", []string{engine.ActDeleteSecret}, func(w *enginetest.World, s string) {
			p := &w.SecretsHeld[s].Policy
			p.Bindings = append(p.Bindings, cloud.Binding{Role: cloud.AccessorRole, Members: []string{"user:bob@example.com"}})
		}, "user:bob@example.com"},
	}
}

// stands tells whether what an action takes away is still there.
func stands(w *enginetest.World, c takingAway) bool {
	s := w.SecretsHeld[c.secret]
	switch {
	case s == nil:
		return false
	case c.act == engine.ActRevoke:
		return cloud.Grants(s.Policy, cloud.AccessorRole, enginetest.AgentMember)
	default:
		return s.Versions[0].Enabled()
	}
}

// TestTakingAwayLooksAgain lets somebody else act between the plan and the yes:
// nothing that they use is taken away, and who uses it is said.
func TestTakingAwayLooksAgain(t *testing.T) {
	for _, c := range takingsAway() {
		for _, f := range foreigners() {
			if f.acts != nil && !slices.Contains(f.acts, c.act) {
				continue
			}
			for _, late := range []bool{false, true} {
				name := c.name + ", " + f.name
				if late {
					name += ", just before"
				}
				t.Run(name, enginetest.InBubble(func(t *testing.T) {
					c := takingsAway()[slices.IndexFunc(takingsAway(), func(o takingAway) bool { return o.name == c.name })]
					w, e := c.begin(t)
					others := func() { f.do(w, c.secret) }
					if late { // after the last action before this one
						others = func() {
							w.Fail = func(call string, after bool) error {
								if call == beforeLast(c) && after {
									f.do(w, c.secret)
									w.Fail = nil
								}
								return nil
							}
						}
					}
					r := approveAfter(t, e, c.flow(), c.given, c.o, others)
					if !stands(w, c) {
						t.Fatalf("it was taken away: %v", enginetest.States(r))
					}
					if r.Problem == nil || !strings.Contains(r.Problem.Detail.In(text.English), f.says) || r.Ending() != engine.EndedPartial && r.Ending() != engine.EndedFailed {
						t.Errorf("ended %q, %+v, want it to say %q", r.Ending(), r.Problem, f.says)
					}
				}))
			}
		}
	}
}

// beforeLast is the write that comes before a taking away.
func beforeLast(c takingAway) string {
	switch {
	case c.flow().ID == "remove":
		return "ClearCredentials"
	case c.flow().ID == "rotate":
		return "SetCredentials"
	default:
		return "SetCredentials" // undo gives the credentials back first
	}
}

// TestTakingAwayKeepsToWhatWasLookedAt lets somebody else act between the last
// look and the write, where Google has an etag for it.
func TestTakingAwayKeepsToWhatWasLookedAt(t *testing.T) {
	for _, c := range takingsAway() {
		t.Run(c.name, enginetest.InBubble(func(t *testing.T) {
			w, e := c.begin(t)
			write := map[string]string{engine.ActRevoke: "Revoke", engine.ActDeleteSecret: "DeleteSecret"}[c.act]
			if write == "" {
				write = "DisableVersion"
			}
			r := approveAfter(t, e, c.flow(), c.given, c.o, func() {
				w.Fail = func(call string, after bool) error {
					if call != write || after {
						return nil
					}
					s := w.SecretsHeld[c.secret]
					s.Versions[0].Etag, s.Info.Etag = "theirs", "theirs"
					s.Policy.Etag += "theirs"
					return nil
				}
			})
			if !stands(w, c) || r.Problem == nil || r.Problem.Kind != cloud.Conflict {
				t.Errorf("it stands: %v; %s, %+v", stands(w, c), r.Status, r.Problem)
			}
		}))
	}
}

// TestTakingAwayWhereTheProjectIsOutOfSight has another repository name the
// secret by its project's number, and nobody who can say whose number that is.
func TestTakingAwayWhereTheProjectIsOutOfSight(t *testing.T) {
	secret := cloud.SecretName{Project: "their-project", ID: "hub-token"}
	list := func(yield func(cloud.RepositoryBatch, error) bool) {
		yield(cloud.RepositoryBatch{Repositories: []cloud.Repository{{SecretVersion: "projects/987/secrets/hub-token/versions/1"}}}, nil)
	}
	if u := state.UsersOf(list, secret, cloud.Project{}, cloudtest.TestRepoName); u.Reason().Empty() {
		t.Error("nobody is said to use it")
	}
	if u := state.UsersOf(list, secret, cloud.Project{ID: "their-project", Number: "42"}, cloudtest.TestRepoName); !u.Reason().Empty() {
		t.Errorf("another secret of that name: %s", u.Reason().In(text.English))
	}
}

// TestTakingAwayStopsAtWhatWasMadeAnew lets others delete the secret and create
// one of the same name and contents, while users are looked for the last time.
func TestTakingAwayStopsAtWhatWasMadeAnew(t *testing.T) {
	for _, c := range takingsAway() {
		t.Run(c.name, enginetest.InBubble(func(t *testing.T) {
			w, e := c.begin(t)
			r := approveAfter(t, e, c.flow(), c.given, c.o, func() {
				w.Fail = func(call string, after bool) error {
					if call == "Repositories" && !after {
						w.Fail = nil
						old := w.SecretsHeld[c.secret]
						w.Clock = w.Clock.Add(time.Minute)
						s := w.AddSecret(c.secret)
						for _, v := range old.Versions {
							w.AddPayload(s, v.Payload).State = v.State
						}
						s.Policy.Bindings = old.Policy.Bindings
					}
					return nil
				}
			})
			if !stands(w, c) || r.Problem == nil || r.Problem.Kind != cloud.Conflict {
				t.Errorf("it stands: %v; %s, %+v, %v", stands(w, c), r.Status, r.Problem, enginetest.States(r))
			}
		}))
	}
}

// TestGivingBackStopsAtWhatWasMadeAnew takes a removal back, whose secret others
// delete and create anew after the plan: nothing of theirs is enabled, and nobody
// gets access to it.
func TestGivingBackStopsAtWhatWasMadeAnew(t *testing.T) {
	for _, access := range []bool{true, false} { // what comes first: to enable the version, or to give access
		t.Run(fmt.Sprintf("access is to be given back: %v", access), enginetest.InBubble(func(t *testing.T) {
			w := enginetest.Healthy()
			e := w.Env(t)
			enginetest.RunIn(t, e, Remove(), enginetest.Where(nil), engine.Options{})
			if access { // somebody has enabled it already
				w.Secret.Versions[0].State = "ENABLED"
			}
			e.Refresh()
			r := approveAfter(t, e, Undo(), nil, engine.Options{}, func() {
				w.Clock = w.Clock.Add(time.Minute)
				s := w.AddSecret("hub-token", cloudtest.TestToken)
				s.Versions[0].State = w.Secret.Versions[0].State
			})
			s := w.SecretsHeld["hub-token"]
			if len(s.Policy.Bindings) > 0 || s.Versions[0].Enabled() != access || r.Problem == nil || r.Problem.Kind != cloud.Conflict {
				t.Errorf("%s did %v, the policy is %v, the version %s: %+v", r.Status, enginetest.States(r), s.Policy.Bindings, s.Versions[0].State, r.Problem)
			}
		}))
	}
}

// TestRotateStopsAtARepositoryMadeAnew lets others create a repository anew that
// the rotation itself has changed before, so that the time of its last change
// tells nothing.
func TestRotateStopsAtARepositoryMadeAnew(t *testing.T) {
	enginetest.InBubble(rotateAcrossARepositoryMadeAnew)(t)
}

func rotateAcrossARepositoryMadeAnew(t *testing.T) {
	w := enginetest.Rotating()
	w.Repo.SecretVersion = "projects/" + cloudtest.TestProject + "/secrets/hub-token/versions/latest"
	e := w.Env(t)
	held := ""
	r := approveAfter(t, e, Rotate(), enginetest.Where(enginetest.TokenOf(enginetest.OtherToken)), engine.Options{}, func() {
		w.Fail = func(call string, after bool) error {
			if call == "SetCredentials" && after {
				w.Fail = nil
				w.Clock = w.Clock.Add(time.Minute)
				held = w.Repo.SecretVersion
				w.AddRepo(*w.Repo)
			}
			return nil
		}
	})
	if is := w.Repos[cloudtest.TestRepoName.String()]; is.SecretVersion != held || r.Problem == nil || r.Problem.Kind != cloud.Conflict {
		t.Errorf("it uses %s, %s: %+v", is.SecretVersion, r.Status, r.Problem)
	}
}

package flows

import (
	"slices"
	"strings"
	"testing"
)

// strangerMember is another project's service agent.
var strangerMember = strings.Replace(agentMember, testNumber, "987", 1)

// approveAfter runs a flow up to its plan, lets somebody else act, and then
// approves the plan.
func approveAfter(t *testing.T, e *Env, f *Flow, given map[string]Answer, o Options, others func()) Report {
	t.Helper()
	m := New(e, f, given, o)
	m.AcceptWarnings = true
	m.TakeDefaults()
	d := NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	if m.Phase() != Reviewing {
		t.Fatalf("at %v: %v", m.Phase(), m.Problem())
	}
	others()
	d.Settle(t.Context(), m.Approve())
	return m.Report()
}

// takingAway is a flow whose plan takes something away, in a world where a run
// before may have been made.
type takingAway struct {
	name   string
	begin  func(t *testing.T) (*world, *Env)
	flow   func() *Flow
	given  map[string]Answer
	o      Options
	act    string // the action that takes it away
	secret string // that it is about
}

func takingsAway() []takingAway {
	plain := func(w *world) func(t *testing.T) (*world, *Env) {
		return func(t *testing.T) (*world, *Env) { return w, w.env(t) }
	}
	afterSetup := func(t *testing.T) (*world, *Env) {
		w, e, _ := afterSetup(t)
		return w, e
	}
	return []takingAway{
		{"undo disables", afterSetup, Undo, nil, Options{}, ActDisableVersion, "new-token"},
		{"undo revokes", afterSetup, Undo, nil, Options{}, ActRevoke, "new-token"},
		{"undo deletes", afterSetup, Undo, nil, Options{DeleteCreated: true}, ActDeleteSecret, "new-token"},
		{"remove disables", plain(healthy()), Remove, where(nil), Options{}, ActDisableVersion, "hub-token"},
		{"remove revokes", plain(healthy()), Remove, where(nil), Options{}, ActRevoke, "hub-token"},
		{"rotate disables the old version", plain(rotating()), Rotate, where(tokenOf(otherToken)), Options{}, ActDisableOld, "hub-token"},
	}
}

// foreign is what somebody else does meanwhile, and what is said of it.
type foreign struct {
	name string
	acts []string // that it stands against; nil: all
	do   func(w *world, secret string)
	says string
}

func foreigners() []foreign {
	uses := func(w *world, id, location, secret, version string) {
		r := *w.repo
		r.Name.ID, r.Name.Location, r.Username = id, location, testUser
		r.SecretVersion = "projects/" + testNumber + "/secrets/" + secret + "/versions/" + version
		w.addRepo(r)
	}
	return []foreign{
		{"another repository uses it", nil, func(w *world, s string) { uses(w, "late", "us-central1", s, "1") }, "us-central1/late"},
		{"one in another location", nil, func(w *world, s string) { uses(w, "late", "asia-east1", s, "1") }, "asia-east1/late"},
		{"one that follows latest", nil, func(w *world, s string) { uses(w, "late", "asia-east1", s, "latest") }, "asia-east1/late"},
		{"another project's agent may read it", []string{ActDisableVersion, ActDisableOld, ActDeleteSecret}, func(w *world, s string) {
			p := &w.secrets[s].policy
			p.Bindings = append(p.Bindings, Binding{Role: AccessorRole, Members: []string{strangerMember}})
		}, "service-987@"},
		{"another project's agent may read it, by a grant on the project", []string{ActDisableVersion, ActDisableOld, ActDeleteSecret}, func(w *world, _ string) {
			w.above.Bindings = append(w.above.Bindings, Binding{Role: AccessorRole, Members: []string{strangerMember}})
		}, "service-987@"},
		{"a location fails from now on", nil, func(w *world, _ string) { w.unlisted = true }, ""},
		{"a version is added", []string{ActDeleteSecret}, func(w *world, s string) { w.addPayload(w.secrets[s], "theirs") }, "version 2"},
		{"somebody gets access", []string{ActDeleteSecret}, func(w *world, s string) {
			p := &w.secrets[s].policy
			p.Bindings = append(p.Bindings, Binding{Role: AccessorRole, Members: []string{"user:bob@example.com"}})
		}, "user:bob@example.com"},
	}
}

// stands tells whether what an action takes away is still there.
func (w *world) stands(c takingAway) bool {
	s := w.secrets[c.secret]
	switch {
	case s == nil:
		return false
	case c.act == ActRevoke:
		return grants(s.policy, AccessorRole, agentMember)
	default:
		return s.versions[0].Enabled()
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
				t.Run(name, inBubble(func(t *testing.T) {
					c := takingsAway()[slices.IndexFunc(takingsAway(), func(o takingAway) bool { return o.name == c.name })]
					w, e := c.begin(t)
					others := func() { f.do(w, c.secret) }
					if late { // after the last action before this one
						others = func() {
							w.fail = func(call string, after bool) error {
								if call == beforeLast(c) && after {
									f.do(w, c.secret)
									w.fail = nil
								}
								return nil
							}
						}
					}
					r := approveAfter(t, e, c.flow(), c.given, c.o, others)
					if !w.stands(c) {
						t.Fatalf("it was taken away: %v", states(r))
					}
					if r.Problem == nil || !strings.Contains(r.Problem.Detail, f.says) || r.ExitCode() != ExitPartial && r.ExitCode() != ExitFailed {
						t.Errorf("exit %d, %+v, want it to say %q", r.ExitCode(), r.Problem, f.says)
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
		t.Run(c.name, func(t *testing.T) {
			w, e := c.begin(t)
			write := map[string]string{ActRevoke: "Revoke", ActDeleteSecret: "DeleteSecret"}[c.act]
			if write == "" {
				write = "DisableVersion"
			}
			r := approveAfter(t, e, c.flow(), c.given, c.o, func() {
				w.fail = func(call string, after bool) error {
					if call != write || after {
						return nil
					}
					s := w.secrets[c.secret]
					s.versions[0].Etag, s.info.Etag = "theirs", "theirs"
					s.policy.Etag += "theirs"
					return nil
				}
			})
			if !w.stands(c) || r.Problem == nil || r.Problem.Kind != Conflict {
				t.Errorf("it stands: %v; %s, %+v", w.stands(c), r.Status, r.Problem)
			}
		})
	}
}

// TestTakingAwayWhereTheProjectIsOutOfSight has another repository name the
// secret by its project's number, and nobody who can say whose number that is.
func TestTakingAwayWhereTheProjectIsOutOfSight(t *testing.T) {
	secret := SecretName{"their-project", "hub-token"}
	list := func(yield func(RepositoryBatch, error) bool) {
		yield(RepositoryBatch{Repositories: []Repository{{SecretVersion: "projects/987/secrets/hub-token/versions/1"}}}, nil)
	}
	if u := usersOf(list, secret, Project{}, testRepoName); u.reason() == "" {
		t.Error("nobody is said to use it")
	}
	if u := usersOf(list, secret, Project{ID: "their-project", Number: "42"}, testRepoName); u.reason() != "" {
		t.Errorf("another secret of that name: %s", u.reason())
	}
}

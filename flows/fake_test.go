package flows

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// fakeCloud is Google in memory, as little of it as flows need.
type fakeCloud struct {
	mu       sync.Mutex
	projects []Project
	repos    map[string]*Repository
	secrets  map[string]*fakeSecret
	off      map[string]bool // APIs that are off
	agents   map[string]bool // service agents that exist, by project number
	deny     map[string]bool // permissions that the caller lacks
	allow    bool            // upstreams may be reached from inside the perimeter
	above    Policy          // every project's policy
	unlisted bool            // one location cannot be listed
	pull     func(r Repository, payload string) PullAnswer
	clock    time.Time
	calls    []string
	// fail, if set, is asked before (after=false) and after each call.
	fail func(call string, after bool) error
}

type fakeSecret struct {
	info     SecretInfo
	versions []*fakeVersion // oldest first
	policy   Policy
}

type fakeVersion struct {
	Version
	payload string
}

const (
	testProject = "demo-project"
	testNumber  = "123456789"
	testRepo    = "dockerhub"
	testToken   = "dckr_pat_ABCDEFGHIJKLMNOPQRSTUVWXYZ0"
)

var testRepoName = RepositoryName{testProject, "us-central1", testRepo}

func newFake() *fakeCloud {
	f := &fakeCloud{
		projects: []Project{{testProject, testNumber, "Demo", true}, {"other-project", "987", "Other", true}},
		repos:    map[string]*Repository{}, secrets: map[string]*fakeSecret{},
		off: map[string]bool{}, agents: map[string]bool{testNumber: true}, deny: map[string]bool{}, allow: true,
		clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
	f.addRepo(Repository{Name: testRepoName, Format: "DOCKER", Mode: "REMOTE_REPOSITORY", Preset: "DOCKER_HUB", URI: "https://registry-1.docker.io"})
	return f
}

func (f *fakeCloud) addRepo(r Repository) { r.UpdateTime = f.clock; f.repos[r.Name.String()] = &r }

func (f *fakeCloud) addSecret(id string, payloads ...string) *fakeSecret {
	s := &fakeSecret{info: SecretInfo{Name: SecretName{testNumber, id}, CreateTime: f.clock}, policy: Policy{Etag: "0"}}
	for _, p := range payloads {
		f.addPayload(s, p)
	}
	f.secrets[id] = s
	return s
}

func (f *fakeCloud) addPayload(s *fakeSecret, payload string) *fakeVersion {
	v := &fakeVersion{Version{VersionName{s.info.Name, strconv.Itoa(len(s.versions) + 1)}, "ENABLED", f.clock, ""}, payload}
	s.versions = append(s.versions, v)
	return v
}

// call records a call and lets the test refuse it or lose its answer.
func call[T any](f *fakeCloud, name string, do func() (T, error)) (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
	var none T
	if f.fail != nil {
		if err := f.fail(name, false); err != nil {
			return none, err
		}
	}
	v, err := do()
	if err == nil && f.fail != nil {
		if err := f.fail(name, true); err != nil {
			return none, err
		}
	}
	return v, err
}

func (f *fakeCloud) writes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.calls), func(c string) bool { return !isWrite(c) })
}

func isWrite(c string) bool {
	return slices.Contains([]string{"EnableServices", "CreateServiceAgent", "CreateSecret", "DeleteSecret", "AddVersion", "EnableVersion",
		"DisableVersion", "Grant", "Revoke", "SetCredentials", "ClearCredentials"}, c)
}

func missing(what string) error { return &Error{Kind: NotFound, Message: what + " not found"} }

func (f *fakeCloud) Caller(context.Context) (Caller, error) {
	return call(f, "Caller", func() (Caller, error) { return Caller{Email: "me@example.com", Kind: "user"}, nil })
}

func (f *fakeCloud) Projects(context.Context) iter.Seq2[[]Project, error] {
	return func(yield func([]Project, error) bool) {
		ps, err := call(f, "Projects", func() ([]Project, error) { return f.projects, nil })
		yield(ps, err)
	}
}

func (f *fakeCloud) Project(_ context.Context, id string) (Project, error) {
	return call(f, "Project", func() (Project, error) {
		if err := f.lacks("resourcemanager.projects.get", id); err != nil {
			return Project{}, err
		}
		for _, p := range f.projects {
			if p.ID == id || p.Number == id {
				return p, nil
			}
		}
		return Project{}, refused("resourcemanager.projects.get", "projects/"+id)
	})
}

func refused(permission, resource string) error {
	return &Error{Kind: PermissionDenied, Permission: permission, Resource: resource, Message: "Permission '" + permission + "' denied (or it may not exist)"}
}

// lacks refuses what needs a permission that the caller lacks.
func (f *fakeCloud) lacks(permission, resource string) error {
	if f.deny[permission] {
		return refused(permission, resource)
	}
	return nil
}

func (f *fakeCloud) granted(permissions []string) []string {
	return slices.DeleteFunc(slices.Clone(permissions), func(p string) bool { return f.deny[p] })
}

func (f *fakeCloud) ProjectPermissions(_ context.Context, _ string, ps []string) ([]string, error) {
	return call(f, "ProjectPermissions", func() ([]string, error) { return f.granted(ps), nil })
}

func (f *fakeCloud) ProjectPolicy(context.Context, string) (Policy, error) {
	return call(f, "ProjectPolicy", func() (Policy, error) {
		return f.above, f.lacks("resourcemanager.projects.getIamPolicy", "")
	})
}

func (f *fakeCloud) Services(_ context.Context, _ string, names []string) (map[string]bool, error) {
	return call(f, "Services", func() (map[string]bool, error) {
		if err := f.lacks("serviceusage.services.get", ""); err != nil {
			return nil, err
		}
		on := map[string]bool{}
		for _, n := range names {
			on[n] = !f.off[n]
		}
		return on, nil
	})
}

func (f *fakeCloud) Repositories(_ context.Context, project string) iter.Seq2[RepositoryBatch, error] {
	return func(yield func(RepositoryBatch, error) bool) {
		bs, err := call(f, "Repositories", func() ([]RepositoryBatch, error) {
			by := map[string][]Repository{}
			for _, r := range f.repos {
				if r.Name.Project == project {
					by[r.Name.Location] = append(by[r.Name.Location], *r)
				}
			}
			var bs []RepositoryBatch
			if f.unlisted {
				bs = append(bs, RepositoryBatch{Location: "mars-east1", Err: &Error{Kind: Unavailable, Message: "no answer"}})
			}
			for l, rs := range by {
				bs = append(bs, RepositoryBatch{Location: l, Repositories: rs})
			}
			return bs, nil
		})
		if err != nil {
			yield(RepositoryBatch{}, err)
			return
		}
		for _, b := range bs {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func (f *fakeCloud) Repository(_ context.Context, n RepositoryName) (Repository, error) {
	return call(f, "Repository", func() (Repository, error) {
		if f.off[ArtifactRegistryAPI] {
			return Repository{}, &Error{Kind: APIDisabled, Service: ArtifactRegistryAPI, Message: "off"}
		}
		if err := f.lacks("artifactregistry.repositories.get", n.String()); err != nil {
			return Repository{}, err
		}
		if r := f.repos[n.String()]; r != nil {
			return *r, nil
		}
		return Repository{}, missing(n.String())
	})
}

func (f *fakeCloud) RepositoryPermissions(_ context.Context, _ RepositoryName, ps []string) ([]string, error) {
	return call(f, "RepositoryPermissions", func() ([]string, error) { return f.granted(ps), nil })
}

func (f *fakeCloud) UpstreamAllowed(context.Context, string, string) (bool, error) {
	return call(f, "UpstreamAllowed", func() (bool, error) { return f.allow, f.lacks("artifactregistry.vpcscconfigs.get", "") })
}

func (f *fakeCloud) Secrets(context.Context, string) iter.Seq2[[]SecretInfo, error] {
	return func(yield func([]SecretInfo, error) bool) {
		ss, err := call(f, "Secrets", func() ([]SecretInfo, error) {
			var all []SecretInfo
			for _, s := range f.secrets {
				all = append(all, s.info)
			}
			return all, nil
		})
		yield(ss, err)
	}
}

// known tells whether there is such a project.
func (f *fakeCloud) known(project string) bool {
	return slices.ContainsFunc(f.projects, func(p Project) bool { return p.ID == project || p.Number == project })
}

// of finds a secret under the caller's permission.
func (f *fakeCloud) of(n SecretName, permission string) (*fakeSecret, error) {
	if f.off[SecretManagerAPI] {
		return nil, &Error{Kind: APIDisabled, Service: SecretManagerAPI, Message: "off"}
	}
	if err := f.lacks(permission, n.String()); err != nil {
		return nil, err
	}
	if !f.known(n.Project) {
		return nil, refused(permission, n.String())
	}
	if s := f.secrets[n.ID]; s != nil {
		return s, nil
	}
	return nil, missing(n.String())
}

func (f *fakeCloud) version(n VersionName, permission string) (*fakeVersion, error) {
	s, err := f.of(n.Secret, permission)
	if err != nil {
		return nil, err
	}
	if n.ID == "latest" && len(s.versions) > 0 {
		return s.versions[len(s.versions)-1], nil
	}
	if i := n.Number(); i > 0 && i <= len(s.versions) {
		return s.versions[i-1], nil
	}
	return nil, missing(n.String())
}

func (f *fakeCloud) Secret(_ context.Context, n SecretName) (SecretInfo, error) {
	return call(f, "Secret", func() (SecretInfo, error) {
		s, err := f.of(n, "secretmanager.secrets.get")
		if err != nil {
			return SecretInfo{}, err
		}
		return s.info, nil
	})
}

func (f *fakeCloud) SecretPermissions(_ context.Context, n SecretName, ps []string) ([]string, error) {
	return call(f, "SecretPermissions", func() ([]string, error) {
		if f.secrets[n.ID] == nil {
			return nil, nil
		}
		return f.granted(ps), nil
	})
}

func (f *fakeCloud) Versions(_ context.Context, n SecretName) ([]Version, error) {
	return call(f, "Versions", func() ([]Version, error) {
		s, err := f.of(n, "secretmanager.versions.list")
		if err != nil {
			return nil, err
		}
		var vs []Version
		for _, v := range slices.Backward(s.versions) {
			vs = append(vs, v.Version)
		}
		return vs, nil
	})
}

func (f *fakeCloud) Version(_ context.Context, n VersionName) (Version, error) {
	return call(f, "Version", func() (Version, error) {
		v, err := f.version(n, "secretmanager.versions.get")
		if err != nil {
			return Version{}, err
		}
		return v.Version, nil
	})
}

func (f *fakeCloud) Payload(_ context.Context, n VersionName) (token.Secret, error) {
	return call(f, "Payload", func() (token.Secret, error) {
		v, err := f.version(n, "secretmanager.versions.access")
		if err != nil {
			return token.Secret{}, err
		}
		if !v.Enabled() {
			return token.Secret{}, &Error{Kind: VersionDisabled, Message: "is in " + v.State + " state."}
		}
		return token.New([]byte(v.payload)), nil
	})
}

func (f *fakeCloud) SecretPolicy(_ context.Context, n SecretName) (Policy, error) {
	return call(f, "SecretPolicy", func() (Policy, error) {
		s, err := f.of(n, "secretmanager.secrets.getIamPolicy")
		if err != nil {
			return Policy{}, err
		}
		p := Policy{Etag: s.policy.Etag}
		for _, b := range s.policy.Bindings {
			p.Bindings = append(p.Bindings, Binding{b.Role, slices.Clone(b.Members), b.Condition})
		}
		return p, nil
	})
}

func (f *fakeCloud) ServiceAgent(n string) string {
	return "service-" + n + "@gcp-sa-artifactregistry.iam.gserviceaccount.com"
}

func (f *fakeCloud) Upstream(_ context.Context, uri string) (string, error) { return uri, nil }

func (f *fakeCloud) Pull(_ context.Context, r Repository, _ string) (PullAnswer, error) {
	return call(f, "Pull", func() (PullAnswer, error) {
		if f.deny["artifactregistry.repositories.downloadArtifacts"] {
			return PullAnswer{Status: 403, Detail: `Permission "artifactregistry.repositories.downloadArtifacts" denied`}, nil
		}
		now := f.repos[r.Name.String()]
		if now.Username == "" && now.SecretVersion == "" {
			return PullAnswer{Status: 401, Detail: "Unauthorized error returned by the external repository"}, nil
		}
		member := memberPrefix + f.ServiceAgent(testNumber)
		name, _ := ParseVersionName(now.SecretVersion)
		s := f.secrets[name.Secret.ID]
		v, _ := f.version(name, "")
		switch {
		case !f.agents[testNumber]:
			return PullAnswer{Status: 403, Detail: "Service account " + f.ServiceAgent(testNumber) + " does not exist."}, nil
		case s == nil, v == nil, !v.Enabled(), !grants(s.policy, AccessorRole, member) && !grants(f.above, AccessorRole, member):
			return PullAnswer{Status: 403, Detail: "failed to access secret version"}, nil
		}
		if f.pull != nil {
			return f.pull(*now, v.payload), nil
		}
		return PullAnswer{Status: 404, Detail: "not found"}, nil
	})
}

func (f *fakeCloud) EnableServices(_ context.Context, _ string, names []string) error {
	_, err := call(f, "EnableServices", func() (int, error) {
		for _, n := range names {
			delete(f.off, n)
		}
		return 0, nil
	})
	return err
}

func (f *fakeCloud) CreateServiceAgent(context.Context, string) error {
	_, err := call(f, "CreateServiceAgent", func() (int, error) { f.agents[testNumber] = true; return 0, nil })
	return err
}

func (f *fakeCloud) CreateSecret(_ context.Context, n SecretName, spec SecretSpec) (SecretInfo, error) {
	return call(f, "CreateSecret", func() (SecretInfo, error) {
		_, err := f.of(n, "secretmanager.secrets.create")
		switch KindOf(err) {
		case "":
			return SecretInfo{}, &Error{Kind: AlreadyExists, Message: "exists"}
		case NotFound:
		default:
			return SecretInfo{}, err
		}
		s := f.addSecret(n.ID)
		s.info.Locations = spec.Locations
		return s.info, nil
	})
}

func (f *fakeCloud) DeleteSecret(_ context.Context, n SecretName, _ string) error {
	_, err := call(f, "DeleteSecret", func() (int, error) {
		if _, err := f.of(n, "secretmanager.secrets.delete"); err != nil {
			return 0, err
		}
		delete(f.secrets, n.ID)
		return 0, nil
	})
	return err
}

func (f *fakeCloud) AddVersion(_ context.Context, n SecretName, p token.Secret) (Version, error) {
	return call(f, "AddVersion", func() (Version, error) {
		s, err := f.of(n, "secretmanager.versions.add")
		if err != nil {
			return Version{}, err
		}
		return f.addPayload(s, string(p.Reveal())).Version, nil
	})
}

func (f *fakeCloud) setState(name string, n VersionName, state string) error {
	_, err := call(f, name, func() (int, error) {
		v, err := f.version(n, "secretmanager.versions."+name)
		if err != nil {
			return 0, err
		}
		v.State = state
		return 0, nil
	})
	return err
}

func (f *fakeCloud) EnableVersion(_ context.Context, n VersionName) error {
	return f.setState("EnableVersion", n, "ENABLED")
}

func (f *fakeCloud) DisableVersion(_ context.Context, n VersionName) error {
	return f.setState("DisableVersion", n, "DISABLED")
}

func (f *fakeCloud) Grant(_ context.Context, n SecretName, role, member string) (bool, error) {
	return call(f, "Grant", func() (bool, error) {
		s, err := f.of(n, "secretmanager.secrets.setIamPolicy")
		switch {
		case err != nil:
			return false, err
		case !f.agents[testNumber]:
			return false, &Error{Kind: AgentMissing, Message: "Service account does not exist."}
		case grants(s.policy, role, member):
			return false, nil
		}
		for i, b := range s.policy.Bindings {
			if b.Role == role && b.Condition == "" {
				s.policy.Bindings[i].Members = append(s.policy.Bindings[i].Members, member)
				return true, nil
			}
		}
		s.policy.Bindings = append(s.policy.Bindings, Binding{Role: role, Members: []string{member}})
		return true, nil
	})
}

func (f *fakeCloud) Revoke(_ context.Context, n SecretName, role, member string) (bool, error) {
	return call(f, "Revoke", func() (bool, error) {
		s, err := f.of(n, "secretmanager.secrets.setIamPolicy")
		if err != nil || !grants(s.policy, role, member) {
			return false, err
		}
		for i, b := range s.policy.Bindings {
			if b.Role == role && b.Condition == "" {
				s.policy.Bindings[i].Members = slices.DeleteFunc(b.Members, func(m string) bool { return m == member })
			}
		}
		s.policy.Bindings = slices.DeleteFunc(s.policy.Bindings, func(b Binding) bool { return len(b.Members) == 0 })
		return true, nil
	})
}

func (f *fakeCloud) SetCredentials(_ context.Context, n RepositoryName, username, version string) (Repository, error) {
	return call(f, "SetCredentials", func() (Repository, error) {
		r := f.repos[n.String()]
		if r == nil {
			return Repository{}, missing(n.String())
		}
		v, ok := ParseVersionName(version)
		s := f.secrets[v.Secret.ID]
		member := memberPrefix + f.ServiceAgent(testNumber)
		if !ok || s == nil || !grants(s.policy, AccessorRole, member) && !grants(f.above, AccessorRole, member) {
			return Repository{}, &Error{Kind: GrantPending, Message: "Failed to validate remote upstream: cannot access the secret"}
		}
		if username != "" {
			r.Username = username
		}
		r.SecretVersion = version
		f.clock = f.clock.Add(time.Second)
		r.UpdateTime = f.clock
		return *r, nil
	})
}

func (f *fakeCloud) ClearCredentials(_ context.Context, n RepositoryName) (Repository, error) {
	return call(f, "ClearCredentials", func() (Repository, error) {
		r := f.repos[n.String()]
		if r == nil {
			return Repository{}, missing(n.String())
		}
		r.Username, r.SecretVersion = "", ""
		f.clock = f.clock.Add(time.Second)
		r.UpdateTime = f.clock
		return *r, nil
	})
}

var _ Cloud = (*fakeCloud)(nil)

// testEnv works on a fake, never tries a credential anywhere, and keeps its
// receipts in the test's own folder.
func testEnv(t *testing.T, f *fakeCloud) *Env {
	t.Helper()
	e := NewEnv(f, &upstream.Tester{})
	e.Receipts = &Receipts{Dir: t.TempDir()}
	return e
}

// answers are what a complete setup is answered with.
func answers() map[string]Answer {
	return map[string]Answer{
		StepProject:    {Text: testProject, From: Flag},
		StepRepository: {Text: "us-central1/" + testRepo, From: Flag},
		StepSecret:     {Text: "hub-token", From: Flag},
		StepUsername:   {Text: "alice", From: Flag},
		StepToken:      {Secret: token.New([]byte(testToken + "\n")), From: Flag},
	}
}

// runHeadless takes a flow from its answers to its report.
func runHeadless(t *testing.T, e *Env, f *Flow, given map[string]Answer, o Options) Report {
	t.Helper()
	o.SkipTrial = true
	m := New(e, f, given, o)
	m.AcceptWarnings = true
	m.TakeDefaults()
	d := NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	if m.Phase() == Reviewing {
		d.Settle(t.Context(), m.Approve())
	}
	return m.Report()
}

// states is a report's actions in short, as in "create-secret done".
func states(r Report) []string {
	var s []string
	for _, a := range r.Actions {
		s = append(s, fmt.Sprintf("%s %s", a.ID, a.State))
	}
	return s
}

package flows

import (
	"slices"
	"sync"
	"time"
)

// fakeCloud is Google in memory, as little of it as flows need.
type fakeCloud struct {
	mu       sync.Mutex
	projects []Project
	repos    map[string]*Repository
	secrets  map[string]*fakeSecret
	off      map[string]bool // APIs that are off
	agents   map[string]bool // service agents that exist, by project number
	kmsAgent bool            // Secret Manager's exists, too
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

func (f *fakeCloud) addRepo(r Repository) {
	r.CreateTime, r.UpdateTime = f.clock, f.clock
	f.repos[r.Name.String()] = &r
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

var _ Cloud = (*fakeCloud)(nil)

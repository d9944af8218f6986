// Package cloudtest is Google in memory, for tests of flows.
package cloudtest

import (
	"slices"
	"sync"
	"time"

	"example.com/upstreamauth/flows/cloud"
)

// FakeCloud is Google in memory, as little of it as flows need.
type FakeCloud struct {
	mu            sync.Mutex
	ProjectsKnown []cloud.Project
	Repos         map[string]*cloud.Repository
	SecretsHeld   map[string]*FakeSecret
	Off           map[string]bool     // APIs that are off
	Agents        map[string]bool     // service agents that exist, by project number
	KmsAgent      bool                // Secret Manager's exists, too
	Deny          map[string]bool     // permissions that the caller lacks
	Allow         bool                // upstreams may be reached from inside the perimeter
	Above         cloud.Policy        // every project's policy
	Roles         map[string][]string // what custom roles permit
	Unlisted      bool                // one location cannot be listed
	PullAnswers   func(r cloud.Repository, payload string) cloud.PullAnswer
	Answer        *cloud.PullAnswer // to every pull, whatever the fake would say
	Clock         time.Time
	Calls         []string
	// fail, if set, is asked before (after=false) and after each call.
	Fail func(call string, after bool) error
}

// What the fake holds from the start.
const (
	TestProject = "demo-project"
	TestNumber  = "123456789"
	TestRepo    = "dockerhub"
	TestToken   = "dckr_pat_ABCDEFGHIJKLMNOPQRSTUVWXYZ0"
)

// TestRepoName names the repository that is there from the start.
var TestRepoName = cloud.RepositoryName{Project: TestProject, Location: "us-central1", ID: TestRepo}

// NewFake makes a Google with one project and one remote repository.
func NewFake() *FakeCloud {
	f := &FakeCloud{
		ProjectsKnown: []cloud.Project{{ID: TestProject, Number: TestNumber, DisplayName: "Demo", Active: true}, {ID: "other-project", Number: "987", DisplayName: "Other", Active: true}},
		Repos:         map[string]*cloud.Repository{}, SecretsHeld: map[string]*FakeSecret{},
		Off: map[string]bool{}, Agents: map[string]bool{TestNumber: true}, Deny: map[string]bool{}, Allow: true,
		Clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
	f.AddRepo(cloud.Repository{Name: TestRepoName, Format: "DOCKER", Mode: "REMOTE_REPOSITORY", Preset: "DOCKER_HUB", URI: "https://registry-1.docker.io"})
	return f
}

// AddRepo adds a repository, as old as the clock.
func (f *FakeCloud) AddRepo(r cloud.Repository) {
	r.CreateTime, r.UpdateTime = f.Clock, f.Clock
	f.Repos[r.Name.String()] = &r
}

// call records a call and lets the test refuse it or lose its answer.
func call[T any](f *FakeCloud, name string, do func() (T, error)) (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Calls = append(f.Calls, name)
	var none T
	if f.Fail != nil {
		if err := f.Fail(name, false); err != nil {
			return none, err
		}
	}
	v, err := do()
	if err == nil && f.Fail != nil {
		if err := f.Fail(name, true); err != nil {
			return none, err
		}
	}
	return v, err
}

// Count is how often a method was called.
func (f *FakeCloud) Count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(f.Calls), func(c string) bool { return c != method }))
}

// Writes are the calls that change something.
func (f *FakeCloud) Writes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.Calls), func(c string) bool { return !IsWrite(c) })
}

// IsWrite reports whether a call changes something.
func IsWrite(c string) bool {
	return slices.Contains([]string{"EnableServices", "CreateServiceAgent", "CreateSecret", "DeleteSecret", "AddVersion", "EnableVersion",
		"DisableVersion", "Grant", "Revoke", "SetCredentials", "ClearCredentials"}, c)
}

func missing(what string) error {
	return &cloud.Error{Kind: cloud.NotFound, Message: what + " not found"}
}

// Refused is the error of a permission that is missing.
func Refused(permission, resource string) error {
	return &cloud.Error{Kind: cloud.PermissionDenied, Permission: permission, Resource: resource, Message: "Permission '" + permission + "' denied (or it may not exist)"}
}

// lacks refuses what needs a permission that the caller lacks.
func (f *FakeCloud) lacks(permission, resource string) error {
	if f.Deny[permission] {
		return Refused(permission, resource)
	}
	return nil
}

func (f *FakeCloud) granted(permissions []string) []string {
	return slices.DeleteFunc(slices.Clone(permissions), func(p string) bool { return f.Deny[p] })
}

var _ cloud.Cloud = (*FakeCloud)(nil)

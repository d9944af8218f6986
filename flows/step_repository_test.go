package flows

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRepositoriesHaveALastingOrder: locations answer in any order (the fake's
// too), the list is the same each time, and what cannot be chosen comes last.
func TestRepositoriesHaveALastingOrder(t *testing.T) {
	const project = "other"
	f := newFake()
	for i, r := range []Repository{
		{Mode: "STANDARD_REPOSITORY", Format: "DOCKER", Name: RepositoryName{ID: "a-standard-one"}},
		{Mode: "REMOTE_REPOSITORY", Format: "YUM", Name: RepositoryName{ID: "b-yum"}},
		{Mode: "REMOTE_REPOSITORY", Format: "DOCKER", URI: "http://plain.example.com", Name: RepositoryName{ID: "c-plain"}},
		{Mode: "REMOTE_REPOSITORY", Format: "DOCKER", URI: "https://docker.example.com", Name: RepositoryName{ID: "e-docker"}},
		{Mode: "REMOTE_REPOSITORY", Format: "NPM", URI: "https://npm.example.com", Name: RepositoryName{ID: "d-npm"}},
		{Mode: "REMOTE_REPOSITORY", Format: "NPM", URI: "https://npm.example.com", Name: RepositoryName{ID: "d-npm"}},
	} {
		r.Name.Project, r.Name.Location = project, fmt.Sprintf("l%d", 9-i)
		f.addRepo(r)
	}
	want := []string{"l4/d-npm", "l5/d-npm", "l6/e-docker", "l8/b-yum", "l7/c-plain", "l9/a-standard-one"}
	for range 20 {
		e := testEnv(t, f)
		m := New(e, &Flow{ID: "test", Steps: []Step{stepRepository()}}, nil, Options{})
		m.draft.Project = project
		settle(m, m.Begin())
		p, _, complete := m.Prompt()
		var got []string
		for _, o := range p.Options {
			got = append(got, o.Value)
		}
		if diff := cmp.Diff(want, got); diff != "" || !complete || !p.Free || p.Noun == "" {
			t.Fatalf("%v %v %s", complete, p.Free, diff)
		}
		m.Close()
	}
}

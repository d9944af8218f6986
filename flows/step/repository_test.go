package step

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/engine/enginetest"
)

// TestRepositoriesHaveALastingOrder: locations answer in any order (the fake's
// too), the list is the same each time, and what cannot be chosen comes last.
func TestRepositoriesHaveALastingOrder(t *testing.T) {
	const project = "other"
	f := cloudtest.NewFake()
	for i, r := range []cloud.Repository{
		{Mode: "STANDARD_REPOSITORY", Format: "DOCKER", Name: cloud.RepositoryName{ID: "a-standard-one"}},
		{Mode: "REMOTE_REPOSITORY", Format: "YUM", Name: cloud.RepositoryName{ID: "b-yum"}},
		{Mode: "REMOTE_REPOSITORY", Format: "DOCKER", URI: "http://plain.example.com", Name: cloud.RepositoryName{ID: "c-plain"}},
		{Mode: "REMOTE_REPOSITORY", Format: "DOCKER", URI: "https://docker.example.com", Name: cloud.RepositoryName{ID: "e-docker"}},
		{Mode: "REMOTE_REPOSITORY", Format: "NPM", URI: "https://npm.example.com", Name: cloud.RepositoryName{ID: "d-npm"}},
		{Mode: "REMOTE_REPOSITORY", Format: "NPM", URI: "https://npm.example.com", Name: cloud.RepositoryName{ID: "d-npm"}},
	} {
		r.Name.Project, r.Name.Location = project, fmt.Sprintf("l%d", 9-i)
		f.AddRepo(r)
	}
	want := []string{"l4/d-npm", "l5/d-npm", "l6/e-docker", "l8/b-yum", "l7/c-plain", "l9/a-standard-one"}
	for range 20 {
		e := enginetest.EnvOf(t, f)
		m := enginetest.Open(t, e, Repository(), engine.Options{}, func(d *engine.Draft) { d.Project = project })
		p, _, complete := m.Prompt()
		var got []string
		for _, o := range p.Options {
			got = append(got, o.Value)
		}
		if diff := cmp.Diff(want, got); diff != "" || !complete || !p.Free || p.Noun.Empty() {
			t.Fatalf("%v %v %s", complete, p.Free, diff)
		}
		m.Close()
	}
}

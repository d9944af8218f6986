package gcp

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows"
)

// TestAbsentArtifactOnDockerHub looks for a tag of an image that exists,
// however the repository came to have Docker Hub as its upstream.
func TestAbsentArtifactOnDockerHub(t *testing.T) {
	for _, c := range []struct {
		r   flows.Repository
		hub bool
	}{
		{flows.Repository{Format: "DOCKER", Preset: "DOCKER_HUB", URI: "https://registry-1.docker.io"}, true},
		{flows.Repository{Format: "DOCKER", URI: "https://Registry-1.docker.io/"}, true},
		{flows.Repository{Format: "DOCKER", URI: "https://docker.example.com"}, false},
		{flows.Repository{Format: "NPM", Preset: "NPMJS"}, false},
	} {
		if got := absentArtifact(c.r); strings.HasPrefix(got, "library/alpine:") != c.hub {
			t.Errorf("%s: %s", c.r.URI, got)
		}
	}
}

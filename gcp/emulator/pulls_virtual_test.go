package emulator

import (
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// putVirtual adds a virtual repository of others, each with its priority.
func (w *pullWorld) putVirtual(id string, of map[string]int32) {
	w.world.mu.Lock()
	defer w.world.mu.Unlock()
	config := &artifactregistrypb.VirtualRepositoryConfig{}
	for name, priority := range of {
		config.UpstreamPolicies = append(config.UpstreamPolicies, &artifactregistrypb.UpstreamPolicy{
			Id: name, Repository: "projects/puller/locations/us-central1/repositories/" + name, Priority: priority,
		})
	}
	w.put(w.world.byName["puller"], "us-central1", id, &artifactregistrypb.Repository{
		Format: artifactregistrypb.Repository_DOCKER, Mode: artifactregistrypb.Repository_VIRTUAL_REPOSITORY,
		ModeConfig: &artifactregistrypb.Repository_VirtualRepositoryConfig{VirtualRepositoryConfig: config},
	})
}

// TestVirtualRepositoriesPullByPriority asks virtual repositories for what one,
// both or none of their upstreams have.
func TestVirtualRepositoriesPullByPriority(t *testing.T) {
	w := newPullWorld(t)
	w.setUp("docker", "docker-private")
	w.putVirtual("hub-first", map[string]int32{"hub": 20, "docker": 10, "standard": 30, "gone": 40})
	w.putVirtual("hub-last", map[string]int32{"hub": 10, "docker": 20})
	w.putVirtual("nothing", nil)
	w.putVirtual("nested", map[string]int32{"hub-first": 1})
	const base = "/v2/us-central1-docker.pkg.dev/puller/"
	for _, c := range []struct {
		path   string
		status int
		from   []string // which upstreams were asked
	}{
		{"hub-first/hello/manifests/latest", 200, []string{"docker-hub"}},
		{"hub-last/hello/manifests/latest", 200, []string{"docker-private", "docker-hub"}},
		{"hub-first/demo/none/manifests/latest", 401, []string{"docker-hub"}}, // Docker Hub's way of saying no
		{"nothing/hello/manifests/latest", 404, nil},
		{"nested/hello/manifests/latest", 404, nil},
	} {
		before := len(w.upstreams.Requests())
		code, body := w.get(base+c.path, nil)
		var from []string
		for _, r := range w.upstreams.Requests()[before:] {
			if len(from) == 0 || from[len(from)-1] != r.Registry {
				from = append(from, r.Registry)
			}
		}
		if code != c.status || strings.Join(from, " ") != strings.Join(c.from, " ") {
			t.Errorf("%s: %d from %q, want %d from %q: %s", c.path, code, from, c.status, c.from, body)
		}
	}
	w.must(w.upstreams.SetFault("docker-private", upstreams.Broken))
	if code, body := w.get(base+"hub-last/hello/manifests/latest", nil); code != http.StatusBadGateway {
		t.Errorf("the first is broken: %d %s", code, body)
	}
}

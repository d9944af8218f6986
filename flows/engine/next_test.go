package engine_test

import (
	"strings"
	"testing"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

func TestNextSteps(t *testing.T) {
	name := cloud.RepositoryName{Project: "my-project", Location: "us-central1", ID: "mirror"}
	for _, c := range []struct {
		name string
		r    engine.Report
		want string
	}{
		{"Docker Hub", engine.Report{Flow: "setup", Status: engine.StatusDone, About: engine.About{Repository: cloud.Repository{Name: name, Format: "DOCKER", Preset: "DOCKER_HUB"}}},
			"docker pull us-central1-docker.pkg.dev/my-project/mirror/library/alpine:latest"},
		{"another Docker registry", engine.Report{Flow: "rotate", Status: engine.StatusDone, About: engine.About{Repository: cloud.Repository{Name: name, Format: "DOCKER", RegistryURI: "us-docker.pkg.dev/p/r"}}},
			"docker pull us-docker.pkg.dev/p/r/IMAGE:TAG"},
		{"a project of a domain", engine.Report{Flow: "setup", Status: engine.StatusDone, About: engine.About{Repository: cloud.Repository{Format: "DOCKER",
			Name: cloud.RepositoryName{Project: "example.com:shop", Location: "us-central1", ID: "mirror"}}}},
			"docker pull us-central1-docker.pkg.dev/example.com/shop/mirror/IMAGE:TAG"},
		{"npm", engine.Report{Flow: "setup", Status: engine.StatusDone, About: engine.About{Repository: cloud.Repository{Name: name, Format: "NPM"}}},
			"npm config set registry https://us-central1-npm.pkg.dev/my-project/mirror/"},
		{"Python", engine.Report{Flow: "setup", Status: engine.StatusDone, About: engine.About{Repository: cloud.Repository{Name: name, Format: "PYTHON"}}},
			"--index-url https://us-central1-python.pkg.dev/my-project/mirror/simple/"},
		{"apt", engine.Report{Flow: "setup", Status: engine.StatusDone, About: engine.About{Repository: cloud.Repository{Name: name, Format: "APT"}}},
			"gcloud artifacts print-settings apt --project=my-project --location=us-central1 --repository=mirror"},
		{"taken away", engine.Report{Flow: "remove", Status: engine.StatusDone, About: engine.About{Repository: cloud.Repository{Name: name, Format: "DOCKER"}}}, ""},
		{"not through", engine.Report{Flow: "setup", Status: engine.StatusPartial, About: engine.About{Repository: cloud.Repository{Name: name, Format: "DOCKER"}}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(check.Lines(c.r.NextSteps(), text.English), "\n")
			if !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %q", got)
			}
		})
	}
}

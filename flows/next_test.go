package flows

import (
	"strings"
	"testing"
)

func TestNextSteps(t *testing.T) {
	name := RepositoryName{"my-project", "us-central1", "mirror"}
	for _, c := range []struct {
		name string
		r    Report
		want string
	}{
		{"Docker Hub", Report{Flow: "setup", Status: StatusDone, About: About{Repository: Repository{Name: name, Format: "DOCKER", Preset: "DOCKER_HUB"}}},
			"docker pull us-central1-docker.pkg.dev/my-project/mirror/library/alpine:latest"},
		{"another Docker registry", Report{Flow: "rotate", Status: StatusDone, About: About{Repository: Repository{Name: name, Format: "DOCKER", RegistryURI: "us-docker.pkg.dev/p/r"}}},
			"docker pull us-docker.pkg.dev/p/r/IMAGE:TAG"},
		{"npm", Report{Flow: "setup", Status: StatusDone, About: About{Repository: Repository{Name: name, Format: "NPM"}}},
			"npm config set registry https://us-central1-npm.pkg.dev/my-project/mirror/"},
		{"Python", Report{Flow: "setup", Status: StatusDone, About: About{Repository: Repository{Name: name, Format: "PYTHON"}}},
			"--index-url https://us-central1-python.pkg.dev/my-project/mirror/simple/"},
		{"apt", Report{Flow: "setup", Status: StatusDone, About: About{Repository: Repository{Name: name, Format: "APT"}}},
			"gcloud artifacts print-settings apt --project=my-project --location=us-central1 --repository=mirror"},
		{"taken away", Report{Flow: "remove", Status: StatusDone, About: About{Repository: Repository{Name: name, Format: "DOCKER"}}}, ""},
		{"not through", Report{Flow: "setup", Status: StatusPartial, About: About{Repository: Repository{Name: name, Format: "DOCKER"}}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(c.r.NextSteps(), "\n")
			if !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %q", got)
			}
		})
	}
}

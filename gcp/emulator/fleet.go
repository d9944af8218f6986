package emulator

import (
	"fmt"
	"math/rand/v2"
)

// fleet makes a world of many projects, each with its share of repositories.
// The same numbers make the same world.
func fleet(projects, repositories int, seed int64) seedWorld {
	if projects <= 0 {
		projects = 20
	}
	if repositories <= 0 {
		repositories = 10 * projects
	}
	random := rand.New(rand.NewPCG(uint64(seed), 0x666c656574)) //nolint:gosec // the same fleet each time
	var w seedWorld
	for i := range projects {
		w.Projects = append(w.Projects, seedProject{
			ID: fmt.Sprintf("fleet-%05d", i+1), Number: 200_000_000_001 + int64(i),
			Name: fmt.Sprintf("Fleet %d", i+1), Agent: new(true),
			Secrets: []seedSecret{
				{ID: "docker-hub", Versions: []seedVersion{{TokenFor: "docker-hub"}}, Policy: agentMay},
				{ID: "npm", Versions: []seedVersion{{TokenFor: "npm-private"}}, Policy: agentMay},
				{ID: "stale", Versions: []seedVersion{{TokenFor: "docker-hub", State: "disabled"}}, Policy: agentMay},
			},
		})
	}
	places := []string{"us-central1", "us", "europe", "europe-west1", "asia-northeast1"}
	for i := range repositories {
		p := &w.Projects[i%projects]
		r := seedRepository{Name: fmt.Sprintf("%s/repo-%05d", places[random.IntN(len(places))], i/projects+1)}
		password := func(secret string) string { return "projects/" + p.ID + "/secrets/" + secret + "/versions/1" }
		switch n := random.IntN(100); {
		case n < 45:
			r.Format, r.Username, r.Password = "docker", "demo", password("docker-hub")
		case n < 60:
			r.Format, r.Upstream, r.Username, r.Password = "npm", "https://npm.example.com", "demo", password("npm")
		case n < 75:
			r.Format = "python"
		case n < 90:
			r.Format = "maven"
		case n < 95:
			r.Format, r.Mode = "docker", "standard"
		default: // one in twenty is broken
			r.Format, r.Username, r.Password = "docker", "demo", password("stale")
		}
		p.Repositories = append(p.Repositories, r)
	}
	return w
}

// agentMay lets the project's service agent read a secret.
var agentMay = []seedBinding{{Role: "roles/secretmanager.secretAccessor", Members: []string{"agent"}}}

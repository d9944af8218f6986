package gcp

import (
	"testing"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
)

func TestServiceAgentsOfEveryUniverse(t *testing.T) {
	for _, c := range []struct{ name, universe, env, seen, want string }{
		{"public", "", "", "", "service-7@gcp-sa-artifactregistry.iam.gserviceaccount.com"},
		{"public, a domain's project", "", "", "example.com:my-project", "service-7@gcp-sa-artifactregistry.iam.gserviceaccount.com"},
		{"known", "s3nsapis.fr", "", "", "service-7@gcp-sa-artifactregistry.s3ns-system.iam.gserviceaccount.com"},
		{"known, by the environment", "", "s3nsapis.fr", "", "service-7@gcp-sa-artifactregistry.s3ns-system.iam.gserviceaccount.com"},
		{"learned", "apis.example.com", "", "eu0:my-project", "service-7@gcp-sa-artifactregistry.eu0-system.iam.gserviceaccount.com"},
		{"not learned yet", "apis.example.com", "", "", "service-7@gcp-sa-artifactregistry.iam.gserviceaccount.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN", c.env)
			client := must(New(t.Context(), Options{UniverseDomain: c.universe}))(t)
			if c.seen != "" {
				client.project(&resourcemanagerpb.Project{ProjectId: c.seen})
			}
			if got := client.ServiceAgent("7"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

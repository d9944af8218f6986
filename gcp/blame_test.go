package gcp_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/gcp/emulator"
	"example.com/upstreamauth/gcp/emulator/upstreams"
)

// blameWorld has a project whose secrets need more than a caller can be granted:
// a key that Secret Manager may not use yet, and locations that a policy allows.
const blameWorld = `
projects:
  - id: blame-keys
    number: 3001
    keys:
      - {name: global/ring/shut}
      - name: global/ring/open
        policy: [{role: roles/cloudkms.cryptoKeyEncrypterDecrypter, members: ["serviceAccount:service-3002@gcp-sa-secretmanager.iam.gserviceaccount.com"]}]
  - id: blame-shop
    number: 3002
    agent: true
    repositories:
      - {name: us-central1/hub, format: docker}
      - {name: us-central1/owned, format: docker, labels: {goog-terraform-provisioned: "true"}, username: demo, password: projects/blame-shop/secrets/owned/versions/1}
    secrets:
      - id: owned
        labels: {goog-terraform-provisioned: "true"}
        versions: [{tokenFor: docker-hub}]
        policy: [{role: roles/secretmanager.secretAccessor, members: ["serviceAccount:service-3002@gcp-sa-artifactregistry.iam.gserviceaccount.com"]}]
  - id: blame-located
    number: 3003
    agent: true
    allowedLocations: [us-central1]
    repositories:
      - {name: us-central1/hub, format: docker}
`

func blameBench(t *testing.T) *bench {
	t.Helper()
	world := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(world, []byte(blameWorld), 0o600); err != nil {
		t.Fatal(err)
	}
	return newBench(t, emulator.Options{SeedFile: world})
}

// fresh answers a setup with a new secret.
func fresh(project, secret string) map[string]engine.Answer {
	given := on(project, "hub")
	given[engine.StepSecret] = engine.Answer{Text: secret, From: engine.Flag}
	given[engine.StepUsername] = engine.Answer{Text: upstreams.DemoUser, From: engine.Flag}
	given[engine.StepToken] = engine.Answer{Secret: token.New([]byte(upstreams.DockerHubToken)), From: engine.Flag}
	return given
}

// TestAKeyIsItsAgentsMatter: Secret Manager's agent is blamed for what it lacks
// on a KMS key, with the command that grants it; a key that it may use works.
func TestAKeyIsItsAgentsMatter(t *testing.T) {
	b := blameBench(t)
	key := func(location, id string) []string {
		return []string{"projects/blame-keys/locations/" + location + "/keyRings/ring/cryptoKeys/" + id}
	}
	r := b.run(t.Context(), t, change.Setup(), fresh("blame-shop", "shut"), engine.Options{KMSKeys: key("global", "shut")})
	const grant = "gcloud kms keys add-iam-policy-binding shut --keyring=ring --location=global --project=blame-keys" +
		" --member=serviceAccount:service-3002@gcp-sa-secretmanager.iam.gserviceaccount.com --role=roles/cloudkms.cryptoKeyEncrypterDecrypter"
	if r.Problem == nil || r.Problem.Kind != cloud.KeyDenied && r.Problem.Kind != cloud.AgentMissing || !slices.Contains(check.Lines(r.Problem.Hints, text.English), grant) {
		t.Errorf("%s, %+v", r.Status, r.Problem)
	}
	r = b.run(t.Context(), t, change.Setup(), fresh("blame-shop", "regional"), engine.Options{KMSKeys: key("us-east1", "shut")})
	if r.Status != engine.StatusFailed || r.Changed || !slices.ContainsFunc(r.Checks, func(f check.Finding) bool { return f.Code == check.KMSKeyLocation }) {
		t.Errorf("%s, %+v", r.Status, r.Problem)
	}
	if err := b.cloud.CreateServiceAgent(t.Context(), "blame-shop", cloud.SecretManagerAPI); err != nil {
		t.Fatal(err)
	}
	if r = b.run(t.Context(), t, change.Setup(), fresh("blame-shop", "open"), engine.Options{KMSKeys: key("global", "open")}); r.Status != engine.StatusDone {
		t.Errorf("%s, %+v", r.Status, r.Problem)
	}
	s, err := b.cloud.Secret(t.Context(), cloud.SecretName{Project: "blame-shop", ID: "open"})
	if err != nil || !slices.Equal(s.KMSKeys, key("global", "open")) {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestAnAllowedLocationIsOffered, and works.
func TestAnAllowedLocationIsOffered(t *testing.T) {
	b := blameBench(t)
	r := b.run(t.Context(), t, change.Setup(), fresh("blame-located", "s"), engine.Options{})
	if r.Problem == nil || r.Problem.Kind != cloud.OrgPolicy || !strings.Contains(strings.Join(check.Lines(r.Problem.Hints, text.English), "\n"), "--replication-locations=us-central1") ||
		strings.Contains(strings.Join(check.Lines(r.Problem.Hints, text.English), "\n"), "user:YOU") {
		t.Errorf("%s, %+v", r.Status, r.Problem)
	}
	r = b.run(t.Context(), t, change.Setup(), fresh("blame-located", "s"), engine.Options{ReplicationLocations: []string{"us-central1"}})
	if r.Status != engine.StatusDone {
		t.Errorf("%s, %+v", r.Status, r.Problem)
	}
}

// TestAnOwnersLabelsComeThrough: what Terraform manages is known by its labels,
// and its old version stays.
func TestAnOwnersLabelsComeThrough(t *testing.T) {
	b := blameBench(t)
	for disable, want := range map[bool]bool{false: true, true: false} {
		given := on("blame-shop", "owned")
		given[engine.StepToken] = engine.Answer{Secret: token.New([]byte(upstreams.DockerHubToken)), From: engine.Flag}
		name := cloud.SecretName{Project: "blame-shop", ID: "owned"}
		v, err := b.cloud.AddVersion(t.Context(), name, token.New([]byte("an older one")))
		if err != nil {
			t.Fatal(err)
		}
		r := b.run(t.Context(), t, change.Rotate(), given, engine.Options{DisableOld: disable})
		owned := slices.ContainsFunc(r.Checks, func(f check.Finding) bool { return f.Code == check.OwnedRepository })
		kept := !slices.ContainsFunc(r.Actions, func(a engine.Action) bool { return a.ID == engine.ActDisableOld })
		if r.Status != engine.StatusDone || !owned || kept != want {
			t.Errorf("after version %s, disable %v: %s, %v, owned %v, kept %v", v.Name.ID, disable, r.Status, r.Problem, owned, kept)
		}
	}
}

package emulator

import (
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

const connector = `"format":"DOCKER","mode":"REMOTE_REPOSITORY","remoteRepositoryConfig":{"dockerRepository":{"publicRepository":"DOCKER_HUB"}`

// TestTerraformCreatesARemoteRepository sends what its provider does since
// 7.43: a null for the field that most repositories lack.
func TestTerraformCreatesARemoteRepository(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	code, answer := g.rest(t, http.MethodPost, "/v1/"+central+"/repositories?repository_id=tf",
		`{"labels":{"goog-terraform-provisioned":"true"},"cleanupPolicies":{},`+connector+`,"noCache":null}}`)
	if code != http.StatusOK || strings.Contains(answer, "noCache") {
		t.Errorf("%d %s", code, answer)
	}
	got, err := g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: central + "/repositories/tf"})
	if err != nil || hasNoCache(got) {
		t.Errorf("a connector: %v, %v", got, err)
	}
}

// TestAConnectorStaysOne holds the field of a connector over both transports.
func TestAConnectorStaysOne(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	const name = central + "/repositories/connector"
	code, answer := g.rest(t, http.MethodPost, "/v1/"+central+"/repositories?repositoryId=connector", "{"+connector+`,"noCache":{}}}`)
	if code != http.StatusOK || !strings.Contains(answer, `"noCache":{}`) {
		t.Fatalf("%d %s", code, answer)
	}
	shown := func(after string) {
		t.Helper()
		for _, path := range []string{name, central + "/repositories?pageSize=1000"} {
			if code, answer := g.rest(t, http.MethodGet, "/v1/"+path, ""); code != http.StatusOK || strings.Count(answer, `"noCache":{}`) != 1 {
				t.Errorf("after %s, %s: %d %s", after, path, code, answer)
			}
		}
		r := must(g.registry.GetRepository(t.Context(), &artifactregistrypb.GetRepositoryRequest{Name: name}))
		if !hasNoCache(r) {
			t.Errorf("after %s, over gRPC: %v", after, r)
		}
	}
	shown("its creation")
	if _, err := g.update(t, &artifactregistrypb.Repository{Name: name, Description: "d"}, "description"); err != nil {
		t.Error(err)
	}
	shown("an update of its description")
	if _, err := g.update(t, &artifactregistrypb.Repository{Name: name}); err != nil { // replaces all that can change
		t.Error(err)
	}
	shown("a replacement that leaves it out")
	code, answer = g.rest(t, http.MethodPatch, "/v1/"+name+"?updateMask=description,remoteRepositoryConfig.noCache", "{"+connector+`,"noCache":{}}}`)
	if code != http.StatusOK {
		t.Errorf("an update to what it is: %d %s", code, answer)
	}
	code, answer = g.rest(t, http.MethodPatch, "/v1/"+name+"?updateMask=remoteRepositoryConfig.noCache", "{"+connector+`}}`)
	if code != http.StatusBadRequest || !strings.Contains(answer, "repository.remote_repository_config.no_cache") {
		t.Errorf("an update away from it: %d %s", code, answer)
	}
	shown("refused updates")

	// And one that is none cannot become one, whatever number a client knows.
	other := proto.CloneOf(remoteDockerHub())
	other.Name = dockerHub
	c := other.GetRemoteRepositoryConfig().ProtoReflect()
	c.SetUnknown(protowire.AppendBytes(protowire.AppendTag(nil, 77, protowire.BytesType), nil))
	_, err := g.update(t, other)
	wantCode(t, err, codes.InvalidArgument)

	code, answer = g.rest(t, http.MethodPost, "/v1/"+central+"/repositories?repositoryId=npm-connector",
		`{"format":"NPM","mode":"REMOTE_REPOSITORY","remoteRepositoryConfig":{"npmRepository":{"publicRepository":"NPMJS"},"noCache":{}}}`)
	if code != http.StatusBadRequest || !strings.Contains(answer, "no_cache") {
		t.Errorf("a connector to npm: %d %s", code, answer)
	}
}

// TestANewerFormatSurvives creates and reads a repository of a format that the
// Go messages do not name.
func TestANewerFormatSurvives(t *testing.T) {
	overBoth(t, Options{Scenario: "onboarding"}, func(t *testing.T, g *google) {
		op, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{
			Parent: central, RepositoryId: "conda", Repository: &artifactregistrypb.Repository{Format: 13}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := op.Wait(t.Context())
		if err != nil || got.GetFormat() != 13 || got.GetRegistryUri() != "" {
			t.Errorf("%v, %v", got, err)
		}
		got, err = g.update(t, &artifactregistrypb.Repository{Name: got.GetName(), Description: "d"}, "description")
		if err != nil || got.GetFormat() != 13 {
			t.Errorf("after an update: %v, %v", got, err)
		}
	})
}

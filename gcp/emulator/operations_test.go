package emulator

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// TestWaitingForAnOperation waits for one over gRPC and over REST, which
// Google's own clients have no way to do: it is done at once.
func TestWaitingForAnOperation(t *testing.T) {
	g := start(t, Options{Scenario: "onboarding"})
	created, err := g.registry.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{Parent: central, RepositoryId: "r", Repository: remoteDockerHub()})
	if err != nil {
		t.Fatal(err)
	}
	operations := longrunningpb.NewOperationsClient(dial(t, g.Addr()))
	waited, err := operations.WaitOperation(t.Context(), &longrunningpb.WaitOperationRequest{Name: created.Name()})
	if err != nil || !waited.GetDone() || waited.GetResponse() == nil {
		t.Errorf("over gRPC: %v, %v", waited, err)
	}
	_, err = operations.WaitOperation(t.Context(), &longrunningpb.WaitOperationRequest{Name: created.Name() + "x"})
	wantCode(t, err, codes.NotFound)

	resp, err := http.Post("http://"+g.Addr()+"/v1/"+created.Name()+":wait", "application/json", strings.NewReader(`{"timeout":"1s"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var over longrunningpb.Operation
	if err := protojson.Unmarshal(body, &over); err != nil || !proto.Equal(&over, waited) {
		t.Errorf("over REST: %s, %v", body, err)
	}
}

package gcp

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"

	"example.com/upstreamauth/flows/cloud"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

const (
	batchEnableRPC  = "ServiceUsage.BatchEnableServices"
	batchGetRPC     = "ServiceUsage.BatchGetServices"
	getOperationRPC = "Operations.GetOperation"
)

func operationDone(t *testing.T, failed *spb.Status) *longrunningpb.Operation {
	t.Helper()
	o := &longrunningpb.Operation{Name: "operations/acat.p2-1", Done: true}
	if failed != nil {
		o.Result = &longrunningpb.Operation_Error{Error: failed}
		return o
	}
	o.Result = &longrunningpb.Operation_Response{Response: must(anypb.New(&serviceusagepb.BatchEnableServicesResponse{}))(t)}
	return o
}

func TestEnablingWaitsForTheOperation(t *testing.T) {
	running := &longrunningpb.Operation{Name: "operations/acat.p2-1"}
	for _, c := range []struct {
		name   string
		first  *longrunningpb.Operation
		polls  reply
		polled int
		want   cloud.Kind
	}{
		{"nothing to do, which nobody may poll", operationDone(t, nil), nil, 0, ""},
		{"done after a while", running, after(always(operationDone(t, nil)), unavailable), 2, ""},
		{"failed in the end", running, always(operationDone(t, &spb.Status{Code: int32(codes.PermissionDenied), Message: "no"})), 1, cloud.PermissionDenied},
		{"the poll is refused", running, after(nil, fmt.Errorf("odd")), 1, cloud.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, nil, map[string]reply{batchEnableRPC: always(c.first), getOperationRPC: c.polls})
			err := f.client(t, Options{}).EnableServices(t.Context(), "p", []string{cloud.SecretManagerAPI})
			if cloud.KindOf(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if got := f.count(getOperationRPC); got != c.polled {
				t.Errorf("polled %d times, want %d", got, c.polled)
			}
		})
	}
}

func TestAnOperationThatNeverEndsIsLeft(t *testing.T) {
	running := always(&longrunningpb.Operation{Name: "operations/acat.p2-1"})
	f := newFake(t, nil, map[string]reply{batchEnableRPC: running, getOperationRPC: running})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := f.client(t, Options{})
	c.sleep = func(ctx context.Context, _ time.Duration) error { return sleep(ctx, time.Millisecond) }
	if err := c.EnableServices(ctx, "p", []string{cloud.SecretManagerAPI}); cloud.KindOf(err) != cloud.TimedOut {
		t.Errorf("got %v", err)
	}
}

func TestManyAPIsAreAskedForInPortions(t *testing.T) {
	var names []string
	for i := range 45 {
		names = append(names, fmt.Sprintf("api%d.googleapis.com", i))
	}
	var read, enabled []int
	f := newFake(t, nil, map[string]reply{
		batchGetRPC: func(_ context.Context, m proto.Message) (proto.Message, error) {
			r := &serviceusagepb.BatchGetServicesResponse{}
			asked := m.(*serviceusagepb.BatchGetServicesRequest).GetNames()
			for i, n := range asked {
				r.Services = append(r.Services, &serviceusagepb.Service{Name: n, State: serviceusagepb.State(1 + i%2)})
			}
			read = append(read, len(asked))
			return r, nil
		},
		batchEnableRPC: func(_ context.Context, m proto.Message) (proto.Message, error) {
			enabled = append(enabled, len(m.(*serviceusagepb.BatchEnableServicesRequest).GetServiceIds()))
			return operationDone(t, nil), nil
		},
	})
	c := f.client(t, Options{})
	on, err := c.Services(t.Context(), "p", names)
	if err != nil || len(on) != 45 || on[names[0]] || !on[names[1]] || !slices.Equal(read, []int{30, 15}) {
		t.Errorf("got %v in portions of %v, %v", on, read, err)
	}
	if err := c.EnableServices(t.Context(), "p", names); err != nil || !slices.Equal(enabled, []int{20, 20, 5}) {
		t.Errorf("enabled in portions of %v, %v", enabled, err)
	}
}

func TestOperationsHaveMoreTimeThanOtherCalls(t *testing.T) {
	web := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"name":"operations/x","done":%v}`, r.Method == http.MethodGet)
	})
	f := newFake(t, web, map[string]reply{
		batchEnableRPC: always(&longrunningpb.Operation{Name: "operations/x"}), getOperationRPC: always(operationDone(t, nil)),
	})
	c := f.client(t, Options{})
	waits := 0
	c.sleep = func(ctx context.Context, _ time.Duration) error {
		waits++
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) <= DefaultTimeout {
			t.Errorf("the deadline is %v", deadline)
		}
		return nil
	}
	for _, err := range []error{c.EnableServices(t.Context(), "p", []string{cloud.SecretManagerAPI}), c.CreateServiceAgent(t.Context(), "p", cloud.ArtifactRegistryAPI)} {
		if err != nil {
			t.Error(err)
		}
	}
	if waits != 2 {
		t.Errorf("waited %d times", waits)
	}
}

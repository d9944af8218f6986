package emulator

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

// noopOperation is the name of the operation that did nothing.
const noopOperation = "operations/noop.DONE_OPERATION"

// maxOperations is how many finished operations are kept.
const maxOperations = 10_000

// operations are those that were started. All are done by the time they are
// answered (modelled: Google takes seconds to minutes).
type operations struct {
	mu    sync.Mutex
	byKey map[string]*longrunningpb.Operation
	order []string
}

// done makes a finished operation and remembers it.
func (o *operations) done(name string, metadata, response proto.Message) (*longrunningpb.Operation, error) {
	meta, err := anypb.New(metadata)
	if err != nil {
		return nil, fail(codes.Internal, "pack metadata: %v", err)
	}
	packed, err := anypb.New(response)
	if err != nil {
		return nil, fail(codes.Internal, "pack response: %v", err)
	}
	op := &longrunningpb.Operation{
		Name: name, Metadata: meta, Done: true,
		Result: &longrunningpb.Operation_Response{Response: packed},
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byKey == nil {
		o.byKey = map[string]*longrunningpb.Operation{}
	}
	if name == noopOperation {
		return op, nil
	}
	if len(o.order) == maxOperations {
		delete(o.byKey, o.order[0])
		o.order = o.order[1:]
	}
	o.byKey[name], o.order = op, append(o.order, name)
	return op, nil
}

// uuid is a random identifier in the usual form.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

type operationsAPI struct {
	longrunningpb.UnimplementedOperationsServer
	*Server
}

// GetOperation answers one of those that are remembered.
func (a *operationsAPI) GetOperation(_ context.Context, req *longrunningpb.GetOperationRequest) (*longrunningpb.Operation, error) {
	o := &a.operations
	o.mu.Lock()
	defer o.mu.Unlock()
	if op, ok := o.byKey[req.GetName()]; ok {
		return op, nil
	}
	return nil, fail(codes.NotFound, "Requested entity was not found.")
}

// WaitOperation returns at once: operations are done when they are answered.
func (a *operationsAPI) WaitOperation(ctx context.Context, req *longrunningpb.WaitOperationRequest) (*longrunningpb.Operation, error) {
	return a.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: req.GetName()})
}

// ListOperations lists those under a name, oldest first.
func (a *operationsAPI) ListOperations(_ context.Context, req *longrunningpb.ListOperationsRequest) (*longrunningpb.ListOperationsResponse, error) {
	if req.GetFilter() != "" {
		return nil, unimplemented("filters on operations")
	}
	o := &a.operations
	o.mu.Lock()
	defer o.mu.Unlock()
	under := "" // the API's own, as in "operations/acf.p2-1"
	if parent := strings.TrimSuffix(req.GetName(), "operations"); parent != "" {
		under = strings.TrimSuffix(parent, "/") + "/"
	}
	var all []*longrunningpb.Operation
	for _, name := range o.order {
		if op, ok := o.byKey[name]; ok && strings.HasPrefix(name, under+"operations/") {
			all = append(all, op)
		}
	}
	some, next, err := page(all, pageOf(req, req.GetName()), 100, 1000)
	if err != nil {
		return nil, err
	}
	return &longrunningpb.ListOperationsResponse{Operations: some, NextPageToken: next}, nil
}

// DeleteOperation forgets one.
func (a *operationsAPI) DeleteOperation(ctx context.Context, req *longrunningpb.DeleteOperationRequest) (*emptypb.Empty, error) {
	if _, err := a.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: req.GetName()}); err != nil {
		return nil, err
	}
	o := &a.operations
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.byKey, req.GetName())
	return &emptypb.Empty{}, nil
}

// CancelOperation cannot: they are done.
func (a *operationsAPI) CancelOperation(ctx context.Context, req *longrunningpb.CancelOperationRequest) (*emptypb.Empty, error) {
	if _, err := a.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: req.GetName()}); err != nil {
		return nil, err
	}
	return nil, fail(codes.FailedPrecondition, "The operation is already done.") // modelled
}

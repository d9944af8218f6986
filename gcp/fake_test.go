package gcp

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// A reply is what a fake answers to one request of one RPC.
type reply func(ctx context.Context, request proto.Message) (proto.Message, error)

// fake answers what the emulator cannot be brought to: each RPC, by its short
// name as in "SecretManagerService.GetSecret", by a function, and plain HTTP by
// a handler.
type fake struct {
	addr string

	mu      sync.Mutex
	replies map[string]reply
	asked   []string
	headers []metadata.MD
}

func newFake(t *testing.T, web http.Handler, replies map[string]reply) *fake {
	t.Helper()
	f := &fake{replies: replies}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Protocols: protocols, ReadHeaderTimeout: time.Minute, Handler: f.handler(t, web)}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = l.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return f
}

// handler serves gRPC by the replies, and all else by web.
func (f *fake) handler(t *testing.T, web http.Handler) http.Handler {
	rpc := grpc.NewServer(grpc.UnknownServiceHandler(f.serve))
	t.Cleanup(rpc.Stop)
	if web == nil {
		web = http.NotFoundHandler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			rpc.ServeHTTP(w, r)
			return
		}
		web.ServeHTTP(w, r)
	})
}

// client is a Client of the fake that waits for nothing between attempts.
func (f *fake) client(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := NewEmulator(t.Context(), f.addr, o)
	if err != nil {
		t.Fatal(err)
	}
	c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (f *fake) serve(_ any, stream grpc.ServerStream) error {
	full, _ := grpc.MethodFromServerStream(stream)
	service, rpc, _ := strings.Cut(strings.TrimPrefix(full, "/"), "/")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + rpc))
	if err != nil {
		return status.Error(codes.Unimplemented, full)
	}
	input, err := protoregistry.GlobalTypes.FindMessageByName(d.(protoreflect.MethodDescriptor).Input().FullName())
	if err != nil {
		return err
	}
	request := input.New().Interface()
	if err := stream.RecvMsg(request); err != nil {
		return err
	}
	name := service[strings.LastIndex(service, ".")+1:] + "." + rpc
	md, _ := metadata.FromIncomingContext(stream.Context())
	f.mu.Lock()
	f.asked = append(f.asked, name)
	f.headers = append(f.headers, md)
	answer := f.replies[name]
	f.mu.Unlock()
	if answer == nil {
		return status.Error(codes.Unimplemented, name)
	}
	m, err := answer(stream.Context(), request)
	if err != nil {
		return err
	}
	return stream.SendMsg(m)
}

// nobodyAt is an address on loopback that was free a moment ago.
func nobodyAt(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// lastHeader is a header of the newest request over gRPC.
func (f *fake) lastHeader(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.headers) == 0 {
		return ""
	}
	return strings.Join(f.headers[len(f.headers)-1].Get(name), ",")
}

// count is how often an RPC was asked.
func (f *fake) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, a := range f.asked {
		if a == name {
			n++
		}
	}
	return n
}

// after answers the errors one by one, and then as then does.
func after(then reply, errs ...error) reply {
	var mu sync.Mutex
	return func(ctx context.Context, r proto.Message) (proto.Message, error) {
		mu.Lock()
		if len(errs) > 0 {
			err := errs[0]
			errs = errs[1:]
			mu.Unlock()
			return nil, err
		}
		mu.Unlock()
		return then(ctx, r)
	}
}

// always answers m.
func always(m proto.Message) reply {
	return func(context.Context, proto.Message) (proto.Message, error) { return m, nil }
}

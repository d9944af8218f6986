package emulator

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// unary is what every request to an API passes through, whichever way it came.
func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if isOfGRPC(info.FullMethod) {
		return handler(ctx, req)
	}
	return s.intercept(ctx, info.FullMethod, func(ctx context.Context) (any, error) {
		_, method, _ := strings.Cut(strings.TrimPrefix(info.FullMethod, "/"), "/")
		if err := checkFields(ctx, info.FullMethod); err != nil {
			return nil, err
		}
		if err := s.written.enter(method, req); err != nil {
			return nil, err
		}
		return handler(ctx, req)
	})
}

// intercept serves one request: latency, faults, who asks, on whose quota, and
// a note in the log of calls. Plain handlers of what has no gRPC service pass
// through it too.
func (s *Server) intercept(ctx context.Context, fullMethod string, serve func(context.Context) (any, error)) (answer any, err error) {
	service, method, _ := strings.Cut(strings.TrimPrefix(fullMethod, "/"), "/")
	md, _ := metadata.FromIncomingContext(ctx)
	caller := s.identify(md)
	ctx = context.WithValue(ctx, callerKey{}, caller)
	defer func() {
		s.calls.add(Call{Service: service, Method: method, Caller: caller, Write: isWrite(method), Code: status.Code(err)})
	}()
	if err := wait(ctx, s.options.Latency); err != nil {
		return nil, err
	}
	a := apiOf(service)
	if code, ok := s.faults.take(service, method, false); ok {
		return nil, faultError(a, code)
	}
	if err := s.checkQuotaProject(a, caller, md); err != nil {
		return nil, err
	}
	answer, err = serve(ctx)
	if code, ok := s.faults.take(service, method, true); ok {
		return nil, faultError(a, code)
	}
	return answer, err
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

// checkQuotaProject refuses a quota project that does not exist, that the
// caller may not use, or in which the API is off.
func (s *Server) checkQuotaProject(a api, caller string, md metadata.MD) error {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	given := md.Get("x-goog-user-project")
	if len(given) == 0 || given[0] == "" {
		if s.world.requireQuotaProject {
			return noQuotaProject(a)
		}
		return nil
	}
	p := s.world.byName[given[0]]
	if p == nil || !p.active() {
		return consumerInvalid(a, given[0])
	}
	if !s.world.may(caller, "serviceusage.services.use", p.policy) {
		return userProjectDenied(a, given[0])
	}
	if !p.enabled[a.host] {
		return serviceDisabled(a, p.numberText())
	}
	return nil
}

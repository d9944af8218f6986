package emulator

import (
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
)

// Call is one request that the emulator has answered.
type Call struct {
	// Service is the full name of the gRPC service, as in
	// "google.cloud.secretmanager.v1.SecretManagerService".
	Service string
	// Method is the method's name, as in "AddSecretVersion".
	Method string
	// Caller is who asked, as an e-mail address.
	Caller string
	// Write tells whether the method changes anything.
	Write bool
	// Code is how it was answered.
	Code codes.Code
}

// maxCalls is how many calls are remembered: an emulator that serves for
// weeks must not fill the memory with them.
const maxCalls = 1 << 16

type callLog struct {
	mu    sync.Mutex
	calls []Call
}

func (l *callLog) add(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) == maxCalls {
		l.calls = append(l.calls[:0], l.calls[maxCalls/2:]...)
	}
	l.calls = append(l.calls, c)
}

// isWrite tells by its name whether a method changes anything.
func isWrite(method string) bool {
	for _, read := range []string{"Get", "List", "Search", "Access", "Test", "BatchGet", "Wait"} {
		if strings.HasPrefix(method, read) {
			return false
		}
	}
	return true
}

// Calls returns what was asked since the start or the last ResetCalls, in the
// order of the answers. Of a great many calls the oldest are forgotten.
func (s *Server) Calls() []Call {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return append([]Call(nil), s.calls.calls...)
}

// ResetCalls forgets all calls.
func (s *Server) ResetCalls() {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	s.calls.calls = nil
}

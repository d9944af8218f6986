package emulator

import (
	"strings"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// Limits of what clients can make the emulator hold. Google has others; these
// only keep the memory of this machine.
const (
	// maxHeader is how many bytes of headers a request may have.
	maxHeader = 64 << 10
	// maxCaller is how long the address of a caller may be.
	maxCaller = 512
	// maxCallers is how many callers are known by their tokens.
	maxCallers = 10_000
	// maxWritten is how many bytes all requests that write may bring together.
	maxWritten = 1 << 30
	// createdSize is what a new resource holds beside what its request says.
	createdSize = 2 << 10
)

// ledger counts what was written since the start. What was deleted is not
// taken off: a bound that holds whatever was deleted is a simple one.
type ledger struct{ bytes atomic.Int64 }

// enter counts one write, or refuses it.
func (l *ledger) enter(method string, req any) error {
	m, ok := req.(proto.Message)
	if !ok || !isWrite(method) {
		return nil
	}
	size := int64(proto.Size(m))
	if strings.HasPrefix(method, "Create") || strings.HasPrefix(method, "Add") {
		size += createdSize
	}
	if l.bytes.Add(size) > maxWritten {
		l.bytes.Add(-size)
		return fail(codes.ResourceExhausted, "The emulator has taken %d bytes of writes and takes no more. Restart it.", int64(maxWritten))
	}
	return nil
}

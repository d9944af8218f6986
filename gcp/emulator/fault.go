package emulator

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
)

// Fault makes requests fail on purpose.
type Fault struct {
	// Service is the short or full name of a gRPC service, as in
	// "SecretManagerService"; empty: any.
	Service string
	// Method is a method's name, as in "AddSecretVersion".
	Method string
	Code   codes.Code
	// After lets the request happen and loses its answer; otherwise the
	// request is refused before it happens.
	After bool
	// Times is how many requests fail; 0: all.
	Times int
}

// ParseFault reads "[SERVICE.]METHOD=CODE[@before|after][:times]", as in
// "SecretManagerService.AddSecretVersion=UNAVAILABLE@after:1". A method of
// "*" stands for every method of the service.
func ParseFault(s string) (Fault, error) {
	bad := func(what string) (Fault, error) {
		return Fault{}, fmt.Errorf("fault %q: %s; want [SERVICE.]METHOD=CODE[@before|after][:times]", s, what)
	}
	target, rest, ok := strings.Cut(s, "=")
	if !ok {
		return bad("no '='")
	}
	var f Fault
	if i := strings.LastIndexByte(target, '.'); i >= 0 {
		f.Service, target = target[:i], target[i+1:]
		if f.Service == "" {
			return bad("no service before the dot")
		}
	}
	if f.Method = target; f.Method == "" {
		return bad("no method")
	}
	rest, times, counted := strings.Cut(rest, ":")
	if counted {
		n, err := strconv.Atoi(times)
		if err != nil || n < 1 {
			return bad("times must be a number from 1")
		}
		f.Times = n
	}
	code, when, timed := strings.Cut(rest, "@")
	switch {
	case !timed || when == "before":
	case when == "after":
		f.After = true
	default:
		return bad(strconv.Quote(when) + " is neither before nor after")
	}
	if f.Code, ok = codesByName[code]; !ok {
		return bad("no such code: " + strconv.Quote(code))
	}
	return f, nil
}

// String is the form that ParseFault reads.
func (f Fault) String() string {
	var b strings.Builder
	if f.Service != "" {
		b.WriteString(f.Service + ".")
	}
	b.WriteString(f.Method + "=" + codeName(f.Code))
	if f.After {
		b.WriteString("@after")
	}
	if f.Times > 0 {
		b.WriteString(":" + strconv.Itoa(f.Times))
	}
	return b.String()
}

// codeName is a code as Google writes it, as in "PERMISSION_DENIED".
func codeName(c codes.Code) string {
	for name, code := range codesByName {
		if code == c {
			return name
		}
	}
	return strconv.Itoa(int(c))
}

var codesByName = map[string]codes.Code{
	"CANCELLED": codes.Canceled, "UNKNOWN": codes.Unknown, "INVALID_ARGUMENT": codes.InvalidArgument,
	"DEADLINE_EXCEEDED": codes.DeadlineExceeded, "NOT_FOUND": codes.NotFound, "ALREADY_EXISTS": codes.AlreadyExists,
	"PERMISSION_DENIED": codes.PermissionDenied, "RESOURCE_EXHAUSTED": codes.ResourceExhausted,
	"FAILED_PRECONDITION": codes.FailedPrecondition, "ABORTED": codes.Aborted, "OUT_OF_RANGE": codes.OutOfRange,
	"UNIMPLEMENTED": codes.Unimplemented, "INTERNAL": codes.Internal, "UNAVAILABLE": codes.Unavailable,
	"DATA_LOSS": codes.DataLoss, "UNAUTHENTICATED": codes.Unauthenticated,
}

// faults are those still to come.
type faults struct {
	mu  sync.Mutex
	all []Fault
}

func (fs *faults) add(f Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.all = append(fs.all, f)
}

func (fs *faults) clear() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.all = nil
}

// take returns the first fault for a request, and counts it.
func (fs *faults) take(service, method string, after bool) (codes.Code, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i := range fs.all {
		f := &fs.all[i]
		if f.After != after || !f.matches(service, method) {
			continue
		}
		code := f.Code
		if f.Times == 1 {
			fs.all = append(fs.all[:i], fs.all[i+1:]...)
		} else if f.Times > 1 {
			f.Times--
		}
		return code, true
	}
	return codes.OK, false
}

func (f Fault) matches(service, method string) bool {
	if f.Method != method && f.Method != "*" {
		return false
	}
	return f.Service == "" || f.Service == service || strings.HasSuffix(service, "."+f.Service)
}

// faultError is what a request that fails on purpose answers. The texts are
// Google's usual ones for the codes.
func faultError(a api, code codes.Code) error {
	switch code {
	case codes.Unavailable:
		return fail(code, "The service is currently unavailable.")
	case codes.ResourceExhausted:
		return quotaExceeded(a, "project_number:0")
	case codes.PermissionDenied:
		return fail(code, "The caller does not have permission")
	case codes.Unauthenticated:
		return fail(code, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "+
			"authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.")
	case codes.DeadlineExceeded:
		return fail(code, "Deadline expired before operation could complete.")
	case codes.Internal:
		return fail(code, "Internal error encountered.")
	case codes.NotFound:
		return fail(code, "Requested entity was not found.")
	case codes.Aborted:
		return fail(code, "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.")
	default:
		return fail(code, "The emulator was told to answer %s.", codeName(code))
	}
}

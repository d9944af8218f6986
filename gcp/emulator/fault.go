package emulator

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
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
// "*" stands for every method of the service. What names no method that the
// emulator has is an error, as it would never happen.
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
	n, ok := rpccode.Code_value[code]
	if f.Code = codes.Code(n); !ok || f.Code == codes.OK { //nolint:gosec // a gRPC code is small
		return bad("no such code: " + strconv.Quote(code))
	}
	if !f.canHappen() {
		return bad("the emulator has no such method")
	}
	return f, nil
}

// canHappen tells whether any method that can be asked for meets the fault.
func (f Fault) canHappen() bool {
	if service, method, _ := strings.Cut(identityMethod[1:], "/"); f.matches(service, method) {
		return true
	}
	for _, name := range serviceNames {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
		service, ok := d.(protoreflect.ServiceDescriptor)
		if err != nil || !ok {
			continue // it is linked in, as it is served
		}
		for i := range service.Methods().Len() {
			if f.matches(string(name), string(service.Methods().Get(i).Name())) {
				return true
			}
		}
	}
	return false
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
func codeName(c codes.Code) string { return rpccode.Code(c).String() } //nolint:gosec // a gRPC code is small

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

// faultTexts are Google's usual ones for a code.
var faultTexts = map[codes.Code]string{
	codes.Unavailable:      "The service is currently unavailable.",
	codes.PermissionDenied: "The caller does not have permission",
	codes.Unauthenticated: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid " +
		"authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
	codes.DeadlineExceeded: "Deadline expired before operation could complete.",
	codes.Internal:         "Internal error encountered.",
	codes.NotFound:         "Requested entity was not found.",
	codes.Aborted:          "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
}

// faultError is what a request that fails on purpose answers.
func faultError(a api, code codes.Code) error {
	if code == codes.ResourceExhausted {
		return quotaExceeded(a, "project_number:0")
	}
	if text, ok := faultTexts[code]; ok {
		return fail(code, "%s", text)
	}
	return fail(code, "The emulator was told to answer %s.", codeName(code))
}

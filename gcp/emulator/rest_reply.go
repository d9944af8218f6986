package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"example.com/upstreamauth/flows/clean"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // so that details can be written as JSON
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// reply is one whole answer, held back so that a failure can still be put into
// Google's envelope. It is the http.ResponseWriter of the transcoder.
type reply struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func newReply() *reply { return &reply{status: http.StatusOK, header: http.Header{}} }

// Header implements http.ResponseWriter.
func (a *reply) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *reply) WriteHeader(code int) { a.status = code }

// Write implements http.ResponseWriter.
func (a *reply) Write(p []byte) (int, error) { return a.body.Write(p) }

// Flush implements http.Flusher, which the transcoder asks for; the answer goes
// out whole.
func (a *reply) Flush() {}

// failure is the gRPC status that a, an answer other than 200 to what was asked,
// stands for.
// The transcoder writes a google.rpc.Status where a method failed, and a line
// of text where it found none to call.
func (a *reply) failure(asked url.URL) error {
	var st spb.Status
	if err := protojson.Unmarshal(a.body.Bytes(), &st); err == nil && st.GetCode() != int32(codes.OK) {
		if bad := unbound(&st, asked.Query()); bad != nil {
			return bad
		}
		return status.FromProto(&st).Err()
	}
	text := strings.TrimSpace(clean.Text(a.body.String()))
	switch a.status {
	case http.StatusNotFound:
		return unservedPath(shownPath(asked.Path))
	case http.StatusMethodNotAllowed: // to Google, a path with that verb is another path
		return notFound(shownPath(asked.Path))
	case http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return status.Error(codes.InvalidArgument, text)
	default:
		return status.Error(codes.Internal, text)
	}
}

// unbound is the refusal of what the transcoder could not bind to a method's
// request: it reports that as UNKNOWN, and too long a body as too many requests,
// in words of its own.
func unbound(st *spb.Status, query url.Values) error {
	says := st.GetMessage()
	if st.GetCode() == int32(codes.ResourceExhausted) && strings.HasPrefix(says, "max buffer size") {
		return status.Errorf(codes.InvalidArgument, "Request payload size exceeds the limit: %d bytes.", maxRESTBody)
	}
	if refused, found := strings.CutPrefix(says, "invalid parameter "); found {
		return parameterRefused(quoted(refused), query)
	}
	if st.GetCode() != int32(codes.Unknown) {
		return nil
	}
	if refused, found := strings.CutPrefix(says, "unknown field in field path "); found {
		return unknownParameter(quoted(refused))
	}
	if strings.HasPrefix(says, "request should have no body") {
		return status.Error(codes.InvalidArgument, "Invalid JSON payload received. The request should have no body.")
	}
	return nil
}

// quoted is the text in the quotes that another begins with.
func quoted(text string) string {
	if prefix, err := strconv.QuotedPrefix(text); err == nil {
		if plain, err := strconv.Unquote(prefix); err == nil {
			return plain
		}
	}
	return text
}

// parameterRefused is what Google says of a query whose value does not fit its
// field, which is named as in its proto.
func parameterRefused(field string, query url.Values) error {
	value := query.Get(field)
	if value == "" {
		value = query.Get(camelMask(field))
	}
	return refusedWith(violation{field, fmt.Sprintf("Invalid value at '%s' (%s), %s", field, parameterKind(field), shown(value))})
}

// parameterKind is how Google names the type of a field of a request; fields
// that requests have in common have one type in all of them.
func parameterKind(path string) string {
	for _, name := range serviceNames {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
		service, ok := found.(protoreflect.ServiceDescriptor)
		if err != nil || !ok {
			continue
		}
		for i := range service.Methods().Len() {
			if field := fieldAt(service.Methods().Get(i).Input(), path); field != nil {
				return typeName(field)
			}
		}
	}
	return "TYPE_STRING"
}

// fieldAt is the field at the end of a path of names, or nil.
func fieldAt(m protoreflect.MessageDescriptor, path string) protoreflect.FieldDescriptor {
	name, rest, more := strings.Cut(path, ".")
	field := m.Fields().ByName(protoreflect.Name(name))
	if !more || field == nil {
		return field
	}
	if field.Message() == nil {
		return nil
	}
	return fieldAt(field.Message(), rest)
}

// unknownParameter is what Google says of a query that no field answers to.
func unknownParameter(name string) error {
	return refusedWith(violation{"", fmt.Sprintf("Invalid JSON payload received. Unknown name %q: Cannot bind query parameter. "+
		"Field '%s' could not be found in request message.", name, name)})
}

// apiPath is a path below a version of an API, of a batch or of a discovery
// document.
var apiPath = regexp.MustCompile(`^/(v[0-9]+((alpha|beta)[0-9]*)?|batch|\$?discovery)(/|$)`)

// unservedPath tells a path of an API that the emulator leaves out, which
// Google may well serve, from one that nobody has.
func unservedPath(path string) error {
	if apiPath.MatchString(path) {
		return status.Errorf(codes.Unimplemented, "The emulator does not serve %s.", path)
	}
	return notFound(path)
}

// errorReply puts err's status into the envelope of
// https://cloud.google.com/apis/design/errors#http_mapping.
func errorReply(err error) *reply {
	st := status.Convert(err)
	type body struct {
		Code    int               `json:"code"`
		Message string            `json:"message"`
		Status  string            `json:"status"`
		Details []json.RawMessage `json:"details,omitempty"`
	}
	e := body{Code: httpStatus(st.Code()), Message: st.Message(), Status: codeName(st.Code())}
	for _, d := range st.Proto().GetDetails() {
		if text, err := protojson.Marshal(d); err == nil {
			e.Details = append(e.Details, text)
		}
	}
	out := newReply()
	out.status = e.Code
	enc := json.NewEncoder(&out.body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]body{"error": e}); err != nil {
		out.status = http.StatusInternalServerError
		fmt.Fprintf(&out.body, `{"error":{"code":500,"message":"cannot encode the error","status":"INTERNAL"}}`)
	}
	return out
}

// httpStatus is the HTTP status of a code, as in google/rpc/code.proto.
func httpStatus(c codes.Code) int {
	switch c {
	case codes.OK:
		return http.StatusOK
	case codes.Canceled:
		return 499
	case codes.InvalidArgument, codes.FailedPrecondition, codes.OutOfRange:
		return http.StatusBadRequest
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.NotFound:
		return http.StatusNotFound
	case codes.AlreadyExists, codes.Aborted:
		return http.StatusConflict
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.Unimplemented:
		return http.StatusNotImplemented
	case codes.Unavailable:
		return http.StatusServiceUnavailable
	case codes.DeadlineExceeded:
		return http.StatusGatewayTimeout
	default:
		return http.StatusInternalServerError
	}
}

package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"connectrpc.com/vanguard"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// maxRESTBody is how many bytes of a request's body are read, in line with
// gRPC's default limit for one message.
const maxRESTBody = 4 << 20

// restDoor answers REST/JSON as Google's front end does: it takes off what the
// front end itself understands (system parameters, method overrides), hands the
// rest to the gRPC services, and puts every failure into Google's error
// envelope. It holds no behaviour of its own, so that both transports answer
// alike: see https://cloud.google.com/apis/docs/http for the conventions.
type restDoor struct {
	names    http.Handler // enums by name, the default
	numbers  http.Handler // enums as numbers, for $alt=json;enum-encoding=int
	projects projectsV1   // Resource Manager v1, which has no gRPC service
	identity identityV1beta1
	logs     platformLogsV1
}

// newREST returns the REST surface of s. A path alone tells which API is meant:
// no two of them share one but for locations (v1/projects/P/locations), which
// are Artifact Registry's, whatever host or prefix is asked.
func newREST(s *Server) http.Handler {
	door := newRESTDoor(s.grpc, identityV1beta1{generate: s.generateServiceIdentity})
	door.logs = platformLogsV1{s}
	return door
}

// newRESTDoor returns the REST front of everything that server serves, and of
// the method that no gRPC service has.
func newRESTDoor(server *grpc.Server, identity identityV1beta1) *restDoor {
	names := lazily(func() (http.Handler, error) { return newTranscoder(server, false) })
	numbers := lazily(func() (http.Handler, error) { return newTranscoder(server, true) })
	return &restDoor{names: names, numbers: numbers, projects: projectsV1{v3: names}, identity: identity}
}

// lazily makes a handler when it is first asked: to map all methods takes
// milliseconds, and many an emulator is never asked over REST.
func lazily(build func() (http.Handler, error)) http.Handler {
	once := sync.OnceValues(build)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, err := once()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// newTranscoder maps REST to server's methods by their google.api.http
// annotations and restRules.
func newTranscoder(server *grpc.Server, enumNumbers bool) (http.Handler, error) {
	var services []*vanguard.Service
	for name := range server.GetServiceInfo() {
		if !isOfGRPC(name) {
			services = append(services, vanguard.NewService(name, server))
		}
	}
	for _, name := range unservedServices {
		services = append(services, vanguard.NewService(name, server))
	}
	t, err := vanguard.NewTranscoder(services,
		vanguard.WithDefaultServiceOptions(
			vanguard.WithTargetProtocols(vanguard.ProtocolGRPC),
			vanguard.WithTargetCodecs(vanguard.CodecProto),
			vanguard.WithNoTargetCompression(),
			vanguard.WithMaxMessageBufferBytes(maxRESTBody),
		),
		vanguard.WithCodec(func(types vanguard.TypeResolver) vanguard.Codec { return newRESTCodec(types, enumNumbers) }),
		vanguard.WithRules(restRules()...),
	)
	if err != nil {
		return nil, fmt.Errorf("map REST to gRPC: %w", err)
	}
	return t, nil
}

// ServeHTTP answers one REST request.
func (d *restDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isBatch(r.URL.Path) {
		d.serveBatch(w, r)
		return
	}
	r, params, err := openRequest(w, r)
	if err != nil {
		writeREST(w, params, errorReply(err))
		return
	}
	writeREST(w, params, d.answer(requestContext(r), r, params))
}

// answer has the right one answer r; ctx carries r's headers as gRPC does.
func (d *restDoor) answer(ctx context.Context, r *http.Request, params systemParameters) *reply {
	if d.projects.serves(r.URL.Path) {
		return d.projects.answer(r)
	}
	if parent, is := d.identity.parent(r.URL.Path); is {
		return d.identity.answer(ctx, r.Method, parent)
	}
	if parent, is := d.logs.parent(r.URL.Path); is && d.logs.server != nil {
		return d.logs.answer(ctx, r, parent)
	}
	r = r.WithContext(context.WithValue(r.Context(), fieldsKey{}, params.fields))
	if params.enumNumbers {
		return ask(d.numbers, r)
	}
	return ask(d.names, r)
}

// ask has handler answer r and returns the answer, its failure already in
// Google's envelope.
func ask(handler http.Handler, r *http.Request) *reply {
	out, asked := newReply(), *r.URL // the transcoder writes over it
	handler.ServeHTTP(out, r)
	if out.status != http.StatusOK {
		return errorReply(out.failure(asked))
	}
	return out
}

// restRules are the paths that Google serves and the protos do not annotate.
// Operations and locations are mixins: each API binds them in its service
// configuration (google.longrunning, google.cloud.location). The v1beta2 paths
// are those that gcloud's "artifacts" commands ask; Resource Manager's v1 IAM
// methods take and return what v3's do.
func restRules() []*annotations.HttpRule {
	const (
		operations = "google.longrunning.Operations."
		locations  = "google.cloud.location.Locations."
		projects   = "google.cloud.resourcemanager.v3.Projects."
		registry   = "google.devtools.artifactregistry.v1.ArtifactRegistry."
	)
	get := func(selector, path string) *annotations.HttpRule {
		return &annotations.HttpRule{Selector: selector, Pattern: &annotations.HttpRule_Get{Get: path}}
	}
	post := func(selector, path string) *annotations.HttpRule {
		return &annotations.HttpRule{Selector: selector, Pattern: &annotations.HttpRule_Post{Post: path}, Body: "*"}
	}
	remove := func(selector, path string) *annotations.HttpRule {
		return &annotations.HttpRule{Selector: selector, Pattern: &annotations.HttpRule_Delete{Delete: path}}
	}
	rules := []*annotations.HttpRule{
		get(operations+"GetOperation", "/v3/{name=operations/**}"),
		// The transcoder finds no way back from files/*, which a DELETE and a PATCH have.
		get(registry+"GetFile", "/v1/{name=projects/*/locations/*/repositories/*/files/*}"),
		get(operations+"GetOperation", "/v1beta1/{name=operations/**}"),
		get(locations+"ListLocations", "/v1beta2/{name=projects/*}/locations"),
		get(locations+"GetLocation", "/v1beta2/{name=projects/*/locations/*}"),
		post(projects+"GetIamPolicy", "/v1/{resource=projects/*}:getIamPolicy"),
		post(projects+"SetIamPolicy", "/v1/{resource=projects/*}:setIamPolicy"),
		post(projects+"TestIamPermissions", "/v1/{resource=projects/*}:testIamPermissions"),
	}
	for _, version := range []string{"v1", "v1beta2"} {
		rules = append(rules,
			get(operations+"GetOperation", "/"+version+"/{name=projects/*/locations/*/operations/*}"),
			get(operations+"ListOperations", "/"+version+"/{name=projects/*/locations/*}/operations"),
			remove(operations+"DeleteOperation", "/"+version+"/{name=projects/*/locations/*/operations/*}"),
			post(operations+"CancelOperation", "/"+version+"/{name=projects/*/locations/*/operations/*}:cancel"),
			post(operations+"WaitOperation", "/"+version+"/{name=projects/*/locations/*/operations/*}:wait"),
		)
	}
	return rules
}

// unservedServices are mapped to REST although the gRPC server does not have
// them, so that their paths answer UNIMPLEMENTED instead of "no such path".
var unservedServices = []string{
	"google.cloud.resourcemanager.v3.TagBindings",
	"google.cloud.resourcemanager.v3.TagHolds",
	"google.cloud.resourcemanager.v3.TagKeys",
	"google.cloud.resourcemanager.v3.TagValues",
}

// restCodec is protojson as Google's front end speaks it: unset fields are left
// out, and a field that does not exist is an error with Google's words. No
// method has a list or a scalar for its body, so that the codec's methods for
// those stay as they are.
type restCodec struct{ vanguard.JSONCodec }

func newRESTCodec(types vanguard.TypeResolver, enumNumbers bool) restCodec {
	var c restCodec
	c.MarshalOptions.Resolver = types
	c.MarshalOptions.UseEnumNumbers = enumNumbers
	c.UnmarshalOptions.Resolver = types
	return c
}

// Unmarshal implements vanguard.Codec. A body that protojson reads is fine; any
// other is read as Google reads it, to take it or to say what is wrong.
func (c restCodec) Unmarshal(data []byte, msg proto.Message) error {
	if c.JSONCodec.Unmarshal(data, msg) == nil {
		return nil
	}
	return readPayload(data, msg, c.UnmarshalOptions)
}

// MarshalAppend implements vanguard.Codec.
func (c restCodec) MarshalAppend(base []byte, msg proto.Message) ([]byte, error) {
	out, err := c.JSONCodec.MarshalAppend(base, msg)
	if err != nil {
		return nil, err
	}
	return append(out[:len(base):len(base)], withNoCache(out[len(base):], msg)...), nil
}

// writeREST sends out, indented as Google does unless prettyPrint=false.
func writeREST(w http.ResponseWriter, params systemParameters, out *reply) {
	body := out.body.Bytes()
	if out.status == http.StatusOK {
		body = params.fields.apply(body)
	}
	var shaped bytes.Buffer
	if params.compact {
		if json.Compact(&shaped, body) == nil {
			body = shaped.Bytes()
		}
	} else if json.Indent(&shaped, body, "", "  ") == nil {
		shaped.WriteByte('\n')
		body = shaped.Bytes()
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Vary", "Origin, X-Origin, Referer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(out.status)
	_, _ = w.Write(body) // the client may have gone; there is nobody to tell
}

// notFound is the answer to a path that no API here has.
func notFound(path string) error {
	return status.Errorf(codes.NotFound, "The requested URL %s was not found on this server.", path)
}

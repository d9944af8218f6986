package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	arpb "cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	rmpb "cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	smpb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	supb "cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// doorSecrets answers what the tests of the door itself need: it shows how a
// request arrived.
type doorSecrets struct {
	smpb.UnimplementedSecretManagerServiceServer
}

func (doorSecrets) GetSecret(ctx context.Context, req *smpb.GetSecretRequest) (*smpb.Secret, error) {
	if strings.HasSuffix(req.GetName(), "/none") {
		st, _ := status.New(codes.FailedPrecondition, "Secret <none> is \"off\".").WithDetails(
			&errdetails.ErrorInfo{Reason: "WHY", Domain: "example.com", Metadata: map[string]string{"k": "v"}},
			&errdetails.Help{Links: []*errdetails.Help_Link{{Url: "https://example.com"}}})
		return nil, st.Err()
	}
	seen := map[string]string{}
	md, _ := metadata.FromIncomingContext(ctx)
	for name, key := range map[string]string{"authorization": "auth", "x-goog-user-project": "quota", "x-any-bin": "bin", "grpc-previous-rpc-attempts": "attempts"} {
		if v := md.Get(name); len(v) > 0 {
			seen[key] = v[0]
		}
	}
	return &smpb.Secret{Name: req.GetName(), Annotations: seen, SecretType: smpb.Secret_OTHER}, nil
}

func (doorSecrets) UpdateSecret(_ context.Context, req *smpb.UpdateSecretRequest) (*smpb.Secret, error) {
	s := req.GetSecret()
	s.Annotations = map[string]string{"mask": strings.Join(req.GetUpdateMask().GetPaths(), ",")}
	return s, nil
}

func (doorSecrets) ListSecrets(_ context.Context, req *smpb.ListSecretsRequest) (*smpb.ListSecretsResponse, error) {
	return &smpb.ListSecretsResponse{Secrets: []*smpb.Secret{{Name: req.GetFilter()}}, TotalSize: req.GetPageSize()}, nil
}

type doorProjects struct {
	rmpb.UnimplementedProjectsServer
}

func (doorProjects) GetProject(_ context.Context, req *rmpb.GetProjectRequest) (*rmpb.Project, error) {
	if req.GetName() != "projects/shop" {
		return nil, status.Error(codes.PermissionDenied, "The caller does not have permission")
	}
	return &rmpb.Project{Name: "projects/42", ProjectId: "shop", DisplayName: "The shop", State: rmpb.Project_ACTIVE, Parent: "organizations/7", CreateTime: timestamppb.New(time.Unix(1, 5e6))}, nil
}

func (doorProjects) SearchProjects(_ context.Context, req *rmpb.SearchProjectsRequest) (*rmpb.SearchProjectsResponse, error) {
	if req.GetQuery() != "" {
		return nil, status.Error(codes.InvalidArgument, "v1's filter must not reach v3")
	}
	return &rmpb.SearchProjectsResponse{NextPageToken: "after-" + req.GetPageToken(), Projects: []*rmpb.Project{
		{Name: "projects/42", ProjectId: "shop", DisplayName: "The shop", State: rmpb.Project_ACTIVE, Parent: "folders/7", Labels: map[string]string{"team": "a"}},
		{Name: "projects/43", ProjectId: "bar", DisplayName: "The bar", State: rmpb.Project_DELETE_REQUESTED},
	}}, nil
}

func newDoor(tb testing.TB) http.Handler {
	tb.Helper()
	server := grpc.NewServer()
	smpb.RegisterSecretManagerServiceServer(server, doorSecrets{})
	rmpb.RegisterProjectsServer(server, doorProjects{})
	arpb.RegisterArtifactRegistryServer(server, arpb.UnimplementedArtifactRegistryServer{})
	supb.RegisterServiceUsageServer(server, supb.UnimplementedServiceUsageServer{})
	longrunningpb.RegisterOperationsServer(server, longrunningpb.UnimplementedOperationsServer{})
	location.RegisterLocationsServer(server, &location.UnimplementedLocationsServer{})
	return newRESTDoor(server, identityV1beta1{generate: func(_ context.Context, parent string) (serviceIdentity, error) {
		switch parent {
		case "projects/p/services/with":
			return serviceIdentity{email: "agent@example.com", uniqueID: "7"}, nil
		case "projects/p/services/without":
			return serviceIdentity{}, nil
		}
		return serviceIdentity{}, invalid("Service %s has not been configured for service identities.", parent)
	}})
}

// call sends one request and returns status and body.
func call(h http.Handler, method, target, body string, header ...string) (int, string) {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Host = "localhost"
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	out, _ := io.ReadAll(rec.Body)
	return rec.Code, string(out)
}

func TestDoor(t *testing.T) {
	door := newDoor(t)
	const secret = "/v1/projects/p/secrets/s"
	tests := []struct {
		name, method, target, body string
		header                     []string
		code                       int
		want                       string // the answer, compacted; a prefix if it ends in …
	}{
		{"plain", "GET", secret + "?prettyPrint=false", "", nil, 200, `{"name":"projects/p/secrets/s","secretType":"OTHER"}`},
		{"indented", "GET", secret + "?alt=json", "", nil, 200, "{\n  \"name\": \"projects/p/secrets/s\",\n  \"secretType\": \"OTHER\"\n}\n"},
		{"enums as numbers", "GET", secret + "?%24alt=json%3Benum-encoding%3Dint&prettyPrint=false", "", nil, 200, `{"name":"projects/p/secrets/s","secretType":50}`},
		{"enums as numbers, with a bare semicolon", "GET", secret + "?$alt=json;enum-encoding=int&prettyPrint=false", "", nil, 200, `{"name":"projects/p/secrets/s","secretType":50}`},
		{"all system parameters", "GET", secret + "?key=k&quotaUser=q&%24.xgafv=2&upload_protocol=raw&uploadType=media&prettyPrint=false&userProject=qp", "", nil, 200, `{"name":"projects/p/secrets/s","annotations":{"quota":"qp"},"secretType":"OTHER"}`},
		{"token in the query", "GET", secret + "?access_token=tok&prettyPrint=false", "", nil, 200, `{"name":"projects/p/secrets/s","annotations":{"auth":"Bearer tok"},"secretType":"OTHER"}`},
		{"headers become metadata, but for gRPC's own", "GET", secret + "?prettyPrint=false", "", []string{"Authorization", "Bearer t", "X-Goog-User-Project", "qp", "X-Any-Bin", "!", "Grpc-Previous-Rpc-Attempts", "3"}, 200, `{"name":"projects/p/secrets/s","annotations":{"auth":"Bearer t","quota":"qp"},"secretType":"OTHER"}`},
		{"a prefix names the API", "GET", "/secretmanager" + secret + "?prettyPrint=false", "", nil, 200, `{"name":"projects/p/secrets/s","secretType":"OTHER"}`},
		{"numeric enum in a body", "PATCH", secret + "?updateMask=labels&prettyPrint=false", `{"secretType":50}`, nil, 200, `{"name":"projects/p/secrets/s","annotations":{"mask":"labels"},"secretType":"OTHER"}`},
		{"enum in small letters", "PATCH", secret + "?updateMask=labels&prettyPrint=false", `{"secretType":"other","labels":{"a":"b"},"replication":{"userManaged":{"replicas":[{"location":"Here"}]}}}`, nil, 200, `{"name":"projects/p/secrets/s","replication":{"userManaged":{"replicas":[{"location":"Here"}]}},"labels":{"a":"b"},"annotations":{"mask":"labels"},"secretType":"OTHER"}`},
		{"no such enum in small letters", "PATCH", secret + "?prettyPrint=false", `{"secretType":"nope"}`, nil, 400, `{"error":{"code":400,"message":"Invalid value at 'secret.secret_type' (type.googleapis.com/google.cloud.secretmanager.v1.Secret.SecretType), \"nope\"","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"secret.secret_type","description":"Invalid value at 'secret.secret_type' (type.googleapis.com/google.cloud.secretmanager.v1.Secret.SecretType), \"nope\""}]}]}}`},
		{"mask in camel case", "PATCH", secret + "?updateMask=versionAliases,expireTime&prettyPrint=false", `{}`, nil, 200, `{"name":"projects/p/secrets/s","annotations":{"mask":"version_aliases,expire_time"}}`},
		{"mask in snake case", "PATCH", secret + "?update_mask=version_aliases,expire_time&prettyPrint=false", `{}`, nil, 200, `{"name":"projects/p/secrets/s","annotations":{"mask":"version_aliases,expire_time"}}`},
		{"a type in capitals", "PATCH", secret + "?prettyPrint=false", `{"etag":"e"}`, []string{"Content-Type", "Application/JSON; charset=UTF-8"}, 200, `{"name":"projects/p/secrets/s","etag":"e","annotations":{"mask":""}}`},
		{"a long query as a form", "POST", "/v1/projects/p/secrets?alt=json&prettyPrint=false", "filter=name%3Ax&pageSize=3", []string{"X-HTTP-Method-Override", "GET", "Content-Type", "application/x-www-form-urlencoded"}, 200, `{"secrets":[{"name":"name:x"}],"totalSize":3}`},
		{"a part of the answer", "GET", secret + "?fields=secretType&prettyPrint=false", "", nil, 200, `{"secretType":"OTHER"}`},
		{"a part of the answer, by header", "GET", secret + "?prettyPrint=false", "", []string{"X-Goog-FieldMask", "secretType"}, 200, `{"secretType":"OTHER"}`},
		{"a part by query and header", "GET", secret + "?$fields=name&prettyPrint=false", "", []string{"X-Goog-FieldMask", "secretType"}, 200, `{"name":"projects/p/secrets/s"}`},
		{"a bad part", "GET", secret + "?fields=a(&prettyPrint=false", "", nil, 400, "{…"},
		{"a long query as a form, unreadable", "POST", "/v1/projects/p/secrets", "filter=%zz", []string{"X-HTTP-Method-Override", "GET", "Content-Type", "application/x-www-form-urlencoded"}, 400, "{…"},
		{"a long query as too long a form", "POST", "/v1/projects/p/secrets", "filter=" + strings.Repeat("x", maxRESTBody), []string{"X-HTTP-Method-Override", "GET", "Content-Type", "application/x-www-form-urlencoded"}, 400, "{…"},
		{"another method with a JSON body", "POST", secret + "?updateMask=labels&prettyPrint=false", `{"secretType":50}`, []string{"X-HTTP-Method-Override", "patch"}, 200, `{"name":"projects/p/secrets/s","annotations":{"mask":"labels"},"secretType":"OTHER"}`},
		{"an empty form", "PATCH", secret + "?updateMask=labels&prettyPrint=false", "", []string{"Content-Type", "application/x-www-form-urlencoded"}, 200, `{"name":"projects/p/secrets/s","annotations":{"mask":"labels"}}`},
		{"a form", "PATCH", secret + "?prettyPrint=false", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400, "{…"},
		{"a GET that would be another method", "GET", secret, "", []string{"X-HTTP-Method-Override", "DELETE"}, 400, "{…"},
		{"details", "GET", "/v1/projects/p/secrets/none?prettyPrint=false", "", nil, 400, `{"error":{"code":400,"message":"Secret <none> is \"off\".","status":"FAILED_PRECONDITION","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"WHY","domain":"example.com","metadata":{"k":"v"}},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"url":"https://example.com"}]}]}}`},
		{"no such path", "GET", "/nothing?prettyPrint=false", "", nil, 404, `{"error":{"code":404,"message":"The requested URL /nothing was not found on this server.","status":"NOT_FOUND"}}`},
		{"a path that only Google may know", "GET", "/v1/nothing?prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"The emulator does not serve /v1/nothing.","status":"UNIMPLEMENTED"}}`},
		{"a method that only Google may know", "POST", secret + ":shake?prettyPrint=false", "{}", nil, 501, `{"error":{"code":501,"message":"The emulator does not serve /v1/projects/p/secrets/s:shake.","status":"UNIMPLEMENTED"}}`},
		{"a discovery document", "GET", "/$discovery/rest?version=v1&prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"The emulator does not serve /$discovery/rest.","status":"UNIMPLEMENTED"}}`},
		{"a directory of discovery documents", "GET", "/discovery/v1/apis?prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"The emulator does not serve /discovery/v1/apis.","status":"UNIMPLEMENTED"}}`},
		{"root", "GET", "/?prettyPrint=false", "", nil, 404, `{"error":{"code":404,…`},
		{"a version not served", "GET", "/v1beta1/projects/p/secrets?prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"The emulator does not serve /v1beta1/projects/p/secrets.","status":"UNIMPLEMENTED"}}`},
		{"roles of IAM", "GET", "/v1/roles?prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"The emulator does not serve /v1/roles.","status":"UNIMPLEMENTED"}}`},
		{"service accounts of IAM", "GET", "/v1/projects/p/serviceAccounts/a:getIamPolicy?prettyPrint=false", "", nil, 501, `{"error":{"code":501,…`},
		{"a name that begins like one of IAM's", "GET", "/v1/rolesandmore?prettyPrint=false", "", nil, 501, `{"error":{"code":501,…`},
		{"a service not served", "GET", "/v3/folders/1?prettyPrint=false", "", nil, 501, `{"error":{"code":501,…`},
		{"a method not served", "DELETE", secret + "?prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"method DeleteSecret not implemented","status":"UNIMPLEMENTED"}}`},
		{"a verb that the path has not", "PUT", secret + "?prettyPrint=false", "", nil, 404, `{"error":{"code":404,"message":"The requested URL /v1/projects/p/secrets/s was not found on this server.","status":"NOT_FOUND"}}`},
		{"HEAD", "HEAD", secret + "?prettyPrint=false", "", nil, 404, `{"error":{"code":404,…`},
		{"OPTIONS", "OPTIONS", secret + "?prettyPrint=false", "", nil, 404, `{"error":{"code":404,…`},
		{"Resource Manager v1 beyond projects", "POST", "/v1/organizations:search?prettyPrint=false", "{}", nil, 501, `{"error":{"code":501,"message":"The emulator does not serve /v1/organizations:search.","status":"UNIMPLEMENTED"}}`},
		{"regional operation", "GET", "/v1/projects/p/locations/us/operations/x?prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"method GetOperation not implemented"…`},
		{"waiting for an operation", "POST", "/v1/projects/p/locations/us/operations/x:wait?prettyPrint=false", "{}", nil, 501, `{"error":{"code":501,"message":"method WaitOperation not implemented"…`},
		{"API-wide operation", "GET", "/v1/operations/acf.p2-1?prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"method GetOperation not implemented"…`},
		{"locations of v1beta2", "GET", "/v1beta2/projects/p/locations?prettyPrint=false", "", nil, 501, `{"error":{"code":501,"message":"method ListLocations not implemented"…`},
		{"unknown field in a body", "PATCH", secret + "?prettyPrint=false", `{"nope":1}`, nil, 400, `{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"nope\" at 'secret': Cannot find field.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"secret","description":"Invalid JSON payload received. Unknown name \"nope\" at 'secret': Cannot find field."}]}]}}`},
		{"no JSON", "PATCH", secret + "?prettyPrint=false", `{"etag":`, nil, 400, `{"error":{"code":400,"message":"Invalid JSON payload received. Unexpected end of string. Expected a value.\n{\"etag\":\n        ^","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"description":"Invalid JSON payload received. Unexpected end of string. Expected a value.\n{\"etag\":\n        ^"}]}]}}`},
		{"wrong type of a value", "PATCH", secret + "?prettyPrint=false", `{"labels":3}`, nil, 400, `{"error":{"code":400,"message":"Invalid value at 'secret.labels' (type.googleapis.com/google.cloud.secretmanager.v1.Secret.LabelsEntry), 3","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"secret.labels","description":"Invalid value at 'secret.labels' (type.googleapis.com/google.cloud.secretmanager.v1.Secret.LabelsEntry), 3"}]}]}}`},
		{"unknown query parameter", "GET", secret + "?nope=1&prettyPrint=false", "", nil, 400, `{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"nope\": Cannot bind query parameter. Field 'nope' could not be found in request message.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"description":"Invalid JSON payload received. Unknown name \"nope\": Cannot bind query parameter. Field 'nope' could not be found in request message."}]}]}}`},
		{"wrong type of a query parameter", "GET", "/v1/projects/p/secrets?pageSize=x&prettyPrint=false", "", nil, 400, `{"error":{"code":400,"message":"Invalid value at 'page_size' (TYPE_INT32), \"x\"","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"page_size","description":"Invalid value at 'page_size' (TYPE_INT32), \"x\""}]}]}}`},
		{"an unknown field that is null", "PATCH", secret + "?prettyPrint=false", `{"newerThanThis":null,"etag":"e"}`, nil, 200, `{"name":"projects/p/secrets/s","etag":"e","annotations":{"mask":""}}`},
		{"an escaped slash", "GET", "/v1/projects/p/secrets/a%2Fb?prettyPrint=false", "", nil, 200, `{"name":"projects/p/secrets/a%2Fb","secretType":"OTHER"}`},
		{"a project of a domain", "GET", "/v1/projects/example.com:p/secrets/s?prettyPrint=false", "", nil, 200, `{"name":"projects/example.com:p/secrets/s","secretType":"OTHER"}`},
		{"several masks", "PATCH", secret + "?updateMask=labels&updateMask=version_aliases&prettyPrint=false", `{}`, nil, 200, `{"name":"projects/p/secrets/s","annotations":{"mask":"labels,version_aliases"}}`},
		{"unreadable query", "GET", secret + "?a=%zz", "", nil, 400, "{\n  \"error\": {…"},
		{"a body where none belongs", "GET", secret + "?prettyPrint=false", `{"x":1}`, nil, 400, `{"error":{"code":400,…`},
		{"another type of body", "PATCH", secret + "?prettyPrint=false", "<a/>", []string{"Content-Type", "text/xml"}, 400, "{\n  \"error\": {…"},
		{"too long a body", "PATCH", secret + "?prettyPrint=false", `{"etag":"` + strings.Repeat("x", maxRESTBody) + `"}`, nil, 400, `{"error":{"code":400,"message":"Request payload size exceeds the limit: 4194304 bytes.","status":"INVALID_ARGUMENT"}}`},
		{"protobuf answer", "GET", secret + "?alt=proto", "", nil, 501, "{\n  \"error\": {…"},
		{"JSONP", "GET", secret + "?callback=f", "", nil, 501, "{\n  \"error\": {…"},
		{"another protocol", "GET", secret + "?connect=v1", "", nil, 400, "{\n  \"error\": {…"},
		{"a bad timeout", "GET", secret + "?prettyPrint=false", "", []string{"X-Server-Timeout", "soon"}, 400, `{"error":{"code":400,…`},

		{"identity", "POST", "/v1beta1/projects/p/services/with:generateServiceIdentity?prettyPrint=false", "", nil, 200, `{"done":true,"name":"operations/finished.DONE_OPERATION","response":{"@type":"type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity","email":"agent@example.com","uniqueId":"7"}}`},
		{"identity without address", "POST", "/v1beta1/projects/p/services/without:generateServiceIdentity?prettyPrint=false", "{}", nil, 200, `{"done":true,"name":"operations/finished.DONE_OPERATION","response":{"@type":"type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity"}}`},
		{"identity not configured", "POST", "/v1beta1/projects/p/services/not:generateServiceIdentity?prettyPrint=false", "", nil, 400, `{"error":{"code":400,"message":"Service projects/p/services/not has not been configured for service identities.","status":"INVALID_ARGUMENT"}}`},
		{"identity is not read", "GET", "/v1beta1/projects/p/services/with:generateServiceIdentity?prettyPrint=false", "", nil, 404, `{"error":{"code":404,…`},

		{"v1 project", "GET", "/v1/projects/shop?prettyPrint=false", "", nil, 200, `{"projectNumber":"42","projectId":"shop","lifecycleState":"ACTIVE","name":"The shop","createTime":"1970-01-01T00:00:01.005Z","parent":{"type":"organization","id":"7"}}`},
		{"v1 project denied", "GET", "/v1/projects/other?prettyPrint=false", "", nil, 403, `{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}`},
		{"v1 projects", "GET", "/v1/projects?filter=lifecycleState%3AACTIVE&pageSize=3&pageToken=t&prettyPrint=false", "", nil, 200, `{"projects":[{"projectNumber":"42","projectId":"shop","lifecycleState":"ACTIVE","name":"The shop","labels":{"team":"a"},"parent":{"type":"folder","id":"7"}}],"nextPageToken":"after-t"}`},
		{"v1 bad filter", "GET", "/v1/projects?filter=colour%3Ared&prettyPrint=false", "", nil, 400, `{"error":{"code":400,"message":"Invalid filter: \"colour:red\" is not understood.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"filter","description":"Invalid filter: \"colour:red\" is not understood."}]}]}}`},
		{"v1 policy", "POST", "/v1/projects/shop:getIamPolicy?prettyPrint=false", `{}`, nil, 501, `{"error":{"code":501,"message":"method GetIamPolicy not implemented"…`},
		{"v1 create", "POST", "/v1/projects?prettyPrint=false", `{}`, nil, 501, `{"error":{"code":501,…`},
		{"v1 ancestry", "POST", "/v1/projects/shop:getAncestry?prettyPrint=false", `{}`, nil, 501, `{"error":{"code":501,…`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, got := call(door, tt.method, tt.target, tt.body, tt.header...)
			if code != tt.code {
				t.Errorf("status %d, want %d: %s", code, tt.code, got)
			}
			if want, prefix := strings.CutSuffix(tt.want, "…"); prefix && !strings.HasPrefix(got, want) || !prefix && got != want {
				t.Errorf("answer\n%s\nwant\n%s", got, tt.want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("not JSON: %s", got)
			}
		})
	}
}

// TestLazilyFails shows that a mapping that cannot be made is an answer, too.
func TestLazilyFails(t *testing.T) {
	builds := 0
	broken := lazily(func() (http.Handler, error) {
		builds++
		return nil, errors.New("two methods share a path")
	})
	door := &restDoor{names: broken, numbers: broken, projects: projectsV1{v3: broken}}
	for _, path := range []string{"/v1/projects/p/secrets", "/v1/projects/p"} {
		code, got := call(door, http.MethodGet, path+"?prettyPrint=false", "")
		if want := `{"error":{"code":500,"message":"two methods share a path","status":"INTERNAL"}}`; code != http.StatusInternalServerError || got != want {
			t.Errorf("%s: %d %s, want %s", path, code, got, want)
		}
	}
	if builds != 1 {
		t.Errorf("built %d times", builds)
	}
}

// TestErrorReply compares every code with the table of google/rpc/code.proto.
func TestErrorReply(t *testing.T) {
	want := map[codes.Code]struct {
		http int
		name string
	}{
		codes.Canceled: {499, "CANCELLED"}, codes.Unknown: {500, "UNKNOWN"}, codes.InvalidArgument: {400, "INVALID_ARGUMENT"},
		codes.DeadlineExceeded: {504, "DEADLINE_EXCEEDED"}, codes.NotFound: {404, "NOT_FOUND"}, codes.AlreadyExists: {409, "ALREADY_EXISTS"},
		codes.PermissionDenied: {403, "PERMISSION_DENIED"}, codes.ResourceExhausted: {429, "RESOURCE_EXHAUSTED"},
		codes.FailedPrecondition: {400, "FAILED_PRECONDITION"}, codes.Aborted: {409, "ABORTED"}, codes.OutOfRange: {400, "OUT_OF_RANGE"},
		codes.Unimplemented: {501, "UNIMPLEMENTED"}, codes.Internal: {500, "INTERNAL"}, codes.Unavailable: {503, "UNAVAILABLE"},
		codes.DataLoss: {500, "DATA_LOSS"}, codes.Unauthenticated: {401, "UNAUTHENTICATED"},
	}
	for code, w := range want {
		got := errorReply(status.Error(code, "why"))
		body := fmt.Sprintf(`{"error":{"code":%d,"message":"why","status":"%s"}}`, w.http, w.name)
		if got.status != w.http || strings.TrimSpace(got.body.String()) != body {
			t.Errorf("%s: %d %s, want %s", code, got.status, got.body.String(), body)
		}
	}
}

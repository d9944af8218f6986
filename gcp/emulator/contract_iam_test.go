package emulator

import (
	"bytes"
	"net/http"
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/googleapis/gax-go/v2/callctx"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// either asks a method over the transport of g, for services of which Google
// has no Go client for both.
func (g *clients) either(method string, req, resp proto.Message, verb, path, body string) (any, error) {
	headers := callctx.HeadersFromContext(g)
	if g.conn != nil {
		md := metadata.MD{}
		for name, values := range headers {
			md[strings.ToLower(name)] = values
		}
		return resp, g.conn.Invoke(metadata.NewOutgoingContext(g, md), "/"+method, req, resp)
	}
	r, err := http.NewRequestWithContext(g, verb, "http://"+g.server.Addr()+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range headers {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	told, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer told.Body.Close()
	if err := googleapi.CheckResponse(told); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(told.Body); err != nil {
		return nil, err
	}
	return resp, protojson.Unmarshal(text.Bytes(), resp)
}

const iamService = "google.iam.admin.v1.IAM/"

func getRole(name string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.either(iamService+"GetRole", &adminpb.GetRoleRequest{Name: name}, &adminpb.Role{}, "GET", "/v1/"+name, "")
	}
}

func listRoles(parent, query string, req *adminpb.ListRolesRequest) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		req.Parent = parent
		path := strings.TrimPrefix(parent+"/roles", "/")
		return g.either(iamService+"ListRoles", req, &adminpb.ListRolesResponse{}, "GET", "/v1/"+path+query, "")
	}
}

func createRole(parent, id, permission string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.either(iamService+"CreateRole",
			&adminpb.CreateRoleRequest{Parent: parent, RoleId: id, Role: &adminpb.Role{Title: "Adder", IncludedPermissions: []string{permission}, Stage: adminpb.Role_GA}},
			&adminpb.Role{}, "POST", "/v1/"+parent+"/roles", `{"roleId":"`+id+`","role":{"title":"Adder","includedPermissions":["`+permission+`"],"stage":"GA"}}`)
	}
}

// withRole has the role "adder" in the healthy project.
func withRole(g *clients) {
	g.t.Helper()
	organize(g)
	need[any](g)(createRole("projects/demo-healthy", "adder", "secretmanager.versions.add")(g))
}

const adder = "projects/demo-healthy/roles/adder"

func deleteRole(g *clients) (any, error) {
	return g.either(iamService+"DeleteRole", &adminpb.DeleteRoleRequest{Name: adder}, &adminpb.Role{}, "DELETE", "/v1/"+adder, "")
}

func undeleteRole(g *clients) (any, error) {
	return g.either(iamService+"UndeleteRole", &adminpb.UndeleteRoleRequest{Name: adder}, &adminpb.Role{}, "POST", "/v1/"+adder+":undelete", "{}")
}

// deleted has the role "adder", deleted.
func deleted(g *clients) {
	g.t.Helper()
	withRole(g)
	need[any](g)(deleteRole(g))
}

func updateRole(mask, body string, r *adminpb.Role) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.either(iamService+"UpdateRole", &adminpb.UpdateRoleRequest{Name: adder, Role: r, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{mask}}},
			&adminpb.Role{}, "PATCH", "/v1/"+adder+"?updateMask="+mask, body)
	}
}

// grantAdder binds the role to a stranger, on the healthy project.
func grantAdder(g *clients) {
	g.t.Helper()
	need[any](g)(projectPolicy(func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: adder, Members: []string{"user:" + stranger}})
	})(g))
}

func mayAdd(g *clients) (any, error) {
	return g.rm.TestIamPermissions(g, &iampb.TestIamPermissionsRequest{Resource: g.project, Permissions: []string{"secretmanager.versions.add"}})
}

func testable(resource string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.either(iamService+"QueryTestablePermissions", &adminpb.QueryTestablePermissionsRequest{FullResourceName: resource, PageSize: 3},
			&adminpb.QueryTestablePermissionsResponse{}, "POST", "/v1/permissions:queryTestablePermissions", `{"fullResourceName":"`+resource+`","pageSize":3}`)
	}
}

func listAccounts(project string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.either(iamService+"ListServiceAccounts", &adminpb.ListServiceAccountsRequest{Name: project, PageSize: 1},
			&adminpb.ListServiceAccountsResponse{}, "GET", "/v1/"+project+"/serviceAccounts?pageSize=1", "")
	}
}

func getAccount(name string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.either(iamService+"GetServiceAccount", &adminpb.GetServiceAccountRequest{Name: name}, &adminpb.ServiceAccount{}, "GET", "/v1/"+name, "")
	}
}

var iamContract = []contract{
	{name: "get predefined role", caller: stranger, ask: getRole("roles/secretmanager.secretAccessor"), has: []string{
		`"name":"roles/secretmanager.secretAccessor"`, `"title":"Secret Manager Secret Accessor"`, `"secretmanager.versions.access"`, `"stage":"GA"`}},
	{name: "get role that is none", ask: getRole("roles/secretmanager.secretReader"), code: codes.NotFound, says: "The role named roles/secretmanager.secretReader was not found."},
	{name: "list predefined roles", ask: listRoles("", "?pageSize=2", &adminpb.ListRolesRequest{PageSize: 2}), has: []string{`"nextPageToken":`}, lacks: []string{"includedPermissions"}},
	{name: "list predefined roles in full", ask: listRoles("", "?view=FULL", &adminpb.ListRolesRequest{View: adminpb.RoleView_FULL}), has: []string{`"includedPermissions":`, `"roles/viewer"`}},
	{name: "list roles with a bad page token", ask: listRoles("", "?pageToken=x", &adminpb.ListRolesRequest{PageToken: "x"}), code: codes.InvalidArgument},
	{name: "create role", ask: createRole("projects/demo-healthy", "adder", "secretmanager.versions.add"), has: []string{`"name":"` + adder + `"`, `"etag":`}},
	{name: "create role of an organisation", prepare: organize, ask: createRole("organizations/1", "adder", "secretmanager.versions.add"), has: []string{`"organizations/1/roles/adder"`}},
	{name: "create role that exists", prepare: withRole, ask: createRole("projects/demo-healthy", "adder", "secretmanager.versions.add"), code: codes.AlreadyExists, says: "A role named adder in projects/demo-healthy already exists."},
	{name: "create role of a permission that is none", ask: createRole("projects/demo-healthy", "adder", "secretmanager.versions.eat"), code: codes.InvalidArgument, says: "secretmanager.versions.eat"},
	{name: "create role with a bad id", ask: createRole("projects/demo-healthy", "a-b", "secretmanager.versions.add"), code: codes.InvalidArgument},
	{name: "create role as an editor", caller: "editor@example.com", ask: createRole("projects/demo-healthy", "adder", "secretmanager.versions.add"), code: codes.PermissionDenied, says: "iam.roles.create"},
	{name: "create role in a missing project", ask: createRole("projects/none-such", "adder", "secretmanager.versions.add"), code: codes.PermissionDenied},
	{name: "get role", prepare: withRole, ask: getRole(adder), has: []string{`"title":"Adder"`, `"includedPermissions":["secretmanager.versions.add"]`}},
	{name: "get role of a project by its number", prepare: withRole, ask: getRole("projects/415104041262/roles/adder"), has: []string{adder}},
	{name: "get role as a stranger", prepare: withRole, caller: stranger, ask: getRole(adder), code: codes.PermissionDenied},
	{name: "list roles", prepare: withRole, ask: listRoles("projects/demo-healthy", "", &adminpb.ListRolesRequest{}), has: []string{adder}},
	{name: "list roles without deleted ones", prepare: deleted, ask: listRoles("projects/demo-healthy", "", &adminpb.ListRolesRequest{}), lacks: []string{adder}},
	{name: "list roles with deleted ones", prepare: deleted, ask: listRoles("projects/demo-healthy", "?showDeleted=true", &adminpb.ListRolesRequest{ShowDeleted: true}), has: []string{adder, `"deleted":true`}},
	{name: "list roles of a folder", prepare: organize, ask: func(g *clients) (any, error) {
		if g.conn == nil { // there is no such path
			return nil, invalid("The role's parent %q must be in the form projects/{project} or organizations/{organization}.", "folders/10")
		}
		return listRoles("folders/10", "", &adminpb.ListRolesRequest{})(g)
	}, code: codes.InvalidArgument},
	{name: "a custom role gives", prepare: func(g *clients) { withRole(g); grantAdder(g) }, caller: stranger, ask: mayAdd, has: []string{"secretmanager.versions.add"}},
	{name: "a deleted role gives nothing", prepare: func(g *clients) { withRole(g); grantAdder(g); need[any](g)(deleteRole(g)) }, caller: stranger, ask: mayAdd, lacks: []string{"secretmanager"}},
	{name: "an undeleted role gives again", prepare: func(g *clients) {
		withRole(g)
		grantAdder(g)
		need[any](g)(deleteRole(g))
		need[any](g)(undeleteRole(g))
	}, caller: stranger, ask: mayAdd, has: []string{"secretmanager.versions.add"}},
	{name: "update role", prepare: withRole, ask: updateRole("included_permissions", `{"includedPermissions":["secretmanager.versions.get"]}`, &adminpb.Role{IncludedPermissions: []string{"secretmanager.versions.get"}}), has: []string{`["secretmanager.versions.get"]`, `"title":"Adder"`}},
	{name: "update role with a stale etag", prepare: withRole, ask: updateRole("title", `{"title":"x","etag":"eA=="}`, &adminpb.Role{Title: "x", Etag: []byte("x")}), code: codes.Aborted},
	{name: "update deleted role", prepare: deleted, ask: updateRole("title", `{"title":"x"}`, &adminpb.Role{Title: "x"}), code: codes.FailedPrecondition},
	{name: "update the name of a role", prepare: withRole, ask: updateRole("name", `{"name":"x"}`, &adminpb.Role{Name: "x"}), code: codes.InvalidArgument},
	{name: "delete role", prepare: withRole, ask: deleteRole, has: []string{`"deleted":true`}},
	{name: "delete role twice", prepare: deleted, ask: deleteRole, code: codes.FailedPrecondition},
	{name: "delete missing role", ask: deleteRole, code: codes.NotFound},
	{name: "undelete role", prepare: deleted, ask: undeleteRole, has: []string{adder}, lacks: []string{`"deleted"`}},
	{name: "undelete role that stands", prepare: withRole, ask: undeleteRole, code: codes.FailedPrecondition},
	{name: "testable permissions of a project", ask: testable("//cloudresourcemanager.googleapis.com/projects/demo-healthy"), has: []string{`"nextPageToken":`}},
	{name: "testable permissions of a secret", ask: testable("//secretmanager.googleapis.com/projects/demo-healthy/secrets/npm-token"), has: []string{"secretmanager."}, lacks: []string{"artifactregistry."}},
	{name: "testable permissions of nothing", ask: testable("projects/demo-healthy"), code: codes.InvalidArgument},
	{name: "list service accounts", prepare: organize, ask: listAccounts("projects/demo-healthy"), has: []string{`"email":"build@demo-healthy.iam.gserviceaccount.com"`, `"nextPageToken":`, `"displayName":"Builds"`}},
	{name: "list service accounts as a stranger", prepare: organize, caller: stranger, ask: listAccounts("projects/demo-healthy"), code: codes.PermissionDenied},
	{name: "list service accounts, IAM being off", prepare: func(g *clients) { organize(g); g.disable("iam.googleapis.com") }, ask: listAccounts("projects/demo-healthy"), code: codes.PermissionDenied, reason: "SERVICE_DISABLED"},
	{name: "get service account", prepare: organize, ask: getAccount("projects/-/serviceAccounts/old@demo-healthy.iam.gserviceaccount.com"), has: []string{`"disabled":true`, `"projectId":"demo-healthy"`}},
	{name: "get missing service account", prepare: organize, ask: getAccount("projects/demo-healthy/serviceAccounts/none@demo-healthy.iam.gserviceaccount.com"), code: codes.NotFound, says: "Unknown service account"},
	{name: "create service account", ask: func(g *clients) (any, error) {
		return g.either(iamService+"CreateServiceAccount", &adminpb.CreateServiceAccountRequest{Name: "projects/demo-healthy"}, &adminpb.ServiceAccount{}, "POST", "/v1/projects/demo-healthy/serviceAccounts", "{}")
	}, code: codes.Unimplemented},
}

package emulator

import (
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	rmpb "cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	supb "cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"github.com/googleapis/gax-go/v2/callctx"
	"google.golang.org/grpc/codes"
)

const secretManagerHost = "secretmanager.googleapis.com"

// disable turns an API off in the healthy project.
func (g *clients) disable(host string) {
	g.t.Helper()
	op, err := g.su.DisableService(g, &supb.DisableServiceRequest{Name: g.project + "/services/" + host})
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := op.Wait(g); err != nil {
		g.t.Fatal(err)
	}
}

func getProject(g *clients) (any, error) {
	return g.rm.GetProject(g, &rmpb.GetProjectRequest{Name: g.project})
}

func searchProjects(query string, size int32) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.rm.SearchProjects(g, &rmpb.SearchProjectsRequest{Query: query, PageSize: size}).Next)
	}
}

func projectPolicy(edit func(*iampb.Policy)) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		p, err := g.rm.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: g.project, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3}})
		if err != nil {
			return nil, err
		}
		edit(p)
		return g.rm.SetIamPolicy(g, &iampb.SetIamPolicyRequest{Resource: g.project, Policy: p})
	}
}

func getService(host string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.su.GetService(g, &supb.GetServiceRequest{Name: g.project + "/services/" + host})
	}
}

func listServices(filter string, size int32) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.su.ListServices(g, &supb.ListServicesRequest{Parent: g.project, Filter: filter, PageSize: size}).Next)
	}
}

func enableService(host string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		op, err := g.su.EnableService(g, &supb.EnableServiceRequest{Name: g.project + "/services/" + host})
		if err != nil {
			return nil, err
		}
		answer, err := op.Wait(g)
		if err != nil {
			return nil, err
		}
		return map[string]any{"operation": op.Name(), "answer": plain(g.t, answer)}, nil
	}
}

func secretManagerOff(g *clients) { g.disable(secretManagerHost) }

var projectContract = []contract{
	{name: "get project", ask: getProject, has: []string{`"projectId":`, `"state":"ACTIVE"`, `"name":"projects/`}},
	{name: "get project by number", ask: func(g *clients) (any, error) {
		return g.rm.GetProject(g, &rmpb.GetProjectRequest{Name: g.number})
	}, has: []string{`"projectId":`}},
	{name: "get project without permission", caller: stranger, ask: getProject, code: codes.PermissionDenied, says: "Permission 'resourcemanager.projects.get' denied on resource '//cloudresourcemanager.googleapis.com/projects/", reason: "IAM_PERMISSION_DENIED"},
	{name: "get missing project", ask: func(g *clients) (any, error) {
		return g.rm.GetProject(g, &rmpb.GetProjectRequest{Name: "projects/no-such-project"})
	}, code: codes.PermissionDenied, says: "(or it may not exist)."},
	{name: "get project refused once, and retried by the client", fault: "GetProject=UNAVAILABLE:1", ask: getProject, has: []string{`"projectId":`}},
	{name: "get project on an unusable quota project", ask: func(g *clients) (any, error) {
		return g.rm.GetProject(callctx.SetHeaders(g, "x-goog-user-project", "no-such-project"), &rmpb.GetProjectRequest{Name: g.project})
	}, code: codes.PermissionDenied, says: "Permission denied on resource project no-such-project.", reason: "CONSUMER_INVALID"},
	{name: "get project on a quota project of someone else", caller: stranger, ask: func(g *clients) (any, error) {
		return g.rm.GetProject(callctx.SetHeaders(g, "x-goog-user-project", g.server.world.projects[0].id), &rmpb.GetProjectRequest{Name: g.project})
	}, code: codes.PermissionDenied, says: "Caller does not have required permission to use project", reason: "USER_PROJECT_DENIED"},

	{name: "search projects", ask: searchProjects("", 0), has: []string{`"projectId":`}},
	{name: "search projects page by page", ask: searchProjects("", 1), has: []string{`"projectId":`}},
	{name: "search projects by state", ask: searchProjects("state:ACTIVE", 0), has: []string{`"ACTIVE"`}, lacks: []string{"DELETE_REQUESTED"}},
	{name: "search projects that do not exist", ask: searchProjects("id:no-such-project", 0), lacks: []string{"projectId"}},
	{name: "search projects as a stranger", caller: stranger, ask: searchProjects("", 0), lacks: []string{"projectId"}},
	{name: "search projects by an unknown field", ask: searchProjects("colour:red", 0), code: codes.InvalidArgument},
	{name: "search projects with a bad page token", ask: func(g *clients) (any, error) {
		return all(g, g.rm.SearchProjects(g, &rmpb.SearchProjectsRequest{PageToken: "?"}).Next)
	}, code: codes.InvalidArgument},

	{name: "get project policy", ask: projectPolicy(func(*iampb.Policy) {}), has: []string{`"bindings":`, `"etag":`}},
	{name: "set project policy", ask: projectPolicy(func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/viewer", Members: []string{"user:a@example.com"}})
	}), has: []string{`"roles/viewer"`}},
	{name: "set project policy with a stale etag", ask: projectPolicy(func(p *iampb.Policy) { p.Etag = []byte("stale") }), code: codes.Aborted},
	{name: "get project policy without permission", caller: stranger, ask: projectPolicy(func(*iampb.Policy) {}), code: codes.PermissionDenied},
	{name: "test permissions on project", ask: func(g *clients) (any, error) {
		return g.rm.TestIamPermissions(g, &iampb.TestIamPermissionsRequest{Resource: g.project, Permissions: []string{"secretmanager.secrets.create", "artifactregistry.repositories.update"}})
	}, has: []string{"secretmanager.secrets.create", "artifactregistry.repositories.update"}},
	{name: "test permissions on project as a stranger", caller: stranger, ask: func(g *clients) (any, error) {
		return g.rm.TestIamPermissions(g, &iampb.TestIamPermissionsRequest{Resource: g.project, Permissions: []string{"secretmanager.secrets.create"}})
	}, lacks: []string{"secretmanager"}},
	{name: "create project", ask: func(g *clients) (any, error) {
		_, err := g.rm.CreateProject(g, &rmpb.CreateProjectRequest{Project: &rmpb.Project{ProjectId: "new-project"}})
		return nil, err
	}, code: codes.Unimplemented},

	{name: "get service", ask: getService(secretManagerHost), has: []string{`"state":"ENABLED"`, `"title":"Secret Manager API"`}},
	{name: "get service that is off", prepare: secretManagerOff, ask: getService(secretManagerHost), has: []string{`"state":"DISABLED"`}},
	{name: "get unknown service", ask: getService("no-such.googleapis.com"), code: codes.PermissionDenied, says: "Not found or permission denied for service(s): no-such.googleapis.com."},
	{name: "get service without permission", caller: stranger, ask: getService(secretManagerHost), code: codes.PermissionDenied},
	{name: "get services", prepare: secretManagerOff, ask: func(g *clients) (any, error) {
		return g.su.BatchGetServices(g, &supb.BatchGetServicesRequest{Parent: g.project, Names: []string{g.project + "/services/" + secretManagerHost, g.project + "/services/artifactregistry.googleapis.com"}})
	}, has: []string{`"DISABLED"`, `"ENABLED"`}},
	{name: "get services of another project", ask: func(g *clients) (any, error) {
		return g.su.BatchGetServices(g, &supb.BatchGetServicesRequest{Parent: g.project, Names: []string{"projects/other/services/" + secretManagerHost}})
	}, code: codes.InvalidArgument},
	{name: "list enabled services", prepare: secretManagerOff, ask: listServices("state:ENABLED", 2), has: []string{"artifactregistry.googleapis.com"}, lacks: []string{secretManagerHost}},
	{name: "list services by another field", ask: listServices("name:x", 0), code: codes.InvalidArgument},
	{name: "enable service", prepare: secretManagerOff, ask: enableService(secretManagerHost), has: []string{`"operation":"operations/acf.p2-`, `"ENABLED"`}},
	{name: "enable service that is on", ask: enableService(secretManagerHost), has: []string{`"operation":"operations/noop.DONE_OPERATION"`}},
	{name: "enable unknown service", ask: enableService("no-such.googleapis.com"), code: codes.PermissionDenied},
	{name: "enable service without permission", caller: stranger, ask: enableService(secretManagerHost), code: codes.PermissionDenied},
	{name: "enable services", prepare: secretManagerOff, ask: func(g *clients) (any, error) {
		op, err := g.su.BatchEnableServices(g, &supb.BatchEnableServicesRequest{Parent: g.project, ServiceIds: []string{secretManagerHost, "run.googleapis.com"}})
		if err != nil {
			return nil, err
		}
		return g.su.GetOperation(g, &longrunningpb.GetOperationRequest{Name: op.Name()})
	}, has: []string{`"done":true`, "run.googleapis.com"}},
	{name: "disable service twice", prepare: secretManagerOff, ask: func(g *clients) (any, error) {
		op, err := g.su.DisableService(g, &supb.DisableServiceRequest{Name: g.project + "/services/" + secretManagerHost})
		if err != nil {
			return nil, err
		}
		return op.Wait(g)
	}, has: []string{`"DISABLED"`}},

	{name: "list operations", prepare: secretManagerOff, ask: func(g *clients) (any, error) {
		return all(g, g.lro.ListOperations(g, &longrunningpb.ListOperationsRequest{Name: "operations"}).Next)
	}, has: []string{`"name":"operations/acd.p2-`}},
	{name: "delete operation", prepare: secretManagerOff, ask: func(g *clients) (any, error) {
		op, err := g.lro.ListOperations(g, &longrunningpb.ListOperationsRequest{Name: "operations"}).Next()
		if err != nil {
			return nil, err
		}
		if err := g.lro.DeleteOperation(g, &longrunningpb.DeleteOperationRequest{Name: op.GetName()}); err != nil {
			return nil, err
		}
		return g.lro.GetOperation(g, &longrunningpb.GetOperationRequest{Name: op.GetName()})
	}, code: codes.NotFound},
	{name: "cancel operation that is done", prepare: secretManagerOff, ask: func(g *clients) (any, error) {
		op, err := g.lro.ListOperations(g, &longrunningpb.ListOperationsRequest{Name: "operations"}).Next()
		if err != nil {
			return nil, err
		}
		return nil, g.lro.CancelOperation(g, &longrunningpb.CancelOperationRequest{Name: op.GetName()})
	}, code: codes.FailedPrecondition},
	{name: "cancel missing operation", ask: func(g *clients) (any, error) {
		return nil, g.lro.CancelOperation(g, &longrunningpb.CancelOperationRequest{Name: "operations/none"})
	}, code: codes.NotFound},
}

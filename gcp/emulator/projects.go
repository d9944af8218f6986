package emulator

import (
	"context"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
)

// projectsAPI is Resource Manager as far as projects are read; what makes or
// moves them answers UNIMPLEMENTED.
type projectsAPI struct {
	resourcemanagerpb.UnimplementedProjectsServer
	*Server
}

// GetProject answers a project by its id or number.
func (a *projectsAPI) GetProject(ctx context.Context, req *resourcemanagerpb.GetProjectRequest) (*resourcemanagerpb.Project, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, err := a.permittedProject(ctx, req.GetName(), "resourcemanager.projects.get")
	if err != nil {
		return nil, err
	}
	return p.pb, nil
}

// permittedProject finds a project; one that does not exist is denied like
// one that the caller may not see.
func (s *Server) permittedProject(ctx context.Context, name, permission string) (*project, error) {
	parts, ok := split("projects/*", name)
	if !ok {
		return nil, invalid("field [name] has issue [name must be in the form projects/{project}]") // modelled
	}
	p := s.world.byName[parts[0]]
	if p == nil || !s.world.may(callerOf(ctx), permission, p.policy) {
		return nil, permissionDenied(resourceManager, permission, name)
	}
	return p, nil
}

// SearchProjects lists what the caller may see. Google promises no order;
// here it is that of the world.
func (a *projectsAPI) SearchProjects(ctx context.Context, req *resourcemanagerpb.SearchProjectsRequest) (*resourcemanagerpb.SearchProjectsResponse, error) {
	matches, err := parseProjectQuery(req.GetQuery())
	if err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	var all []*resourcemanagerpb.Project
	for _, p := range a.world.projects {
		if matches(p.pb) && a.world.may(callerOf(ctx), "resourcemanager.projects.get", p.policy) {
			all = append(all, p.pb)
		}
	}
	some, next, err := page(all, pageOf(req, req.GetQuery(), callerOf(ctx)), 500, 500) // modelled: the sizes are not documented
	if err != nil {
		return nil, err
	}
	return &resourcemanagerpb.SearchProjectsResponse{Projects: some, NextPageToken: next}, nil
}

// GetIamPolicy answers the project's own policy.
func (a *projectsAPI) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, err := a.permittedProject(ctx, req.GetResource(), "resourcemanager.projects.getIamPolicy")
	if err != nil {
		return nil, err
	}
	return p.policy.answer(req.GetOptions())
}

// SetIamPolicy replaces the project's own policy, if its etag is still the one that
// is sent.
func (a *projectsAPI) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	p, err := a.permittedProject(ctx, req.GetResource(), "resourcemanager.projects.setIamPolicy")
	if err != nil {
		return nil, err
	}
	next, err := a.world.revise(p, onProject, p.policy, req, a.now())
	if err != nil {
		return nil, err
	}
	next.above = p.policy.above
	p.policy = next
	return next.pb, nil
}

// TestIamPermissions needs no permission of its own.
func (a *projectsAPI) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	parts, ok := split("projects/*", req.GetResource())
	if !ok {
		return nil, invalid("field [resource] has issue [resource must be in the form projects/{project}]") // modelled
	}
	if err := onProject.checkPermissions(req.GetPermissions()); err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p := a.world.byName[parts[0]]
	if p == nil {
		return nil, fail(codes.PermissionDenied, "The caller does not have permission")
	}
	return a.world.granted(callerOf(ctx), req.GetPermissions(), p.policy), nil
}

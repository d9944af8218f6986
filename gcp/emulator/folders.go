package emulator

import (
	"context"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// foldersAPI is Resource Manager as far as folders are read.
type foldersAPI struct {
	resourcemanagerpb.UnimplementedFoldersServer
	*Server
}

// organizationsAPI is Resource Manager as far as organisations are read.
type organizationsAPI struct {
	resourcemanagerpb.UnimplementedOrganizationsServer
	*Server
}

// Sizes of pages (google.cloud.resourcemanager.v3: the server picks them;
// modelled).
const usualContainers, mostContainers = 100, 1000

// GetFolder answers a folder by its name.
func (a *foldersAPI) GetFolder(ctx context.Context, req *resourcemanagerpb.GetFolderRequest) (*resourcemanagerpb.Folder, error) {
	if !strings.HasPrefix(req.GetName(), "folders/") || !isContainerName(req.GetName()) {
		return nil, invalid("field [name] has issue [name must be in the form folders/{folder}]") // modelled
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	c, err := a.container(ctx, req.GetName(), "resourcemanager.folders.get")
	if err != nil {
		return nil, err
	}
	return c.folder, nil
}

// ListFolders lists the folders directly below a folder or an organisation.
func (a *foldersAPI) ListFolders(ctx context.Context, req *resourcemanagerpb.ListFoldersRequest) (*resourcemanagerpb.ListFoldersResponse, error) {
	if !isContainerName(req.GetParent()) {
		return nil, invalidParent()
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	parent, err := a.container(ctx, req.GetParent(), "resourcemanager.folders.list")
	if err != nil {
		return nil, err
	}
	var all []*resourcemanagerpb.Folder
	for _, c := range a.world.hierarchy.containers {
		if c.folder != nil && c.parent == parent {
			all = append(all, c.folder)
		}
	}
	some, next, err := page(all, pageOf(req, req.GetParent()), usualContainers, mostContainers)
	if err != nil {
		return nil, err
	}
	return &resourcemanagerpb.ListFoldersResponse{Folders: some, NextPageToken: next}, nil
}

// SearchFolders lists the folders that the caller may see and a query finds.
func (a *foldersAPI) SearchFolders(ctx context.Context, req *resourcemanagerpb.SearchFoldersRequest) (*resourcemanagerpb.SearchFoldersResponse, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	var all []*resourcemanagerpb.Folder
	for _, c := range a.world.hierarchy.containers {
		if c.folder == nil || !a.world.may(callerOf(ctx), "resourcemanager.folders.get", c.policy) {
			continue
		}
		found, err := matchesAll(req.GetQuery(), map[string]string{
			"displayname": c.folder.GetDisplayName(), "parent": c.folder.GetParent(), "state": c.folder.GetState().String(),
		})
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, c.folder)
		}
	}
	some, next, err := page(all, pageOf(req, req.GetQuery(), callerOf(ctx)), usualContainers, mostContainers)
	if err != nil {
		return nil, err
	}
	return &resourcemanagerpb.SearchFoldersResponse{Folders: some, NextPageToken: next}, nil
}

// GetIamPolicy answers the folder's own policy.
func (a *foldersAPI) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	return a.containerPolicy(ctx, req, "resourcemanager.folders.getIamPolicy")
}

// TestIamPermissions needs no permission of its own.
func (a *foldersAPI) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	return a.testContainer(ctx, req)
}

// GetOrganization answers an organisation by its name.
func (a *organizationsAPI) GetOrganization(ctx context.Context, req *resourcemanagerpb.GetOrganizationRequest) (*resourcemanagerpb.Organization, error) {
	if !strings.HasPrefix(req.GetName(), "organizations/") || !isContainerName(req.GetName()) {
		return nil, invalid("field [name] has issue [name must be in the form organizations/{organization}]") // modelled
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	c, err := a.container(ctx, req.GetName(), "resourcemanager.organizations.get")
	if err != nil {
		return nil, err
	}
	return c.org, nil
}

// SearchOrganizations lists the organisations that the caller may see and a
// query finds.
func (a *organizationsAPI) SearchOrganizations(ctx context.Context, req *resourcemanagerpb.SearchOrganizationsRequest) (*resourcemanagerpb.SearchOrganizationsResponse, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	var all []*resourcemanagerpb.Organization
	for _, c := range a.world.hierarchy.containers {
		if c.org == nil || !a.world.may(callerOf(ctx), "resourcemanager.organizations.get", c.policy) {
			continue
		}
		found, err := matchesAll(req.GetQuery(), map[string]string{
			"domain": c.org.GetDisplayName(), "directorycustomerid": c.org.GetDirectoryCustomerId(),
			"owner.directorycustomerid": c.org.GetDirectoryCustomerId(),
		})
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, c.org)
		}
	}
	some, next, err := page(all, pageOf(req, req.GetQuery(), callerOf(ctx)), usualContainers, mostContainers)
	if err != nil {
		return nil, err
	}
	return &resourcemanagerpb.SearchOrganizationsResponse{Organizations: some, NextPageToken: next}, nil
}

// GetIamPolicy answers the organisation's own policy.
func (a *organizationsAPI) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	return a.containerPolicy(ctx, req, "resourcemanager.organizations.getIamPolicy")
}

// TestIamPermissions needs no permission of its own.
func (a *organizationsAPI) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	return a.testContainer(ctx, req)
}

func (s *Server) containerPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest, permission string) (*iampb.Policy, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	c, err := s.container(ctx, req.GetResource(), permission)
	if err != nil {
		return nil, err
	}
	return c.policy.answer(req.GetOptions())
}

func (s *Server) testContainer(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	kind := onFolder
	if strings.HasPrefix(req.GetResource(), "organizations/") {
		kind = onOrganization
	}
	if err := kind.checkPermissions(req.GetPermissions()); err != nil {
		return nil, err
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	c := s.world.hierarchy.byName[req.GetResource()]
	if c == nil {
		return nil, fail(codes.PermissionDenied, "The caller does not have permission")
	}
	return s.world.granted(callerOf(ctx), req.GetPermissions(), c.policy), nil
}

// ListProjects lists the projects directly below a folder or an organisation.
func (a *projectsAPI) ListProjects(ctx context.Context, req *resourcemanagerpb.ListProjectsRequest) (*resourcemanagerpb.ListProjectsResponse, error) {
	if !isContainerName(req.GetParent()) {
		return nil, invalidParent()
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	parent, err := a.container(ctx, req.GetParent(), "resourcemanager.projects.list")
	if err != nil {
		return nil, err
	}
	var all []*resourcemanagerpb.Project
	for _, p := range a.world.projects {
		if p.parent == parent && (p.active() || req.GetShowDeleted()) {
			all = append(all, p.pb)
		}
	}
	some, next, err := page(all, pageOf(req, req.GetParent()), usualContainers, mostContainers)
	if err != nil {
		return nil, err
	}
	return &resourcemanagerpb.ListProjectsResponse{Projects: some, NextPageToken: next}, nil
}

// invalidParent is modelled.
func invalidParent() error {
	return invalid("field [parent] has issue [parent must be in the form folders/{folder} or organizations/{organization}]")
}

// matchesAll reports whether a folder or an organisation with these fields is
// found by a query, whose restrictions must all hold unless OR stands between
// them; a star may end a value.
func matchesAll(query string, fields map[string]string) (bool, error) {
	matches, err := parseTerms(query, false, func(path []string, operator, value string) (matcher, error) {
		held, known := fields[strings.ToLower(strings.Join(path, "."))]
		if !known || operator != ":" && operator != "=" || value == "" {
			return nil, invalid("Invalid query: %q is not understood.", strings.Join(path, ".")+operator+value) // modelled
		}
		return func(proto.Message) bool { return matchesPattern(held, value) }, nil
	})
	return err == nil && matches(nil), err
}

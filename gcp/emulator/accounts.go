package emulator

import (
	"context"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
)

// ListServiceAccounts lists those of a project that a seed has. Service agents
// belong to Google's projects and are not among them.
func (a *iamAPI) ListServiceAccounts(ctx context.Context, req *adminpb.ListServiceAccountsRequest) (*adminpb.ListServiceAccountsResponse, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, err := a.accountProject(ctx, req.GetName(), "iam.serviceAccounts.list")
	if err != nil {
		return nil, err
	}
	some, next, err := page(p.accounts, pageOf(req, req.GetName()), usualAccounts, mostAccounts)
	if err != nil {
		return nil, err
	}
	return &adminpb.ListServiceAccountsResponse{Accounts: some, NextPageToken: next}, nil
}

// GetServiceAccount answers one by its address or unique id; the project may
// be "-", as both are unique.
func (a *iamAPI) GetServiceAccount(ctx context.Context, req *adminpb.GetServiceAccountRequest) (*adminpb.ServiceAccount, error) {
	parts, ok := split("projects/*/serviceAccounts/*", req.GetName())
	if !ok {
		return nil, invalid("Invalid service account name: %s.", req.GetName()) // modelled
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	candidates := a.world.projects
	if parts[0] != "-" {
		p, err := a.accountProject(ctx, "projects/"+parts[0], "iam.serviceAccounts.get")
		if err != nil {
			return nil, err
		}
		candidates = []*project{p}
	}
	for _, p := range candidates {
		for _, sa := range p.accounts {
			if (sa.GetEmail() == parts[1] || sa.GetUniqueId() == parts[1]) && a.world.may(callerOf(ctx), "iam.serviceAccounts.get", p.policy) {
				return sa, nil
			}
		}
	}
	return nil, fail(codes.NotFound, "Unknown service account")
}

func (s *Server) accountProject(ctx context.Context, name, permission string) (*project, error) {
	parts, ok := split("projects/*", name)
	if !ok {
		return nil, invalid("Invalid project name: %s.", name) // modelled
	}
	p, err := s.projectWith(identityAndAccess, parts[0], permission, name)
	if err != nil {
		return nil, err
	}
	if !s.world.may(callerOf(ctx), permission, p.policy) {
		return nil, permissionDenied(identityAndAccess, permission, name)
	}
	return p, nil
}

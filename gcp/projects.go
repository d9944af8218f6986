package gcp

import (
	"context"
	"encoding/base64"
	"iter"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"

	"example.com/upstreamauth/flows/cloud"

	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"

	"example.com/upstreamauth/flows/clean"
)

// projectPage is how many projects are asked for at once. Google documents
// neither default nor maximum, and may answer fewer.
const projectPage = 500

// Projects yields the active projects page by page, in Google's order. They are
// filtered here: a search for several fields finds what matches any of them
// (https://cloud.google.com/resource-manager/reference/rest/v3/projects/search).
func (c *Client) Projects(ctx context.Context) iter.Seq2[[]cloud.Project, error] {
	m := method{op: "list projects", rpc: "Projects.SearchProjects", needs: "resourcemanager.projects.get", repeat: true}
	return pages(ctx, c, c.projects, m, "", func(ctx context.Context, api *resourcemanager.ProjectsClient, token string) ([]cloud.Project, string, error) {
		found, next, err := onePage(api.SearchProjects(ctx, &resourcemanagerpb.SearchProjectsRequest{PageSize: projectPage, PageToken: token}).InternalFetch)
		var active []cloud.Project
		for _, p := range found {
			if q := c.project(p); q.Active {
				active = append(active, q)
			}
		}
		return active, next, err
	})
}

// Project returns one project, by id or number.
func (c *Client) Project(ctx context.Context, id string) (cloud.Project, error) {
	m := method{op: "look up project", rpc: "Projects.GetProject", needs: "resourcemanager.projects.get", repeat: true}
	return ask(ctx, c, c.projects, m, id, func(ctx context.Context, api *resourcemanager.ProjectsClient) (cloud.Project, error) {
		p, err := api.GetProject(ctx, &resourcemanagerpb.GetProjectRequest{Name: "projects/" + id})
		if err != nil {
			return cloud.Project{}, err
		}
		return c.project(p), nil
	})
}

func (c *Client) project(p *resourcemanagerpb.Project) cloud.Project {
	c.learnPrefix(p.GetProjectId())
	return cloud.Project{
		ID: clean.Text(p.GetProjectId()), Number: clean.Text(strings.TrimPrefix(p.GetName(), "projects/")),
		DisplayName: clean.Text(p.GetDisplayName()), Active: p.GetState() == resourcemanagerpb.Project_ACTIVE,
		Parent: clean.Text(p.GetParent()),
	}
}

// ProjectPermissions returns those of the permissions that the caller has on
// the project; asking needs none.
func (c *Client) ProjectPermissions(ctx context.Context, project string, permissions []string) ([]string, error) {
	m := method{op: "test permissions on project", rpc: "Projects.TestIamPermissions", repeat: true}
	return ask(ctx, c, c.projects, m, project, func(ctx context.Context, api *resourcemanager.ProjectsClient) ([]string, error) {
		return granted(api.TestIamPermissions(ctx, &iampb.TestIamPermissionsRequest{Resource: "projects/" + project, Permissions: permissions}))
	})
}

func granted(r *iampb.TestIamPermissionsResponse, err error) ([]string, error) {
	var all []string
	for _, p := range r.GetPermissions() {
		all = append(all, clean.Text(p))
	}
	return all, err
}

// ProjectPolicy returns the project's own IAM policy; what folders and the
// organisation add to it is not in it.
func (c *Client) ProjectPolicy(ctx context.Context, project string) (cloud.Policy, error) {
	m := method{op: "read the IAM policy of project", rpc: "Projects.GetIamPolicy", needs: "resourcemanager.projects.getIamPolicy", repeat: true}
	return ask(ctx, c, c.projects, m, project, func(ctx context.Context, api *resourcemanager.ProjectsClient) (cloud.Policy, error) {
		return policy(api.GetIamPolicy(ctx, policyRequest("projects/"+project)))
	})
}

// policyRequest asks for version 3: an older one hides conditions
// (https://cloud.google.com/iam/docs/policies#versions).
func policyRequest(resource string) *iampb.GetIamPolicyRequest {
	return &iampb.GetIamPolicyRequest{Resource: resource, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: policyVersion}}
}

func policy(p *iampb.Policy, err error) (cloud.Policy, error) {
	if err != nil {
		return cloud.Policy{}, err
	}
	seen := cloud.Policy{Etag: base64.StdEncoding.EncodeToString(p.GetEtag())}
	for _, b := range p.GetBindings() {
		view := cloud.Binding{Role: clean.Text(b.GetRole()), Condition: clean.Text(b.GetCondition().GetExpression())}
		for _, m := range b.GetMembers() {
			view.Members = append(view.Members, clean.Text(m))
		}
		seen.Bindings = append(seen.Bindings, view)
	}
	return seen, nil
}

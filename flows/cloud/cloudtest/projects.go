package cloudtest

import (
	"context"
	"iter"
	"slices"

	"example.com/upstreamauth/flows/cloud"
)

func (f *FakeCloud) Caller(context.Context) (cloud.Caller, error) {
	return call(f, "Caller", func() (cloud.Caller, error) { return cloud.Caller{Email: "me@example.com", Kind: "user"}, nil })
}

func (f *FakeCloud) Projects(context.Context) iter.Seq2[[]cloud.Project, error] {
	return func(yield func([]cloud.Project, error) bool) {
		ps, err := call(f, "Projects", func() ([]cloud.Project, error) { return f.ProjectsKnown, nil })
		yield(ps, err)
	}
}

func (f *FakeCloud) Project(_ context.Context, id string) (cloud.Project, error) {
	return call(f, "Project", func() (cloud.Project, error) {
		if err := f.lacks("resourcemanager.projects.get", id); err != nil {
			return cloud.Project{}, err
		}
		for _, p := range f.ProjectsKnown {
			if p.ID == id || p.Number == id {
				return p, nil
			}
		}
		return cloud.Project{}, Refused("resourcemanager.projects.get", "projects/"+id)
	})
}

func (f *FakeCloud) ProjectPermissions(_ context.Context, _ string, ps []string) ([]string, error) {
	return call(f, "ProjectPermissions", func() ([]string, error) { return f.granted(ps), nil })
}

func (f *FakeCloud) ProjectPolicy(context.Context, string) (cloud.Policy, error) {
	return call(f, "ProjectPolicy", func() (cloud.Policy, error) {
		return f.Above, f.lacks("resourcemanager.projects.getIamPolicy", "")
	})
}

func (f *FakeCloud) RolePermissions(_ context.Context, role string) ([]string, error) {
	return call(f, "RolePermissions", func() ([]string, error) {
		if err := f.lacks("iam.roles.get", role); err != nil {
			return nil, err
		}
		if ps, ok := f.Roles[role]; ok {
			return ps, nil
		}
		return nil, missing(role)
	})
}

func (f *FakeCloud) Services(_ context.Context, _ string, names []string) (map[string]bool, error) {
	return call(f, "Services", func() (map[string]bool, error) {
		if err := f.lacks("serviceusage.services.get", ""); err != nil {
			return nil, err
		}
		on := map[string]bool{}
		for _, n := range names {
			on[n] = !f.Off[n]
		}
		return on, nil
	})
}

// known tells whether there is such a project.
func (f *FakeCloud) known(project string) bool {
	return slices.ContainsFunc(f.ProjectsKnown, func(p cloud.Project) bool { return p.ID == project || p.Number == project })
}

func (f *FakeCloud) ServiceAgent(n string) string {
	return "service-" + n + "@gcp-sa-artifactregistry.iam.gserviceaccount.com"
}

func (f *FakeCloud) SecretManagerAgent(n string) string {
	return "service-" + n + "@gcp-sa-secretmanager.iam.gserviceaccount.com"
}

func (f *FakeCloud) EnableServices(_ context.Context, _ string, names []string) error {
	_, err := call(f, "EnableServices", func() (int, error) {
		for _, n := range names {
			delete(f.Off, n)
		}
		return 0, nil
	})
	return err
}

func (f *FakeCloud) CreateServiceAgent(_ context.Context, _, service string) error {
	_, err := call(f, "CreateServiceAgent", func() (int, error) {
		if service == cloud.SecretManagerAPI {
			f.KmsAgent = true
		} else {
			f.Agents[TestNumber] = true
		}
		return 0, nil
	})
	return err
}

package flows

import (
	"context"
	"iter"
	"slices"
)

func (f *fakeCloud) Caller(context.Context) (Caller, error) {
	return call(f, "Caller", func() (Caller, error) { return Caller{Email: "me@example.com", Kind: "user"}, nil })
}

func (f *fakeCloud) Projects(context.Context) iter.Seq2[[]Project, error] {
	return func(yield func([]Project, error) bool) {
		ps, err := call(f, "Projects", func() ([]Project, error) { return f.projects, nil })
		yield(ps, err)
	}
}

func (f *fakeCloud) Project(_ context.Context, id string) (Project, error) {
	return call(f, "Project", func() (Project, error) {
		if err := f.lacks("resourcemanager.projects.get", id); err != nil {
			return Project{}, err
		}
		for _, p := range f.projects {
			if p.ID == id || p.Number == id {
				return p, nil
			}
		}
		return Project{}, refused("resourcemanager.projects.get", "projects/"+id)
	})
}

func (f *fakeCloud) ProjectPermissions(_ context.Context, _ string, ps []string) ([]string, error) {
	return call(f, "ProjectPermissions", func() ([]string, error) { return f.granted(ps), nil })
}

func (f *fakeCloud) ProjectPolicy(context.Context, string) (Policy, error) {
	return call(f, "ProjectPolicy", func() (Policy, error) {
		return f.above, f.lacks("resourcemanager.projects.getIamPolicy", "")
	})
}

func (f *fakeCloud) Services(_ context.Context, _ string, names []string) (map[string]bool, error) {
	return call(f, "Services", func() (map[string]bool, error) {
		if err := f.lacks("serviceusage.services.get", ""); err != nil {
			return nil, err
		}
		on := map[string]bool{}
		for _, n := range names {
			on[n] = !f.off[n]
		}
		return on, nil
	})
}

// known tells whether there is such a project.
func (f *fakeCloud) known(project string) bool {
	return slices.ContainsFunc(f.projects, func(p Project) bool { return p.ID == project || p.Number == project })
}

func (f *fakeCloud) ServiceAgent(n string) string {
	return "service-" + n + "@gcp-sa-artifactregistry.iam.gserviceaccount.com"
}

func (f *fakeCloud) SecretManagerAgent(n string) string {
	return "service-" + n + "@gcp-sa-secretmanager.iam.gserviceaccount.com"
}

func (f *fakeCloud) EnableServices(_ context.Context, _ string, names []string) error {
	_, err := call(f, "EnableServices", func() (int, error) {
		for _, n := range names {
			delete(f.off, n)
		}
		return 0, nil
	})
	return err
}

func (f *fakeCloud) CreateServiceAgent(_ context.Context, _, service string) error {
	_, err := call(f, "CreateServiceAgent", func() (int, error) {
		if service == SecretManagerAPI {
			f.kmsAgent = true
		} else {
			f.agents[testNumber] = true
		}
		return 0, nil
	})
	return err
}

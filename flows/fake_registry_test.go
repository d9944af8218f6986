package flows

import (
	"context"
	"iter"
	"time"
)

func (f *fakeCloud) Repositories(_ context.Context, project string) iter.Seq2[RepositoryBatch, error] {
	return func(yield func(RepositoryBatch, error) bool) {
		bs, err := call(f, "Repositories", func() ([]RepositoryBatch, error) {
			by := map[string][]Repository{}
			for _, r := range f.repos {
				if r.Name.Project == project {
					by[r.Name.Location] = append(by[r.Name.Location], *r)
				}
			}
			var bs []RepositoryBatch
			if f.unlisted {
				bs = append(bs, RepositoryBatch{Location: "mars-east1", Err: &Error{Kind: Unavailable, Message: "no answer"}})
			}
			for l, rs := range by {
				bs = append(bs, RepositoryBatch{Location: l, Repositories: rs})
			}
			return bs, nil
		})
		if err != nil {
			yield(RepositoryBatch{}, err)
			return
		}
		for _, b := range bs {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func (f *fakeCloud) Repository(_ context.Context, n RepositoryName) (Repository, error) {
	return call(f, "Repository", func() (Repository, error) {
		if f.off[ArtifactRegistryAPI] {
			return Repository{}, &Error{Kind: APIDisabled, Service: ArtifactRegistryAPI, Message: "off"}
		}
		if err := f.lacks("artifactregistry.repositories.get", n.String()); err != nil {
			return Repository{}, err
		}
		if r := f.repos[n.String()]; r != nil {
			return *r, nil
		}
		return Repository{}, missing(n.String())
	})
}

func (f *fakeCloud) RepositoryPermissions(_ context.Context, _ RepositoryName, ps []string) ([]string, error) {
	return call(f, "RepositoryPermissions", func() ([]string, error) { return f.granted(ps), nil })
}

func (f *fakeCloud) UpstreamAllowed(context.Context, string, string) (bool, error) {
	return call(f, "UpstreamAllowed", func() (bool, error) { return f.allow, f.lacks("artifactregistry.vpcscconfigs.get", "") })
}

func (f *fakeCloud) Upstream(_ context.Context, uri string) (string, error) { return uri, nil }

func (f *fakeCloud) Pull(_ context.Context, r Repository, _ string) (PullAnswer, error) {
	return call(f, "Pull", func() (PullAnswer, error) {
		if f.deny["artifactregistry.repositories.downloadArtifacts"] {
			return PullAnswer{Status: 403, Detail: `Permission "artifactregistry.repositories.downloadArtifacts" denied`}, nil
		}
		now := f.repos[r.Name.String()]
		if now.Username == "" && now.SecretVersion == "" {
			return PullAnswer{Status: 401, Detail: "Unauthorized error returned by the external repository"}, nil
		}
		member := memberPrefix + f.ServiceAgent(testNumber)
		name, _ := ParseVersionName(now.SecretVersion)
		s := f.secrets[name.Secret.ID]
		v, _ := f.version(name, "")
		switch {
		case !f.agents[testNumber]:
			return PullAnswer{Status: 403, Detail: "Service account " + f.ServiceAgent(testNumber) + " does not exist."}, nil
		case s == nil, v == nil, !v.Enabled(), !grants(s.policy, AccessorRole, member) && !grants(f.above, AccessorRole, member):
			return PullAnswer{Status: 403, Detail: "failed to access secret version"}, nil
		}
		if f.pull != nil {
			return f.pull(*now, v.payload), nil
		}
		return PullAnswer{Status: 404, Detail: "not found"}, nil
	})
}

func (f *fakeCloud) SetCredentials(_ context.Context, n RepositoryName, username, version string) (Repository, error) {
	return call(f, "SetCredentials", func() (Repository, error) {
		r := f.repos[n.String()]
		if r == nil {
			return Repository{}, missing(n.String())
		}
		v, ok := ParseVersionName(version)
		s := f.secrets[v.Secret.ID]
		member := memberPrefix + f.ServiceAgent(testNumber)
		if !ok || s == nil || !grants(s.policy, AccessorRole, member) && !grants(f.above, AccessorRole, member) {
			return Repository{}, &Error{Kind: GrantPending, Message: "Failed to validate remote upstream: cannot access the secret"}
		}
		if username != "" {
			r.Username = username
		}
		r.SecretVersion = version
		f.clock = f.clock.Add(time.Second)
		r.UpdateTime = f.clock
		return *r, nil
	})
}

func (f *fakeCloud) ClearCredentials(_ context.Context, n RepositoryName) (Repository, error) {
	return call(f, "ClearCredentials", func() (Repository, error) {
		r := f.repos[n.String()]
		if r == nil {
			return Repository{}, missing(n.String())
		}
		r.Username, r.SecretVersion = "", ""
		f.clock = f.clock.Add(time.Second)
		r.UpdateTime = f.clock
		return *r, nil
	})
}

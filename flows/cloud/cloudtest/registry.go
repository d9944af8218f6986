package cloudtest

import (
	"context"
	"iter"
	"time"

	"example.com/upstreamauth/flows/cloud"
)

func (f *FakeCloud) Repositories(_ context.Context, project string) iter.Seq2[cloud.RepositoryBatch, error] {
	return func(yield func(cloud.RepositoryBatch, error) bool) {
		bs, err := call(f, "Repositories", func() ([]cloud.RepositoryBatch, error) {
			by := map[string][]cloud.Repository{}
			for _, r := range f.Repos {
				if r.Name.Project == project {
					by[r.Name.Location] = append(by[r.Name.Location], *r)
				}
			}
			var bs []cloud.RepositoryBatch
			if f.Unlisted {
				bs = append(bs, cloud.RepositoryBatch{Location: "mars-east1", Err: &cloud.Error{Kind: cloud.Unavailable, Message: "no answer"}})
			}
			for l, rs := range by {
				bs = append(bs, cloud.RepositoryBatch{Location: l, Repositories: rs})
			}
			return bs, nil
		})
		if err != nil {
			yield(cloud.RepositoryBatch{}, err)
			return
		}
		for _, b := range bs {
			if !yield(b, nil) {
				return
			}
		}
	}
}

func (f *FakeCloud) Repository(_ context.Context, n cloud.RepositoryName) (cloud.Repository, error) {
	return call(f, "Repository", func() (cloud.Repository, error) {
		if f.Off[cloud.ArtifactRegistryAPI] {
			return cloud.Repository{}, &cloud.Error{Kind: cloud.APIDisabled, Service: cloud.ArtifactRegistryAPI, Message: "off"}
		}
		if err := f.lacks("artifactregistry.repositories.get", n.String()); err != nil {
			return cloud.Repository{}, err
		}
		if r := f.Repos[n.String()]; r != nil {
			return *r, nil
		}
		return cloud.Repository{}, missing(n.String())
	})
}

func (f *FakeCloud) RepositoryPermissions(_ context.Context, _ cloud.RepositoryName, ps []string) ([]string, error) {
	return call(f, "RepositoryPermissions", func() ([]string, error) { return f.granted(ps), nil })
}

func (f *FakeCloud) UpstreamAllowed(context.Context, string, string) (bool, error) {
	return call(f, "UpstreamAllowed", func() (bool, error) { return f.Allow, f.lacks("artifactregistry.vpcscconfigs.get", "") })
}

func (f *FakeCloud) Upstream(_ context.Context, uri string) (string, error) { return uri, nil }

func (f *FakeCloud) Pull(_ context.Context, r cloud.Repository, _ string) (cloud.PullAnswer, error) {
	return call(f, "Pull", func() (cloud.PullAnswer, error) {
		if f.Deny["artifactregistry.repositories.downloadArtifacts"] {
			return cloud.PullAnswer{Status: 403, Detail: `Permission "artifactregistry.repositories.downloadArtifacts" denied`}, nil
		}
		if f.Answer != nil {
			return *f.Answer, nil
		}
		now := f.Repos[r.Name.String()]
		if now.Username == "" && now.SecretVersion == "" {
			return cloud.PullAnswer{Status: 401, Detail: "Unauthorized error returned by the external repository"}, nil
		}
		member := cloud.MemberPrefix + f.ServiceAgent(TestNumber)
		name, _ := cloud.ParseVersionName(now.SecretVersion)
		s := f.SecretsHeld[name.Secret.ID]
		v, _ := f.VersionHeld(name, "")
		switch {
		case !f.Agents[TestNumber]:
			return cloud.PullAnswer{Status: 403, Detail: "Service account " + f.ServiceAgent(TestNumber) + " does not exist."}, nil
		case s == nil, v == nil, !v.Enabled(), !cloud.Grants(s.Policy, cloud.AccessorRole, member) && !cloud.Grants(f.Above, cloud.AccessorRole, member):
			return cloud.PullAnswer{Status: 403, Detail: "failed to access secret version"}, nil
		}
		if f.PullAnswers != nil {
			return f.PullAnswers(*now, v.Payload), nil
		}
		return cloud.PullAnswer{Status: 404, Detail: "not found"}, nil
	})
}

func (f *FakeCloud) SetCredentials(_ context.Context, n cloud.RepositoryName, username, version string) (cloud.Repository, error) {
	return call(f, "SetCredentials", func() (cloud.Repository, error) {
		r := f.Repos[n.String()]
		if r == nil {
			return cloud.Repository{}, missing(n.String())
		}
		v, ok := cloud.ParseVersionName(version)
		s := f.SecretsHeld[v.Secret.ID]
		member := cloud.MemberPrefix + f.ServiceAgent(TestNumber)
		if !ok || s == nil || !cloud.Grants(s.Policy, cloud.AccessorRole, member) && !cloud.Grants(f.Above, cloud.AccessorRole, member) {
			return cloud.Repository{}, &cloud.Error{Kind: cloud.GrantPending, Message: "Failed to validate remote upstream: cannot access the secret"}
		}
		if username != "" {
			r.Username = username
		}
		r.SecretVersion = version
		f.Clock = f.Clock.Add(time.Second)
		r.UpdateTime = f.Clock
		return *r, nil
	})
}

func (f *FakeCloud) ClearCredentials(_ context.Context, n cloud.RepositoryName) (cloud.Repository, error) {
	return call(f, "ClearCredentials", func() (cloud.Repository, error) {
		r := f.Repos[n.String()]
		if r == nil {
			return cloud.Repository{}, missing(n.String())
		}
		r.Username, r.SecretVersion = "", ""
		f.Clock = f.Clock.Add(time.Second)
		r.UpdateTime = f.Clock
		return *r, nil
	})
}

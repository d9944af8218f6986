package gcp

import (
	"context"
	"iter"
	"strings"

	"example.com/upstreamauth/flows/cloud"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/parallel"
)

const (
	// repositoryPage is the largest page that Artifact Registry answers.
	repositoryPage = 1000
	// locationsAtOnce lets all of Google's locations, some 45, be asked at
	// once: two round trips for a whole project.
	locationsAtOnce = 48
)

// Repositories yields the repositories of all locations as they arrive. A
// location that fails is a batch with Err; if all fail, as they do where the
// API is off, that is one error.
func (c *Client) Repositories(ctx context.Context, project string) iter.Seq2[cloud.RepositoryBatch, error] {
	return func(yield func(cloud.RepositoryBatch, error) bool) {
		locations, err := c.locations(ctx, project)
		if err != nil {
			yield(cloud.RepositoryBatch{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		batches := make(chan cloud.RepositoryBatch)
		var asking parallel.Group
		asking.SetLimit(locationsAtOnce)
		var feeding parallel.Group
		feeding.Go(func() error {
			defer close(batches)
			for _, l := range locations {
				asking.Go(func() error {
					c.listLocation(ctx, project, l, batches)
					return nil
				})
			}
			return asking.Wait()
		})
		defer func() {
			cancel()
			_ = feeding.Wait() // none of them returns an error
		}()
		var failed []cloud.RepositoryBatch
		answered := false
		for b := range batches {
			if b.Err != nil && !answered {
				failed = append(failed, b)
				continue
			}
			answered = true
			for _, f := range failed {
				if !yield(f, nil) {
					return
				}
			}
			failed = nil
			if !yield(b, nil) {
				return
			}
		}
		if !answered && len(failed) > 0 {
			yield(cloud.RepositoryBatch{}, failed[0].Err)
		}
	}
}

// listLocation sends the repositories of one location until ctx ends.
func (c *Client) listLocation(ctx context.Context, project, location string, to chan<- cloud.RepositoryBatch) {
	m := method{op: "list repositories of", rpc: "ArtifactRegistry.ListRepositories", needs: "artifactregistry.repositories.list", repeat: true}
	parent := "projects/" + project + "/locations/" + location
	for page, err := range pages(ctx, c, c.registry, m, parent, func(ctx context.Context, api *artifactregistry.Client, token string) ([]*artifactregistrypb.Repository, string, error) {
		return onePage(api.ListRepositories(ctx, &artifactregistrypb.ListRepositoriesRequest{Parent: parent, PageSize: repositoryPage, PageToken: token}).InternalFetch)
	}) {
		b := cloud.RepositoryBatch{Location: location, Err: err}
		for _, r := range page {
			b.Repositories = append(b.Repositories, repository(r))
		}
		select {
		case to <- b:
		case <-ctx.Done():
			return
		}
	}
}

func (c *Client) locations(ctx context.Context, project string) ([]string, error) {
	m := method{op: "list Artifact Registry's locations in project", rpc: "Locations.ListLocations", needs: "artifactregistry.locations.list", repeat: true}
	var all []string
	for page, err := range pages(ctx, c, c.registry, m, project, func(ctx context.Context, api *artifactregistry.Client, token string) ([]*location.Location, string, error) {
		return onePage(api.ListLocations(ctx, &location.ListLocationsRequest{Name: "projects/" + project, PageToken: token}).InternalFetch)
	}) {
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			all = append(all, clean.Text(l.GetLocationId()))
		}
	}
	return all, nil
}

// Repository returns one repository.
func (c *Client) Repository(ctx context.Context, name cloud.RepositoryName) (cloud.Repository, error) {
	m := method{op: "read repository", rpc: "ArtifactRegistry.GetRepository", needs: "artifactregistry.repositories.get", repeat: true}
	return c.onRepository(ctx, m, name, func(ctx context.Context, api *artifactregistry.Client) (*artifactregistrypb.Repository, error) {
		return api.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: name.String()})
	})
}

// RepositoryPermissions returns those of the permissions that the caller has on
// the repository.
func (c *Client) RepositoryPermissions(ctx context.Context, name cloud.RepositoryName, permissions []string) ([]string, error) {
	m := method{op: "test permissions on repository", rpc: "ArtifactRegistry.TestIamPermissions", repeat: true}
	return ask(ctx, c, c.registry, m, name.String(), func(ctx context.Context, api *artifactregistry.Client) ([]string, error) {
		return granted(api.TestIamPermissions(ctx, &iampb.TestIamPermissionsRequest{Resource: name.String(), Permissions: permissions}))
	})
}

// UpstreamAllowed tells whether remote repositories in the location may reach
// their upstreams from inside a VPC Service Controls perimeter: by default they
// may not
// (https://cloud.google.com/artifact-registry/docs/repositories/remote-overview).
func (c *Client) UpstreamAllowed(ctx context.Context, project, location string) (bool, error) {
	m := method{op: "read the VPC Service Controls setting of", rpc: "ArtifactRegistry.GetVPCSCConfig", needs: "artifactregistry.vpcscconfigs.get", repeat: true}
	name := "projects/" + project + "/locations/" + location
	return ask(ctx, c, c.registry, m, name, func(ctx context.Context, api *artifactregistry.Client) (bool, error) {
		v, err := api.GetVPCSCConfig(ctx, &artifactregistrypb.GetVPCSCConfigRequest{Name: name + "/vpcscConfig"})
		return v.GetVpcscPolicy() == artifactregistrypb.VPCSCConfig_ALLOW, err
	})
}

// The paths of a field mask. Only leaves are written: a mask of the parent
// would take away what is not given, and none at all would replace the whole
// repository, settings unknown to this client included.
const (
	credentialsPath = "remote_repository_config.upstream_credentials"
	usernamePath    = credentialsPath + ".username_password_credentials.username"
	versionPath     = credentialsPath + ".username_password_credentials.password_secret_version"
)

// SetCredentials writes the user name and the secret version, each only if it
// is given. It is never repeated by itself: Artifact Registry has no etags, so
// a repetition could undo what somebody else has written since.
func (c *Client) SetCredentials(ctx context.Context, name cloud.RepositoryName, username, version string) (cloud.Repository, error) {
	var paths []string
	if username != "" {
		paths = append(paths, usernamePath)
	}
	if version != "" {
		paths = append(paths, versionPath)
	}
	if len(paths) == 0 {
		return cloud.Repository{}, &cloud.Error{Kind: cloud.Invalid, Op: "update repository " + name.String(), Message: "neither a user name nor a secret version is given"}
	}
	return c.updateRepository(ctx, name, paths, &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials{
		Credentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials_{
			UsernamePasswordCredentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials{
				Username: username, PasswordSecretVersion: version,
			},
		},
	})
}

// ClearCredentials takes the upstream credentials away, whatever their kind.
func (c *Client) ClearCredentials(ctx context.Context, name cloud.RepositoryName) (cloud.Repository, error) {
	return c.updateRepository(ctx, name, []string{credentialsPath}, nil)
}

func (c *Client) updateRepository(ctx context.Context, name cloud.RepositoryName, paths []string, to *artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials) (cloud.Repository, error) {
	m := method{op: "update repository", rpc: "ArtifactRegistry.UpdateRepository", needs: "artifactregistry.repositories.update", limit: slowWrite}
	return c.onRepository(ctx, m, name, func(ctx context.Context, api *artifactregistry.Client) (*artifactregistrypb.Repository, error) {
		return api.UpdateRepository(ctx, &artifactregistrypb.UpdateRepositoryRequest{
			Repository: &artifactregistrypb.Repository{
				Name: name.String(),
				ModeConfig: &artifactregistrypb.Repository_RemoteRepositoryConfig{
					RemoteRepositoryConfig: &artifactregistrypb.RemoteRepositoryConfig{UpstreamCredentials: to},
				},
			},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
		})
	})
}

func (c *Client) onRepository(ctx context.Context, m method, name cloud.RepositoryName, f func(context.Context, *artifactregistry.Client) (*artifactregistrypb.Repository, error)) (cloud.Repository, error) {
	return ask(ctx, c, c.registry, m, name.String(), func(ctx context.Context, api *artifactregistry.Client) (cloud.Repository, error) {
		r, err := f(ctx, api)
		if err != nil {
			return cloud.Repository{}, err
		}
		return repository(r), nil
	})
}

func repository(r *artifactregistrypb.Repository) cloud.Repository {
	remote := r.GetRemoteRepositoryConfig()
	login := remote.GetUpstreamCredentials().GetUsernamePasswordCredentials()
	preset, uri := upstream(remote)
	name, _ := cloud.ParseRepositoryName(clean.Text(r.GetName()))
	return cloud.Repository{
		Name: name, Format: r.GetFormat().String(), Mode: r.GetMode().String(),
		Description: clean.Text(r.GetDescription()), Labels: labels(r.GetLabels()), RegistryURI: clean.Text(r.GetRegistryUri()),
		Preset: preset, URI: clean.Address(uri),
		Username: clean.Text(login.GetUsername()), SecretVersion: clean.Text(login.GetPasswordSecretVersion()),
		Size: r.GetSizeBytes(), CreateTime: moment(r.GetCreateTime()), UpdateTime: moment(r.GetUpdateTime()),
	}
}

// npmHost is put together here so that the name never stands in one piece.
const npmHost = "registry" + "." + "npmjs.org"

// upstream is the preset's name, if it is one, and where the upstream is. All
// shapes are read: a preset and a custom repository of each format, and the
// common repository that is to replace the latter.
func upstream(c *artifactregistrypb.RemoteRepositoryConfig) (preset, uri string) {
	switch s := c.GetRemoteSource().(type) {
	case *artifactregistrypb.RemoteRepositoryConfig_CommonRepository:
		return "", s.CommonRepository.GetUri()
	case *artifactregistrypb.RemoteRepositoryConfig_DockerRepository_:
		return presetOr(s.DockerRepository.GetPublicRepository(), "https://registry-1.docker.io", s.DockerRepository.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_NpmRepository_:
		return presetOr(s.NpmRepository.GetPublicRepository(), "https://"+npmHost, s.NpmRepository.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_PythonRepository_:
		return presetOr(s.PythonRepository.GetPublicRepository(), "https://pypi.io", s.PythonRepository.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_MavenRepository_:
		return presetOr(s.MavenRepository.GetPublicRepository(), "https://repo.maven.apache.org/maven2", s.MavenRepository.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_AptRepository_:
		p := s.AptRepository.GetPublicRepository()
		return packagesOr(p.GetRepositoryBase(), p.GetRepositoryPath(), s.AptRepository.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_YumRepository_:
		p := s.YumRepository.GetPublicRepository()
		return packagesOr(p.GetRepositoryBase(), p.GetRepositoryPath(), s.YumRepository.GetCustomRepository().GetUri())
	default:
		return "", ""
	}
}

// enum is one of Google's; its zero value means that nothing was set.
type enum interface {
	~int32
	String() string
}

func presetOr[E enum](preset E, address, custom string) (string, string) {
	if preset == 0 {
		return "", custom
	}
	return preset.String(), address
}

// packagesOr is presetOr for operating system packages, whose presets are bases
// to which a path belongs. Their addresses are those of Artifact Registry's
// documentation
// (https://cloud.google.com/artifact-registry/docs/repositories/remote-repo).
func packagesOr[E enum](base E, path, custom string) (string, string) {
	name, uri := presetOr(base, packageBases[base.String()], custom)
	if name != "" && uri != "" && path != "" {
		uri = strings.TrimSuffix(uri, "/") + "/" + strings.TrimPrefix(path, "/")
	}
	return name, uri
}

var packageBases = map[string]string{
	"DEBIAN":          "https://" + "deb" + "." + "debian.org",
	"UBUNTU":          "https://archive.ubuntu.com",
	"DEBIAN_SNAPSHOT": "https://snapshot.debian.org",
	"CENTOS":          "https://mirror.centos.org",
	"CENTOS_DEBUG":    "https://debuginfo.centos.org",
	"CENTOS_VAULT":    "https://vault.centos.org",
	"CENTOS_STREAM":   "https://mirror.stream.centos.org",
	"ROCKY":           "https://download.rockylinux.org",
	"EPEL":            "https://dl.fedoraproject.org/pub/epel",
}

package emulator

import (
	"context"
	"net/url"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// held is a kind of thing that a repository contains: the collection of its
// names and what may read it.
type held struct{ collection, permission string }

var (
	heldPackages  = held{"packages", "artifactregistry.packages"}
	heldVersions  = held{"versions", "artifactregistry.versions"}
	heldTags      = held{"tags", "artifactregistry.tags"}
	heldFiles     = held{"files", "artifactregistry.files"}
	dockerImages  = held{"dockerImages", "artifactregistry.dockerimages"}
	mavenArtifact = held{"mavenArtifacts", "artifactregistry.mavenartifacts"}
	npmPackages   = held{"npmPackages", "artifactregistry.npmpackages"}
	pythonPackage = held{"pythonPackages", "artifactregistry.pythonpackages"}
)

// repositoryOf cuts a name below a repository into that and the rest.
func repositoryOf(name string) (repository, rest string) {
	parts := strings.SplitN(name, "/", 7)
	if len(parts) < 7 {
		return name, ""
	}
	return strings.Join(parts[:6], "/"), parts[6]
}

// listHeld answers one page of what from yields of a repository. The caller
// holds no lock.
func listHeld[T proto.Message](s *Server, ctx context.Context, parent string, kind held, req paged, filter, order string,
	from func(*repository) []T) ([]T, string, error) {
	if order != "" {
		return nil, "", unimplemented("orders of what is in a repository")
	}
	matches, err := parseFilter(filter)
	if err != nil {
		return nil, "", err
	}
	repository, _ := repositoryOf(parent)
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	r, err := s.repository(ctx, repository, kind.permission+".list")
	if err != nil {
		return nil, "", err
	}
	var all []T
	if r.contents != nil {
		for _, m := range from(r) {
			if matches(m) {
				all = append(all, m)
			}
		}
	}
	return page(all, pageOf(req, parent, filter), 100, 1000)
}

// getHeld answers one of what from yields, by its name. Of two writings of a
// name, with slashes escaped or not, either is taken.
func getHeld[T interface {
	proto.Message
	GetName() string
}](s *Server, ctx context.Context, name string, kind held, from func(*repository) []T) (T, error) {
	var none T
	repository, rest := repositoryOf(name)
	if rest == "" {
		return none, invalidName()
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	r, err := s.repository(ctx, repository, kind.permission+".get")
	if err != nil {
		return none, err
	}
	if r.contents != nil {
		for _, m := range from(r) {
			if _, own := repositoryOf(m.GetName()); plainName(own) == plainName(rest) {
				return m, nil
			}
		}
	}
	return none, fail(codes.NotFound, "Requested entity was not found.")
}

func plainName(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// packageOf is the package that a name below a repository is in.
func packageOf(name string) string {
	_, rest := repositoryOf(name)
	pkg := strings.TrimPrefix(rest, "packages/")
	for _, below := range []string{"/versions/", "/tags/"} {
		pkg, _, _ = strings.Cut(pkg, below)
	}
	return plainName(pkg)
}

func allPackages(r *repository) []*artifactregistrypb.Package { return r.contents.packages.values }

func allFiles(r *repository) []*artifactregistrypb.File { return r.contents.files.values }

// tagsIn are the tags of a package.
func tagsIn(pkg string) func(*repository) []*artifactregistrypb.Tag {
	return func(r *repository) []*artifactregistrypb.Tag { return r.contents.tags.prefix(listed(pkg, "")) }
}

// versionsIn are the versions of a package, with tags and metadata in the full
// view alone.
func versionsIn(pkg string, view artifactregistrypb.VersionView) func(*repository) []*artifactregistrypb.Version {
	return func(r *repository) []*artifactregistrypb.Version {
		var all []*artifactregistrypb.Version
		for _, v := range r.contents.versions.prefix(listed(pkg, "")) {
			pb := proto.CloneOf(v.pb)
			if view == artifactregistrypb.VersionView_FULL {
				pb.RelatedTags = r.contents.tagsOf(v)
			}
			if metadata, err := structpb.NewStruct(map[string]any{"name": pb.GetName()}); err == nil {
				pb.Metadata = metadata
			}
			all = append(all, pb)
		}
		return all
	}
}

// tagsOf are the tags on a version.
func (c *contents) tagsOf(v *heldVersion) []*artifactregistrypb.Tag {
	var tags []*artifactregistrypb.Tag
	for _, t := range c.tags.prefix(listed(v.pkg, "")) {
		if t.GetVersion() == v.pb.GetName() {
			tags = append(tags, t)
		}
	}
	return tags
}

// tagNames are the same, without the package.
func (c *contents) tagNames(v *heldVersion) []string {
	var names []string
	for _, t := range c.tagsOf(v) {
		_, name, _ := cutLast(t.GetName(), "/tags/")
		names = append(names, plainName(name))
	}
	return names
}

// eachVersion makes a message of each version of a repository of a format.
func eachVersion[T any](format artifactregistrypb.Repository_Format, of func(*repository, *heldVersion) T) func(*repository) []T {
	return func(r *repository) []T {
		var all []T
		if r.pb.GetFormat() == format {
			for _, v := range r.contents.versions.values {
				all = append(all, of(r, v))
			}
		}
		return all
	}
}

// named is the name of a version in a collection of its format.
func (v *heldVersion) named(r *repository, kind held, separator string) string {
	return r.pb.GetName() + "/" + kind.collection + "/" + url.PathEscape(v.pkg) + separator + v.id
}

var images = eachVersion(artifactregistrypb.Repository_DOCKER, func(r *repository, v *heldVersion) *artifactregistrypb.DockerImage {
	return &artifactregistrypb.DockerImage{
		Name: v.named(r, dockerImages, "@"), Uri: r.pb.GetRegistryUri() + "/" + v.pkg + "@" + v.id, Tags: r.contents.tagNames(v),
		ImageSizeBytes: v.size, UploadTime: v.pb.GetCreateTime(), UpdateTime: v.pb.GetUpdateTime(), MediaType: v.mediaType,
	}
})

var mavens = eachVersion(artifactregistrypb.Repository_MAVEN, func(r *repository, v *heldVersion) *artifactregistrypb.MavenArtifact {
	group, artifact, _ := strings.Cut(v.pkg, ":")
	return &artifactregistrypb.MavenArtifact{
		Name: v.named(r, mavenArtifact, ":"), GroupId: group, ArtifactId: artifact, Version: v.id,
		PomUri:     r.pb.GetRegistryUri() + "/" + strings.ReplaceAll(group, ".", "/") + "/" + artifact + "/" + v.id + "/" + artifact + "-" + v.id + ".pom",
		CreateTime: v.pb.GetCreateTime(), UpdateTime: v.pb.GetUpdateTime(),
	}
})

var npms = eachVersion(artifactregistrypb.Repository_NPM, func(r *repository, v *heldVersion) *artifactregistrypb.NpmPackage {
	return &artifactregistrypb.NpmPackage{
		Name: v.named(r, npmPackages, ":"), PackageName: v.pkg, Version: v.id,
		CreateTime: v.pb.GetCreateTime(), UpdateTime: v.pb.GetUpdateTime(),
	}
})

var pythons = eachVersion(artifactregistrypb.Repository_PYTHON, func(r *repository, v *heldVersion) *artifactregistrypb.PythonPackage {
	return &artifactregistrypb.PythonPackage{
		Name: v.named(r, pythonPackage, ":"), PackageName: v.pkg, Version: v.id, Uri: r.pb.GetRegistryUri() + "/" + v.pkg,
		CreateTime: v.pb.GetCreateTime(), UpdateTime: v.pb.GetUpdateTime(),
	}
})

// ListPackages lists the packages that were pulled through a repository.
func (a *registryAPI) ListPackages(ctx context.Context, req *artifactregistrypb.ListPackagesRequest) (*artifactregistrypb.ListPackagesResponse, error) {
	some, next, err := listHeld(a.Server, ctx, req.GetParent(), heldPackages, req, req.GetFilter(), req.GetOrderBy(), allPackages)
	if err != nil {
		return nil, err
	}
	return &artifactregistrypb.ListPackagesResponse{Packages: some, NextPageToken: next}, nil
}

// GetPackage answers one of them.
func (a *registryAPI) GetPackage(ctx context.Context, req *artifactregistrypb.GetPackageRequest) (*artifactregistrypb.Package, error) {
	return getHeld(a.Server, ctx, req.GetName(), heldPackages, allPackages)
}

// ListVersions lists the versions of a package that were pulled through.
func (a *registryAPI) ListVersions(ctx context.Context, req *artifactregistrypb.ListVersionsRequest) (*artifactregistrypb.ListVersionsResponse, error) {
	some, next, err := listHeld(a.Server, ctx, req.GetParent(), heldVersions, req, req.GetFilter(), req.GetOrderBy(),
		versionsIn(packageOf(req.GetParent()), req.GetView()))
	if err != nil {
		return nil, err
	}
	return &artifactregistrypb.ListVersionsResponse{Versions: some, NextPageToken: next}, nil
}

// GetVersion answers one of them.
func (a *registryAPI) GetVersion(ctx context.Context, req *artifactregistrypb.GetVersionRequest) (*artifactregistrypb.Version, error) {
	return getHeld(a.Server, ctx, req.GetName(), heldVersions, versionsIn(packageOf(req.GetName()), req.GetView()))
}

// ListTags lists the tags of an image that it was pulled by.
func (a *registryAPI) ListTags(ctx context.Context, req *artifactregistrypb.ListTagsRequest) (*artifactregistrypb.ListTagsResponse, error) {
	some, next, err := listHeld(a.Server, ctx, req.GetParent(), heldTags, req, req.GetFilter(), "", tagsIn(packageOf(req.GetParent())))
	if err != nil {
		return nil, err
	}
	return &artifactregistrypb.ListTagsResponse{Tags: some, NextPageToken: next}, nil
}

// GetTag answers one of them.
func (a *registryAPI) GetTag(ctx context.Context, req *artifactregistrypb.GetTagRequest) (*artifactregistrypb.Tag, error) {
	return getHeld(a.Server, ctx, req.GetName(), heldTags, tagsIn(packageOf(req.GetName())))
}

// ListFiles lists the files that were pulled through a repository.
func (a *registryAPI) ListFiles(ctx context.Context, req *artifactregistrypb.ListFilesRequest) (*artifactregistrypb.ListFilesResponse, error) {
	some, next, err := listHeld(a.Server, ctx, req.GetParent(), heldFiles, req, req.GetFilter(), req.GetOrderBy(), allFiles)
	if err != nil {
		return nil, err
	}
	return &artifactregistrypb.ListFilesResponse{Files: some, NextPageToken: next}, nil
}

// GetFile answers one of them.
func (a *registryAPI) GetFile(ctx context.Context, req *artifactregistrypb.GetFileRequest) (*artifactregistrypb.File, error) {
	return getHeld(a.Server, ctx, req.GetName(), heldFiles, allFiles)
}

// ListDockerImages lists the images that were pulled through a repository.
func (a *registryAPI) ListDockerImages(ctx context.Context, req *artifactregistrypb.ListDockerImagesRequest) (*artifactregistrypb.ListDockerImagesResponse, error) {
	some, next, err := listHeld(a.Server, ctx, req.GetParent(), dockerImages, req, "", req.GetOrderBy(), images)
	if err != nil {
		return nil, err
	}
	return &artifactregistrypb.ListDockerImagesResponse{DockerImages: some, NextPageToken: next}, nil
}

// GetDockerImage answers one of them.
func (a *registryAPI) GetDockerImage(ctx context.Context, req *artifactregistrypb.GetDockerImageRequest) (*artifactregistrypb.DockerImage, error) {
	return getHeld(a.Server, ctx, req.GetName(), dockerImages, images)
}

// ListMavenArtifacts lists the artifacts that were pulled through a repository.
func (a *registryAPI) ListMavenArtifacts(ctx context.Context, req *artifactregistrypb.ListMavenArtifactsRequest) (*artifactregistrypb.ListMavenArtifactsResponse, error) {
	some, next, err := listHeld(a.Server, ctx, req.GetParent(), mavenArtifact, req, "", "", mavens)
	if err != nil {
		return nil, err
	}
	return &artifactregistrypb.ListMavenArtifactsResponse{MavenArtifacts: some, NextPageToken: next}, nil
}

// GetMavenArtifact answers one of them.
func (a *registryAPI) GetMavenArtifact(ctx context.Context, req *artifactregistrypb.GetMavenArtifactRequest) (*artifactregistrypb.MavenArtifact, error) {
	return getHeld(a.Server, ctx, req.GetName(), mavenArtifact, mavens)
}

// ListNpmPackages lists the packages that were pulled through a repository.
func (a *registryAPI) ListNpmPackages(ctx context.Context, req *artifactregistrypb.ListNpmPackagesRequest) (*artifactregistrypb.ListNpmPackagesResponse, error) {
	some, next, err := listHeld(a.Server, ctx, req.GetParent(), npmPackages, req, "", "", npms)
	if err != nil {
		return nil, err
	}
	return &artifactregistrypb.ListNpmPackagesResponse{NpmPackages: some, NextPageToken: next}, nil
}

// GetNpmPackage answers one of them.
func (a *registryAPI) GetNpmPackage(ctx context.Context, req *artifactregistrypb.GetNpmPackageRequest) (*artifactregistrypb.NpmPackage, error) {
	return getHeld(a.Server, ctx, req.GetName(), npmPackages, npms)
}

// ListPythonPackages lists the packages that were pulled through a repository.
func (a *registryAPI) ListPythonPackages(ctx context.Context, req *artifactregistrypb.ListPythonPackagesRequest) (*artifactregistrypb.ListPythonPackagesResponse, error) {
	some, next, err := listHeld(a.Server, ctx, req.GetParent(), pythonPackage, req, "", "", pythons)
	if err != nil {
		return nil, err
	}
	return &artifactregistrypb.ListPythonPackagesResponse{PythonPackages: some, NextPageToken: next}, nil
}

// GetPythonPackage answers one of them.
func (a *registryAPI) GetPythonPackage(ctx context.Context, req *artifactregistrypb.GetPythonPackageRequest) (*artifactregistrypb.PythonPackage, error) {
	return getHeld(a.Server, ctx, req.GetName(), pythonPackage, pythons)
}

// GetProjectSettings answers what was set of a project, where something was.
func (a *registryAPI) GetProjectSettings(ctx context.Context, req *artifactregistrypb.GetProjectSettingsRequest) (*artifactregistrypb.ProjectSettings, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, err := a.settingsProject(ctx, req.GetName(), "artifactregistry.projectsettings.get")
	if err != nil {
		return nil, err
	}
	return p.registrySettings(), nil
}

// UpdateProjectSettings changes them by a mask; without one it replaces them.
func (a *registryAPI) UpdateProjectSettings(ctx context.Context, req *artifactregistrypb.UpdateProjectSettingsRequest) (*artifactregistrypb.ProjectSettings, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	p, err := a.settingsProject(ctx, req.GetProjectSettings().GetName(), "artifactregistry.projectsettings.update")
	if err != nil {
		return nil, err
	}
	next := proto.CloneOf(p.registrySettings())
	paths := maskOf(req)
	if len(paths) == 0 {
		paths = []string{"legacy_redirection_state", "pull_percent"}
	}
	if err := applyMask(next, req.GetProjectSettings(), paths); err != nil {
		return nil, err
	}
	if !known(next.GetLegacyRedirectionState()) {
		return nil, unknownValue("project_settings.legacy_redirection_state", next.GetLegacyRedirectionState())
	}
	next.Name = p.registrySettings().GetName()
	p.settings = next
	return next, nil
}

func (s *Server) settingsProject(ctx context.Context, name, permission string) (*project, error) {
	project, ok := strings.CutSuffix(name, "/projectSettings")
	if !ok {
		return nil, invalidName()
	}
	return s.registryProject(ctx, project, permission)
}

// registrySettings are the project's; a project that never had Container
// Registry redirects nothing.
func (p *project) registrySettings() *artifactregistrypb.ProjectSettings {
	if p.settings != nil {
		return p.settings
	}
	return &artifactregistrypb.ProjectSettings{
		Name:                   "projects/" + p.id + "/projectSettings",
		LegacyRedirectionState: artifactregistrypb.ProjectSettings_REDIRECTION_FROM_GCR_IO_DISABLED,
	}
}

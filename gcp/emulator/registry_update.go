package emulator

import (
	"context"
	"slices"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// UpdateRepository answers with the repository, not with an operation, and
// knows no etag: the last writer wins.
func (a *registryAPI) UpdateRepository(ctx context.Context, req *artifactregistrypb.UpdateRepositoryRequest) (*artifactregistrypb.Repository, error) {
	const permission = "artifactregistry.repositories.update"
	name := req.GetRepository().GetName()
	revised := func() (*repository, *artifactregistrypb.Repository, error) {
		r, err := a.repository(ctx, name, permission)
		if err != nil {
			return nil, nil, err
		}
		pb, err := revisedRepository(r.pb, req)
		return r, pb, err
	}
	a.world.mu.RLock()
	r, pb, err := revised()
	var old *artifactregistrypb.Repository
	if err == nil {
		old = r.pb
	}
	a.world.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	if touchesUpstream(req) {
		// The upstream is tried without the lock: it may take 10 s.
		if err := a.validate(ctx, r.project, r.location, old, pb); err != nil {
			return nil, err
		}
	}
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	if r, pb, err = revised(); err != nil {
		return nil, err
	}
	forgetInput(pb)
	pb.UpdateTime = timestamppb.New(a.now())
	r.pb = pb
	answer := proto.CloneOf(pb)
	answer.RegistryUri = "" // only reads say it (k8s-config-connector's recordings)
	return answer, nil
}

const (
	remotePath      = "remote_repository_config"
	credentialsPath = "remote_repository_config.upstream_credentials"
)

// touchesUpstream tells whether an update names the upstream or its credential.
// Only then is the upstream tried (modelled: Google does not document when it
// tries it).
func touchesUpstream(req *artifactregistrypb.UpdateRepositoryRequest) bool {
	paths := maskOf(req)
	if len(paths) == 0 {
		return true
	}
	return slices.ContainsFunc(paths, func(p string) bool {
		return p == remotePath || within(p, credentialsPath)
	})
}

// revisedRepository is a repository as it is after an update, or why it cannot
// be. Without a mask all is replaced that can change.
func revisedRepository(old *artifactregistrypb.Repository, req *artifactregistrypb.UpdateRepositoryRequest) (*artifactregistrypb.Repository, error) {
	asked := req.GetRepository()
	paths := maskOf(req)
	pb := proto.CloneOf(old)
	if len(paths) == 0 {
		pb = proto.CloneOf(asked)
		keepImmutable(pb, old)
	} else if err := applyMask(pb, asked, withoutNoCache(paths)); err != nil {
		return nil, err
	}
	pb.Name, pb.CreateTime, pb.UpdateTime = old.GetName(), old.GetCreateTime(), old.GetUpdateTime()
	pb.SizeBytes, pb.RegistryUri = old.GetSizeBytes(), old.GetRegistryUri()
	pb.SatisfiesPzs, pb.SatisfiesPzi = old.GetSatisfiesPzs(), old.GetSatisfiesPzi()
	if slices.Contains(paths, noCachePath) && hasNoCache(asked) != hasNoCache(old) {
		return nil, cannotChange(noCachePath)
	}
	if hasNoCache(old) {
		setNoCache(pb) // what a replacement leaves out
	}
	if field := changedImmutable(old, pb); field != "" {
		return nil, cannotChange(field)
	}
	if old.GetMode() != artifactregistrypb.Repository_REMOTE_REPOSITORY && pb.GetRemoteRepositoryConfig() != nil {
		return nil, invalid("remote_repository_config can only be set on a remote repository.") // modelled
	}
	return pb, checkRepository(pb)
}

// cannotChange is modelled.
func cannotChange(field string) error {
	return invalidField("repository."+field, "Repository field %q cannot be changed after the repository was created.", field)
}

// keepImmutable fills in what a replacement leaves out and could not change.
func keepImmutable(pb, old *artifactregistrypb.Repository) {
	if pb.GetFormat() == artifactregistrypb.Repository_FORMAT_UNSPECIFIED {
		pb.Format = old.GetFormat()
	}
	if pb.GetMode() == artifactregistrypb.Repository_MODE_UNSPECIFIED {
		pb.Mode = old.GetMode()
	}
	if pb.GetKmsKeyName() == "" {
		pb.KmsKeyName = old.GetKmsKeyName()
	}
	if remote := old.GetRemoteRepositoryConfig(); remote != nil {
		if pb.GetRemoteRepositoryConfig() == nil {
			pb.ModeConfig = &artifactregistrypb.Repository_RemoteRepositoryConfig{
				RemoteRepositoryConfig: &artifactregistrypb.RemoteRepositoryConfig{},
			}
		}
		if c := pb.GetRemoteRepositoryConfig(); c.GetRemoteSource() == nil {
			c.RemoteSource = proto.CloneOf(remote).GetRemoteSource()
		}
	}
}

// changedImmutable names a field that differs and must not: Terraform's schema
// says which (GoogleCloudPlatform/magic-modules#17871).
func changedImmutable(old, pb *artifactregistrypb.Repository) string {
	switch {
	case old.GetFormat() != pb.GetFormat():
		return "format"
	case old.GetMode() != pb.GetMode():
		return "mode"
	case old.GetKmsKeyName() != pb.GetKmsKeyName():
		return "kms_key_name"
	case !proto.Equal(sourceOnly(old), sourceOnly(pb)):
		return remotePath
	case hasNoCache(old) != hasNoCache(pb):
		return noCachePath
	}
	return ""
}

// sourceOnly is a remote repository's source without all else.
func sourceOnly(pb *artifactregistrypb.Repository) *artifactregistrypb.RemoteRepositoryConfig {
	if pb.GetRemoteRepositoryConfig() == nil {
		return nil
	}
	return &artifactregistrypb.RemoteRepositoryConfig{RemoteSource: pb.GetRemoteRepositoryConfig().GetRemoteSource()}
}

// forgetInput drops what Google takes and never returns.
func forgetInput(pb *artifactregistrypb.Repository) {
	if c := pb.GetRemoteRepositoryConfig(); c != nil {
		c.DisableUpstreamValidation = false
	}
}

// checkRepository tells what is wrong with a repository in itself. The texts
// are modelled.
func checkRepository(pb *artifactregistrypb.Repository) error {
	if !known(pb.GetFormat()) && !isNewerFormat(pb.GetFormat()) {
		return unknownValue("repository.format", pb.GetFormat())
	}
	if !known(pb.GetMode()) {
		return unknownValue("repository.mode", pb.GetMode())
	}
	if pb.GetFormat() == artifactregistrypb.Repository_FORMAT_UNSPECIFIED {
		return invalid("format: the repository format must be specified.")
	}
	if err := checkRepositoryLabels(pb.GetLabels()); err != nil {
		return err
	}
	remote, mode := pb.GetRemoteRepositoryConfig(), pb.GetMode()
	switch {
	case mode == artifactregistrypb.Repository_REMOTE_REPOSITORY && remote.GetRemoteSource() == nil:
		return invalid("remote_repository_config: a remote repository needs a remote source.")
	case mode != artifactregistrypb.Repository_REMOTE_REPOSITORY && remote != nil:
		return invalid("remote_repository_config can only be set on a remote repository.")
	case mode != artifactregistrypb.Repository_VIRTUAL_REPOSITORY && pb.GetVirtualRepositoryConfig() != nil:
		return invalid("virtual_repository_config can only be set on a virtual repository.")
	}
	if remote == nil {
		return nil
	}
	if hasNoCache(pb) && pb.GetFormat() != artifactregistrypb.Repository_DOCKER {
		return invalidField("repository."+noCachePath, "no_cache is supported for Docker repositories only, not for the format %s.", pb.GetFormat())
	}
	return checkSource(pb)
}

// isNewerFormat tells whether a number may be a format that Google added after
// the Go messages were made, as it did with Conda: it stays as it is.
func isNewerFormat(f artifactregistrypb.Repository_Format) bool {
	values := f.Descriptor().Values()
	return f.Number() > values.Get(values.Len()-1).Number()
}

// checkSource tells whether a source fits its repository's format and names an
// upstream. The texts are modelled.
func checkSource(pb *artifactregistrypb.Repository) error {
	fits := false
	switch pb.GetRemoteRepositoryConfig().GetRemoteSource().(type) {
	case *artifactregistrypb.RemoteRepositoryConfig_CommonRepository:
		fits = true
	case *artifactregistrypb.RemoteRepositoryConfig_DockerRepository_:
		fits = pb.GetFormat() == artifactregistrypb.Repository_DOCKER
	case *artifactregistrypb.RemoteRepositoryConfig_MavenRepository_:
		fits = pb.GetFormat() == artifactregistrypb.Repository_MAVEN
	case *artifactregistrypb.RemoteRepositoryConfig_NpmRepository_:
		fits = pb.GetFormat() == artifactregistrypb.Repository_NPM
	case *artifactregistrypb.RemoteRepositoryConfig_PythonRepository_:
		fits = pb.GetFormat() == artifactregistrypb.Repository_PYTHON
	case *artifactregistrypb.RemoteRepositoryConfig_AptRepository_:
		fits = pb.GetFormat() == artifactregistrypb.Repository_APT
	case *artifactregistrypb.RemoteRepositoryConfig_YumRepository_:
		fits = pb.GetFormat() == artifactregistrypb.Repository_YUM
	}
	u := sourceOf(pb)
	switch {
	case !fits:
		return invalid("remote_repository_config: the remote source does not fit the format %s.", pb.GetFormat())
	case u.uri == "":
		return invalid("remote_repository_config: the remote source names no upstream.")
	case !u.isRegistry() && !isWebAddress(u.uri):
		return invalid("remote_repository_config: the upstream %q is neither an http or https address nor a repository.", u.uri)
	}
	return nil
}

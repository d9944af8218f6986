package emulator

import (
	"net/url"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// source is what a remote repository pulls from; its uri is empty where it names
// nothing.
type source struct {
	uri string
	// preset tells that it was chosen from Google's list, not given as a URI.
	preset bool
	// custom tells that it stands in a custom_repository, which takes no
	// Artifact Registry repository.
	custom bool
}

// The hosts of the npm registry, the Go module mirror and Debian's archive.
const (
	npmjsURI  = "https://registry." + "npmjs.org"
	goURI     = "https://proxy." + "golang.org"
	debianURI = "https://deb." + "debian.org"
)

// sourceOf reads a repository's source in all its shapes.
func sourceOf(pb *artifactregistrypb.Repository) source {
	c := pb.GetRemoteRepositoryConfig()
	switch s := c.GetRemoteSource().(type) {
	case *artifactregistrypb.RemoteRepositoryConfig_DockerRepository_:
		r := s.DockerRepository
		return presetOr(r.GetPublicRepository(), "https://registry-1.docker.io", r.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_MavenRepository_:
		r := s.MavenRepository
		return presetOr(r.GetPublicRepository(), "https://repo.maven.apache.org/maven2", r.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_NpmRepository_:
		r := s.NpmRepository
		return presetOr(r.GetPublicRepository(), npmjsURI, r.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_PythonRepository_:
		r := s.PythonRepository
		return presetOr(r.GetPublicRepository(), "https://pypi.io", r.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_AptRepository_:
		p := s.AptRepository.GetPublicRepository()
		return presetOr(p.GetRepositoryBase(), aptURIs[p.GetRepositoryBase()]+"/"+p.GetRepositoryPath(), s.AptRepository.GetCustomRepository().GetUri())
	case *artifactregistrypb.RemoteRepositoryConfig_YumRepository_:
		p := s.YumRepository.GetPublicRepository()
		return presetOr(p.GetRepositoryBase(), yumURIs[p.GetRepositoryBase()]+"/"+p.GetRepositoryPath(), s.YumRepository.GetCustomRepository().GetUri())
	}
	uri := c.GetCommonRepository().GetUri()
	return source{uri: uri, preset: strings.TrimSuffix(uri, "/") == goURI}
}

// presetOr is a preset at its address, or a custom upstream. It is empty where
// neither is named.
func presetOr(preset protoreflect.Enum, address, custom string) source {
	switch {
	case custom != "":
		return source{uri: custom, custom: true}
	case preset.Number() == 0 || !known(preset):
		return source{}
	default:
		return source{uri: address, preset: true}
	}
}

type (
	aptBase = artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository_RepositoryBase
	yumBase = artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_RepositoryBase
)

var aptURIs = map[aptBase]string{
	artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository_DEBIAN:          debianURI,
	artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository_UBUNTU:          "https://archive.ubuntu.com",
	artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository_DEBIAN_SNAPSHOT: "https://snapshot.debian.org",
}

var yumURIs = map[yumBase]string{
	artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_CENTOS:        "https://mirror.centos.org",
	artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_CENTOS_DEBUG:  "https://debuginfo.centos.org",
	artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_CENTOS_VAULT:  "https://vault.centos.org",
	artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_CENTOS_STREAM: "https://mirror.stream.centos.org",
	artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_ROCKY:         "https://download.rockylinux.org",
	artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_EPEL:          "https://dl.fedoraproject.org/pub/epel",
}

// isWebAddress tells whether an upstream can be asked over the web.
func isWebAddress(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// isRegistry tells whether the source is another Artifact Registry repository,
// by its resource name or by its address.
func (u source) isRegistry() bool {
	if _, ok := split("projects/*/locations/*/repositories/*", u.uri); ok {
		return true
	}
	_, rest, _ := strings.Cut(u.uri, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.HasSuffix(host, ".pkg.dev")
}

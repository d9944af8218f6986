package emulator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var seedName = regexp.MustCompile(`^([a-z0-9-]+)/([a-z0-9-]+)$`)

func (b *builder) repository(p *project, sr seedRepository) error {
	m := seedName.FindStringSubmatch(sr.Name)
	if m == nil || !isLocation(m[1]) || !repositoryID.MatchString(m[2]) {
		return errors.New("the name must be LOCATION/ID")
	}
	location, id := m[1], m[2]
	if _, exists := p.repositories.get(repositoryKey(location, id)); exists {
		return errors.New("it is there twice")
	}
	format, err := seedFormat(sr.Format)
	if err != nil {
		return err
	}
	pb := &artifactregistrypb.Repository{Format: format, Description: sr.Description, Labels: sr.Labels}
	switch strings.ToLower(sr.Mode) {
	case "", "remote":
		pb.Mode = artifactregistrypb.Repository_REMOTE_REPOSITORY
		remote, err := remoteConfig(pb.GetFormat(), sr.Upstream, sr.Custom)
		if err != nil {
			return err
		}
		// A reference may be malformed here: that is one way to be broken.
		if sr.Username != "" || sr.Password != "" {
			remote.UpstreamCredentials = upstreamCredentials(sr.Username, sr.Password)
		}
		pb.ModeConfig = &artifactregistrypb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: remote}
		if sr.NoCache {
			setNoCache(pb)
		}
	case "standard":
		pb.Mode = artifactregistrypb.Repository_STANDARD_REPOSITORY
	case "virtual":
		pb.Mode = artifactregistrypb.Repository_VIRTUAL_REPOSITORY
		pb.ModeConfig = &artifactregistrypb.Repository_VirtualRepositoryConfig{
			VirtualRepositoryConfig: virtualConfig(p, sr.Of),
		}
	default:
		return fmt.Errorf("mode %q: want remote, standard or virtual", sr.Mode)
	}
	own, err := b.policy(p, sr.Policy)
	if err != nil {
		return err
	}
	r := b.put(p, location, id, pb)
	r.policy = own
	if sr.Logs != "" {
		level, ok := severities[strings.ToUpper(sr.Logs)]
		if !ok {
			return fmt.Errorf("platformLogs %q: want a severity as in the API", sr.Logs)
		}
		p.setLogging(sr.Name, platformLogs{state: "ENABLED", severity: strings.ToUpper(sr.Logs), level: level})
	}
	r.pb.CreateTime = timestamppb.New(b.now().Add(-sr.Age))
	r.pb.UpdateTime = r.pb.CreateTime
	return nil
}

// seedFormat reads a format's name, or the number of one that is newer than the
// Go messages.
func seedFormat(text string) (artifactregistrypb.Repository_Format, error) {
	if number, ok := artifactregistrypb.Repository_Format_value[strings.ToUpper(text)]; ok && number != 0 {
		return artifactregistrypb.Repository_Format(number), nil
	}
	if number, err := strconv.ParseInt(text, 10, 32); err == nil && isNewerFormat(artifactregistrypb.Repository_Format(number)) {
		return artifactregistrypb.Repository_Format(number), nil
	}
	return 0, fmt.Errorf("unknown format %q", text)
}

// virtualConfig lists the upstreams of a virtual repository.
func virtualConfig(p *project, of []seedUpstream) *artifactregistrypb.VirtualRepositoryConfig {
	c := &artifactregistrypb.VirtualRepositoryConfig{}
	for _, u := range of {
		name := u.Repository
		if location, id, short := strings.Cut(name, "/"); short && !strings.Contains(id, "/") {
			name = "projects/" + p.id + "/locations/" + location + "/repositories/" + id
		}
		c.UpstreamPolicies = append(c.UpstreamPolicies, &artifactregistrypb.UpstreamPolicy{
			Id: name[strings.LastIndex(name, "/")+1:], Repository: name, Priority: u.Priority,
		})
	}
	return c
}

func upstreamCredentials(username, password string) *artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials {
	return &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials{
		Credentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials_{
			UsernamePasswordCredentials: &artifactregistrypb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials{
				Username: username, PasswordSecretVersion: password,
			},
		},
	}
}

// Shorthands for the long names of the generated types.
type (
	remote       = artifactregistrypb.RemoteRepositoryConfig
	remoteDocker = artifactregistrypb.RemoteRepositoryConfig_DockerRepository
	remoteMaven  = artifactregistrypb.RemoteRepositoryConfig_MavenRepository
	remoteNPM    = artifactregistrypb.RemoteRepositoryConfig_NpmRepository
	remotePython = artifactregistrypb.RemoteRepositoryConfig_PythonRepository
	remoteApt    = artifactregistrypb.RemoteRepositoryConfig_AptRepository
	remoteYum    = artifactregistrypb.RemoteRepositoryConfig_YumRepository
)

// remoteConfig makes the source of a remote repository. An upstream is empty
// or a word ("preset") for the format's public one, or a URI, which goes into
// a common_repository unless custom asks for the format's own older shape.
func remoteConfig(format artifactregistrypb.Repository_Format, upstream string, custom bool) (*remote, error) {
	preset := upstream == "" || upstream == "preset"
	if !preset && !custom {
		return &remote{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_CommonRepository{
			CommonRepository: &artifactregistrypb.RemoteRepositoryConfig_CommonRemoteRepository{Uri: upstream},
		}}, nil
	}
	switch format {
	case artifactregistrypb.Repository_DOCKER:
		r := &remoteDocker{Upstream: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_PublicRepository_{
			PublicRepository: artifactregistrypb.RemoteRepositoryConfig_DockerRepository_DOCKER_HUB}}
		if !preset {
			r.Upstream = &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_CustomRepository_{
				CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_CustomRepository{Uri: upstream}}
		}
		return &remote{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_DockerRepository_{DockerRepository: r}}, nil
	case artifactregistrypb.Repository_MAVEN:
		r := &remoteMaven{Upstream: &artifactregistrypb.RemoteRepositoryConfig_MavenRepository_PublicRepository_{
			PublicRepository: artifactregistrypb.RemoteRepositoryConfig_MavenRepository_MAVEN_CENTRAL}}
		if !preset {
			r.Upstream = &artifactregistrypb.RemoteRepositoryConfig_MavenRepository_CustomRepository_{
				CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_MavenRepository_CustomRepository{Uri: upstream}}
		}
		return &remote{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_MavenRepository_{MavenRepository: r}}, nil
	case artifactregistrypb.Repository_NPM:
		r := &remoteNPM{Upstream: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_PublicRepository_{
			PublicRepository: artifactregistrypb.RemoteRepositoryConfig_NpmRepository_NPMJS}}
		if !preset {
			r.Upstream = &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_CustomRepository_{
				CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_CustomRepository{Uri: upstream}}
		}
		return &remote{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_NpmRepository_{NpmRepository: r}}, nil
	case artifactregistrypb.Repository_PYTHON:
		r := &remotePython{Upstream: &artifactregistrypb.RemoteRepositoryConfig_PythonRepository_PublicRepository_{
			PublicRepository: artifactregistrypb.RemoteRepositoryConfig_PythonRepository_PYPI}}
		if !preset {
			r.Upstream = &artifactregistrypb.RemoteRepositoryConfig_PythonRepository_CustomRepository_{
				CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_PythonRepository_CustomRepository{Uri: upstream}}
		}
		return &remote{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_PythonRepository_{PythonRepository: r}}, nil
	default:
		return osPackages(format, upstream, preset)
	}
}

// osPackages is remoteConfig for the formats whose presets have a path, and for Go.
func osPackages(format artifactregistrypb.Repository_Format, upstream string, preset bool) (*remote, error) {
	switch format {
	case artifactregistrypb.Repository_APT:
		r := &remoteApt{Upstream: &artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository_{
			PublicRepository: &artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository{
				RepositoryBase: artifactregistrypb.RemoteRepositoryConfig_AptRepository_PublicRepository_DEBIAN,
				RepositoryPath: "debian/dists/stable"}}}
		if !preset {
			r.Upstream = &artifactregistrypb.RemoteRepositoryConfig_AptRepository_CustomRepository_{
				CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_AptRepository_CustomRepository{Uri: upstream}}
		}
		return &remote{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_AptRepository_{AptRepository: r}}, nil
	case artifactregistrypb.Repository_YUM:
		r := &remoteYum{Upstream: &artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_{
			PublicRepository: &artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository{
				RepositoryBase: artifactregistrypb.RemoteRepositoryConfig_YumRepository_PublicRepository_ROCKY,
				RepositoryPath: "pub/rocky/9/BaseOS/x86_64/os"}}}
		if !preset {
			r.Upstream = &artifactregistrypb.RemoteRepositoryConfig_YumRepository_CustomRepository_{
				CustomRepository: &artifactregistrypb.RemoteRepositoryConfig_YumRepository_CustomRepository{Uri: upstream}}
		}
		return &remote{RemoteSource: &artifactregistrypb.RemoteRepositoryConfig_YumRepository_{YumRepository: r}}, nil
	case artifactregistrypb.Repository_GO:
		if preset {
			return remoteConfig(format, goURI, false)
		}
	default:
	}
	return nil, fmt.Errorf("format %s has no upstream %q of that shape", format, upstream)
}

var seedKeyName = regexp.MustCompile(`^[a-z0-9-]+/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+$`)

// key says who may use a Cloud KMS key.
func (b *builder) key(p *project, sk seedKey) error {
	if !seedKeyName.MatchString(sk.Name) {
		return errors.New("the name must be LOCATION/RING/KEY")
	}
	own, err := b.policy(p, sk.Policy)
	if err != nil {
		return err
	}
	if p.keys == nil {
		p.keys = map[string]*policy{}
	}
	p.keys[sk.Name] = own
	return nil
}

func (b *builder) secret(p *project, ss seedSecret) error {
	if !isSecretID(ss.ID) {
		return fmt.Errorf("the id must match %s and have at most 255 characters", secretID)
	}
	if _, exists := p.secrets.get(ss.ID); exists {
		return errors.New("it is there twice")
	}
	pb := &secretmanagerpb.Secret{
		Labels: ss.Labels, Annotations: ss.Annotations, VersionAliases: ss.Aliases, Replication: replication(ss.Replicas),
		CreateTime: timestamppb.New(b.now().Add(-ss.Age)),
	}
	if ss.Type != "" {
		kind, ok := secretmanagerpb.Secret_SecretType_value[strings.ToUpper(ss.Type)]
		if !ok {
			return fmt.Errorf("unknown type %q", ss.Type)
		}
		pb.SecretType = secretmanagerpb.Secret_SecretType(kind)
	}
	if ss.Key != "" {
		automatic := pb.GetReplication().GetAutomatic()
		if automatic == nil {
			return errors.New("a key goes with automatic replication only")
		}
		automatic.CustomerManagedEncryption = &secretmanagerpb.CustomerManagedEncryption{KmsKeyName: ss.Key}
	}
	if ss.ExpiresIn != 0 {
		pb.Expiration = &secretmanagerpb.Secret_ExpireTime{ExpireTime: timestamppb.New(b.now().Add(ss.ExpiresIn))}
	}
	if ss.DestroyTTL > 0 {
		pb.VersionDestroyTtl = durationpb.New(ss.DestroyTTL)
	}
	own, err := b.policy(p, ss.Policy)
	if err != nil {
		return err
	}
	s := b.putSecret(p, ss.ID, pb)
	s.policy = own
	for i, sv := range ss.Versions {
		if err := b.version(s, sv); err != nil {
			return fmt.Errorf("version %d: %w", i+1, err)
		}
	}
	for alias, n := range ss.Aliases {
		if n < 1 || n > int64(len(s.versions)) {
			return fmt.Errorf("alias %q: there is no version %d", alias, n)
		}
	}
	return nil
}

func replication(replicas []string) *secretmanagerpb.Replication {
	if len(replicas) == 0 {
		return &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_Automatic_{
			Automatic: &secretmanagerpb.Replication_Automatic{}}}
	}
	managed := &secretmanagerpb.Replication_UserManaged{}
	for _, at := range replicas {
		managed.Replicas = append(managed.Replicas, &secretmanagerpb.Replication_UserManaged_Replica{Location: at})
	}
	return &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_UserManaged_{UserManaged: managed}}
}

func (b *builder) version(s *secret, sv seedVersion) error {
	data := sv.Data
	if sv.TokenFor != "" {
		found, ok := b.upstreams.Lookup(sv.TokenFor)
		if !ok {
			return fmt.Errorf("tokenFor: there is no embedded upstream %q", sv.TokenFor)
		}
		data = found.Token + sv.Data
	}
	state := strings.ToUpper(sv.State)
	if state == "" {
		state = "ENABLED"
	}
	if !slices.Contains([]string{"ENABLED", "DISABLED", "DESTROYED"}, state) {
		return fmt.Errorf("state %q: want enabled, disabled or destroyed", sv.State)
	}
	v := b.putVersion(s, []byte(data))
	v.pb.State = secretmanagerpb.SecretVersion_State(secretmanagerpb.SecretVersion_State_value[state])
	v.pb.CreateTime = timestamppb.New(b.now().Add(-sv.Age))
	v.pb.ClientSpecifiedPayloadChecksum = true
	if v.pb.State == secretmanagerpb.SecretVersion_DESTROYED {
		v.pb.DestroyTime, v.data = v.pb.CreateTime, nil
	}
	return nil
}

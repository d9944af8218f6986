package emulator

import (
	"strings"

	arpb "cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	smpb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"example.com/upstreamauth/gcp/emulator/upstreams"
)

const usernamePath = "remote_repository_config.upstream_credentials.username_password_credentials.username"
const versionPath = "remote_repository_config.upstream_credentials.username_password_credentials.password_secret_version"

func (g *clients) location() string { return g.project + "/locations/us-central1" }

func (g *clients) repository(id string) string { return g.location() + "/repositories/" + id }

// dockerRemote is a remote repository of Docker Hub.
func dockerRemote() *arpb.Repository {
	return &arpb.Repository{
		Format: arpb.Repository_DOCKER, Mode: arpb.Repository_REMOTE_REPOSITORY,
		ModeConfig: &arpb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: &arpb.RemoteRepositoryConfig{
			RemoteSource: &arpb.RemoteRepositoryConfig_DockerRepository_{DockerRepository: &arpb.RemoteRepositoryConfig_DockerRepository{
				Upstream: &arpb.RemoteRepositoryConfig_DockerRepository_PublicRepository_{PublicRepository: arpb.RemoteRepositoryConfig_DockerRepository_DOCKER_HUB}}}}},
	}
}

// commonRemote is a remote Docker repository of any upstream.
func commonRemote(uri string) *arpb.Repository {
	return &arpb.Repository{
		Format: arpb.Repository_DOCKER, Mode: arpb.Repository_REMOTE_REPOSITORY,
		ModeConfig: &arpb.Repository_RemoteRepositoryConfig{RemoteRepositoryConfig: &arpb.RemoteRepositoryConfig{
			RemoteSource: &arpb.RemoteRepositoryConfig_CommonRepository{CommonRepository: &arpb.RemoteRepositoryConfig_CommonRemoteRepository{Uri: uri}}}},
	}
}

// withCredential gives a repository a user name and a version of the secret
// "token", by number.
func withCredential(g *clients, r *arpb.Repository, username, version string) *arpb.Repository {
	r.GetRemoteRepositoryConfig().UpstreamCredentials = &arpb.RemoteRepositoryConfig_UpstreamCredentials{
		Credentials: &arpb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials_{
			UsernamePasswordCredentials: &arpb.RemoteRepositoryConfig_UpstreamCredentials_UsernamePasswordCredentials{
				Username: username, PasswordSecretVersion: g.secret("token/versions/" + version)}}}
	return r
}

// withRepository is a preparation: the repository "r", of Docker Hub, and the
// secret "token", whose version 1 is right and whose version 2 is wrong.
func withRepository(g *clients) {
	g.newRepository("r", dockerRemote())
	g.newSecret("token", upstreams.DockerHubToken, "wrong")
}

// granted is withRepository, and the service agent may read the secret.
func granted(g *clients) {
	withRepository(g)
	agent := "serviceAccount:" + agentEmail(g.server.world.projects[0].number)
	p := need[*iampb.Policy](g)(g.sm.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: g.secret("token")}))
	bind(p, agent)
	need[*iampb.Policy](g)(g.sm.SetIamPolicy(g, &iampb.SetIamPolicyRequest{Resource: g.secret("token"), Policy: p}))
}

// authenticated is granted, and the repository has its credential.
func authenticated(g *clients) {
	granted(g)
	need[any](g)(setCredential("demo", "1", usernamePath, versionPath)(g))
}

func (g *clients) newRepository(id string, r *arpb.Repository) {
	g.t.Helper()
	need[any](g)(createRepository(id, r)(g))
}

func createRepository(id string, r *arpb.Repository) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		op, err := g.ar.CreateRepository(g, &arpb.CreateRepositoryRequest{Parent: g.location(), RepositoryId: id, Repository: r})
		if err != nil {
			return nil, err
		}
		return op.Wait(g)
	}
}

func getRepository(id string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.ar.GetRepository(g, &arpb.GetRepositoryRequest{Name: g.repository(id)})
	}
}

func updateRepository(edit func(*clients, *arpb.Repository), paths ...string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		r := &arpb.Repository{Name: g.repository("r")}
		edit(g, r)
		return g.ar.UpdateRepository(g, &arpb.UpdateRepositoryRequest{Repository: r, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
	}
}

func setCredential(username, version string, paths ...string) func(*clients) (any, error) {
	return updateRepository(func(g *clients, r *arpb.Repository) {
		r.ModeConfig = withCredential(g, dockerRemote(), username, version).GetModeConfig()
	}, paths...)
}

func describe(text string, paths ...string) func(*clients) (any, error) {
	return updateRepository(func(_ *clients, r *arpb.Repository) { r.Description = text }, paths...)
}

func listRepositories(req *arpb.ListRepositoriesRequest) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		asked := &arpb.ListRepositoriesRequest{Parent: g.location(), Filter: strings.ReplaceAll(req.GetFilter(), "LOCATION", g.location()), OrderBy: req.GetOrderBy(), PageSize: req.GetPageSize(), PageToken: req.GetPageToken()}
		return all(g, g.ar.ListRepositories(g, asked).Next)
	}
}

// closedServer is an upstream that nobody listens at. Its port is one that no
// other test is given meanwhile.
func closedServer() string { return "http://127.0.0.1:1" }

func twoRepositories(g *clients) {
	g.newRepository("contract-a", dockerRemote())
	g.newRepository("contract-b", dockerRemote())
}

func repositoryPolicy(edit func(*iampb.Policy)) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		p, err := g.ar.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: g.repository("r")})
		if err != nil {
			return nil, err
		}
		edit(p)
		return g.ar.SetIamPolicy(g, &iampb.SetIamPolicyRequest{Resource: g.repository("r"), Policy: p})
	}
}

var registryContract = []contract{
	{name: "get repository", prepare: withRepository, ask: getRepository("r"), has: []string{`"dockerRepository":{"publicRepository":"DOCKER_HUB"}`, `"registryUri":"us-central1-docker.pkg.dev/`, `"mode":"REMOTE_REPOSITORY"`}},
	{name: "get missing repository", ask: getRepository("none"), code: codes.NotFound, says: "Requested entity was not found."},
	{name: "get repository without permission", prepare: withRepository, caller: stranger, ask: getRepository("r"), code: codes.PermissionDenied, says: "Permission 'artifactregistry.repositories.get' denied on resource '//artifactregistry.googleapis.com/projects/", reason: "IAM_PERMISSION_DENIED"},
	{name: "get repository with the API off", prepare: func(g *clients) { g.disable("artifactregistry.googleapis.com") }, ask: getRepository("r"), code: codes.PermissionDenied, says: "Artifact Registry API has not been used in project", reason: "SERVICE_DISABLED"},
	{name: "get repository refused", prepare: withRepository, fault: "ArtifactRegistry.GetRepository=INTERNAL", ask: getRepository("r"), code: codes.Internal},

	{name: "list repositories", prepare: twoRepositories, ask: listRepositories(&arpb.ListRepositoriesRequest{}), has: []string{"/repositories/contract-a", "/repositories/contract-b"}},
	{name: "list repositories page by page", prepare: twoRepositories, ask: listRepositories(&arpb.ListRepositoriesRequest{PageSize: 1}), has: []string{"/repositories/contract-a", "/repositories/contract-b"}},
	{name: "list repositories by name", prepare: twoRepositories, ask: listRepositories(&arpb.ListRepositoriesRequest{Filter: `name="LOCATION/repositories/contract-*"`, OrderBy: "name desc"}), has: []string{"/repositories/contract-a", "/repositories/contract-b"}},
	{name: "list repositories by an unknown field", ask: listRepositories(&arpb.ListRepositoriesRequest{Filter: "colour=red"}), code: codes.InvalidArgument},
	{name: "list repositories in an unknown order", ask: listRepositories(&arpb.ListRepositoriesRequest{OrderBy: "colour"}), code: codes.InvalidArgument},
	{name: "list repositories with a bad page token", ask: listRepositories(&arpb.ListRepositoriesRequest{PageToken: "!"}), code: codes.InvalidArgument},
	{name: "list repositories with a negative page size", ask: listRepositories(&arpb.ListRepositoriesRequest{PageSize: -1}), code: codes.InvalidArgument},
	{name: "list repositories of an unknown location", ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListRepositories(g, &arpb.ListRepositoriesRequest{Parent: g.project + "/locations/atlantis"}).Next)
	}, code: codes.NotFound},
	{name: "list repositories of all locations at once", ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListRepositories(g, &arpb.ListRepositoriesRequest{Parent: g.project + "/locations/-"}).Next)
	}, code: codes.InvalidArgument, says: "Invalid resource field value in the request."},
	{name: "list repositories without permission", caller: stranger, ask: listRepositories(&arpb.ListRepositoriesRequest{}), code: codes.PermissionDenied, reason: "IAM_PERMISSION_DENIED"},

	{name: "create remote repository", ask: createRepository("new", dockerRemote()), has: []string{"/repositories/new", `"publicRepository":"DOCKER_HUB"`}},
	{name: "create standard repository", ask: createRepository("new", &arpb.Repository{Format: arpb.Repository_NPM}), has: []string{`"mode":"STANDARD_REPOSITORY"`}},
	{name: "create existing repository", prepare: withRepository, ask: createRepository("r", dockerRemote()), code: codes.AlreadyExists, says: "the repository already exists"},
	{name: "create repository with a bad name", ask: createRepository("Bad_Name", dockerRemote()), code: codes.InvalidArgument},
	{name: "create repository without a format", ask: createRepository("new", &arpb.Repository{}), code: codes.InvalidArgument},
	{name: "create remote repository without a source", ask: createRepository("new", &arpb.Repository{Format: arpb.Repository_DOCKER, Mode: arpb.Repository_REMOTE_REPOSITORY}), code: codes.InvalidArgument},
	{name: "create repository of a closed upstream", ask: createRepository("new", commonRemote(closedServer())), code: codes.InvalidArgument, says: "Failed to validate remote upstream"},
	{name: "create repository of a closed upstream, unseen", ask: func(g *clients) (any, error) {
		r := commonRemote("http://127.0.0.1:1")
		r.GetRemoteRepositoryConfig().DisableUpstreamValidation = true
		return createRepository("new", r)(g)
	}, has: []string{`"commonRepository":{"uri":"http://127.0.0.1:1"}`}, lacks: []string{"disableUpstreamValidation"}},
	{name: "create repository with a wrong credential", prepare: granted, ask: func(g *clients) (any, error) {
		return createRepository("new", withCredential(g, dockerRemote(), "demo", "2"))(g)
	}, code: codes.InvalidArgument, says: "generic::unauthenticated: Unauthorized error returned by the external repository"},
	{name: "create repository without permission", caller: stranger, ask: createRepository("new", dockerRemote()), code: codes.PermissionDenied, says: "'artifactregistry.repositories.create' denied on resource"},
	{name: "create repository and read its operation", ask: func(g *clients) (any, error) {
		op, err := g.ar.CreateRepository(g, &arpb.CreateRepositoryRequest{Parent: g.location(), RepositoryId: "new", Repository: dockerRemote()})
		if err != nil {
			return nil, err
		}
		return g.ar.GetOperation(g, &longrunningpb.GetOperationRequest{Name: op.Name()})
	}, has: []string{`"done":true`, `"@type":"type.googleapis.com/google.devtools.artifactregistry.v1.Repository"`}},
	{name: "get missing operation", ask: func(g *clients) (any, error) {
		return g.ar.GetOperation(g, &longrunningpb.GetOperationRequest{Name: g.location() + "/operations/none"})
	}, code: codes.NotFound},

	{name: "set credential", prepare: granted, ask: setCredential("demo", "1", usernamePath, versionPath), has: []string{`"username":"demo"`, `/secrets/token/versions/1"`, `"publicRepository":"DOCKER_HUB"`}},
	{name: "set credential that the upstream refuses", prepare: granted, ask: setCredential("demo", "2", usernamePath, versionPath), code: codes.InvalidArgument, says: "Failed to validate remote upstream: failed to fetch bearer token; generic::unauthenticated"},
	{name: "set credential that the agent cannot read", prepare: withRepository, ask: setCredential("demo", "1", usernamePath, versionPath), code: codes.InvalidArgument, says: "Failed to validate remote upstream: failed to access secret version; generic::permission_denied"},
	{name: "set credential of a missing version", prepare: granted, ask: setCredential("demo", "9", usernamePath, versionPath), code: codes.InvalidArgument, says: "generic::not_found"},
	{name: "set credential of a disabled version", prepare: func(g *clients) {
		granted(g)
		need[*smpb.SecretVersion](g)(g.sm.DisableSecretVersion(g, &smpb.DisableSecretVersionRequest{Name: g.secret("token/versions/1")}))
	}, ask: setCredential("demo", "1", usernamePath, versionPath), code: codes.InvalidArgument, says: "is in DISABLED state."},
	{name: "set another version alone", prepare: func(g *clients) {
		authenticated(g)
		need[*smpb.SecretVersion](g)(g.addVersion("token", upstreams.DockerHubToken))
	}, ask: setCredential("", "3", versionPath), has: []string{`"username":"demo"`, `/secrets/token/versions/3"`}},
	{name: "clear credential", prepare: authenticated, ask: updateRepository(func(_ *clients, r *arpb.Repository) { r.ModeConfig = dockerRemote().GetModeConfig() }, "remote_repository_config.upstream_credentials"), lacks: []string{"username", "versions/"}, has: []string{`"DOCKER_HUB"`}},
	{name: "update description alone", prepare: authenticated, ask: describe("new words", "description"), has: []string{`"description":"new words"`, `"username":"demo"`}},
	{name: "update by an unknown path", prepare: withRepository, ask: func(g *clients) (any, error) {
		return g.ar.UpdateRepository(g, &arpb.UpdateRepositoryRequest{Repository: &arpb.Repository{Name: g.repository("r")}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"colour"}}})
	}, code: codes.InvalidArgument},
	{name: "update what cannot change", prepare: withRepository, ask: updateRepository(func(_ *clients, r *arpb.Repository) { r.Format = arpb.Repository_NPM }, "format"), code: codes.InvalidArgument},
	{name: "update missing repository", ask: describe("x", "description"), code: codes.NotFound},
	{name: "update repository without permission", prepare: withRepository, caller: stranger, ask: describe("x", "description"), code: codes.PermissionDenied, says: "'artifactregistry.repositories.update' denied on resource"},
	{name: "update repository and lose the answer", prepare: withRepository, fault: "UpdateRepository=UNAVAILABLE@after:1", ask: func(g *clients) (any, error) {
		if _, err := describe("written", "description")(g); err == nil {
			g.t.Error("the answer was not lost")
		}
		return getRepository("r")(g)
	}, has: []string{`"description":"written"`}},

	{name: "delete repository", prepare: withRepository, ask: func(g *clients) (any, error) {
		op, err := g.ar.DeleteRepository(g, &arpb.DeleteRepositoryRequest{Name: g.repository("r")})
		if err != nil {
			return nil, err
		}
		if err := op.Wait(g); err != nil {
			return nil, err
		}
		return getRepository("r")(g)
	}, code: codes.NotFound},
	{name: "delete missing repository", ask: func(g *clients) (any, error) {
		_, err := g.ar.DeleteRepository(g, &arpb.DeleteRepositoryRequest{Name: g.repository("none")})
		return nil, err
	}, code: codes.NotFound},

	{name: "get repository policy", prepare: withRepository, ask: repositoryPolicy(func(*iampb.Policy) {}), has: []string{`"etag":`}},
	{name: "set repository policy", prepare: withRepository, ask: repositoryPolicy(func(p *iampb.Policy) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: "roles/artifactregistry.reader", Members: []string{"user:a@example.com"}})
	}), has: []string{`"roles/artifactregistry.reader"`}},
	{name: "set repository policy with a stale etag", prepare: withRepository, ask: repositoryPolicy(func(p *iampb.Policy) { p.Etag = []byte("stale") }), code: codes.Aborted, says: "There were concurrent policy changes."},
	{name: "test permissions on repository", prepare: withRepository, ask: func(g *clients) (any, error) {
		return g.ar.TestIamPermissions(g, &iampb.TestIamPermissionsRequest{Resource: g.repository("r"), Permissions: []string{"artifactregistry.repositories.update"}})
	}, has: []string{"artifactregistry.repositories.update"}},

	{name: "get VPC-SC configuration", ask: func(g *clients) (any, error) {
		return g.ar.GetVPCSCConfig(g, &arpb.GetVPCSCConfigRequest{Name: g.location() + "/vpcscConfig"})
	}, has: []string{"/vpcscConfig"}},
	{name: "update VPC-SC configuration", ask: func(g *clients) (any, error) {
		return g.ar.UpdateVPCSCConfig(g, &arpb.UpdateVPCSCConfigRequest{
			VpcscConfig: &arpb.VPCSCConfig{Name: g.location() + "/vpcscConfig", VpcscPolicy: arpb.VPCSCConfig_ALLOW}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"vpcsc_policy"}}})
	}, has: []string{`"ALLOW"`}},

	{name: "list locations", ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListLocations(g, &location.ListLocationsRequest{Name: g.project}).Next)
	}, has: []string{`"locationId":"us-central1"`, `"locationId":"europe"`}},
	{name: "list locations page by page", ask: func(g *clients) (any, error) {
		return all(g, g.ar.ListLocations(g, &location.ListLocationsRequest{Name: g.project, PageSize: 20}).Next)
	}, has: []string{`"locationId":"us-west4"`}},
	{name: "get location", ask: func(g *clients) (any, error) {
		return g.ar.GetLocation(g, &location.GetLocationRequest{Name: g.location()})
	}, has: []string{`"locationId":"us-central1"`}},
	{name: "get unknown location", ask: func(g *clients) (any, error) {
		return g.ar.GetLocation(g, &location.GetLocationRequest{Name: g.project + "/locations/atlantis"})
	}, code: codes.NotFound},
}

package emulator

import (
	"context"
	"strings"

	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
)

// The methods below find what a request names and check that its caller may
// do what it asks, in Google's order: the name, the API, the permission, and
// only then whether the thing exists. The caller of each holds the lock.

func (p *project) active() bool { return p.pb.GetState() == resourcemanagerpb.Project_ACTIVE }

// invalidName is Artifact Registry's answer to a malformed name
// (googleapis/python-artifact-registry#118).
func invalidName() error { return invalid("Invalid resource field value in the request.") }

// projectWith finds the project that a request names by id or number, in which
// the API must be on. One that does not exist is refused in the same words as
// one that the caller may not see.
func (s *Server) projectWith(a api, named, permission, resource string) (*project, error) {
	p := s.world.byName[named]
	switch {
	case p == nil:
		return nil, permissionDenied(a, permission, resource)
	case !p.active():
		return nil, consumerInvalid(a, named)
	case !p.enabled[a.host]:
		return nil, serviceDisabled(a, p.numberText())
	}
	return p, nil
}

// registryProject finds the project of a name as in "projects/P".
func (s *Server) registryProject(ctx context.Context, name, permission string) (*project, error) {
	parts, ok := split("projects/*", name)
	if !ok {
		return nil, invalidName()
	}
	p, err := s.projectWith(artifactRegistry, parts[0], permission, name)
	if err != nil {
		return nil, err
	}
	if !s.world.may(callerOf(ctx), permission, p.policy) {
		return nil, permissionDenied(artifactRegistry, permission, name)
	}
	return p, nil
}

// registryLocation finds the project and location of a name as in
// "projects/P/locations/L".
func (s *Server) registryLocation(ctx context.Context, name, permission string) (*project, string, error) {
	parts, ok := split("projects/*/locations/*", name)
	if !ok || parts[1] == "-" { // all locations at once is not documented
		return nil, "", invalidName()
	}
	p, err := s.projectWith(artifactRegistry, parts[0], permission, name)
	if err != nil {
		return nil, "", err
	}
	if !s.world.may(callerOf(ctx), permission, p.policy) {
		return nil, "", permissionDenied(artifactRegistry, permission, name)
	}
	if !isLocation(parts[1]) {
		return nil, "", noLocation(parts[1])
	}
	return p, parts[1], nil
}

// repository finds a repository by its full name.
func (s *Server) repository(ctx context.Context, name, permission string) (*repository, error) {
	parts, ok := split("projects/*/locations/*/repositories/*", name)
	if !ok {
		return nil, invalidName()
	}
	p, err := s.projectWith(artifactRegistry, parts[0], permission, name)
	if err != nil {
		return nil, err
	}
	r, exists := p.repositories.get(repositoryKey(parts[1], parts[2]))
	var own *policy
	if exists {
		own = r.policy
	}
	if !s.world.may(callerOf(ctx), permission, p.policy, own) {
		return nil, permissionDenied(artifactRegistry, permission, name)
	}
	if !exists {
		return nil, fail(codes.NotFound, "Requested entity was not found.")
	}
	return r, nil
}

// secretProject finds the project of a parent as in "projects/P".
func (s *Server) secretProject(ctx context.Context, parent, permission string) (*project, error) {
	if err := refuseRegional(parent); err != nil {
		return nil, err
	}
	parts, ok := split(projectPattern, parent)
	if !ok {
		return nil, invalidSecretName(parent, projectPattern)
	}
	p, err := s.projectWith(secretManager, parts[0], permission, parent)
	if err != nil {
		return nil, err
	}
	if !s.world.may(callerOf(ctx), permission, p.policy) {
		return nil, permissionDenied(secretManager, permission, parent)
	}
	return p, nil
}

// secret finds a secret by its full name.
func (s *Server) secret(ctx context.Context, name, permission string) (*secret, error) {
	return s.secretOf(ctx, name, name, permission)
}

// secretOf is secret for a request that names something in it.
func (s *Server) secretOf(ctx context.Context, name, asked, permission string) (*secret, error) {
	if err := refuseRegional(name); err != nil {
		return nil, err
	}
	project, id, ok := splitSecret(name)
	if !ok {
		return nil, invalidSecretName(asked, secretPattern)
	}
	p, err := s.projectWith(secretManager, project, permission, asked)
	if err != nil {
		return nil, err
	}
	found := s.liveSecret(p, id)
	var own *policy
	if found != nil {
		own = found.policy
	}
	if !s.world.may(callerOf(ctx), permission, p.policy, own) {
		return nil, permissionDenied(secretManager, permission, asked)
	}
	switch {
	case found == nil && permission == "secretmanager.versions.access":
		return nil, noVersions(p, id)
	case found == nil:
		return nil, fail(codes.NotFound, "Secret [projects/%d/secrets/%s] not found.", p.number, id)
	}
	return found, nil
}

// liveSecret is a secret that has not expired, or nil.
func (s *Server) liveSecret(p *project, id string) *secret {
	found, ok := p.secrets.get(id)
	if !ok || found.expired(s.now()) {
		return nil
	}
	return found
}

// noVersions is the answer to whoever wants a payload; others are told of the
// secret alone (k8s-config-connector's recordings).
func noVersions(p *project, id string) error {
	return fail(codes.NotFound, "Secret [projects/%d/secrets/%s] not found or has no versions.", p.number, id)
}

// invalidSecretName is Secret Manager's answer to a malformed name
// (GoogleCloudPlatform/professional-services-data-validator#1332).
func invalidSecretName(name, pattern string) error {
	return invalid("The provided Secret ID [%s] does not match the expected format [%s]", name, pattern)
}

// Patterns of names in Secret Manager.
const (
	projectPattern = "projects/*"
	secretPattern  = "projects/*/secrets/*"
	versionPattern = "projects/*/secrets/*/versions/*"
)

// splitSecret is split for the name of a secret, whose id is held against its
// form too.
func splitSecret(name string) (project, id string, ok bool) {
	parts, ok := split(secretPattern, name)
	if !ok || !isSecretID(parts[1]) {
		return "", "", false
	}
	return parts[0], parts[1], true
}

// refuseRegional turns away what belongs to the regional endpoints.
func refuseRegional(name string) error {
	if strings.HasPrefix(name, "projects/") && strings.Contains(name, "/locations/") {
		return unimplemented("regional secrets")
	}
	return nil
}

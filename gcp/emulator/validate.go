package emulator

import (
	"context"
	"errors"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/status"

	"example.com/upstreamauth/gcp/emulator/origin"
)

// validationPrefix begins every refusal of an upstream
// (hashicorp/terraform-provider-google#17589, #20803). What follows it is known
// for a bad credential and for an Artifact Registry address; the rest is
// modelled on these.
const validationPrefix = "Failed to validate remote upstream: "

func invalidUpstream(format string, args ...any) error {
	return invalid(validationPrefix+format, args...)
}

// validate tries a repository's upstream with its credential, as Google does
// when either is written. It takes the lock for what it reads; the caller must
// not hold it.
func (s *Server) validate(ctx context.Context, p *project, location string, old, pb *artifactregistrypb.Repository) error {
	c := pb.GetRemoteRepositoryConfig()
	if c == nil {
		return nil
	}
	if err := checkCredential(c); err != nil {
		return err
	}
	if c.GetDisableUpstreamValidation() {
		return nil
	}
	u := sourceOf(pb)
	if u.isRegistry() {
		return validateRegistry(u, c)
	}
	if err := s.checkPerimeter(p, location); err != nil {
		return err
	}
	given := c.GetUpstreamCredentials().GetUsernamePasswordCredentials()
	if given.GetUsername() == "" && old.GetRemoteRepositoryConfig() != nil {
		return nil // the credential was taken away: there is nothing to try
	}
	var credential *origin.Credential
	if given.GetUsername() != "" {
		payload, err := s.agentAccess(p, given.GetPasswordSecretVersion())
		if err != nil {
			st := status.Convert(err)
			return invalidUpstream("failed to access secret version; generic::%s: %s", strings.ToLower(codeName(st.Code())), st.Message())
		}
		credential = &origin.Credential{Username: given.GetUsername(), Password: payload}
	}
	uri, embedded := s.upstreams.Resolve(u.uri)
	if !embedded {
		if uri = u.uri; u.preset {
			return nil // modelled: a preset without an embedded twin is taken to be well
		}
	}
	err := s.origin.Validate(ctx, origin.Upstream{Format: pb.GetFormat().String(), URI: uri}, credential)
	return upstreamRefusal(err)
}

// checkCredential tells what is wrong with a credential in itself.
func checkCredential(c *artifactregistrypb.RemoteRepositoryConfig) error {
	given := c.GetUpstreamCredentials().GetUsernamePasswordCredentials()
	version := given.GetPasswordSecretVersion()
	if version != "" && !versionRef.MatchString(version) {
		return invalidName()
	}
	if (given.GetUsername() == "") != (version == "") {
		return invalid("upstream_credentials: a username and a password secret version must be set together.") // modelled
	}
	return nil
}

// validateRegistry judges another Artifact Registry repository as upstream:
// it is reached by IAM, not by a password.
func validateRegistry(u source, c *artifactregistrypb.RemoteRepositoryConfig) error {
	switch {
	case u.custom:
		return invalidUpstream("generic::invalid_argument: Artifact Registry repositories not supported as custom remote repository URI")
	case c.GetUpstreamCredentials().GetUsernamePasswordCredentials().GetUsername() != "":
		return invalidUpstream("generic::invalid_argument: upstream credentials are not supported for Artifact Registry upstreams") // modelled
	}
	return nil
}

// checkPerimeter refuses upstreams to a project inside a service perimeter,
// unless they were allowed for the location.
func (s *Server) checkPerimeter(p *project, location string) error {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	if p.cutOff(location) {
		return perimeterDenied(artifactRegistry, p.number)
	}
	return nil
}

// upstreamRefusal puts an upstream's failure into Google's words.
func upstreamRefusal(err error) error {
	var e *origin.Error
	if err == nil {
		return nil
	}
	if !errors.As(err, &e) {
		return invalidUpstream("generic::internal: %v", err)
	}
	switch e.Kind {
	case origin.Unauthorized:
		return invalidUpstream(badCredential)
	case origin.Denied:
		return invalidUpstream("generic::permission_denied: the external repository answered %s", e)
	case origin.NotFound, origin.NotARegistry:
		return invalidUpstream("generic::not_found: the external repository answered %s", e)
	case origin.Limited:
		return invalidUpstream("generic::resource_exhausted: the external repository answered %s", e)
	default:
		return invalidUpstream("generic::unavailable: the external repository could not be reached: %s", e)
	}
}

// agentAccess reads a secret version as the project's service agent may at
// this moment. It answers as AccessSecretVersion does.
func (s *Server) agentAccess(p *project, version string) ([]byte, error) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	if !versionRef.MatchString(version) {
		return nil, invalidSecretName(version, versionPattern)
	}
	parts := strings.Split(version, "/") // projects/P/secrets/S/versions/V
	const permission = "secretmanager.versions.access"
	owner, err := s.projectWith(secretManager, parts[1], permission, version)
	if err != nil {
		return nil, err
	}
	found := s.liveSecret(owner, parts[3])
	var own *policy
	if found != nil {
		own = found.policy
	}
	known := s.now().Add(-s.options.IAMDelay)
	if !p.agent {
		return nil, invalid("Service account %s does not exist.", agentEmail(p.number)) // modelled on IAM's own words
	}
	if !s.world.mayAt(agentEmail(p.number), permission, known, owner.policy, own) {
		return nil, permissionDenied(secretManager, permission, version)
	}
	if found == nil {
		return nil, noVersions(owner, parts[3])
	}
	v, err := s.enabledVersion(found, parts[5])
	if err != nil {
		return nil, err
	}
	return v.data, nil
}

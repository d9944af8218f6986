package emulator

import (
	"context"
	"fmt"
)

// serviceIdentity is who a service acts as in a project. Its address is empty
// where Google leaves it out.
type serviceIdentity struct{ email, uniqueID string }

// identityMethod is how gRPC would name the method below.
const identityMethod = "/google.api.serviceusage.v1beta1.ServiceUsage/GenerateServiceIdentity"

// generateServiceIdentity brings the service agent of a service into being;
// parent is as in "projects/P/services/S". The method exists in Service Usage
// v1beta1 alone, which has no gRPC client: a REST handler calls this with the
// context that requestContext makes, and it passes through what every request
// passes through. The project says which of the three known outcomes it has.
func (s *Server) generateServiceIdentity(ctx context.Context, parent string) (serviceIdentity, error) {
	answer, err := s.intercept(ctx, identityMethod, func(ctx context.Context) (any, error) {
		s.world.mu.Lock()
		defer s.world.mu.Unlock()
		// Google asks for the permission to enable the service.
		p, host, err := s.usageService(ctx, parent, "enable")
		if err != nil {
			return nil, err
		}
		return p.generateIdentity(host)
	})
	identity, _ := answer.(serviceIdentity)
	return identity, err
}

func (p *project) generateIdentity(host string) (serviceIdentity, error) {
	if host == secretManager.host {
		p.secretAgent = true
		return serviceIdentity{email: secretAgentEmail(p.number), uniqueID: fmt.Sprintf("2%020d", p.number)}, nil
	}
	if host != artifactRegistry.host || p.identity == identityNotConfigured {
		return serviceIdentity{}, invalid("Service %s has not been configured for service identities.", host)
	}
	p.agent = true
	if p.identity == identityWithoutEmail {
		return serviceIdentity{}, nil
	}
	return serviceIdentity{email: agentEmail(p.number), uniqueID: fmt.Sprintf("1%020d", p.number)}, nil
}

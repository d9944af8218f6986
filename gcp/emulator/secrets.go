package emulator

import (
	"cmp"
	"context"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// secretsAPI is Secret Manager on global secrets.
type secretsAPI struct {
	secretmanagerpb.UnimplementedSecretManagerServiceServer
	*Server
}

// maxSecretPage is the largest page; it is also the usual one (modelled:
// Google does not say what it picks).
const maxSecretPage = 25_000

// GetSecret answers a secret, without its versions.
func (a *secretsAPI) GetSecret(ctx context.Context, req *secretmanagerpb.GetSecretRequest) (*secretmanagerpb.Secret, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	s, err := a.secret(ctx, req.GetName(), "secretmanager.secrets.get")
	if err != nil {
		return nil, err
	}
	return s.pb, nil
}

// ListSecrets lists the newest first.
func (a *secretsAPI) ListSecrets(ctx context.Context, req *secretmanagerpb.ListSecretsRequest) (*secretmanagerpb.ListSecretsResponse, error) {
	matches, err := parseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, err := a.secretProject(ctx, req.GetParent(), "secretmanager.secrets.list")
	if err != nil {
		return nil, err
	}
	now := a.now()
	all := slices.DeleteFunc(slices.Clone(p.secrets.values), func(s *secret) bool {
		return s.expired(now) || !matches(s.pb)
	})
	slices.SortFunc(all, func(a, b *secret) int {
		return cmp.Or(b.pb.GetCreateTime().AsTime().Compare(a.pb.GetCreateTime().AsTime()), cmp.Compare(b.serial, a.serial))
	})
	some, next, err := page(all, pageOf(req, req.GetParent(), req.GetFilter()), maxSecretPage, maxSecretPage)
	if err != nil {
		return nil, err
	}
	answer := &secretmanagerpb.ListSecretsResponse{NextPageToken: next}
	if req.GetFilter() == "" {
		answer.TotalSize = int32(len(all)) //nolint:gosec // there are not that many
	}
	for _, s := range some {
		answer.Secrets = append(answer.Secrets, s.pb)
	}
	return answer, nil
}

// CreateSecret adds a secret without versions.
func (a *secretsAPI) CreateSecret(ctx context.Context, req *secretmanagerpb.CreateSecretRequest) (*secretmanagerpb.Secret, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	p, err := a.secretProject(ctx, req.GetParent(), "secretmanager.secrets.create")
	if err != nil {
		return nil, err
	}
	id := req.GetSecretId()
	if !isSecretID(id) {
		return nil, invalidField("secret_id", "The provided Secret ID [%s] does not match the expected format [[a-zA-Z_0-9-]+]", id) // modelled on that of names
	}
	now := a.now()
	pb := proto.CloneOf(req.GetSecret())
	if err := checkSecret(pb, func(string) bool { return true }, now); err != nil {
		return nil, err
	}
	pb.CreateTime, pb.PolicyMember = nil, nil // not a request's to say
	if pb.GetReplication().GetReplication() == nil {
		return nil, invalidField("secret.replication", "The replication policy of the secret is missing.") // modelled
	}
	if len(pb.GetVersionAliases()) > 0 {
		return nil, invalidField("secret.version_aliases", "A secret without versions cannot have version aliases.") // modelled
	}
	if location, ok := forbiddenLocation(p, pb.GetReplication()); ok {
		return nil, locationViolated(p.number, location)
	}
	if err := a.checkKeys(p, pb.GetReplication(), useToEncrypt); err != nil {
		return nil, err
	}
	if a.liveSecret(p, id) != nil {
		return nil, fail(codes.AlreadyExists, "Secret [projects/%d/secrets/%s] already exists.", p.number, id)
	}
	return a.putSecret(p, id, pb).pb, nil
}

// putSecret completes a secret with what Google says of it, and adds it.
func (s *Server) putSecret(p *project, id string, pb *secretmanagerpb.Secret) *secret {
	now := s.now()
	p.nextSecret++
	pb.Name = "projects/" + p.numberText() + "/secrets/" + id
	if pb.CreateTime == nil {
		pb.CreateTime = timestamppb.New(now)
	}
	settleExpiry(pb, now)
	pb.Etag = newEtag(pb)
	added := &secret{project: p, id: id, serial: p.nextSecret, pb: pb}
	p.secrets.put(id, added)
	return added
}

// forbiddenLocation names a location that the project's organisation policy
// does not allow for a secret.
func forbiddenLocation(p *project, r *secretmanagerpb.Replication) (string, bool) {
	if len(p.allowedLocations) == 0 {
		return "", false
	}
	if r.GetAutomatic() != nil {
		return "global", true
	}
	for _, replica := range r.GetUserManaged().GetReplicas() {
		if !slices.Contains(p.allowedLocations, replica.GetLocation()) {
			return replica.GetLocation(), true
		}
	}
	return "", false
}

// DeleteSecret takes a secret away with all its versions, if its etag is still the
// one that is sent, or none is.
func (a *secretsAPI) DeleteSecret(ctx context.Context, req *secretmanagerpb.DeleteSecretRequest) (*emptypb.Empty, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	s, err := a.secret(ctx, req.GetName(), "secretmanager.secrets.delete")
	if err != nil {
		return nil, err
	}
	if err := checkEtag(req.GetEtag(), s.pb.GetEtag()); err != nil {
		return nil, err
	}
	s.project.secrets.remove(s.id)
	return &emptypb.Empty{}, nil
}

// GetIamPolicy answers the secret's own policy. The versions of a secret have
// none.
func (a *secretsAPI) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	s, err := a.secret(ctx, req.GetResource(), "secretmanager.secrets.getIamPolicy")
	if err != nil {
		return nil, err
	}
	return s.policy.answer(req.GetOptions())
}

// SetIamPolicy replaces the secret's policy, if its etag is still the one that is
// sent.
func (a *secretsAPI) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	s, err := a.secret(ctx, req.GetResource(), "secretmanager.secrets.setIamPolicy")
	if err != nil {
		return nil, err
	}
	next, err := a.world.revise(s.project, onSecret, s.policy, req, a.now())
	if err != nil {
		return nil, err
	}
	s.policy = next
	return next.pb, nil
}

// TestIamPermissions answers an empty set for a secret that does not exist.
func (a *secretsAPI) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	if err := refuseRegional(req.GetResource()); err != nil {
		return nil, err
	}
	project, id, ok := splitSecret(req.GetResource())
	if !ok {
		return nil, invalidSecretName(req.GetResource(), secretPattern)
	}
	if err := onSecret.checkPermissions(req.GetPermissions()); err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, err := a.projectWith(secretManager, project, "secretmanager.secrets.get", req.GetResource())
	if err != nil {
		return nil, err
	}
	s := a.liveSecret(p, id)
	if s == nil {
		return &iampb.TestIamPermissionsResponse{}, nil
	}
	return a.world.granted(callerOf(ctx), req.GetPermissions(), p.policy, s.policy), nil
}

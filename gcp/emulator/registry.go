package emulator

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// registryAPI is Artifact Registry as far as repositories go. What is in them
// (packages, tags, rules, …) answers UNIMPLEMENTED.
type registryAPI struct {
	artifactregistrypb.UnimplementedArtifactRegistryServer
	*Server
}

// GetRepository answers one repository.
func (a *registryAPI) GetRepository(ctx context.Context, req *artifactregistrypb.GetRepositoryRequest) (*artifactregistrypb.Repository, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	r, err := a.repository(ctx, req.GetName(), "artifactregistry.repositories.get")
	if err != nil {
		return nil, err
	}
	return r.pb, nil
}

// ListRepositories lists those of one location, by their names unless another
// order is asked for.
func (a *registryAPI) ListRepositories(ctx context.Context, req *artifactregistrypb.ListRepositoriesRequest) (*artifactregistrypb.ListRepositoriesResponse, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, location, err := a.registryLocation(ctx, req.GetParent(), "artifactregistry.repositories.list")
	if err != nil {
		return nil, err
	}
	matches, err := repositoryFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	order, err := repositoryOrder(req.GetOrderBy())
	if err != nil {
		return nil, err
	}
	all := p.repositories.prefix(location + "/")
	if matches != nil || order != nil {
		all = slices.Clone(all)
	}
	if matches != nil {
		all = slices.DeleteFunc(all, func(r *repository) bool { return !matches(r.pb) })
	}
	if order != nil {
		slices.SortStableFunc(all, order)
	}
	some, next, err := page(all, pageOf(req, req.GetParent(), req.GetFilter(), req.GetOrderBy()), 100, 1000)
	if err != nil {
		return nil, err
	}
	answer := &artifactregistrypb.ListRepositoriesResponse{NextPageToken: next}
	for _, r := range some {
		answer.Repositories = append(answer.Repositories, r.pb)
	}
	return answer, nil
}

// repositoryFilter reads filters on the name, which is all that Google filters
// by: a full name, in which a star stands for any characters. Without a filter
// it returns nil.
func repositoryFilter(filter string) (matcher, error) {
	if strings.TrimSpace(filter) == "" {
		return nil, nil
	}
	return parseTerms(filter, false, func(path []string, operator, value string) (matcher, error) {
		if len(path) != 1 || !strings.EqualFold(path[0], "name") || operator != "=" && operator != ":" {
			return nil, invalidField("filter", "Invalid filter: only name is eligible for filtering.") // modelled
		}
		pattern := strings.ToLower(value)
		return func(m proto.Message) bool {
			r, ok := m.(*artifactregistrypb.Repository)
			return ok && matchesStar(pattern, strings.ToLower(r.GetName()))
		}, nil
	})
}

// repositoryOrder understands one field, as Google does; gcloud says of more
// "multi-field order not supported by backend". It returns nil for the order
// that repositories are in anyway.
func repositoryOrder(by string) (func(a, b *repository) int, error) {
	field, direction, _ := strings.Cut(strings.TrimSpace(by), " ")
	var compare func(a, b *repository) int
	switch field {
	case "":
		return nil, nil
	case "name":
		compare = func(a, b *repository) int { return cmp.Compare(a.pb.GetName(), b.pb.GetName()) }
	case "create_time", "createTime":
		compare = func(a, b *repository) int {
			return a.pb.GetCreateTime().AsTime().Compare(b.pb.GetCreateTime().AsTime())
		}
	case "update_time", "updateTime":
		compare = func(a, b *repository) int {
			return a.pb.GetUpdateTime().AsTime().Compare(b.pb.GetUpdateTime().AsTime())
		}
	default:
		return nil, invalid("Invalid order_by: %q", by) // modelled
	}
	switch strings.ToLower(strings.TrimSpace(direction)) {
	case "", "asc":
		return compare, nil
	case "desc":
		return func(a, b *repository) int { return compare(b, a) }, nil
	}
	return nil, invalid("Invalid order_by: %q", by) // modelled
}

// CreateRepository adds a repository once its upstream has been tried. The
// operation is done when it is answered.
func (a *registryAPI) CreateRepository(ctx context.Context, req *artifactregistrypb.CreateRepositoryRequest) (*longrunningpb.Operation, error) {
	const permission = "artifactregistry.repositories.create"
	id := req.GetRepositoryId()
	// Asked twice: once before the upstream is tried, as that takes a while
	// and is done without the lock, and once when the repository is put in.
	free := func() (*project, string, error) {
		p, location, err := a.registryLocation(ctx, req.GetParent(), permission)
		if err != nil {
			return nil, "", err
		}
		if len(id) > 63 || !repositoryID.MatchString(id) {
			return nil, "", invalidField("repository_id", "The repository_id %q is invalid: it must match %s.", id, repositoryID) // modelled
		}
		if _, exists := p.repositories.get(repositoryKey(location, id)); exists {
			return nil, "", fail(codes.AlreadyExists, "the repository already exists")
		}
		return p, location, nil
	}
	a.world.mu.RLock()
	p, location, err := free()
	a.world.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	pb := proto.CloneOf(req.GetRepository())
	if pb == nil {
		pb = &artifactregistrypb.Repository{}
	}
	if pb.GetMode() == artifactregistrypb.Repository_MODE_UNSPECIFIED {
		pb.Mode = artifactregistrypb.Repository_STANDARD_REPOSITORY
	}
	if err := checkRepository(pb); err != nil {
		return nil, err
	}
	if err := a.validate(ctx, p, location, nil, pb); err != nil {
		return nil, err
	}
	forgetInput(pb)
	pb.SatisfiesPzs, pb.SatisfiesPzi = false, false // not a request's to say

	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	if p, location, err = free(); err != nil {
		return nil, err
	}
	r := a.put(p, location, id, pb)
	answer := proto.CloneOf(r.pb)
	answer.CreateTime, answer.UpdateTime, answer.RegistryUri = nil, nil, "" // only reads say them (k8s-config-connector's recordings)
	return a.registryOperation(r, answer)
}

// put completes a repository with what Google says of it, and adds it. The
// first one brings the project's service agent into being.
func (s *Server) put(p *project, location, id string, pb *artifactregistrypb.Repository) *repository {
	now := timestamppb.New(s.now())
	pb.Name = "projects/" + p.id + "/locations/" + location + "/repositories/" + id
	pb.CreateTime, pb.UpdateTime, pb.SizeBytes = now, now, 0
	pb.RegistryUri = ""
	if known(pb.GetFormat()) {
		// The project of a domain is two elements of a path.
		pb.RegistryUri = location + "-" + strings.ToLower(pb.GetFormat().String()) + ".pkg.dev/" + strings.Replace(p.id, ":", "/", 1) + "/" + id
	}
	r := &repository{project: p, location: location, id: id, pb: pb}
	p.repositories.put(repositoryKey(location, id), r)
	p.agent = true
	return r
}

func (s *Server) registryOperation(r *repository, response proto.Message) (*longrunningpb.Operation, error) {
	name := "projects/" + r.project.id + "/locations/" + r.location + "/operations/" + uuid()
	return s.operations.done(name, &artifactregistrypb.OperationMetadata{}, response)
}

// DeleteRepository takes a repository away, and answers an operation that is done.
func (a *registryAPI) DeleteRepository(ctx context.Context, req *artifactregistrypb.DeleteRepositoryRequest) (*longrunningpb.Operation, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	r, err := a.repository(ctx, req.GetName(), "artifactregistry.repositories.delete")
	if err != nil {
		return nil, err
	}
	r.project.repositories.remove(repositoryKey(r.location, r.id))
	return a.registryOperation(r, &emptypb.Empty{})
}

// GetIamPolicy answers the repository's own policy.
func (a *registryAPI) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	r, err := a.repository(ctx, req.GetResource(), "artifactregistry.repositories.getIamPolicy")
	if err != nil {
		return nil, err
	}
	return r.policy.answer(req.GetOptions())
}

// SetIamPolicy replaces the repository's own policy, if its etag is still the one
// that is sent.
func (a *registryAPI) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	r, err := a.repository(ctx, req.GetResource(), "artifactregistry.repositories.setIamPolicy")
	if err != nil {
		return nil, err
	}
	next, err := a.world.revise(r.project, onRepository, r.policy, req, a.now())
	if err != nil {
		return nil, err
	}
	r.policy = next
	return next.pb, nil
}

// TestIamPermissions answers an empty set for a repository that does not exist.
func (a *registryAPI) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	parts, ok := split("projects/*/locations/*/repositories/*", req.GetResource())
	if !ok {
		return nil, invalidName()
	}
	if err := onRepository.checkPermissions(req.GetPermissions()); err != nil {
		return nil, err
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, err := a.projectWith(artifactRegistry, parts[0], "artifactregistry.repositories.get", req.GetResource())
	if err != nil {
		return nil, err
	}
	r, exists := p.repositories.get(repositoryKey(parts[1], parts[2]))
	if !exists {
		return &iampb.TestIamPermissionsResponse{}, nil
	}
	return a.world.granted(callerOf(ctx), req.GetPermissions(), p.policy, r.policy), nil
}

// GetVPCSCConfig tells whether upstreams may be reached from inside a perimeter.
func (a *registryAPI) GetVPCSCConfig(ctx context.Context, req *artifactregistrypb.GetVPCSCConfigRequest) (*artifactregistrypb.VPCSCConfig, error) {
	parent, ok := strings.CutSuffix(req.GetName(), "/vpcscConfig")
	if !ok {
		return nil, invalidName()
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	p, location, err := a.registryLocation(ctx, parent, "artifactregistry.vpcscconfigs.get")
	if err != nil {
		return nil, err
	}
	return vpcscConfig(p, location), nil
}

// UpdateVPCSCConfig sets that; it answers the configuration and no operation.
func (a *registryAPI) UpdateVPCSCConfig(ctx context.Context, req *artifactregistrypb.UpdateVPCSCConfigRequest) (*artifactregistrypb.VPCSCConfig, error) {
	parent, ok := strings.CutSuffix(req.GetVpcscConfig().GetName(), "/vpcscConfig")
	if !ok {
		return nil, invalidName()
	}
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	p, location, err := a.registryLocation(ctx, parent, "artifactregistry.vpcscconfigs.update")
	if err != nil {
		return nil, err
	}
	next := vpcscConfig(p, location)
	paths := maskOf(req)
	if len(paths) == 0 {
		paths = []string{"vpcsc_policy"}
	}
	if err := applyMask(next, req.GetVpcscConfig(), paths); err != nil {
		return nil, err
	}
	if !known(next.GetVpcscPolicy()) {
		return nil, unknownValue("vpcsc_config.vpcsc_policy", next.GetVpcscPolicy())
	}
	p.upstreamPolicies[location] = next.GetVpcscPolicy()
	return vpcscConfig(p, location), nil
}

func vpcscConfig(p *project, location string) *artifactregistrypb.VPCSCConfig {
	return &artifactregistrypb.VPCSCConfig{
		Name:        "projects/" + p.id + "/locations/" + location + "/vpcscConfig",
		VpcscPolicy: p.upstreamPolicy(location),
	}
}

package emulator

import (
	"context"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	troubleshooterpb "cloud.google.com/go/policytroubleshooter/iam/apiv3/iampb"
)

// troubleshooterAPI is Policy Troubleshooter: it explains why a principal has
// a permission on a resource, or lacks it, policy by policy. There are no deny
// policies here, and conditions are not evaluated.
type troubleshooterAPI struct {
	troubleshooterpb.UnimplementedPolicyTroubleshooterServer
	*Server
}

// explained is a policy that is looked at, and the permission to see it.
type explained struct {
	resource   string // its full name
	policy     *policy
	permission string
}

// TroubleshootIamPolicy explains one access.
func (a *troubleshooterAPI) TroubleshootIamPolicy(ctx context.Context, req *troubleshooterpb.TroubleshootIamPolicyRequest) (*troubleshooterpb.TroubleshootIamPolicyResponse, error) {
	asked := req.GetAccessTuple()
	switch {
	case asked.GetPrincipal() == "" || !strings.Contains(asked.GetPrincipal(), "@") || strings.Contains(asked.GetPrincipal(), ":"):
		return nil, invalid("Invalid principal: %q. It must be an email address.", asked.GetPrincipal()) // modelled, as the others
	case strings.Count(asked.GetPermission(), ".") < 2:
		return nil, invalid("Invalid permission: %q.", asked.GetPermission())
	case !strings.HasPrefix(asked.GetFullResourceName(), "//"):
		return nil, invalid("Invalid full resource name: %q.", asked.GetFullResourceName())
	}
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	answer := &troubleshooterpb.TroubleshootIamPolicyResponse{
		AccessTuple: &troubleshooterpb.AccessTuple{
			Principal: asked.GetPrincipal(), FullResourceName: asked.GetFullResourceName(), Permission: asked.GetPermission(),
			PermissionFqdn: permissionV2(asked.GetPermission()), ConditionContext: asked.GetConditionContext(),
		},
		AllowPolicyExplanation: &troubleshooterpb.AllowPolicyExplanation{Relevance: troubleshooterpb.HeuristicRelevance_HEURISTIC_RELEVANCE_HIGH},
		DenyPolicyExplanation: &troubleshooterpb.DenyPolicyExplanation{
			DenyAccessState: troubleshooterpb.DenyAccessState_DENY_ACCESS_STATE_NOT_DENIED, PermissionDeniable: true,
			Relevance: troubleshooterpb.HeuristicRelevance_HEURISTIC_RELEVANCE_NORMAL,
		},
	}
	state := troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_NOT_GRANTED
	chain := a.policiesOf(asked.GetFullResourceName())
	if len(chain) == 0 {
		state = troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_UNKNOWN_INFO
	}
	for _, e := range chain {
		of := a.explain(ctx, e, memberOf(asked.GetPrincipal()), asked.GetPermission())
		answer.AllowPolicyExplanation.ExplainedPolicies = append(answer.AllowPolicyExplanation.ExplainedPolicies, of)
		state = better(state, of.GetAllowAccessState())
	}
	answer.AllowPolicyExplanation.AllowAccessState = state
	answer.OverallAccessState = overall[state]
	return answer, nil
}

var overall = map[troubleshooterpb.AllowAccessState]troubleshooterpb.TroubleshootIamPolicyResponse_OverallAccessState{
	troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_GRANTED:             troubleshooterpb.TroubleshootIamPolicyResponse_CAN_ACCESS,
	troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_NOT_GRANTED:         troubleshooterpb.TroubleshootIamPolicyResponse_CANNOT_ACCESS,
	troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_UNKNOWN_CONDITIONAL: troubleshooterpb.TroubleshootIamPolicyResponse_UNKNOWN_CONDITIONAL,
	troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_UNKNOWN_INFO:        troubleshooterpb.TroubleshootIamPolicyResponse_UNKNOWN_INFO,
}

// better is the state that one more binding or policy leaves: granted by any
// is granted, and what is not known stays so.
func better(a, b troubleshooterpb.AllowAccessState) troubleshooterpb.AllowAccessState {
	for _, s := range []troubleshooterpb.AllowAccessState{
		troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_GRANTED,
		troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_UNKNOWN_INFO,
		troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_UNKNOWN_CONDITIONAL,
	} {
		if a == s || b == s {
			return s
		}
	}
	return troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_NOT_GRANTED
}

// permissionV2 is a permission in the form of deny policies, as in
// "secretmanager.googleapis.com/versions.access".
func permissionV2(permission string) string {
	service, rest, _ := strings.Cut(permission, ".")
	if service == "resourcemanager" {
		return resourceManager.host + "/" + rest
	}
	return service + ".googleapis.com/" + rest
}

// policiesOf are the policies that decide about a resource: its own, where it
// can have one, and those of all that it is in. None: it is not known.
func (s *Server) policiesOf(resource string) []explained {
	host, name, _ := strings.Cut(strings.TrimPrefix(resource, "//"), "/")
	var chain []explained
	var p *project
	switch host {
	case artifactRegistry.host:
		parts := strings.Split(name, "/")
		if len(parts) >= 6 && parts[2] == "locations" && parts[4] == "repositories" {
			if p = s.world.byName[parts[1]]; p == nil {
				return nil
			}
			r, ok := p.repositories.get(repositoryKey(parts[3], parts[5]))
			if !ok {
				return nil
			}
			chain = append(chain, explained{"//" + host + "/" + r.pb.GetName(), r.policy, "artifactregistry.repositories.getIamPolicy"})
		}
	case secretManager.host:
		parts := strings.Split(name, "/")
		if len(parts) >= 4 && parts[2] == "secrets" {
			if p = s.world.byName[parts[1]]; p == nil {
				return nil
			}
			found := s.liveSecret(p, parts[3])
			if found == nil {
				return nil
			}
			own := "//" + host + "/projects/" + p.numberText() + "/secrets/" + found.id
			chain = append(chain, explained{own, found.policy, "secretmanager.secrets.getIamPolicy"})
		}
	}
	if p == nil {
		if parts := strings.Split(name, "/"); len(parts) >= 2 && parts[0] == "projects" {
			p = s.world.byName[parts[1]]
		}
	}
	c := s.world.hierarchy.byName[name]
	if p != nil {
		c = p.parent
		chain = append(chain, explained{p.fullName(), p.policy, "resourcemanager.projects.getIamPolicy"})
	}
	for ; c != nil; c = c.parent {
		permission := "resourcemanager.folders.getIamPolicy"
		if c.org != nil {
			permission = "resourcemanager.organizations.getIamPolicy"
		}
		chain = append(chain, explained{"//" + resourceManager.host + "/" + c.name, c.policy, permission})
	}
	return chain
}

// explain looks at one policy; one that the caller may not see is not shown.
func (s *Server) explain(ctx context.Context, e explained, member, permission string) *troubleshooterpb.ExplainedAllowPolicy {
	of := &troubleshooterpb.ExplainedAllowPolicy{FullResourceName: e.resource, Relevance: troubleshooterpb.HeuristicRelevance_HEURISTIC_RELEVANCE_NORMAL}
	if !s.maySee(ctx, e) {
		of.AllowAccessState = troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_UNKNOWN_INFO
		return of
	}
	of.Policy, of.AllowAccessState = e.policy.message(), troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_NOT_GRANTED
	for _, b := range e.policy.bindings() {
		told := s.explainBinding(b, member, permission)
		of.BindingExplanations = append(of.BindingExplanations, told)
		of.AllowAccessState = better(of.AllowAccessState, told.GetAllowAccessState())
	}
	if of.GetAllowAccessState() != troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_NOT_GRANTED {
		of.Relevance = troubleshooterpb.HeuristicRelevance_HEURISTIC_RELEVANCE_HIGH
	}
	return of
}

// maySee reports whether the caller may see a policy, by that or by those of
// what the resource is in.
func (s *Server) maySee(ctx context.Context, e explained) bool {
	policies := []*policy{e.policy}
	for _, above := range s.policiesOf(e.resource) {
		policies = append(policies, above.policy)
	}
	return s.world.may(callerOf(ctx), e.permission, policies...)
}

// explainBinding looks at one binding.
func (s *Server) explainBinding(b *iampb.Binding, member, permission string) *troubleshooterpb.AllowBindingExplanation {
	told := &troubleshooterpb.AllowBindingExplanation{
		Role: b.GetRole(), Condition: b.GetCondition(), Memberships: map[string]*troubleshooterpb.AllowBindingExplanation_AnnotatedAllowMembership{},
		RolePermission: troubleshooterpb.RolePermissionInclusionState_ROLE_PERMISSION_NOT_INCLUDED,
		Relevance:      troubleshooterpb.HeuristicRelevance_HEURISTIC_RELEVANCE_NORMAL,
	}
	if held, ok := s.world.roleNamed(b.GetRole()); !ok {
		told.RolePermission = troubleshooterpb.RolePermissionInclusionState_ROLE_PERMISSION_UNKNOWN_INFO
	} else if held[permission] {
		told.RolePermission = troubleshooterpb.RolePermissionInclusionState_ROLE_PERMISSION_INCLUDED
	}
	combined := troubleshooterpb.MembershipMatchingState_MEMBERSHIP_NOT_MATCHED
	for _, m := range b.GetMembers() {
		one := s.membership(m, member)
		told.Memberships[m] = annotated(one)
		if one == troubleshooterpb.MembershipMatchingState_MEMBERSHIP_MATCHED || combined == troubleshooterpb.MembershipMatchingState_MEMBERSHIP_NOT_MATCHED {
			combined = one
		}
	}
	told.CombinedMembership = annotated(combined)
	told.RolePermissionRelevance = told.GetCombinedMembership().GetRelevance()
	told.AllowAccessState = bindingState(told)
	if told.GetAllowAccessState() != troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_NOT_GRANTED {
		told.Relevance = troubleshooterpb.HeuristicRelevance_HEURISTIC_RELEVANCE_HIGH
	}
	return told
}

// membership reports whether a binding's member stands for a principal. Of a
// group that no world has, nobody knows.
func (s *Server) membership(of, member string) troubleshooterpb.MembershipMatchingState {
	if s.world.holds(of, member) {
		return troubleshooterpb.MembershipMatchingState_MEMBERSHIP_MATCHED
	}
	kind, id, _ := strings.Cut(of, ":")
	switch kind {
	case "group":
		if _, known := s.world.hierarchy.groups[strings.ToLower(id)]; !known {
			return troubleshooterpb.MembershipMatchingState_MEMBERSHIP_UNKNOWN_INFO
		}
	case "principal", "principalSet", "projectOwner", "projectEditor", "projectViewer":
		return troubleshooterpb.MembershipMatchingState_MEMBERSHIP_UNKNOWN_UNSUPPORTED
	}
	return troubleshooterpb.MembershipMatchingState_MEMBERSHIP_NOT_MATCHED
}

func annotated(state troubleshooterpb.MembershipMatchingState) *troubleshooterpb.AllowBindingExplanation_AnnotatedAllowMembership {
	relevance := troubleshooterpb.HeuristicRelevance_HEURISTIC_RELEVANCE_NORMAL
	if state != troubleshooterpb.MembershipMatchingState_MEMBERSHIP_NOT_MATCHED {
		relevance = troubleshooterpb.HeuristicRelevance_HEURISTIC_RELEVANCE_HIGH
	}
	return &troubleshooterpb.AllowBindingExplanation_AnnotatedAllowMembership{Membership: state, Relevance: relevance}
}

// bindingState is what role, members and condition come to.
func bindingState(told *troubleshooterpb.AllowBindingExplanation) troubleshooterpb.AllowAccessState {
	role, member := told.GetRolePermission(), told.GetCombinedMembership().GetMembership()
	switch {
	case role == troubleshooterpb.RolePermissionInclusionState_ROLE_PERMISSION_NOT_INCLUDED,
		member == troubleshooterpb.MembershipMatchingState_MEMBERSHIP_NOT_MATCHED:
		return troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_NOT_GRANTED
	case role != troubleshooterpb.RolePermissionInclusionState_ROLE_PERMISSION_INCLUDED,
		member != troubleshooterpb.MembershipMatchingState_MEMBERSHIP_MATCHED:
		return troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_UNKNOWN_INFO
	case told.GetCondition() != nil:
		return troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_UNKNOWN_CONDITIONAL
	default:
		return troubleshooterpb.AllowAccessState_ALLOW_ACCESS_STATE_GRANTED
	}
}

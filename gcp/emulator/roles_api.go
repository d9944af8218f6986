package emulator

import (
	"bytes"
	"context"
	"hash/fnv"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// iamAPI is IAM as far as roles and what they give go, and service accounts
// are read.
type iamAPI struct {
	adminpb.UnimplementedIAMServer
	*Server
}

// Sizes of pages (cloud.google.com/iam/docs/reference/rest/v1/roles/list,
// …/permissions/queryTestablePermissions, …/projects.serviceAccounts/list).
const (
	usualRoles, mostRoles             = 300, 1000
	usualPermissions, mostPermissions = 100, 1000
	usualAccounts, mostAccounts       = 20, 100
)

// maxCustomRoles is how many custom roles a project or an organisation may have
// (cloud.google.com/iam/quotas).
const maxCustomRoles = 300

var roleID = regexp.MustCompile(`^[a-zA-Z0-9_.]{3,64}$`)

// roleParent finds the policy of the project or organisation that custom roles
// belong to, and checks that the caller may do there what it asks.
func (s *Server) roleParent(ctx context.Context, parent, permission string) (string, error) {
	if id, ok := split("projects/*", parent); ok {
		p, err := s.projectWith(identityAndAccess, id[0], permission, parent)
		if err != nil {
			return "", err
		}
		if !s.world.may(callerOf(ctx), permission, p.policy) {
			return "", permissionDenied(identityAndAccess, permission, parent)
		}
		return "projects/" + p.id, nil
	}
	if !strings.HasPrefix(parent, "organizations/") || !isContainerName(parent) {
		return "", invalid("The role's parent %q must be in the form projects/{project} or organizations/{organization}.", parent) // modelled
	}
	c := s.world.hierarchy.byName[parent]
	if c == nil || !s.world.may(callerOf(ctx), permission, c.policy) {
		return "", permissionDenied(identityAndAccess, permission, parent)
	}
	return parent, nil
}

// customRole finds a custom role by its name, and checks that the caller may do
// what it asks. What it answers may be changed by nobody.
func (s *Server) customRole(ctx context.Context, name, permission string) (*adminpb.Role, error) {
	parent, id, ok := strings.Cut(name, "/roles/")
	if !ok || id == "" {
		return nil, invalid("The role name must be in the form \"roles/{role}\", \"organizations/{organization_id}/roles/{role}\", " +
			"or \"projects/{project_id}/roles/{role}\".")
	}
	parent, err := s.roleParent(ctx, parent, permission)
	if err != nil {
		return nil, err
	}
	if r := s.world.describe(parent + "/roles/" + id); r != nil {
		return r, nil
	}
	return nil, noRole(name)
}

func noRole(name string) error { return fail(codes.NotFound, "The role named %s was not found.", name) }

// describe is a role as the API has it, or nil. Of a predefined role the
// permissions are shown that the emulator knows.
func (w *world) describe(name string) *adminpb.Role {
	if r := w.roleMessages[name]; r != nil {
		return r
	}
	held, ok := w.roleNamed(name)
	if !ok {
		return nil
	}
	_, id, _ := strings.Cut("/"+name, "/roles/")
	return &adminpb.Role{
		Name: name, Title: roleTitle(id), Stage: adminpb.Role_GA, Etag: []byte{0, 0},
		IncludedPermissions: slices.Sorted(maps.Keys(held)),
	}
}

// roleTitle is the title of a role that has none of its own: the words of its
// id, as in "Secret Manager Secret Accessor" (modelled on Google's titles).
func roleTitle(id string) string {
	service, rest, ok := strings.Cut(id, ".")
	if !ok {
		service, rest = "", id
	}
	var words []string
	if name, known := roleServices[service]; known {
		words = append(words, name)
	}
	start := 0
	for i := range len(rest) {
		if i > 0 && rest[i] >= 'A' && rest[i] <= 'Z' {
			words, start = append(words, capital(rest[start:i])), i
		}
	}
	return strings.Join(append(words, capital(rest[start:])), " ")
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// roleServices are the services as the titles of their roles name them.
var roleServices = map[string]string{
	"artifactregistry": "Artifact Registry", "secretmanager": "Secret Manager", "cloudasset": "Cloud Asset", "logging": "Logs",
}

// GetRole answers a predefined role to everybody, and a custom one to who may
// see it.
func (a *iamAPI) GetRole(ctx context.Context, req *adminpb.GetRoleRequest) (*adminpb.Role, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	if strings.HasPrefix(req.GetName(), "roles/") {
		if r := a.world.describe(req.GetName()); r != nil {
			return r, nil
		}
		return nil, noRole(req.GetName())
	}
	return a.customRole(ctx, req.GetName(), "iam.roles.get")
}

// ListRoles lists the predefined roles, or the custom ones of a project or an
// organisation. Permissions are in the full view alone.
func (a *iamAPI) ListRoles(ctx context.Context, req *adminpb.ListRolesRequest) (*adminpb.ListRolesResponse, error) {
	a.world.mu.RLock()
	defer a.world.mu.RUnlock()
	var names []string
	if req.GetParent() == "" {
		names = slices.Sorted(maps.Keys(predefined()))
	} else {
		parent, err := a.roleParent(ctx, req.GetParent(), "iam.roles.list")
		if err != nil {
			return nil, err
		}
		names = a.world.customRoles(parent, req.GetShowDeleted())
	}
	some, next, err := page(names, pageOf(req, req.GetParent(), req.GetView().String()), usualRoles, mostRoles)
	if err != nil {
		return nil, err
	}
	answer := &adminpb.ListRolesResponse{NextPageToken: next}
	for _, name := range some {
		r := a.world.describe(name)
		if req.GetView() != adminpb.RoleView_FULL {
			r = proto.CloneOf(r)
			r.IncludedPermissions = nil
		}
		answer.Roles = append(answer.Roles, r)
	}
	return answer, nil
}

// customRoles are the names of those of a parent, sorted.
func (w *world) customRoles(parent string, deleted bool) []string {
	var names []string
	for name := range w.roles {
		if strings.HasPrefix(name, parent+"/roles/") {
			names = append(names, name)
		}
	}
	if deleted {
		for name, r := range w.roleMessages {
			if r.GetDeleted() && strings.HasPrefix(name, parent+"/roles/") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// CreateRole adds a custom role.
func (a *iamAPI) CreateRole(ctx context.Context, req *adminpb.CreateRoleRequest) (*adminpb.Role, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	parent, err := a.roleParent(ctx, req.GetParent(), "iam.roles.create")
	if err != nil {
		return nil, err
	}
	if !roleID.MatchString(req.GetRoleId()) {
		return nil, invalid("The role_id must match %s.", roleID) // modelled
	}
	name := parent + "/roles/" + req.GetRoleId()
	if a.world.describe(name) != nil {
		return nil, fail(codes.AlreadyExists, "A role named %s in %s already exists.", req.GetRoleId(), parent)
	}
	if len(a.world.customRoles(parent, true)) >= maxCustomRoles {
		return nil, fail(codes.ResourceExhausted, "The maximum number of custom roles (%d) has been reached.", maxCustomRoles) // modelled
	}
	r := proto.CloneOf(req.GetRole())
	if r == nil {
		r = &adminpb.Role{}
	}
	r.Name, r.Deleted = name, false
	return a.world.putRole(r)
}

// UpdateRole changes a custom role by a mask; without one it replaces it.
func (a *iamAPI) UpdateRole(ctx context.Context, req *adminpb.UpdateRoleRequest) (*adminpb.Role, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	old, err := a.customRole(ctx, req.GetName(), "iam.roles.update")
	if err != nil {
		return nil, err
	}
	asked := req.GetRole()
	if err := checkRoleEtag(old, asked.GetEtag()); err != nil {
		return nil, err
	}
	if old.GetDeleted() {
		return nil, fail(codes.FailedPrecondition, "You can't update role (%s) because it has been deleted.", old.GetName()) // modelled
	}
	r := proto.CloneOf(old)
	paths := maskOf(req)
	if len(paths) == 0 {
		paths = []string{"title", "description", "included_permissions", "stage"}
	}
	if asked == nil {
		asked = &adminpb.Role{}
	}
	for _, path := range paths {
		switch path {
		case "title", "description", "included_permissions", "stage", "etag":
		default:
			return nil, invalid("Invalid field mask path: %s.", path) // modelled
		}
	}
	if err := applyMask(r, asked, paths); err != nil {
		return nil, err
	}
	return a.world.putRole(r)
}

// DeleteRole marks a custom role as deleted. Bindings keep it, and it gives
// nothing until it is undeleted.
func (a *iamAPI) DeleteRole(ctx context.Context, req *adminpb.DeleteRoleRequest) (*adminpb.Role, error) {
	return a.mark(ctx, req.GetName(), req.GetEtag(), "iam.roles.delete", true)
}

// UndeleteRole brings a deleted custom role back.
func (a *iamAPI) UndeleteRole(ctx context.Context, req *adminpb.UndeleteRoleRequest) (*adminpb.Role, error) {
	return a.mark(ctx, req.GetName(), req.GetEtag(), "iam.roles.undelete", false)
}

func (a *iamAPI) mark(ctx context.Context, name string, etag []byte, permission string, deleted bool) (*adminpb.Role, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	old, err := a.customRole(ctx, name, permission)
	if err != nil {
		return nil, err
	}
	if err := checkRoleEtag(old, etag); err != nil {
		return nil, err
	}
	if old.GetDeleted() == deleted {
		says := "You can't delete role_id (%s) in %s. It is already deleted." // modelled, as is the other
		if !deleted {
			says = "You can't undelete role_id (%s) in %s. It isn't deleted."
		}
		parent, id, _ := strings.Cut(old.GetName(), "/roles/")
		return nil, fail(codes.FailedPrecondition, says, id, parent)
	}
	r := proto.CloneOf(old)
	r.Deleted = deleted
	return a.world.putRole(r)
}

// checkRoleEtag refuses an etag that is no longer the role's.
func checkRoleEtag(r *adminpb.Role, etag []byte) error {
	if len(etag) > 0 && !bytes.Equal(etag, r.GetEtag()) {
		return fail(codes.Aborted, "There were concurrent role changes. Please retry the whole read-modify-write with exponential backoff.") // modelled
	}
	return nil
}

// putRole keeps a role, if what it holds can be in a custom one.
func (w *world) putRole(r *adminpb.Role) (*adminpb.Role, error) {
	held := role{}
	for _, p := range r.GetIncludedPermissions() {
		if !isPermission(p) {
			return nil, invalid("Permission %s is not valid.", p)
		}
		held[p] = true
	}
	if !known(r.GetStage()) {
		return nil, unknownValue("role.stage", r.GetStage())
	}
	r.IncludedPermissions = slices.Sorted(maps.Keys(held))
	before := r.GetEtag()
	r.Etag = nil
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
	if err != nil {
		return nil, fail(codes.Internal, "write the role: %v", err)
	}
	sum := fnv.New64a()
	sum.Write(before) // so that it differs from write to write
	sum.Write(text)
	r.Etag = sum.Sum([]byte{0x07})
	w.roleMessages[r.GetName()] = r
	if delete(w.roles, r.GetName()); !r.GetDeleted() {
		w.roles[r.GetName()] = held
	}
	return r, nil
}

// QueryTestablePermissions lists what can be asked about, or put into a custom
// role, on a resource.
func (a *iamAPI) QueryTestablePermissions(_ context.Context, req *adminpb.QueryTestablePermissionsRequest) (*adminpb.QueryTestablePermissionsResponse, error) {
	host, _, ok := strings.Cut(strings.TrimPrefix(req.GetFullResourceName(), "//"), "/")
	if !ok || !strings.HasPrefix(req.GetFullResourceName(), "//") {
		return nil, invalid("Invalid resource name: %s.", req.GetFullResourceName()) // modelled
	}
	service, _, _ := strings.Cut(host, ".")
	var all []string
	for _, p := range permissions() {
		if host == resourceManager.host || strings.HasPrefix(p, service+".") {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil, invalid("Invalid resource name: %s.", req.GetFullResourceName())
	}
	some, next, err := page(all, pageOf(req, req.GetFullResourceName()), usualPermissions, mostPermissions)
	if err != nil {
		return nil, err
	}
	answer := &adminpb.QueryTestablePermissionsResponse{NextPageToken: next}
	for _, p := range some {
		answer.Permissions = append(answer.Permissions, &adminpb.Permission{Name: p, Stage: adminpb.Permission_GA})
	}
	return answer, nil
}

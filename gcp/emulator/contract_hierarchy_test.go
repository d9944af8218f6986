package emulator

import (
	"testing"

	"cloud.google.com/go/billing/apiv1/billingpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	rmpb "cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/grpc/codes"
)

// auditor is who sees a folder and what is in it, by a group of a group.
const auditor = "auditor@audit.example.com"

// organize puts the healthy project into a folder of a folder of an
// organisation.
func organize(g *clients) {
	g.t.Helper()
	s := g.server
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	b := &builder{Server: s, owners: seeded([]*iampb.Binding{{Role: "roles/owner", Members: []string{memberOf(DefaultCaller)}}})}
	err := b.hierarchy(seedWorld{
		Organizations: []seedContainer{{ID: "1", Name: "example.com"}},
		Folders: []seedContainer{
			{ID: "10", Name: "Shops", Parent: "organizations/1", Policy: []seedBinding{
				{Role: "roles/viewer", Members: []string{"group:auditors@example.com"}},
				{Role: "roles/browser", Members: []string{"group:auditors@example.com"}},
				{Role: "roles/iam.securityReviewer", Members: []string{"domain:audit.example.com"}},
			}},
			{ID: "11", Name: "Japan", Parent: "folders/10"},
			{ID: "12", Name: "Europe", Parent: "folders/10"},
		},
		Groups: map[string][]string{"auditors@example.com": {"group:inner@example.com"}, "inner@example.com": {"user:" + auditor}},
	})
	if err != nil {
		g.t.Fatal(err)
	}
	healthy := s.world.projects[0]
	healthy.pb.Parent = "folders/11"
	b.inherit(healthy, seedProject{Parent: "folders/11"})
	if err := b.accounts(healthy, []seedServiceAccount{
		{Email: "build@demo-healthy.iam.gserviceaccount.com", Name: "Builds"}, {Email: "old@demo-healthy.iam.gserviceaccount.com", Disabled: true},
	}); err != nil {
		g.t.Fatal(err)
	}
}

func listFolders(parent string, size int32) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.folders.ListFolders(g, &rmpb.ListFoldersRequest{Parent: parent, PageSize: size}).Next)
	}
}

func searchFolders(query string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.folders.SearchFolders(g, &rmpb.SearchFoldersRequest{Query: query}).Next)
	}
}

func searchOrganizations(query string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.orgs.SearchOrganizations(g, &rmpb.SearchOrganizationsRequest{Query: query}).Next)
	}
}

func listProjects(parent string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return all(g, g.rm.ListProjects(g, &rmpb.ListProjectsRequest{Parent: parent}).Next)
	}
}

func billingOf(project string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.billing.GetProjectBillingInfo(g, &billingpb.GetProjectBillingInfoRequest{Name: project})
	}
}

var hierarchyContract = []contract{
	{name: "get folder", prepare: organize, ask: func(g *clients) (any, error) {
		return g.folders.GetFolder(g, &rmpb.GetFolderRequest{Name: "folders/11"})
	}, has: []string{`"name":"folders/11"`, `"parent":"folders/10"`, `"displayName":"Japan"`, `"state":"ACTIVE"`}},
	{name: "get missing folder", prepare: organize, ask: func(g *clients) (any, error) {
		return g.folders.GetFolder(g, &rmpb.GetFolderRequest{Name: "folders/99"})
	}, code: codes.PermissionDenied, says: "Permission 'resourcemanager.folders.get' denied on resource '//cloudresourcemanager.googleapis.com/folders/99' (or it may not exist)."},
	{name: "get folder as a stranger", prepare: organize, caller: stranger, ask: func(g *clients) (any, error) {
		return g.folders.GetFolder(g, &rmpb.GetFolderRequest{Name: "folders/11"})
	}, code: codes.PermissionDenied, reason: "IAM_PERMISSION_DENIED"},
	{name: "get folder by a folder's grant to a group", prepare: organize, caller: auditor, ask: func(g *clients) (any, error) {
		return g.folders.GetFolder(g, &rmpb.GetFolderRequest{Name: "folders/12"})
	}, has: []string{`"Europe"`}},
	{name: "list folders", prepare: organize, ask: listFolders("folders/10", 1), has: []string{`"folders/11"`, `"folders/12"`}, lacks: []string{`"name":"folders/10"`}},
	{name: "list folders of an organisation", prepare: organize, ask: listFolders("organizations/1", 0), has: []string{`"folders/10"`}, lacks: []string{`"folders/11"`}},
	{name: "list folders of a project", prepare: organize, ask: listFolders("projects/demo-healthy", 0), code: codes.InvalidArgument},
	{name: "list folders as a stranger", prepare: organize, caller: stranger, ask: listFolders("folders/10", 0), code: codes.PermissionDenied},
	{name: "search folders", prepare: organize, ask: searchFolders("displayName=Ja* AND state:ACTIVE"), has: []string{`"folders/11"`}, lacks: []string{`"folders/12"`}},
	{name: "search folders as who sees some", prepare: organize, caller: auditor, ask: searchFolders("parent:folders/10"), has: []string{`"folders/11"`, `"folders/12"`}},
	{name: "search folders by an unknown field", prepare: organize, ask: searchFolders("colour:red"), code: codes.InvalidArgument},
	{name: "get folder policy", prepare: organize, ask: func(g *clients) (any, error) {
		return g.folders.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: "folders/10"})
	}, has: []string{`"group:auditors@example.com"`}},
	{name: "get folder policy as a stranger", prepare: organize, caller: stranger, ask: func(g *clients) (any, error) {
		return g.folders.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: "folders/10"})
	}, code: codes.PermissionDenied},
	{name: "test permissions on folder", prepare: organize, caller: auditor, ask: func(g *clients) (any, error) {
		return g.folders.TestIamPermissions(g, &iampb.TestIamPermissionsRequest{Resource: "folders/11", Permissions: []string{"resourcemanager.folders.get", "resourcemanager.folders.getIamPolicy"}})
	}, has: []string{"resourcemanager.folders.get", "resourcemanager.folders.getIamPolicy"}},
	{name: "test permissions on missing folder", ask: func(g *clients) (any, error) {
		return g.folders.TestIamPermissions(g, &iampb.TestIamPermissionsRequest{Resource: "folders/99", Permissions: []string{"resourcemanager.folders.get"}})
	}, code: codes.PermissionDenied},
	{name: "create folder", ask: func(g *clients) (any, error) {
		_, err := g.folders.CreateFolder(g, &rmpb.CreateFolderRequest{Folder: &rmpb.Folder{Parent: "organizations/1"}})
		return nil, err
	}, code: codes.Unimplemented},
	{name: "get organisation", prepare: organize, ask: func(g *clients) (any, error) {
		return g.orgs.GetOrganization(g, &rmpb.GetOrganizationRequest{Name: "organizations/1"})
	}, has: []string{`"displayName":"example.com"`, `"directoryCustomerId":"C1"`}},
	{name: "get organisation as a folder", prepare: organize, ask: func(g *clients) (any, error) {
		return g.orgs.GetOrganization(g, &rmpb.GetOrganizationRequest{Name: "organizations/10"})
	}, code: codes.PermissionDenied, says: "resourcemanager.organizations.get"},
	{name: "search organisations", prepare: organize, ask: searchOrganizations("domain:example.com"), has: []string{`"organizations/1"`}},
	{name: "search organisations that are none", prepare: organize, ask: searchOrganizations("domain:other.com"), lacks: []string{"organizations/"}},
	{name: "search organisations as who sees none", prepare: organize, caller: auditor, ask: searchOrganizations(""), lacks: []string{"organizations/"}},
	{name: "search organisations by an unknown field", prepare: organize, ask: searchOrganizations("x"), code: codes.InvalidArgument},
	{name: "get organisation policy", prepare: organize, ask: func(g *clients) (any, error) {
		return g.orgs.GetIamPolicy(g, &iampb.GetIamPolicyRequest{Resource: "organizations/1"})
	}, has: []string{`"roles/owner"`}},
	{name: "test permissions on organisation", prepare: organize, ask: func(g *clients) (any, error) {
		return g.orgs.TestIamPermissions(g, &iampb.TestIamPermissionsRequest{Resource: "organizations/1", Permissions: []string{"cloudasset.assets.searchAllResources"}})
	}, has: []string{"cloudasset.assets.searchAllResources"}},
	{name: "list projects of a folder", prepare: organize, caller: auditor, ask: listProjects("folders/11"), has: []string{`"demo-healthy"`}, lacks: []string{"demo-tokyo"}},
	{name: "list projects of a folder of folders", prepare: organize, ask: listProjects("folders/10"), lacks: []string{"demo-healthy"}},
	{name: "list projects of nothing", ask: listProjects(""), code: codes.InvalidArgument},
	{name: "list projects of a missing folder", ask: listProjects("folders/99"), code: codes.PermissionDenied, says: "resourcemanager.projects.list"},
	{name: "get project by a folder's grant", prepare: organize, caller: auditor, ask: getProject, has: []string{`"demo-healthy"`}},
	{name: "get project by a folder's grant, its policy set anew", caller: auditor, prepare: func(g *clients) {
		organize(g)
		need[any](g)(projectPolicy(func(*iampb.Policy) {})(g))
	}, ask: getProject, has: []string{`"demo-healthy"`}},
	{name: "billing", ask: billingOf("projects/demo-healthy"), has: []string{`"billingEnabled":true`, `"billingAccountName":"billingAccounts/`, `"name":"projects/demo-healthy/billingInfo"`}},
	{name: "billing of a project without", prepare: func(g *clients) { g.server.world.projects[0].noBilling = true }, ask: billingOf("projects/415104041262"), has: []string{`"projectId":"demo-healthy"`}, lacks: []string{"billingEnabled", "billingAccounts"}},
	{name: "billing as a stranger", caller: stranger, ask: billingOf("projects/demo-healthy"), code: codes.PermissionDenied, says: "'resourcemanager.projects.get'"},
	{name: "billing of a malformed name", ask: func(g *clients) (any, error) {
		return g.either("google.cloud.billing.v1.CloudBilling/GetProjectBillingInfo", &billingpb.GetProjectBillingInfoRequest{Name: "projects/"}, &billingpb.ProjectBillingInfo{}, "GET", "/v1/projects//billingInfo", "")
	}, code: codes.InvalidArgument},
}

// TestWhatIsDenied holds that the default caller owns no project that a world
// denies, whatever it owns above.
func TestWhatIsDenied(t *testing.T) {
	g := newClients(t, false)
	organize(g)
	s := g.server
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	p := s.world.projects[0]
	p.policy = seeded(nil)
	(&builder{Server: s}).inherit(p, seedProject{Parent: "folders/11", Denied: true})
	if s.world.may(DefaultCaller, "resourcemanager.projects.get", p.policy) {
		t.Error("the default caller has what is denied")
	}
	if !s.world.may(auditor, "resourcemanager.projects.get", p.policy) {
		t.Error("what a folder's policy gives is not inherited")
	}
}

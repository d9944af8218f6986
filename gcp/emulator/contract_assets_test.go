package emulator

import (
	"time"

	"cloud.google.com/go/asset/apiv1/assetpb"
	troubleshooterpb "cloud.google.com/go/policytroubleshooter/iam/apiv3/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func searchAssets(req *assetpb.SearchAllResourcesRequest) func(*clients) (any, error) {
	return func(g *clients) (any, error) { return all(g, g.assets.SearchAllResources(g, req).Next) }
}

var repositoryAssets = []string{repositoryAsset}

var assetContract = []contract{
	{name: "search repositories of an organisation", prepare: organize, ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "organizations/1", AssetTypes: repositoryAssets, PageSize: 3}), has: []string{
		`"name":"//artifactregistry.googleapis.com/projects/demo-healthy/locations/us-central1/repositories/docker-hub"`, `"project":"projects/415104041262"`,
		`"folders":["folders/11","folders/10"]`, `"organization":"organizations/1"`, `"location":"us-central1"`, `"assetType":"` + repositoryAsset + `"`,
		`"parentFullResourceName":"//cloudresourcemanager.googleapis.com/projects/demo-healthy"`,
	}, lacks: []string{"demo-tokyo", "upstreamCredentials", "passwordSecretVersion", "versions/"}},
	{name: "search repositories of a folder", prepare: organize, caller: auditor, ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "folders/10", AssetTypes: repositoryAssets}), has: []string{"repositories/docker-hub"}},
	{name: "search a folder without projects", prepare: organize, ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "folders/12", AssetTypes: repositoryAssets}), lacks: []string{"repositories"}},
	{name: "search a project, all types", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy"}), has: []string{"repositories/docker-hub", `"//secretmanager.googleapis.com/projects/415104041262/secrets/npm-token"`, projectAsset}},
	{name: "search folders by a pattern of types", prepare: organize, ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "organizations/1", AssetTypes: []string{".*Folder"}}), has: []string{`"displayName":"Japan"`}, lacks: []string{"repositories"}},
	{name: "search by words", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", AssetTypes: repositoryAssets, Query: "name:npm AND location:us*"}), has: []string{"repositories/npm-private"}, lacks: []string{"docker-hub"}},
	{name: "search by a label", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", Query: "labels.upstream:npm"}), has: []string{"npm-token"}, lacks: []string{"repositories"}},
	{name: "search by what is not", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", AssetTypes: repositoryAssets, Query: "NOT location=us-central1"}), has: []string{"europe-west1"}, lacks: []string{"repositories/docker-hub"}},
	{name: "search by time", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", AssetTypes: repositoryAssets, Query: "createTime<1600000000"}), lacks: []string{"repositories"}},
	{name: "search by an unknown field", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", Query: "colour:red"}), code: codes.InvalidArgument},
	{name: "search in order", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", AssetTypes: repositoryAssets, OrderBy: "location DESC, name"}), has: []string{`"location":"us-central1"`}},
	{name: "search in an unknown order", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", OrderBy: "size"}), code: codes.InvalidArgument},
	{name: "search for a part", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", AssetTypes: repositoryAssets, ReadMask: &fieldmaskpb.FieldMask{Paths: []string{"name"}}}), has: []string{`"name":`}, lacks: []string{"location\"", "createTime"}},
	{name: "search for an unknown part", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", ReadMask: &fieldmaskpb.FieldMask{Paths: []string{"colour"}}}), code: codes.InvalidArgument},
	{name: "search for a type that is none", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", AssetTypes: []string{"Repositories"}}), code: codes.InvalidArgument},
	{name: "search with a bad page token", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", PageToken: "x"}), code: codes.InvalidArgument},
	{name: "search a scope that is none", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "demo-healthy/x"}), code: codes.InvalidArgument},
	{name: "search as a stranger", caller: stranger, ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy"}), code: codes.PermissionDenied, says: "cloudasset.assets.searchAllResources", reason: "IAM_PERMISSION_DENIED"},
	{name: "search a missing folder", ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "folders/99"}), code: codes.PermissionDenied},
	{name: "search before the inventory knows", prepare: func(g *clients) { g.server.world.assetDelay = 100 * 24 * time.Hour }, ask: searchAssets(&assetpb.SearchAllResourcesRequest{Scope: "projects/demo-healthy", AssetTypes: repositoryAssets}), lacks: []string{"insecure-images"}},
}

func troubleshoot(principal, permission, resource string) func(*clients) (any, error) {
	return func(g *clients) (any, error) {
		return g.policies.TroubleshootIamPolicy(g, &troubleshooterpb.TroubleshootIamPolicyRequest{AccessTuple: &troubleshooterpb.AccessTuple{
			Principal: principal, Permission: permission, FullResourceName: resource,
		}})
	}
}

const (
	accessPermission = "secretmanager.versions.access"
	hubToken         = "//secretmanager.googleapis.com/projects/demo-healthy/secrets/docker-hub-token"
)

var troubleshooterContract = []contract{
	{name: "why a member of a policy has access", ask: troubleshoot("viewer@example.com", accessPermission, hubToken), has: []string{
		`"overallAccessState":"CAN_ACCESS"`, `"permissionFqdn":"secretmanager.googleapis.com/versions.access"`,
		`"user:viewer@example.com":{"membership":"MEMBERSHIP_MATCHED","relevance":"HEURISTIC_RELEVANCE_HIGH"}`,
		`"fullResourceName":"//secretmanager.googleapis.com/projects/415104041262/secrets/docker-hub-token"`,
	}},
	{name: "why the agent lacks access", ask: troubleshoot("service-415104041262@gcp-sa-artifactregistry.iam.gserviceaccount.com", accessPermission, hubToken+"/versions/2"), has: []string{
		`"overallAccessState":"CANNOT_ACCESS"`, `"MEMBERSHIP_NOT_MATCHED"`,
	}},
	{name: "why a condition decides", ask: troubleshoot("contractor@example.com", accessPermission, hubToken), has: []string{`"overallAccessState":"UNKNOWN_CONDITIONAL"`, `"title":"until-new-year"`}},
	{name: "why a role does not do", ask: troubleshoot("editor@example.com", accessPermission, hubToken), has: []string{`"CANNOT_ACCESS"`, `"rolePermission":"ROLE_PERMISSION_NOT_INCLUDED"`}},
	{name: "why a group of a folder has access", prepare: organize, ask: troubleshoot(auditor, "artifactregistry.repositories.get", "//artifactregistry.googleapis.com/projects/demo-healthy/locations/us-central1/repositories/docker-hub"), has: []string{
		`"CAN_ACCESS"`, `"//cloudresourcemanager.googleapis.com/folders/10"`, `"group:auditors@example.com":{"membership":"MEMBERSHIP_MATCHED"`,
	}},
	{name: "why a custom role gives", prepare: func(g *clients) { withRole(g); grantAdder(g) }, ask: troubleshoot(stranger, "secretmanager.versions.add", "//cloudresourcemanager.googleapis.com/projects/demo-healthy"), has: []string{`"CAN_ACCESS"`, adder}},
	{name: "why, for who sees no policy", prepare: organize, caller: stranger, ask: troubleshoot("viewer@example.com", accessPermission, hubToken), has: []string{`"UNKNOWN_INFO"`}, lacks: []string{"bindingExplanations", "MEMBERSHIP_MATCHED"}},
	{name: "why, for who sees the project's policy alone", prepare: organize, caller: "viewer@example.com", ask: troubleshoot("nobody@example.com", accessPermission, hubToken), has: []string{`"UNKNOWN_INFO"`}},
	{name: "why, on a missing secret", ask: troubleshoot("viewer@example.com", accessPermission, "//secretmanager.googleapis.com/projects/demo-healthy/secrets/none"), has: []string{`"UNKNOWN_INFO"`}},
	{name: "why, for no address", ask: troubleshoot("user:viewer@example.com", accessPermission, hubToken), code: codes.InvalidArgument},
	{name: "why, for no permission", ask: troubleshoot("viewer@example.com", "access", hubToken), code: codes.InvalidArgument},
	{name: "why, on no full name", ask: troubleshoot("viewer@example.com", accessPermission, "projects/demo-healthy"), code: codes.InvalidArgument},
}

package emulator

import (
	"slices"
	"strings"
	"sync"
)

// permissionLists are the permissions of the APIs that are served here, by what
// they are about (iam-dataset's dump of the predefined roles).
var permissionLists = []struct{ of, verbs string }{
	{"artifactregistry.aptartifacts", "create"},
	{"artifactregistry.attachments", "create delete get list"},
	{"artifactregistry.dockerimages", "get list"},
	{"artifactregistry.files", "delete download get list update upload"},
	{"artifactregistry.kfpartifacts", "create"},
	{"artifactregistry.locations", "get list"},
	{"artifactregistry.mavenartifacts", "get list"},
	{"artifactregistry.npmpackages", "get list"},
	{"artifactregistry.packages", "delete get list update"},
	{"artifactregistry.projectconfigs", "get update"},
	{"artifactregistry.projectsettings", "get update"},
	{"artifactregistry.pythonpackages", "get list"},
	{"artifactregistry.repositories", "create createOnPush createTagBinding delete deleteArtifacts deleteTagBinding downloadArtifacts " +
		"exportArtifacts get getIamPolicy list listEffectiveTags listTagBindings readViaVirtualRepository setIamPolicy update uploadArtifacts"},
	{"artifactregistry.rules", "create delete get list update"},
	{"artifactregistry.tags", "create delete get list update"},
	{"artifactregistry.versions", "delete get list update"},
	{"artifactregistry.vpcscconfigs", "get update"},
	{"artifactregistry.yumartifacts", "create"},
	{"cloudasset.assets", "searchAllResources"},
	{"cloudkms.cryptoKeyVersions", "useToDecrypt useToEncrypt"},
	{"iam.roles", "create delete get list undelete update"},
	{"iam.serviceAccounts", "get list"},
	{"logging.logEntries", "list"},
	{"resourcemanager.folders", "create createPolicyBinding delete deletePolicyBinding get getIamPolicy list move searchPolicyBindings " +
		"setIamPolicy undelete update updatePolicyBinding"},
	{"resourcemanager.hierarchyNodes", "createTagBinding deleteTagBinding listEffectiveTags listTagBindings"},
	{"resourcemanager.organizations", "createPolicyBinding deletePolicyBinding get getIamPolicy searchPolicyBindings setIamPolicy updatePolicyBinding"},
	{"resourcemanager.projects", "create createBillingAssignment createPolicyBinding delete deleteBillingAssignment deletePolicyBinding get " +
		"getIamPolicy list move searchPolicyBindings setIamPolicy undelete update updateLiens updatePolicyBinding"},
	{"resourcemanager.tagHolds", "create delete list"},
	{"resourcemanager.tagKeys", "create delete get getIamPolicy list setIamPolicy update"},
	{"resourcemanager.tagValueBindings", "create delete"},
	{"resourcemanager.tagValues", "create delete get getIamPolicy list setIamPolicy update"},
	{"secretmanager.locations", "get list"},
	{"secretmanager.secrets", "create createTagBinding delete deleteTagBinding enableManagedRotation get getIamPolicy list listEffectiveTags " +
		"listTagBindings rotate setIamPolicy update"},
	{"secretmanager.versions", "access add destroy disable enable get list"},
	{"serviceusage.apiKeys", "regenerate revert"},
	{"serviceusage.consumerpolicy", "analyze get update"},
	{"serviceusage.contentsecuritypolicy", "get update"},
	{"serviceusage.effectivemcppolicy", "get"},
	{"serviceusage.effectivepolicy", "get"},
	{"serviceusage.groups", "list listExpandedMembers listMembers"},
	{"serviceusage.mcppolicy", "get update"},
	{"serviceusage.operations", "get"},
	{"serviceusage.quotas", "get update"},
	{"serviceusage.services", "disable enable get list use"},
	{"serviceusage.values", "test"},
}

// permissions are all permissions that exist here, sorted.
var permissions = sync.OnceValue(func() []string {
	all := make([]string, 0, 200)
	for _, l := range permissionLists {
		for verb := range strings.FieldsSeq(l.verbs) {
			all = append(all, l.of+"."+verb)
		}
	}
	slices.Sort(all)
	return all
})

// isPermission tells whether a permission of the APIs that are served exists.
func isPermission(name string) bool {
	_, found := slices.BinarySearch(permissions(), name)
	return found
}

// resourceKind is what a policy is on: which permissions, and with them which
// roles, belong there.
type resourceKind struct {
	// prefixes are what its permissions begin with; none: any.
	prefixes []string
	// elsewhere are what permissions of other resources begin with.
	elsewhere []string
}

var (
	onProject = resourceKind{elsewhere: []string{"resourcemanager.folders.", "resourcemanager.organizations."}}
	// A folder and an organisation have what is in them, too.
	onFolder       = resourceKind{elsewhere: []string{"resourcemanager.organizations."}}
	onOrganization = resourceKind{}

	onSecret = resourceKind{prefixes: []string{"secretmanager.secrets.", "secretmanager.versions."}}

	onRepository = resourceKind{prefixes: []string{
		"artifactregistry.aptartifacts.", "artifactregistry.attachments.", "artifactregistry.dockerimages.", "artifactregistry.files.",
		"artifactregistry.kfpartifacts.", "artifactregistry.mavenartifacts.", "artifactregistry.npmpackages.", "artifactregistry.packages.",
		"artifactregistry.pythonpackages.", "artifactregistry.repositories.", "artifactregistry.rules.", "artifactregistry.tags.",
		"artifactregistry.versions.", "artifactregistry.yumartifacts.",
	}}
)

// takes tells whether a permission is one that a resource of the kind has. On
// a project, those of an API that is not served here cannot be known one by
// one: they are taken if Google has the API (modelled).
func (k resourceKind) takes(permission string) bool {
	begins := func(with string) bool { return strings.HasPrefix(permission, with) }
	if len(k.prefixes) == 0 {
		api, _, _ := strings.Cut(permission, ".")
		return (isPermission(permission) || !isServedFamily(api) && isGoogleFamily(api)) && !slices.ContainsFunc(k.elsewhere, begins)
	}
	return isPermission(permission) && slices.ContainsFunc(k.prefixes, begins)
}

// checkPermissions refuses to be asked about what is no permission of the
// resource. The text is known, the exact list is not public.
func (k resourceKind) checkPermissions(asked []string) error {
	for _, p := range asked {
		if strings.Contains(p, "*") || strings.Count(p, ".") < 2 || !k.takes(p) {
			return invalid("Permission %s is not valid for this resource.", p)
		}
	}
	return nil
}

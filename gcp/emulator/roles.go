package emulator

import (
	"slices"
	"strings"
	"sync"
)

// role is the set of permissions that it gives.
type role map[string]bool

// roleNamed finds a predefined or custom role.
func (w *world) roleNamed(name string) (role, bool) {
	if r, ok := w.roles[name]; ok {
		return r, true
	}
	r, ok := predefined()[name]
	return r, ok
}

// predefined are Google's roles as far as they give permissions that are known
// here (iam-dataset's dump of the predefined roles): all of the APIs that are
// served, and those of other services that reach secrets or repositories.
var predefined = sync.OnceValue(func() map[string]role {
	all := make(map[string]role, len(roleLists)+64)
	for _, l := range roleLists {
		r := roleOf(strings.Fields(l.gives)...)
		for name := range strings.FieldsSeq(l.names) {
			all["roles/"+name] = r
		}
	}
	return all
})

// roleLists are names of roles, and the permissions that all of them give, as
// patterns of roleOf.
var roleLists = []struct{ names, gives string }{
	{"owner", "* -resourcemanager.folders.* -resourcemanager.organizations.* -resourcemanager.projects.create"},
	// An editor can do everything but decide about access and read payloads.
	{"editor", "* -*.setIamPolicy -secretmanager.versions.access -secretmanager.secrets.*TagBinding -artifactregistry.repositories.*TagBinding " +
		"-cloudkms.* -resourcemanager.folders.* -resourcemanager.organizations.* -resourcemanager.projects.create* " +
		"-resourcemanager.projects.delete* -resourcemanager.projects.undelete -resourcemanager.projects.updateLiens " +
		"-resourcemanager.projects.updatePolicyBinding -iam.roles.create -iam.roles.delete -iam.roles.undelete -iam.roles.update"},
	{"viewer", "artifactregistry.*.get artifactregistry.*.list artifactregistry.repositories.getIamPolicy " + readsArtifacts +
		" resourcemanager.projects.get* resourcemanager.projects.list secretmanager.*.get secretmanager.*.list " +
		"secretmanager.secrets.getIamPolicy secretmanager.secrets.list* serviceusage.services.get serviceusage.services.list " +
		"cloudasset.assets.searchAllResources iam.*.get iam.*.list logging.logEntries.list"},
	{"browser", "resourcemanager.projects.get resourcemanager.projects.getIamPolicy resourcemanager.projects.list " +
		"resourcemanager.folders.get resourcemanager.folders.list resourcemanager.organizations.get"},

	{"artifactregistry.admin", "artifactregistry.* -artifactregistry.repositories.createOnPush resourcemanager.projects.get"},
	{"artifactregistry.editor", "artifactregistry.* -*.setIamPolicy -*TagBinding resourcemanager.projects.get resourcemanager.projects.list"},
	{"artifactregistry.viewer", registryReader + " artifactregistry.repositories.getIamPolicy resourcemanager.projects.list"},
	{"artifactregistry.reader assuredoss.reader assuredoss.user cloudfunctions.admin cloudfunctions.developer cloudfunctions.editor " +
		"containeranalysis.ServiceAgent containerscanning.ServiceAgent firebase.admin firebase.developAdmin iam.dataScientist ml.serviceAgent " +
		"securitycenter.adminEditor securitycenter.adminViewer compliancescanning.serviceAgent ondemandscanning.serviceAgent", registryReader},
	{"artifactregistry.writer iam.devOps", registryWriter},
	{"artifactregistry.createOnPushWriter firebaseapphosting.computeRunner cloudbuild.builds.builder cloudbuild.serviceAgent",
		registryWriter + " artifactregistry.repositories.createOnPush artifactregistry.repositories.deleteArtifacts"},
	{"artifactregistry.repoAdmin", registryRepoAdmin},
	{"artifactregistry.createOnPushRepoAdmin", registryRepoAdmin + " artifactregistry.repositories.createOnPush"},
	{"artifactregistry.attachmentReader", "artifactregistry.attachments.get artifactregistry.attachments.list artifactregistry.files.download"},
	{"artifactregistry.attachmentWriter", "artifactregistry.attachments.* artifactregistry.files.download artifactregistry.files.upload"},
	{"artifactregistry.containerRegistryMigrationAdmin", "artifactregistry.projectsettings.* artifactregistry.repositories.create " +
		"artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.get* artifactregistry.repositories.list " +
		"artifactregistry.repositories.setIamPolicy artifactregistry.repositories.uploadArtifacts resourcemanager.projects.get " +
		"resourcemanager.projects.getIamPolicy serviceusage.services.use"},
	// The agent's own role reaches no secret: hence the grant on each one.
	{"artifactregistry.serviceAgent", "artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.get " +
		"artifactregistry.repositories.list artifactregistry.repositories.readViaVirtualRepository artifactregistry.versions.delete"},
	{"composer.worker composer.serviceAgent cloudfunctions.serviceAgent visualinspection.serviceAgent", "artifactregistry.* resourcemanager.projects.get"},
	{"assuredoss.admin assuredoss.projectAdmin run.sourceDeveloper securitycenter.admin", registryReader + " artifactregistry.repositories.create"},
	{"run.serviceAgent appengine.serviceAgent serverless.serviceAgent", registryReader + " artifactregistry.repositories.uploadArtifacts"},
	{"run.builder appengine.appAdmin appengine.deployer", "artifactregistry.repositories.deleteArtifacts " +
		"artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.uploadArtifacts"},
	{"aiplatform.agentSandboxServiceAgent aiplatform.customCodeServiceAgent aiplatform.serviceAgent appengineflex.serviceAgent " +
		"binaryauthorization.serviceAgent gkemulticloud.controlPlaneMachineServiceAgent gkemulticloud.nodePoolMachineServiceAgent " +
		"networkactions.serviceAgent saasservicemgmt.serviceAgent", "artifactregistry.repositories.downloadArtifacts"},
	{"auditmanager.serviceAgent cloudsecuritycompliance.serviceAgent run.sourceViewer clouddeploymentmanager.serviceAgent " +
		"configdelivery.serviceAgent firebaseapphosting.serviceAgent", "artifactregistry.repositories.get artifactregistry.repositories.list"},

	{"secretmanager.admin", "secretmanager.* resourcemanager.projects.get resourcemanager.projects.list"},
	{"secretmanager.editor", "secretmanager.* -*.setIamPolicy -*TagBinding -secretmanager.versions.access resourcemanager.projects.get resourcemanager.projects.list"},
	{"secretmanager.viewer", "secretmanager.*.get secretmanager.*.list secretmanager.secrets.getIamPolicy secretmanager.secrets.list* " +
		"resourcemanager.projects.get resourcemanager.projects.list"},
	{"secretmanager.secretAccessor", "secretmanager.versions.access resourcemanager.projects.get resourcemanager.projects.list"},
	{"secretmanager.secretVersionAdder", "secretmanager.versions.add secretmanager.secrets.rotate resourcemanager.projects.get resourcemanager.projects.list"},
	{"secretmanager.secretVersionManager", "secretmanager.versions.* -secretmanager.versions.access secretmanager.secrets.rotate " +
		"resourcemanager.projects.get resourcemanager.projects.list"},
	{"connectors.admin", "secretmanager.secrets.getIamPolicy resourcemanager.projects.get resourcemanager.projects.list"},

	{"iam.securityAdmin", "artifactregistry.*.list *.getIamPolicy *.setIamPolicy resourcemanager.projects.list secretmanager.*.list serviceusage.services.list"},
	{"iam.roleViewer", "iam.roles.get iam.roles.list resourcemanager.projects.get resourcemanager.projects.getIamPolicy"},
	{"iam.roleAdmin", "iam.roles.* resourcemanager.projects.get resourcemanager.projects.getIamPolicy"},
	{"iam.organizationRoleAdmin", "iam.roles.* resourcemanager.organizations.get* resourcemanager.projects.get resourcemanager.projects.getIamPolicy " +
		"resourcemanager.projects.list"},
	{"iam.serviceAccountViewer", "iam.serviceAccounts.* resourcemanager.projects.get resourcemanager.projects.list"},
	{"cloudasset.viewer", "cloudasset.*"},
	{"logging.viewer", "logging.* resourcemanager.projects.get"},
	{"iam.securityReviewer", "iam.*.get iam.*.list artifactregistry.*.list *.getIamPolicy resourcemanager.projects.list secretmanager.*.list serviceusage.services.list"},
	{"iam.securityAuditor iam.supportUser", registryReader + " *.getIamPolicy resourcemanager.projects.list secretmanager.*.get secretmanager.*.list " +
		"secretmanager.secrets.list* serviceusage.services.get serviceusage.services.list"},

	{"resourcemanager.projectIamAdmin", "resourcemanager.projects.get resourcemanager.projects.getIamPolicy resourcemanager.projects.setIamPolicy " +
		"resourcemanager.projects.*PolicyBinding*"},
	{"resourcemanager.projectCreator", "resourcemanager.projects.create"},
	{"resourcemanager.projectDeleter", "resourcemanager.projects.delete"},
	{"resourcemanager.projectMover", "resourcemanager.projects.get resourcemanager.projects.move resourcemanager.projects.update"},
	{"resourcemanager.lienModifier", "resourcemanager.projects.updateLiens"},
	{"resourcemanager.organizationAdmin", "resourcemanager.organizations.* resourcemanager.folders.* resourcemanager.projects.get* " +
		"resourcemanager.projects.list resourcemanager.projects.setIamPolicy"},
	{"resourcemanager.organizationViewer", "resourcemanager.organizations.get"},
	{"resourcemanager.folderAdmin", "resourcemanager.folders.* resourcemanager.projects.get* resourcemanager.projects.list " +
		"resourcemanager.projects.move resourcemanager.projects.setIamPolicy"},
	{"resourcemanager.folderEditor resourcemanager.folderCreator", "resourcemanager.folders.create resourcemanager.folders.get " +
		"resourcemanager.folders.list resourcemanager.projects.get resourcemanager.projects.list"},
	{"resourcemanager.folderIamAdmin", "resourcemanager.folders.get* resourcemanager.folders.setIamPolicy"},
	{"resourcemanager.folderMover", "resourcemanager.folders.move resourcemanager.projects.move"},
	{"resourcemanager.folderViewer", "resourcemanager.folders.get resourcemanager.folders.list resourcemanager.projects.get resourcemanager.projects.list"},
	{"resourcemanager.tagAdmin", "resourcemanager.tag*"},
	{"resourcemanager.tagHoldAdmin", "resourcemanager.tagHolds.*"},
	{"resourcemanager.tagUser dlp.orgdriver dlp.projectdriver", "*TagBinding *.listTagBindings *.listEffectiveTags resourcemanager.projects.get"},
	{"resourcemanager.tagViewer", "*.listTagBindings *.listEffectiveTags resourcemanager.tagKeys.get resourcemanager.tagKeys.list"},

	{"serviceusage.serviceUsageViewer", "serviceusage.services.get serviceusage.services.list"},
	{"serviceusage.serviceUsageConsumer", "serviceusage.services.get serviceusage.services.list serviceusage.services.use"},
	{"serviceusage.serviceUsageAdmin", "serviceusage.*"},
	{"serviceusage.apiKeysAdmin", "serviceusage.apiKeys.*"},
	{"serviceusage.apiKeysViewer", ""},

	{"cloudkms.cryptoKeyEncrypterDecrypter", "cloudkms.cryptoKeyVersions.useTo* resourcemanager.projects.get"},
	{"cloudkms.cryptoKeyEncrypter", "cloudkms.cryptoKeyVersions.useToEncrypt resourcemanager.projects.get"},
	{"cloudkms.cryptoKeyDecrypter", "cloudkms.cryptoKeyVersions.useToDecrypt resourcemanager.projects.get"},
}

const (
	readsArtifacts = "artifactregistry.files.download artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.exportArtifacts " +
		"artifactregistry.repositories.list* artifactregistry.repositories.readViaVirtualRepository"
	registryReader = "artifactregistry.*.get artifactregistry.*.list " + readsArtifacts +
		" -artifactregistry.vpcscconfigs.* resourcemanager.projects.get"
	registryWriter = registryReader + " artifactregistry.aptartifacts.* artifactregistry.attachments.* artifactregistry.files.update " +
		"artifactregistry.files.upload artifactregistry.kfpartifacts.* artifactregistry.packages.update " +
		"artifactregistry.repositories.uploadArtifacts artifactregistry.tags.create artifactregistry.tags.update " +
		"artifactregistry.versions.update artifactregistry.yumartifacts.*"
	registryRepoAdmin = registryWriter + " artifactregistry.files.* artifactregistry.packages.* artifactregistry.repositories.deleteArtifacts " +
		"artifactregistry.rules.* artifactregistry.tags.* artifactregistry.versions.*"
)

// roleOf makes a role of patterns: a permission, or one with a star for any
// characters; with a minus, permissions that the others do not give after all.
func roleOf(patterns ...string) role {
	r := role{}
	for _, p := range permissions() {
		gives, takes := false, false
		for _, pattern := range patterns {
			if except, is := strings.CutPrefix(pattern, "-"); is {
				takes = takes || matchesStar(except, p)
			} else {
				gives = gives || matchesStar(pattern, p)
			}
		}
		if gives && !takes {
			r[p] = true
		}
	}
	return r
}

// matchesStar compares with a pattern in which stars stand for any characters.
func matchesStar(pattern, text string) bool {
	before, after, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, before)
	for ok && found {
		var part string
		if part, after, found = strings.Cut(after, "*"); !found {
			return strings.HasSuffix(rest, part)
		}
		at := strings.Index(rest, part)
		if ok = at >= 0; ok {
			rest = rest[at+len(part):]
		}
	}
	return ok
}

// fits tells whether a role can be granted on a resource: one that gives any of
// its permissions. On a project that is each role of Google's; those of an API
// that is not served here cannot be known one by one, and are taken if Google
// has the API (modelled). A seed can name more.
func (w *world) fits(name string, kind resourceKind) bool {
	r, known := w.roleNamed(name)
	if known {
		if len(kind.prefixes) == 0 || w.roles[name] != nil {
			return true
		}
		for p := range r {
			if kind.takes(p) {
				return true
			}
		}
		return false
	}
	short, isPredefined := strings.CutPrefix(name, "roles/")
	family, rest, dotted := strings.Cut(short, ".")
	return isPredefined && dotted && rest != "" && len(kind.prefixes) == 0 && !isServedFamily(family) && isGoogleFamily(family)
}

// servedFamilies are the names that roles and permissions of the APIs which
// are served begin with. All of those are known.
var servedFamilies = []string{"artifactregistry", "resourcemanager", "secretmanager", "serviceusage"}

func isServedFamily(name string) bool { return slices.Contains(servedFamilies, name) }

// isGoogleFamily tells whether Google has a service whose roles and permissions
// begin with the name.
func isGoogleFamily(name string) bool {
	_, found := slices.BinarySearch(googleFamilies(), name)
	return found
}

// googleFamilies are the services of Google Cloud, by how their roles and
// permissions are named (https://cloud.google.com/iam/docs/roles-permissions).
var googleFamilies = sync.OnceValue(func() []string {
	return slices.Sorted(strings.FieldsSeq(`
		accessapproval accesscontextmanager actions aiplatform alloydb analyticshub androidmanagement apigateway apigee apigeeregistry
		apihub apikeys appengine apphub artifactregistry assuredoss assuredworkloads auditmanager automl backupdr baremetalsolution batch
		beyondcorp biglake bigquery bigqueryconnection bigquerydatapolicy bigquerymigration bigtable billing binaryauthorization
		blockchainnodeengine certificatemanager chat chronicle clientauthconfig cloud cloudaicompanion cloudasset cloudbuild cloudconfig
		clouddebugger clouddeploy clouddeploymentmanager cloudfunctions cloudidentity cloudiot cloudjobdiscovery cloudkms cloudmigration
		cloudnotifications cloudprivatecatalog cloudprofiler cloudquotas cloudscheduler cloudsecurityscanner cloudsql cloudsupport cloudtasks
		cloudtestservice cloudtoolresults cloudtrace cloudtranslate commerceorggovernance composer compute confidentialcomputing config
		configdelivery connectors consumerprocurement contactcenteraiplatform contactcenterinsights container containeranalysis
		containerregistry containerscanning containersecurity contentwarehouse datacatalog dataconnectors dataflow dataform datafusion
		datalabeling datalineage datamigration datapipelines dataplex dataprep dataproc datastore datastream datastudio deploymentmanager
		designcenter developerconnect dialogflow discoveryengine dlp dns documentai domains earthengine edgecontainer edgenetwork endpoints
		errorreporting essentialcontacts eventarc file financialservices firebase firebaseabt firebaseanalytics firebaseappcheck
		firebaseappdistro firebaseapphosting firebaseauth firebasecrashlytics firebasedatabase firebasedataconnect firebasedynamiclinks
		firebaseextensions firebasehosting firebaseinappmessaging firebaseml firebasenotifications firebaseperformance firebaserules
		firebasestorage firebasevertexai firestore fleetengine gameservices genomics gkebackup gkehub gkemulticloud gkeonprem gsuiteaddons
		healthcare iam iap identityplatform identitytoolkit ids integrations krmapihosting licensemanager lifesciences livestream logging
		looker lookerstudio managedidentities managedkafka mapsadmin mapsplatformdatasets mediaasset memcache memorystore meshconfig metastore
		migrationcenter ml modelarmor monitoring netapp networkconnectivity networkmanagement networksecurity networkservices notebooks
		oauthconfig observability ondemandscanning opsconfigmonitoring oracledatabase orgpolicy osconfig parallelstore parametermanager
		policyanalyzer policysimulator privateca privilegedaccessmanager proximitybeacon publicca pubsub pubsublite recaptchaenterprise
		recommender redis remotebuildexecution resourcemanager resourcesettings retail riskmanager rma routeoptimization run runapps
		runtimeconfig saasservicemgmt secretmanager securesourcemanager securitycenter securitycentermanagement securityposture serverless
		serviceconsumermanagement servicedirectory servicehealth servicemanagement servicenetworking servicesecurityinsights serviceusage
		source spanner speakerid speech stackdriver storage storageinsights storagetransfer stream telcoautomation telemetry timeseriesinsights
		tpu trafficdirector transcoder transferappliance translationhub vectorsearch videostitcher visionai visualinspection vmmigration
		vmwareengine vpcaccess websecurityscanner workflows workloadidentity workloadmanager workstations`))
})

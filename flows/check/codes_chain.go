package check

// What a link of the chain from a request to its upstream is found to be,
// sorted by link. A link that stops other flows too has its code in
// codes_problem.go.
const (
	CausedBy   Code = "caused-by"   // follows from another link, which Finding.Cause names
	NoAnswer   Code = "no-answer"   // Google could not be asked, or answered with an error
	NotAllowed Code = "not-allowed" // you lack the permission to see it
	NotNeeded  Code = "not-needed"  // without credentials nothing uses it
	NotTried   Code = "not-tried"   // left out, as asked or because it can't work

	CredentialsIncomplete Code = "credentials-incomplete" // a user name without a token
	CredentialsMissing    Code = "credentials-missing"    // the upstream wants some
	CredentialsNone       Code = "credentials-none"       // it pulls anonymously
	CredentialsNotTaken   Code = "credentials-not-taken"  // its upstream takes none
	CredentialsSet        Code = "credentials-set"

	ReferenceElsewhere      Code = "reference-elsewhere"       // the secret is in another project
	ReferenceMalformed      Code = "reference-malformed"       // names no secret version
	ReferenceRegional       Code = "reference-regional"        // Artifact Registry reads global secrets only
	ReferenceWellFormed     Code = "reference-well-formed"     //
	SecretProjectDeleted    Code = "secret-project-deleted"    // or about to be
	SecretProjectOutOfReach Code = "secret-project-unreadable" // missing, or nobody here may read it

	SecretMissing  Code = "secret-missing"  //
	SecretUnusable Code = "secret-unusable" // none of its versions is enabled

	VersionAlias    Code = "version-alias"    // Google documents no aliases for this
	VersionDisabled Code = "version-disabled" //
	VersionLatest   Code = "version-latest"   // it follows whatever is added last
	VersionOlder    Code = "version-older"    // a newer one is enabled

	AgentExists Code = "service-agent-exists"
	AgentUnseen Code = "service-agent-unseen" // Google tells nobody whether it exists

	GrantFromAbove Code = "grant-from-above" // it holds, and nothing here gives it
	GrantHeld      Code = "grant-held"

	TokenClean Code = "token-clean" // nothing accidental is in the stored token

	PerimeterBlocks   Code = "perimeter-blocks"   // VPC Service Controls forbid the upstream
	PerimeterOpen     Code = "perimeter-open"     // upstreams are allowed, or no perimeter is there
	PerimeterPossible Code = "perimeter-possible" // would forbid it, if there is one

	PullFails   Code = "pull-fails"
	PullReaches Code = "pull-reaches" // reaches the upstream, which proves no more
	PullWorks   Code = "pull-works"
)

package check

// Code names a kind of finding for scripts and for the program itself. A code
// never changes once it is released, whatever its sentence says.
type Code string

// The codes, sorted. Each stands for one thing that a person can act on.
const (
	NoCode Code = "" // a finding that nothing asks for by its kind

	GrantEnds            Code = "grant-ends"             // the service agent's access is for a time
	GrantUnsure          Code = "grant-unsure"           // it may have access by what can't be seen
	KMSKeyLocation       Code = "kms-key-location"       // a key isn't where the secret's replica is
	KMSKeyName           Code = "kms-key-name"           // not the full name of a key
	KMSKeyUnusable       Code = "kms-key-unusable"       // Secret Manager can't decrypt the token
	OldVersionOwned      Code = "old-version-owned"      // it stays enabled for the tool that may switch back to it
	OldTokenKept         Code = "old-token-kept"         // a repository whose upstream rejects the new token
	OldVersionUsed       Code = "old-version-used"       // it stays enabled for another repository
	OwnedRepository      Code = "owned-repository"       // another tool manages it
	OwnedSecret          Code = "owned-secret"           // another tool manages it
	VersionFollowsLatest Code = "version-follows-latest" // a repository gets a new token unverified
	OrganisationPolicy   Code = "organisation-policy"    // forbids it to everybody
	AccessKept           Code = "access-kept"            // the service agent keeps its access, which others use
	GrantConditional     Code = "grant-conditional"      // the service agent has access under a condition
	GrantDeleted         Code = "grant-deleted"          // a deleted account has access
	GrantElsewhere       Code = "grant-elsewhere"        // another account has access, which doesn't count
	ListUnreadable       Code = "list-unreadable"        // a list to pick from can't be read
	NotChecked           Code = "not-checked"            // nobody could check it; the reason says what would allow it
	NotRemote            Code = "not-remote"             // a repository without an upstream

	PullUnproven Code = "pull-unproven" // it reaches the upstream, and shows no more
	PullUntried  Code = "pull-untried"  // no pull was possible
	VersionKept  Code = "version-kept"  // a secret version stays enabled, which others use

	// What speaks against taking a run back.
	ReceiptElsewhere Code = "receipt-elsewhere" // a receipt outside the folder of the program
	ReceiptOld       Code = "receipt-old"       // a receipt without the times at which things were created
	ReceiptOpen      Code = "receipt-open"      // a receipt that others on this machine can change
	ReceiptRenamed   Code = "receipt-renamed"   // a receipt under another name than its run gave it
	ReceiptTimes     Code = "receipt-times"     // a receipt whose times contradict each other
	UndoBreaks       Code = "undo-breaks"       // pulls fail again, as they did before the run
	UndoChanged      Code = "undo-changed"      // a repository has other credentials now
	UndoForged       Code = "undo-forged"       // no run makes such a change
	UndoGone         Code = "undo-gone"         // a repository that doesn't exist any more
	UndoImpossible   Code = "undo-impossible"   // a change that nothing can undo
	UndoInUse        Code = "undo-in-use"       // something uses it
	UndoKept         Code = "undo-kept"         // a secret that nothing else uses, and nobody asked to delete
	UndoRecreated    Code = "undo-recreated"    // another thing of the same name
	UndoUnrestorable Code = "undo-unrestorable" // a repository whose former credentials would be rejected
	UndoUnclear      Code = "undo-unclear"      // a write of a run that nobody can tell to have happened

	// What a trial of a credential on its upstream says.
	CredentialAccepted   Code = "credential-accepted"      // the upstream accepted this user name and token
	CredentialRejected   Code = "credential-rejected"      // the upstream rejected them
	CredentialUnproven   Code = "credential-unproven"      // they can't be checked
	RealmElsewhere       Code = "realm-elsewhere"          // an upstream's token realm is a host that isn't known to be its own
	RealmPlainHTTP       Code = "realm-plain-http"         // an upstream that is reached over https names a realm over http
	TokenAsIs            Code = "token-as-is"              // a token that looks wrong is used all the same, as asked
	UpstreamAddressLogin Code = "upstream-address-login"   // the upstream's address holds a user name or password
	UpstreamAddressPath  Code = "upstream-address-path"    // a container registry's address has a path
	UpstreamAddressWrong Code = "upstream-address-wrong"   // the address is another place of the vendor's
	UpstreamBearerOnly   Code = "upstream-bearer-only"     // accepted as a bearer token, not in the way Artifact Registry sends it
	UpstreamLimited      Code = "upstream-limited"         // the upstream is limiting requests
	UpstreamNotRegistry  Code = "upstream-not-registry"    // something else answers there
	UpstreamPasswordless Code = "upstream-passwordless"    // the upstream takes no password
	UpstreamPlainHTTP    Code = "upstream-plain-http"      // the upstream is reached over plain http
	UpstreamPrivate      Code = "upstream-private-address" // accepted at an address that Google's network can't reach
	UpstreamPrivateCA    Code = "upstream-private-ca"      // accepted behind a certificate that Artifact Registry doesn't trust
	UpstreamUnreachable  Code = "upstream-unreachable"     // no answer, or no healthy one
	UsernameIsSecret     Code = "username-is-secret"       // whoever may see the repository sees it

	// What an answer looks like, before it is tried.
	TokenBroken         Code = "token-broken"          // it has a line break or another control character
	TokenCutOff         Code = "token-cut-off"         // it starts like a token of this vendor, but isn't whole
	TokenElsewhere      Code = "token-elsewhere"       // what was given refers to a token and doesn't contain it
	TokenEnded          Code = "token-ended"           // it has expired, by its own date or its kind's
	TokenEnds           Code = "token-ends"            // it expires at a known time
	TokenForeign        Code = "token-foreign"         // another vendor issues such tokens
	TokenMissing        Code = "token-missing"         // there is none
	TokenNotASCII       Code = "token-not-ascii"       // it has letters beyond ASCII
	TokenNotAccepted    Code = "token-not-accepted"    // the vendor issues such tokens, but doesn't accept them here
	TokenNotTaken       Code = "token-not-taken"       // the upstream takes none
	TokenNotText        Code = "token-not-text"        // it isn't UTF-8
	TokenOfOrganisation Code = "token-of-organisation" // it goes with the organization's name
	TokenSeveral        Code = "token-several"         // what was given contains several credentials
	TokenSpace          Code = "token-space"           // it has a space inside
	TokenSpaces         Code = "token-spaces"          // it has white space around it
	TokenUnknown        Code = "token-unknown"         // it doesn't look like a token of this vendor
	TokenUnusual        Code = "token-unusual"         // it is of another kind than its user name goes with
	TokenWrapped        Code = "token-wrapped"         // the token is inside what was given
	UsernameCut         Code = "username-cut"          // a shell took the $ part away
	UsernameInvisible   Code = "username-invisible"    // it has invisible characters
	UsernameMail        Code = "username-mail"         // it is an email address
	UsernameMissing     Code = "username-missing"      // there is none
	UsernameNotASCII    Code = "username-not-ascii"    // it has letters beyond ASCII
	UsernameNotTaken    Code = "username-not-taken"    // the upstream takes none
	UsernameNotText     Code = "username-not-text"     // it isn't UTF-8
	UsernamePair        Code = "username-pair"         // it has a colon, and maybe the token behind it
	UsernameShortLived  Code = "username-short-lived"  // this user name goes with tokens that expire
	UsernameSpaces      Code = "username-spaces"       // it has white space around it
	UsernameUnusual     Code = "username-unusual"      // the upstream has other user names
	UsernameWrapped     Code = "username-wrapped"      // the user name is inside what was given

	// What the answers to the questions are found to be.
	AnswerOutdated       Code = "answer-outdated"       // it was about another token or another upstream
	APIsOff              Code = "apis-off"              // an API that this needs
	APIsOn               Code = "apis-on"               // all that this needs
	APIsUnchecked        Code = "apis-unchecked"        // nobody can tell whether they are on
	CredentialsPresent   Code = "credentials-present"   // the repository has some already
	FormatUndocumented   Code = "format-undocumented"   // Google documents no credentials for the repository's format
	LocationUnlisted     Code = "location-unlisted"     // the repositories of a location can't be listed
	PermissionsHeld      Code = "permissions-held"      // all that this needs
	PermissionsMissing   Code = "permissions-missing"   // some that this needs
	PermissionsUnchecked Code = "permissions-unchecked" // Google didn't say which there are
	ProjectDeleting      Code = "project-deleting"      // it is being deleted
	ProjectFound         Code = "project-found"         // it exists, and its number is known
	ProjectHidden        Code = "project-hidden"        // it can't be seen, and its number was given
	ProjectMissing       Code = "project-missing"       // it doesn't exist or can't be seen
	RepositoryFound      Code = "repository-found"      // a remote repository that can have credentials
	SecretExpired        Code = "secret-expired"        // its time is over
	SecretExpires        Code = "secret-expires"        // Secret Manager deletes it at a known time
	SecretFound          Code = "secret-found"          // it exists
	SecretHidden         Code = "secret-hidden"         // it may exist, and the caller may not see it
	SecretNew            Code = "secret-new"            // it will be created
	SecretNotCreatable   Code = "secret-not-creatable"  // it doesn't exist, and the caller may not create it
	SecretTyped          Code = "secret-typed"          // its type restricts what it contains
	SignedIn             Code = "signed-in"             // Google knows the caller
	TokenTrimmed         Code = "token-trimmed"         // white space around the token was removed
	VersionEnabled       Code = "version-enabled"       // it can be used
	VersionMissing       Code = "version-missing"       // the secret has no such version
	VersionNotEnabled    Code = "version-not-enabled"   // it is disabled or destroyed

	// Who can read a token, and where it may be sent.
	PublicSecret       Code = "public-secret"        // everybody, or a whole domain, pool or project, can read it
	StoredTokenUnread  Code = "stored-token-unread"  // the caller may not read it
	StoredTokenUntried Code = "stored-token-untried" // Google can't be seen to send it to that upstream
	TwinVersion        Code = "twin-version"         // another enabled version holds the same token
)

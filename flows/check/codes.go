package check

// Code names a kind of finding for scripts and for the program itself. A code
// never changes once it is released, whatever its sentence says.
type Code string

// The codes, sorted. Each stands for one thing that a person can act on.
const (
	NoCode Code = "" // a finding that nothing asks for by its kind

	GrantEnds          Code = "grant-ends"          // the service agent's access is for a time
	GrantUnsure        Code = "grant-unsure"        // it may have access by what can't be seen
	KMSKeyLocation     Code = "kms-key-location"    // a key isn't where the secret's replica is
	KMSKeyName         Code = "kms-key-name"        // not the full name of a key
	KMSKeyUnusable     Code = "kms-key-unusable"    // Secret Manager can't decrypt the token
	OldVersionOwned    Code = "old-version-owned"   // it stays enabled for the tool that may switch back to it
	OwnedRepository    Code = "owned-repository"    // another tool manages it
	OwnedSecret        Code = "owned-secret"        // another tool manages it
	OrganisationPolicy Code = "organisation-policy" // forbids it to everybody

	// What speaks against taking a run back.
	ReceiptElsewhere Code = "receipt-elsewhere" // a receipt outside the folder of the program
	ReceiptOld       Code = "receipt-old"       // a receipt without the times at which things were created
	ReceiptOpen      Code = "receipt-open"      // a receipt that others on this machine can change
	ReceiptRenamed   Code = "receipt-renamed"   // a receipt under another name than its run gave it
	ReceiptTimes     Code = "receipt-times"     // a receipt whose times contradict each other
	UndoUnclear      Code = "undo-unclear"      // a write of a run that nobody can tell to have happened

	// What a trial of a credential on its upstream says.
	CredentialAccepted   Code = "credential-accepted"      // the upstream takes this user name and token
	CredentialRejected   Code = "credential-rejected"      // the upstream doesn't
	CredentialUnproven   Code = "credential-unproven"      // a trial couldn't tell
	RealmElsewhere       Code = "realm-elsewhere"          // an upstream's token realm is a host that isn't known to be its own
	RealmPlainHTTP       Code = "realm-plain-http"         // an upstream that is reached over https names a realm over http
	TokenAsIs            Code = "token-as-is"              // a token that looks wrong is used all the same, as asked
	UpstreamAddressLogin Code = "upstream-address-login"   // the upstream's address holds a user name or password
	UpstreamAddressPath  Code = "upstream-address-path"    // a container registry's address has a path
	UpstreamAddressWrong Code = "upstream-address-wrong"   // the address is another place of the vendor's
	UpstreamBearerOnly   Code = "upstream-bearer-only"     // accepted as a bearer token, not in the way Artifact Registry sends it
	UpstreamLimited      Code = "upstream-limited"         // the upstream takes no more requests for now
	UpstreamNotRegistry  Code = "upstream-not-registry"    // something else answers there
	UpstreamPlainHTTP    Code = "upstream-plain-http"      // the upstream is reached over plain http
	UpstreamPrivate      Code = "upstream-private-address" // accepted at an address that Google's network can't reach
	UpstreamPrivateCA    Code = "upstream-private-ca"      // accepted behind a certificate that Artifact Registry doesn't trust
	UpstreamUnreachable  Code = "upstream-unreachable"     // no answer, or no healthy one
	UsernameIsSecret     Code = "username-is-secret"       // whoever may see the repository sees it

	// What an answer looks like, before it is tried.
	TokenElsewhere     Code = "token-elsewhere"      // what was given names a token and does not hold it
	TokenEnded         Code = "token-ended"          // a token has stopped working, by its own date or its kind's
	TokenEnds          Code = "token-ends"           // a token works until a known time
	TokenMissing       Code = "token-missing"        // there is none
	TokenNotTaken      Code = "token-not-taken"      // the upstream takes none
	TokenSeveral       Code = "token-several"        // what was given holds several credentials
	TokenWrapped       Code = "token-wrapped"        // the token is inside of what was given
	TokenUnusual       Code = "token-unusual"        // the token is of another sort than its user name goes with
	UsernameShortLived Code = "username-short-lived" // this user name goes with tokens that end
	UsernameUnusual    Code = "username-unusual"     // the upstream knows its users by other names
	UsernameWrapped    Code = "username-wrapped"     // the user name is inside of what was given

	// Who can read a token, and where it may be sent.
	PublicSecret       Code = "public-secret"        // everybody, or a whole domain, pool or project, can read it
	StoredTokenUntried Code = "stored-token-untried" // Google can't be seen to send it to that upstream
	TwinVersion        Code = "twin-version"         // another enabled version holds the same token
)

package check

// What stops a flow. Each stands for one thing that a person can act on, and
// shares the list of codes with the findings: a finding that stops a flow keeps
// its own.
const (
	AgentMissing       Code = "service-agent-missing"     // a service's agent has to be created first
	AlreadyExists      Code = "already-exists"            // what a run was to create is there
	AnswerForm         Code = "answer-form"               // an answer that isn't made as it has to be
	APIOff             Code = "api-off"                   // an API is off in a project
	BillingOff         Code = "billing-off"               // the project has no billing account
	ChangedMeanwhile   Code = "changed-meanwhile"         // somebody else changed it since the plan was made
	CreatedMeanwhile   Code = "created-meanwhile"         // somebody else created it since the plan was made
	DenyPolicy         Code = "deny-policy"               // an IAM deny policy forbids it
	GoogleError        Code = "google-error"              // an error of Google's that nothing more is known of
	GoogleTimeout      Code = "google-timeout"            // Google didn't answer in time
	GoogleUnreachable  Code = "google-unreachable"        // Google can't be reached
	GrantGone          Code = "grant-gone"                // the access was granted, and taken away meanwhile
	GrantMissing       Code = "grant-missing"             // the service agent may not read the secret
	GrantPending       Code = "grant-pending"             // the service agent can't read the secret yet
	InternalError      Code = "internal-error"            // a defect of this program
	InUse              Code = "in-use"                    // others use what a run was to take away
	Interrupted        Code = "interrupted"               // by the person, or a signal
	KMSKeyDenied       Code = "kms-key-denied"            // a service's agent may not use a KMS key
	KMSKeyOff          Code = "kms-key-off"               // a KMS key is disabled, destroyed or missing
	LocationUnknown    Code = "location-unknown"          // there is no such location
	MachineError       Code = "machine-error"             // an error on the person's own machine
	ResourceMissing    Code = "resource-missing"          // a required resource doesn't exist
	NotSignedIn        Code = "not-signed-in"             // no credentials for Google, or they no longer work
	PermissionMissing  Code = "permission-missing"        // the caller lacks a permission
	PolicyFull         Code = "policy-full"               // an IAM policy holds as many members as it may
	QuotaExceeded      Code = "quota-exceeded"            // one of Google's quotas is used up for now
	QuotaProject       Code = "quota-project"             // Google doesn't know which project to bill
	ReceiptDamaged     Code = "receipt-damaged"           // a receipt that holds what no run writes
	ReceiptFolder      Code = "receipt-folder"            // the folder of the receipts can't be read
	ReceiptFormat      Code = "receipt-format"            // a receipt of another version of this program
	ReceiptMissing     Code = "receipt-missing"           // there is no such receipt
	ReceiptNone        Code = "receipt-none"              // no run is left to undo
	ReceiptNotJSON     Code = "receipt-not-json"          // a file that isn't a receipt
	ReceiptUnreadable  Code = "receipt-unreadable"        // a receipt that can't be read
	ReceiptUnwritable  Code = "receipt-unwritable"        // a receipt that can't be written
	Recreated          Code = "recreated"                 // deleted and created again by somebody else
	RepositoryMissing  Code = "repository-missing"        // there is no such repository
	RepositorySeveral  Code = "repository-several"        // several locations have a repository of that name
	RequestInvalid     Code = "request-invalid"           // Google doesn't accept a request
	ServerUnsupported  Code = "server-unsupported"        // the server doesn't have this method
	TimedOut           Code = "timed-out"                 // no answer in time
	UpstreamUntried    Code = "upstream-untried"          // Artifact Registry couldn't try the credential
	VersionDestroyed   Code = "version-destroyed"         // a secret version's token is gone for good
	VersionOff         Code = "version-off"               // a secret version is disabled or destroyed
	VPCServiceControls Code = "vpc-service-controls"      // a perimeter forbids it
	NotAsWritten       Code = "repository-not-as-written" // the repository doesn't have what was written
)

package cloud

import "errors"

// Kind is what an error of Google's means to a flow.
type Kind string

// The kinds of errors. Whatever fits none is Internal.
const (
	NotSignedIn      Kind = "not signed in"     // no credentials, or they no longer work
	QuotaProject     Kind = "quota project"     // none set, or not usable
	APIDisabled      Kind = "api disabled"      // Service says which
	PermissionDenied Kind = "permission denied" // Permission and Resource where known
	NotFound         Kind = "not found"         //
	AlreadyExists    Kind = "already exists"    //
	Invalid          Kind = "invalid"           // the request itself is wrong
	Conflict         Kind = "conflict"          // somebody else was faster
	OrgPolicy        Kind = "organisation"      // Constraint says which, Service on what
	DenyPolicy       Kind = "deny policy"       // of IAM: no grant helps
	KeyDenied        Kind = "key denied"        // Member, the agent of Service, may not use Key
	KeyUnusable      Kind = "key unusable"      // Key is disabled, destroyed or gone
	KeyMisplaced     Kind = "key misplaced"     // Key isn't where what it encrypts is
	Perimeter        Kind = "perimeter"         // VPC Service Controls
	Exhausted        Kind = "quota exhausted"   // ask again later
	Unavailable      Kind = "unavailable"       // the answer may have been lost
	TimedOut         Kind = "timed out"         // the answer may have been lost
	Cancelled        Kind = "cancelled"         // by ourselves
	VersionDisabled  Kind = "version disabled"  // a secret version that is DISABLED or DESTROYED
	AgentMissing     Kind = "agent missing"     // Service's agent does not exist yet
	GrantPending     Kind = "grant pending"     // the repository's service agent cannot read the secret (yet)
	UpstreamRejected Kind = "upstream rejected" // Google tried the credential, the upstream refused it
	UpstreamFailed   Kind = "upstream failed"   // Google could not try the credential
	Billing          Kind = "billing"           // no billing account
	PolicyFull       Kind = "policy full"       // an IAM policy holds as many members as it may
	Unimplemented    Kind = "not implemented"   //
	Internal         Kind = "internal"          //
)

// Error is an error of Google's in plain terms. Its text is clean.
type Error struct {
	Kind Kind
	// Op is what was being done, as in "add a version to projects/p/secrets/s".
	Op string
	// Message is what Google said.
	Message string
	// Permission and Resource name what a PermissionDenied lacks.
	Permission, Resource string
	// Service is the API that an APIDisabled or OrgPolicy speaks of, or whose
	// service agent is at fault.
	Service string
	// Member is the service agent at fault, as an e-mail address, and Key the
	// KMS key that it can't use, as a full name; both where they are known.
	Member, Key string
	// Consumer is the project that Google blames, as in "projects/123".
	Consumer string
	// Constraint is the organisation policy's name.
	Constraint string
	// RPC and Code are for a support ticket, as in
	// "SecretManagerService.AddSecretVersion" and "PERMISSION_DENIED".
	RPC, Code string
	// Details are the raw error details, for a support ticket.
	Details []string
	Err     error
}

// Error gives the operation and what Google said.
func (e *Error) Error() string {
	if e.Op == "" {
		return e.Message
	}
	return e.Op + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// kinder is an error that knows its kind, as an explained one does.
type kinder interface {
	error
	ErrorKind() Kind
}

// KindOf returns the kind of the first error in err's chain that has one,
// Internal if there is none, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if k, ok := errors.AsType[kinder](err); ok && k.ErrorKind() != "" {
		return k.ErrorKind()
	}
	return Internal
}

// Lost tells whether a write that failed so may have happened all the same.
func Lost(err error) bool {
	switch KindOf(err) {
	case Unavailable, TimedOut, Internal, Cancelled:
		return true
	default:
		return false
	}
}

// Passing tells whether what failed so may well succeed the next time, so that
// nothing follows from its failure.
func Passing(err error) bool {
	switch KindOf(err) {
	case Exhausted, Conflict:
		return true
	default:
		return Lost(err)
	}
}

package check

// Code names a kind of finding for scripts and for the program itself. A code
// never changes once it is released, whatever its sentence says.
type Code string

// The codes, sorted. Each stands for one thing that a person can act on.
const (
	NoCode Code = "" // a finding that nothing asks for by its kind

	KMSKeyLocation     Code = "kms-key-location"    // a key isn't where the secret's replica is
	KMSKeyName         Code = "kms-key-name"        // not the full name of a key
	KMSKeyUnusable     Code = "kms-key-unusable"    // Secret Manager can't decrypt the token
	OrganisationPolicy Code = "organisation-policy" // forbids it to everybody
)

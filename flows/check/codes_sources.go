package check

// The codes of what keeps a token from being taken from where this machine has
// it, sorted.
const (
	CommandEmpty      Code = "command-empty"       // a command without a word
	CommandUnfinished Code = "command-unfinished"  // a quote that isn't closed, or a backslash at the end
	HelperName        Code = "helper-name-invalid" // not the name of a credential helper
	ProgramEmpty      Code = "program-empty"       // it printed nothing
	ProgramFailed     Code = "program-failed"      // it ended with an error
	ProgramFlooded    Code = "program-flooded"     // it printed more than any token has
	ProgramHung       Code = "program-hung"        // it didn't end in time
	ProgramLingered   Code = "program-lingered"    // a process that it started keeps its output open
	ProgramMissing    Code = "program-missing"     // there is no such program
	ProgramNotAnswer  Code = "program-no-answer"   // a credential helper that printed something else than its protocol says
	ProgramNotRun     Code = "program-not-run"     // it can't be started
	ProgramNotText    Code = "program-not-text"    // it printed something that isn't UTF-8
	ProgramNothing    Code = "program-nothing"     // a credential helper that has no credentials for the upstream
	ProgramSeveral    Code = "program-several"     // it printed more than one line, or more than one answer
	SourceChanged     Code = "source-changed"      // the entry is no longer in its file
	SourceElsewhere   Code = "source-elsewhere"    // the file says where the token is, and doesn't hold it
	SourceIdentity    Code = "source-identity"     // an identity token, which isn't a password
	SourceMalformed   Code = "source-malformed"    // a file that its own tool couldn't read either
	SourceUnreadable  Code = "source-unreadable"   // a file that may not be read, or is too large
)

package cli

import "example.com/upstreamauth/flows/engine"

// The exit codes. "upstreamauth help exit-codes" says the same to a person.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitPartial     = 3
	ExitNotSignedIn = 4
	ExitRejected    = 5
	ExitInterrupted = 130
)

// exitCodes are the exit codes for how a flow can end.
var exitCodes = map[engine.Ending]int{
	engine.EndedDone:        ExitDone,
	engine.EndedFailed:      ExitFailed,
	engine.EndedPartial:     ExitPartial,
	engine.EndedNotSignedIn: ExitNotSignedIn,
	engine.EndedRejected:    ExitRejected,
	engine.EndedInterrupted: ExitInterrupted,
}

// exitCode is the exit code for how a flow ended.
func exitCode(r engine.Report) int { return exitCodes[r.Ending()] }

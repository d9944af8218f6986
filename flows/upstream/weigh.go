package upstream

import (
	"example.com/upstreamauth/flows/check"
)

// Weigh lays what a credential looks like beside what its upstream says of it:
// a shape is a hint, and an answer is a fact. What is accepted is never more
// than noted; where nothing could be proven, the shape is the only guard, and
// a token that lies inside of what was given still stands against it. The zero
// Outcome is that of a credential that was not tried.
//
// Findings that are no hints stay: an upstream that takes no token, no token at
// all, and the end of a token's life.
func Weigh(shape []check.Finding, o Outcome) []check.Finding {
	weighed := make([]check.Finding, 0, len(shape))
	for _, f := range shape {
		switch {
		case f.Code == check.TokenMissing, f.Code == check.TokenNotTaken, o.Verdict == Rejected:
		case o.Verdict == Accepted && f.Code == check.TokenEnds: // true of what works today
		case o.Verdict == Accepted:
			f.Level, f.Remedy = check.Note, nil // there is nothing to fix
		case f.Level == check.Block && !inside(f.Code):
			f.Level = check.Warning
		}
		weighed = append(weighed, f)
	}
	return weighed
}

// inside reports whether a finding says that the token is in what was given, or
// that something else is.
func inside(c check.Code) bool {
	return c == check.TokenWrapped || c == check.TokenSeveral || c == check.TokenElsewhere
}

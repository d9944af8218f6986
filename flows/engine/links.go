package engine

import (
	"slices"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// LinkPull is the id of the last link of the chain.
const LinkPull = CheckPull

// Broken is the first broken link among the findings of a chain; empty: none.
func Broken(chain []check.Finding) string {
	for _, f := range chain {
		if f.Level == check.Block {
			return f.ID
		}
	}
	return ""
}

// Unseen are the links of a chain that couldn't be checked.
func Unseen(chain []check.Finding) []string {
	var ids []string
	for _, f := range chain {
		if f.Level == check.Unknown {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// Merge makes one finding of several about the same link: the worst, with what
// the others say behind its reason.
func Merge(fs []check.Finding) check.Finding {
	level := check.Worst(fs)
	worst := slices.IndexFunc(fs, func(f check.Finding) bool { return f.Level == level })
	f := fs[worst]
	for i, other := range fs {
		if i == worst || other.Level == check.OK {
			continue
		}
		also := text.New("also: %s", other.Says)
		if !other.Why.Empty() {
			also = text.New("also: %s (%s)", other.Says, other.Why)
		}
		f.Why = text.Also(f.Why, also)
	}
	return f
}

// Unneeded is the id of the finding that an answer was left alone.
const Unneeded = "unneeded"

// CheckGrant is the id of what concerns the service agent's access.
const CheckGrant = "grant"

// CheckUpstream is the id of the trial on the upstream, in every flow.
const CheckUpstream = "upstream"

// CheckPull is the id of the pull through the repository.
const CheckPull = "pull"

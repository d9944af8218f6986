package engine

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/wording"
)

// Doubts are what speaks against acting upon a receipt.
func (r Receipt) Doubts() []check.Finding {
	var fs []check.Finding
	doubt := func(c check.Code, says, why string, remedy *check.Hint) {
		fs = append(fs, check.Finding{ID: StepReceipt, Code: c, Level: check.Warning, Says: text.Verbatim(says), Why: text.Verbatim(why), Remedy: remedy})
	}
	if r.Open {
		doubt(check.ReceiptOpen, "others on this machine can change the receipt, and so what is taken back", "it is kept in "+r.Path,
			&check.Hint{Says: text.New("look at the plan, and keep file and folder from others"), Command: fmt.Sprintf("chmod go-w %s %s",
				wording.Quote(r.Path), wording.Quote(filepath.Dir(r.Path)))})
	}
	switch {
	case r.Elsewhere:
		doubt(check.ReceiptElsewhere, "the receipt is not in the folder where upstreamauth keeps its receipts: anybody may have written it", "it is "+r.Path,
			&check.Hint{Says: text.New("look at the plan: it takes back what the receipt says")})
	case r.Run != "" && filepath.Base(r.Path) != r.Run+".json":
		doubt(check.ReceiptRenamed, "the receipt does not have the name that its run gave it", fmt.Sprintf("the run was %q", r.Run), nil)
	}
	if r.contradicts() {
		doubt(check.ReceiptTimes, "the receipt says that the run created things hours before or after it ran", "the clock was wrong then, or somebody has changed the receipt",
			&check.Hint{Says: text.New("look at the plan: it takes back what the receipt says")})
	}
	if r.undated() {
		doubt(check.ReceiptOld, "the receipt does not say when the things it names were created",
			"an older version of upstreamauth wrote it: something that others made anew under the same name looks the same",
			&check.Hint{Says: text.New("look at the plan: it takes back what has these names")})
	}
	return fs
}

// undated tells whether a change lacks the time at which its thing was created.
func (r Receipt) undated() bool {
	return slices.ContainsFunc(r.Net(), func(c Change) bool { return c.dated() && c.Created == nil })
}

// contradicts tells whether a receipt's own times cannot be true together: what a
// run created cannot be hours older or younger than the run.
func (r Receipt) contradicts() bool {
	return slices.ContainsFunc(r.Net(), func(c Change) bool {
		return (c.Kind == SecretCreated || c.Kind == VersionAdded) && c.Created != nil &&
			(c.Created.Before(r.Started.Add(-time.Hour)) || c.Created.After(r.Updated.Add(time.Hour)))
	})
}

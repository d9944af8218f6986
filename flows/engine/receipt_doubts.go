package engine

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/shell"
	"example.com/upstreamauth/flows/text"
)

// Doubts are what speaks against acting upon a receipt.
func (r Receipt) Doubts() []check.Finding {
	var fs []check.Finding
	doubt := func(c check.Code, says, why text.Text, remedy *check.Hint) {
		fs = append(fs, check.Finding{ID: StepReceipt, Code: c, Level: check.Warning, Says: says, Why: why, Remedy: remedy})
	}
	review := &check.Hint{Says: text.New("Review the plan: it undoes what the receipt says")}
	if r.Open {
		doubt(check.ReceiptOpen, text.New("Others on this machine can change this receipt, and so what is undone"), text.New("It's kept in %s", r.Path),
			&check.Hint{Says: text.New("Review the plan, and take write access to the file and its folder from others:"),
				Command: fmt.Sprintf("chmod go-w %s %s", shell.Quote(r.Path), shell.Quote(filepath.Dir(r.Path)))})
	}
	switch {
	case r.Elsewhere:
		doubt(check.ReceiptElsewhere, text.New("This receipt isn't in the folder of upstreamauth's receipts, so anyone may have written it"),
			text.New("It's kept in %s", r.Path), review)
	case r.Run != "" && filepath.Base(r.Path) != r.Run+".json":
		doubt(check.ReceiptRenamed, text.New("This receipt was renamed"), text.New("Its run was %q", r.Run), nil)
	}
	if r.contradicts() {
		doubt(check.ReceiptTimes, text.New("This receipt says that its run created things hours before or after it ran"),
			text.New("Either the clock was wrong, or someone changed the receipt"), review)
	}
	if r.undated() {
		doubt(check.ReceiptOld, text.New("This receipt doesn't say when the resources in it were created"),
			text.New("An older version of upstreamauth wrote it; a resource that others created again under the same name can't be told apart"),
			&check.Hint{Says: text.New("Review the plan: it undoes changes to whatever has these names")})
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

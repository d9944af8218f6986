package report

import (
	"slices"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// headline is how a flow ended: the finding where there is one, never an id.
func headline(r engine.Report) (check.Level, text.Text) {
	switch {
	case r.Status == engine.StatusBroken:
		return check.Block, broken(r).Says
	case r.Status == engine.StatusHealthy:
		return healthy(r)
	case r.Status == engine.StatusDone && len(r.Actions) == 0:
		return check.OK, text.New("Nothing to do; nothing has been changed")
	case r.Status == engine.StatusDone && changesNothing(r):
		return check.OK, text.New("Everything was set up already; nothing has been changed")
	case r.Status == engine.StatusDone:
		return check.OK, done(r)
	case r.Status == engine.StatusPlanned:
		return check.Note, text.New("Planned; nothing has been changed")
	case r.Status == engine.StatusRefused && r.Changed:
		return check.Block, text.New("The upstream rejected the user name or the token; what was done until then is listed below")
	case r.Status == engine.StatusRefused:
		return check.Block, text.New("The upstream rejected the user name or the token; nothing has been changed")
	case r.Interrupted && !r.Changed:
		return check.Note, text.New("Interrupted; nothing has been changed")
	case r.Status == engine.StatusPartial:
		return check.Block, text.New("Partly done; some steps are left")
	case slices.ContainsFunc(r.Actions, func(a engine.Action) bool { return a.State == engine.Done }):
		return check.Block, text.New("Failed; every change was undone")
	default:
		return check.Block, text.New("Failed; nothing has been changed")
	}
}

// broken is the finding of the first broken link.
func broken(r engine.Report) check.Finding {
	for _, f := range r.Checks {
		if f.ID == r.Broken {
			return f
		}
	}
	return check.Finding{Says: text.New("Pulls fail")}
}

// healthy is the headline of a chain without a broken link. It is no "ok" where
// something is to be attended to.
func healthy(r engine.Report) (check.Level, text.Text) {
	level := check.OK
	switch worst := check.Worst(r.Checks); {
	case worst == check.Warning:
		level = check.Warning
	case len(r.Unknown) > 0:
		level = check.Note
	}
	if n := len(r.Unknown); n > 0 {
		return level, text.New("no fault found, %d not checked", n)
	}
	return level, text.New("no fault found")
}

// done is what a run that changed something has come to. What a pull has not
// shown is not claimed.
func done(r engine.Report) text.Text {
	name := r.About.Repository.Name.ID
	pulled := slices.ContainsFunc(r.Checks, func(f check.Finding) bool {
		return f.ID == engine.CheckPull && (f.Level == check.OK || f.Level == check.Note)
	})
	switch {
	case r.Flow == "setup" && pulled && r.About.Username != "":
		return text.New("%q now pulls as %q", name, r.About.Username)
	case r.Flow == "setup":
		return text.New("%q now has its credentials; no pull has proved them", name)
	case r.Flow == "rotate" && pulled:
		return text.New("%q now pulls with the new token", name)
	case r.Flow == "rotate":
		return text.New("%q now has the new token; no pull has proved it", name)
	case r.Flow == "remove":
		return text.New("%q no longer has credentials", name)
	case r.Flow == "undo":
		return text.New("The run was undone")
	default:
		return text.New("Done")
	}
}

func changesNothing(r engine.Report) bool {
	for _, a := range r.Actions {
		if a.State != engine.Already && a.ID != engine.ActVerify {
			return false
		}
	}
	return len(r.Actions) > 0
}

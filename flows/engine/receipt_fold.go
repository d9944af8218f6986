package engine

import (
	"cmp"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// Net folds what a run changed into what is left of it in the end, newest
// first: what it changed and changed back is nothing.
func (r Receipt) Net() []Change {
	var all []Change
	for _, a := range r.Actions {
		for _, c := range a.Changes {
			i := slices.IndexFunc(all, func(b Change) bool { return b.About() == c.About() })
			if i < 0 {
				all = append(all, c)
				continue
			}
			folded := all[i].then(c)
			all = slices.Delete(all, i, i+1)
			if folded != nil {
				all = append(all, *folded)
			}
		}
	}
	slices.Reverse(all)
	return all
}

// About names the one thing that a change is about.
func (c Change) About() string {
	switch c.Kind {
	case SecretCreated, SecretDeleted:
		return "secret " + c.Resource
	case VersionAdded, VersionOn, VersionOff:
		return "version " + c.Resource
	case AccessGranted, AccessRevoked:
		return "access " + c.Resource + " " + c.Member
	case CredentialsSet:
		return "credentials " + c.Resource
	default:
		return string(c.Kind) + " " + c.Resource
	}
}

// then is a change followed by another one of the same thing; nil: all is as
// it was.
func (c Change) then(next Change) *Change {
	switch {
	case c.Kind == CredentialsSet:
		both := Change{Kind: c.Kind, Resource: c.Resource, Before: c.Before, After: next.After, Created: cmp.Or(c.Created, next.Created)}
		if c.Before != nil && next.After != nil && *c.Before == *next.After {
			return nil
		}
		return &both
	case c.Kind == VersionAdded && next.Kind == VersionOn:
		return &c
	case c.Kind == next.Kind:
		return &c
	default: // on and off, granted and revoked, added and disabled
		return nil
	}
}

// changed tells whether anything is left of a run, or may be.
func (r Receipt) changed() bool { return len(r.Net()) > 0 || len(r.Unanswered()) > 0 }

// Unanswered are the changes of which the run never learnt whether they have
// happened.
func (r Receipt) Unanswered() []Change {
	var all []Change
	for _, a := range r.Actions {
		if a.State != Planned && a.State != Skipped {
			all = append(all, a.Intends...)
		}
	}
	return all
}

// Name is the receipt's file without its folder.
func (r Receipt) Name() string {
	if r.Run != "" {
		return r.Run + ".json"
	}
	return r.Path[strings.LastIndexAny(r.Path, `/\`)+1:]
}

// Newest is the last run that has changed something and was not taken back. A
// receipt that cannot be read may be that run's, and no other is taken instead.
func (rs *Receipts) Newest() (Receipt, error) {
	all, bad, err := rs.list()
	if err != nil {
		return Receipt{}, err
	}
	if len(bad) > 0 {
		p := *Explain(bad[0])
		p.Hints = append([]check.Hint{{Says: text.New("Name the run to undo:"), Command: "upstreamauth undo RECEIPT"}}, p.Hints...)
		return Receipt{}, &p
	}
	all = slices.DeleteFunc(all, func(r Receipt) bool { return !rs.Here(r) })
	undone := TakenBack(all)
	i := slices.IndexFunc(all, func(r Receipt) bool { return r.Undoes == "" && r.changed() && !undone[r.Path] })
	if i < 0 {
		return Receipt{}, nothingToUndo(all)
	}
	return all[i], nil
}

// TakenBack are the paths of those receipts whose runs another one has taken
// back to the end.
func TakenBack(all []Receipt) map[string]bool {
	paths, undone := map[string]string{}, map[string]bool{}
	for _, r := range all {
		paths[r.Name()] = r.Path
	}
	for _, u := range all {
		if path, there := paths[u.Undoes]; there && u.Undoes != "" && u.finished() {
			undone[path] = true
		}
	}
	return undone
}

// nothingToUndo says, of receipts newest first, why no run is left to take back.
func nothingToUndo(all []Receipt) *Problem {
	p := &Problem{Code: check.ReceiptNone, Kind: cloud.NotFound, Title: text.New("There is no run to undo"),
		Detail: text.New("No run with a receipt on this machine has changed anything"), Hints: []check.Hint{ShowAll}}
	i := slices.IndexFunc(all, func(r Receipt) bool { return r.Undoes != "" && r.finished() })
	if i < 0 {
		return p
	}
	at := all[i].Started.UTC().Format(timeToRead)
	p.Title, p.Detail = text.New("The last run is undone already"), text.New("It was undone on %s; no other run is left", at)
	if j := slices.IndexFunc(all, func(r Receipt) bool { return r.Name() == all[i].Undoes }); j >= 0 {
		undone := all[j]
		p.Detail = text.New("%s was undone on %s; no other run is left", undone.Title(), at)
		p.Hints = append([]check.Hint{{Says: text.New("To make its changes again:"), Command: "upstreamauth " + undone.Flow}}, p.Hints...)
	}
	return p
}

// timeToRead is how a moment is shown to a person, in UTC.
const timeToRead = "2006-01-02 15:04 UTC"

// Title names a run to a person, as in `setup of "us-central1/hub" on 2026-03-01
// 12:00 UTC`.
func (r Receipt) Title() text.Text {
	n, named := cloud.ParseRepositoryName(r.Repository)
	at := r.Started.UTC().Format(timeToRead)
	switch repository := n.Location + "/" + n.ID; {
	case named && !r.Started.IsZero():
		return text.New("%s of %q on %s", r.Flow, repository, at)
	case named:
		return text.New("%s of %q", r.Flow, repository)
	case !r.Started.IsZero():
		return text.New("%s on %s", r.Flow, at)
	default:
		return text.Verbatim(r.Flow)
	}
}

// killed tells whether the program ended in the middle of a run.
func (r Receipt) killed() bool {
	return slices.ContainsFunc(r.Actions, func(a ReceiptAction) bool { return a.State == Running })
}

// finished tells whether all actions of a run came to a good end, and nothing
// may be left of what it took back.
func (r Receipt) finished() bool {
	return !r.Remains && !slices.ContainsFunc(r.Actions, func(a ReceiptAction) bool { return a.State != Done && a.State != Already })
}

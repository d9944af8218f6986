package engine

import (
	"context"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/cloud"
)

// Receipt reads the receipt of a run, by its path or its file's name, or that of
// the last run which was not taken back; and those of later runs that stand on
// it, newest first. They are read once.
func (e *Env) Receipt(ctx context.Context, path string) (r Receipt, later []Receipt, err error) {
	type both struct {
		r     Receipt
		later []Receipt
	}
	is, err := cloud.Once(ctx, e.reads, cloud.Key("receipt", path), func(context.Context) (both, error) {
		read := e.Receipts.Read
		if path == "" {
			read = func(string) (Receipt, error) { return e.Receipts.Newest() }
		}
		r, err := read(path)
		if err != nil {
			return both{r: r}, err
		}
		return both{r, e.Receipts.StandingOn(r)}, nil
	})
	return is.r, is.later, err
}

// StandingOn are the later runs that changed what a run changed, or use what it
// made, newest first; without those that were taken back.
func (rs *Receipts) StandingOn(r Receipt) []Receipt {
	all := rs.Trusted()
	undone := TakenBack(all)
	made := map[string]bool{}
	for _, c := range r.touched() {
		for _, t := range c.touches(r) {
			made[t] = true
		}
	}
	var later []Receipt
	for _, l := range all {
		if l.Name() == r.Name() || !l.after(r) {
			break // Newest first
		}
		if l.Undoes == "" && !undone[l.Path] && slices.ContainsFunc(l.touched(), func(c Change) bool {
			return slices.ContainsFunc(append(c.touches(l), c.uses(l)...), func(t string) bool { return made[t] })
		}) {
			later = append(later, l)
		}
	}
	return later
}

// after tells whether a run began after another one.
func (r Receipt) after(other Receipt) bool {
	if m, n := counterOf(r.Name()), counterOf(other.Name()); m != n {
		return m > n
	}
	return r.Name() > other.Name()
}

// touched is what a run has changed, or may have.
func (r Receipt) touched() []Change { return append(r.Net(), r.Unanswered()...) }

// touches names what a change is about, the same by a project's id or number.
func (c Change) touches(r Receipt) []string {
	resource := r.byID(c.Resource)
	switch c.Kind {
	case CredentialsSet:
		return []string{resource}
	case VersionAdded, VersionOn, VersionOff, SecretCreated, SecretDeleted:
		return []string{resource}
	case AccessGranted, AccessRevoked:
		return []string{"access to " + resource}
	default:
		return nil // an API and a service agent stay, whoever has made them
	}
}

// uses names what a change relies on: the secret, the version, and the access to
// it.
func (c Change) uses(r Receipt) []string {
	name := c.Resource
	if c.Kind == CredentialsSet {
		name = c.After.SecretVersion
	}
	name = r.byID(name)
	secret, _, _ := strings.Cut(name, "/versions/")
	if secret == "" {
		return nil
	}
	return []string{name, secret}
}

// byID is a resource's name with the project's id in the place of its number.
func (r Receipt) byID(resource string) string {
	if rest, ok := strings.CutPrefix(resource, "projects/"+r.ProjectNumber+"/"); ok && r.ProjectNumber != "" {
		return "projects/" + r.Project + "/" + rest
	}
	return resource
}

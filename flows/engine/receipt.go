package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// Receipt is what a run changed, without any secret value. It is written
// before the first action, and before and after each one.
type Receipt struct {
	// Format is the version of this layout.
	Format int `json:"format"`
	// Run names the run; its file is named after it. Empty in receipts of older
	// versions.
	Run  string `json:"run,omitempty"`
	Flow string `json:"flow"`
	// Emulator is the host and port of the emulator that the run changed;
	// empty: it changed Google.
	Emulator string `json:"emulator,omitempty"`

	Started time.Time `json:"started"`
	Updated time.Time `json:"updated"`
	// Project, Repository and SecretVersion are full names.
	Project       string          `json:"project"`
	ProjectNumber string          `json:"projectNumber"`
	Repository    string          `json:"repository"`
	SecretVersion string          `json:"secretVersion"`
	Actions       []ReceiptAction `json:"actions"`
	// Undoes is the file name of the receipt that the run took back.
	Undoes string `json:"undoes,omitempty"`
	// Remains tells, of such a run, that something may be left of the other.
	Remains bool `json:"remains,omitempty"`

	// Path is where it was read from.
	Path string `json:"-"`
	// Open tells that others on this machine may write to it. Elsewhere tells
	// that it is not in the folder where the program keeps its receipts.
	Open, Elsewhere bool `json:"-"`
}

// ReceiptAction is one action of a run. Running in a run that has ended means
// that the program ended in the middle of it.
type ReceiptAction struct {
	ID      string   `json:"id"`
	Says    string   `json:"says"`
	State   State    `json:"state"`
	Changes []Change `json:"changes,omitempty"`
	// Intends are its writes of which it is not known whether they have happened:
	// they are written here before they are tried.
	Intends []Change `json:"intends,omitempty"`
}

// ChangeKind is what kind of thing was changed.
type ChangeKind string

// The kinds of changes.
const (
	APIsEnabled    ChangeKind = "apis-enabled"
	SecretCreated  ChangeKind = "secret-created"
	SecretDeleted  ChangeKind = "secret-deleted"
	VersionAdded   ChangeKind = "version-added"
	VersionOn      ChangeKind = "version-enabled"
	VersionOff     ChangeKind = "version-disabled"
	AccessGranted  ChangeKind = "access-granted"
	AccessRevoked  ChangeKind = "access-revoked"
	CredentialsSet ChangeKind = "credentials-set"
	AgentMade      ChangeKind = "service-agent-created"
)

// Change is one thing that a run changed, with what is needed to take it back.
type Change struct {
	Kind     ChangeKind `json:"kind"`
	Resource string     `json:"resource"`
	Member   string     `json:"member,omitempty"`
	Before   *Creds     `json:"before,omitempty"`
	After    *Creds     `json:"after,omitempty"`
	// Created is when the thing was created, by Google's clock: something of
	// the same name with another time is another thing. It is missing in
	// receipts of older versions.
	Created *time.Time `json:"created,omitempty"`
	// At is when a write was tried whose answer has not come. Of a version that
	// was to be added the Resource is the first that it could be.
	At *time.Time `json:"at,omitempty"`
}

// dated tells whether a change is about something that has a time of creation.
func (c Change) dated() bool {
	switch c.Kind {
	case SecretCreated, VersionAdded, VersionOn, VersionOff, AccessGranted, AccessRevoked, CredentialsSet:
		return true
	default:
		return false
	}
}

// Creds are a repository's upstream credentials by name; both empty: none.
type Creds struct {
	Username      string `json:"username"`
	SecretVersion string `json:"secretVersion"`
}

// When is a time of creation as a receipt keeps it; nil: it is not known.
func When(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// openReceipt is one that is being written, by all actions of a run.
type openReceipt struct {
	mu sync.Mutex
	Receipt
	path string
	now  func() time.Time
	// unanswered are the things, see Change.about, to which a write was tried
	// whose answer was lost.
	unanswered map[string]bool
}

// open writes a run's first receipt. A plan that changes nothing leaves none,
// unless it takes a run back of which nothing is left; and neither does an Env
// without a folder.
func (rs *Receipts) open(now func() time.Time, p *Plan) (*openReceipt, error) {
	started := now().UTC()
	r := &openReceipt{now: now, unanswered: map[string]bool{}, Receipt: Receipt{
		Format: receiptFormat, Run: newRunID(0, p.Flow, started), Flow: p.Flow, Emulator: rs.emulator(), Started: started,
		Project: p.About.Project, ProjectNumber: p.About.ProjectNumber,
		SecretVersion: p.About.SecretVersion, Undoes: p.Undoes, Remains: p.Remains != nil,
	}}
	if p.About.Repository.Name.ID != "" {
		r.Repository = p.About.Repository.Name.String()
	}
	for _, a := range p.Actions {
		r.Actions = append(r.Actions, ReceiptAction{ID: a.ID, Says: a.Says.In(text.English), State: a.State})
	}
	if rs == nil || !p.Writes() && p.Undoes == "" {
		return r, nil
	}
	if err := os.MkdirAll(rs.Dir, 0o700); err != nil {
		return nil, unkept(err)
	}
	number, err := rs.next()
	if err != nil {
		return nil, err
	}
	r.Run = newRunID(number, p.Flow, started)
	r.path = filepath.Join(rs.Dir, r.Run+".json")
	if err := r.save(); err != nil {
		return nil, err
	}
	if number%pruneEvery == 1 {
		rs.prune(started)
	}
	return r, nil
}

// begin records that an action is about to start.
func (r *openReceipt) begin(i int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Actions[i].State = Running
	return r.save()
}

// intend records a write before it is tried. One that follows another to the
// same thing tells whether that has happened.
func (r *openReceipt) intend(i int, c Change) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := &r.Actions[i]
	j := slices.IndexFunc(a.Intends, func(old Change) bool { return old.About() == c.About() })
	if j < 0 {
		a.Intends = append(a.Intends, c)
		return r.save()
	}
	if old := a.Intends[j]; old.Kind != c.Kind || old.After != nil && c.Before != nil && *old.After == *c.Before {
		a.Changes = append(a.Changes, old)
	}
	a.Intends[j] = c
	return r.save()
}

// lost records that the answer to a write was lost. withdraw forgets one that
// was answered: it has not happened, unless an earlier try has done it.
func (r *openReceipt) lost(c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unanswered[c.About()] = true
}

func (r *openReceipt) withdraw(i int, c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.unanswered[c.About()] {
		r.Actions[i].Intends = slices.DeleteFunc(r.Actions[i].Intends, func(old Change) bool { return old.About() == c.About() })
	}
}

// end records how an action ended. Of a good end nothing is in doubt but what it
// says itself.
func (r *openReceipt) end(i int, o Outcome, v cloud.VersionName) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := &r.Actions[i]
	a.State = o.State
	for _, c := range o.Changes {
		if !slices.ContainsFunc(a.Changes, c.same) {
			a.Changes = append(a.Changes, c)
		}
	}
	switch o.State {
	case Done, Already:
		a.Intends = o.Possible
	default:
		a.Intends = slices.DeleteFunc(a.Intends, func(old Change) bool {
			return slices.ContainsFunc(o.Changes, func(c Change) bool { return c.settles(old) })
		})
	}
	if v.ID != "" {
		r.SecretVersion = v.String()
	}
	return r.save()
}

// same tells whether two changes are one.
func (c Change) same(other Change) bool {
	creds := func(a, b *Creds) bool { return a == b || a != nil && b != nil && *a == *b }
	return c.Kind == other.Kind && c.About() == other.About() && creds(c.Before, other.Before) && creds(c.After, other.After)
}

// settles tells whether a change that has happened is what was intended.
func (c Change) settles(intended Change) bool {
	if c.Kind == VersionAdded && intended.Kind == VersionAdded {
		v, _ := cloud.ParseVersionName(c.Resource)
		first, _ := cloud.ParseVersionName(intended.Resource)
		return v.Secret == first.Secret
	}
	return c.About() == intended.About()
}

// save replaces the file in one step, so that it can be read at any moment.
func (r *openReceipt) save() error {
	if r.path == "" {
		return nil
	}
	r.Updated = r.now().UTC()
	data, err := json.MarshalIndent(r.Receipt, "", "  ")
	if err != nil {
		return fmt.Errorf("write the receipt: %w", err)
	}
	tmp := r.path + ".tmp"
	err = os.WriteFile(tmp, append(data, '\n'), 0o600)
	if err == nil {
		err = os.Rename(tmp, r.path)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return unkept(err)
	}
	return nil
}

// unkept is the problem of a receipt that cannot be written: without one,
// nothing is changed, because it could not be taken back.
func unkept(err error) *Problem {
	return &Problem{Code: check.ReceiptUnwritable, Kind: cloud.Internal, Title: text.New("The receipt of this run can't be written"),
		Detail: text.New("Without it, nothing more is changed: %s", err.Error()),
		Hints:  []check.Hint{{Says: text.New("Free up space there, or use another folder, then run the same command again:"), Command: otherFolder}}}
}

package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"example.com/upstreamauth/flows/cloud"
)

// Receipt is what a run changed, without any secret value. It is written
// before the first action, and before and after each one.
type Receipt struct {
	// Format is the version of this layout.
	Format int    `json:"format"`
	Flow   string `json:"flow"`
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

	// Path is where it was read from.
	Path string `json:"-"`
	// Open tells that others on this machine may write to it.
	Open bool `json:"-"`
}

// ReceiptAction is one action of a run. Running in a run that has ended means
// that the program ended in the middle of it.
type ReceiptAction struct {
	ID      string   `json:"id"`
	Says    string   `json:"says"`
	State   State    `json:"state"`
	Changes []Change `json:"changes,omitempty"`
	// Intends is what it was about to change, of an action that has not come
	// to a good end: it may have been changed.
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
}

// Creds are a repository's upstream credentials by name; both empty: none.
type Creds struct {
	Username      string `json:"username"`
	SecretVersion string `json:"secretVersion"`
}

// Receipts is the folder that keeps them.
type Receipts struct {
	// Dir is made, for the owner alone, when the first receipt is written.
	Dir string
	// Emulator is the host and port of the emulator that runs change; empty:
	// they change Google. Nothing but a list takes receipts of the other kind.
	Emulator string
}

// emulator is Emulator, also without a folder.
func (rs *Receipts) emulator() string {
	if rs == nil {
		return ""
	}
	return rs.Emulator
}

// Here reports whether a run was made where runs are made now: at Google, or on
// an emulator.
func (rs *Receipts) Here(r Receipt) bool { return (r.Emulator == "") == (rs.emulator() == "") }

// openReceipt is one that is being written.
type openReceipt struct {
	Receipt
	path string
	now  func() time.Time
}

// open writes a run's first receipt. A plan that changes nothing leaves none,
// and neither does an Env without a folder.
func (rs *Receipts) open(now func() time.Time, p *Plan) (*openReceipt, error) {
	started := now().UTC()
	r := &openReceipt{now: now, Receipt: Receipt{
		Format: receiptFormat, Flow: p.Flow, Emulator: rs.emulator(), Started: started, Project: p.About.Project, ProjectNumber: p.About.ProjectNumber,
		SecretVersion: p.About.SecretVersion, Undoes: p.Undoes,
	}}
	if p.About.Repository.Name.ID != "" {
		r.Repository = p.About.Repository.Name.String()
	}
	for _, a := range p.Actions {
		r.Actions = append(r.Actions, ReceiptAction{ID: a.ID, Says: a.Says, State: a.State, Intends: a.Intends})
	}
	if rs == nil || !p.Writes() {
		return r, nil
	}
	if err := os.MkdirAll(rs.Dir, 0o700); err != nil {
		return nil, unkept(err)
	}
	name := fmt.Sprintf("%s-%s-%d.json", started.Format("20060102T150405.000000000Z"), p.Flow, os.Getpid())
	r.path = filepath.Join(rs.Dir, name)
	return r, r.save()
}

// begin records that an action is about to start.
func (r *openReceipt) begin(i int) error {
	r.Actions[i].State = Running
	return r.save()
}

// end records how it ended.
func (r *openReceipt) end(i int, o Outcome, v cloud.VersionName) error {
	r.Actions[i].State, r.Actions[i].Changes = o.State, o.Changes
	if o.State == Done || o.State == Already {
		r.Actions[i].Intends = nil
	}
	if v.ID != "" {
		r.SecretVersion = v.String()
	}
	return r.save()
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
	return &Problem{Title: "The receipt of what is changed cannot be written", Detail: err.Error() + "; without it nothing more is changed", Kind: cloud.Internal,
		Hints: []string{"make room there, or name another folder and run the same command again: export XDG_STATE_HOME=FOLDER"}}
}

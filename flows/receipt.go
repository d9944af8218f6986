package flows

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/clean"
)

// Receipt is what a run changed, without any secret value. It is written
// before the first action, and before and after each one.
type Receipt struct {
	// Format is the version of this layout.
	Format  int       `json:"format"`
	Flow    string    `json:"flow"`
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
}

// ErrNoReceipt says that there is no such receipt.
var ErrNoReceipt = errors.New("no receipt")

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
		Format: 1, Flow: p.Flow, Started: started, Project: p.About.Project, ProjectNumber: p.About.ProjectNumber,
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
func (r *openReceipt) end(i int, o Outcome, v VersionName) error {
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
	return &Problem{Title: "The receipt of what is changed cannot be written", Detail: err.Error() + "; without it nothing more is changed", Kind: Internal,
		Hints: []string{"make room there, or name another folder and run the same command again: export XDG_STATE_HOME=FOLDER"}}
}

// List returns all receipts, newest first. One that cannot be read is skipped
// and named in the error. Where no folder is kept there are none.
func (rs *Receipts) List() ([]Receipt, error) {
	if rs == nil {
		return nil, nil
	}
	entries, err := os.ReadDir(rs.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	var all []Receipt
	var bad []error
	for _, e := range slices.Backward(entries) {
		if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		r, err := rs.Read(filepath.Join(rs.Dir, e.Name()))
		if err != nil {
			bad = append(bad, err)
			continue
		}
		all = append(all, r)
	}
	return all, errors.Join(bad...)
}

// Read reads one receipt, by its path or its file's name.
func (rs *Receipts) Read(path string) (Receipt, error) {
	if rs != nil && !strings.ContainsRune(path, filepath.Separator) {
		path = filepath.Join(rs.Dir, path)
	}
	data, err := os.ReadFile(path) //nolint:gosec // the person names the file
	if errors.Is(err, os.ErrNotExist) {
		return Receipt{}, fmt.Errorf("%w at %s", ErrNoReceipt, clean.Text(path))
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("read the receipt: %w", err)
	}
	r := Receipt{Path: path}
	if err := json.Unmarshal(data, &r); err != nil || r.Format != 1 {
		return Receipt{}, fmt.Errorf("%s is not a receipt of this program (%w)", clean.Text(path), errors.Join(err, ErrNoReceipt))
	}
	r.clean()
	return r, nil
}

// clean makes a receipt that anybody may have edited fit to be shown.
func (r *Receipt) clean() {
	texts := []*string{&r.Flow, &r.Project, &r.ProjectNumber, &r.Repository, &r.SecretVersion, &r.Undoes}
	for i := range r.Actions {
		a := &r.Actions[i]
		texts = append(texts, &a.ID, &a.Says, (*string)(&a.State))
		for _, changes := range [][]Change{a.Changes, a.Intends} {
			for j := range changes {
				texts = append(texts, changes[j].texts()...)
			}
		}
	}
	for _, s := range texts {
		*s = clean.Text(*s)
	}
}

// texts are all texts of a change.
func (c *Change) texts() []*string {
	all := []*string{(*string)(&c.Kind), &c.Resource, &c.Member}
	for _, creds := range []*Creds{c.Before, c.After} {
		if creds != nil {
			all = append(all, &creds.Username, &creds.SecretVersion)
		}
	}
	return all
}

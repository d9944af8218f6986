package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// receiptFormat is the version of the layout that this program writes and reads.
const receiptFormat = 1

// maxReceipt is the most that is read as a receipt, in bytes: that of a run
// over some ten thousand repositories.
const maxReceipt = 16 << 20

// flowID is what the commands of flows look like.
var flowID = regexp.MustCompile(`^[a-z]+$`)

// ShowAll leads on where a receipt is of no use.
var ShowAll = check.Hint{Says: text.New("show all receipts"), Command: "upstreamauth undo --list"}

// Read reads one receipt, by its path or its file's name. The error is a
// *Problem.
func (rs *Receipts) Read(path string) (Receipt, error) {
	if rs != nil && !strings.ContainsRune(path, filepath.Separator) {
		path = filepath.Join(rs.Dir, path)
	}
	unusable := func(k cloud.Kind, title, why text.Text, hints ...check.Hint) (Receipt, error) {
		return Receipt{}, &Problem{Title: title, Detail: text.New("%s: %s", clean.Text(path), why), Kind: k, Hints: append(hints, ShowAll)}
	}
	data, open, err := readReceipt(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unusable(cloud.NotFound, text.New("There is no such receipt"), text.New("no such file"))
	case err != nil:
		return unusable(cloud.Internal, text.New("The receipt cannot be read"), text.Verbatim(reason(err)))
	}
	r := Receipt{Path: path, Open: open, Elsewhere: !rs.holds(path)}
	err = json.Unmarshal(data, &r)
	r.clean()
	switch {
	case err != nil:
		return unusable(cloud.Invalid, text.New("That is not a receipt"), text.New("it is not JSON as upstreamauth writes it"))
	case r.Format == 0:
		return unusable(cloud.Invalid, text.New("That is not a receipt"), text.New("it names no format"))
	case r.Format != receiptFormat:
		return unusable(cloud.Invalid, text.New("The receipt is of another version of upstreamauth"),
			text.New("its format is %d, and this version reads %d", r.Format, receiptFormat),
			check.Hint{Says: text.New("take the run back with the version that made it")})
	}
	if flaw := r.flaw(); flaw != "" {
		return unusable(cloud.Invalid, text.New("The receipt has been damaged or changed"), text.Verbatim(flaw))
	}
	return r, nil
}

// readReceipt reads a regular file of a bounded size. One that has no end, or
// nobody to write to it, is not waited for. open tells that others on this
// machine may write to it, or put another in its place.
func readReceipt(path string) (data []byte, open bool, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the person names the file
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, false, err
	case info.IsDir():
		return nil, false, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, false, errors.New("it is not a regular file")
	}
	data, err = io.ReadAll(io.LimitReader(f, maxReceipt+1))
	if len(data) > maxReceipt {
		return nil, false, errors.New("it is larger than 16 MiB")
	}
	folder, unknown := os.Stat(filepath.Dir(path))
	return data, othersWrite(info) || unknown != nil || othersWrite(folder), err
}

// holds tells whether a path is in the folder of the receipts.
func (rs *Receipts) holds(path string) bool {
	if rs == nil {
		return false
	}
	if filepath.Dir(path) == filepath.Clean(rs.Dir) {
		return true
	}
	own, err := os.Stat(rs.Dir)
	if err != nil {
		return false
	}
	folder, err := os.Stat(filepath.Dir(path))
	return err == nil && os.SameFile(own, folder)
}

// reason is an error of the file system without the path.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// flaw says what makes a receipt that anybody may have edited unfit to be
// acted upon; empty: nothing.
func (r *Receipt) flaw() string {
	name, ok := cloud.ParseRepositoryName(r.Repository)
	switch {
	case !flowID.MatchString(r.Flow):
		return fmt.Sprintf("%q is not a command", r.Flow)
	case !ok || !name.WellFormed():
		return fmt.Sprintf("%q is not a repository", r.Repository)
	case !cloud.ProjectID.MatchString(r.Project):
		return fmt.Sprintf("%q is not a project", r.Project)
	}
	for _, a := range r.Actions {
		for _, c := range slices.Concat(a.Changes, a.Intends) {
			if !c.WellFormed() {
				return fmt.Sprintf("it cannot be told what %q of %q was", c.Kind, c.Resource)
			}
		}
	}
	return ""
}

// WellFormed tells whether a change is of a known kind, and names what that
// kind is about.
func (c Change) WellFormed() bool {
	switch c.Kind {
	case CredentialsSet:
		name, ok := cloud.ParseRepositoryName(c.Resource)
		return ok && name.WellFormed() && c.Before != nil && c.After != nil
	case SecretCreated, SecretDeleted, AccessGranted, AccessRevoked:
		_, ok := cloud.WellFormed(c.Resource + "/versions/" + cloud.Latest)
		return ok
	case VersionAdded, VersionOn, VersionOff:
		_, ok := cloud.WellFormed(c.Resource)
		return ok
	case APIsEnabled, AgentMade:
		return true
	default:
		return false
	}
}

// clean makes the texts of a receipt fit to be shown.
func (r *Receipt) clean() {
	texts := []*string{&r.Run, &r.Flow, &r.Project, &r.ProjectNumber, &r.Repository, &r.SecretVersion, &r.Undoes, &r.Emulator}
	for i := range r.Actions {
		a := &r.Actions[i]
		texts = append(texts, &a.ID, &a.Says, (*string)(&a.State))
		for _, changes := range [][]Change{a.Changes, a.Intends} {
			for j := range changes {
				texts = append(texts, changes[j].Texts()...)
			}
		}
	}
	for _, s := range texts {
		*s = clean.Text(*s)
	}
}

// Texts are all texts of a change.
func (c *Change) Texts() []*string {
	all := []*string{(*string)(&c.Kind), &c.Resource, &c.Member}
	for _, creds := range []*Creds{c.Before, c.After} {
		if creds != nil {
			all = append(all, &creds.Username, &creds.SecretVersion)
		}
	}
	return all
}

// Disabled tells whether the last that any run did to a version was to disable
// it, or may have been: one that was killed in the middle of an action could not
// write that down. project is the other name of the secret's project, an id or a
// number.
func (rs *Receipts) Disabled(v cloud.VersionName, project string) bool {
	for _, r := range rs.Trusted() {
		for _, a := range slices.Backward(r.Actions) {
			for _, c := range slices.Backward(a.Changes) {
				of, ok := cloud.ParseVersionName(c.Resource)
				if ok && of.ID == v.ID && of.Secret.ID == v.Secret.ID && (of.Secret.Project == v.Secret.Project || of.Secret.Project == project) {
					return c.Kind == VersionOff || c.Kind == VersionAdded && r.killed()
				}
			}
		}
	}
	return false
}

package engine

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
var ShowAll = check.Hint{Says: text.New("Show all receipts:"), Command: "upstreamauth undo --list"}

// Read reads one receipt, by its path or its file's name. The error is a
// *Problem.
func (rs *Receipts) Read(path string) (Receipt, error) {
	if rs != nil && !strings.ContainsRune(path, filepath.Separator) {
		path = filepath.Join(rs.Dir, path)
	}
	unusable := func(c check.Code, k cloud.Kind, title, why text.Text, hints ...check.Hint) (Receipt, error) {
		return Receipt{}, &Problem{Code: c, Kind: k, Title: title, Detail: text.New("%s: %s", clean.Text(path), why),
			Hints: append(hints, ShowAll)}
	}
	data, open, err := readReceipt(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unusable(check.ReceiptMissing, cloud.NotFound, text.New("This receipt doesn't exist"), text.New("no such file"))
	case err != nil:
		return unusable(check.ReceiptUnreadable, cloud.Internal, text.New("This receipt can't be read"), reason(err))
	}
	r := Receipt{Path: path, Open: open, Elsewhere: !rs.holds(path)}
	err = json.Unmarshal(data, &r)
	r.clean()
	switch {
	case err != nil:
		return unusable(check.ReceiptNotJSON, cloud.Invalid, text.New("This file isn't a receipt"), text.New("it isn't JSON as upstreamauth writes it"))
	case r.Format == 0:
		return unusable(check.ReceiptNotJSON, cloud.Invalid, text.New("This file isn't a receipt"), text.New("it has no format number"))
	case r.Format != receiptFormat:
		return unusable(check.ReceiptFormat, cloud.Invalid, text.New("Another version of upstreamauth wrote this receipt"),
			text.New("its format is %s; this version reads format %s", strconv.Itoa(r.Format), strconv.Itoa(receiptFormat)),
			check.Hint{Says: text.New("Undo the run with the version that made it")})
	}
	if flaw := r.flaw(); !flaw.Empty() {
		return unusable(check.ReceiptDamaged, cloud.Invalid, text.New("This receipt is damaged or was changed"), flaw)
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
		return nil, false, &unreadable{text.New("it's a folder")}
	case !info.Mode().IsRegular():
		return nil, false, &unreadable{text.New("it isn't a regular file")}
	}
	data, err = io.ReadAll(io.LimitReader(f, maxReceipt+1))
	if len(data) > maxReceipt {
		return nil, false, &unreadable{text.New("it's larger than 16 MiB")}
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

// unreadable is the error of a file that is never read as a receipt.
type unreadable struct{ why text.Text }

// Error gives the reason in English.
func (u *unreadable) Error() string { return u.why.In(text.English) }

// reason is why a file can't be read, without its path.
func reason(err error) text.Text {
	if u, ok := errors.AsType[*unreadable](err); ok {
		return u.why
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return text.Verbatim(p.Err.Error())
	}
	return text.Verbatim(err.Error())
}

// flaw says what makes a receipt that anybody may have edited unfit to be
// acted upon; empty: nothing.
func (r *Receipt) flaw() text.Text {
	name, ok := cloud.ParseRepositoryName(r.Repository)
	switch {
	case !flowID.MatchString(r.Flow):
		return text.New("%q isn't a command", r.Flow)
	case !ok || !name.WellFormed():
		return text.New("%q isn't a repository", r.Repository)
	case !cloud.ProjectID.MatchString(r.Project):
		return text.New("%q isn't a project", r.Project)
	}
	for _, a := range r.Actions {
		for _, c := range slices.Concat(a.Changes, a.Intends) {
			if !c.WellFormed() {
				return text.New("it's unclear what the change %q of %q was", string(c.Kind), c.Resource)
			}
		}
	}
	return text.Text{}
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

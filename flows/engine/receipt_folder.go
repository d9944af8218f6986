package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
)

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

// The rule for old receipts. Beyond the newest keptReceipts, one is deleted when
// its run was taken back, when it changed nothing, or when it is older than
// keptFor; but never one that holds a write whose outcome nobody knows. The
// receipt of an undo goes after that of the run it took back. Each
// pruneEvery-th run looks.
const (
	keptReceipts = 1000
	keptFor      = 180 * 24 * time.Hour
	pruneEvery   = 100
)

// receiptFile is the name of a receipt's file: a counter, so that the order of
// runs never depends on a clock, and what helps a person who looks at the folder.
var receiptFile = regexp.MustCompile(`^([0-9]{10,15})-`)

// counterOf is the counter in a receipt's name; 0 for one of an older version,
// which began with the time.
func counterOf(name string) int {
	m := receiptFile.FindStringSubmatch(name)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// newRunID names a run, and so its receipt and what it creates. Two runs that
// begin at the same moment may share the number, but not the name.
func newRunID(number int, flow string, started time.Time) string {
	return fmt.Sprintf("%010d-%s-%s-%08x", number, started.UTC().Format("20060102T150405Z"), flow, rand.Uint32()) //nolint:gosec // a name is no secret
}

// otherFolder is the command that keeps the receipts elsewhere.
const otherFolder = "export XDG_STATE_HOME=FOLDER"

// names are the files of the receipts, newest first.
func (rs *Receipts) names() ([]string, error) {
	if rs == nil {
		return nil, nil
	}
	entries, err := os.ReadDir(rs.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, &Problem{Code: check.ReceiptFolder, Kind: cloud.Internal, Title: text.New("The receipts' folder can't be read"),
			Detail: text.New("%s: %s", rs.Dir, reason(err)),
			Hints:  []check.Hint{{Says: text.New("Make it readable for yourself, or use another folder:"), Command: otherFolder}}}
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if m, n := counterOf(a), counterOf(b); m != n {
			return n - m
		}
		return strings.Compare(b, a)
	})
	return names, nil
}

// next is the number of the run that is about to begin.
func (rs *Receipts) next() (int, error) {
	names, err := rs.names()
	if err != nil || len(names) == 0 {
		return 1, err
	}
	return counterOf(names[0]) + 1, nil
}

// List returns all receipts, newest first. Those that cannot be read are
// skipped and named in the error, which is a *Problem.
func (rs *Receipts) List() ([]Receipt, error) {
	all, bad, err := rs.list()
	if err != nil || len(bad) == 0 {
		return all, err
	}
	var says []text.Text
	for _, err := range bad {
		says = append(says, Explain(err).Detail)
	}
	return all, &Problem{Code: check.ReceiptUnreadable, Kind: cloud.Internal, Detail: text.Also(says...),
		Title: text.Plural(len(bad), "%d receipt can't be read", "%d receipts can't be read"),
		Hints: sentences(text.New("Move files that aren't receipts out of %s", rs.Dir))}
}

// readAtOnce is how many receipts are read at a time: most of the time goes to
// the file system and to JSON.
const readAtOnce = 8

// list is List with an error for each receipt that cannot be read.
func (rs *Receipts) list() (all []Receipt, bad []error, err error) {
	names, err := rs.names()
	read, failed := make([]Receipt, len(names)), make([]error, len(names))
	var g parallel.Group
	g.SetLimit(readAtOnce)
	for i, name := range names {
		g.Go(func() error {
			read[i], failed[i] = rs.Read(name)
			return nil
		})
	}
	_ = g.Wait() // none of them returns an error
	for i := range names {
		if failed[i] == nil {
			all = append(all, read[i])
		} else {
			bad = append(bad, failed[i])
		}
	}
	return all, bad, err
}

// Trusted are the receipts of runs made where runs are made now that only this
// user can have written, newest first.
func (rs *Receipts) Trusted() []Receipt {
	all, _ := rs.List() // one that cannot be read tells nothing
	return slices.DeleteFunc(all, func(r Receipt) bool { return r.Open || !rs.Here(r) })
}

// prune deletes receipts by the rule for old ones. That one cannot be deleted
// is no reason to stop a run.
func (rs *Receipts) prune(now time.Time) {
	all, _ := rs.List()
	if len(all) <= keptReceipts {
		return
	}
	back, there := TakenBack(all), map[string]bool{}
	for _, r := range all {
		there[r.Name()] = true
	}
	for _, r := range slices.Backward(all[keptReceipts:]) { // the oldest first
		old := now.Sub(r.Started) > keptFor
		switch {
		case r.Open || len(r.Unanswered()) > 0 && !back[r.Path]:
			continue
		case r.Undoes != "" && there[r.Undoes]:
			continue
		case !old && !back[r.Path] && r.Undoes == "" && r.changed():
			continue
		}
		if os.Remove(filepath.Join(rs.Dir, filepath.Base(r.Path))) == nil {
			delete(there, r.Name())
		}
	}
}

package cli

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/adrg/xdg"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// receipts is the folder of the receipts.
func receipts() string { return filepath.Join(stateHome(), "upstreamauth", "receipts") }

// stateHome is where the program keeps what it has done. Without a home that is
// a temporary folder of this run alone, whose name nobody can guess: the
// library would take the root of the file system for a home.
var stateHome = sync.OnceValue(func() string {
	if !homeless() {
		return xdg.StateHome
	}
	return filepath.Join(os.TempDir(), "upstreamauth-"+rand.Text())
})

// homeless reports whether nothing says where a person's files belong.
func homeless() bool {
	if runtime.GOOS == "windows" || filepath.IsAbs(os.Getenv("XDG_STATE_HOME")) {
		return false
	}
	return !filepath.IsAbs(os.Getenv("HOME"))
}

// listReceipts prints all receipts, newest first. One that can't be read is
// named on standard error and fails the command at the end.
func (a *app) listReceipts(f *flowFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	all, bad := (&engine.Receipts{Dir: receipts()}).List()
	if f.output == "json" {
		e := json.NewEncoder(a.Out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(map[string]any{"receipts": listed(all)}); err != nil {
			return unwritten(text.New("The list"), err)
		}
		return bad
	}
	if len(all) == 0 && bad == nil {
		_, err := fmt.Fprintln(a.Out, text.New("no receipts in %s", clean.Text(receipts())).In(a.lang))
		return unwritten(text.New("The list"), err)
	}
	for _, r := range listed(all) {
		if _, err := fmt.Fprintf(a.Out, "%s  %-7s %s\n  %s\n", r.Started.Local().Format(time.DateTime), r.Flow,
			r.Text().In(a.lang), r.Path); err != nil {
			return unwritten(text.New("The list"), err)
		}
	}
	return bad
}

// listedReceipt is a receipt as the list shows it.
type listedReceipt struct {
	Path       string    `json:"path"`
	Flow       string    `json:"flow"`
	Started    time.Time `json:"started"`
	Repository string    `json:"repository"`
	TakenBack  bool      `json:"takenBack"`
	// Emulator is where the run was made; null: at Google.
	Emulator *string `json:"emulator"`
}

// Text is the repository of the run, and what has become of it.
func (r listedReceipt) Text() text.Text {
	switch {
	case r.Emulator != nil && r.TakenBack:
		return text.New("%s, on the emulator %s, undone", r.Repository, *r.Emulator)
	case r.Emulator != nil:
		return text.New("%s, on the emulator %s", r.Repository, *r.Emulator)
	case r.TakenBack:
		return text.New("%s, undone", r.Repository)
	default:
		return text.Verbatim(r.Repository)
	}
}

// known is nil for what is not known.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func listed(all []engine.Receipt) []listedReceipt {
	list := []listedReceipt{}
	undone := engine.TakenBack(all)
	for _, r := range all {
		list = append(list, listedReceipt{clean.Text(r.Path), r.Flow, r.Started, r.Repository, undone[r.Path],
			known(r.Emulator)})
	}
	return list
}

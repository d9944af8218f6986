//go:build unix

package robust

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// undoable is a place where a setup has been run, and that run's receipt.
func undoable(t *testing.T) (*place, string) {
	t.Helper()
	p := newPlace(t)
	if e := p.run(p.complete()...); e.code != 0 {
		t.Fatalf("exit code %d: %s", e.code, e.err)
	}
	p.writes()
	found, err := filepath.Glob(p.path("state/upstreamauth/receipts/*.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("receipts %q, %v", found, err)
	}
	return p, found[0]
}

// pipe is a file that nobody writes to, and that would be read for ever.
func (p *place) pipe(at string) string {
	p.t.Helper()
	if err := syscall.Mkfifo(at, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return at
}

// sparse is a file of a gigabyte that takes no room.
func (p *place) sparse(name string) string {
	p.t.Helper()
	if err := os.Truncate(p.write(name, "{", 0o600), 1<<30); err != nil {
		p.t.Fatal(err)
	}
	return p.path(name)
}

func TestBadReceipts(t *testing.T) {
	p, real := undoable(t)
	for _, c := range []struct {
		says, receipt string
	}{
		{"no such file", "nothing.json"},
		{"no such file", p.path("nothing/at/all.json")},
		{"no such file", link(t, p.path("nothing.json"), p.path("dangling.json"))},
		{"too many", link(t, p.path("loop.json"), p.path("loop.json"))},
		{"directory", ".."},
		{"directory", p.home},
		{"not a directory", p.path("token/below.json")},
		{"not a regular file", p.pipe(p.path("fifo.json"))},
		{"not a regular file", link(t, p.path("fifo.json"), p.path("to-fifo.json"))},
		{"not a regular file", "/dev/zero"},
		{"not a regular file", "/dev/tty"},
		{"larger than 16 MiB", p.sparse("sparse.json")},
		{"not JSON", "../../../../../../../../../../etc/passwd"},
		{"not JSON", "/etc/passwd"},
		{"not JSON", p.path("token")},
		{"not JSON", p.write("empty.json", "", 0o600)},
		{"not JSON", p.write("list.json", "[]", 0o600)},
		{"not JSON", p.write("half.json", `{"format":1,"flow":"setup"`, 0o600)},
		{"not JSON", p.write("deep.json", strings.Repeat(`{"actions":[`, 20_000), 0o600)},
		{"not JSON", p.write("types.json", `{"format":"1"}`, 0o600)},
		{"names no format", p.write("other.json", `{"type":"service_account"}`, 0o600)},
		{"its format is 2", p.write("newer.json", `{"format":2}`, 0o600)},
		{"damaged", p.write("bare.json", `{"format":1,"flow":"setup"}`, 0o600)},
		{"number 42", p.write("elsewhere.json", strings.Replace(p.read(real), `"projectNumber": "`, `"projectNumber": "42", "was": "`, 1), 0o600)},
		{`\x1b]52`, "\x1b]52;c;AAAA\a.json"},
		{`\u202e`, "\u202enosj.json"},
		{"no such file", "receipt-\u043ef-setup.json"},
		{"name too long", huge},
	} {
		if c.receipt == "/dev/tty" && !present("/dev/tty") {
			continue
		}
		p.refused(p.run("undo", c.receipt, "--yes"), 1, c.says)
	}
	for _, empty := range []string{"", "  "} {
		p.refused(p.run("undo", empty, "--yes"), 2, "is empty")
	}
	// As it is, by its name, by its path, by a link: the same run, taken back once.
	for i, name := range []string{filepath.Base(real), real, link(t, real, p.path("good.json"))} {
		if e := p.run("undo", name, "--yes"); e.code != 0 {
			t.Errorf("%s: exit code %d: %s", name, e.code, e.err)
		}
		if w := p.writes(); (len(w) > 0) != (i == 0) {
			t.Errorf("%s has written %v", name, w)
		}
	}
}

func present(path string) bool {
	f, err := os.Open(path)
	if err == nil {
		_ = f.Close()
	}
	return err == nil
}

func (p *place) read(path string) string {
	p.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func TestAReceiptThatMayNotBeRead(t *testing.T) {
	p, real := undoable(t)
	if err := os.Chmod(real, 0); err != nil {
		t.Fatal(err)
	}
	if present(real) {
		t.Skip("this user may read everything")
	}
	p.refused(p.run("undo", real, "--yes"), 1, "permission denied")
	p.refused(p.run("undo", "--yes"), 1, "permission denied")
	p.refused(p.run("undo", "--list"), 1, "permission denied")
}

// Things in the folder of the receipts that are none are named, and hide no
// receipt from the list; but the last run is not known any more.
func TestAFolderOfOddReceipts(t *testing.T) {
	p, real := undoable(t)
	dir := filepath.Dir(real)
	p.pipe(filepath.Join(dir, "99990102T000000.000000000Z-setup-1.json"))
	if err := os.Mkdir(filepath.Join(dir, "99990103T000000.000000000Z-setup-1.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "\x1b[2J.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, output := range []string{"text", "json"} {
		e := p.run("undo", "--list", "--output", output)
		p.refused(e, 1, "3 receipts cannot be read")
		if !strings.Contains(e.out, real) || !strings.Contains(e.err, `\x1b[2J.json`) {
			t.Errorf("it says %s%s", e.out, e.err)
		}
	}
	p.refused(p.run("undo", "--yes"), 1, "name the run")
	if e := p.run("undo", real, "--yes"); e.code != 0 {
		t.Errorf("exit code %d: %s", e.code, e.err)
	}
}

// What is taken back leaves a receipt, too: where there is no place for it,
// nothing is taken back.
func TestNoPlaceForTheReceiptOfAnUndo(t *testing.T) {
	p, real := undoable(t)
	for name, state := range map[string]string{
		"a file": p.write("file", "", 0o600), "not for us": "/proc/nowhere", "a link to itself": link(t, p.path("loop"), p.path("loop")),
	} {
		t.Run(name, func(t *testing.T) {
			p := *p
			p.t, p.env = t, []string{"XDG_STATE_HOME=" + state}
			p.refused(p.run("undo", real, "--yes"), 1, "receipt")
			if name != "not for us" { // there, it merely is not there
				p.refused(p.run("undo", "--yes"), 1, "receipts cannot be read")
				p.refused(p.run("undo", "--list"), 1, "receipts cannot be read")
			}
		})
	}
	t.Run("a full disk", func(t *testing.T) {
		p := *p
		p.t = t
		e := p.shelled("ulimit -f 0; trap '' XFSZ; ", "", "undo", real, "--yes")
		p.refused(e, 1, "cannot be written")
		left, err := os.ReadDir(filepath.Dir(real))
		if err != nil || len(left) != 1 {
			t.Errorf("it has left %v, %v", left, err)
		}
	})
	p.env = []string{"XDG_STATE_HOME=" + p.path("not-yet")}
	p.refused(p.run("undo", "--yes"), 1, "no run to undo")
	if e := p.run("undo", "--list"); e.code != 0 || !strings.Contains(e.out, "no receipts") {
		t.Errorf("exit code %d: %s%s", e.code, e.out, e.err)
	}
	p.env = nil
	if e := p.without(">/dev/full", "undo", "--list"); e.code != 1 || !strings.Contains(e.err, "couldn't be written") || !strings.Contains(e.err, "hint: ") {
		t.Errorf("nobody takes the list: exit code %d: %s", e.code, e.err)
	}
}

func TestAFullDiskForTheBundle(t *testing.T) {
	p := newPlace(t)
	doctor := append([]string{"doctor"}, p.complete()[1:5]...)
	for _, c := range []struct{ file, says string }{{"/dev/full", "no space left"}, {p.pipe(p.path("fifo")), "a pipe that nobody reads"}} {
		if !present("/dev/full") {
			continue
		}
		e := p.run(append(doctor, "--bundle", c.file)...)
		p.refused(e, 1, c.says)
		if !strings.Contains(e.out, "no fault found") {
			t.Errorf("the report is lost: %s", e.out)
		}
	}
	file := p.write("old", "", 0o644)
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if e := p.run(append(doctor, "--bundle", file)...); e.code != 0 {
		t.Errorf("exit code %d: %s", e.code, e.err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
		t.Errorf("the bundle is %v, %v", info, err)
	}
}

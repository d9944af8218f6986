//go:build linux || darwin

package robust

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// terminal is one that shows everything and answers nothing.
type terminal struct {
	t           *testing.T
	place       *place
	master, tty *os.File
	before      term.State
	cmd         *exec.Cmd
	news        chan struct{}
	read        chan struct{} // closed when nothing more can come

	mu     sync.Mutex
	raw    bytes.Buffer
	screen vt10x.Terminal
}

// terminal runs a command of the place in a terminal of its own.
func (p *place) terminal(cmd *exec.Cmd) *terminal {
	p.t.Helper()
	return p.terminalOf(cmd, 160, 50)
}

// terminalOf is terminal with a window of another size.
func (p *place) terminalOf(cmd *exec.Cmd, w, h int) *terminal {
	p.t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		p.t.Skipf("no pseudo terminal here: %v", err)
	}
	master = pollable(p.t, master)
	x := &terminal{t: p.t, place: p, master: master, tty: tty, cmd: cmd, screen: vt10x.New(vt10x.WithSize(w, h)),
		news: make(chan struct{}, 1), read: make(chan struct{})}
	x.resize(w, h)
	x.before = x.state()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go x.listen()
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended unless the test failed
		_ = tty.Close()
		_ = master.Close()
		<-x.read
	})
	return x
}

// pollable makes a file that can be closed while it is read.
func pollable(t *testing.T, f *os.File) *os.File {
	t.Helper()
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name()) //nolint:gosec // a file's number
}

func (x *terminal) listen() {
	defer close(x.read)
	buf := make([]byte, 1<<15)
	for {
		n, err := x.master.Read(buf)
		x.mu.Lock()
		x.raw.Write(buf[:n])
		_, _ = x.screen.Write(buf[:n])
		x.mu.Unlock()
		select {
		case x.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (x *terminal) resize(w, h int) {
	x.t.Helper()
	size := &unix.Winsize{Col: uint16(w), Row: uint16(h)} //nolint:gosec // small numbers
	x.control(func(fd int) error { return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, size) })
	x.mu.Lock()
	defer x.mu.Unlock()
	x.screen.Resize(w, h)
}

// control does something with the terminal's own side. By way of Fd the file
// would be made blocking, and could not be closed while it is read.
func (x *terminal) control(do func(fd int) error) {
	x.t.Helper()
	raw, err := x.master.SyscallConn()
	if err != nil {
		x.t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil || failed != nil { //nolint:gosec // a file's number
		x.t.Fatal(err, failed)
	}
}

func (x *terminal) shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

func (x *terminal) output() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String()
}

// sees waits until one of the texts is on the screen.
func (x *terminal) sees(texts ...string) *terminal {
	x.t.Helper()
	return x.until(func(screen string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(screen, text) })
	}, texts...)
}

// until waits until something is on the screen.
func (x *terminal) until(seen func(screen string) bool, what ...string) *terminal {
	x.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !seen(x.shown()) {
		select {
		case <-x.news:
		case <-limit.C:
			x.t.Fatalf("what is waited for %q does not appear on the screen:\n%s", what, x.shown())
		}
	}
	return x
}

func (x *terminal) types(s string) *terminal {
	x.t.Helper()
	if _, err := x.master.WriteString(s); err != nil {
		x.t.Fatal(err)
	}
	return x
}

// approves presses enter until the plan, which wants to be looked at first, is
// approved.
func (x *terminal) approves(reached <-chan struct{}) {
	x.t.Helper()
	const refused = "look at the plan first"
	limit := time.NewTimer(patience)
	defer limit.Stop()
	x.sees("enter apply").types("\r")
	pressed := true
	for {
		select {
		case <-reached:
			return
		case <-x.news:
		case <-limit.C:
			x.t.Fatalf("the plan cannot be approved:\n%s", x.shown())
		}
		switch waits := strings.Contains(x.shown(), refused); {
		case waits && pressed:
			x.types("k")
			pressed = false
		case !waits && !pressed:
			x.types("\r")
			pressed = true
		}
	}
}

func (x *terminal) state() term.State {
	x.t.Helper()
	s, err := term.GetState(int(x.tty.Fd()))
	if err != nil {
		x.t.Fatal(err)
	}
	return *s
}

// switches are what a full screen puts on and must take off again: the other
// screen, the hidden cursor, the brackets around what is pasted, the mouse,
// the reports of focus.
var switches = [][2]string{
	{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"}, {"\x1b[?2004h", "\x1b[?2004l"},
	{"\x1b[?1000h", "\x1b[?1000l"}, {"\x1b[?1002h", "\x1b[?1002l"}, {"\x1b[?1003h", "\x1b[?1003l"},
	{"\x1b[?1006h", "\x1b[?1006l"}, {"\x1b[?1004h", "\x1b[?1004l"}, {"\x1b[?7l", "\x1b[?7h"},
}

// restored holds that the terminal is as it was.
func (x *terminal) restored() {
	x.t.Helper()
	if x.state() != x.before {
		x.t.Error("the terminal's modes are not as they were")
	}
	said := x.output()
	for _, s := range switches {
		if on := strings.LastIndex(said, s[0]); on >= 0 && strings.LastIndex(said, s[1]) < on {
			x.t.Errorf("%q was sent, and %q not after it", s[0], s[1])
		}
	}
}

// ends waits for the end of the program and holds that it left the terminal as
// it was, with this exit code and, if it is not empty, this last word.
func (x *terminal) ends(code int, says string) {
	x.t.Helper()
	if e := x.place.wait(x.cmd); e.code != code {
		x.t.Errorf("exit code %d, want %d:\n%s", e.code, code, x.shown())
	}
	// What we write behind it comes out behind it.
	const end = "[it has ended]"
	if _, err := x.tty.WriteString("\r\n" + end); err != nil {
		x.t.Fatal(err)
	}
	x.sees(end)
	if said := x.shown(); !strings.Contains(said, says) {
		x.t.Errorf("it does not say %q in the end:\n%s", says, said)
	}
	x.restored()
	if asked := queries.FindString(x.output()); asked != "" {
		x.t.Errorf("the terminal was asked %q", asked)
	}
}

// queries are what a terminal would answer: its colours, where the cursor is,
// what it is, how a mode is set.
var queries = regexp.MustCompile(`\x1b\](?:4;\d+|1[0-9]);\?|\x1b\[\??[56]n|\x1b\[[>=]?0?c|\x1b\[\??\d+\$p|\x1bP[+$]q|\x1b\[>0?q|\x1b\[1[4-9]t`)

func (x *terminal) signal(s os.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(s); err != nil {
		x.t.Fatal(err)
	}
}

// reaches waits until a call is held up.
func reaches(t *testing.T, h *hold) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-h.reached:
	case <-limit.C:
		t.Fatal("the call never came")
	}
}

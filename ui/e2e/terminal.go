//go:build unix

package e2e

import (
	"bytes"
	"image/color"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// patience is when a program is taken to hang. Nothing waits for it where all
// is well.
const patience = 3 * time.Minute

// Terminal is one that shows everything and answers nothing, with a program in
// it. Its methods fail the test that started it.
type Terminal struct {
	t             testing.TB
	cmd           *exec.Cmd
	master, tty   *os.File
	before, after *term.State   // the modes; after is nil where they could not be read any more
	news          chan struct{} // something was sent
	ended         chan struct{} // the program has ended
	gone          chan struct{} // and nothing more can come

	mu     sync.Mutex
	raw    bytes.Buffer
	screen *vt.Emulator
}

// Start runs a command in a window of that many columns and rows, to which its
// standard files lead unless they lead elsewhere already. The test is skipped
// where there is no pseudo terminal.
func Start(t testing.TB, cmd *exec.Cmd, columns, rows int) *Terminal {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	x := &Terminal{
		t: t, cmd: cmd, master: pollable(t, master), tty: tty, screen: vt.NewEmulator(columns, rows),
		news: make(chan struct{}, 1), ended: make(chan struct{}), gone: make(chan struct{}),
	}
	if answers, ok := x.screen.InputPipe().(io.Closer); ok {
		_ = answers.Close() // it would wait for somebody to read them
	}
	x.Resize(columns, rows)
	if x.before, err = x.modes(); err != nil {
		t.Fatal(err)
	}
	for _, stream := range []*io.Writer{&cmd.Stdout, &cmd.Stderr} {
		if *stream == nil {
			*stream = tty
		}
	}
	cmd.Stdin = tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go x.listen()
	go x.wait()
	t.Cleanup(func() {
		x.abandon() // it has ended unless the test failed
		<-x.ended
		<-x.gone
	})
	return x
}

// pollable makes a file that can be closed while it is read.
func pollable(t testing.TB, f *os.File) *os.File {
	t.Helper()
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

func (x *Terminal) listen() {
	defer close(x.gone)
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

// wait keeps our side of the terminal open until the program has ended, so
// that the modes in which it leaves it can be read.
func (x *Terminal) wait() {
	_ = x.cmd.Wait() // its state tells
	x.after, _ = x.modes()
	_ = x.tty.Close()
	close(x.ended)
}

func (x *Terminal) abandon() {
	_ = x.cmd.Process.Kill()
	_ = x.master.Close()
}

// Control does something with the file of the terminal's own side.
func (x *Terminal) Control(do func(fd int) error) error {
	// By way of Fd the file would be made blocking, and could not be closed
	// while it is read.
	raw, err := x.master.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
		return err
	}
	return failed
}

func (x *Terminal) modes() (s *term.State, err error) {
	err = x.Control(func(fd int) (err error) { s, err = term.GetState(fd); return err })
	return s, err
}

// Resize gives the window another size.
func (x *Terminal) Resize(columns, rows int) {
	x.t.Helper()
	size := &unix.Winsize{Col: uint16(columns), Row: uint16(rows)} //nolint:gosec // small numbers
	if err := x.Control(func(fd int) error { return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, size) }); err != nil {
		x.t.Fatal(err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.screen.Resize(columns, rows)
}

// Shown is what is on the screen.
func (x *Terminal) Shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

// Cell is one of a screen's.
type Cell struct {
	// Text is what it shows; empty: the right half of a wide character.
	Text string
	// Colour is the text's; nil: the terminal's own.
	Colour color.Color
	Bold   bool
}

// bold is the bit of a cell's attributes that makes it bold.
const bold = 1

// Cell is the one in that column and row of the screen, from 0.
func (x *Terminal) Cell(column, row int) Cell {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.screen.CellAt(column, row)
	if c == nil {
		return Cell{}
	}
	return Cell{Text: c.Content, Colour: c.Style.Fg, Bold: c.Style.Attrs&bold != 0}
}

// Output is all that was sent to the terminal.
func (x *Terminal) Output() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String()
}

// Sees waits until one of the texts is on the screen.
func (x *Terminal) Sees(texts ...string) *Terminal {
	x.t.Helper()
	return x.Until(func(screen string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(screen, text) })
	}, texts...)
}

// Until waits until the screen is as it should be; what says how, where the
// test fails.
func (x *Terminal) Until(seen func(screen string) bool, what ...string) *Terminal {
	x.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !seen(x.Shown()) {
		select {
		case <-x.news:
		case <-x.gone:
			if !seen(x.Shown()) {
				x.t.Fatalf("the program has ended, and what is waited for %q is not on the screen:\n%s", what, x.Shown())
			}
		case <-limit.C:
			x.t.Fatalf("what is waited for %q does not appear on the screen:\n%s", what, x.Shown())
		}
	}
	return x
}

// Types presses keys.
func (x *Terminal) Types(keys string) *Terminal {
	x.t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		x.t.Fatalf("%q cannot be typed: %v\n%s", keys, err, x.Shown())
	}
	return x
}

// Pastes gives a text as a terminal with bracketed paste does.
func (x *Terminal) Pastes(text string) *Terminal {
	x.t.Helper()
	return x.Types("\x1b[200~" + text + "\x1b[201~")
}

// Approves approves the plan on the full screen, which wants to be looked at
// first, and waits for one of the texts, which follow.
func (x *Terminal) Approves(texts ...string) *Terminal {
	x.t.Helper()
	const refused = "Review the changes first"
	answers := append([]string{refused}, texts...)
	x.Sees("enter apply").Types("\r").Sees(answers...)
	for strings.Contains(x.Shown(), refused) {
		x.Types("k").Until(func(screen string) bool { return !strings.Contains(screen, refused) }, "no refusal")
		x.Types("\r").Sees(answers...)
	}
	return x
}

// Signal sends a signal to the program.
func (x *Terminal) Signal(s os.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(s); err != nil {
		x.t.Fatal(err)
	}
}

// Pid is the program's number.
func (x *Terminal) Pid() int { return x.cmd.Process.Pid }

// HangUp takes the terminal away.
func (x *Terminal) HangUp() {
	_ = x.tty.Close()
	_ = x.master.Close()
}

// Ends waits until the program has ended and all that it sent was read.
func (x *Terminal) Ends() *os.ProcessState {
	x.t.Helper()
	hangs := time.AfterFunc(patience, x.abandon)
	<-x.ended
	<-x.gone
	if !hangs.Stop() {
		x.t.Fatalf("the program does not come to its end:\n%s", x.Shown())
	}
	return x.cmd.ProcessState
}

// switches are what a full screen puts on and must take off again: the other
// screen, the hidden cursor, the brackets around what is pasted, the mouse,
// the reports of focus, lines that do not wrap.
var switches = [][2]string{
	{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"}, {"\x1b[?2004h", "\x1b[?2004l"},
	{"\x1b[?1000h", "\x1b[?1000l"}, {"\x1b[?1002h", "\x1b[?1002l"}, {"\x1b[?1003h", "\x1b[?1003l"},
	{"\x1b[?1006h", "\x1b[?1006l"}, {"\x1b[?1004h", "\x1b[?1004l"}, {"\x1b[?7l", "\x1b[?7h"},
}

// queries are what a terminal would answer: its colours, where the cursor is,
// what it is, how a mode is set.
var queries = regexp.MustCompile(`\x1b\](?:4;\d+|1[0-9]);\?|\x1b\[\??[56]n|\x1b\[[>=]?0?c|\x1b\[\??\d+\$p|\x1bP[+$]q|\x1b\[>0?q|\x1b\[1[4-9]t`)

// Restored holds that the terminal is, or was left, as it was, and was asked
// nothing: an answer that nobody waits for any more would be taken for keys.
func (x *Terminal) Restored() {
	x.t.Helper()
	var now *term.State
	select {
	case <-x.ended:
		now = x.after
	default:
		now, _ = x.modes()
	}
	if now == nil || *now != *x.before {
		x.t.Error("the terminal's modes are not as they were")
	}
	said := x.Output()
	for _, s := range switches {
		if on := strings.LastIndex(said, s[0]); on >= 0 && strings.LastIndex(said, s[1]) < on {
			x.t.Errorf("%q was sent, and %q not after it", s[0], s[1])
		}
	}
	if asked := queries.FindString(said); asked != "" {
		x.t.Errorf("the terminal was asked %q", asked)
	}
}

//go:build linux || darwin

package tui

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"golang.org/x/term"
)

// terminal is a real one, as far as the program can tell, with a screen.
type terminal struct {
	t        *testing.T
	ptmx     *os.File
	tty      *os.File
	cmd      *exec.Cmd
	screen   vt10x.Terminal
	news     chan struct{}
	finished chan struct{}
	pipe     *os.File // to a slow action

	mu  sync.Mutex
	raw bytes.Buffer
}

// open runs a child in a terminal that shows everything and answers nothing.
func open(t *testing.T, mode string, env ...string) *terminal {
	t.Helper()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	if err := pty.Setsize(ptmx, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, ptmx: ptmx, tty: tty, pipe: w, screen: vt10x.New(vt10x.WithSize(80, 24)),
		news: make(chan struct{}, 1), finished: make(chan struct{})}
	x.cmd = exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test binary
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.ExtraFiles = []*os.File{r}
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	for _, v := range os.Environ() { // CI would keep the libraries from asking
		if !strings.HasPrefix(v, "CI=") && !strings.HasPrefix(v, "NO_COLOR=") && !strings.HasPrefix(v, "TERM=") && !strings.HasPrefix(v, "L") {
			x.cmd.Env = append(x.cmd.Env, v)
		}
	}
	x.cmd.Env = append(x.cmd.Env, "TUI_TEST_CHILD="+mode, "TERM=xterm-256color", "LANG=C.UTF-8")
	x.cmd.Env = append(x.cmd.Env, env...)
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	go x.read()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		_ = tty.Close()
		_ = ptmx.Close()
		_ = w.Close()
		<-x.finished
	})
	return x
}

func (x *terminal) read() {
	defer close(x.finished)
	buf := make([]byte, 4096)
	for {
		n, err := x.ptmx.Read(buf)
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

// until waits for something on the screen.
func (x *terminal) until(seen func(screen string) bool) *terminal {
	x.t.Helper()
	limit := time.After(20 * time.Second)
	for !seen(x.shown()) {
		select {
		case <-x.news:
		case <-limit:
			x.t.Fatalf("what is waited for does not appear on the screen:\n%s", x.shown())
		}
	}
	return x
}

// sees waits until a text is on the screen.
func (x *terminal) sees(text string) *terminal {
	x.t.Helper()
	return x.until(func(screen string) bool { return strings.Contains(screen, text) })
}

func (x *terminal) types(s string) *terminal {
	x.t.Helper()
	if _, err := x.ptmx.WriteString(s); err != nil {
		x.t.Fatal(err)
	}
	return x
}

// approves presses enter until the plan, which wants to be looked at first, is
// approved and a text appears.
func (x *terminal) approves(text string) {
	x.t.Helper()
	const refused = "look at the plan first"
	answered := func(screen string) bool { return strings.Contains(screen, text) || strings.Contains(screen, refused) }
	x.sees("enter apply").types("\r").until(answered)
	for !strings.Contains(x.shown(), text) {
		x.types("k").until(func(screen string) bool { return !strings.Contains(screen, refused) })
		x.types("\r").until(answered)
	}
}

// ends waits for the child and holds that the terminal is as it was.
func (x *terminal) ends(before *term.State) {
	x.t.Helper()
	x.sees("ended: ")
	if err := x.cmd.Wait(); err != nil {
		x.t.Errorf("the child ended with %v:\n%s", err, x.output())
	}
	after, err := term.GetState(int(x.tty.Fd()))
	if err != nil {
		x.t.Fatal(err)
	}
	if *after != *before {
		x.t.Error("the terminal's modes are not as they were")
	}
	for _, restore := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l"} {
		if !strings.Contains(x.output(), restore) {
			x.t.Errorf("%q was not sent", restore)
		}
	}
}

func (x *terminal) state() *term.State {
	x.t.Helper()
	s, err := term.GetState(int(x.tty.Fd()))
	if err != nil {
		x.t.Fatal(err)
	}
	return s
}

// queries are what programs ask a terminal, and wait for.
var queries = regexp.MustCompile(`\x1b\]1[01];\?|\x1b\[\??6n|\x1b\[[>=]?0?c|\x1b\[\?\d+\$p|\x1bP`)

func TestARealTerminal(t *testing.T) {
	x := open(t, "setup")
	before := x.state()
	x.sees("shop-prod has the number")
	x.mu.Lock()
	corner, pointer := x.screen.Cell(1, 0), x.screen.Cell(1, 8)
	x.mu.Unlock()
	if corner.Char != 'u' || pointer.Char != '▸' {
		t.Errorf("the corner is %q, the pointer %q:\n%s", corner.Char, pointer.Char, x.shown())
	}
	x.types("j\r").sees("step 2 of 5").types("ada\r").sees("step 3 of 5")
	x.types("\x1b[200~" + canary + "\x1b[201~").sees("27 characters").sees("Docker Hub accepts")
	x.types("\r").sees("enter apply").sees("Nothing has been written yet.")
	if err := pty.Setsize(x.ptmx, &pty.Winsize{Rows: 20, Cols: 60}); err != nil {
		t.Fatal(err)
	}
	x.mu.Lock()
	x.screen.Resize(60, 20)
	x.mu.Unlock()
	x.approves("Done and verified")
	x.types("\r").ends(before)
	x.sees("status=done interrupted=false done=4")
	if asked := queries.FindString(x.output()); asked != "" {
		t.Errorf("the terminal was asked %q", asked)
	}
	if strings.Contains(x.output(), canary) || strings.Contains(x.output(), canary[:8]) {
		t.Error("the token was sent to the terminal")
	}
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		x := open(t, "setup")
		before := x.state()
		x.sees("shop-prod has the number")
		if err := x.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		x.ends(before)
		x.sees("interrupted=true done=0")
	}
}

func TestASignalWhileApplyingFinishesTheAction(t *testing.T) {
	x := open(t, "slow")
	before := x.state()
	x.sees("shop-prod has the number").types("\r").sees("step 2 of 5").types("ada\r").sees("step 3 of 5").types("tok\r").sees("enter apply")
	x.approves("under way")
	if err := x.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	x.sees("finishing the action under way")
	if _, err := x.pipe.WriteString("go\n"); err != nil {
		t.Fatal(err)
	}
	x.ends(before)
	x.sees("status=partial interrupted=true done=1")
}

func TestAPanicRestoresTheTerminal(t *testing.T) {
	x := open(t, "panic", "GORACE=exitcode=0") // Bubble Tea does not wait for its reader then
	before := x.state()
	x.sees("shop-prod has the number").types("\r").sees("step 2 of 5").types("ada\r")
	x.ends(before)
	x.sees("failed=true")
}

func TestNoColour(t *testing.T) {
	x := open(t, "setup", "NO_COLOR=1")
	x.sees("shop-prod has the number").types("\x03").sees("ended:")
	if found := regexp.MustCompile(`\x1b\[[0-9;]*[1-9][0-9;]*m`).FindString(x.output()); found != "" {
		t.Errorf("colour in spite of NO_COLOR: %q", found)
	}
}

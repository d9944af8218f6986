package tui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/upstreamauth/flows/engine"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/google/go-cmp/cmp"
	"github.com/muesli/termenv"
)

func TestMain(m *testing.M) {
	if os.Getenv("TUI_TEST_CHILD") != "" {
		child()
		return
	}
	lipgloss.SetColorProfile(termenv.Ascii)
	lipgloss.SetHasDarkBackground(true)
	os.Exit(m.Run())
}

// driver plays Bubble Tea's loop in one goroutine: jobs run when the test says
// so, and time stands still unless it is moved.
type driver struct {
	t       testing.TB
	m       *Model
	clock   time.Time
	pending []tea.Cmd
	quit    bool
	held    bool // jobs are not run until release
}

func drive(t testing.TB, f *engine.Flow, given map[string]engine.Answer, w, h int, o Options) *driver {
	t.Helper()
	machine := engine.New(engine.NewEnv(nil, nil), f, given, engine.Options{})
	machine.LookDelay = 0
	t.Cleanup(machine.Close)
	d := &driver{t: t, m: New(machine, o), clock: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	d.m.glyph = fine
	d.m.glyph.spinner = []string{"*"}
	d.m.now = func() time.Time { return d.clock }
	d.m.later = func() tea.Cmd { return nil }
	d.m.width, d.m.height = w, h
	return d
}

// begin starts the flow and runs all that does not wait for a person.
func (d *driver) begin() *driver {
	d.queue(d.m.Init())
	return d.run()
}

func (d *driver) queue(cmd tea.Cmd) {
	if cmd != nil {
		d.pending = append(d.pending, cmd)
	}
}

// one runs the oldest command and delivers its message.
func (d *driver) one() bool {
	if len(d.pending) == 0 {
		return false
	}
	cmd := d.pending[0]
	d.pending = d.pending[1:]
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.queue(c)
		}
		return d.one()
	case tea.QuitMsg:
		d.quit = true
	default:
		_, next := d.m.Update(msg)
		d.queue(next)
	}
	return true
}

func (d *driver) run() *driver {
	for !d.held && d.one() {
		d.check()
	}
	return d
}

// press sends keys by their names, or text.
func (d *driver) press(keys ...string) *driver {
	for _, k := range keys {
		_, cmd := d.m.Update(keyOf(k))
		d.queue(cmd)
		d.run()
		d.check()
	}
	return d
}

// pass moves the clock.
func (d *driver) pass(by time.Duration) *driver {
	d.clock = d.clock.Add(by)
	_, cmd := d.m.Update(tickMsg{})
	d.queue(cmd)
	return d.run()
}

func (d *driver) resize(w, h int) *driver {
	_, cmd := d.m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	d.queue(cmd)
	return d.run()
}

var ourColours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// check holds every frame to the window and to our own escape sequences.
func (d *driver) check() {
	d.t.Helper()
	frame := d.m.View()
	if lipgloss.ColorProfile() != termenv.Ascii {
		frame = ourColours.ReplaceAllString(frame, "")
	}
	w, h := d.m.width, d.m.height
	if w <= 0 || h <= 0 {
		w, h = 80, 24
	}
	lines := strings.Split(frame, "\n")
	if len(lines) > h {
		d.t.Fatalf("the frame has %d lines in a window of %dx%d:\n%s", len(lines), w, h, frame)
	}
	for _, l := range lines {
		if n := lipgloss.Width(l); n > w {
			d.t.Fatalf("a line of %d cells in a window of %dx%d: %q", n, w, h, l)
		}
		if !utf8.ValidString(l) || strings.ContainsFunc(l, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			d.t.Fatalf("a line with control characters: %q", l)
		}
	}
}

// sees asserts on what is on the screen, wherever lines break.
func (d *driver) sees(texts ...string) *driver {
	d.t.Helper()
	frame := d.m.View()
	flat := strings.Join(strings.Fields(frame), " ")
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			d.t.Fatalf("%q is not on the screen:\n%s", text, frame)
		}
	}
	return d
}

func (d *driver) lacks(texts ...string) *driver {
	d.t.Helper()
	frame := d.m.View()
	flat := strings.Join(strings.Fields(frame), " ")
	for _, text := range texts {
		if strings.Contains(flat, text) {
			d.t.Fatalf("%q is on the screen:\n%s", text, frame)
		}
	}
	return d
}

// golden compares the frame with the file of that name. TUI_GOLDEN=write
// writes the files instead.
func (d *driver) golden(name string) *driver {
	d.t.Helper()
	d.check()
	path := filepath.Join("testdata", name+".txt")
	got := d.m.View() + "\n"
	if os.Getenv("TUI_GOLDEN") == "write" {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			d.t.Fatal(err)
		}
		return d
	}
	want, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		d.t.Errorf("%s has changed (TUI_GOLDEN=write accepts it):\n%s", name, diff)
	}
	return d
}

var namedKeys = map[string]tea.KeyMsg{
	"enter": {Type: tea.KeyEnter}, "esc": {Type: tea.KeyEsc}, "up": {Type: tea.KeyUp}, "down": {Type: tea.KeyDown},
	"left": {Type: tea.KeyLeft}, "right": {Type: tea.KeyRight}, "home": {Type: tea.KeyHome}, "end": {Type: tea.KeyEnd},
	"pgup": {Type: tea.KeyPgUp}, "pgdown": {Type: tea.KeyPgDown}, "backspace": {Type: tea.KeyBackspace},
	"delete": {Type: tea.KeyDelete}, "ctrl+a": {Type: tea.KeyCtrlA}, "ctrl+c": {Type: tea.KeyCtrlC}, "ctrl+e": {Type: tea.KeyCtrlE},
	"ctrl+f": {Type: tea.KeyCtrlF}, "ctrl+g": {Type: tea.KeyCtrlG}, "ctrl+k": {Type: tea.KeyCtrlK}, "ctrl+r": {Type: tea.KeyCtrlR},
	"ctrl+u": {Type: tea.KeyCtrlU}, "ctrl+w": {Type: tea.KeyCtrlW}, "ctrl+z": {Type: tea.KeyCtrlZ}, "f1": {Type: tea.KeyF1}, "f5": {Type: tea.KeyF5},
	"space": {Type: tea.KeySpace, Runes: []rune{' '}}, "tab": {Type: tea.KeyTab},
}

// keyOf is the message of a key by its name, of one letter, or of a paste for
// longer text.
func keyOf(k string) tea.KeyMsg {
	if msg, ok := namedKeys[k]; ok {
		return msg
	}
	r := []rune(k)
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: r, Paste: len(r) > 1}
}

// typed is text as single keys.
func typed(s string) []string { return strings.Split(s, "") }

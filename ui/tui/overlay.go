package tui

import (
	"strings"

	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
)

// details is the help, and everything that the screen behind it may have had
// no room for.
type details struct {
	sheet
	m *Model
}

func newDetails(m *Model) *details {
	d := &details{m: m}
	d.lines = d.content
	return d
}

// Title names the screen that is explained.
func (d *details) Title() text.Text { return text.New("Help: %s", d.m.screen.Title()) }

// Status says where one is in it.
func (d *details) Status() text.Text { return d.where() }

// Leave has nothing to do.
func (d *details) Leave() {}

// Key scrolls or closes.
func (d *details) Key(k tea.KeyMsg) tea.Cmd {
	if d.scroll(k) {
		return nil
	}
	switch name(k) {
	case "esc", "enter", "?", "q":
		d.m.overlay = nil
	}
	return nil
}

// Keys are those that work now.
func (d *details) Keys() []hint {
	return append([]hint{{"esc", text.New("close")}}, d.hints()...)
}

func (d *details) content(w int) []string {
	m := d.m
	var lines []string
	part := func(title text.Text, body []string) {
		if strings.Join(body, "") != "" {
			lines = append(append(append(lines, m.heading(title, w)), body...), "")
		}
	}
	if q, ok := m.screen.(*question); ok {
		p, _, _ := m.machine.Prompt()
		var about []string
		for _, line := range append([]text.Text{q.step.Why}, p.Help...) {
			about = append(about, wrap(m.in(line), w)...)
		}
		part(text.New("About this question"), about)
		part(text.New("Findings"), q.below())
		if q.step.Flag != "" {
			part(text.New("The same on the command line"), wrap("--"+q.step.Flag, w))
		}
	}
	if m.options.Demo != nil {
		part(text.New("Demo"), wrap(strings.Join(m.options.Demo.Lines, "\n"), w))
	}
	var trail []string
	for _, mark := range m.machine.Trail() {
		trail = append(trail, wrap(m.in(told(mark)), w)...)
	}
	part(text.New("Your answers"), trail)
	key := func(h hint) string { return m.accent.Render(pad(h.key, 12)) + m.cut(m.in(h.does), w-12) }
	var keys []string
	for _, h := range m.screen.Keys() {
		keys = append(keys, key(h))
	}
	part(text.New("Keys"), append(keys, key(hint{"ctrl+z", text.New("suspend")})))
	return append(lines, m.dim.Render(m.cut(strings.TrimSpace(m.options.Title+" "+m.options.Version), w)))
}

// leave asks whether to leave, where esc has nothing to go back to. The choice
// is a bare field of huh's: a form would take the whole window.
type leave struct {
	m      *Model
	w      int
	choice huh.Field
}

func newLeave(m *Model) *leave {
	away := true // what is pointed at first
	field := huh.NewSelect[bool]().Options(huh.NewOption(m.in(text.New("Leave")), true), huh.NewOption(m.in(text.New("Stay")), false)).Value(&away).Height(2)
	l := &leave{m: m, choice: field.WithTheme(m.theme.fields()).WithKeyMap(huh.NewDefaultKeyMap()).WithPosition(huh.FieldPosition{})}
	l.choice.Init()
	l.choice.Focus()
	return l
}

// Title asks.
func (l *leave) Title() text.Text { return text.New("Leave?") }

// SetSize gives it its room.
func (l *leave) SetSize(w, _ int) {
	l.w = w
	l.choice.WithWidth(w)
}

// View says what leaving means.
func (l *leave) View() []string {
	return append(append(wrap(l.m.in(text.New("Nothing has been changed.")), l.w), ""), strings.Split(strings.TrimRight(l.choice.View(), "\n"), "\n")...)
}

// Status is empty.
func (l *leave) Status() text.Text { return text.Text{} }

// Leave has nothing to do.
func (l *leave) Leave() {}

// Keys are those that work now.
func (l *leave) Keys() []hint {
	return []hint{{"enter", text.New("choose")}, moveKey, {"esc", text.New("stay")}}
}

// Key leaves, stays, or moves between the two.
func (l *leave) Key(k tea.KeyMsg) tea.Cmd {
	switch name(k) {
	case "y", "q":
		return l.m.quit()
	case "esc", "n":
		l.m.overlay = nil
		return nil
	case "enter":
		if away, _ := l.choice.GetValue().(bool); away {
			return l.m.quit()
		}
		l.m.overlay = nil
		return nil
	}
	// What the field asks for besides is of use to a form only.
	_, _ = l.choice.Update(k)
	return nil
}

package tui

import (
	"fmt"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"example.com/upstreamauth/flows/check"
)

// chain is doctor's last screen: the links from a request to its upstream, a
// row each, of which any can be opened. The first broken one is open already.
type chain struct {
	sheet
	m      *Model
	report engine.Report
	at     int          // the row pointed at
	open   map[int]bool // the rows that show all they have to say
}

func newChain(m *Model, r engine.Report) *chain {
	c := &chain{m: m, report: r, open: map[int]bool{}}
	first := slices.IndexFunc(r.Checks, func(f check.Finding) bool { return f.ID == r.Broken })
	if first >= 0 && r.Problem == nil { // a problem is read before the chain
		c.at, c.open[first] = first, true
	}
	c.lines = func(w int) []string { lines, _ := c.draw(w); return lines }
	return c
}

// Title is the verdict.
func (c *chain) Title() string {
	says := ending(c.report)
	switch c.report.Status {
	case engine.StatusBroken:
		says = "Broken at: " + c.report.Broken
	case engine.StatusHealthy:
	default:
		return says
	}
	if n := len(c.report.Unknown); n > 0 {
		says += fmt.Sprintf(", %d not looked at: ", n)
		if named := 3; n > named+1 {
			return says + strings.Join(c.report.Unknown[:named], ", ") + fmt.Sprintf(" and %d more", n-named)
		}
		says += strings.Join(c.report.Unknown, ", ")
	}
	return says
}

// Leave has nothing to do.
func (c *chain) Leave() {}

// Status says which part is on show.
func (c *chain) Status() string { return c.where() }

// SetSize keeps the row pointed at in view.
func (c *chain) SetSize(w, h int) {
	resized := w != c.w || h != c.h
	c.sheet.SetSize(w, h)
	if resized && c.at > 0 {
		c.show()
	}
}

// show scrolls to the row pointed at.
func (c *chain) show() {
	_, spans := c.draw(c.w)
	if c.at < len(spans) {
		c.reveal(spans[c.at][0], spans[c.at][1])
	}
}

// Key opens and closes rows, goes on to mend, or leaves.
func (c *chain) Key(k tea.KeyMsg) tea.Cmd {
	switch name(k) {
	case "up", "k", "ctrl+p":
		c.move(-1)
	case "down", "j", "ctrl+n":
		c.move(+1)
	case "enter", " ":
		c.toggle(!c.open[c.at])
	case "right", "l":
		c.toggle(true)
	case "left", "h":
		c.toggle(false)
	case "f":
		if c.m.machine.CanMend() {
			return c.m.start(c.m.machine.Mend())
		}
		c.m.said = "there is nothing here that a plan of this program could mend"
	case "?":
		c.m.toggleDetails()
	case "q", "esc":
		return c.m.quit()
	default:
		c.scroll(k)
	}
	return nil
}

// move points at another row, once all of this one has been seen; beyond the
// last one, it scrolls to what stands under the chain.
func (c *chain) move(by int) {
	_, spans := c.draw(c.w)
	to := c.at + by
	hidden := c.at < len(spans) && (by > 0 && spans[c.at][1] > c.top+c.h || by < 0 && spans[c.at][0] < c.top)
	if hidden || to < 0 || to >= len(spans) {
		c.top = max(min(c.top+by, c.length-c.h), 0)
		return
	}
	c.at = to
	c.reveal(spans[to][0], spans[to][1])
}

func (c *chain) toggle(open bool) {
	c.open[c.at] = open
	c.sheet.SetSize(c.w, c.h)
	c.show()
}

// Keys are those that work now.
func (c *chain) Keys() []hint {
	enter := hint{"enter", "open"}
	if c.open[c.at] {
		enter.does = "close"
	}
	keys := []hint{{"q", "leave"}}
	if c.m.machine.CanMend() {
		keys = []hint{{"f", "fix"}, {"q", "leave"}}
	}
	keys = append(keys, enter, hint{"↑↓", "move"}, hint{"?", "help"})
	if c.scrolls() {
		keys = append(keys, hint{"pgup/pgdn", "by page"})
	}
	return keys
}

// draw draws the chain and what was done, and tells which lines are whose row.
func (c *chain) draw(w int) (lines []string, spans [][2]int) {
	var p parts
	if c.report.Problem != nil {
		p.lines = append(c.m.theme.problem(c.report.Problem, w), "")
	}
	for i, f := range c.report.Checks {
		first := len(p.lines)
		p.lines = append(p.lines, c.link(i, f, w)...)
		spans = append(spans, [2]int{first, len(p.lines)})
	}
	c.m.deeds(&p, c.report, w)
	return p.lines, spans
}

// signColumn holds a sign and a word, linkColumn the name of a link.
const (
	signColumn = 10
	linkColumn = 18
)

// link draws one row: cut where it is closed, with cause, remedy and command
// where it is open.
func (c *chain) link(i int, f check.Finding, w int) []string {
	t := c.m.theme
	sign, word, style := t.mark(f.Level)
	if f.Level == check.Block {
		word = "broken"
	}
	pointer, says := "  ", f.Says.In(text.English)
	if i == c.at {
		pointer = t.accent.Render(pad(t.glyph.pointer, 2))
	}
	if f.Level == check.Unknown && !f.Why.Empty() && !c.open[i] {
		says = f.Why.In(text.English) // what would allow it
	}
	head := style.Render(pad(sign+" "+word, signColumn)) + pad(f.ID, linkColumn)
	if w < narrow {
		head, says = style.Render(sign)+" ", f.ID+": "+says
	}
	column := 2 + lipgloss.Width(head)
	if !c.open[i] {
		return []string{pointer + head + t.cut(says, w-column)}
	}
	if w < narrow {
		says = word + " " + says
	}
	lines := indent(column, wrap(says, w-column))
	lines[0] = pointer + head + lines[0][column:]
	in := min(column, 2+signColumn)
	return append(lines, indent(in, t.more(f, w-in))...)
}

package tui

import (
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
	if first := c.broken(); first >= 0 && r.Problem == nil { // a problem is read before the chain
		c.at, c.open[first] = first, true
	}
	c.lines = func(w int) []string { lines, _ := c.draw(w); return lines }
	return c
}

// Title is the verdict.
func (c *chain) Title() text.Text {
	says := ending(c.report)
	switch c.report.Status {
	case engine.StatusBroken:
		if at := c.broken(); at >= 0 {
			says = c.report.Checks[at].Says
		}
	case engine.StatusHealthy:
	default:
		return says
	}
	const named = 3
	switch n := len(c.report.Unknown); {
	case n == 0:
		return says
	case n > named+1:
		return text.New("%s; %d not checked: %s and others", says, n, strings.Join(c.report.Unknown[:named], ", "))
	default:
		return text.New("%s; %d not checked: %s", says, n, text.Words(c.report.Unknown))
	}
}

// broken is the row of the first problem in the chain; -1: there is none.
func (c *chain) broken() int {
	return slices.IndexFunc(c.report.Checks, func(f check.Finding) bool { return f.ID == c.report.Broken })
}

// Leave has nothing to do.
func (c *chain) Leave() {}

// Status says which part is on show.
func (c *chain) Status() text.Text { return c.where() }

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

// Key opens and closes rows, goes on to fix, or leaves.
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
		c.m.said = text.New("upstreamauth can't fix this")
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
	enter := hint{"enter", text.New("open")}
	if c.open[c.at] {
		enter.does = text.New("close")
	}
	keys := []hint{{"q", text.New("leave")}}
	if c.m.machine.CanMend() {
		keys = []hint{{"f", text.New("fix")}, {"q", text.New("leave")}}
	}
	keys = append(keys, enter, moveKey, helpKey)
	if c.scrolls() {
		keys = append(keys, hint{"pgup/pgdn", text.New("page")})
	}
	return keys
}

// draw draws the chain and what was done, and reports which lines are whose row.
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
	c.m.summary(&p, c.report, w)
	return p.lines, spans
}

// linkColumn holds the name of a link.
const linkColumn = 18

// link draws one row: cut where it is closed, with cause, remedy and command
// where it is open.
func (c *chain) link(i int, f check.Finding, w int) []string {
	t := c.m.theme
	mark := t.mark(f.Level)
	pointer, says := "  ", f.Says
	if i == c.at {
		pointer = t.accent.Render(pad(t.glyph.pointer, 2))
	}
	if f.Level == check.Unknown && !f.Why.Empty() && !c.open[i] {
		says = f.Why // what would allow it
	}
	head := mark.style.Render(pad(t.marked(mark), t.markColumn())) + pad(f.ID, linkColumn)
	if w < narrow {
		head, says = mark.style.Render(mark.sign)+" ", text.New("%s: %s", f.ID, says)
	}
	column := 2 + lipgloss.Width(head)
	if !c.open[i] {
		return []string{pointer + head + t.cut(t.in(says), w-column)}
	}
	if w < narrow {
		says = text.New("%s %s", mark.word, says)
	}
	lines := indent(column, wrap(t.in(says), w-column))
	lines[0] = pointer + head + lines[0][column:]
	in := min(column, 2+t.markColumn())
	return append(lines, indent(in, t.more(f, w-in))...)
}

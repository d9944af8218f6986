package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// A frame grows with the window up to this size; beyond it, lines would be too
// long to read and the keys too far from what they act on. A service agent's
// address behind "--member=serviceAccount:" still fits in one line.
const (
	maxWidth  = 112
	maxHeight = 36
)

// area is where things are drawn: a frame of w by h cells, the margin at its
// left, and the border and space around it where the window is larger.
type area struct {
	w, h, margin int
	framed       bool
}

func (m *Model) area() (window, frame area) {
	window = area{w: m.width, h: m.height}
	if window.w <= 0 || window.h <= 0 {
		window.w, window.h = 80, 24
	}
	frame = area{w: min(window.w, maxWidth), h: min(window.h, maxHeight)}
	frame.framed = window.w >= maxWidth+4 && window.h >= maxHeight+2
	if !frame.framed {
		frame.h = window.h
	}
	if frame.w >= 50 {
		frame.margin = 1
	}
	frame.w -= 2 * frame.margin
	return window, frame
}

// head is everything above the body.
func (m *Model) head(a area) []string {
	title := m.strong.Render(m.cut(m.in(m.front().Title()), a.w))
	if a.h < 6 {
		return []string{title}
	}
	at, of := m.machine.Position()
	right := m.in(text.New("Step %d of %d", at, of))
	if where := m.in(m.options.where()); where != "" {
		right = where + " " + m.glyph.dot + " " + right
	}
	left := m.in(m.machine.Flow().Title)
	if a.w >= narrow {
		left = m.options.Title + " " + m.glyph.dot + " " + left
	}
	left = m.cut(left, a.w-lipgloss.Width(right)-1)
	lines := []string{apart(m.accent.Render(left), m.dim.Render(right), a.w)}
	if a.h >= 9 {
		lines = append(lines, m.trail(a)...)
	}
	if a.h >= 16 {
		lines = append(lines, m.dim.Render(strings.Repeat(m.glyph.rule, a.w)))
	}
	lines = append(lines, title)
	if a.h >= 20 {
		lines = append(lines, "")
	}
	return lines
}

// trail is the answers so far, in one line or two; where they do not fit, the
// last ones count.
func (m *Model) trail(a area) []string {
	var says []string
	for _, mark := range m.machine.Trail() {
		says = append(says, m.in(told(mark)))
	}
	if len(says) == 0 {
		return nil
	}
	between := " " + m.glyph.then + " "
	all := strings.Join(says, between)
	if a.h < 20 || lipgloss.Width(all) <= a.w {
		return []string{m.dim.Render(m.cutLeft(all, a.w))}
	}
	first := 1
	for first < len(says)-1 && lipgloss.Width(strings.Join(says[:first+1], between)+between) <= a.w {
		first++
	}
	return []string{
		m.dim.Render(m.cut(strings.Join(says[:first], between)+" "+m.glyph.then, a.w)),
		m.dim.Render(m.cutLeft(strings.Join(says[first:], between), a.w)),
	}
}

// told is one answer, and where it came from if the person was not asked.
func told(mark engine.Mark) text.Text {
	if from, known := sources[mark.From]; known {
		return text.New("%s: %s (%s)", mark.Title, mark.Says, from)
	}
	return text.New("%s: %s", mark.Title, mark.Says)
}

// sources say where an answer comes from that nobody was asked for.
var sources = map[engine.Source]text.Text{
	engine.Flag:        text.New("flag"),
	engine.Environment: text.New("environment"),
	engine.Config:      text.New("configuration"),
	engine.Only:        text.New("the only one"),
	engine.Default:     text.New("default"),
}

// foot is everything below the body: what is said, and the keys.
func (m *Model) foot(a area) []string {
	switch {
	case a.h < 3:
		return nil
	case a.h < 5:
		return []string{m.keyLine(m.front().Keys(), a.w)}
	}
	status := m.said
	if status.Empty() {
		status = m.front().Status()
	}
	return []string{m.cut(m.in(status), a.w), m.keyLine(m.front().Keys(), a.w)}
}

// keyLine names the keys that work now, as many as there is room for.
func (t theme) keyLine(keys []hint, w int) string {
	line, used := "", 0
	for _, h := range keys {
		does, between := t.in(h.does), ""
		if used > 0 {
			between = " " + t.glyph.dot + " "
		}
		if n := lipgloss.Width(between + h.key + " " + does); used+n <= w {
			line += t.dim.Render(between) + t.accent.Render(h.key) + t.dim.Render(" "+does)
			used += n
		}
	}
	return line
}

// resize gives the screen its room.
func (m *Model) resize() {
	_, a := m.area()
	h := max(a.h-len(m.head(a))-len(m.foot(a)), 0)
	m.screen.SetSize(a.w, h)
	if m.overlay != nil {
		m.overlay.SetSize(a.w, h)
	}
}

// View draws the frame. It is never taller or wider than the window.
func (m *Model) View() string {
	if m.screen == nil {
		return ""
	}
	window, a := m.area()
	head, foot := m.head(a), m.foot(a)
	body := m.front().View()
	room := max(a.h-len(head)-len(foot), 0)
	lines := slices.Concat(head, body[:min(len(body), room)])
	for len(lines) < a.h-len(foot) {
		lines = append(lines, "")
	}
	lines = append(lines, foot...)
	lines = lines[:min(len(lines), a.h)]
	for i, l := range lines {
		lines[i] = strings.TrimRight(strings.Repeat(" ", a.margin)+ansi.Truncate(l, a.w, ""), " ")
	}
	if a.framed {
		return drawn.Replace(m.framed(window, a, lines))
	}
	return drawn.Replace(strings.Join(lines, "\n"))
}

// framed puts a border round the frame, in the middle of a larger window.
func (m *Model) framed(window, a area, lines []string) string {
	for i, l := range lines {
		lines[i] = pad(l, a.w+2*a.margin)
	}
	b := m.glyph.border
	side := m.dim.Render(b.Left)
	across := strings.Repeat(b.Top, a.w+2*a.margin)
	left := strings.Repeat(" ", (window.w-a.w-2*a.margin-2)/2)
	all := make([]string, (window.h-a.h-2)/2, window.h)
	all = append(all, left+m.dim.Render(b.TopLeft+across+b.TopRight))
	for _, l := range lines {
		all = append(all, left+side+l+side)
	}
	return strings.Join(append(all, left+m.dim.Render(b.BottomLeft+across+b.BottomRight)), "\n")
}

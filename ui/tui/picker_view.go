package tui

import (
	"github.com/charmbracelet/lipgloss"

	"example.com/upstreamauth/flows/clean"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

func (p *picker) rows() (least, most int) {
	most = p.count() + 3
	if p.few() {
		most = 3*p.count() + 1
	}
	return min(3, p.count()+1), most
}

// few reports whether all options may be read in full, where there is room.
func (p *picker) few() bool { return !p.more && len(p.options) <= 8 }

// spread reports whether all rows are drawn in full: a menu is read, not searched.
func (p *picker) spread() bool {
	if !p.few() {
		return false
	}
	lines := 0
	for _, i := range p.hits {
		lines += len(p.inFull(p.options[i]))
	}
	return lines <= p.height
}

// inFull is an option in up to three lines.
func (p *picker) inFull(o engine.Option) []string {
	w := max(p.width-2, 1)
	lines := append(wrap(p.in(o.Label), w), styled(p.dim, indent(2, wrap(p.note(o), w-2)))...)
	return lines[:min(len(lines), 3)]
}

func (p *picker) note(o engine.Option) string {
	if !o.Off.Empty() {
		return p.glyph.block + " " + p.in(o.Off)
	}
	return p.in(o.Note)
}

func (p *picker) keys() []hint {
	switch {
	case p.onlyText():
		return nil
	case p.filtered():
		return []hint{moveKey, pageKey, {"ctrl+u", text.New("clear the filter")}}
	default:
		return []hint{moveKey, pageKey}
	}
}

// SetSize gives it its room: one line for the filter, the others for rows.
func (p *picker) SetSize(w, h int) {
	p.width, p.height = w, max(h-1, 1)
	p.top = max(min(p.top, p.count()-p.height), 0)
	p.reveal()
}

func (p *picker) view() []string {
	lines := []string{p.filterLine()}
	for row := p.top; row < p.count() && len(lines) < p.height+1; row++ {
		lines = append(lines, p.draw(row)...)
	}
	if p.count() == 0 && !p.onlyText() {
		lines = append(lines, p.dim.Render(p.cut("  "+p.in(p.nothing()), p.width)))
	}
	return lines[:min(len(lines), p.height+1)]
}

func (p *picker) nothing() text.Text {
	switch {
	case p.more && p.query == "":
		return text.New("Nothing found yet")
	case p.more:
		return text.New("Nothing matches so far")
	case p.query != "":
		return text.New("Nothing matches; esc clears the filter")
	default:
		return text.New("Nothing to choose from")
	}
}

// onlyText reports whether there is nothing to pick, but something can be typed.
func (p *picker) onlyText() bool { return len(p.options) == 0 && !p.more && p.free }

func (p *picker) filterLine() string {
	counts := p.counts()
	room := p.width - lipgloss.Width(counts) - 1
	head := p.accent.Render("/")
	if p.onlyText() {
		head = p.accent.Render(p.glyph.pointer)
	}
	line := head + " " + p.typed(p.filter.buf, p.filter.at, room-2)
	if !p.filtered() {
		line += p.dim.Render(p.cut(p.in(p.prompt()), room-3))
	}
	return apart(line, p.dim.Render(counts), p.width)
}

// counts says how many options match, and of how many.
func (p *picker) counts() string {
	switch {
	case p.onlyText():
		return ""
	case p.more:
		return p.in(text.New("%d of %d, more to come", len(p.hits), len(p.options)))
	default:
		return p.in(text.New("%d of %d", len(p.hits), len(p.options)))
	}
}

// prompt says what can be typed.
func (p *picker) prompt() text.Text {
	switch {
	case p.onlyText() && p.noun.Empty():
		return text.New("type an answer")
	case p.onlyText():
		return text.New("type the %s", p.noun)
	case p.free && !p.noun.Empty() && p.width >= narrow:
		return text.New("type to filter, or to use another %s", p.noun)
	default:
		return text.New("type to filter")
	}
}

// use says what choosing the text that was typed means.
func (p *picker) use() text.Text {
	if p.noun.Empty() {
		return text.New("use %q", p.given())
	}
	return text.New("use %q as the %s", p.given(), p.noun)
}

// draw draws one row, cut; the highlighted one in up to three lines.
func (p *picker) draw(row int) []string {
	w := max(p.width-2, 1)
	if row == len(p.hits) {
		return p.pointed(row, []string{p.cut(p.in(p.use()), w)})
	}
	o := p.options[p.hits[row]]
	note := p.note(o)
	column := min(p.column(), w*3/5)
	if note == "" {
		column = w
	}
	full := p.in(o.Label)
	label, rest := p.cut(full, column), p.cut(note, w-column-2)
	cut := label != tidy(full, clean.Text)
	switch whole := !cut && rest == tidy(note, clean.Text); {
	case !whole && (row == p.row || p.spread()):
		return p.pointed(row, p.inFull(o))
	case cut && o.Off.Empty() && w < narrow: // half a note is worth less than the name
		return p.pointed(row, []string{p.cut(full, w)})
	}
	style := lipgloss.Style{}
	if !o.Off.Empty() {
		style = p.dim
	}
	if note == "" {
		return p.pointed(row, []string{style.Render(label)})
	}
	return p.pointed(row, []string{style.Render(pad(label, column)) + "  " + p.dim.Render(rest)})
}

// column is the width of the widest label on show.
func (p *picker) column() int {
	widest := 0
	for row := p.top; row < min(p.top+p.height, len(p.hits)); row++ {
		widest = max(widest, lipgloss.Width(tidy(p.in(p.options[p.hits[row]].Label), clean.Text)))
	}
	return widest
}

// pointed marks the highlighted row, by a sign and not by colour alone.
func (p *picker) pointed(row int, lines []string) []string {
	lines = indent(2, lines)
	if row == p.row {
		lines[0] = p.accent.Render(pad(p.glyph.pointer, 2)) + p.strong.Render(lines[0][2:])
	}
	return lines
}

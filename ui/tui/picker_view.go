package tui

import (
	"fmt"

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

// few tells that all options may be read in full, where there is room.
func (p *picker) few() bool { return !p.more && len(p.options) <= 8 }

// spread tells that all rows are drawn in full: a menu is read, not searched.
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
	lines := append(wrap(o.Label.In(text.English), w), styled(p.dim, indent(2, wrap(p.note(o), w-2)))...)
	return lines[:min(len(lines), 3)]
}

func (p *picker) note(o engine.Option) string {
	if !o.Off.Empty() {
		return p.glyph.block + " " + o.Off.In(text.English)
	}
	return o.Note.In(text.English)
}

func (p *picker) keys() []hint {
	if p.onlyText() && !p.typing() {
		return []hint{{"type", "a " + p.noun}}
	}
	hints := []hint{{"↑↓", "move"}}
	if p.typing() {
		return append(hints, hint{"ctrl+u", "clear the filter"})
	}
	return append(hints, hint{"type", "to filter"}, hint{"pgup/pgdn", "by page"}, hint{"/", "filter by j, k or ?"})
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
		lines = append(lines, p.dim.Render(p.cut("  "+p.nothing(), p.width)))
	}
	return lines[:min(len(lines), p.height+1)]
}

func (p *picker) nothing() string {
	switch {
	case p.more && p.query == "":
		return "nothing has come in yet"
	case p.more:
		return "nothing matches so far"
	case p.query != "":
		return "nothing matches; esc clears the filter"
	default:
		return "nothing to pick from"
	}
}

// onlyText tells that there is nothing to pick, but something can be typed.
func (p *picker) onlyText() bool { return len(p.options) == 0 && !p.more && p.free }

func (p *picker) filterLine() string {
	counts := fmt.Sprintf("%d of %d", len(p.hits), len(p.options))
	switch {
	case p.more && p.width >= narrow:
		counts += " " + p.glyph.dot + " more are coming"
	case p.more:
		counts += ", more coming"
	}
	prompt := "  type to filter"
	if p.free && p.width >= narrow {
		prompt = "  type to filter, or to give any " + p.noun
	}
	if p.onlyText() {
		prompt, counts = p.glyph.pointer+" "+p.glyph.cursor+"type a "+p.noun, ""
	}
	room := p.width - lipgloss.Width(counts) - 1
	if !p.typing() {
		return apart(p.dim.Render(p.cut(prompt, room)), p.dim.Render(counts), p.width)
	}
	return apart(p.accent.Render("/")+" "+p.typed(p.filter.buf, p.filter.at, room-2), p.dim.Render(counts), p.width)
}

func as(noun string) string {
	if noun == "" {
		return ""
	}
	return " as the " + noun
}

// draw draws one row, cut; the highlighted one in up to three lines.
func (p *picker) draw(row int) []string {
	w := max(p.width-2, 1)
	if row == len(p.hits) {
		return p.pointed(row, []string{p.cut(fmt.Sprintf("use %q", p.given())+as(p.noun), w)})
	}
	o := p.options[p.hits[row]]
	note := p.note(o)
	column := min(p.column(), w*3/5)
	if note == "" {
		column = w
	}
	label, rest := p.cut(o.Label.In(text.English), column), p.cut(note, w-column-2)
	switch whole := label == clean.Text(o.Label.In(text.English)) && rest == clean.Text(note); {
	case !whole && (row == p.row || p.spread()):
		return p.pointed(row, p.inFull(o))
	case label != clean.Text(o.Label.In(text.English)) && o.Off.Empty() && w < narrow: // half a note is worth less than the name
		return p.pointed(row, []string{p.cut(o.Label.In(text.English), w)})
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
		widest = max(widest, lipgloss.Width(clean.Text(p.options[p.hits[row]].Label.In(text.English))))
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

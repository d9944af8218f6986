package path

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// below are the notes under a path: each under what it is about, in a further
// line where the one before it is too long, and never wider than the screen.
type below struct {
	width int
	rows  []string
	ends  []int
}

func newBelow(width int) *below { return &below{width: width} }

// put writes a note from a column on, in the first line that has room there.
func (b *below) put(at int, note string) {
	if note == "" {
		return
	}
	wide := ansi.StringWidth(note)
	if at+wide > b.width {
		at = max(margin, b.width-wide)
	}
	if at+wide > b.width {
		note = ansi.Truncate(note, b.width-at, "…")
		wide = ansi.StringWidth(note)
	}
	for i := range b.rows {
		if b.ends[i] == 0 && at == margin || at >= b.ends[i]+2 {
			b.rows[i] += strings.Repeat(" ", at-b.ends[i]) + note
			b.ends[i] = at + wide
			return
		}
	}
	b.rows = append(b.rows, strings.Repeat(" ", at)+note)
	b.ends = append(b.ends, at+wide)
}

// under writes a note with its middle under a column.
func (b *below) under(middle int, note string) {
	b.put(max(margin, middle-ansi.StringWidth(note)/2), note)
}

func (b *below) lines() []string { return b.rows }

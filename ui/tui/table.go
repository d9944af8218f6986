package tui

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"
)

// table is the repositories of an audit, worst first. Rows are put in their
// place as they come, and only those that are seen are drawn.
type table struct {
	theme
	all, hits []*entry // all rows, and those that match the filter
	filter    editor
	query     string // what hits match
	opened    bool   // a filter is being typed: letters are text
	at, top   int    // the row pointed at, the first one drawn
	w, h      int
	touched   bool // the person has moved
}

// entry is a row and what it is found by.
type entry struct {
	row doctor.AuditRow
	key string
}

// entry makes one of a row, found by all that the table says of it.
func (t *table) entry(r doctor.AuditRow) *entry {
	e := &entry{row: r}
	e.key = strings.ToLower(strings.Join([]string{
		e.name(), e.where(), r.Project, r.Upstream, r.Repository.Format, t.in(t.mark(r.Level).word), t.bare(r.Says),
	}, "\x00"))
	return e
}

// name is the repository's name, or the project that couldn't be checked.
func (e *entry) name() string {
	if e.row.Problem != nil {
		return e.row.Project
	}
	return e.row.Repository.Name.ID
}

func (e *entry) id() string { return e.row.Repository.Name.ID }

// where is the repository with its location.
func (e *entry) where() string {
	if e.row.Problem != nil {
		return ""
	}
	return e.row.Repository.Name.Location + "/" + e.row.Repository.Name.ID
}

// full is all that tells it from others, but for the project.
func (e *entry) full() string {
	if where := e.where(); where != "" {
		return where
	}
	return e.row.Project
}

func (e *entry) upstream() string {
	if u, err := url.Parse(e.row.Upstream); err == nil && u.Host != "" {
		return u.Host
	}
	return e.row.Upstream
}

func (e *entry) age() text.Text {
	if e.row.VersionAge <= 0 {
		return text.Text{}
	}
	return text.Plural(int(e.row.VersionAge/(24*time.Hour)), "%d day", "%d days")
}

func before(a, b *entry) int { return doctor.WorstFirst(a.row, b.row) }

// add puts a row in its place. The row pointed at stays the same once the
// person has moved.
func (t *table) add(e *entry) {
	i, _ := slices.BinarySearchFunc(t.all, e, before)
	t.all = slices.Insert(t.all, i, e)
	if !strings.Contains(e.key, t.query) {
		return
	}
	j, _ := slices.BinarySearchFunc(t.hits, e, before)
	t.hits = slices.Insert(t.hits, j, e)
	if t.touched && len(t.hits) > 1 && j <= t.at {
		t.at++
	}
	t.reveal()
}

// replace puts another row in the place of one, and points at it.
func (t *table) replace(old, by *entry) {
	t.all = slices.DeleteFunc(t.all, func(e *entry) bool { return e == old })
	t.hits = slices.DeleteFunc(t.hits, func(e *entry) bool { return e == old })
	t.at = min(t.at, max(len(t.hits)-1, 0))
	t.add(by)
	if j := slices.Index(t.hits, by); j >= 0 {
		t.at = j
		t.reveal()
	}
}

// pointed is the row pointed at; nil: there is none.
func (t *table) pointed() *entry {
	if t.at >= len(t.hits) {
		return nil
	}
	return t.hits[t.at]
}

func (t *table) typing() bool { return t.opened || len(t.filter.buf) > 0 }

// key moves or filters; false: it means nothing here.
func (t *table) key(k tea.KeyMsg) bool {
	switch name(k) {
	case "up", "ctrl+p":
		t.move(-1)
	case "down", "ctrl+n":
		t.move(+1)
	case "pgup":
		t.move(-t.h)
	case "pgdown":
		t.move(+t.h)
	case "home":
		t.move(-len(t.hits))
	case "end":
		t.move(+len(t.hits))
	default:
		if t.typing() {
			return t.edit(k)
		}
		return t.command(k)
	}
	return true
}

// command takes a letter while no text cursor shows.
func (t *table) command(k tea.KeyMsg) bool {
	switch name(k) {
	case "j":
		t.move(+1)
	case "k":
		t.move(-1)
	case "g":
		t.move(-len(t.hits))
	case "G":
		t.move(+len(t.hits))
	case "/":
		t.opened = true
	default:
		return false
	}
	return true
}

func (t *table) edit(k tea.KeyMsg) bool {
	changed, handled := t.filter.key(k)
	if changed {
		t.search()
	}
	return handled
}

// clear empties the filter; false: it was empty.
func (t *table) clear() bool {
	if !t.typing() {
		return false
	}
	t.filter.wipe()
	t.opened = false
	t.search()
	return true
}

func (t *table) search() {
	t.query = strings.ToLower(strings.TrimSpace(string(t.filter.buf)))
	t.hits, t.at, t.top, t.touched = t.hits[:0], 0, 0, false
	for _, e := range t.all {
		if strings.Contains(e.key, t.query) {
			t.hits = append(t.hits, e)
		}
	}
}

func (t *table) move(by int) {
	t.touched = true
	t.at = min(max(t.at+by, 0), max(len(t.hits)-1, 0))
	t.reveal()
}

func (t *table) reveal() {
	t.top = max(min(t.top, t.at, len(t.hits)-t.h), t.at-t.h+1, 0)
}

// setSize gives it its room, the line of headings not counted.
func (t *table) setSize(w, h int) {
	t.w, t.h = w, max(h, 1)
	t.reveal()
}

// column is one column: its heading, its width, and what stands in it.
type column struct {
	head  text.Text
	width int
	says  func(*entry) string
}

// columns are those that fit; the last one takes what is left.
func (t *table) columns() []column {
	says := func(e *entry) string { return t.in(e.row.Says) }
	age := func(e *entry) string { return t.in(e.age()) }
	project := func(e *entry) string { return e.row.Project }
	rest, state := t.w-2, t.markColumn()-1
	switch {
	case t.w < narrow:
		return []column{{width: 1}, {text.New("repository"), rest * 2 / 5, (*entry).name}, {text.New("finding"), 0, says}}
	case t.w < wide:
		return []column{
			{width: state}, {text.New("project"), rest / 5, project}, {text.New("repository"), rest / 4, (*entry).id},
			{text.New("finding"), 0, says},
		}
	default:
		return []column{
			{width: state}, {text.New("project"), rest / 6, project}, {text.New("repository"), rest / 5, (*entry).where},
			{text.New("upstream"), rest / 7, (*entry).upstream}, {text.New("token age"), 12, age}, {text.New("finding"), 0, says},
		}
	}
}

// wide is the width from which all columns fit.
const wide = 120

// view draws the headings and the rows on show.
func (t *table) view() []string {
	columns := t.columns()
	lines := []string{t.dim.Render("  " + t.line(columns, 2, func(c column) string { return t.in(c.head) }))}
	for i := t.top; i < min(t.top+t.h, len(t.hits)); i++ {
		lines = append(lines, t.row(columns, i))
	}
	return lines
}

// row draws one row: its state is a sign and, where there is room, a word.
func (t *table) row(columns []column, i int) string {
	e := t.hits[i]
	mark := t.mark(e.row.Level)
	state := t.marked(mark)
	if columns[0].width == 1 {
		state = mark.sign
	}
	pointer, from := "  ", 2+columns[0].width+1
	line := t.line(columns[1:], from, func(c column) string { return c.says(e) })
	if i == t.at {
		pointer, line = t.accent.Render(pad(t.glyph.pointer, 2)), t.strong.Render(line)
	}
	return pointer + pad(mark.style.Render(state), columns[0].width) + " " + line
}

// line lays cells out, beginning at a column of the screen.
func (t *table) line(columns []column, from int, cell func(column) string) string {
	line := ""
	for i, c := range columns {
		if i == len(columns)-1 {
			return line + t.cut(cell(c), t.w-from)
		}
		line += pad(t.cut(cell(c), c.width), c.width) + " "
		from += c.width + 1
	}
	return line
}

package tui

import (
	"context"
	"iter"
	"strings"
	"sync"
	"time"

	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// AuditOptions are what Audit needs.
type AuditOptions struct {
	Options
	// Rows are the repositories as they are found; what is under way ends with
	// its context. Progress tells how far that is, from any goroutine.
	Rows     func(ctx context.Context) iter.Seq2[doctor.AuditRow, error]
	Progress func() doctor.AuditProgress
	// Doctor makes a machine that looks into one row.
	Doctor func(doctor.AuditRow) *engine.Machine
}

// Audit shows the repositories in a table as they are found, and opens doctor
// on any of them. It returns the rows, as doctor last left them, when the
// person leaves or the context ends; an error means that the terminal was lost
// or a defect was hit.
func Audit(ctx context.Context, o AuditOptions) ([]doctor.AuditRow, error) {
	reading, stop := context.WithCancel(ctx)
	a := newAudit(reading, o)
	err := play(ctx, o.Options, func(out outside) tea.Model { a.outside = out; return a })
	stop()
	a.end()
	rows := make([]doctor.AuditRow, len(a.table.all))
	for i, e := range a.table.all {
		rows[i] = e.row
	}
	return rows, err
}

// audit is the model of an audit: the table and, on top of it, the flow that
// looks into one row.
type audit struct {
	theme
	outside
	options AuditOptions
	source  *source
	later   func() tea.Cmd // the next tick
	table   table
	width   int
	height  int
	reading bool
	problem *engine.Problem // what ended the reading early
	said    text.Text       // an answer to the last key
	frame   int             // of the spinner
	inner   *Model          // doctor; nil: the table is on show
	opened  *entry          // the row that doctor looks into
}

// rowMsg is what the source has yielded; auditTickMsg moves the bar on.
type rowMsg struct {
	row  doctor.AuditRow
	err  error
	more bool
}

type auditTickMsg struct{}

// source reads rows one after the other.
type source struct {
	mu   sync.Mutex // held while a row is under way
	next func() (doctor.AuditRow, error, bool)
	stop func()
}

func newAudit(ctx context.Context, o AuditOptions) *audit {
	if o.Title == "" {
		o.Title = "upstreamauth"
	}
	next, stop := iter.Pull2(o.Rows(ctx))
	a := &audit{theme: newTheme(o.Out, o.Language), options: o, source: &source{next: next, stop: stop}, reading: true,
		later: func() tea.Cmd { return tea.Tick(tickEvery, func(time.Time) tea.Msg { return auditTickMsg{} }) }}
	a.table.theme = a.theme
	return a
}

// end waits for the row under way, whose context is over, and lets doctor
// finish what it is writing.
func (a *audit) end() {
	a.close()
	a.source.mu.Lock()
	defer a.source.mu.Unlock()
	a.source.stop()
}

// read reads the next row.
func (a *audit) read() tea.Cmd {
	s := a.source
	return func() tea.Msg {
		s.mu.Lock()
		defer s.mu.Unlock()
		row, err, more := s.next()
		return rowMsg{row, err, more}
	}
}

// Init begins to read.
func (a *audit) Init() tea.Cmd { return tea.Batch(a.read(), a.later(), a.outside.watch()) }

// Update takes a message. Rows come in while doctor is open, too.
func (a *audit) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case endMsg:
		return a, tea.Quit
	case rowMsg:
		return a, a.take(msg)
	case stopMsg:
		return a, tea.Batch(a.suspend(), a.watchStops())
	case auditTickMsg:
		a.frame++
		if a.reading {
			return a, a.later()
		}
		return a, nil
	case tea.WindowSizeMsg:
		a.width, a.height = msg.Width, msg.Height
		a.resize()
	case taskMsg:
		if a.inner == nil || !a.inner.has(msg) {
			return a, nil // of a doctor that was left
		}
	case tea.KeyMsg:
		if name(msg) == "ctrl+z" {
			return a, a.suspend()
		}
	}
	if a.inner != nil {
		_, cmd := a.inner.Update(msg)
		if a.inner.left {
			a.close()
		}
		return a, cmd
	}
	if k, ok := msg.(tea.KeyMsg); ok {
		return a, a.key(k)
	}
	return a, nil
}

// take puts a row in its place and asks for the next one.
func (a *audit) take(msg rowMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		a.problem = engine.Explain(msg.err)
	case msg.more:
		a.table.add(a.table.entry(msg.row))
	}
	if a.reading = msg.more && msg.err == nil; !a.reading {
		a.resize()
		return nil
	}
	return a.read()
}

// key moves, filters, opens a row or leaves.
func (a *audit) key(k tea.KeyMsg) tea.Cmd {
	a.said = text.Text{}
	switch name(k) {
	case "ctrl+c":
		return tea.Quit
	case "esc":
		if !a.table.clear() {
			return tea.Quit
		}
	case "enter":
		return a.open()
	default:
		a.table.key(k)
	}
	return nil
}

// open looks into the row pointed at.
func (a *audit) open() tea.Cmd {
	e := a.table.pointed()
	switch {
	case e == nil:
		return nil
	case e.row.Problem != nil:
		a.said = text.New("Project %q can't be checked: %s", e.row.Project, e.row.Problem)
		return nil
	}
	a.opened = e
	a.inner = New(a.options.Doctor(e.row), a.options.Options)
	a.inner.theme, a.inner.within = a.theme, true
	a.inner.width, a.inner.height = a.width, a.height
	return a.inner.Init()
}

// close leaves doctor, and takes what it has found out over into the table.
func (a *audit) close() {
	if a.inner == nil {
		return
	}
	a.inner.end()
	report := a.inner.machine.Report()
	a.inner.machine.Close()
	a.inner = nil
	if report.Chain {
		row := a.opened.row
		row.Judge(report.Checks)
		a.table.replace(a.opened, a.table.entry(row))
	}
	a.resize()
}

// size is the window's, or a usual one while it is not known.
func (a *audit) size() (w, h int) {
	if a.width <= 0 || a.height <= 0 {
		return 80, 24
	}
	return a.width, a.height
}

// margin is the space at the left of a window that has some to spare.
func (a *audit) margin() int {
	if w, _ := a.size(); w >= 50 {
		return 1
	}
	return 0
}

func (a *audit) resize() {
	w, h := a.size()
	w -= 2 * a.margin()
	a.table.setSize(w, h-len(a.head(w))-len(a.foot(w))-1)
}

// head is everything above the table.
func (a *audit) head(w int) []string {
	_, h := a.size()
	count := a.in(text.New("%d of %d", len(a.table.hits), len(a.table.all)))
	if where := a.in(a.options.where()); where != "" {
		count = where + " " + a.glyph.dot + " " + count
	}
	left := a.cut(a.options.Title+" "+a.glyph.dot+" "+a.in(text.New("Audit")), w-lipgloss.Width(count)-1)
	lines := []string{apart(a.accent.Render(left), a.dim.Render(count), w), a.progress(w)}
	if h >= 16 {
		lines = append(lines, a.dim.Render(strings.Repeat(a.glyph.rule, w)))
	}
	if a.problem != nil {
		lines = append(lines, a.theme.problem(a.problem, w)...)
	}
	return lines[:min(len(lines), max(h/2, 1))]
}

// progress is how far it is, in a bar and in numbers.
func (a *audit) progress(w int) string {
	p := a.options.Progress()
	sign := a.spin()
	switch {
	case a.problem != nil:
		sign = a.glyph.block
	case !a.reading:
		sign = a.glyph.ok
	}
	numbers := a.in(a.numbers(p, w))
	room := min(w-lipgloss.Width(numbers)-4, 30)
	if room < 5 || !a.reading {
		return a.cut(sign+" "+numbers, w)
	}
	return sign + " " + a.bar(room, p.Done, p.Projects) + "  " + numbers
}

// numbers are how much was checked, and how much of it has a problem.
func (a *audit) numbers(p doctor.AuditProgress, w int) text.Text {
	problems := text.Plural(p.Broken, "%d with a problem", "%d with a problem")
	switch {
	case w < narrow && !a.reading:
		return text.New("%d repos, %s", p.Repositories, problems)
	case w < narrow:
		return text.New("%d/%d projects, %d repos, %s", p.Done, p.Projects, p.Repositories, problems)
	}
	repositories := text.Plural(p.Repositories, "%d repository", "%d repositories")
	projects := text.Plural(p.Projects, "%d project", "%d projects")
	if a.reading {
		projects = text.Plural(p.Projects, "%[2]d of %[1]d project", "%[2]d of %[1]d projects", p.Done)
	}
	return text.New("%s %s %s %s %s", projects, a.glyph.dot, repositories, a.glyph.dot, problems)
}

func (a *audit) spin() string { return a.glyph.spinner[a.frame%len(a.glyph.spinner)] }

// foot is everything below the table: all of the row pointed at, or the
// filter, and the keys.
func (a *audit) foot(w int) []string {
	status := a.said
	if e := a.table.pointed(); status.Empty() && e != nil {
		status = e.row.Says
		switch {
		case status.Empty():
			status = text.Verbatim(e.full())
		case w >= narrow:
			status = text.New("%s: %s", e.full(), status)
		}
	}
	line := a.cut(a.in(status), w)
	back, filter := hint{"esc", text.New("leave")}, hint{"/", text.New("filter")}
	keys := []hint{{"enter", text.New("diagnose")}, back, moveKey, filter, pageKey, quitKey}
	if a.table.typing() {
		line = a.accent.Render("/") + " " + a.typed(a.table.filter.buf, a.table.filter.at, w-2)
		back.does = text.New("clear the filter")
		keys = []hint{{"enter", text.New("diagnose")}, back, moveKey, pageKey, quitKey}
	}
	return []string{line, a.keyLine(keys, w)}
}

// nothing is said where the table has no rows.
func (a *audit) nothing() text.Text {
	switch {
	case len(a.table.all) > 0:
		return text.New("Nothing matches; esc clears the filter")
	case a.reading:
		return text.New("Nothing found yet")
	case a.problem != nil:
		return text.Text{}
	default:
		return text.New("No remote repositories found")
	}
}

// View draws the table, or doctor. It is never taller than the window.
func (a *audit) View() string {
	if a.inner != nil {
		return a.inner.View()
	}
	w, h := a.size()
	w -= 2 * a.margin()
	lines, foot := a.head(w), a.foot(w)
	lines = append(lines, a.table.view()...)
	if len(a.table.hits) == 0 {
		lines = append(lines, a.dim.Render(a.cut("  "+a.in(a.nothing()), w)))
	}
	for len(lines) < h-len(foot) {
		lines = append(lines, "")
	}
	lines = append(lines[:max(h-len(foot), 0)], foot...)
	for i, l := range lines {
		lines[i] = strings.TrimRight(strings.Repeat(" ", a.margin())+l, " ")
	}
	return drawn.Replace(strings.Join(lines[:min(len(lines), h)], "\n"))
}

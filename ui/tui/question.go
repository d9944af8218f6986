package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/flows/check"
)

// question is the screen of one step: why it is asked, the field, and what was
// noticed about the answer.
type question struct {
	m     *Model
	step  engine.Step
	field field // nil until it can be answered
	w, h  int
	// looked is the answer that was looked at last, looks how many were.
	looked engine.Answer
	looks  int
	taken  bool // the answer was submitted
	// choosing is set while a person says which of several corrections is meant.
	choosing bool
}

func newQuestion(m *Model) *question {
	q := &question{m: m, step: m.machine.Step()}
	p, ready, complete := m.machine.Prompt()
	if !ready {
		return q
	}
	before := m.machine.Previous()
	start := before.Text
	if start == "" {
		start = p.Proposal
	}
	switch {
	case q.nothing():
	case p.Kind == engine.Token:
		q.field = newTokenField(m.theme, !before.Secret.Empty(), &m.retired)
	case p.Kind == engine.Type:
		q.field = newTextField(m.theme, p.Noun, start)
	default:
		list := newPicker(m.theme, p, start)
		list.feed(p, complete)
		q.field = list
	}
	return q
}

// nothing reports whether there is nothing to choose and nothing to type, so
// that all there is to show is why.
func (q *question) nothing() bool {
	p, ready, complete := q.m.machine.Prompt()
	return ready && complete && p.Kind == engine.Pick && len(p.Options) == 0 && !p.Free &&
		(p.Empty != nil || q.m.machine.Problem() != nil)
}

// refresh takes what has come in, and has the answer on show looked at.
func (q *question) refresh() tea.Cmd {
	if q.nothing() {
		q.field = nil
	}
	if q.field == nil {
		return nil
	}
	p, _, complete := q.m.machine.Prompt()
	if list, ok := q.field.(*picker); ok {
		list.feed(p, complete)
		if list.waits() {
			return nil
		}
	}
	a, off := q.field.answer()
	if !off.Empty() {
		a = engine.Answer{}
	}
	if q.looks == 0 && a.Text == "" && a.Secret.Empty() {
		return nil // looking at nothing would forget why nothing could be read
	}
	if q.looks > 0 && a.Text == q.looked.Text && a.Secret.Equal(q.looked.Secret) {
		return nil // what was said about it stays
	}
	if t, ok := q.field.(*tokenField); ok && t.kept && a.Secret.Empty() {
		return nil
	}
	q.looked = a
	q.looks++
	return q.m.start(q.m.machine.Look(a))
}

func (q *question) Title() text.Text { return q.step.Title }

// typing reports whether letters are text now: a text cursor shows.
func (q *question) typing() bool { return q.field != nil }

// Leave overwrites what was typed.
func (q *question) Leave() {
	if q.field != nil {
		q.field.leave(q.taken)
	}
}

// Key answers, corrects, goes back, or edits.
func (q *question) Key(k tea.KeyMsg) tea.Cmd {
	_, submitted := q.m.machine.Checking()
	typing := q.typing()
	if q.choosing {
		return q.choose(name(k))
	}
	switch key := name(k); {
	case key == "esc":
		return q.escape()
	case key == "enter":
		return q.submit()
	case key == "?" && !typing:
		q.m.toggleDetails()
	case (key == "f5" || key == "r" && !typing) && q.stuck():
		return q.m.start(q.m.machine.Retry())
	case q.field == nil || submitted:
	case key == "ctrl+f" && len(q.offers()) > 0:
		if offers := q.offers(); len(offers) == 1 {
			return q.fix(offers[0].Use)
		}
		q.choosing = true
	default:
		if changed, _ := q.field.key(k); changed {
			q.taken = false
		}
	}
	return nil
}

func (q *question) escape() tea.Cmd {
	if list, ok := q.field.(*picker); ok && list.clear() {
		return nil
	}
	q.taken = false
	return q.m.back()
}

// submit answers the question with what is typed or highlighted.
func (q *question) submit() tea.Cmd {
	var a engine.Answer
	if q.field == nil && q.stuck() {
		return q.m.start(q.m.machine.Retry())
	}
	if q.field != nil {
		var off text.Text
		switch a, off = q.field.answer(); {
		case !off.Empty() && q.m.machine.Confirming(): // of an answer from a flag, whose row is still to come
			a = q.m.machine.Looking()
		case !off.Empty():
			q.m.said = text.New("Can't be chosen: %s", off)
			return nil
		}
	}
	jobs, err := q.m.machine.Submit(a)
	switch {
	case err == nil:
		q.taken = true
	case errors.Is(err, engine.ErrNotReady):
		if q.m.said = text.New("Still reading"); q.field != nil {
			q.m.said = text.New("Still checking")
		}
	case errors.Is(err, engine.ErrConfirm): // the status says so while it is so
	case errors.Is(err, engine.ErrBlocked):
		q.m.said = text.New("This answer can't be used; see the problem")
	default: // the finding under the field says why
	}
	return q.m.start(jobs)
}

// maxOffers is how many corrections can be told apart by one key.
const maxOffers = 9

// offers are the corrections of the first finding that has some.
func (q *question) offers() []check.Choice {
	for _, f := range q.m.machine.Findings() {
		if offers := f.Remedy.Offers(); len(offers) > 0 {
			return offers[:min(len(offers), maxOffers)]
		}
	}
	return nil
}

// choose takes the key that says which correction is meant; any but a number
// leaves things as they are.
func (q *question) choose(key string) tea.Cmd {
	q.choosing = false
	offers := q.offers()
	if n, err := strconv.Atoi(key); err == nil && n >= 1 && n <= len(offers) {
		return q.fix(offers[n-1].Use)
	}
	return nil
}

func (q *question) fix(c check.Correction) tea.Cmd {
	q.field.correct(c)
	q.looks++
	return q.m.start(q.m.machine.Correct(c))
}

// stuck reports whether something can be tried again.
func (q *question) stuck() bool {
	checking, _ := q.m.machine.Checking()
	blocked := q.step.Ask == nil && check.Worst(q.m.machine.Findings()) == check.Block
	return !checking && (q.m.machine.Problem() != nil || blocked)
}

// Keys are those that work now.
func (q *question) Keys() []hint {
	var keys []hint
	typing := q.typing()
	switch {
	case q.m.machine.Confirming():
		keys = append(keys, hint{"enter", text.New("continue")})
	case q.field != nil && q.m.machine.Problem() != nil:
		keys = append(keys, hint{"enter", text.New("try again")})
	case q.field != nil && q.m.machine.Problem() == nil && q.choosable():
		keys = append(keys, hint{"enter", text.New("next")})
	}
	switch {
	case q.stuck() && !typing:
		keys = append(keys, hint{"r", text.New("try again")})
	case q.stuck() && q.m.machine.Looking().Text == "":
		keys = []hint{{"f5", text.New("try again")}}
	}
	if offers := q.offers(); q.choosing {
		return []hint{{fmt.Sprintf("1-%d", len(offers)), text.New("choose")}, {"esc", text.New("back")}}
	} else if len(offers) > 1 {
		keys = append(keys, hint{"ctrl+f", text.New("choose one")})
	} else if len(offers) == 1 {
		keys = append(keys, hint{"ctrl+f", text.New("fix")})
	}
	back := hint{"esc", text.New("back")}
	if list, ok := q.field.(*picker); ok && list.filtered() {
		back.does = text.New("clear the filter")
	} else if !q.m.machine.CanBack() {
		back.does = text.New("leave")
	}
	keys = append(keys, back, helpKey)
	if q.field != nil {
		keys = append(keys, q.field.keys()...)
	}
	return append(keys, quitKey)
}

// choosable reports whether what is highlighted can be chosen.
func (q *question) choosable() bool {
	list, ok := q.field.(*picker)
	if !ok {
		return true
	}
	_, off := list.answer()
	return off.Empty()
}

// Status says what goes on, and what enter would do that it does not always.
func (q *question) Status() text.Text {
	if q.choosing {
		return text.New("%s Which one is it?", q.m.glyph.then)
	}
	if q.m.machine.Confirming() {
		return text.New("%s Press enter again to continue with this warning", q.m.glyph.warning)
	}
	return q.m.waits()
}

// SetSize shares the room between the field and the rest.
func (q *question) SetSize(w, h int) {
	q.w, q.h = w, h
	if q.field != nil {
		q.field.SetSize(w, q.fieldHeight())
	}
}

func (q *question) fieldHeight() int {
	least, most := q.field.rows()
	least = min(most, max(least, q.h/3))
	if !q.roomy() {
		least = min(most, max(least, (q.h+1)/2))
	}
	below := len(q.below())
	used := len(q.intro()) + below
	if below > 0 && q.roomy() {
		used++
	}
	return min(max(least, min(most, q.h-used)), q.h)
}

// roomy reports whether empty lines may set things apart.
func (q *question) roomy() bool { return q.h >= 12 }

// intro is what stands above the field. What does not fit is left to the
// details: the field and what was noticed come first.
func (q *question) intro() []string {
	t := q.m.theme
	spare := q.h - max(min(6, q.h/2), min(len(q.below())+1, q.h*2/3))
	if q.field != nil {
		least, _ := q.field.rows()
		spare -= least
	}
	p, _, complete := q.m.machine.Prompt()
	fits := func(lines []string) []string {
		if len(lines) > spare {
			return nil
		}
		spare -= len(lines)
		return lines
	}
	var empty, demo, help []string
	if complete && len(p.Options) == 0 && p.Empty != nil {
		empty = t.problem(p.Empty, q.w)
		spare = max(spare, len(empty)+1)
		if empty = fits(empty); q.roomy() {
			empty = append(fits([]string{""}), empty...)
		}
	}
	if p.Kind != engine.Pick {
		demo = q.demo(fits)
	}
	why := fits(styled(t.dim, wrap(t.in(q.step.Why), q.w)))
	for _, line := range p.Help {
		help = append(help, fits(wrap(t.in(line), q.w))...)
	}
	lines := slices.Concat(why, help, demo, empty)
	if len(lines) > 0 && q.roomy() {
		lines = append(lines, "")
	}
	return lines
}

// demo is what can be typed in a demonstration, as far as it fits.
func (q *question) demo(fits func([]string) []string) []string {
	t := q.m.theme
	line := q.m.options.Demo.credential(q.m.machine)
	if line == "" {
		return nil
	}
	says := text.New("%s %s", t.glyph.note, line)
	if q.w >= narrow {
		says = text.New("%s Demo: %s", t.glyph.note, line)
	}
	return fits(styled(t.note, wrap(t.in(says), q.w)))
}

// below is what stands under the field: what was noticed, and what went wrong.
func (q *question) below() []string {
	t := q.m.theme
	p, _, _ := q.m.machine.Prompt()
	var lines []string
	problem := q.m.machine.Problem()
	if problem != nil {
		lines = t.problem(problem, q.w)
	}
	var noticed []check.Finding
	for _, f := range q.m.machine.Findings() {
		if problem == nil || !f.Says.Equal(problem.Title) {
			noticed = append(noticed, p.Unsaid(f))
		}
	}
	return append(lines, t.findings(append(noticed, p.Notes...), q.w)...)
}

// View draws it all; findings that do not fit are pointed to.
func (q *question) View() []string {
	lines := q.intro()
	if q.field != nil {
		lines = append(lines, q.field.view()...)
	}
	below := q.below()
	if len(below) == 0 {
		return lines
	}
	if q.roomy() && q.field != nil {
		lines = append(lines, "")
	}
	room := max(q.h-len(lines), 0)
	if len(below) > room && room > 0 {
		hidden := len(below) - room + 1
		below = append(below[:room-1:room-1], q.m.dim.Render(q.m.cut(q.m.in(text.Plural(hidden, "%d more line: f1", "%d more lines: f1")), q.w)))
	}
	return append(lines, below...)
}

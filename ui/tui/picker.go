package tui

import (
	"slices"
	"strings"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/flows/check"
)

// picker is a list to choose from. It filters as one types, takes options as
// they arrive, and draws the rows that are seen and no others, so that it
// stays quick with a hundred thousand of them.
type picker struct {
	theme
	width, height int // height is that of the rows

	options []engine.Option
	folded  []string  // what each option is found by, in lower case
	hits    []int     // the options that match
	free    bool      // text that is no option can be chosen
	noun    text.Text // what such a text is
	empty   *engine.Problem
	more    bool // options are still arriving
	sorted  bool // the options are in their last order

	filter   editor
	query    string // what hits match
	exact    bool   // an option's value is just what was typed
	row, top int    // the highlighted row, the first one drawn
	want     string // what to highlight once it arrives
	touched  bool   // the person has moved or typed
}

func newPicker(t theme, p engine.Prompt, want string) *picker {
	return &picker{theme: t, free: p.Free, noun: p.Noun, want: want, more: true, height: 1}
}

// feed takes the options so far, of which only the new ones are looked at.
func (p *picker) feed(prompt engine.Prompt, complete bool) {
	if len(p.options) == len(prompt.Options) && p.more == !complete && p.empty == prompt.Empty && p.sorted == prompt.Sorted {
		return
	}
	if p.sorted != prompt.Sorted {
		p.reorder(prompt.Options)
	}
	p.empty, p.more = prompt.Empty, !complete
	p.free = p.free || prompt.Free
	if p.noun.Empty() {
		p.noun = prompt.Noun
	}
	onText := p.offersText() && p.row == len(p.hits)
	p.append(prompt.Options)
	switch {
	case onText:
		p.row = len(p.hits)
		if p.exact { // it has turned out to be an option
			p.search()
		}
	case !p.touched:
		p.settle(complete)
	}
}

// append takes the options that are new.
func (p *picker) append(options []engine.Option) {
	first := len(p.options)
	p.options = options
	for i, o := range p.options[first:] {
		key := strings.ToLower(p.bare(o.Label) + "\x00" + o.Value + "\x00" + p.bare(o.Note))
		p.folded = append(p.folded, key)
		if strings.Contains(key, p.query) {
			p.hits = append(p.hits, first+i)
			p.exact = p.exact || o.Value == p.given()
		}
	}
}

// reorder begins anew with options in another order. What the person has
// moved to stays highlighted.
func (p *picker) reorder(options []engine.Option) {
	a, _ := p.answer()
	onText := p.offersText() && p.row == len(p.hits)
	p.options, p.folded, p.hits, p.query, p.sorted = nil, nil, nil, "", true
	p.append(options)
	p.search()
	switch row := slices.IndexFunc(p.hits, func(i int) bool { return p.options[i].Value == a.Text }); {
	case onText:
		p.row = len(p.hits)
	case p.touched && row >= 0:
		p.row = row
	}
	p.reveal()
}

// settle puts the highlight on what is wanted, or on the first option that
// can be chosen, while the person has not moved it.
func (p *picker) settle(complete bool) {
	for row, i := range p.hits {
		if p.want != "" && p.options[i].Value == p.want {
			p.row = row
			p.reveal()
			return
		}
	}
	if p.want != "" && complete && p.free {
		p.filter.set([]byte(p.want))
		p.search()
		return
	}
	p.row = p.firstUsable()
}

func (p *picker) firstUsable() int {
	for row, i := range p.hits {
		if p.options[i].Off.Empty() {
			return row
		}
	}
	return 0
}

// waits reports whether what is to be highlighted hasn't arrived yet.
func (p *picker) waits() bool {
	if p.touched || p.want == "" || !p.more {
		return false
	}
	a, _ := p.answer()
	return a.Text != p.want
}

func (p *picker) given() string { return strings.TrimSpace(string(p.filter.buf)) }

// search finds what matches the filter. A longer filter looks only among what
// matched the shorter one.
func (p *picker) search() {
	query := strings.ToLower(p.given())
	narrower := strings.HasPrefix(query, p.query)
	p.query, p.exact = query, false
	hits := p.hits[:0]
	best, rank := 0, 0
	keep := func(i int) {
		if !strings.Contains(p.folded[i], query) {
			return
		}
		r := 1
		switch o := p.options[i]; {
		case o.Value == p.given():
			r, p.exact = 4, true
		case !o.Off.Empty():
			r = 0
		case strings.HasPrefix(p.folded[i], query):
			r = 2
		}
		if r > rank {
			best, rank = len(hits), r
		}
		hits = append(hits, i)
	}
	if narrower {
		for _, i := range p.hits {
			keep(i)
		}
	} else {
		for i := range p.options {
			keep(i)
		}
	}
	p.hits, p.row, p.top = hits, best, 0
	p.reveal()
}

// count is the number of rows: the matches, and what was typed where that can
// be chosen.
func (p *picker) count() int {
	if p.offersText() {
		return len(p.hits) + 1
	}
	return len(p.hits)
}

func (p *picker) offersText() bool { return p.free && !p.exact && p.given() != "" }

func (p *picker) key(k tea.KeyMsg) (changed, handled bool) {
	switch name(k) {
	case "up", "ctrl+p":
		return p.move(-1), true
	case "down", "ctrl+n":
		return p.move(+1), true
	case "pgup":
		return p.move(-p.height), true
	case "pgdown":
		return p.move(+p.height), true
	case "home":
		return p.move(-p.count()), true
	case "end":
		return p.move(+p.count()), true
	case " ":
		if !p.filtered() {
			return false, true
		}
	}
	if k.Paste {
		k.Runes = []rune(strings.TrimSpace(string(k.Runes)))
	}
	changed, handled = p.filter.key(k)
	if changed {
		p.touched = true
		p.search()
	}
	return changed, handled
}

// clear empties the filter; false: it was empty.
func (p *picker) clear() bool {
	if !p.filtered() {
		return false
	}
	p.filter.wipe()
	p.search()
	return true
}

func (p *picker) move(by int) bool {
	row := min(max(p.row+by, 0), max(p.count()-1, 0))
	moved := row != p.row
	p.touched = p.touched || moved
	p.row = row
	p.reveal()
	return moved
}

// reveal scrolls so that the highlighted row is seen.
func (p *picker) reveal() {
	p.top = min(p.top, p.row)
	if p.row < p.count() {
		p.top = max(p.top, p.row+len(p.draw(p.row))-p.height)
	}
	p.top = min(p.top, p.row)
}

func (p *picker) answer() (engine.Answer, text.Text) {
	switch {
	case p.row < len(p.hits):
		o := p.options[p.hits[p.row]]
		return engine.Answer{Text: o.Value}, o.Off
	case p.offersText():
		return engine.Answer{Text: p.given()}, text.Text{}
	default:
		return engine.Answer{}, text.New("nothing is selected")
	}
}

func (p *picker) correct(check.Correction) {}
func (p *picker) filtered() bool           { return len(p.filter.buf) > 0 }
func (p *picker) leave(bool)               {}

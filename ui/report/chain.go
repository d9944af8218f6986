package report

import (
	"github.com/charmbracelet/x/ansi"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// markColumn is how wide a sign and its word are at most, in cells.
const markColumn = 13

// cause writes why the broken link is broken, and what fixes it, right under the
// headline.
func (t *page) cause(r engine.Report) {
	if r.Status != engine.StatusBroken {
		return
	}
	f := broken(r)
	if !f.Why.Empty() {
		t.told[t.style.in(f.Why)] = true
		t.say(2, text.New("why: %s", f.Why))
	}
	if f.Remedy.Empty() {
		return
	}
	if said := f.Remedy.Sentence(); !said.Empty() {
		t.say(2, text.New("fix: %s", said))
	}
	t.once(4, f.Remedy.Command)
}

// links lists every link, the healthy ones too: that they were checked is what a
// person wants to know. A reason and a command stand on the page once; where a
// link is broken, what merely wasn't checked has no remedy beside it.
func (t *page) links(r engine.Report) {
	t.line("")
	titles := map[string]string{}
	width := 0
	for _, f := range r.Checks {
		titles[f.ID] = t.style.in(doctor.LinkTitle(f.ID))
		width = max(width, ansi.StringWidth(titles[f.ID]))
	}
	for _, f := range r.Checks {
		says := f.Says
		if f.Code == check.CausedBy && f.Level == check.Unknown {
			says, f.Why = f.Why, text.Text{}
		}
		t.line("  %s %s  %s", pad(t.style.MarkOf(f), markColumn), pad(titles[f.ID], width), t.style.in(says))
		if f.Level == check.OK || f.ID == r.Broken || f.Code == check.NotNeeded {
			continue
		}
		t.once(4, t.style.in(f.Why))
		brief := r.Status == engine.StatusBroken && f.Level != check.Block && f.Level != check.Warning
		switch {
		case f.Remedy == nil, brief, t.told[f.Remedy.Command]:
			continue
		case f.Code == check.CausedBy:
			t.say(4, f.Remedy.Sentence())
			continue
		}
		t.once(4, t.style.hint(f.Remedy)...)
	}
}

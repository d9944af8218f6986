package report

import (
	"fmt"
	"io"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// Stopping is said when a run that is writing is asked to end.
var Stopping = text.New("Finishing the current step; nothing else will start")

// Progress writes a line for each step forward of a plan that is being
// applied. It never rewrites a line, so that it suits logs and screen readers.
type Progress struct {
	W     io.Writer
	Style Style

	told map[int]string
}

// Tell writes what has changed since the last time.
func (p *Progress) Tell(plan *engine.Plan) {
	if p.told == nil {
		p.told = map[int]string{}
	}
	for i, a := range plan.Actions {
		line := Action(a, p.Style)
		if a.State == engine.Planned || p.told[i] == line {
			continue
		}
		p.told[i] = line
		_, _ = fmt.Fprintln(p.W, "  "+line)
	}
}

// states are the signs and words of an action's states.
var states = map[engine.State]mark{
	engine.Done:    {"✓", "+", text.New("done")},
	engine.Already: {"=", "=", text.New("already")},
	engine.Failed:  {"✗", "x", text.New("failed")},
	engine.Skipped: skipped,
	engine.Planned: {"○", "o", text.New("planned")},
	engine.Running: {"…", ">", text.New("running")},
}

// stateColumn is how wide an action's sign and state are at most, in cells.
const stateColumn = 10

// Action is one action in one line: a sign, its state, what it does, how it
// ended.
func Action(a engine.Action, s Style) string {
	says := a.Says
	if !a.Note.Empty() {
		says = text.New("%s (%s)", says, a.Note)
	}
	return pad(s.show(states[a.State]), stateColumn) + " " + s.in(says)
}

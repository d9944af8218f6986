package report

import (
	"fmt"
	"io"

	"example.com/upstreamauth/flows/engine"
)

// Stopping is said when a run that is writing is asked to end.
const Stopping = "finishing the action under way, no further"

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

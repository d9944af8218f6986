// Package headless runs a flow without asking anybody anything: answers come
// from flags, from the environment and configuration, from a step's default,
// or are the only candidate.
package headless

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/report"
)

// Run is one run of a machine.
type Run struct {
	Machine *engine.Machine
	// Given are the answers that the machine was made with.
	Given map[string]engine.Answer
	// Late are answers that cost something to read, such as a token on
	// standard input: they are read when their question comes.
	Late map[string]func(context.Context) (engine.Answer, error)
	// Yes approves changes.
	Yes bool
	// Progress, if set, receives a line for each step forward.
	Progress io.Writer
	Style    report.Style
}

// Missing is the error of a run that has a question and nobody to ask.
type Missing struct {
	// Flags are the names of the flags that would answer, with dashes.
	Flags []string
	// Why is what kept the only candidate from being found; may be nil.
	Why *engine.Problem
}

// Error names all missing flags, in English.
func (m *Missing) Error() string { return m.Text().In(text.English) }

// Text names all missing flags.
func (m *Missing) Text() text.Text {
	if len(m.Flags) == 1 {
		return text.New("missing flag: %s", m.Flags[0])
	}
	return text.New("missing flags: %s", strings.Join(m.Flags, " "))
}

// Do runs the machine to its end and reports how it went. The error is
// *Missing, with nothing written, where an answer or an approval is missing,
// or that of an answer in Late.
func (r *Run) Do(ctx context.Context) (engine.Report, error) {
	m := r.Machine
	m.AcceptWarnings = true // they are listed, and nothing is written without Yes
	m.TakeDefaults()
	d := engine.NewDriver(m)
	defer d.Close()
	progress := report.Progress{W: r.Progress, Style: r.Style}
	d.Tell = func() {
		if plan := m.Plan(); plan != nil && r.Progress != nil {
			progress.Tell(plan)
		}
	}
	d.Stopping = func() {
		if r.Progress != nil {
			_, _ = fmt.Fprintln(r.Progress, report.Stopping.In(r.Style.Language))
		}
	}
	jobs := m.Begin()
	for {
		d.Settle(ctx, jobs)
		switch {
		case ctx.Err() != nil || m.Done():
			return m.Report(), nil
		case m.Phase() == engine.Asking:
			next, err := r.answer(ctx)
			if next == nil || err != nil {
				return m.Report(), err
			}
			jobs = next
		case m.Phase() != engine.Reviewing || m.Plan().Blocked != nil:
			return m.Report(), nil
		case m.Plan().Writes() && !r.Yes && !m.DryRun:
			return m.Report(), &Missing{Flags: []string{"--yes"}}
		default:
			jobs = m.Approve()
		}
	}
}

// answer submits what answers the open question without a person. No jobs and
// no error mean that something stands in the way, which the report says.
func (r *Run) answer(ctx context.Context) ([]engine.Job, error) {
	m := r.Machine
	p, ready, _ := m.Prompt()
	step := m.Step()
	if _, given := r.Given[step.ID]; given || !ready || m.Looking().From == engine.Default {
		return nil, nil // the report says what is wrong with the answer
	}
	a, ok := only(p)
	if late := r.Late[step.ID]; late != nil {
		var err error
		if a, err = late(ctx); err != nil {
			return nil, err
		}
	} else if !ok && step.Settles && m.Problem() != nil {
		return nil, nil // whether an answer is needed could not be found out
	} else if !ok {
		return nil, r.missing(step, reason(m, p))
	}
	jobs, err := m.Submit(a)
	if errors.Is(err, engine.ErrBlocked) || errors.Is(err, engine.ErrConfirm) {
		err = nil
	}
	return jobs, err
}

// only is the answer that needs no person because there is no other. A
// proposal, and something yet to be created, are none.
func only(p engine.Prompt) (engine.Answer, bool) {
	if p.Kind != engine.Pick {
		return engine.Answer{}, false
	}
	var candidates []engine.Option
	for _, o := range p.Options {
		if o.Off.Empty() {
			candidates = append(candidates, o)
		}
	}
	if len(candidates) != 1 || candidates[0].New {
		return engine.Answer{}, false
	}
	return engine.Answer{Text: candidates[0].Value, From: engine.Only}, true
}

// missing names the open question's flag and all that would be missing after it.
func (r *Run) missing(open engine.Step, why *engine.Problem) *Missing {
	flags := Flags(r.Machine.Flow(), r.Machine.Draft(), r.answered, r.Yes || r.Machine.DryRun)
	if name := "--" + open.Flag; open.Flag != "" && !slices.Contains(flags, name) {
		flags = append([]string{name}, flags...)
	}
	return &Missing{Flags: flags, Why: why}
}

// answered reports whether a step has an answer.
func (r *Run) answered(step string) bool {
	_, given := r.Given[step]
	return given || r.Late[step] != nil
}

func reason(m *engine.Machine, p engine.Prompt) *engine.Problem {
	if problem := m.Problem(); problem != nil {
		return problem
	}
	return p.Empty
}

// Flags names the flags of all questions of a flow that arise for a draft and
// have no answer, and --yes where nobody has approved changes.
func Flags(f *engine.Flow, d engine.Draft, answered func(step string) bool, consent bool) []string {
	var missing []string
	for _, s := range f.Steps {
		_, taken := d.From[s.ID]
		if answered(s.ID) || taken || s.Ask == nil || s.Flag == "" || s.Default != "" || s.Settles || (s.When != nil && !s.When(d)) {
			continue
		}
		missing = append(missing, "--"+s.Flag)
	}
	if f.Plan != nil && !consent {
		missing = append(missing, "--yes")
	}
	return missing
}

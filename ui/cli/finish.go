package cli

import (
	"context"
	"errors"
	"fmt"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/report"
)

// finish prints how the flow ended and sets the exit code.
func (r *flowRun) finish(ctx context.Context, result engine.Report) error {
	if errors.Is(context.Cause(ctx), errTimeout) && result.Interrupted {
		result.Interrupted = false
		result.Problem = timedOut()
		result.Problem.Detail = text.Verbatim(result.At)
	}
	if r.transient {
		result.Receipt = ""
	}
	if result.Chain { // one check a link, and no others
		for _, line := range r.besides(result) {
			_, _ = fmt.Fprintln(r.Err, line)
		}
	} else {
		result.Checks = append(r.notes, result.Checks...)
	}
	result.Emulator = r.flags.connection.Emulator
	r.code = exitCode(result)
	var unkept error
	if r.flags.bundle != "" {
		unkept = r.writeBundle(result)
	}
	var err error
	switch {
	case r.code == ExitInterrupted:
		_, _ = fmt.Fprintln(r.Err, interrupted)
	case r.flags.output == "json":
		if isTerminal(r.Err) {
			r.problem(result.Problem)
		}
		err = report.JSON(r.Out, result)
	default:
		err = report.Text(r.Out, result, style())
		r.problem(result.Problem)
	}
	r.delivered(result, "The report", "standard output", err)
	r.delivered(result, "The support bundle", r.flags.bundle, unkept)
	return nil
}

// delivered tells of a result that could not be written. The exit code of a
// run that changed nothing would not be true of one that did.
func (r *flowRun) delivered(result engine.Report, what, where string, err error) {
	if err == nil {
		return
	}
	p := &engine.Problem{Title: text.New("%s could not be written to %s", what, where), Detail: text.Verbatim(plain(err)),
		Hints: []check.Hint{{Says: text.New("run the same command again: it changes nothing that is as it should be, and reports")}}}
	switch {
	case result.Changed:
		p.Detail = text.Also(p.Detail, text.New("what was changed is in the receipt %s", result.Receipt))
		r.code = ExitPartial
	case r.code == ExitDone:
		r.code = ExitFailed
	}
	r.problem(p)
}

// failed reports a problem that ended the run before anything was done; any
// other error is the command line's.
func (r *flowRun) failed(ctx context.Context, err error) error {
	p, ok := errors.AsType[*engine.Problem](err)
	if !ok {
		return err
	}
	return r.finish(ctx, engine.Report{Flow: r.flow.ID, Status: engine.StatusFailed, Problem: p})
}

// besides is what is to be said with a chain of links and is none of them.
func (r *flowRun) besides(result engine.Report) []string {
	var lines []string
	for _, n := range r.notes {
		lines = append(lines, report.Finding(n)...)
	}
	if r.flags.options.Fix && result.Status == engine.StatusBroken && len(result.Actions) == 0 {
		lines = append(lines, "note: nothing of this can be mended from here, nothing has been changed: see the hints")
	}
	return lines
}

func timedOut() *engine.Problem {
	return &engine.Problem{Title: text.New("The time given by --timeout is over"), Kind: cloud.TimedOut,
		Hints: []check.Hint{{Says: text.New("give more time with --timeout, and run the same command again: it finishes the rest")}}}
}

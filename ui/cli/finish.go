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
		result.Problem.Detail = result.At
	}
	if r.transient {
		result.Receipt = ""
	}
	if result.Chain { // one check a link, and no others
		for _, f := range r.besides(result) {
			for _, line := range report.Finding(f, r.style()) {
				_, _ = fmt.Fprintln(r.Err, line)
			}
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
		r.interrupted()
	case r.flags.output == "json":
		if isTerminal(r.Err) {
			r.problem(result.Problem)
		}
		err = report.JSON(r.Out, result, r.outputLanguage(r.flags.output))
	default:
		err = report.Text(r.Out, result, r.style())
		r.problem(result.Problem)
	}
	r.delivered(result, text.New("The report couldn't be written to standard output"), err)
	r.delivered(result, text.New("The support bundle couldn't be written to %s", r.flags.bundle), unkept)
	return nil
}

// delivered reports a result that couldn't be written, and where the changes of
// the run are to be found then.
func (r *flowRun) delivered(result engine.Report, title text.Text, err error) {
	if err == nil {
		return
	}
	p := &engine.Problem{
		Title: title, Detail: plain(err),
		Hints: []check.Hint{{Says: text.New("run the same command again: it changes nothing that is right already, and reports again")}},
	}
	switch {
	case result.Changed:
		if result.Receipt != "" {
			p.Detail = text.Also(p.Detail, text.New("the changes are recorded in the receipt %s", result.Receipt))
		}
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

// besides are the notes on a chain of checks that are no checks themselves.
func (r *flowRun) besides(result engine.Report) []check.Finding {
	notes := r.notes
	if r.flags.options.Fix && result.Status == engine.StatusBroken && len(result.Actions) == 0 {
		notes = append(notes, check.Finding{ID: "fix", Level: check.Note,
			Says: text.New("--fix can't fix any of this, and nothing has changed: the hints say what to do")})
	}
	return notes
}

func timedOut() *engine.Problem {
	return &engine.Problem{
		Title: text.New("The run took longer than --timeout allows"), Kind: cloud.TimedOut,
		Hints: []check.Hint{{Says: text.New("give more time with --timeout, and run the same command again: it finishes the rest")}},
	}
}

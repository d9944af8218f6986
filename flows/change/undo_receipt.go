package change

import (
	"context"
	"fmt"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/wording"
)

// takeBack answers the question about the receipt.
const takeBack = "take-back"

// stepReceipt asks about a receipt that anybody may have written, or that an
// older version wrote. One that is beyond doubt is taken without a question.
func stepReceipt() engine.Step {
	return engine.Step{
		ID: engine.StepReceipt, Title: text.New("The run to take back"), Default: takeBack, Settles: true,
		Why: text.New("What is taken back follows from its receipt, so that must be a true one."),
		Ask: engine.AtOnce(func(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
			r, err := receiptToUndo(ctx, e, d.Options.Receipt)
			p := engine.Prompt{Kind: engine.Pick, Options: []engine.Option{{Value: takeBack, Label: text.New("take it back"), Note: text.Verbatim(r.Title())}}}
			if err == nil && len(r.Doubts()) == 0 {
				p.Settled = takeBack
			}
			return p, err
		}),
		Take: func(_ *engine.Draft, a engine.Answer) error {
			if a.Text != takeBack {
				return &engine.Usage{Title: text.New("%q is not %q", a.Text, takeBack)}
			}
			return nil
		},
		Check: func(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
			r, err := receiptToUndo(ctx, e, d.Options.Receipt)
			return r.Doubts(), err
		},
	}
}

// receiptToUndo reads the receipt of a run, and holds that it speaks of the
// project that is there now (a number belongs to one project for ever), and that
// no other run stands on it.
func receiptToUndo(ctx context.Context, e *engine.Env, path string) (engine.Receipt, error) {
	r, later, err := e.Receipt(ctx, path)
	if err != nil {
		return r, err
	}
	if !e.Receipts.Here(r) {
		return r, elsewhere(r)
	}
	if is, err := e.Project(ctx, r.Project); err == nil && r.ProjectNumber != "" && is.Number != r.ProjectNumber {
		return r, &engine.Problem{Title: text.New("The receipt is of another project"), Kind: cloud.Conflict,
			Detail: text.New("it was made where %s had the number %s, and here it has %s", r.Project, r.ProjectNumber, is.Number),
			Hints:  []check.Hint{{Says: text.New("take it back where it was made: with --emulator HOST:PORT if that was an emulator, without if it was not")}, engine.ShowAll}}
	}
	if len(later) > 0 {
		return r, tooEarly(r, later)
	}
	return r, nil
}

// elsewhere is the problem of taking back a run where it was not made.
func elsewhere(r engine.Receipt) *engine.Problem {
	p := &engine.Problem{Title: text.New("This run changed Google, not an emulator"), Kind: cloud.Conflict, Detail: text.New("Its receipt is %s", r.Path),
		Hints: []check.Hint{{Says: text.New("to undo it at Google: run the same command without --emulator, and with UPSTREAMAUTH_EMULATOR unset")}, engine.ShowAll}}
	if r.Emulator != "" {
		p.Title = text.New("This run changed the emulator %q, not Google", r.Emulator)
		p.Hints[0] = check.Hint{Says: text.New("undo it there"), Command: fmt.Sprintf("upstreamauth undo %s --emulator %s", wording.Quote(r.Path), wording.Quote(r.Emulator))}
	}
	return p
}

// tooEarly is the problem of taking back a run on which others stand.
func tooEarly(r engine.Receipt, later []engine.Receipt) *engine.Problem {
	p := &engine.Problem{Title: text.New("A later run builds on this one"), Kind: cloud.Conflict}
	var names []string
	for _, l := range later {
		names = append(names, l.Title())
		p.Hints = append(p.Hints, check.Hint{Command: "upstreamauth undo " + wording.Quote(l.Name())})
	}
	p.Detail = text.New("take the later ones back first, in this order: %s", strings.Join(names, ", "))
	again := r.Name()
	if r.Elsewhere {
		again = r.Path
	}
	p.Hints = append(p.Hints, check.Hint{Command: "upstreamauth undo " + wording.Quote(again)})
	return p
}

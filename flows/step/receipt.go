package step

import (
	"context"
	"fmt"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/shell"
	"example.com/upstreamauth/flows/text"
)

// TakeBack is the answer that undoes the run of a doubtful receipt.
const TakeBack = "take-back"

// Receipt asks about a receipt that anybody may have written, or that an older
// version wrote. One that is beyond doubt is taken without a question.
func Receipt() engine.Step {
	return engine.Step{
		ID: engine.StepReceipt, Title: text.New("Run to undo"), Default: TakeBack, Settles: true,
		Why: text.New("Undo follows the receipt of the run, so make sure that you trust it."),
		Ask: engine.AtOnce(func(ctx context.Context, e *engine.Env, d engine.Draft) (engine.Prompt, error) {
			r, err := ReceiptToUndo(ctx, e, d.Options.Receipt)
			p := engine.Prompt{Kind: engine.Pick, Options: []engine.Option{
				{Value: TakeBack, Label: text.New("Undo it"), Note: r.Title()},
			}}
			if err == nil && len(r.Doubts()) == 0 {
				p.Settled = TakeBack
			}
			return p, err
		}),
		Take: func(_ *engine.Draft, a engine.Answer) error {
			if a.Text != TakeBack {
				return &engine.Usage{Title: text.New("%q is not %q", a.Text, TakeBack)}
			}
			return nil
		},
		Check: func(ctx context.Context, e *engine.Env, d engine.Draft) ([]check.Finding, error) {
			r, err := ReceiptToUndo(ctx, e, d.Options.Receipt)
			return r.Doubts(), err
		},
	}
}

// ReceiptToUndo reads the receipt of a run. The run must have been in the project
// that is there now (a number belongs to one project for ever), and no later run may
// build on it.
func ReceiptToUndo(ctx context.Context, e *engine.Env, path string) (engine.Receipt, error) {
	r, later, err := e.Receipt(ctx, path)
	if err != nil {
		return r, err
	}
	if !e.Receipts.Here(r) {
		return r, elsewhere(r)
	}
	if is, err := e.Project(ctx, r.Project); err == nil && r.ProjectNumber != "" && is.Number != r.ProjectNumber {
		return r, &engine.Problem{Title: text.New("The receipt is from another project"), Kind: cloud.Conflict,
			Detail: text.New("Project %q had the number %s there, and has %s here", r.Project, r.ProjectNumber,
				is.Number),
			Hints: []check.Hint{
				{Says: text.New("Undo it where it ran: with --emulator HOST:PORT for an emulator, and without for Google Cloud")}, engine.ShowAll,
			}}
	}
	if len(later) > 0 {
		return r, tooEarly(r, later)
	}
	return r, nil
}

// elsewhere is the problem of undoing a run in another place than it ran.
func elsewhere(r engine.Receipt) *engine.Problem {
	p := &engine.Problem{Title: text.New("This run changed Google Cloud, not an emulator"), Kind: cloud.Conflict,
		Detail: text.New("Its receipt is %q", r.Path),
		Hints: []check.Hint{
			{Says: text.New("Undo it in Google Cloud: run the same command without --emulator, and with UPSTREAMAUTH_EMULATOR unset")},
			engine.ShowAll,
		}}
	if r.Emulator != "" {
		p.Title = text.New("This run changed the emulator %q, not Google Cloud", r.Emulator)
		p.Hints[0] = check.Hint{Says: text.New("Undo it there"),
			Command: fmt.Sprintf("upstreamauth undo %s --emulator %s", shell.Quote(r.Path),
				shell.Quote(r.Emulator))}
	}
	return p
}

// tooEarly is the problem of undoing a run that later ones build on.
func tooEarly(r engine.Receipt, later []engine.Receipt) *engine.Problem {
	p := &engine.Problem{Title: text.New("A later run builds on this one"), Kind: cloud.Conflict}
	var names []text.Text
	for _, l := range later {
		names = append(names, l.Title())
		p.Hints = append(p.Hints, check.Hint{Command: "upstreamauth undo " + shell.Quote(l.Name())})
	}
	p.Detail = text.New("Undo the later runs first, in this order: %s", names)
	again := r.Name()
	if r.Elsewhere {
		again = r.Path
	}
	p.Hints = append(p.Hints, check.Hint{Command: "upstreamauth undo " + shell.Quote(again)})
	return p
}

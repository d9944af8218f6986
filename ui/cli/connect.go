package cli

import (
	"context"
	"io"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/upstream"
)

// errTimeout ends a run that took longer than --timeout.
var errTimeout = &failure{text.New("the run took longer than --timeout allows")}

// within bounds a run by --timeout, if that was given.
func (f *flowFlags) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, f.timeout, errTimeout)
}

// nameEmulator says on the conversation's stream which emulator stands in for
// Google. The full screen has it on top.
func (a *app) nameEmulator(f *flowFlags, front frontEnd) {
	if f.connection.Emulator == "" || front == fullScreen {
		return
	}
	to := a.Err
	if front == lineByLine {
		to = a.conversation()
	}
	a.tell(to, text.New("upstreamauth: the emulator %s stands in for Google", f.connection.Emulator))
}

// note writes findings before a result, one line each with its reason.
func (a *app) note(w io.Writer, notes []check.Finding) {
	for _, n := range notes {
		a.tell(w, text.New("upstreamauth: %s (%s)", n.Says, n.Why))
	}
}

// connect makes what reaches Google, or an emulator, and upstreams, as the flags
// say; release lets go of it. The error is an
// *engine.Usage or an *engine.Problem.
func (a *app) connect(ctx context.Context, f *flowFlags) (c Cloud, t *upstream.Tester, release func(), err error) {
	roots, err := f.roots()
	if err != nil {
		return nil, nil, nil, err
	}
	f.connection.CAs, f.connection.Version = roots, a.Build.Version
	closeLog, err := a.openLog(f)
	if err != nil {
		return nil, nil, nil, err
	}
	c, err = a.Connect(ctx, f.connection)
	if err != nil {
		closeLog()
		return nil, nil, nil, engine.Explain(err)
	}
	release = func() {
		_ = c.Close()
		closeLog()
	}
	return c, &upstream.Tester{Transport: upstream.NewTransport(roots),
		Local: f.connection.Emulator != ""}, release, nil
}

package tui

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// child is this test binary playing the program, in a terminal of its own.
func child() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	w := newWorld()
	switch os.Getenv("TUI_TEST_CHILD") {
	case "panic":
		w.rows = nil
		f := w.flow()
		f.Steps[1].Show = func(engine.Draft) text.Text { panic("a defect") }
		run(ctx, f)
	case "slow":
		w.actions[0].Do = func(ctx context.Context, r *engine.Run) (engine.Outcome, error) {
			r.Say(engine.ActCreateSecret, text.New("under way"))
			var line string // the test says when it is over
			pipe := os.NewFile(3, "pipe")
			if _, err := fmt.Fscanln(pipe, &line); err != nil {
				return engine.Outcome{}, err
			}
			return does("")(ctx, r)
		}
		run(ctx, w.flow())
	default:
		run(ctx, w.flow())
	}
}

func run(ctx context.Context, f *engine.Flow) {
	m := engine.New(engine.NewEnv(nil, nil), f, nil, engine.Options{})
	err := Run(ctx, m, Options{Out: os.Stderr, Version: "test"})
	r := m.Report()
	m.Close()
	done := 0
	for _, a := range r.Actions {
		if a.State == engine.Done {
			done++
		}
	}
	fmt.Printf("ended: status=%s interrupted=%v done=%d failed=%v\n", r.Status, r.Interrupted, done, err != nil)
}

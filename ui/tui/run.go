// Package tui is the full-screen front end: it asks the questions of a
// machine of package flows, shows what is noticed meanwhile, and the plan and
// its progress. It knows neither Google nor the command line.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/upstreamauth/flows/engine"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/report"
	"example.com/upstreamauth/ui/suspend"

	_ "example.com/upstreamauth/ui/tui/background"
)

// before Bubble Tea asks the terminal

// Options are what Run needs besides the machine.
type Options struct {
	// In is the keyboard; nil: standard input, or the terminal where that is
	// none. Out is the terminal. A result never goes there.
	In  io.Reader
	Out io.Writer
	// Demo, if set, marks the screens as a demonstration.
	Demo *Demo
	// Emulator is the host and port of the emulator that stands in for Google;
	// empty: Google.
	Emulator string
	// Language is the reader's; empty: English.
	Language text.Language
	// Title and Version are the product's.
	Title, Version string
}

// where says where writes go, if that is not Google.
func (o Options) where() text.Text {
	switch {
	case o.Demo != nil:
		return text.New("demo")
	case o.Emulator != "":
		return text.New("emulator %s", o.Emulator)
	default:
		return text.Text{}
	}
}

// Demo is what a demonstration shows on the screen where it is needed.
type Demo struct {
	// Lines say what it is, and which credentials work in it.
	Lines []string
	// Credential says which one works at an upstream, given by its URI; empty:
	// none is known. It is shown where user name and token are typed.
	Credential func(upstream string) string
}

// credential is what can be typed for the upstream that the machine has come to.
func (d *Demo) credential(m *engine.Machine) string {
	if d == nil || d.Credential == nil {
		return ""
	}
	return d.Credential(m.Report().About.Upstream)
}

// framesPerSecond is as many as Bubble Tea allows: the first frame waits for
// one of these ticks.
const framesPerSecond = 120

// killAfter is how long a program may take to quit.
const killAfter = 2 * time.Second

// Run leads a person through the machine's flow. It returns nil when the flow
// has ended, the person has left or the context has ended, which the machine's
// Report tells; an error means that the terminal was lost or a defect was hit.
// What is being applied comes to its end first. The terminal is restored in
// any case. The machine is not closed.
func Run(ctx context.Context, machine *engine.Machine, o Options) error {
	m := New(machine, o)
	err := play(ctx, o, func(out outside) tea.Model { m.outside = out; return m })
	m.end()
	return err
}

// play runs a model, which is told what comes from outside.
func play(ctx context.Context, o Options, model func(outside) tea.Model) error {
	// When the context ends, the program is asked to quit rather than killed:
	// Bubble Tea waits for its reader only then. A kill follows all the same.
	last, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(killAfter, kill) })()
	asked, leave := context.WithCancel(ctx)
	defer leave()
	stops, back, release := suspend.Catch()
	defer release()
	options := []tea.ProgramOption{tea.WithContext(last), tea.WithoutSignalHandler(), tea.WithAltScreen(), tea.WithFPS(framesPerSecond)}
	if f, ok := o.In.(*os.File); ok {
		options = append(options, tea.WithInput(forgetful{f}))
	} else if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	if o.Out != nil {
		options = append(options, tea.WithOutput(o.Out))
	}
	g := &guarded{Model: model(outside{asked.Done(), stops, back}), leave: leave}
	_, err := tea.NewProgram(g, options...).Run()
	switch {
	case g.met != nil:
		if o.Out != nil {
			_, _ = fmt.Fprintf(o.Out, "%s\n", g.met.Stack)
		}
		return fmt.Errorf("the full-screen front end has a defect; --plain does without it: %w", g.met)
	case err == nil, ctx.Err() != nil:
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("the full-screen front end has a defect; --plain does without it: %w", err)
	default:
		return fmt.Errorf("the full-screen front end ended early: %w", err)
	}
}

// guarded is a model whose panics end the program as a key would. Bubble Tea
// would print their values, which could hold a token.
type guarded struct {
	tea.Model
	leave func() // asks the program to end
	met   *parallel.Panic
}

// Init begins.
func (g *guarded) Init() (cmd tea.Cmd) {
	defer func() { cmd = g.meets(recover(), cmd) }()
	return safe(g.Model.Init())
}

// Update takes a message.
func (g *guarded) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer func() { cmd = g.meets(recover(), cmd) }()
	if p, ok := msg.(*parallel.Panic); ok {
		panic(p)
	}
	if g.met == nil {
		g.Model, cmd = g.Model.Update(msg)
	}
	return g, safe(cmd)
}

// View draws nothing any more once something has panicked.
func (g *guarded) View() (screen string) {
	defer func() { g.meets(recover(), nil) }()
	if g.met == nil {
		screen = g.Model.View()
	}
	return screen
}

// meets notes a panic, after which there is nothing to do but to quit.
func (g *guarded) meets(panicked any, cmd tea.Cmd) tea.Cmd {
	if panicked != nil && g.met == nil {
		g.met = parallel.Recovered(panicked)
		g.leave()
	}
	if g.met != nil {
		return tea.Quit
	}
	return cmd
}

// safe makes a panic of a command the message that it ends with.
func safe(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if p := recover(); p != nil {
				msg = parallel.Recovered(p)
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = safe(batch[i])
			}
		}
		return msg
	}
}

// forgetful is a keyboard whose reader's buffer, which is the same each time
// and may hold a token, is overwritten with the next key.
type forgetful struct{ *os.File }

// Read clears what the last key has left, and reads the next.
func (f forgetful) Read(b []byte) (int, error) {
	clear(b)
	return f.File.Read(b)
}

// end leaves nothing half done: the program may have ended in the middle of
// an action, whose result nobody has taken yet.
func (m *Model) end() {
	if m.machine.Phase() != engine.Finished {
		m.machine.Interrupt()
	}
	if m.screen != nil {
		m.screen.Leave()
	}
	if m.machine.Phase() == engine.Applying && m.options.Out != nil {
		_, _ = fmt.Fprintln(m.options.Out, report.Stopping.In(text.English))
	}
	for m.machine.Phase() == engine.Applying && len(m.tasks) > 0 {
		for t := range m.tasks {
			if delete(m.tasks, t); !t.job.Ahead {
				m.start(m.machine.Deliver(t.wait()))
			}
		}
	}
	if len(m.tasks) == 0 {
		m.wipeRetired()
	}
}

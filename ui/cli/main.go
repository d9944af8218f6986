package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"
)

// Main runs the command line and returns the exit code.
func Main(args []string, s Streams, d Deps) int {
	harden()
	ctx, stop := untilSignal(context.Background(), s)
	defer stop()
	return run(ctx, args, s, d)
}

// harden keeps tokens out of core dumps and out of the logs of libraries:
// Google's clients print what they send where GOOGLE_SDK_GO_LOGGING_LEVEL says
// so, Go's HTTP/2 where GODEBUG does, the latter through the standard logger.
func harden() {
	forbidCoreDumps()
	_ = os.Unsetenv("GOOGLE_SDK_GO_LOGGING_LEVEL")
	log.SetOutput(io.Discard)
}

// interrupted is what is said when a run ends before its first write.
const interrupted = "upstreamauth: interrupted, nothing has been changed"

// app is one run of the command line.
type app struct {
	Streams
	Deps
	code int
}

func run(ctx context.Context, args []string, s Streams, d Deps) (code int) {
	a := &app{Streams: s, Deps: d}
	root := a.root()
	defer func() {
		if p := recover(); p != nil {
			code = a.fail(root, a.defect(p))
		}
	}()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	if c, err := root.ExecuteContextC(ctx); err != nil {
		return a.fail(c, err)
	}
	return a.code
}

// root is the bare command with all others under it.
func (a *app) root() *cobra.Command {
	root := a.flowCommand(wizard())
	root.Use = "upstreamauth"
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return bindEnvironment(c) }
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetFlagErrorFunc(flagError)
	for _, f := range commands() {
		root.AddCommand(a.flowCommand(f))
	}
	root.AddCommand(a.auditCommand(), a.demoCommand(), a.emulatorCommand(), a.versionCommand())
	root.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return unknownCommand(root, args[0])
	}
	generated(root)
	return root
}

// generated are the commands that cobra makes, which take what they do not know
// for a wish to be helped.
func generated(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = func(_ *cobra.Command, args []string) error {
				_, rest, err := root.Find(args)
				if err == nil && len(rest) > 0 {
					return unknownCommand(root, rest[0])
				}
				return err
			}
		case "completion":
			var shells []string
			for _, shell := range c.Commands() {
				shell.Args = noArgs
				shells = append(shells, shell.Name())
			}
			c.Args = nil
			c.RunE = func(c *cobra.Command, args []string) error {
				if len(args) == 0 {
					return c.Help()
				}
				return usage(text.New("there is no completion for this shell"), check.Hint{Says: text.New("the shells are %s", strings.Join(shells, ", "))})
			}
		}
	}
}

// defect is the error for what was recovered. Where it happened is said for a
// report of the defect, but not its value: it could hold a token.
func (a *app) defect(recovered any) error {
	p := parallel.Recovered(recovered)
	_, _ = fmt.Fprintf(a.Err, "%s\n", p.Stack)
	return p
}

// fail prints the error of a command and returns the exit code for it. Nobody
// is left without a next step.
func (a *app) fail(c *cobra.Command, err error) int {
	if errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintln(a.Err, interrupted)
		return ExitInterrupted
	}
	p := *engine.Explain(err)
	wrong := engine.IsUsage(err)
	if wrong && len(p.Hints) == 0 {
		p.Hints = []check.Hint{{Says: text.New("%s --help says what each flag takes", c.CommandPath())}}
	}
	a.problem(&p)
	if wrong {
		return ExitUsage
	}
	return exitCode(engine.Report{Status: engine.StatusFailed, Problem: &p})
}

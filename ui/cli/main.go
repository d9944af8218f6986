package cli

import (
	"cmp"
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

// app is one run of the command line.
type app struct {
	Streams
	Deps
	// lang is the reader's language, and langAsked whether --lang asked for it.
	lang      text.Language
	langAsked bool
	wordings  []worded
	code      int
}

func run(ctx context.Context, args []string, s Streams, d Deps) (code int) {
	a := &app{Streams: s, Deps: d}
	a.lang, a.langAsked = readerLanguage(args, os.Getenv)
	root := a.root()
	defer func() {
		if p := recover(); p != nil {
			code = a.fail(root, a.defect(p))
		}
	}()
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		a.translate() // a shell shows what the words mean
	}
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
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		return cmp.Or(bindEnvironment(c), checkLanguage(c.Flags()))
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.help(c) })
	persistent := flagSet{root.PersistentFlags(), a}
	persistent.string(new(string), "lang", text.New("`LANGUAGE` to speak: en or ja (default: that of the environment)"))
	_ = root.RegisterFlagCompletionFunc("lang",
		cobra.FixedCompletions([]string{"en", "ja"}, cobra.ShellCompDirectiveNoFileComp))
	a.addVersionFlag(root)
	for _, f := range commands() {
		root.AddCommand(a.flowCommand(f))
	}
	root.AddCommand(a.auditCommand(), a.demoCommand(), a.emulatorCommand(), a.versionCommand(),
		a.completionCommand(root), a.manCommand(root))
	root.AddCommand(a.topics()...)
	root.SetHelpCommand(a.helpCommand(root))
	root.InitDefaultHelpCmd()
	root.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return unknownCommand(root, args[0])
	}
	for _, c := range append(root.Commands(), root) {
		c.InitDefaultHelpFlag()
		flagSet{c.Flags(), a}.usage("help", text.New("show this help"))
	}
	return root
}

// addVersionFlag makes --version do what the command does.
func (a *app) addVersionFlag(root *cobra.Command) {
	var version bool
	flagSet{root.Flags(), a}.bool(&version, "version", text.New("print the version"))
	lead := root.RunE
	root.RunE = func(c *cobra.Command, args []string) error {
		if version {
			return a.printVersion()
		}
		return lead(c, args)
	}
}

// defect is the error for what was recovered. Its stack is printed for a bug
// report, but not its value, which could hold a token.
func (a *app) defect(recovered any) error {
	p := parallel.Recovered(recovered)
	_, _ = fmt.Fprintf(a.Err, "%s\n", p.Stack)
	return p
}

// interrupted says that a run ended before its first write.
func (a *app) interrupted() {
	a.tell(a.Err, text.New("upstreamauth: interrupted; nothing has changed"))
}

// fail prints the error of a command and returns the exit code for it. Every
// error comes with a next step.
func (a *app) fail(c *cobra.Command, err error) int {
	if errors.Is(err, context.Canceled) {
		a.interrupted()
		return ExitInterrupted
	}
	p := *engine.Explain(err)
	wrong := engine.IsUsage(err)
	if wrong && len(p.Hints) == 0 {
		p.Hints = []check.Hint{{Says: text.New("%s --help explains every flag", c.CommandPath())}}
	}
	a.problem(&p)
	if wrong {
		return ExitUsage
	}
	return exitCode(engine.Report{Status: engine.StatusFailed, Problem: &p})
}

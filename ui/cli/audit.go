package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/wording"
	"example.com/upstreamauth/ui/report"
)

// auditCommand looks at many repositories and asks nothing.
func (a *app) auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "audit", Short: "Say how every remote repository of a project fares", Args: noArgs,
		Long: `Look at all remote repositories of one project, of several, or of all that you
see, by doctor's chain without the pull. Each stored token is read and tried on
its upstream, once; --skip-trial leaves that out. Nothing is changed. Secret
Manager's quota of reads is respected. Exit code 5: something is broken.`,
		Example: `  upstreamauth audit --project my-project
  upstreamauth audit --output csv > fleet.csv
  upstreamauth audit --output json | jq -r '.repositories[] | select(.status == "broken").repository'`,
	}
	f := newFlowFlags(c)
	var o doctor.AuditOptions
	f.consenting() // for scripts that give all commands the same flags: an audit changes nothing
	for _, name := range []string{"yes", "dry-run"} {
		_ = c.Flags().MarkHidden(name)
	}
	f.connecting()
	c.Flags().StringSliceVar(&o.Projects, "project", nil, "`PROJECTS` to look at, separated by commas (default: all that you see)")
	f.realms(&o.AllowRealms)
	c.Flags().BoolVar(&o.SkipTrial, "skip-trial", false, "read no token, and try no credential on its upstream")
	c.Flags().StringVar(&o.Location, "location", "", "the only `LOCATION` to look at, as in us-central1")
	c.Flags().StringVarP(&f.output, "output", "o", "text", "`FORMAT` of the result on standard output: text, json or csv")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json", "csv"}, cobra.ShellCompDirectiveNoFileComp))
	c.Flags().BoolVar(&f.plain, "plain", false, "no full screen: what is broken as it is found, line by line (also ACCESSIBLE=1)")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.audit(c.Context(), f, o) }
	return c
}

func (a *app) audit(ctx context.Context, f *flowFlags, o doctor.AuditOptions) error {
	write, ok := map[string]func(report.Audited) error{
		"json": func(d report.Audited) error { return report.AuditJSON(a.Out, d) },
		"csv":  func(d report.Audited) error { return report.AuditCSV(a.Out, d) },
		"text": func(d report.Audited) error { return report.AuditText(a.Out, d) },
	}[f.output]
	if !ok {
		return usage(text.New("--output takes text, json or csv, not %s", f.output), check.Hint{Says: text.Verbatim("--output json")})
	}
	if err := f.checkForms(); err != nil {
		return err
	}
	ctx, cancel := f.within(ctx)
	defer cancel()
	front := headless
	if f.output == "text" && a.AuditScreen != nil {
		front = a.choose(f, false)
	}
	a.nameEmulator(f, front)
	cloud, tester, release, err := a.connect(ctx, f)
	if err != nil {
		return err
	}
	defer release()
	audit := doctor.NewAudit(cloud, tester, o)
	found := report.Audited{Status: engine.StatusHealthy, Emulator: f.connection.Emulator}
	if front == fullScreen {
		doctor := func(row doctor.AuditRow) *engine.Machine {
			env := engine.NewEnv(cloud, tester)
			env.Receipts = &engine.Receipts{Dir: receipts(), Emulator: f.connection.Emulator}
			return engine.New(env, doctor.Doctor(), map[string]engine.Answer{
				engine.StepProject:    {Text: row.Project, From: engine.Asked},
				engine.StepRepository: {Text: row.Repository.Name.Location + "/" + row.Repository.Name.ID, From: engine.Asked},
			}, engine.Options{})
		}
		if err := a.showAudit(ctx, audit, doctor, &found); err != nil {
			return err
		}
	} else {
		a.collect(ctx, audit, f.output, &found)
	}
	sum(&found, o.Projects)
	if errors.Is(context.Cause(ctx), errTimeout) {
		found.Problem = timedOut()
	} else if ctx.Err() != nil {
		return ctx.Err()
	}
	if found.Problem != nil {
		a.problem(found.Problem)
	}
	a.code = exitCode(engine.Report{Status: found.Status, Problem: found.Problem})
	return unwritten("The audit", write(found))
}

// telling is how often an audit says how far it is where nothing can be
// rewritten.
const telling = 2 * time.Second

// collect gathers the rows, and says how far the audit is: each row as it is
// found and a line that is rewritten where there is a terminal, or else a line
// now and then. Scripts that want JSON are told nothing.
func (a *app) collect(ctx context.Context, audit *doctor.Audit, output string, found *report.Audited) {
	stream, last := output == "text", time.Now()
	if isTerminal(a.Err) {
		last = time.Time{}
	}
	for row, err := range audit.Rows(ctx) {
		if err != nil {
			found.Problem = engine.Explain(err)
			break
		}
		found.Rows = append(found.Rows, row)
		now, p := time.Now(), audit.Progress()
		says := fmt.Sprintf("%d of %s, %s, %d broken", p.Done, wording.Count(p.Projects, "project"), wording.Count(p.Repositories, "repository"), p.Broken)
		switch {
		case isTerminal(a.Err) && now.Sub(last) > 100*time.Millisecond:
			_, _ = fmt.Fprintf(a.Err, "\r\x1b[K%s %s", bar(p.Done, p.Projects), says)
			last = now
		case !isTerminal(a.Err) && output != "json" && now.Sub(last) > telling:
			_, _ = fmt.Fprintln(a.Err, "audit: "+says+" so far")
			last = now
		}
		if stream && isTerminal(a.Err) && row.Status == engine.StatusBroken {
			_, _ = fmt.Fprintf(a.Err, "\r\x1b[K%s\n", report.AuditRow(row))
		}
	}
	if isTerminal(a.Err) {
		_, _ = fmt.Fprint(a.Err, "\r\x1b[K")
	}
}

// showAudit shows the rows in a table on the whole terminal. Leaving it before
// all of them are there is an interruption.
func (a *app) showAudit(ctx context.Context, audit *doctor.Audit, examine func(doctor.AuditRow) *engine.Machine, found *report.Audited) (err error) {
	complete := false
	rows := func(ctx context.Context) iter.Seq2[doctor.AuditRow, error] {
		return func(yield func(doctor.AuditRow, error) bool) {
			for row, err := range audit.Rows(ctx) {
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					found.Problem = engine.Explain(err)
				}
				if !yield(row, err) {
					return
				}
			}
			complete = ctx.Err() == nil
		}
	}
	screenTaken.Store(true)
	defer screenTaken.Store(false)
	found.Rows, err = a.AuditScreen(ctx, AuditScreen{Rows: rows, Progress: audit.Progress, Doctor: examine, In: a.In, Out: a.conversation(), Emulator: found.Emulator, Version: a.Version})
	switch {
	case ctx.Err() != nil:
		return nil // the caller tells why
	case err == nil && !complete && found.Problem == nil:
		return context.Canceled
	default:
		return err
	}
}

// sum orders the rows and says what they come to. An audit of which nothing was
// seen has failed, and so has one that finds nothing broken and did not see a
// project that was named.
func sum(found *report.Audited, named []string) {
	slices.SortFunc(found.Rows, doctor.WorstFirst)
	seen := map[string]bool{}
	for _, r := range found.Rows {
		if r.Status == engine.StatusBroken {
			found.Status = engine.StatusBroken
		}
		seen[r.Project] = seen[r.Project] || r.Problem == nil
		seen[""] = seen[""] || r.Problem == nil
	}
	for _, r := range found.Rows {
		missed := !seen[""] || found.Status != engine.StatusBroken && !seen[r.Project] && slices.Contains(named, r.Project)
		if found.Problem == nil && missed {
			found.Problem = r.Problem
		}
	}
	if found.Problem != nil {
		found.Status = engine.StatusFailed
	}
}

// bar is how much of a whole is done, in ten signs that every terminal has.
func bar(done, of int) string {
	n := 0
	if of > 0 {
		n = 10 * done / of
	}
	return "[" + "##########"[:n] + "          "[:10-n] + "]"
}

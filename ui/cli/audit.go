package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/report"
)

// auditCommand checks many repositories and asks nothing.
func (a *app) auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "audit", Args: noArgs,
	}
	a.describe(c, text.New("Check every remote repository in a project"),
		text.New("Check all remote repositories of one project, of several, or of all that you can see, with doctor's checks except"+
			" the pull. Each stored token is read and tried on its upstream once; --skip-trial leaves that out. Nothing changes."+
			" Secret Manager's read quota is respected. Exit code 5 means that something is broken."),
		text.Verbatim("upstreamauth audit --project my-project\nupstreamauth audit --output csv > fleet.csv\n"+
			"upstreamauth audit --output json | jq -r '.repositories[] | select(.status == \"broken\").repository'"))
	f := a.newFlowFlags(c)
	var o doctor.AuditOptions
	f.consenting() // for scripts that give all commands the same flags; an audit changes nothing
	for _, name := range []string{"yes", "dry-run"} {
		_ = c.Flags().MarkHidden(name)
	}
	f.connecting()
	fs := f.set()
	fs.list(&o.Projects, "project", text.New("`PROJECTS` to check, separated by commas (default: all that you can see)"))
	f.realms(&o.AllowRealms)
	fs.bool(&o.SkipTrial, "skip-trial", text.New("read no token, and try no credentials on their upstreams"))
	fs.string(&o.Location, "location", text.New("check only this `LOCATION`, as in us-central1"))
	fs.StringVarP(&f.output, "output", "o", "text", "")
	fs.usage("output", text.New("`FORMAT` of the result on standard output: text, json or csv"))
	_ = c.RegisterFlagCompletionFunc("output",
		cobra.FixedCompletions([]string{"text", "json", "csv"}, cobra.ShellCompDirectiveNoFileComp))
	fs.bool(&f.plain, "plain", text.New("no full screen: list what is broken line by line, as it is found (or set ACCESSIBLE=1)"))
	c.RunE = func(c *cobra.Command, _ []string) error { return a.audit(c.Context(), f, o) }
	return c
}

func (a *app) audit(ctx context.Context, f *flowFlags, o doctor.AuditOptions) error {
	write, ok := map[string]func(report.Audited) error{
		"json": func(d report.Audited) error { return report.AuditJSON(a.Out, d, a.outputLanguage(f.output)) },
		"csv":  func(d report.Audited) error { return report.AuditCSV(a.Out, d, a.outputLanguage(f.output)) },
		"text": func(d report.Audited) error { return report.AuditText(a.Out, d, a.style()) },
	}[f.output]
	if !ok {
		return usage(text.New("--output takes text, json or csv, not %s", strconv.Quote(f.output)),
			check.Hint{Says: text.Verbatim("--output json")})
	}
	if err := f.checkForms(); err != nil {
		return err
	}
	notes := f.connectAsGcloud(around())
	ctx, cancel := f.within(ctx)
	defer cancel()
	front := headless
	if f.output == "text" && a.AuditScreen != nil {
		front = a.choose(f, false)
	}
	a.nameEmulator(f, front)
	if front != fullScreen {
		a.note(a.Err, notes)
	}
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
				engine.StepProject: {Text: row.Project, From: engine.Asked},
				engine.StepRepository: {Text: row.Repository.Name.Location + "/" + row.Repository.Name.ID,
					From: engine.Asked},
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
	return unwritten(text.New("The audit"), write(found))
}

// telling is how often an audit reports its progress where lines can't be
// rewritten.
const telling = 2 * time.Second

// collect gathers the rows and reports progress: on a terminal each row as it is
// found and a line that is rewritten, elsewhere a line now and then. With JSON
// there is no progress.
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
		says := progress(p).In(a.lang)
		switch {
		case isTerminal(a.Err) && now.Sub(last) > 100*time.Millisecond:
			_, _ = fmt.Fprintf(a.Err, "\r\x1b[K%s %s", bar(p.Done, p.Projects), says)
			last = now
		case !isTerminal(a.Err) && output != "json" && now.Sub(last) > telling:
			a.tell(a.Err, text.New("audit: %s so far", progress(p)))
			last = now
		}
		if stream && isTerminal(a.Err) && row.Status == engine.StatusBroken {
			_, _ = fmt.Fprintf(a.Err, "\r\x1b[K%s\n", report.AuditRow(row, a.style()))
		}
	}
	if isTerminal(a.Err) {
		_, _ = fmt.Fprint(a.Err, "\r\x1b[K")
	}
}

// progress is how far an audit is.
func progress(p doctor.AuditProgress) text.Text {
	return text.New("%d of %s, %s, %d broken", p.Done, text.Plural(p.Projects, "%d project", "%d projects"),
		text.Plural(p.Repositories, "%d repository", "%d repositories"), p.Broken)
}

// showAudit shows the rows in a table on the whole terminal. Leaving it before
// all of them are there is an interruption.
func (a *app) showAudit(ctx context.Context, audit *doctor.Audit, examine func(doctor.AuditRow) *engine.Machine,
	found *report.Audited) (err error) {
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
	found.Rows, err = a.AuditScreen(ctx, AuditScreen{
		Rows: rows, Progress: audit.Progress, Doctor: examine, In: a.In, Out: a.conversation(),
		Emulator: found.Emulator, Version: a.Build.Version, Language: a.lang,
	})
	switch {
	case ctx.Err() != nil:
		return nil // the caller says why
	case err == nil && !complete && found.Problem == nil:
		return context.Canceled
	default:
		return err
	}
}

// sum orders the rows and decides on the status. An audit that saw nothing has
// failed, and so has one that finds nothing broken and couldn't see a project
// that was named.
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
		missed := !seen[""] || found.Status != engine.StatusBroken && !seen[r.Project] && slices.Contains(named,
			r.Project)
		if found.Problem == nil && missed {
			found.Problem = r.Problem
		}
	}
	if found.Problem != nil {
		found.Status = engine.StatusFailed
	}
}

// bar shows progress in ten signs that every terminal has.
func bar(done, of int) string {
	n := 0
	if of > 0 {
		n = 10 * done / of
	}
	return "[" + "##########"[:n] + "          "[:10-n] + "]"
}

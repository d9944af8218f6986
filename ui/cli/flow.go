package cli

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"

	"example.com/upstreamauth/flows"
	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/parallel"
	"example.com/upstreamauth/flows/text"

	headlessui "example.com/upstreamauth/ui/headless"
	"example.com/upstreamauth/ui/line"
)

// flowRun is one flow being run for a command.
type flowRun struct {
	*app
	flags *flowFlags
	flow  *engine.Flow
	given map[string]engine.Answer
	late  map[string]func(context.Context) (engine.Answer, error)
	front frontEnd
	env   *engine.Env
	// banner is shown along with the questions.
	banner []string
	// credential says what works at a demonstration's upstream.
	credential func(upstream string) string
	// player, if set, answers instead of a person.
	player *player
	// transient: the run can't be undone, because what it changed is about to
	// be gone.
	transient bool
	notes     []check.Finding
}

// runFlow runs a flow against Google or the emulator that the flags name.
func (a *app) runFlow(ctx context.Context, flow *engine.Flow, f *flowFlags) error {
	r := &flowRun{app: a, flags: f, flow: flow}
	if err := r.prepare(around()); err != nil {
		return err
	}
	if homeless() && flow.Plan != nil {
		a.warn(text.New("HOME isn't set: the receipt of this run goes to the temporary folder %s, where a later undo doesn't look for it", receipts()))
	}
	return r.run(ctx, receipts())
}

// prepare collects the answers that are known, and decides who is asked for
// the others. It reads no token and makes no call.
func (r *flowRun) prepare(s *surroundings) error {
	f := r.flags
	if err := f.check(); err != nil {
		return err
	}
	r.given = f.given(r.flow)
	draft, err := r.take(r.given)
	if err != nil {
		return err
	}
	found := r.around(s)
	answered := func(step string) bool {
		_, given := r.given[step]
		_, known := found[step]
		return given || known || (step == engine.StepToken && f.tokenFile != "")
	}
	missing := headlessui.Flags(r.flow, draft, answered, true)
	r.front = r.choose(f, len(missing) == 0 && f.consent(r.flow))
	if err := r.tokenFrom(draft); err != nil {
		return err
	}
	r.notes = append(r.notes, f.connectAsGcloud(s)...)
	r.env = &engine.Env{Proposed: found}
	if r.front == headless {
		maps.Copy(r.given, found)
	}
	if r.front == headless {
		return r.answerable(missing)
	}
	if f.wizard && !r.speaksOfSetup() {
		r.flow = flows.Wizard()
	}
	return nil
}

// around are the answers that the environment and gcloud's configuration give
// to questions that no flag answers. What has the wrong form is none.
func (r *flowRun) around(s *surroundings) map[string]engine.Answer {
	found := map[string]engine.Answer{}
	offer := func(step string, a engine.Answer, ok bool) {
		if _, named := r.given[step]; named || !ok {
			return
		}
		found[step] = a
		all := maps.Clone(r.given)
		maps.Copy(all, found)
		if _, err := r.take(all); err != nil {
			delete(found, step)
		}
	}
	project, ok := s.project(r.flags.connection.QuotaProject)
	offer(engine.StepProject, project, ok)
	if r.flags.options.Location == "" { // which names another place than gcloud's
		a, ok := s.repository()
		offer(engine.StepRepository, a, ok)
	}
	return found
}

// speaksOfSetup reports whether a flag answers what only a setup asks.
func (r *flowRun) speaksOfSetup() bool {
	for _, step := range []string{engine.StepSecret, engine.StepVersion, engine.StepUsername} {
		if _, ok := r.given[step]; ok {
			return true
		}
	}
	return r.flags.tokenFile != ""
}

// take takes answers as the flow's steps do, to find out at once whether their
// form is right.
func (r *flowRun) take(given map[string]engine.Answer) (engine.Draft, error) {
	d := engine.Draft{Flow: r.flow.ID, Options: r.flags.options, From: map[string]engine.Source{}}
	for _, s := range r.flow.Steps {
		a, ok := given[s.ID]
		if !ok || s.Take == nil {
			continue
		}
		if err := s.Take(&d, a); err != nil {
			u, ok := errors.AsType[*engine.Usage](err)
			if flag := r.flags.cmd.Flags().Lookup(s.Flag); ok && flag != nil && flag.Changed {
				return d, &engine.Usage{Title: text.New("%s: %s", named(flag), u.Title), Detail: u.Detail,
					Hints: u.Hints}
			}
			return d, err
		}
		d.From[s.ID] = a.From
	}
	return d, nil
}

// tokenFrom decides when the token file is read: not at all where no question
// asks for it, and where nobody may be asked only once all else is known.
func (r *flowRun) tokenFrom(d engine.Draft) error {
	path := r.flags.tokenFile
	if path == "" {
		return nil
	}
	if !r.asksForToken(d) {
		r.ignored("token-file")
		return nil
	}
	switch {
	case path == "-" && r.front == lineByLine && !isTerminal(r.In):
		return usage(text.New("--token-file - can't go with answers from a pipe"),
			check.Hint{Says: text.New("name a file, or give all answers as flags, and --yes")})
	case path == "-" && isTerminal(r.In):
		return usage(text.New("--token-file - would show the token while you type it"),
			check.Hint{Says: text.New("leave the flag out to enter the token hidden")})
	}
	r.late = map[string]func(context.Context) (engine.Answer, error){
		engine.StepToken: func(ctx context.Context) (engine.Answer, error) {
			secret, err := r.readToken(ctx, path, r.flags.options.TokenAsIs)
			return engine.Answer{Secret: secret, From: engine.Flag}, err
		},
	}
	return nil
}

// ignored notes that a flag answers a question that isn't asked.
func (r *flowRun) ignored(flag string) {
	r.notes = append(r.notes, check.Finding{ID: "flags", Level: check.Note,
		Says: text.New("--%s isn't needed and was ignored", flag)})
}

func (r *flowRun) asksForToken(d engine.Draft) bool {
	for _, s := range r.flow.Steps {
		if s.ID == engine.StepToken {
			return s.When == nil || s.When(d)
		}
	}
	return false
}

// answerable rejects a run that can't finish because nobody is there to answer.
// Only a project, a repository and the like can be the only candidate. A missing
// --yes is an error at once where finding out whether it is needed would mean to
// read standard input.
func (r *flowRun) answerable(missing []string) error {
	f := r.flags
	consent := f.consent(r.flow)
	var hopeless []string
	for _, flag := range missing {
		if flag == "--username" || flag == "--token-file" {
			hopeless = append(hopeless, flag)
		}
	}
	unasked := !consent && f.tokenFile == "-" && r.late != nil
	if len(hopeless) == 0 && !unasked {
		return nil
	}
	if !consent {
		missing = append(missing, "--yes")
	}
	return missingError(&headlessui.Missing{Flags: missing})
}

// missingError is the one error about everything that nobody was asked for.
func missingError(m *headlessui.Missing) error {
	u := &engine.Usage{Title: m.Text(), Detail: text.New("nobody can be asked here, and nothing has changed")}
	if m.Why != nil {
		u.Hints = append(u.Hints, check.Hint{Says: m.Why.Text()})
	}
	if slices.Contains(m.Flags, "--repository") {
		u.Hints = append(u.Hints, check.Hint{Says: text.New("--repository takes LOCATION/NAME, or NAME with --location LOCATION")})
	}
	u.Hints = append(u.Hints, check.Hint{Says: text.New("give these flags, or run it in a terminal to be asked")})
	return u
}

// run connects, leads through the flow, and prints the report.
func (r *flowRun) run(ctx context.Context, receipts string) (err error) {
	f := r.flags
	ctx, cancel := f.within(ctx)
	defer cancel()
	if err := r.readEarly(ctx); err != nil {
		return r.failed(ctx, err)
	}
	if r.banner == nil { // a demo says so itself
		r.nameEmulator(f, r.front)
	}
	if r.front == lineByLine { // elsewhere the report has them
		r.note(r.conversation(), r.notes)
	}
	cloud, tester, release, err := r.connect(ctx, f)
	if err != nil {
		return r.failed(ctx, err)
	}
	defer release()
	warm, cool := context.WithCancel(ctx)
	var warming sync.WaitGroup
	warming.Go(func() {
		_, _ = parallel.Guard(func() (struct{}, error) { cloud.Warm(warm); return struct{}{}, nil })
	})
	defer warming.Wait()
	defer cool()

	env := engine.NewEnv(cloud, tester)
	env.Proposed, env.Receipts = r.env.Proposed, &engine.Receipts{Dir: receipts, Emulator: f.connection.Emulator}
	m := engine.New(env, r.flow, r.given, f.options)
	result, err := r.lead(ctx, m)
	for _, flag := range m.Unneeded() {
		r.ignored(flag)
	}
	if missing, ok := errors.AsType[*headlessui.Missing](err); ok {
		return missingError(missing)
	}
	if errors.Is(err, line.ErrLimit) {
		return &engine.Usage{
			Title: text.New("the input doesn't answer the question"), Detail: text.New("%d lines were read %s; nothing has changed", maxLines, result.At),
			Hints: []check.Hint{{Says: text.New("give the answers in the order of the questions, one a line, or as flags")}},
		}
	}
	if err != nil && !errors.Is(err, line.ErrAborted) {
		if !result.Changed {
			return r.failed(ctx, err)
		}
		r.problem(engine.Explain(err)) // and the report tells what was done until then
	}
	if _, outside := m.Outside(); outside {
		return r.audit(ctx, f, r.audited())
	}
	return r.finish(ctx, result)
}

// audited are the repositories that flags have named, where the wizard leads to
// the audit.
func (r *flowRun) audited() doctor.AuditOptions {
	o := doctor.AuditOptions{Location: r.flags.options.Location}
	if a := r.given[engine.StepProject]; a.From == engine.Flag {
		o.Projects = []string{a.Text}
	}
	return o
}

// readEarly reads the token before anything else where it is the last answer
// that is missing, so that all checks can run side by side, and in person.
func (r *flowRun) readEarly(ctx context.Context) error {
	late := r.late[engine.StepToken]
	if late == nil {
		return nil
	}
	draft, err := r.take(r.given)
	if err != nil {
		return err
	}
	others := headlessui.Flags(r.flow, draft,
		func(step string) bool { _, ok := r.given[step]; return ok || step == engine.StepToken }, true)
	if r.front == headless && len(others) > 0 {
		return nil
	}
	a, err := late(ctx)
	if err != nil {
		return err
	}
	r.given[engine.StepToken], r.late = a, nil
	_, err = r.take(r.given)
	return err
}

// lead gives the machine to the front end.
func (r *flowRun) lead(ctx context.Context, m *engine.Machine) (result engine.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			m.Interrupt()
			result, err = m.Report(), r.defect(p)
		}
	}()
	f := r.flags
	m.AcceptWarnings, m.DryRun = f.yes, f.dryRun
	if r.player != nil {
		r.player.machine = m
		return r.ask(ctx, m, r.player, r.player.out)
	}
	switch r.front {
	case fullScreen:
		defer m.Close()
		m.Approved = f.yes
		screenTaken.Store(true)
		defer screenTaken.Store(false)
		err := r.FullScreen(ctx, Screen{
			Machine: m, In: r.In, Out: r.conversation(), Demo: r.banner, DemoCredential: r.credential,
			Emulator: f.connection.Emulator, Version: r.Build.Version, Language: r.lang,
		})
		if ctx.Err() != nil {
			err = nil // the report says so
		}
		return m.Report(), err
	case lineByLine:
		out := r.conversation()
		console := line.NewConsole(r.In, out)
		m.Unattended = !isTerminal(r.In)
		defer console.Close()
		return r.ask(ctx, m, console, out)
	default:
		h := &headlessui.Run{Machine: m, Given: r.given, Late: r.late, Yes: f.consent(r.flow), Style: r.style()}
		if f.output != "json" || isTerminal(r.Err) {
			h.Progress = r.Err
		}
		return h.Do(ctx)
	}
}

// maxLines is how many lines of a pipe may answer nothing at one place. Nobody
// looks through more of a list by typing ahead.
const maxLines = 25

// ask leads line by line.
func (r *flowRun) ask(ctx context.Context, m *engine.Machine, in line.Input, out io.Writer) (engine.Report, error) {
	s := &line.Session{Machine: m, In: in, Out: out, Banner: r.banner, Style: r.style(), Yes: r.flags.yes, Language: r.lang}
	if !isTerminal(r.In) {
		s.Limit = maxLines
	}
	return s.Run(ctx)
}

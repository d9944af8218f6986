// Package line asks line by line: for screen readers, dumb terminals and
// answers from a pipe. It draws nothing, rewrites nothing, and says everything
// in words.
package line

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/ui/report"
)

// Session leads one machine through its flow.
type Session struct {
	Machine *engine.Machine
	In      Input
	// Out is the conversation: a terminal, or standard error.
	Out io.Writer
	// Banner is said before the first question.
	Banner []string
	Style  report.Style
	// Yes applies the plan without asking.
	Yes bool
	// Limit is how many lines are read at one place before the run is given up;
	// 0: as many as come. An endless input, such as yes(1), answers nothing.
	Limit int

	driver     *engine.Driver
	told       map[string]bool // the findings that were shown
	progress   report.Progress
	been       map[place]bool
	lines      int        // that were read since the last new place
	introduced string     // the step that was announced last
	list       *list      // its choices
	mu         sync.Mutex // guards Out
}

// ErrLimit says that as many lines as were allowed have answered nothing.
var ErrLimit = errors.New("the input doesn't answer the question")

// place is where a machine stands, as far as a person sees it.
type place struct {
	phase engine.Phase
	step  string
}

// line reads one line, unless too many were read since the machine last came to
// a place where it had not been before.
func (s *Session) line(ctx context.Context) (string, error) {
	if err := s.count(); err != nil {
		return "", err
	}
	return s.In.Line(ctx)
}

// count counts a line that is about to be read.
func (s *Session) count() error {
	if at := (place{s.Machine.Phase(), s.Machine.Step().ID}); !s.been[at] {
		if s.been == nil {
			s.been = map[place]bool{}
		}
		s.been[at], s.lines = true, 0
	}
	if s.lines++; s.Limit > 0 && s.lines > s.Limit {
		return ErrLimit
	}
	return nil
}

// ErrAborted says that the person has left, or that the input has ended.
var ErrAborted = errors.New("aborted")

// patience is how long a wait lasts before it is mentioned.
const patience = 2 * time.Second

// Run asks until the flow is over, and reports how it went. The error is
// ErrAborted where the person left before that.
func (s *Session) Run(ctx context.Context) (engine.Report, error) {
	s.driver = engine.NewDriver(s.Machine)
	defer s.driver.Close()
	s.driver.Tell, s.driver.Enough = s.tell, s.enough
	s.driver.Stopping = func() { s.printf("%s\n", report.Stopping.In(s.Style.Language)) }
	s.told = map[string]bool{}
	s.progress = report.Progress{W: writer(s.say), Style: s.Style}
	for _, l := range s.Banner {
		s.printf("%s\n", l)
	}
	jobs := s.Machine.Begin()
	for {
		s.settle(ctx, jobs)
		var err error
		switch m := s.Machine; {
		case ctx.Err() != nil && !m.Done():
			return m.Report(), ErrAborted
		case m.Phase() == engine.Finished:
			return m.Report(), nil
		case m.Phase() == engine.Planning:
			jobs, err = s.stuck(ctx)
		case m.Phase() == engine.Reviewing:
			jobs, err = s.review(ctx)
		default:
			jobs, err = s.question(ctx)
		}
		if err != nil {
			s.Machine.Interrupt()
			return s.Machine.Report(), errors.Join(ErrAborted, err)
		}
	}
}

// settle waits until the machine wants an answer, and says so if it takes long.
func (s *Session) settle(ctx context.Context, jobs []engine.Job) {
	t := time.AfterFunc(patience, func() { s.printf("Please wait.\n") })
	defer t.Stop()
	s.driver.Settle(ctx, jobs)
	s.tellFindings()
}

// enough shows a long list from its first page, unless its numbers would mean
// something else when all of it is there.
func (s *Session) enough() bool {
	_, submitted := s.Machine.Checking()
	p, ready, _ := s.Machine.Prompt()
	return s.Machine.Phase() == engine.Asking && ready && !submitted && !p.Unordered && len(p.Options) >= shown
}

func (s *Session) tell() {
	if s.Machine.Phase() == engine.Applying || s.Machine.Done() {
		if plan := s.Machine.Plan(); plan != nil {
			s.progress.Tell(plan)
		}
	}
}

// tellFindings shows what was noticed and not shown yet: a step that was
// passed leaves findings, too.
func (s *Session) tellFindings() {
	for _, f := range s.Machine.Report().Checks {
		if id := identity(f); !s.told[id] {
			s.told[id] = true
			s.finding(f)
		}
	}
}

func identity(f check.Finding) string { return string(f.Level) + f.ID + f.Says.In(text.English) }

func (s *Session) finding(f check.Finding) {
	p, _, _ := s.Machine.Prompt()
	for _, l := range report.Finding(p.Unsaid(f), s.Style) {
		s.printf("  %s\n", l)
	}
}

// stuck shows a problem that leaves nothing to answer, and offers to try again.
func (s *Session) stuck(ctx context.Context) ([]engine.Job, error) {
	s.problem(s.Machine.Problem())
	commands := "Type r to try again, back or quit: "
	if !s.Machine.CanBack() {
		commands = "Type r to try again, or quit: "
	}
	for {
		s.printf("%s", commands)
		given, err := s.line(ctx)
		if err != nil {
			return nil, err
		}
		switch given {
		case "r", "y", "yes":
			return s.Machine.Retry(), nil
		case "back":
			if s.Machine.CanBack() {
				return s.back(), nil
			}
		case "quit", "q", "n", "no":
			return nil, io.EOF
		}
	}
}

func (s *Session) problem(p *engine.Problem) {
	if p == nil {
		return
	}
	s.printf("%s\n", p.Title.In(text.English))
	if !p.Detail.Empty() {
		s.printf("  %s\n", p.Detail.In(text.English))
	}
	s.hints(p)
}

func (s *Session) hints(p *engine.Problem) {
	for _, h := range check.Lines(p.Hints, text.English) {
		s.printf("  hint: %s\n", h)
	}
}

func (s *Session) back() []engine.Job {
	s.introduced = ""
	return s.Machine.Back()
}

// review shows the plan and asks whether to apply it.
func (s *Session) review(ctx context.Context) ([]engine.Job, error) {
	plan := s.Machine.Plan()
	if len(plan.Actions) == 0 && plan.Blocked == nil {
		return s.Machine.Approve(), nil
	}
	at, of := s.Machine.Position()
	s.printf("\nStep %d of %d: Review. Nothing has been changed yet.\n", at, of)
	for _, r := range plan.Rows {
		switch {
		case plan.Chain: // a fault and its remedy, not two values
			s.printf("  %s: %s; %s\n", r.Label.In(text.English), r.Before.In(text.English), r.After.In(text.English))
		case r.Before.In(text.English) == r.After.In(text.English):
			s.printf("  %s: %s (stays)\n", r.Label.In(text.English), r.After.In(text.English))
		default:
			s.printf("  %s: now %s, will be %s\n", r.Label.In(text.English), orNone(r.Before.In(text.English)), orNone(r.After.In(text.English)))
		}
	}
	s.printf("What will be done:\n")
	for i, a := range plan.Actions {
		s.printf("  %d. %s%s\n", i+1, a.Says.In(text.English), map[bool]string{true: " (already so)"}[a.State == engine.Already])
		if a.Command != "" {
			s.printf("     $ %s\n", a.Command)
		}
	}
	if plan.Blocked != nil {
		return s.stuck(ctx)
	}
	if s.Yes || s.Machine.DryRun || !plan.Writes() {
		return s.Machine.Approve(), nil
	}
	for {
		s.printf("Apply? [y/N] (back: change an answer): ")
		given, err := s.line(ctx)
		if err != nil {
			return nil, err
		}
		switch strings.ToLower(given) {
		case "y", "yes":
			return s.Machine.Approve(), nil
		case "back":
			return s.back(), nil
		case "", "n", "no", "quit":
			return nil, io.EOF
		}
	}
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// confirm asks a question whose answer is no unless it is yes.
func (s *Session) confirm(ctx context.Context, question string) (bool, error) {
	s.printf("%s [y/N]: ", question)
	given, err := s.line(ctx)
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(given)), err
}

func (s *Session) printf(format string, args ...any) { s.say(fmt.Appendf(nil, format, args...)) }

func (s *Session) say(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.Out.Write(b)
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

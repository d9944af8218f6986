// Package line asks line by line: for screen readers, dumb terminals and
// answers from a pipe. It draws nothing, rewrites nothing, and says everything
// in words.
package line

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	// Language is the reader's; empty: English.
	Language text.Language
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
	t := time.AfterFunc(patience, func() { s.tellLine(text.New("Still working…")) })
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

// identity tells findings apart.
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
	commands := text.New("Type r to try again, back to change an answer, or quit: ")
	if !s.Machine.CanBack() {
		commands = text.New("Type r to try again, or quit: ")
	}
	for {
		s.ask(commands)
		given, err := s.line(ctx)
		if err != nil {
			return nil, err
		}
		switch {
		case given == "r", s.yes(given):
			return s.Machine.Retry(), nil
		case given == "back" && s.Machine.CanBack():
			return s.back(), nil
		case given == "quit", given == "q", s.no(given):
			return nil, io.EOF
		}
	}
}

func (s *Session) problem(p *engine.Problem) {
	if p == nil {
		return
	}
	s.tellLine(p.Title)
	if !p.Detail.Empty() {
		s.tellLine(text.New("  %s", p.Detail))
	}
	s.hints(p)
}

func (s *Session) hints(p *engine.Problem) {
	for _, h := range check.Lines(p.Hints, s.Language) {
		s.tellLine(text.New("  hint: %s", h))
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
	s.printf("\n")
	s.tellLine(text.New("Step %d of %d: Review. Nothing has been changed yet.", at, of))
	for _, r := range plan.Rows {
		switch {
		case plan.Chain: // a fault and its remedy, not two values
			s.tellLine(text.New("  %s: %s; %s", r.Label, r.Before, r.After))
		case r.Before.Equal(r.After):
			s.tellLine(text.New("  %s: %s (unchanged)", r.Label, orNone(r.After)))
		default:
			s.tellLine(text.New("  %s: now %s, will be %s", r.Label, orNone(r.Before), orNone(r.After)))
		}
	}
	s.tellLine(text.New("What will be done:"))
	for i, a := range plan.Actions {
		says := a.Says
		if a.State == engine.Already {
			says = text.New("%s (already so)", says)
		}
		s.tellLine(text.New("  %d. %s", i+1, says))
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
		s.ask(text.New("Apply? [y/N] (back: change an answer): "))
		given, err := s.line(ctx)
		switch {
		case err != nil:
			return nil, err
		case s.yes(given):
			return s.Machine.Approve(), nil
		case given == "back":
			return s.back(), nil
		case given == "", s.no(given), given == "quit":
			return nil, io.EOF
		}
	}
}

func orNone(value text.Text) text.Text {
	if value.Empty() {
		return text.New("(none)")
	}
	return value
}

// confirm asks a question whose answer is no unless it is yes.
func (s *Session) confirm(ctx context.Context, question text.Text) (bool, error) {
	s.ask(text.New("%s [y/N]: ", question))
	given, err := s.line(ctx)
	return s.yes(given), err
}

// yes reports whether an answer is yes, in English or in the reader's language.
func (s *Session) yes(given string) bool {
	given = strings.ToLower(given)
	return given == "y" || given == "yes" || s.Language == text.Japanese && (given == "はい" || given == "ｙ")
}

// no reports whether an answer is no.
func (s *Session) no(given string) bool {
	given = strings.ToLower(given)
	return given == "n" || given == "no" || s.Language == text.Japanese && (given == "いいえ" || given == "ｎ")
}

// ask writes a question, behind which the answer is typed.
func (s *Session) ask(t text.Text) { s.printf("%s", t.In(s.Language)) }

// tellLine writes a line.
func (s *Session) tellLine(t text.Text) { s.printf("%s\n", t.In(s.Language)) }

func (s *Session) printf(format string, args ...any) { s.say(fmt.Appendf(nil, format, args...)) }

func (s *Session) say(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.Out.Write(b)
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

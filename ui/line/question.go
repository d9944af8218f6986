package line

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// question asks the open question once and submits the answer. Whatever stands
// against it is shown, and Run asks again.
func (s *Session) question(ctx context.Context) ([]engine.Job, error) {
	p, ready, _ := s.Machine.Prompt()
	if unreadable := p.Noun.Empty() && len(p.Options) == 0 && s.Machine.Problem() != nil; !ready || unreadable {
		return s.stuck(ctx)
	}
	if problem := s.Machine.Problem(); problem != nil {
		s.hints(problem)
	}
	if s.blocked() || s.Machine.Confirming() {
		if jobs, done, err := s.correct(ctx); done || err != nil {
			return jobs, err
		}
	}
	if s.Machine.Confirming() {
		return s.confirming(ctx)
	}
	s.introduce()
	var a engine.Answer
	var jobs []engine.Job
	var err error
	if p.Kind == engine.Token {
		a, jobs, err = s.askToken(ctx, p)
	} else {
		a, jobs, err = s.askText(ctx, p)
	}
	if err != nil || jobs != nil {
		return jobs, err
	}
	s.forget()
	return s.submit(a), nil
}

// forget lets an answer that is given again be judged aloud again.
func (s *Session) forget() {
	for _, f := range s.Machine.Findings() {
		delete(s.told, identity(f))
	}
}

// submit hands an answer to the machine; its objections are among the findings.
func (s *Session) submit(a engine.Answer) []engine.Job {
	jobs, err := s.Machine.Submit(a)
	if err != nil && !errors.Is(err, engine.ErrBlocked) && !errors.Is(err, engine.ErrConfirm) && len(s.Machine.Findings()) == 0 {
		s.tellLine(text.New("  %s", engine.Explain(err)))
	}
	return jobs
}

func (s *Session) blocked() bool { return check.Worst(s.Machine.Findings()) == check.Block }

// confirming asks once more about an answer that has warnings.
func (s *Session) confirming(ctx context.Context) ([]engine.Job, error) {
	yes, err := s.confirm(ctx, text.New("Continue with this warning?"))
	if err != nil {
		return nil, err
	}
	if yes {
		return s.submit(s.Machine.Looking()), nil
	}
	// Looking at nothing forgets the answer; the question is then open again.
	s.forget()
	return s.Machine.Look(engine.Answer{}), nil
}

// correct offers the right part of an answer that held more than it should, or
// to send the credential where the upstream wants it.
func (s *Session) correct(ctx context.Context) (jobs []engine.Job, done bool, err error) {
	for _, f := range s.Machine.Findings() {
		if f.Remedy == nil || len(f.Remedy.Offers()) == 0 {
			continue
		}
		if len(f.Remedy.Choices) > 0 {
			return s.choose(ctx, f.Remedy.Choices)
		}
		s.tellLine(text.New("  %s", f.Remedy.Says))
		offer := text.New("Use this correction?")
		if realm := f.Remedy.Use.AllowRealm; realm != "" {
			offer = text.New("Is %s this registry's own token server, so that the user name and token may be sent there?", realm)
		}
		yes, err := s.confirm(ctx, offer)
		if err != nil {
			return nil, false, err
		}
		if !yes {
			if s.forget(); s.blocked() {
				s.Machine.Look(engine.Answer{})
			}
			return nil, false, nil
		}
		s.settle(ctx, s.Machine.Correct(*f.Remedy.Use))
		return s.submit(s.Machine.Looking()), true, nil
	}
	return nil, false, nil
}

// choose asks which of several corrections is meant; an empty line takes none.
func (s *Session) choose(ctx context.Context, choices []check.Choice) (jobs []engine.Job, done bool, err error) {
	for i, c := range choices {
		s.tellLine(text.New("  %d. %s", i+1, c.Says))
	}
	for {
		s.ask(text.New("Which one? (1 to %d; press enter for none): ", len(choices)))
		given, err := s.line(ctx)
		if err != nil {
			return nil, false, err
		}
		if given == "" {
			if s.forget(); s.blocked() {
				s.Machine.Look(engine.Answer{})
			}
			return nil, false, nil
		}
		if n, err := strconv.Atoi(given); err == nil && n >= 1 && n <= len(choices) {
			s.settle(ctx, s.Machine.Correct(choices[n-1].Use))
			return s.submit(s.Machine.Looking()), true, nil
		}
	}
}

// introduce says which question this is.
func (s *Session) introduce() {
	step := s.Machine.Step()
	at, of := s.Machine.Position()
	if s.introduced == step.ID {
		return
	}
	s.introduced, s.list = step.ID, nil
	s.printf("\n")
	s.tellLine(text.New("Step %d of %d: %s. %s", at, of, step.Title, step.Why))
	p, _, _ := s.Machine.Prompt()
	if p.Kind != engine.Pick {
		for _, h := range p.Help {
			s.tellLine(text.New("  %s", h))
		}
	}
	for _, n := range p.Notes {
		s.finding(n)
	}
	s.problem(p.Empty)
}

// askText asks for typed text or one of a list. Jobs are returned instead of
// an answer where the person moved elsewhere.
func (s *Session) askText(ctx context.Context, p engine.Prompt) (engine.Answer, []engine.Job, error) {
	if s.list == nil {
		s.list = &list{session: s}
		if p.Kind == engine.Pick {
			s.list.show()
		}
	}
	for {
		fallback := s.fallback(p)
		s.ask(promptText(p, fallback))
		given, err := s.line(ctx)
		if err != nil {
			return engine.Answer{}, nil, err
		}
		jobs, handled, err := s.command(given)
		switch {
		case err != nil:
			return engine.Answer{}, nil, err
		case handled && jobs != nil:
			return engine.Answer{}, jobs, nil
		case handled:
		case given == "" && fallback == "":
		case given == "":
			return engine.Answer{Text: fallback}, nil, nil
		case strings.HasPrefix(given, "="):
			return engine.Answer{Text: given[1:]}, nil, nil
		case p.Kind != engine.Pick:
			return engine.Answer{Text: given}, nil, nil
		default:
			if value, chosen := s.list.choose(ctx, given); chosen {
				return engine.Answer{Text: value}, nil, nil
			}
		}
	}
}

// fallback is what an empty line means: the answer from before going back, or
// else the proposal.
func (s *Session) fallback(p engine.Prompt) string {
	if before := s.Machine.Previous().Text; before != "" {
		return before
	}
	return p.Proposal
}

// promptText is the question in a line, with what an empty line means.
func promptText(p engine.Prompt, fallback string) text.Text {
	what := wanted(p)
	if fallback != "" {
		return text.New("%s [%s] (? for help): ", what, fallback)
	}
	return text.New("%s (? for help): ", what)
}

// wanted is what can be typed.
func wanted(p engine.Prompt) text.Text {
	switch {
	case ownNumbers(p):
		var words []string
		for _, o := range p.Options {
			if _, err := strconv.Atoi(o.Value); err != nil {
				words = append(words, o.Value)
			}
		}
		if len(words) == 0 {
			return text.New("Type a number")
		}
		return text.New("Type a number or %s", strings.Join(words, ", "))
	case p.Kind == engine.Pick && len(p.Options) > 0 && p.Free && !p.Noun.Empty():
		return text.New("Type a number or the %s", p.Noun)
	case p.Kind == engine.Pick && len(p.Options) > 0:
		return text.New("Type a number")
	case p.Noun.Empty():
		return text.New("Type your answer")
	default:
		return text.New("Type the %s", p.Noun)
	}
}

// askToken asks for a token. An empty line keeps the one from before.
func (s *Session) askToken(ctx context.Context, p engine.Prompt) (engine.Answer, []engine.Job, error) {
	for {
		if err := s.count(); err != nil {
			return engine.Answer{}, nil, err
		}
		secret, err := s.In.Secret(ctx, func() { s.ask(text.New("Type the token (not shown; press enter to go back): ")) })
		if err != nil {
			return engine.Answer{}, nil, err
		}
		if !secret.Empty() {
			return engine.Answer{Secret: secret}, nil, nil
		}
		if before := s.Machine.Previous().Secret; !before.Empty() {
			keep, err := s.confirm(ctx, text.New("Keep the token from before?"))
			if err != nil {
				return engine.Answer{}, nil, err
			}
			if keep {
				return engine.Answer{Secret: before}, nil, nil
			}
		}
		if s.Machine.CanBack() {
			return engine.Answer{}, s.back(), nil
		}
	}
}

// command does what is typed instead of an answer.
func (s *Session) command(given string) (jobs []engine.Job, handled bool, err error) {
	p, _, _ := s.Machine.Prompt()
	switch {
	case given == "?":
		s.help(p)
		return nil, true, nil
	case given == "quit":
		return nil, true, io.EOF
	case given == "back":
		if !s.Machine.CanBack() {
			s.tellLine(text.New("This is the first question."))
			return nil, true, nil
		}
		return s.back(), true, nil
	case given == "r" && p.Kind == engine.Pick:
		s.introduced = ""
		return s.Machine.Retry(), true, nil
	}
	return nil, false, nil
}

func (s *Session) help(p engine.Prompt) {
	s.tellLine(s.Machine.Step().Why)
	for _, h := range p.Help {
		s.tellLine(h)
	}
	if p.Kind == engine.Pick {
		s.tellLine(text.New("Type the number or the name of a choice. more: show the next ones, then the first again. /TEXT: show those with TEXT in them. /: show all. r: read the list again."))
	}
	s.tellLine(text.New("back: the question before. quit: leave without changing anything. =TEXT: answer with TEXT as it is. An empty line: the answer in brackets."))
}

package engine

import (
	"context"
	"iter"
	"slices"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/text"
)

// PromptKind is how a question is asked.
type PromptKind int

// The kinds of prompts: one of a list, typed text, a token.
const (
	Pick PromptKind = iota
	Type
	Token
)

// Prompt is what a front end shows to ask a question.
type Prompt struct {
	Kind PromptKind
	// Help is shown while the question is open: where the answer comes from.
	Help []text.Text
	// Options are one batch of what can be picked. Sorted tells that they take
	// the place of all that came before, in an order that lasts.
	Options []Option
	Sorted  bool
	// Unordered, in the first batch, tells that the options arrive in any
	// order; one that is sorted follows where they have to be put into one.
	Unordered bool
	// Free allows an answer that is not among the options; Noun names what is
	// typed then, as in "project id".
	Free bool
	Noun text.Text
	// Proposal is the answer to start from. It is never taken unasked.
	Proposal string
	// Notes say what went wrong with a part of the list.
	Notes []check.Finding
	// Empty says what to do when there is nothing to pick.
	Empty *Problem
	// Settled is the answer where only one makes sense: nothing is asked then,
	// unless another answer was given.
	Settled string
}

// Unsaid is a finding without what the prompt's help says already, for whoever
// sees that help.
func (p Prompt) Unsaid(f check.Finding) check.Finding {
	if f.Remedy == nil || len(p.Help) == 0 {
		return f
	}
	r := *f.Remedy
	r.Help = nil
	if f.Remedy = &r; r.Empty() {
		f.Remedy = nil
	}
	return f
}

// Option is one thing to pick.
type Option struct {
	Value       string
	Label, Note text.Text
	// Off is why it cannot be chosen; empty: it can.
	Off text.Text
	// New tells that choosing it makes something; nobody chose it who was not
	// asked.
	New bool
}

// AtOnce makes an Ask of a prompt that is read as a whole.
func AtOnce(read func(ctx context.Context, e *Env, d Draft) (Prompt, error)) func(context.Context, *Env, Draft) iter.Seq2[Prompt, error] {
	return func(ctx context.Context, e *Env, d Draft) iter.Seq2[Prompt, error] {
		return func(yield func(Prompt, error) bool) { yield(read(ctx, e, d)) }
	}
}

// OneOf refuses a text that is neither of two answers.
func OneOf(given, this, that string) error {
	if given != this && given != that {
		return &Usage{Title: text.New("%q is neither %q nor %q", given, this, that)}
	}
	return nil
}

// Unlisted goes on without a list that could not be read: what is known can
// still be typed. Only what makes every other call fail too is an error.
func (e *Env) Unlisted(p *Prompt, err error, says text.Text, yield func(Prompt, error) bool) {
	switch cloud.KindOf(err) {
	case cloud.NotSignedIn, cloud.QuotaProject, cloud.Cancelled:
		yield(Prompt{}, err)
	default:
		problem := Explain(err)
		p.Notes = append(p.Notes, check.Finding{ID: "list", Code: check.ListUnreadable, Level: check.Warning, Says: says, Why: problem.Text()})
		p.Empty = &Problem{Code: problem.Code, Kind: problem.Kind, Title: problem.Title, Detail: problem.Detail,
			Hints: append(slices.Clone(problem.Hints), sentences(text.New("Or type the name"))...)}
		yield(*p, nil)
	}
}

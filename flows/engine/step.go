package engine

import (
	"context"
	"iter"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/text"
)

// Flow is one job the product does: its questions in order, and the plan that
// follows from the answers.
type Flow struct {
	// ID is its command, as in "setup".
	ID         string
	Title, Why text.Text
	Steps      []Step
	// Plan says what is to be changed; it only reads. A flow without one
	// changes nothing.
	Plan func(ctx context.Context, e *Env, d Draft) (*Plan, error)
	// Outside tells that the flow has no questions and goes on where the
	// machine ends, as the audit does.
	Outside bool
	// Then, if set, names the flow that goes on after the last step.
	Then func(d Draft) *Flow
}

// Step is one question. A front end needs nothing else to ask it.
type Step struct {
	// ID is unique in its flow. Flag is the command line's name for the
	// answer, without dashes; empty where there is none.
	ID, Flag   string
	Title, Why text.Text
	// When tells whether the question arises; nil: always.
	When func(d Draft) bool
	// Ask reads what the prompt needs, and yields it in batches: the first
	// holds everything but options that are still to come. Nil: nothing is
	// asked, only checked.
	Ask func(ctx context.Context, e *Env, d Draft) iter.Seq2[Prompt, error]
	// Take checks the answer's form and records it. It does no input or output.
	Take func(d *Draft, a Answer) error
	// Check asks Google or the upstream about the answer in the draft. It may
	// run before the answer is given, and many times.
	Check func(ctx context.Context, e *Env, d Draft) ([]check.Finding, error)
	// Show is the answer as the trail and the review show it; nil: its text.
	Show func(d Draft) text.Text
	// Default is the answer where nobody can be asked and none is given;
	// empty: there is none.
	Default string
	// InPerson tells that only somebody at a terminal can answer: for answers
	// that come from a pipe, the default is taken.
	InPerson bool
	// Settles tells that Ask may find the answer by itself: nobody can know
	// beforehand whether one has to be given.
	Settles bool
}

// The ids of steps.
const (
	StepFlow         = "flow"
	StepSignIn       = "sign-in"
	StepProject      = "project"
	StepRepository   = "repository"
	StepSecret       = "secret"
	StepVersion      = "version"
	StepUsername     = "username"
	StepToken        = "token"
	StepPublicSecret = "public-secret"  // whether a token is stored where too many read it
	StepStoredTrial  = "stored-trial"   // whether a stored token may be tried
	StepUsers        = "users"          // the other repositories of a secret
	StepReceipt      = "receipt"        // of the run to be taken back
	StepCreated      = "created-secret" // the secret that a run to be taken back has made
)

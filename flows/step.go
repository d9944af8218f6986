package flows

import (
	"context"
	"iter"
	"maps"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/token"
)

// Flow is one job the product does: its questions in order, and the plan that
// follows from the answers.
type Flow struct {
	// ID is its command, as in "setup".
	ID, Title, Why string
	Steps          []Step
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
	ID, Title, Why, Flag string
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
	Show func(d Draft) string
	// Default is the answer where nobody can be asked and none is given;
	// empty: there is none.
	Default string
	// Settles tells that Ask may find the answer by itself: nobody can know
	// beforehand whether one has to be given.
	Settles bool
}

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
	Help []string
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
	Noun string
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

// Option is one thing to pick.
type Option struct {
	Value, Label, Note string
	// Off is why it cannot be chosen; empty: it can.
	Off string
	// New tells that choosing it makes something; nobody chose it who was not
	// asked.
	New bool
}

// Source is where an answer comes from.
type Source string

// The sources of answers.
const (
	Asked       Source = "asked"
	Flag        Source = "flag"
	Environment Source = "environment"
	Config      Source = "configuration"
	Only        Source = "only candidate"
	Default     Source = "default"
)

// Answer is what was answered to a step.
type Answer struct {
	Text   string
	Secret token.Secret
	From   Source
}

// Draft holds the answers so far. It is passed by value; Take alone changes it.
type Draft struct {
	Flow       string
	Project    string // id or number, as answered
	Location   string // may be empty until the repository is found
	Repository string // short name
	// Secret's project is empty where it is the repository's.
	Secret SecretName
	// Version is the number of an existing version to use; empty: a new one.
	Version  string
	Username string
	Token    token.Secret
	// Trimmed is how many characters of white space were taken off the token.
	Trimmed int
	Options Options
	// Looking tells a check that the answer is only looked at: what costs
	// something can wait until it is submitted, if there is a warning already.
	Looking bool
	// From says where each answer comes from, by step id.
	From map[string]Source
}

// Options are the choices that are no questions.
type Options struct {
	// Location is where a short repository name is looked for, and the only
	// location that is listed; empty: all.
	Location string
	// SecretProject is the project of the secret where it is another one.
	SecretProject string
	// ReplicationLocations and KMSKey shape a new secret.
	ReplicationLocations []string
	KMSKey               string
	// AllowRealms are the foreign token realms that may get the credential.
	AllowRealms []string
	// SkipTrial leaves out trying the credential on its upstream, SkipVerify
	// the real pull; VerifyWith names an artifact to pull.
	SkipTrial, SkipVerify bool
	VerifyWith            string
	// Fix lets doctor mend; KeepOld lets rotate leave the old version enabled;
	// AllUsers lets it switch the other repositories of the secret as well.
	Fix, KeepOld, AllUsers bool
	// DeleteCreated lets undo delete a secret that the run created.
	DeleteCreated bool
	// Receipt is the file of the run to undo; empty: the last one.
	Receipt string
}

// clone copies what Take may change in place.
func (d Draft) clone() Draft {
	d.From = maps.Clone(d.From)
	if d.From == nil {
		d.From = map[string]Source{}
	}
	return d
}

// SecretProject is the project that holds the secret.
func (d Draft) SecretProject() string {
	switch {
	case d.Secret.Project != "":
		return d.Secret.Project
	case d.Options.SecretProject != "":
		return d.Options.SecretProject
	default:
		return d.Project
	}
}

// SecretName is the full name of the secret that was answered.
func (d Draft) SecretName() SecretName { return SecretName{d.SecretProject(), d.Secret.ID} }

// Package check says what a check noticed: the findings that every flow,
// every upstream and every front end speak of.
package check

import (
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// Level is how much a finding matters.
type Level string

// The levels, from harmless to blocking. Unknown is a link that could not be
// looked at.
const (
	OK      Level = "ok"
	Note    Level = "note"
	Warning Level = "warning"
	Block   Level = "block"
	Unknown Level = "unknown"
)

// Finding is what a check noticed about an answer or about what is configured.
type Finding struct {
	// ID names the check, as in "upstream" or "grant". Several findings of
	// one step may share it.
	ID string
	// Code names the kind of finding; logic asks for it, never for a sentence.
	Code  Code
	Level Level
	// Says is one sentence: what was noticed.
	Says text.Text
	// Why is the cause, or what follows from it; may be empty.
	Why    text.Text
	Remedy *Hint
	// Cause is the ID of the finding that this one follows from, where its code
	// is CausedBy; else empty.
	Cause string
}

// Hint is what can be done about a finding.
type Hint struct {
	// Says is the remedy in words, as in "use the part after the colon".
	Says text.Text
	// Command can be pasted into a shell; empty where there is none.
	Command string
	// Action is the id of a plan's action that mends it; empty where none does.
	Action string
	// Use is a corrected answer, offered in person and never taken unasked.
	Use *Correction
	// Help says where a right answer comes from. Whoever shows the question's
	// own help leaves it out.
	Help []text.Text
	// Choices are several, of which a person chooses one; Use is nil then.
	Choices []Choice
}

// Sentence is the remedy in words for a reader who can press no key: with every
// choice in it.
func (r *Hint) Sentence() text.Text {
	said := text.Join(append([]text.Text{r.Says}, r.Help...)...)
	if len(r.Choices) == 0 {
		return said
	}
	var choices text.Text
	for _, c := range r.Choices {
		choices = text.Also(choices, c.Says)
	}
	return text.New("%s: %s", said, choices)
}

// Lines are the hint's sentences and its command, those that there are, each by
// itself.
func (r *Hint) Lines(l text.Language) []string {
	var lines []string
	for _, said := range append([]text.Text{r.Says}, r.Help...) {
		if !said.Empty() {
			lines = append(lines, said.In(l))
		}
	}
	for _, c := range r.Choices {
		lines = append(lines, c.Says.In(l))
	}
	if r.Command != "" {
		lines = append(lines, r.Command)
	}
	return lines
}

// Lines are the lines of several hints.
func Lines(hints []Hint, l text.Language) []string {
	lines := []string{}
	for _, h := range hints {
		lines = append(lines, h.Lines(l)...)
	}
	return lines
}

// Empty reports whether there is nothing to say or to do.
func (r *Hint) Empty() bool {
	return r == nil || r.Says.Empty() && r.Command == "" && r.Action == "" && r.Use == nil && len(r.Choices) == 0 && len(r.Help) == 0
}

// Choice is one of several corrected answers.
type Choice struct {
	Says text.Text // what it does, as in "use the token in it for \"ghcr.io\""
	Use  Correction
}

// Offers are the corrected answers that a remedy offers, one or several.
func (r *Hint) Offers() []Choice {
	switch {
	case r == nil:
		return nil
	case r.Use != nil:
		return []Choice{{r.Says, *r.Use}}
	default:
		return r.Choices
	}
}

// Correction is the right part of an answer that held more than it should.
type Correction struct {
	Username string       // empty: leave the user name as it is
	Token    token.Secret // empty: leave the token as it is
	// AllowRealm is a token realm on another host that may be sent the
	// credential from now on; empty: none.
	AllowRealm string
	// AsIs takes what was given, whatever it looks like.
	AsIs bool
}

// Worst returns the gravest level among findings, OK where there are none.
// Unknown counts as little more than a note.
func Worst(fs []Finding) Level {
	worst := OK
	for _, f := range fs {
		if f.Level.rank() > worst.rank() {
			worst = f.Level
		}
	}
	return worst
}

func (l Level) rank() int {
	switch l {
	case Block:
		return 4
	case Warning:
		return 3
	case Unknown:
		return 2
	case Note:
		return 1
	default:
		return 0
	}
}

package engine

import (
	"context"

	"example.com/upstreamauth/flows/check"
)

// What the tests of this package look at, or set, behind its face.

// StepAt is one of the machine's steps, to be changed before it is asked.
func (m *Machine) StepAt(i int) *Step { return &m.steps[i] }

// Warm reads ahead under a name, as entering a step does.
func (m *Machine) Warm(name string, work func(context.Context)) Job { return m.warm(name, work) }

// EndAhead is what wiping does to what reads ahead.
func (m *Machine) EndAhead() { m.ahead.close() }

// LookedAt is the answer that the findings on show are about.
func (m *Machine) LookedAt() Answer { return *m.looking }

// AllFindings are the findings of all steps so far.
func (m *Machine) AllFindings() []check.Finding { return m.allFindings() }

// Given is the answer to a step, as it is kept.
func (m *Machine) Given(step string) Answer { return m.answers[step] }

// Stopped is closed when the run is to stop.
func (m *Machine) Stopped() <-chan struct{} { return m.run.stop }

// InReview is a machine that stands at the review.
func InReview() *Machine { return &Machine{phase: Reviewing} }

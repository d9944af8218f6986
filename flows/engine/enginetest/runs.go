// Package enginetest runs flows in tests: on a repository that works, to be broken
// by the test, from their answers to their report.
package enginetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/upstreamauth/flows/check"
	"example.com/upstreamauth/flows/cloud/cloudtest"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
	"example.com/upstreamauth/flows/upstream"
)

// InBubble runs a test in which waiting takes no time.
func InBubble(test func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// EnvOf works on a fake, never tries a credential anywhere, and keeps its
// receipts in the test's own folder.
func EnvOf(t *testing.T, f *cloudtest.FakeCloud) *engine.Env {
	t.Helper()
	e := engine.NewEnv(f, &upstream.Tester{})
	e.Receipts = &engine.Receipts{Dir: t.TempDir()}
	return e
}

// Env works on a world, and tries credentials on its hub.
func (w *World) Env(t *testing.T) *engine.Env {
	t.Helper()
	e := EnvOf(t, w.FakeCloud)
	e.Upstream = &upstream.Tester{Transport: w.Hub}
	began, start := time.Now(), w.Clock
	var calls atomic.Int64
	e.Now = func() time.Time { return start.Add(time.Since(began)).Add(time.Duration(calls.Add(1))) } // never the same twice
	return e
}

// TokenOf answers the question for a token.
func TokenOf(s string) map[string]engine.Answer {
	return map[string]engine.Answer{engine.StepToken: {Secret: token.New([]byte(s)), From: engine.Flag}}
}

// Where answers which repository all tests speak of, and what more they say.
func Where(more map[string]engine.Answer) map[string]engine.Answer {
	all := map[string]engine.Answer{engine.StepProject: {Text: cloudtest.TestProject, From: engine.Flag}, engine.StepRepository: {Text: "us-central1/" + cloudtest.TestRepo, From: engine.Flag}}
	maps.Copy(all, more)
	return all
}

// Answers are what a complete setup is answered with.
func Answers() map[string]engine.Answer {
	a := Where(TokenOf(cloudtest.TestToken + "\n"))
	a[engine.StepSecret], a[engine.StepUsername] = engine.Answer{Text: "hub-token", From: engine.Flag}, engine.Answer{Text: TestUser, From: engine.Flag}
	return a
}

// SetupAnswers are those of a setup with another secret than the world's.
func SetupAnswers() map[string]engine.Answer {
	a := Answers()
	a[engine.StepSecret] = engine.Answer{Text: "new-token", From: engine.Flag}
	return a
}

// RunIn takes a flow from its answers to its report.
func RunIn(t *testing.T, e *engine.Env, f *engine.Flow, given map[string]engine.Answer, o engine.Options) engine.Report {
	t.Helper()
	m := engine.New(e, f, given, o)
	m.AcceptWarnings = true
	m.TakeDefaults()
	d := engine.NewDriver(m)
	defer d.Close()
	d.Settle(t.Context(), m.Begin())
	if m.Phase() == engine.Reviewing {
		d.Settle(t.Context(), m.Approve())
	}
	return m.Report()
}

// RunHeadless is runIn where no upstream is asked.
func RunHeadless(t *testing.T, e *engine.Env, f *engine.Flow, given map[string]engine.Answer, o engine.Options) engine.Report {
	t.Helper()
	o.SkipTrial = true
	return RunIn(t, e, f, given, o)
}

// Run takes a flow on the world's repository to its report.
func (w *World) Run(t *testing.T, f *engine.Flow, given map[string]engine.Answer, o engine.Options) engine.Report {
	t.Helper()
	return RunIn(t, w.Env(t), f, Where(given), o)
}

// States is a report's actions in short, as in "create-secret done".
func States(r engine.Report) []string {
	var s []string
	for _, a := range r.Actions {
		s = append(s, fmt.Sprintf("%s %s", a.ID, a.State))
	}
	return s
}

// LevelOf is the finding about a link.
func LevelOf(r engine.Report, link string) check.Finding {
	i := slices.IndexFunc(r.Checks, func(f check.Finding) bool { return f.ID == link })
	if i < 0 {
		return check.Finding{Level: "missing"}
	}
	return r.Checks[i]
}

// InPerson opens a flow on a world as somebody at a terminal does.
func InPerson(t *testing.T, e *engine.Env, f *engine.Flow, given map[string]engine.Answer, o engine.Options) (*engine.Machine, *engine.Driver) {
	t.Helper()
	m := engine.New(e, f, given, o)
	m.LookDelay = 0
	d := engine.NewDriver(m)
	t.Cleanup(d.Close)
	d.Settle(t.Context(), m.Begin())
	return m, d
}

// Settle runs jobs one after the other.
func Settle(m *engine.Machine, jobs []engine.Job) {
	for len(jobs) > 0 {
		j := jobs[0]
		jobs = append(jobs[1:], m.Deliver(j.Run())...)
	}
}

// Submit gives an answer and waits for what follows from it.
func Submit(t *testing.T, m *engine.Machine, text string) error {
	t.Helper()
	jobs, err := m.Submit(engine.Answer{Text: text})
	Settle(m, jobs)
	return err
}

// Open opens one question with the answers before it, and returns the machine
// that asks it.
func Open(t *testing.T, e *engine.Env, s engine.Step, o engine.Options, before func(d *engine.Draft)) *engine.Machine {
	t.Helper()
	answered := engine.Step{
		ID: "before", Settles: true,
		Ask: engine.AtOnce(func(context.Context, *engine.Env, engine.Draft) (engine.Prompt, error) {
			return engine.Prompt{Settled: "answered"}, nil
		}),
		Take: func(d *engine.Draft, _ engine.Answer) error { before(d); return nil },
	}
	m := engine.New(e, &engine.Flow{ID: "test", Steps: []engine.Step{answered, s}}, nil, o)
	m.LookDelay = 0
	t.Cleanup(m.Close)
	Settle(m, m.Begin())
	return m
}

// Said is everything that a report tells a person of, in English.
func Said(r engine.Report) string {
	var b strings.Builder
	for _, f := range r.Checks {
		fmt.Fprintf(&b, "%s %s: %s; %s; %s\n", f.Level, f.ID, f.Says.In(text.English), f.Why.In(text.English), strings.Join(remedy(f), " "))
	}
	if p := r.Problem; p != nil {
		fmt.Fprintf(&b, "%s\n%s\n", p, strings.Join(check.Lines(p.Hints, text.English), "\n"))
	}
	return b.String()
}

func remedy(f check.Finding) []string {
	if f.Remedy == nil {
		return nil
	}
	return f.Remedy.Lines(text.English)
}

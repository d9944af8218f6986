package headless

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"example.com/upstreamauth/flows/cloud"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
	"example.com/upstreamauth/flows/token"
)

// question is a step that asks by a prompt and checks nothing.
func question(id string, p engine.Prompt) engine.Step {
	return engine.Step{
		ID: id, Flag: id,
		Ask: func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
			return func(yield func(engine.Prompt, error) bool) { yield(p, nil) }
		},
		Take: func(d *engine.Draft, a engine.Answer) error {
			d.Username += id + "=" + a.Text + " from " + string(a.From) + "; "
			return nil
		},
	}
}

func pick(options ...engine.Option) engine.Prompt {
	return engine.Prompt{Kind: engine.Pick, Options: options, Proposal: "proposed"}
}

// flow has a plan of one action, which tells whether it was done.
func flow(done *bool, steps ...engine.Step) *engine.Flow {
	return &engine.Flow{ID: "test", Steps: steps,
		Plan: func(context.Context, *engine.Env, engine.Draft) (*engine.Plan, error) {
			return &engine.Plan{Actions: []engine.Action{{ID: engine.ActGrant, State: engine.Planned,
				Do: func(context.Context, *engine.Run) (engine.Outcome, error) {
					*done = true
					return engine.Outcome{State: engine.Done}, nil
				}}}}, nil
		}}
}

func TestAnswers(t *testing.T) {
	one := engine.Option{Value: "one"}
	off := engine.Option{Value: "off", Off: text.New("not remote")}
	fresh := engine.Option{Value: "fresh", New: true}
	byDefault := question("version", pick())
	byDefault.Default = "new"
	for _, c := range []struct {
		name    string
		steps   []engine.Step
		given   map[string]engine.Answer
		late    bool
		yes     bool
		missing []string
		want    string
	}{
		{name: "a flag", steps: []engine.Step{question("a", pick())},
			given: map[string]engine.Answer{"a": {Text: "x", From: engine.Flag}}, yes: true, want: "a=x from flag; "},
		{name: "the only candidate", steps: []engine.Step{question("a", pick(off, one))}, yes: true,
			want: "a=one from only candidate; "},
		{name: "a default", steps: []engine.Step{byDefault}, yes: true, want: "version=new from default; "},
		{name: "an answer that is read late", steps: []engine.Step{question("a", pick(one)),
			question("b", engine.Prompt{Kind: engine.Token})}, late: true, yes: true, want: "a=one from only candidate; b= from flag; "},
		{name: "a proposal is no answer", steps: []engine.Step{question("a",
			engine.Prompt{Kind: engine.Type, Proposal: "x"})}, yes: true, missing: []string{"--a"}},
		{name: "two candidates", steps: []engine.Step{question("a", pick(one, engine.Option{Value: "two"})),
			question("b", pick(one))}, yes: true, missing: []string{"--a", "--b"}},
		{name: "something to make is no candidate", steps: []engine.Step{question("a", pick(fresh))}, yes: true,
			missing: []string{"--a"}},
		{name: "and stands beside one", steps: []engine.Step{question("a", pick(fresh, one))}, yes: true,
			missing: []string{"--a"}},
		{name: "nothing to pick", steps: []engine.Step{question("a", pick(off))}, missing: []string{"--a", "--yes"}},
		{name: "no consent", steps: []engine.Step{question("a", pick(one))}, missing: []string{"--yes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var done bool
			e := engine.NewEnv(nil, nil)
			m := engine.New(e, flow(&done, c.steps...), c.given, engine.Options{})
			r := &Run{Machine: m, Given: c.given, Yes: c.yes}
			if c.late {
				r.Late = map[string]func(context.Context) (engine.Answer,
					error){"b": func(context.Context) (engine.Answer, error) {
					return engine.Answer{Secret: token.New([]byte("t")), From: engine.Flag}, nil
				}}
			}
			report, err := r.Do(t.Context())
			missing, _ := errors.AsType[*Missing](err)
			switch {
			case c.missing != nil && (missing == nil || !slices.Equal(missing.Flags, c.missing)):
				t.Errorf("got %v, want %v", err, c.missing)
			case c.missing != nil && done:
				t.Error("something was written")
			case c.missing == nil && (err != nil || report.Status != engine.StatusDone || !done):
				t.Errorf("%s, %v", report.Status, err)
			}
			if got := m.Draft().Username; c.want != "" && got != c.want {
				t.Errorf("answers %q, want %q", got, c.want)
			}
		})
	}
}

func TestDryRunNeedsNoConsent(t *testing.T) {
	var done bool
	m := engine.New(engine.NewEnv(nil, nil), flow(&done), nil, engine.Options{})
	m.DryRun = true
	report, err := (&Run{Machine: m}).Do(t.Context())
	if err != nil || report.Status != engine.StatusPlanned || done {
		t.Errorf("%s, %v, done %v", report.Status, err, done)
	}
}

// TestAQuestionThatMayNotArise could not find out whether it does: that is a
// problem, and no flag is missing.
func TestAQuestionThatMayNotArise(t *testing.T) {
	var done bool
	step := question("a", engine.Prompt{})
	step.Settles = true
	step.Ask = func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
		return func(yield func(engine.Prompt, error) bool) {
			yield(engine.Prompt{}, &cloud.Error{Kind: cloud.Unavailable, Message: "by the test"})
		}
	}
	m := engine.New(engine.NewEnv(nil, nil), flow(&done, step), nil, engine.Options{})
	report, err := (&Run{Machine: m, Yes: true}).Do(t.Context())
	if err != nil || report.Status != engine.StatusFailed || report.Problem == nil || done {
		t.Errorf("%s, problem %v, error %v, done %v", report.Status, report.Problem, err, done)
	}
}

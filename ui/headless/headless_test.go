package headless

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"example.com/upstreamauth/flows"
	"example.com/upstreamauth/flows/token"
)

// question is a step that asks by a prompt and checks nothing.
func question(id string, p flows.Prompt) flows.Step {
	return flows.Step{
		ID: id, Flag: id,
		Ask: func(context.Context, *flows.Env, flows.Draft) iter.Seq2[flows.Prompt, error] {
			return func(yield func(flows.Prompt, error) bool) { yield(p, nil) }
		},
		Take: func(d *flows.Draft, a flows.Answer) error {
			d.Username += id + "=" + a.Text + " from " + string(a.From) + "; "
			return nil
		},
	}
}

func pick(options ...flows.Option) flows.Prompt {
	return flows.Prompt{Kind: flows.Pick, Options: options, Proposal: "proposed"}
}

// flow has a plan of one action, which tells whether it was done.
func flow(done *bool, steps ...flows.Step) *flows.Flow {
	return &flows.Flow{ID: "test", Steps: steps, Plan: func(context.Context, *flows.Env, flows.Draft) (*flows.Plan, error) {
		return &flows.Plan{Actions: []flows.Action{{ID: flows.ActGrant, State: flows.Planned, Do: func(context.Context, *flows.Run) (flows.Outcome, error) {
			*done = true
			return flows.Outcome{State: flows.Done}, nil
		}}}}, nil
	}}
}

func TestAnswers(t *testing.T) {
	one := flows.Option{Value: "one"}
	off := flows.Option{Value: "off", Off: "not remote"}
	fresh := flows.Option{Value: "fresh", New: true}
	byDefault := question("version", pick())
	byDefault.Default = "new"
	for _, c := range []struct {
		name    string
		steps   []flows.Step
		given   map[string]flows.Answer
		late    bool
		yes     bool
		missing []string
		want    string
	}{
		{name: "a flag", steps: []flows.Step{question("a", pick())}, given: map[string]flows.Answer{"a": {Text: "x", From: flows.Flag}}, yes: true, want: "a=x from flag; "},
		{name: "the only candidate", steps: []flows.Step{question("a", pick(off, one))}, yes: true, want: "a=one from only candidate; "},
		{name: "a default", steps: []flows.Step{byDefault}, yes: true, want: "version=new from default; "},
		{name: "an answer that is read late", steps: []flows.Step{question("a", pick(one)), question("b", flows.Prompt{Kind: flows.Token})}, late: true, yes: true, want: "a=one from only candidate; b= from flag; "},
		{name: "a proposal is no answer", steps: []flows.Step{question("a", flows.Prompt{Kind: flows.Type, Proposal: "x"})}, yes: true, missing: []string{"--a"}},
		{name: "two candidates", steps: []flows.Step{question("a", pick(one, flows.Option{Value: "two"})), question("b", pick(one))}, yes: true, missing: []string{"--a", "--b"}},
		{name: "something to make is no candidate", steps: []flows.Step{question("a", pick(fresh))}, yes: true, missing: []string{"--a"}},
		{name: "and stands beside one", steps: []flows.Step{question("a", pick(fresh, one))}, yes: true, missing: []string{"--a"}},
		{name: "nothing to pick", steps: []flows.Step{question("a", pick(off))}, missing: []string{"--a", "--yes"}},
		{name: "no consent", steps: []flows.Step{question("a", pick(one))}, missing: []string{"--yes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var done bool
			e := flows.NewEnv(nil, nil)
			m := flows.New(e, flow(&done, c.steps...), c.given, flows.Options{})
			r := &Run{Machine: m, Given: c.given, Yes: c.yes}
			if c.late {
				r.Late = map[string]func(context.Context) (flows.Answer, error){"b": func(context.Context) (flows.Answer, error) {
					return flows.Answer{Secret: token.New([]byte("t")), From: flows.Flag}, nil
				}}
			}
			report, err := r.Do(t.Context())
			missing, _ := errors.AsType[*Missing](err)
			switch {
			case c.missing != nil && (missing == nil || !slices.Equal(missing.Flags, c.missing)):
				t.Errorf("got %v, want %v", err, c.missing)
			case c.missing != nil && done:
				t.Error("something was written")
			case c.missing == nil && (err != nil || report.Status != flows.StatusDone || !done):
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
	m := flows.New(flows.NewEnv(nil, nil), flow(&done), nil, flows.Options{})
	m.DryRun = true
	report, err := (&Run{Machine: m}).Do(t.Context())
	if err != nil || report.Status != flows.StatusPlanned || done {
		t.Errorf("%s, %v, done %v", report.Status, err, done)
	}
}

// TestAQuestionThatMayNotArise could not find out whether it does: that is a
// problem, and no flag is missing.
func TestAQuestionThatMayNotArise(t *testing.T) {
	var done bool
	step := question("a", flows.Prompt{})
	step.Settles = true
	step.Ask = func(context.Context, *flows.Env, flows.Draft) iter.Seq2[flows.Prompt, error] {
		return func(yield func(flows.Prompt, error) bool) {
			yield(flows.Prompt{}, &flows.Error{Kind: flows.Unavailable, Message: "by the test"})
		}
	}
	m := flows.New(flows.NewEnv(nil, nil), flow(&done, step), nil, flows.Options{})
	report, err := (&Run{Machine: m, Yes: true}).Do(t.Context())
	if err != nil || report.Status != flows.StatusFailed || report.Problem == nil || done {
		t.Errorf("%s, problem %v, error %v, done %v", report.Status, report.Problem, err, done)
	}
}

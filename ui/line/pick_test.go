package line

import (
	"context"
	"iter"
	"strings"
	"testing"

	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// pick asks to choose one of the options, on a pipe that holds what is typed,
// and returns what was chosen and what was said.
func pick(t *testing.T, free bool, options []engine.Option, typed string) (chosen, said string) {
	t.Helper()
	step := engine.Step{
		ID: "choice", Title: text.New("Choice"), Why: text.New("To see."),
		Ask: func(context.Context, *engine.Env, engine.Draft) iter.Seq2[engine.Prompt, error] {
			return func(yield func(engine.Prompt, error) bool) {
				yield(engine.Prompt{Kind: engine.Pick, Options: options, Free: free, Noun: text.Verbatim(map[bool]string{true: "name"}[free])}, nil)
			}
		},
		Take: func(_ *engine.Draft, a engine.Answer) error { chosen = a.Text; return nil },
	}
	in, out := pipe(t, typed)
	s := &Session{Machine: engine.New(engine.NewEnv(nil, nil), &engine.Flow{ID: "test", Steps: []engine.Step{step}}, nil, engine.Options{}), In: in, Out: out}
	_, _ = s.Run(t.Context()) // the pipe may end before anything is chosen
	return chosen, out.String()
}

func TestChoices(t *testing.T) {
	versions := []engine.Option{{Value: "new", Label: text.New("new version")}, {Value: "7", Label: text.New("version 7"), Off: text.New("disabled")}, {Value: "2", Label: text.New("version 2")}, {Value: "1", Label: text.New("version 1")}}
	names := []engine.Option{{Value: "us/hub", Label: text.New("hub"), Note: text.New("docker")}, {Value: "eu/hub", Label: text.New("hub")}, {Value: "us/npm", Label: text.New("npm")}}
	for _, c := range []struct {
		name    string
		free    bool
		options []engine.Option
		typed   string
		want    string
		says    []string
	}{
		{"a version by its own number", false, versions, "1\n", "1", []string{"  new. new version\n", "  1. version 1\n", "Type a number or new (? for help): "}},
		{"another one, wherever it stands", false, versions, "2\n", "2", nil},
		{"the one that is not numbered", false, versions, "new\n", "new", nil},
		{"by its label", false, versions, "version 2\n", "2", nil},
		{"a number that is none", false, versions, "4\n2\n", "2", []string{"No choice matches."}},
		{"what cannot be chosen", false, versions, "7\n1\n", "1", []string{"version 7 can't be chosen: disabled"}},
		{"a name by its place", true, names, "3\n", "us/npm", []string{"  1. hub, docker\n", "Type a number or the name (? for help): "}},
		{"by its place among those that match", true, names, "/npm\n1\n", "us/npm", []string{"1 choice matches:"}},
		{"a label of two is a text of its own", true, names, "hub\n", "hub", nil},
		{"text as it stands", true, names, "=3\n", "3", nil},
		{"nothing chosen", true, names, "/none\n", "", []string{"No choice matches."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, said := pick(t, c.free, c.options, c.typed)
			if got != c.want {
				t.Errorf("took %q, want %q", got, c.want)
			}
			for _, given := range c.says {
				if !strings.Contains(said, given) {
					t.Errorf("said\n%s\nwithout %q", said, given)
				}
			}
		})
	}
}

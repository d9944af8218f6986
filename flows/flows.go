// Package flows is the list of what the product does. What happens in a flow is in
// the packages below; none of them knows a terminal or Google's libraries.
package flows

import (
	"context"

	"example.com/upstreamauth/flows/change"
	"example.com/upstreamauth/flows/doctor"
	"example.com/upstreamauth/flows/engine"
	"example.com/upstreamauth/flows/text"
)

// Wizard asks first what to do, and goes on as that flow.
func Wizard() *engine.Flow {
	return &engine.Flow{
		ID: "wizard", Title: text.New("What would you like to do?"),
		Why:   text.New("Nothing is changed before you have seen a plan."),
		Steps: []engine.Step{stepFlow()},
		Then: func(d engine.Draft) *engine.Flow {
			for _, c := range choices() {
				if c.flow.ID == d.Flow {
					return c.flow
				}
			}
			return nil
		},
	}
}

// choice is one thing that the wizard can do.
type choice struct {
	id   string
	flow *engine.Flow
	note text.Text
	fix  bool
}

func choices() []choice {
	return []choice{
		{"setup", change.Setup(), text.New("store a token, grant access, update the repository, prove it"), false},
		{"doctor", doctor.Doctor(), text.New("look at every link from the request to the upstream; changes nothing"), false},
		{"mend", doctor.Doctor(), text.New("the same, with a plan that mends what is broken"), true},
		{"rotate", change.Rotate(), text.New("try the new one first, keep the old one until a pull has proven it"), false},
		{"remove", change.Remove(), text.New("off the repository, and what only they needed"), false},
		{"audit", wholeAudit(), text.New("all remote repositories of a project, or of all that you see; changes nothing"), false},
		{"undo", change.Undo(), text.New("exactly what the last run changed, where nobody has changed it since"), false},
	}
}

// wholeAudit stands for the audit, which asks nothing and is no flow of the
// machine's: the command line goes on with it.
func wholeAudit() *engine.Flow {
	return &engine.Flow{ID: "audit", Title: text.New("See how all repositories fare"), Outside: true}
}

func stepFlow() engine.Step {
	return engine.Step{
		ID: engine.StepFlow, Title: text.New("What to do"),
		Why: text.New("Nothing is changed before you have seen a plan."),
		Ask: engine.AtOnce(func(context.Context, *engine.Env, engine.Draft) (engine.Prompt, error) {
			p := engine.Prompt{Kind: engine.Pick}
			for _, c := range choices() {
				label := c.flow.Title
				if c.fix {
					label = text.New("Mend what makes a pull fail")
				}
				p.Options = append(p.Options, engine.Option{Value: c.id, Label: label, Note: c.note})
			}
			return p, nil
		}),
		Take: func(d *engine.Draft, a engine.Answer) error {
			for _, c := range choices() {
				if c.id == a.Text {
					d.Flow, d.Options.Fix = c.flow.ID, c.fix
					return nil
				}
			}
			return &engine.Usage{Title: text.New("%q is nothing that this program does", a.Text)}
		},
		Show: func(d engine.Draft) text.Text {
			if d.Options.Fix {
				return text.New("mend")
			}
			return text.Verbatim(d.Flow)
		},
	}
}

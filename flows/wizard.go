package flows

import (
	"context"
	"fmt"
)

// Wizard asks first what to do, and goes on as that flow.
func Wizard() *Flow {
	return &Flow{
		ID: "wizard", Title: "What would you like to do?",
		Why:   "Nothing is changed before you have seen a plan.",
		Steps: []Step{stepFlow()},
		Then: func(d Draft) *Flow {
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
	flow *Flow
	note string
	fix  bool
}

func choices() []choice {
	return []choice{
		{"setup", Setup(), "store a token, grant access, update the repository, prove it", false},
		{"doctor", Doctor(), "look at every link from the request to the upstream; changes nothing", false},
		{"mend", Doctor(), "the same, with a plan that mends what is broken", true},
		{"rotate", Rotate(), "try the new one first, keep the old one until a pull has proven it", false},
		{"remove", Remove(), "off the repository, and what only they needed", false},
		{"audit", wholeAudit(), "all remote repositories of a project, or of all that you see; changes nothing", false},
		{"undo", Undo(), "exactly what the last run changed, where nobody has changed it since", false},
	}
}

// wholeAudit stands for the audit, which asks nothing and is no flow of the
// machine's: the command line goes on with it.
func wholeAudit() *Flow {
	return &Flow{ID: "audit", Title: "See how all repositories fare", Outside: true}
}

func stepFlow() Step {
	return Step{
		ID: StepFlow, Title: "What to do",
		Why: "Nothing is changed before you have seen a plan.",
		Ask: atOnce(func(context.Context, *Env, Draft) (Prompt, error) {
			p := Prompt{Kind: Pick}
			for _, c := range choices() {
				label := c.flow.Title
				if c.fix {
					label = "Mend what makes a pull fail"
				}
				p.Options = append(p.Options, Option{Value: c.id, Label: label, Note: c.note})
			}
			return p, nil
		}),
		Take: func(d *Draft, a Answer) error {
			for _, c := range choices() {
				if c.id == a.Text {
					d.Flow, d.Options.Fix = c.flow.ID, c.fix
					return nil
				}
			}
			return &Usage{Title: fmt.Sprintf("%q is nothing that this program does", a.Text)}
		},
		Show: func(d Draft) string {
			if d.Options.Fix {
				return "mend"
			}
			return d.Flow
		},
	}
}

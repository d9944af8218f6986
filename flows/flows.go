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

// Entry is one thing that the product does. The commands, the menu and the help are
// made from it.
type Entry struct {
	// ID is its answer in the menu, and its command where one has that name.
	ID string
	// Title says what it does, Note half a sentence more.
	Title, Note text.Text
	// Flow makes the flow that does it.
	Flow func() *engine.Flow
	// Fix runs the flow with engine.Options.Fix.
	Fix bool
	// Outside reports that the flow asks nothing and goes on outside the machine.
	Outside bool
}

// List is everything that the product does, in the order of the menu.
func List() []Entry {
	return []Entry{
		{ID: "setup", Flow: change.Setup, Title: text.New("Set up upstream credentials"),
			Note: text.New("store a token, grant access, verify with a pull")},
		{ID: "doctor", Flow: doctor.Doctor, Title: text.New("Diagnose a repository"),
			Note: text.New("find out why pulls fail; changes nothing")},
		{ID: "fix", Flow: doctor.Doctor, Fix: true, Title: text.New("Fix a repository"),
			Note: text.New("review a plan that fixes what is wrong")},
		{ID: "rotate", Flow: change.Rotate, Title: text.New("Rotate the token"),
			Note: text.New("test a new token, then retire the old one")},
		{ID: "remove", Flow: change.Remove, Title: text.New("Remove credentials"),
			Note: text.New("with the access that nothing else uses")},
		{ID: "audit", Flow: audit, Outside: true, Title: text.New("Audit all repositories"),
			Note: text.New("check a whole project; changes nothing")},
		{ID: "undo", Flow: change.Undo, Title: text.New("Undo a run"),
			Note: text.New("reverse the changes of the last run")},
	}
}

// Find is the entry with an ID.
func Find(id string) (Entry, bool) {
	for _, e := range List() {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

// audit stands for the audit, which is no flow of the machine's: the command line
// goes on with it.
func audit() *engine.Flow {
	return &engine.Flow{ID: "audit", Title: text.New("Audit all repositories"), Outside: true}
}

// Wizard asks what to do first, and goes on with that flow.
func Wizard() *engine.Flow {
	return &engine.Flow{
		ID: "wizard", Title: text.New("What would you like to do?"),
		Why:   text.New("Nothing changes until you approve a plan."),
		Steps: []engine.Step{stepFlow()},
		Then: func(d engine.Draft) *engine.Flow {
			for _, e := range List() {
				if f := e.Flow(); f.ID == d.Flow {
					return f
				}
			}
			return nil
		},
	}
}

// stepFlow is the menu.
func stepFlow() engine.Step {
	return engine.Step{
		ID: engine.StepFlow, Title: text.New("Task"),
		Why: text.New("Nothing changes until you approve a plan."),
		Ask: engine.AtOnce(func(context.Context, *engine.Env, engine.Draft) (engine.Prompt, error) {
			p := engine.Prompt{Kind: engine.Pick}
			for _, e := range List() {
				p.Options = append(p.Options, engine.Option{Value: e.ID, Label: e.Title, Note: e.Note})
			}
			return p, nil
		}),
		Take: func(d *engine.Draft, a engine.Answer) error {
			e, ok := Find(a.Text)
			if !ok {
				return &engine.Usage{Title: text.New("%q is not in the menu", a.Text)}
			}
			d.Flow, d.Options.Fix = e.Flow().ID, e.Fix
			return nil
		},
		Show: func(d engine.Draft) text.Text {
			for _, e := range List() {
				if e.Flow().ID == d.Flow && e.Fix == d.Options.Fix {
					return e.Title
				}
			}
			return text.Verbatim(d.Flow)
		},
	}
}
